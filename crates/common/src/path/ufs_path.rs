//! [`UfsPath`]: where something lies in an under store.

use std::fmt;

/// A URI in an under store, as the mount table and the clients write it: `/mnt/data/a` or
/// `file:///mnt/data/a` for the local file system, `s3://bucket/key` for others. It is normalised:
/// no empty, `.` or `..` component, no slash at the end (but for a bare root).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UfsPath {
    /// Lower-case; empty for a bare local path.
    scheme: String,
    /// Host, bucket or the like; empty for local paths.
    authority: String,
    /// Absolute.
    path: String,
}

/// A text that is not the URI of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is not the URI of an under store: an absolute path, or scheme://authority/path"
)]
pub struct InvalidUfsPath {
    /// What was given.
    pub text: String,
}

impl UfsPath {
    /// Parses an absolute path or `scheme://authority/path`.
    ///
    /// # Errors
    /// When it is neither, climbs above its root, or holds a NUL.
    pub fn parse(text: &str) -> Result<Self, InvalidUfsPath> {
        let error = || InvalidUfsPath {
            text: text.to_owned(),
        };
        if text.contains('\0') {
            return Err(error());
        }
        let (scheme, authority, path) = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => {
                let slash = rest.find('/').unwrap_or(rest.len());
                (
                    scheme.to_ascii_lowercase(),
                    rest[..slash].to_owned(),
                    &rest[slash..],
                )
            }
            Some(_) | None if text.starts_with('/') => (String::new(), String::new(), text),
            // Java prints local URIs with a single slash: file:/a/b.
            Some(_) | None => match text.split_once(":/") {
                Some(("file", _)) => ("file".to_owned(), String::new(), &text[5..]),
                Some(_) | None => return Err(error()),
            },
        };
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
        Ok(Self {
            scheme,
            authority,
            path: format!("/{}", components.join("/")),
        })
    }

    /// Lower-case scheme; empty for a bare local path.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Host, bucket or the like; empty for local paths.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The absolute path inside the store.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether this lies in the local file system.
    pub fn is_local(&self) -> bool {
        self.scheme.is_empty() || self.scheme == "file"
    }

    /// Whether this is the top of its store.
    pub fn is_root(&self) -> bool {
        self.path.len() == 1
    }

    /// The last component; empty at the top.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or("")
    }

    /// The directory that holds this; `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let slash = self.path.rfind('/').unwrap_or(0);
        Some(self.with_path(if slash == 0 { "/" } else { &self.path[..slash] }))
    }

    /// Appends a relative path of clean components (as [`crate::AlluxioPath::relative`] gives it).
    pub fn join(&self, relative: &str) -> Self {
        if relative.is_empty() {
            return self.clone();
        }
        let separator = if self.is_root() { "" } else { "/" };
        self.with_path(&format!("{}{separator}{relative}", self.path))
    }

    /// What [`Self::join`] would print, with one allocation.
    pub fn joined_text(&self, relative: &str) -> String {
        let length = self.scheme.len() + self.authority.len() + self.path.len() + relative.len();
        // Room for `://` and the slash between the two.
        let mut text = String::with_capacity(length + 4);
        if !self.scheme.is_empty() {
            text.push_str(&self.scheme);
            text.push_str("://");
            text.push_str(&self.authority);
        }
        text.push_str(&self.path);
        if !relative.is_empty() {
            if !self.is_root() {
                text.push('/');
            }
            text.push_str(relative);
        }
        text
    }

    /// What stands behind this path in `other`; `None` when `other` does not lie below.
    pub fn relative<'a>(&self, other: &'a Self) -> Option<&'a str> {
        let same_store = self.authority == other.authority
            && (self.scheme == other.scheme || (self.is_local() && other.is_local()));
        if !same_store {
            return None;
        }
        if self.is_root() {
            return Some(&other.path[1..]);
        }
        let rest = other.path.strip_prefix(&self.path)?;
        if rest.is_empty() {
            Some("")
        } else {
            rest.strip_prefix('/')
        }
    }

    fn with_path(&self, path: &str) -> Self {
        Self {
            scheme: self.scheme.clone(),
            authority: self.authority.clone(),
            path: path.into(),
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

impl fmt::Display for UfsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scheme.is_empty() {
            return f.write_str(&self.path);
        }
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl fmt::Debug for UfsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UfsPath({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> UfsPath {
        UfsPath::parse(text).unwrap()
    }

    #[test]
    fn local_paths_print_as_they_were_written() {
        assert_eq!(path("/opt//ufs/").to_string(), "/opt/ufs");
        assert_eq!(path("file:///opt/ufs").to_string(), "file:///opt/ufs");
        assert_eq!(path("file:/opt/ufs").to_string(), "file:///opt/ufs");
    }

    #[test]
    fn a_bucket_is_the_authority() {
        let bucket = path("s3://bucket");
        assert_eq!((bucket.authority(), bucket.path()), ("bucket", "/"));
        assert_eq!(bucket.join("a/b").to_string(), "s3://bucket/a/b");
        for above in ["s3://bucket", "s3://bucket/c", "/", "/d"] {
            for relative in ["", "a", "a/b"] {
                let joined = path(above).join(relative).to_string();
                assert_eq!(path(above).joined_text(relative), joined);
            }
        }
        assert_eq!(bucket.relative(&path("s3://bucket/a")), Some("a"));
        assert_eq!(bucket.relative(&path("s3://other/a")), None);
    }

    #[test]
    fn relative_texts_are_refused() {
        for text in ["", "a/b", "s3:bucket", "/a/../..", "://x"] {
            assert!(UfsPath::parse(text).is_err(), "{text:?}");
        }
    }
}
