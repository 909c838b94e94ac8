//! Listing: the children of a directory, or everything below it, page by page.
//!
//! A [`Listing`] holds no lock between two pages, so a directory of millions keeps nobody waiting.
//! What comes or goes meanwhile may be listed or not; everything else is listed exactly once.

use std::sync::Arc;

use alluxio_common::{Access, AlluxioPath, InodeId, MountId};

use super::new_inode::find_target;
use super::status_view::{PathPieces, StatusView};
use super::{Depth, FileSystemMaster, LoadMetadata, Request};
use crate::error::FileSystemError;
use crate::inode::{InodeRef, InodeTree};
use crate::mount::MountTable;
use crate::permission::check_access;

/// How many entries are shown in one go with the tree locked: well below a millisecond.
const SHOWN_AT_ONCE: usize = 500;

/// How to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListStatusOptions {
    /// When the store is asked for children.
    pub load: LoadMetadata,
    /// Whether everything below follows, a directory before what is in it.
    pub recursive: bool,
}

impl Default for ListStatusOptions {
    fn default() -> Self {
        Self {
            load: LoadMetadata::Once,
            recursive: false,
        }
    }
}

/// A directory whose entries are being listed.
#[derive(Debug)]
struct Level {
    id: InodeId,
    path: AlluxioPath,
    /// The path with a slash at its end.
    prefix: String,
    /// Where it lies in the store, with a slash at its end.
    ufs_prefix: String,
    mount_id: MountId,
    /// The last name that was shown.
    after: Option<String>,
    /// Whether the store was asked for what is missing.
    is_loaded: bool,
    /// The directory in it whose children are there, before it is shown itself: it shows how many
    /// they are.
    ready: Option<String>,
}

/// Why some entries of a directory are shown, and no more.
#[derive(Debug)]
enum Stop {
    /// There are no more.
    End,
    /// It was as many as were asked for.
    Limit,
    /// The last one is a directory, and what is in it comes next.
    Enter(InodeId),
    /// The next one is a directory whose children must be loaded first.
    Load(String),
}

/// A listing in progress.
#[derive(Debug)]
pub struct Listing {
    master: Arc<FileSystemMaster>,
    request: Request,
    options: ListStatusOptions,
    /// The file itself, when no directory was asked for.
    file: Option<AlluxioPath>,
    /// From the top down; the last one is being shown.
    levels: Vec<Level>,
    /// The directory whose children are to be loaded before anything else is shown.
    to_load: Option<String>,
}

impl FileSystemMaster {
    /// Begins a listing. Everything that can be refused is refused here, before the first page.
    ///
    /// # Errors
    /// When nothing is there, or the caller may not list it.
    pub async fn list_status(
        self: &Arc<Self>,
        request: &Request,
        path: &AlluxioPath,
        options: ListStatusOptions,
    ) -> Result<Listing, FileSystemError> {
        let depth = if options.recursive {
            Depth::All
        } else {
            Depth::Children
        };
        self.refresh(request, path, depth).await?;
        if options.load != LoadMetadata::Never {
            self.load_if_missing(request, path).await?;
        }
        let mut listing = Listing {
            master: Arc::clone(self),
            request: request.clone(),
            options,
            file: None,
            levels: Vec::new(),
            to_load: None,
        };
        // Who may not list it does not make the store work.
        self.listed_directory(request, path)?;
        self.load_children(request, path, options.load).await?;
        // It may have gone while others were waited for.
        let Some(id) = self.listed_directory(request, path)? else {
            listing.file = Some(path.clone());
            return Ok(listing);
        };
        let mut level = Level::of(id, path.clone(), &self.mounts.load());
        level.is_loaded = true;
        listing.levels.push(level);
        Ok(listing)
    }

    /// The directory at a path, or `None` for a file.
    fn listed_directory(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Result<Option<InodeId>, FileSystemError> {
        self.read(|tree| {
            let trace = tree.trace(path);
            let inode = find_target_for(request, &trace, path)?;
            Ok(inode.is_directory().then(|| inode.id()))
        })
    }
}

fn find_target_for<'t>(
    request: &Request,
    trace: &crate::inode::Trace<'t, '_>,
    path: &AlluxioPath,
) -> Result<InodeRef<'t>, FileSystemError> {
    let is_directory = trace.target().is_some_and(InodeRef::is_directory);
    let wanted = if is_directory {
        Access::READ
    } else {
        Access::NONE
    };
    check_access(&request.caller, trace, path, wanted)?;
    find_target(trace, path)
}

impl Level {
    fn of(id: InodeId, path: AlluxioPath, mounts: &MountTable) -> Self {
        let with_slash = |mut text: String| {
            if !text.ends_with('/') {
                text.push('/');
            }
            text
        };
        let resolution = mounts.resolve(&path);
        Self {
            id,
            prefix: with_slash(path.to_string()),
            ufs_prefix: with_slash(resolution.ufs_path.to_string()),
            mount_id: resolution.mount.id,
            path,
            after: None,
            is_loaded: false,
            ready: None,
        }
    }
}

impl Listing {
    /// Shows the next entries, `limit` at most, and returns how many; none at the end.
    ///
    /// # Errors
    /// When the store does not answer, or the directory has gone before anything of it was shown.
    pub async fn next_page(
        &mut self,
        limit: usize,
        mut visit: impl FnMut(&StatusView<'_>),
    ) -> Result<usize, FileSystemError> {
        if let Some(path) = self.file.take() {
            return self.show_file(&path, visit);
        }
        let mut shown = 0;
        while shown < limit {
            let Some(level) = self.levels.last_mut() else {
                break;
            };
            if let Some(name) = self.to_load.take() {
                let path = level.path.child(&name);
                level.ready = Some(name);
                if self.may_enter(&path) {
                    let load = self.options.load;
                    self.master
                        .load_children(&self.request, &path, load)
                        .await?;
                }
                continue;
            }
            if !level.is_loaded {
                level.is_loaded = true;
                let path = level.path.clone();
                self.enter(&path).await?;
                continue;
            }
            if self.has_gone()? {
                continue;
            }
            shown += self.show_some((limit - shown).min(SHOWN_AT_ONCE), &mut visit);
            // The thread also serves others: nobody looks at its sockets while it shows.
            tokio::task::yield_now().await;
        }
        Ok(shown)
    }

    /// Continues behind the entry with this path relative to the top, whether it is still there or
    /// not.
    pub fn start_after(&mut self, relative: &str) {
        let Some(top) = self.levels.first() else {
            // A file is its own and only entry.
            if !relative.is_empty() {
                self.file = None;
            }
            return;
        };
        let top = top.path.clone();
        let names: Vec<&str> = relative
            .split('/')
            .filter(|name| !name.is_empty())
            .collect();
        if let (Some(level), Some(first)) = (self.levels.first_mut(), names.first()) {
            level.after = Some((*first).to_owned());
        }
        if !self.options.recursive {
            return;
        }
        let mounts = self.master.mounts();
        let mut path = top;
        for (index, name) in names.iter().enumerate() {
            path = path.child(name);
            let found = self.master.read(|tree| {
                let inode = tree.find(&path)?;
                inode.is_directory().then(|| inode.id())
            });
            let Some(id) = found else { return };
            let mut level = Level::of(id, path.clone(), &mounts);
            level.after = names.get(index + 1).map(|name| (*name).to_owned());
            // Those above the last name were entered when its page was shown.
            level.is_loaded = index + 1 < names.len();
            self.levels.push(level);
        }
    }

    fn show_file(
        &self,
        path: &AlluxioPath,
        mut visit: impl FnMut(&StatusView<'_>),
    ) -> Result<usize, FileSystemError> {
        let mounts = self.master.mounts.load();
        self.master.read(|tree| {
            let inode = find_target(&tree.trace(path), path)?;
            self.master
                .show(inode, path, &mounts, |status| visit(status));
            Ok(1)
        })
    }

    /// Asks the store for what is missing in a directory below the top. A directory that the
    /// caller may not list is shown, but what is in it is not.
    async fn enter(&mut self, path: &AlluxioPath) -> Result<(), FileSystemError> {
        if !self.may_enter(path) {
            self.levels.pop();
            return Ok(());
        }
        let above = self.levels.iter().nth_back(1);
        let ready = above.and_then(|level| level.ready.as_deref());
        if ready == Some(path.name()) {
            return Ok(());
        }
        let load = self.options.load;
        self.master.load_children(&self.request, path, load).await
    }

    /// Leaves a directory that is no longer where it was when it was entered: nobody finds at their
    /// paths what would be shown. Returns whether it is left.
    ///
    /// # Errors
    /// When it is the one that was asked for, and nothing of it has been shown.
    fn has_gone(&mut self) -> Result<bool, FileSystemError> {
        let Some(level) = self.levels.last() else {
            return Ok(false);
        };
        let is_there = self.master.read(|tree| {
            let found = tree.find(&level.path);
            found.is_some_and(|inode| inode.id() == level.id)
        });
        if is_there {
            return Ok(false);
        }
        if self.levels.len() == 1 && level.after.is_none() {
            let path = level.path.clone();
            return Err(FileSystemError::PathNotFound { path });
        }
        self.levels.pop();
        Ok(true)
    }

    fn may_enter(&self, path: &AlluxioPath) -> bool {
        self.master.read(|tree| {
            let trace = tree.trace(path);
            let wanted = Access::READ.union(Access::EXECUTE);
            check_access(&self.request.caller, &trace, path, wanted).is_ok()
        })
    }

    fn show_some(&mut self, limit: usize, visit: &mut impl FnMut(&StatusView<'_>)) -> usize {
        let mounts = self.master.mounts.load();
        let namespace = self.master.namespace.read();
        let Some(level) = self.levels.last_mut() else {
            return 0;
        };
        let (shown, last, stop) = show_children(
            &self.master,
            &namespace.tree,
            (level, &mounts),
            (limit, self.options),
            visit,
        );
        let below = match (&stop, &last) {
            (Stop::Enter(id), Some(last)) => Some(Level::of(*id, level.path.child(last), &mounts)),
            (Stop::Enter(_) | Stop::End | Stop::Limit | Stop::Load(_), _) => None,
        };
        level.after = last.or(level.after.take());
        match stop {
            Stop::End => drop(self.levels.pop()),
            Stop::Load(name) => self.to_load = Some(name),
            Stop::Enter(_) | Stop::Limit => {}
        }
        self.levels.extend(below);
        shown
    }
}

/// Shows children of one directory until the limit, or until a directory that is to be entered.
/// Returns how many, the last name, and why there are no more.
fn show_children(
    master: &FileSystemMaster,
    tree: &InodeTree,
    (level, mounts): (&Level, &MountTable),
    (limit, options): (usize, ListStatusOptions),
    visit: &mut impl FnMut(&StatusView<'_>),
) -> (usize, Option<String>, Stop) {
    let (mut shown, mut last) = (0, None);
    let name_of = |last: Option<InodeRef<'_>>| last.map(|inode| inode.name().to_owned());
    for child in tree.children(level.id, level.after.as_deref()) {
        let enters = options.recursive && child.is_directory();
        let is_ready = level.ready.as_deref() == Some(child.name());
        if enters && !is_ready && options.load.is_wanted_in(child) {
            return (shown, name_of(last), Stop::Load(child.name().to_owned()));
        }
        shown += 1;
        last = Some(child);
        if child.is_mount_point() {
            let path = level.path.child(child.name());
            master.show(child, &path, mounts, |status| visit(status));
        } else {
            visit(&StatusView {
                inode: child,
                path: PathPieces {
                    prefix: &level.prefix,
                    name: child.name(),
                },
                ufs_path: PathPieces {
                    prefix: &level.ufs_prefix,
                    name: child.name(),
                },
                mount_id: level.mount_id,
                access_time: master.access_times.latest(child),
                blocks: &*master.blocks,
            });
        }
        if enters {
            return (shown, name_of(last), Stop::Enter(child.id()));
        }
        if shown == limit {
            return (shown, name_of(last), Stop::Limit);
        }
    }
    (shown, name_of(last), Stop::End)
}
