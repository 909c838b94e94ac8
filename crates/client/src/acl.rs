//! Access control lists, as the shell shows and sets them.

use std::fmt;

use alluxio_common::Access;
use alluxio_proto::grpc::file as pb;

/// Whom an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AclSubject {
    /// The owner of the file.
    Owner,
    /// A user by name.
    User(String),
    /// The owning group.
    OwningGroup,
    /// A group by name.
    Group(String),
    /// The most that named users and groups get.
    Mask,
    /// Everybody else.
    Other,
}

/// Whether an entry is about a directory itself, or about what its new children get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AclScope {
    /// About the thing itself.
    Access,
    /// What new children get.
    Default,
}

/// One line of an access control list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclEntry {
    /// Itself or its new children.
    pub scope: AclScope,
    /// Whom it is about.
    pub subject: AclSubject,
    /// What they may do.
    pub access: Access,
}

/// An access control list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acl {
    /// Who owns the file.
    pub owner: String,
    /// The owning group.
    pub group: String,
    /// The entries, as the master sent them.
    pub entries: Vec<AclEntry>,
}

/// What happens to the list with the given entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetAclAction {
    /// They are the new list.
    Replace,
    /// They are added or changed.
    Modify,
    /// They go.
    Remove,
    /// All but the base entries go.
    RemoveAll,
    /// The default list goes.
    RemoveDefault,
}

/// A text that is no entry; the sentence is the one of the Java client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseAclError {
    /// Not rwx.
    #[error("Invalid mode string: {0}")]
    Mode(String),
    /// Neither user, group, mask nor other.
    #[error("Unexpected ACL entry type: {0}")]
    Kind(String),
    /// Too few or too many parts.
    #[error("Unexpected acl components: {0}")]
    Components(String),
    /// A mask has no subject.
    #[error("Subject for acl mask type must be empty: {0}")]
    MaskSubject(String),
    /// Neither has "other".
    #[error("Subject for acl other type must be empty: {0}")]
    OtherSubject(String),
}

impl Acl {
    pub(crate) fn from_proto(acl: pb::PAcl) -> Self {
        let scope = if acl.is_default() {
            AclScope::Default
        } else {
            AclScope::Access
        };
        Self {
            entries: acl
                .entries
                .iter()
                .map(|entry| AclEntry::from_proto(entry, scope))
                .collect(),
            owner: acl.owner.unwrap_or_default(),
            group: acl.owning_group.unwrap_or_default(),
        }
    }

    /// Whether it says more than the nine mode bits.
    pub fn is_extended(&self) -> bool {
        self.entries.iter().any(|entry| match entry.subject {
            AclSubject::User(_) | AclSubject::Group(_) | AclSubject::Mask => true,
            AclSubject::Owner | AclSubject::OwningGroup | AclSubject::Other => false,
        })
    }
}

impl AclEntry {
    /// Parses `user:name:rwx`, `group::r-x`, `mask::r--`, `other::---`, with `default:` in front
    /// for what new children get.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, ParseAclError> {
        let (scope, entry) = match text.strip_prefix("default:") {
            Some(rest) => (AclScope::Default, rest),
            None => (AclScope::Access, text),
        };
        let parts: Vec<&str> = entry.split(':').collect();
        let [kind, name, access] = parts[..] else {
            return Err(ParseAclError::Components(text.to_owned()));
        };
        let subject = match (kind, name) {
            ("user", "") => AclSubject::Owner,
            ("user", name) => AclSubject::User(name.to_owned()),
            ("group", "") => AclSubject::OwningGroup,
            ("group", name) => AclSubject::Group(name.to_owned()),
            ("mask", "") => AclSubject::Mask,
            ("mask", _) => return Err(ParseAclError::MaskSubject(text.to_owned())),
            ("other", "") => AclSubject::Other,
            ("other", _) => return Err(ParseAclError::OtherSubject(text.to_owned())),
            _ => return Err(ParseAclError::Kind(text.to_owned())),
        };
        Ok(Self {
            scope,
            subject,
            access: parse_access(access)?,
        })
    }

    fn from_proto(entry: &pb::PAclEntry, list_scope: AclScope) -> Self {
        let name = entry.subject().to_owned();
        let subject = match entry.r#type() {
            pb::PAclEntryType::Owner => AclSubject::Owner,
            pb::PAclEntryType::NamedUser => AclSubject::User(name),
            pb::PAclEntryType::OwningGroup => AclSubject::OwningGroup,
            pb::PAclEntryType::NamedGroup => AclSubject::Group(name),
            pb::PAclEntryType::Mask => AclSubject::Mask,
            pb::PAclEntryType::Other => AclSubject::Other,
        };
        let access = entry.actions().fold(Access::NONE, |access, action| {
            access.union(match action {
                pb::PAclAction::Read => Access::READ,
                pb::PAclAction::Write => Access::WRITE,
                pb::PAclAction::Execute => Access::EXECUTE,
            })
        });
        let scope = if entry.is_default() {
            AclScope::Default
        } else {
            list_scope
        };
        Self {
            scope,
            subject,
            access,
        }
    }

    pub(crate) fn to_proto(&self) -> pb::PAclEntry {
        let (kind, name) = match &self.subject {
            AclSubject::Owner => (pb::PAclEntryType::Owner, ""),
            AclSubject::User(name) => (pb::PAclEntryType::NamedUser, name.as_str()),
            AclSubject::OwningGroup => (pb::PAclEntryType::OwningGroup, ""),
            AclSubject::Group(name) => (pb::PAclEntryType::NamedGroup, name.as_str()),
            AclSubject::Mask => (pb::PAclEntryType::Mask, ""),
            AclSubject::Other => (pb::PAclEntryType::Other, ""),
        };
        let all = [
            (Access::READ, pb::PAclAction::Read),
            (Access::WRITE, pb::PAclAction::Write),
            (Access::EXECUTE, pb::PAclAction::Execute),
        ];
        pb::PAclEntry {
            r#type: Some(kind.into()),
            subject: Some(name.to_owned()),
            actions: all
                .into_iter()
                .filter(|(access, _)| self.access.includes(*access))
                .map(|(_, action)| action.into())
                .collect(),
            is_default: Some(self.scope == AclScope::Default),
        }
    }
}

fn parse_access(text: &str) -> Result<Access, ParseAclError> {
    let error = || ParseAclError::Mode(text.to_owned());
    let letters: [u8; 3] = text
        .as_bytes()
        .try_into()
        .map_err(|_wrong_length| error())?;
    let mut bits = 0;
    for (index, (letter, expected)) in letters.into_iter().zip(*b"rwx").enumerate() {
        match letter {
            b'-' => {}
            letter if letter == expected => bits |= 4 >> index,
            _ => return Err(error()),
        }
    }
    Ok(Access::from_bits(bits))
}

impl fmt::Display for AclEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scope == AclScope::Default {
            f.write_str("default:")?;
        }
        match &self.subject {
            AclSubject::Owner => f.write_str("user:")?,
            AclSubject::User(name) => write!(f, "user:{name}")?,
            AclSubject::OwningGroup => f.write_str("group:")?,
            AclSubject::Group(name) => write!(f, "group:{name}")?,
            AclSubject::Mask => f.write_str("mask:")?,
            AclSubject::Other => f.write_str("other:")?,
        }
        write!(f, ":{}", self.access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_prints_as_it_was_written() {
        for text in [
            "user::rwx",
            "user:bob:r-x",
            "group::---",
            "default:mask::rw-",
            "other::r--",
        ] {
            let entry = AclEntry::parse(text).unwrap();
            assert_eq!(entry.to_string(), text);
            assert_eq!(AclEntry::from_proto(&entry.to_proto(), entry.scope), entry);
        }
    }

    #[test]
    fn malformed_entries_get_the_sentences_of_the_java_client() {
        for (text, sentence) in [
            ("user:bob:rwz", "Invalid mode string: rwz"),
            ("bogus:bob:rwx", "Unexpected ACL entry type: bogus:bob:rwx"),
            ("user", "Unexpected acl components: user"),
            (
                "mask:bob:rwx",
                "Subject for acl mask type must be empty: mask:bob:rwx",
            ),
            (
                "other:bob:rwx",
                "Subject for acl other type must be empty: other:bob:rwx",
            ),
        ] {
            assert_eq!(AclEntry::parse(text).unwrap_err().to_string(), sentence);
        }
    }
}
