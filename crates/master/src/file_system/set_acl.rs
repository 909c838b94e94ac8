//! Changing access control lists.

use std::collections::BTreeMap;

use alluxio_common::{Access, AlluxioPath, InodeId, Mode};

use super::namespace::Draft;
use super::new_inode::{check_writable, find_target};
use super::{Depth, FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{Acl, DefaultAcl, InodeRef, SubtreeWalk};
use crate::journal_entry::{DefaultAclChange, JournalEntry, UpdateInodeEntry};
use crate::permission::check_owner;

/// How many inodes change with one journal entry, to keep the tree's lock short.
const CHANGED_AT_ONCE: usize = 500;

/// Whom an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AclSubject {
    /// The owner of the inode.
    OwningUser,
    /// A user by name.
    User(String),
    /// The group of the inode.
    OwningGroup,
    /// A group by name.
    Group(String),
    /// The most that groups and named users get.
    Mask,
    /// Everybody else.
    Other,
}

/// One entry of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclEntry {
    /// Whom it is about.
    pub subject: AclSubject,
    /// What they may do.
    pub access: Access,
    /// Whether it is for what is created below, instead of the directory itself.
    pub is_default: bool,
}

/// What happens with the given entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetAclAction {
    /// They are all there is from now on.
    Replace,
    /// They are added, or replace those about the same subjects.
    Modify,
    /// Those about the same subjects go.
    Remove,
    /// Everything but owner, group and others goes; what new children inherit stays.
    RemoveAll,
    /// What new children inherit goes.
    RemoveDefault,
}

/// A change of access control lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAcl {
    /// What happens with the entries.
    pub action: SetAclAction,
    /// The entries.
    pub entries: Vec<AclEntry>,
    /// Whether everything below a directory changes, too.
    pub recursive: bool,
}

/// A list while it is being changed: mode bits and named entries together.
#[derive(Debug, Clone)]
struct Editable {
    owner: Access,
    group: Access,
    other: Access,
    named: Acl,
    /// Whether the request set the mask itself, so that it is not computed.
    has_given_mask: bool,
}

impl FileSystemMaster {
    /// Changes the access control list of a path, and of everything below it if asked.
    ///
    /// # Errors
    /// When nothing is there, the entries make no sense for it, or the caller does not own it.
    pub async fn set_acl(
        &self,
        request: &Request,
        path: &AlluxioPath,
        change: &SetAcl,
    ) -> Result<(), FileSystemError> {
        let (action, entries) = (change.action, change.entries.as_slice());
        let _in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return Ok(());
        }
        self.refresh(request, path, Depth::This).await?;
        self.load_if_missing(request, path).await?;
        check_entries(action, entries)?;
        if change.recursive {
            // First, so that what is created meanwhile inherits it; and last again, as the step
            // that a retry finds: a retry must not take the first step for the whole.
            let part = request.as_part();
            if let Some(directory) = self.set_acl_of(&part, path, action, entries).await? {
                self.set_acl_below(request, directory, action, entries)
                    .await?;
            }
        }
        self.set_acl_of(request, path, action, entries).await?;
        Ok(())
    }

    /// Changes the list of one path; returns it if it is a directory.
    async fn set_acl_of(
        &self,
        request: &Request,
        path: &AlluxioPath,
        action: SetAclAction,
        entries: &[AclEntry],
    ) -> Result<Option<InodeId>, FileSystemError> {
        self.change(request, Scope::Paths(&[path]), |draft| {
            let trace = draft.tree.trace(path);
            check_owner(&request.caller, &trace, path)?;
            check_writable(draft.mounts, path)?;
            let inode = find_target(&trace, path)?;
            draft_acl(draft, inode, action, entries)?;
            Ok(inode.is_directory().then(|| inode.id()))
        })
        .await
    }

    async fn set_acl_below(
        &self,
        request: &Request,
        top: InodeId,
        action: SetAclAction,
        entries: &[AclEntry],
    ) -> Result<(), FileSystemError> {
        let request = request.as_part();
        let mut walk = SubtreeWalk::below(top);
        while !walk.is_finished() {
            let mut batch = Vec::new();
            self.read(|tree| {
                walk.next_batch(tree, CHANGED_AT_ONCE, |inode| batch.push(inode.id()));
            });
            self.change(&request, Scope::Paths(&[]), |draft| {
                for id in &batch {
                    let Some(inode) = draft.tree.inode(*id) else {
                        continue;
                    };
                    let path = inode.path();
                    check_owner(&request.caller, &draft.tree.trace(&path), &path)?;
                    // Default entries are for directories; files below are left alone.
                    if inode.is_directory() {
                        draft_acl(draft, inode, action, entries)?;
                    } else if action != SetAclAction::RemoveDefault {
                        let own: Vec<_> =
                            entries.iter().filter(|e| !e.is_default).cloned().collect();
                        if !own.is_empty() || entries.is_empty() {
                            draft_acl(draft, inode, action, &own)?;
                        }
                    }
                }
                Ok(())
            })
            .await?;
            // Where nothing had to change, nothing was waited for.
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// Checks what can be said about the entries without an inode.
fn check_entries(action: SetAclAction, entries: &[AclEntry]) -> Result<(), FileSystemError> {
    let own = || entries.iter().filter(|entry| !entry.is_default);
    if action == SetAclAction::Replace && own().next().is_some() {
        let bases = [
            ("OTHER", AclSubject::Other),
            ("OWNING_USER", AclSubject::OwningUser),
            ("OWNING_GROUP", AclSubject::OwningGroup),
        ];
        let missing: Vec<&str> = bases
            .iter()
            .filter(|(_, subject)| !own().any(|entry| entry.subject == *subject))
            .map(|(name, _)| *name)
            .collect();
        if !missing.is_empty() {
            return Err(FileSystemError::AclBaseEntriesMissing {
                missing: missing.join(", "),
            });
        }
    }
    if action == SetAclAction::Remove {
        let base = entries.iter().find(|entry| {
            matches!(
                entry.subject,
                AclSubject::OwningUser | AclSubject::OwningGroup | AclSubject::Other
            )
        });
        if let Some(entry) = base {
            let entry = match &entry.subject {
                AclSubject::OwningUser => "user::",
                AclSubject::OwningGroup => "group::",
                AclSubject::Other => "other::",
                AclSubject::User(_) | AclSubject::Group(_) | AclSubject::Mask => "",
            };
            return Err(FileSystemError::AclBaseEntryRemoved {
                entry: entry.to_owned(),
            });
        }
    }
    Ok(())
}

fn draft_acl(
    draft: &mut Draft<'_>,
    inode: InodeRef<'_>,
    action: SetAclAction,
    entries: &[AclEntry],
) -> Result<(), FileSystemError> {
    let mut update = UpdateInodeEntry::of(inode.id());
    let (defaults, own): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.is_default);
    let is_of_directories = !defaults.is_empty() || action == SetAclAction::RemoveDefault;
    if is_of_directories && inode.is_file() {
        return Err(FileSystemError::DefaultAclOnFile);
    }
    match action {
        SetAclAction::RemoveDefault => update.default_acl = Some(DefaultAclChange::Remove),
        SetAclAction::RemoveAll => update.acl = Some(Acl::default()),
        SetAclAction::Replace | SetAclAction::Modify | SetAclAction::Remove => {
            if !own.is_empty() {
                let start = Editable::of(inode.mode(), inode.acl().cloned());
                let edited = start.edited(action, &own);
                update.mode = Some(edited.mode());
                update.acl = Some(edited.named);
            }
            if !defaults.is_empty() {
                let start = match inode.default_acl().cloned() {
                    Some(default) => Editable::of(default.mode, Some(default.named)),
                    None => Editable::of(inode.mode(), None),
                };
                let edited = start.edited(action, &defaults);
                update.default_acl = Some(DefaultAclChange::Replace(DefaultAcl {
                    mode: edited.mode(),
                    named: edited.named,
                }));
            }
        }
    }
    if update != UpdateInodeEntry::of(inode.id()) {
        draft.push(JournalEntry::UpdateInode(Box::new(update)));
    }
    Ok(())
}

impl Editable {
    fn of(mode: Mode, named: Option<Acl>) -> Self {
        Self {
            owner: mode.owner(),
            group: mode.group(),
            other: mode.other(),
            named: named.unwrap_or_default(),
            has_given_mask: false,
        }
    }

    fn mode(&self) -> Mode {
        let bits = |access: Access| u16::from(access.bits());
        Mode::from_bits(bits(self.owner) << 6 | bits(self.group) << 3 | bits(self.other))
    }

    fn edited(mut self, action: SetAclAction, entries: &[&AclEntry]) -> Self {
        if action == SetAclAction::Replace {
            self.named = Acl::default();
        }
        for entry in entries {
            match (&entry.subject, action) {
                (AclSubject::User(name), SetAclAction::Remove) => {
                    self.named.users.remove(name);
                }
                (AclSubject::Group(name), SetAclAction::Remove) => {
                    self.named.groups.remove(name);
                }
                (AclSubject::Mask, SetAclAction::Remove) => self.named.mask = None,
                (AclSubject::OwningUser, _) => self.owner = entry.access,
                (AclSubject::OwningGroup, _) => self.group = entry.access,
                (AclSubject::Other, _) => self.other = entry.access,
                (AclSubject::User(name), _) => {
                    self.named.users.insert(name.clone(), entry.access);
                }
                (AclSubject::Group(name), _) => {
                    self.named.groups.insert(name.clone(), entry.access);
                }
                (AclSubject::Mask, _) => {
                    self.named.mask = Some(entry.access);
                    self.has_given_mask = true;
                }
            }
        }
        self.settle_mask();
        self
    }

    /// Without a mask of its own, a list of named entries has the union of all groups and named
    /// users as its mask, so that nobody loses anything by it.
    fn settle_mask(&mut self) {
        if self.named.users.is_empty() && self.named.groups.is_empty() {
            if !self.has_given_mask {
                self.named.mask = None;
            }
            return;
        }
        if self.has_given_mask {
            return;
        }
        let union = |named: &BTreeMap<String, Access>| {
            named
                .values()
                .fold(Access::NONE, |all, access| all.union(*access))
        };
        let mask = self
            .group
            .union(union(&self.named.users))
            .union(union(&self.named.groups));
        self.named.mask = Some(mask);
    }
}
