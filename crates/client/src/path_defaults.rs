//! [`PathDefaults`]: settings that hold at and below a path, as an administrator set them.

use std::sync::Arc;

use alluxio_common::AlluxioPath;

use crate::conf::ClientConf;

/// The settings of a client where they depend on the path.
#[derive(Debug, Default)]
pub struct PathDefaults {
    /// The deepest paths first: of several that fit, the deepest one counts.
    rows: Vec<(AlluxioPath, Arc<ClientConf>)>,
}

impl PathDefaults {
    /// Each row holds everything that counts at its path, what the paths above say included.
    pub fn new(rows: impl IntoIterator<Item = (AlluxioPath, ClientConf)>) -> Self {
        let rows = rows.into_iter();
        let mut rows: Vec<_> = rows.map(|(path, conf)| (path, Arc::new(conf))).collect();
        rows.sort_by_key(|(path, _conf)| std::cmp::Reverse(path.depth()));
        Self { rows }
    }

    /// The settings for a path; `None` where those of the client count.
    pub(crate) fn find(&self, path: &AlluxioPath) -> Option<&Arc<ClientConf>> {
        let mut rows = self.rows.iter();
        let found = rows.find(|(above, _conf)| above.is_ancestor_or_self_of(path));
        found.map(|(_path, conf)| conf)
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::WriteType;

    use super::*;

    fn path(text: &str) -> AlluxioPath {
        AlluxioPath::parse(text).unwrap()
    }

    fn writing(write_type: WriteType) -> ClientConf {
        ClientConf {
            write_type,
            ..ClientConf::new("", "")
        }
    }

    #[test]
    fn the_deepest_path_above_counts() {
        let defaults = PathDefaults::new([
            (path("/a"), writing(WriteType::Through)),
            (path("/a/b"), writing(WriteType::MustCache)),
        ]);
        let found = |text| defaults.find(&path(text)).map(|conf| conf.write_type);
        assert_eq!(found("/a"), Some(WriteType::Through));
        assert_eq!(found("/a/c"), Some(WriteType::Through));
        assert_eq!(found("/a/b"), Some(WriteType::MustCache));
        assert_eq!(found("/a/b/c/d"), Some(WriteType::MustCache));
        assert_eq!(found("/ab"), None);
        assert_eq!(found("/"), None);
    }
}
