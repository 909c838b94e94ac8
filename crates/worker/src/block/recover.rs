//! Opening the store: which files of the last process are kept, and why.
//!
//! A file directly in the worker's folder whose name is a block id is a committed block, because
//! only a commit gives it that name. It is kept if nothing speaks against it:
//! - its length is the one that was noted at commit;
//! - if the machine went down since (so that a page may never have reached the disk), something
//!   was noted about it at all; and then its bytes are compared before the first read.
//!
//! Whatever lies in the temporary folder was never complete, and goes.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::SystemTime;

use alluxio_common::{BlockId, ByteSize, Clock};
use arc_swap::ArcSwap;
use dashmap::DashMap;
use tracing::{error, info, warn};

use super::allocate::Allocator;
use super::changes::ChangeLog;
use super::checksum::{BootId, ChecksumRecord, Known, LoadedChecksums};
use super::claim::Claims;
use super::dir::{DirRole, SharedDir, StorageDir};
use super::error::OpenStoreError;
use super::mappings::Mappings;
use super::meta::{Block, NewBlock};
use super::open_files::OpenFiles;
use super::owner::{NotOwned, Ownership};
use super::store::{BlockStore, StoreCounters};
use super::tier::{BlockPlace, QuotaFit, StorageTier, StoreConf};

/// A file found in a directory.
struct Found {
    block_id: BlockId,
    length: u64,
    modified: SystemTime,
    known: Known,
}

impl BlockStore {
    /// Opens the directories, and takes over the blocks that a former process left in them.
    /// Directories that cannot be used are left out and reported as lost. Blocking.
    ///
    /// # Errors
    /// When the configuration makes no sense, another worker has a directory, a directory in memory
    /// is smaller than its quota, or no directory can be used.
    pub fn open_dirs(
        conf: &StoreConf,
        boot: BootId,
        clock: Arc<dyn Clock>,
        counters: StoreCounters,
    ) -> Result<Arc<Self>, OpenStoreError> {
        let Opened {
            tiers,
            unusable,
            owned,
        } = open_tiers(conf)?;
        let store = Arc::new(Self {
            tiers,
            blocks: DashMap::new(),
            claims: Claims::default(),
            allocator: Allocator::new(conf.allocation),
            order: conf.order,
            free_ahead: conf.free_ahead.bytes(),
            open_files: OpenFiles::new(conf.open_files),
            mappings: Mappings::default(),
            changes: ChangeLog::default(),
            pinned: ArcSwap::from_pointee(HashSet::new()),
            ticks: AtomicU64::new(1),
            counters,
            clock,
            boot,
            worker: conf.worker.clone(),
            unusable,
            _owned: owned,
            lost_news: AtomicBool::new(false),
        });
        for dir in store.dirs().filter(|dir| dir.is_serving()) {
            if let Err(reason) = store.recover(dir, boot) {
                error!(dir = %dir.configured().display(), %reason, "storage directory lost");
                dir.mark_lost();
            }
        }
        store.check_space()?;
        store.take_changes();
        Ok(store)
    }

    /// A memory file system that is smaller than the quota would fail writers later, when they can
    /// do nothing about it.
    fn check_space(&self) -> Result<(), OpenStoreError> {
        for dir in self.dirs().filter(|dir| dir.is_serving()) {
            let Ok(available) = dir.physical_capacity() else {
                continue;
            };
            if available >= dir.quota() {
                continue;
            }
            if dir.fit == QuotaFit::Shrink {
                dir.shrink_quota(available);
                continue;
            }
            if dir.is_in_memory() {
                return Err(OpenStoreError::TooLittleSpace {
                    path: dir.configured().to_owned(),
                    available: ByteSize::from_bytes(available),
                    quota: ByteSize::from_bytes(dir.quota()),
                });
            }
            warn!(
                dir = %dir.configured().display(), available, quota = dir.quota(),
                "storage directory has less room than its quota"
            );
        }
        Ok(())
    }

    fn recover(&self, dir: &SharedDir, boot: BootId) -> io::Result<()> {
        remove_contents(dir.tmp())?;
        let checksums = dir.checksums.load()?;
        let mut found = scan(dir, &checksums, boot)?;
        // Without a record of accesses, the order of writing is the best guess at it.
        found.sort_by_key(|file| file.modified);
        let records: Vec<_> = found
            .iter()
            .map(|file| ChecksumRecord {
                block_id: file.block_id,
                length: file.length,
                known: file.known,
            })
            .collect();
        dir.checksums.rewrite(boot, &records)?;
        for file in found {
            self.adopt(dir, &file);
        }
        info!(
            dir = %dir.configured().display(), tier = %dir.place().tier,
            blocks = records.len(), used = dir.used(), quota = dir.quota(),
            "storage directory opened"
        );
        Ok(())
    }

    fn adopt(&self, dir: &SharedDir, file: &Found) {
        if self.contains(file.block_id) {
            warn!(block_id = %file.block_id, dir = %dir.root().display(), "second copy removed");
            remove_damaged(&dir.block_path(file.block_id));
            return;
        }
        dir.adopt(file.length);
        self.insert(&Arc::new(Block::new(NewBlock {
            id: file.block_id,
            length: file.length,
            dir: Arc::clone(dir),
            known: file.known,
            in_store: false,
        })));
    }
}

/// What was found where the configuration points.
struct Opened {
    tiers: Vec<StorageTier>,
    /// The directories that cannot be used, by the alias of their tier.
    unusable: Vec<(Arc<str>, String)>,
    owned: Vec<Ownership>,
}

fn open_tiers(conf: &StoreConf) -> Result<Opened, OpenStoreError> {
    check_layout(conf)?;
    let mut tiers = Vec::with_capacity(conf.tiers.len());
    let mut unusable = Vec::new();
    let mut owned = Vec::new();
    let mut first_failure = None;
    let mut index = 0;
    for (level, tier) in conf.tiers.iter().enumerate() {
        let alias: Arc<str> = tier.alias.as_str().into();
        let mut dirs = Vec::with_capacity(tier.dirs.len());
        for dir in &tier.dirs {
            let role = DirRole {
                index,
                level,
                place: BlockPlace {
                    tier: Arc::clone(&alias),
                    medium: dir.medium.as_str().into(),
                },
                quota: dir.quota.bytes(),
                fit: dir.fit,
            };
            index += 1;
            match open_dir(conf, &dir.path, role) {
                Ok((open, ownership)) => {
                    owned.push(ownership);
                    dirs.push(Arc::new(open));
                }
                Err(NotOwned::InUse) => {
                    let path = dir.path.clone();
                    return Err(OpenStoreError::InUse { path });
                }
                Err(NotOwned::Failed(source)) => {
                    error!(dir = %dir.path.display(), reason = %source, "storage directory lost");
                    unusable.push((Arc::clone(&alias), dir.path.display().to_string()));
                    first_failure.get_or_insert((dir.path.clone(), source));
                }
            }
        }
        tiers.push(StorageTier { alias, dirs });
    }
    match first_failure {
        Some((path, source)) if owned.is_empty() => {
            Err(OpenStoreError::NoneUsable { path, source })
        }
        Some(_) | None => Ok(Opened {
            tiers,
            unusable,
            owned,
        }),
    }
}

fn open_dir(
    conf: &StoreConf,
    configured: &Path,
    role: DirRole,
) -> Result<(StorageDir, Ownership), NotOwned> {
    let dir = StorageDir::open(conf, configured, role).map_err(NotOwned::Failed)?;
    let ownership = Ownership::take(dir.root())?;
    Ok((dir, ownership))
}

fn check_layout(conf: &StoreConf) -> Result<(), OpenStoreError> {
    if conf.tiers.is_empty() {
        return Err(OpenStoreError::NoDirectories { tier: "0".into() });
    }
    let mut aliases = HashSet::new();
    let mut paths = HashSet::new();
    for tier in &conf.tiers {
        if tier.dirs.is_empty() {
            return Err(OpenStoreError::NoDirectories {
                tier: tier.alias.clone(),
            });
        }
        if !aliases.insert(&tier.alias) {
            return Err(OpenStoreError::DuplicateTier {
                alias: tier.alias.clone(),
            });
        }
        for dir in &tier.dirs {
            if !paths.insert(&dir.path) {
                return Err(OpenStoreError::DuplicateDirectory {
                    path: dir.path.clone(),
                });
            }
        }
    }
    Ok(())
}

/// Lists the blocks of a directory, and removes those that cannot be trusted.
fn scan(dir: &SharedDir, checksums: &LoadedChecksums, boot: BootId) -> io::Result<Vec<Found>> {
    let went_down = checksums.boot.is_some_and(|written_in| written_in != boot);
    let mut found = Vec::new();
    for entry in fs::read_dir(dir.root())? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(block_id) = name.to_str().and_then(parse_block_id) else {
            continue;
        };
        let metadata = entry.metadata()?;
        if !metadata.is_file() {
            continue;
        }
        let noted = checksums.records.get(&block_id);
        let damage = match noted {
            Some(record) if record.length != metadata.len() => Some("its length has changed"),
            None if went_down => Some("it was written just before the machine went down"),
            Some(_) | None => None,
        };
        if let Some(damage) = damage {
            warn!(%block_id, dir = %dir.root().display(), damage, "damaged block removed");
            remove_damaged(&entry.path());
            continue;
        }
        let known = noted.map_or(Known::Nothing, |record| record.known);
        found.push(Found {
            block_id,
            length: metadata.len(),
            modified: metadata.modified()?,
            known: if went_down {
                known.after_reboot()
            } else {
                known
            },
        });
    }
    Ok(found)
}

fn parse_block_id(name: &str) -> Option<BlockId> {
    let id = name.parse::<i64>().ok().filter(|id| *id >= 0)?;
    // "007" and "+7" are somebody else's files.
    (id.to_string() == name).then(|| BlockId::from_raw(id))
}

fn remove_damaged(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        warn!(file = %path.display(), %error, "cannot remove a block");
    }
}

/// Empties a folder.
pub(super) fn remove_contents(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
