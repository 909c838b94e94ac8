//! [`Fingerprint`]: the digest of a status by which a change in the store is noticed.

use std::fmt;

use alluxio_common::Mode;

use crate::UfsStatus;

/// What Alluxio remembers of a file or directory of a store. Its text is kept in the journal and
/// shown by `fs stat`: `TYPE|FILE UFS|local OWNER|root GROUP|root MODE|420 CONTENT_HASH|(..) `,
/// with one space behind every pair, the last one too.
///
/// A value cannot hold spaces, bars or line ends; they become `_`, and an empty value is `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    kind: FingerprintKind,
    ufs: String,
    owner: String,
    group: String,
    mode: String,
    content_hash: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum FingerprintKind {
    File,
    Directory,
}

/// What differs between two fingerprints of one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FingerprintChange {
    /// Nothing.
    Same,
    /// Owner, group or mode only: update the metadata, keep the cached data.
    Metadata,
    /// The content, or what kind of thing it is: drop the cached data.
    Content,
}

/// How many `TAG|value` pairs a fingerprint has.
const PAIRS: usize = 6;

impl Fingerprint {
    /// The fingerprint of a status. `ufs_kind` is [`crate::UnderFileSystem::kind`].
    pub fn of(ufs_kind: &str, status: &UfsStatus) -> Self {
        let (kind, content_hash) = match status {
            UfsStatus::File(file) => (FingerprintKind::File, file.content_hash.as_str()),
            UfsStatus::Directory(_) => (FingerprintKind::Directory, ""),
        };
        Self {
            kind,
            ufs: clean(ufs_kind),
            owner: clean(status.owner()),
            group: clean(status.group()),
            mode: status.mode().bits().to_string(),
            content_hash: clean(content_hash),
        }
    }

    /// Parses what [`fmt::Display`] printed. `None` for the empty text, which stands for "not
    /// known", and for everything that is no fingerprint.
    pub fn parse(text: &str) -> Option<Self> {
        let mut values: [Option<&str>; PAIRS] = [None; PAIRS];
        for pair in text.split_ascii_whitespace() {
            let (tag, value) = pair.split_once('|')?;
            let place = match tag {
                "TYPE" => 0,
                "UFS" => 1,
                "OWNER" => 2,
                "GROUP" => 3,
                "MODE" => 4,
                "CONTENT_HASH" => 5,
                // Other versions may add pairs, as Alluxio does for access control lists.
                _ => continue,
            };
            values[place] = Some(value);
        }
        let [kind, ufs, owner, group, mode, content_hash] = values;
        let kind = match kind? {
            "FILE" => FingerprintKind::File,
            "DIRECTORY" => FingerprintKind::Directory,
            _ => return None,
        };
        Some(Self {
            kind,
            ufs: ufs?.to_owned(),
            owner: owner?.to_owned(),
            group: group?.to_owned(),
            mode: mode?.to_owned(),
            content_hash: content_hash?.to_owned(),
        })
    }

    /// The same with other permissions, as after `chown` and `chmod` through Alluxio; `None` keeps
    /// what is there.
    #[must_use]
    pub fn with_permissions(
        mut self,
        owner: Option<&str>,
        group: Option<&str>,
        mode: Option<Mode>,
    ) -> Self {
        if let Some(owner) = owner {
            self.owner = clean(owner);
        }
        if let Some(group) = group {
            self.group = clean(group);
        }
        if let Some(mode) = mode {
            self.mode = mode.bits().to_string();
        }
        self
    }

    /// What has changed since this fingerprint was taken.
    pub fn change_to(&self, now: &Self) -> FingerprintChange {
        let content = |one: &Self| (one.kind, one.ufs.clone(), one.content_hash.clone());
        if content(self) != content(now) {
            return FingerprintChange::Content;
        }
        if self == now {
            return FingerprintChange::Same;
        }
        FingerprintChange::Metadata
    }
}

/// Makes a text fit between the separators.
fn clean(text: &str) -> String {
    if text.is_empty() {
        return "_".to_owned();
    }
    text.replace([' ', '|', '\n', '\r', '\t', '\u{b}', '\u{c}'], "_")
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            FingerprintKind::File => "FILE",
            FingerprintKind::Directory => "DIRECTORY",
        };
        write!(f, "TYPE|{kind} UFS|{} OWNER|{} ", self.ufs, self.owner)?;
        write!(f, "GROUP|{} MODE|{} ", self.group, self.mode)?;
        write!(f, "CONTENT_HASH|{} ", self.content_hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{UfsDirectory, UfsFile};

    fn file() -> UfsFile {
        UfsFile {
            name: "f5k".to_owned(),
            length: 5120,
            content_hash: "(len:5120, modtime:1700000000000)".to_owned(),
            last_modified: None,
            owner: "root".into(),
            group: "root".into(),
            mode: Mode::from_bits(0o644),
        }
    }

    fn of(file: UfsFile) -> Fingerprint {
        Fingerprint::of("local", &UfsStatus::File(file))
    }

    #[test]
    fn a_fingerprint_prints_as_stat_shows_it() {
        assert_eq!(
            of(file()).to_string(),
            "TYPE|FILE UFS|local OWNER|root GROUP|root MODE|420 \
             CONTENT_HASH|(len:5120,_modtime:1700000000000) "
        );
    }

    #[test]
    fn a_printed_fingerprint_parses_to_the_same() {
        let directory = UfsDirectory {
            name: "d".to_owned(),
            last_modified: None,
            owner: "some body|else\n".into(),
            group: "".into(),
            mode: Mode::from_bits(0o755),
        };
        let of_directory = Fingerprint::of("local", &UfsStatus::Directory(directory));
        for fingerprint in [of(file()), of_directory] {
            let text = fingerprint.to_string();
            assert_eq!(Fingerprint::parse(&text), Some(fingerprint), "{text}");
        }
        assert_eq!(Fingerprint::parse(""), None);
        assert_eq!(Fingerprint::parse("TYPE|FILE UFS|local "), None);
    }

    #[test]
    fn a_change_of_content_is_told_from_one_of_permissions() {
        let before = of(file());
        let chmod = before
            .clone()
            .with_permissions(None, None, Some(Mode::from_bits(0o600)));
        let mut other = file();
        other.content_hash = "(len:5121, modtime:1700000000000)".to_owned();
        assert_eq!(before.change_to(&before), FingerprintChange::Same);
        assert_eq!(before.change_to(&chmod), FingerprintChange::Metadata);
        assert_eq!(before.change_to(&of(other)), FingerprintChange::Content);
    }
}
