//! [`AlluxioPath`]: a checked, absolute, normalised path in the namespace.

use std::fmt;

/// A path in the namespace: absolute, `/`-separated, with no empty, `.` or `..` component and no
/// slash at the end (but for the root, which is `/`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AlluxioPath(String);

/// A text that is not a path. The sentence is the one that Alluxio's clients show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Path \"{path}\" is invalid.")]
pub struct InvalidPath {
    /// What was given.
    pub path: String,
}

impl AlluxioPath {
    /// The root of the namespace.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Parses a path as a client sends it: absolute, possibly with a scheme and an authority in
    /// front (`alluxio://host:19998/a`), repeated slashes, `.` and `..`.
    ///
    /// # Errors
    /// When it is empty, relative, climbs above the root, or holds a NUL.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        // Nearly all are as they should be, and every call parses one.
        if is_normal(text) {
            return Ok(Self(text.to_owned()));
        }
        let error = || InvalidPath {
            path: text.to_owned(),
        };
        let path = match text.split_once("://") {
            Some(("alluxio", rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
            Some(_) | None => text,
        };
        if !path.starts_with('/') || path.contains('\0') {
            return Err(error());
        }
        let mut components: Vec<&str> = Vec::new();
        for component in path.split('/') {
            match component {
                "" | "." => {}
                ".." => {
                    components.pop().ok_or_else(error)?;
                }
                name => components.push(name),
            }
        }
        if components.is_empty() {
            return Ok(Self::root());
        }
        let mut normal = String::with_capacity(path.len());
        for component in components {
            normal.push('/');
            normal.push_str(component);
        }
        Ok(Self(normal))
    }

    /// The path with these names from the root down, each of which is one component.
    pub fn of_components<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        let length = names.clone().map(|name| name.len() + 1).sum();
        let mut path = String::with_capacity(length);
        for name in names {
            debug_assert!(is_component(name.as_bytes()), "{name:?}");
            path.push('/');
            path.push_str(name);
        }
        if path.is_empty() {
            Self::root()
        } else {
            Self(path)
        }
    }

    /// The text, `/` for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// The last component; empty for the root, as Alluxio names it.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// The path without its last component; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let slash = self.0.rfind('/').unwrap_or(0);
        Some(if slash == 0 {
            Self::root()
        } else {
            Self(self.0[..slash].to_owned())
        })
    }

    /// The path of an entry of this directory. `name` is one component.
    pub fn child(&self, name: &str) -> Self {
        debug_assert!(
            !name.is_empty() && !name.contains('/'),
            "{name:?} is not one component"
        );
        if self.is_root() {
            Self(format!("/{name}"))
        } else {
            Self(format!("{}/{name}", self.0))
        }
    }

    /// The names from the root down; none for the root.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|component| !component.is_empty())
    }

    /// How many components there are; 0 for the root.
    pub fn depth(&self) -> usize {
        self.components().count()
    }

    /// Whether `other` is this path or lies below it.
    pub fn is_ancestor_or_self_of(&self, other: &Self) -> bool {
        self.relative(other).is_some()
    }

    /// What stands behind this path in `other`, without a slash in front; `Some("")` when they are
    /// equal, `None` when `other` does not lie below this path.
    pub fn relative<'a>(&self, other: &'a Self) -> Option<&'a str> {
        if self.is_root() {
            return Some(&other.0[1..]);
        }
        let rest = other.0.strip_prefix(&self.0)?;
        if rest.is_empty() {
            Some("")
        } else {
            rest.strip_prefix('/')
        }
    }

    /// This path with the components of `relative` behind it.
    ///
    /// # Errors
    /// When the result is not a path.
    pub fn join(&self, relative: &str) -> Result<Self, InvalidPath> {
        Self::parse(&format!("{}/{relative}", self.0))
    }
}

/// Whether parsing would leave the text as it is. `false` for the root, which is rare.
fn is_normal(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('/') else {
        return false;
    };
    rest.as_bytes()
        .split(|byte| *byte == b'/')
        .all(is_component)
}

fn is_component(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.contains(&0) && !name.contains(&b'/')
}

impl fmt::Display for AlluxioPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AlluxioPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AlluxioPath({:?})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> AlluxioPath {
        AlluxioPath::parse(text).unwrap()
    }

    #[test]
    fn slashes_dots_scheme_and_authority_are_normalised_away() {
        assert_eq!(path("//a/./b//../c/").as_str(), "/a/c");
        assert_eq!(path("alluxio://host:19998/a/b").as_str(), "/a/b");
        assert_eq!(path("alluxio://host:19998").as_str(), "/");
        assert_eq!(path("/a b/%20?*\u{1F600}").as_str(), "/a b/%20?*\u{1F600}");
    }

    #[test]
    fn relative_empty_and_escaping_paths_are_refused() {
        for text in ["", "a/b", "/..", "/a/../../b", "/a\0b", "hdfs://h/p"] {
            assert!(AlluxioPath::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_prefix_of_a_name_is_no_ancestor() {
        assert!(!path("/a/b").is_ancestor_or_self_of(&path("/a/bc")));
        assert_eq!(path("/a").relative(&path("/a/b/c")), Some("b/c"));
        assert_eq!(path("/").relative(&path("/a")), Some("a"));
    }

    proptest! {
        #[test]
        fn parsing_a_printed_path_gives_the_same_path(text in "(/[^/\0]{1,8}){0,6}") {
            if let Ok(parsed) = AlluxioPath::parse(&text) {
                prop_assert_eq!(AlluxioPath::parse(parsed.as_str()), Ok(parsed));
            }
        }

        #[test]
        fn a_path_is_made_of_its_components(text in "[a./]{0,12}") {
            if let Ok(parsed) = AlluxioPath::parse(&format!("/{text}")) {
                let names: Vec<&str> = parsed.components().collect();
                prop_assert!(!names.contains(&"..") && !names.contains(&"."));
                prop_assert_eq!(&AlluxioPath::of_components(names.iter().copied()), &parsed);
            }
        }

        #[test]
        fn a_child_has_its_parent_and_name(name in "[^/\0]{1,12}") {
            prop_assume!(name != "." && name != "..");
            let child = path("/x/y").child(&name);
            prop_assert_eq!(child.name(), name.as_str());
            prop_assert_eq!(child.parent(), Some(path("/x/y")));
        }
    }
}
