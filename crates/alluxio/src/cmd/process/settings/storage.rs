//! The storage directories of a worker.

use std::path::PathBuf;

use alluxio_common::conf::{Conf, key};
use alluxio_common::{ByteSize, Describe, ErrorCode, Hint};
use alluxio_worker::block::{
    AllocationPolicy, DirConf, EvictionOrder, QuotaFit, StoreConf, TierConf,
};

/// Block files that stay open for reading: a tenth of what a process may usually open.
const OPEN_FILES: usize = 1024;

const LRFU_STEP: &str = "alluxio.worker.block.annotator.lrfu.step.factor";
const LRFU_ATTENUATION: &str = "alluxio.worker.block.annotator.lrfu.attenuation.factor";

/// A property that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{property}: {reason}")]
pub(in super::super::super) struct SettingError {
    /// Which.
    pub(super) property: &'static str,
    /// Why.
    pub(super) reason: String,
}

impl Describe for SettingError {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidArgument
    }

    fn hint(&self) -> Option<Hint> {
        Some(Hint::CheckProperty(self.property))
    }
}

/// The storage of a worker.
///
/// # Errors
/// When a property names a policy that there is not, or a tier has no directory.
pub(in super::super::super) fn store_conf(conf: &Conf) -> Result<StoreConf, SettingError> {
    let levels = conf.count(key::WORKER_TIEREDSTORE_LEVELS);
    let tiers = (0..levels)
        .map(|level| tier(conf, level))
        .collect::<Result<_, _>>()?;
    let host = conf.host(key::WORKER_HOSTNAME);
    Ok(StoreConf {
        tiers,
        data_folder: conf
            .string(key::WORKER_DATA_FOLDER)
            .trim_matches('/')
            .to_owned(),
        tmp_folder: conf.string(key::WORKER_DATA_FOLDER_TMP).to_owned(),
        tmp_subdir_max: u32::try_from(conf.int(key::WORKER_DATA_TMP_SUBDIR_MAX)).unwrap_or(1),
        permissions: permissions(conf.string(key::WORKER_DATA_FOLDER_PERMISSIONS)),
        allocation: allocation(conf)?,
        order: order(conf),
        free_ahead: conf.bytes(key::WORKER_TIEREDSTORE_FREE_AHEAD_BYTES),
        open_files: OPEN_FILES,
        worker: format!("{host}/<unresolved>:{}", conf.port(key::WORKER_RPC_PORT)),
    })
}

fn tier(conf: &Conf, level: usize) -> Result<TierConf, SettingError> {
    let name = |part: &str| format!("alluxio.worker.tieredstore.level{level}.{part}");
    let alias = conf.string(&name("alias")).to_owned();
    let paths = conf.list(&name("dirs.path"));
    if paths.is_empty() || alias.is_empty() {
        return Err(SettingError {
            property: key::WORKER_TIEREDSTORE_LEVELS,
            reason: format!(
                "tier {level} needs {} and {}",
                name("alias"),
                name("dirs.path")
            ),
        });
    }
    let quotas = conf.list(&name("dirs.quota"));
    let media = conf.list(&name("dirs.mediumtype"));
    // Somebody who asks for a size should get it; a default should fit the machine.
    let is_asked_for =
        conf.is_set(&name("dirs.quota")) || (level == 0 && conf.is_set(key::WORKER_RAMDISK_SIZE));
    let dirs = paths.into_iter().enumerate().map(|(index, path)| DirConf {
        path: PathBuf::from(path),
        medium: nth(&media, index).unwrap_or(&alias).to_owned(),
        quota: nth(&quotas, index)
            .and_then(|text| ByteSize::parse(text).ok())
            .unwrap_or_else(|| conf.bytes(key::WORKER_RAMDISK_SIZE)),
        fit: if is_asked_for {
            QuotaFit::Required
        } else {
            QuotaFit::Shrink
        },
    });
    Ok(TierConf {
        dirs: dirs.collect(),
        alias,
    })
}

/// The value for a directory: a list may be shorter than the directories, then its last one holds.
fn nth(list: &[String], index: usize) -> Option<&str> {
    list.get(index).or(list.last()).map(String::as_str)
}

/// `rwxrwxrwx`
fn permissions(text: &str) -> u32 {
    text.chars()
        .filter(|letter| "rwx-".contains(*letter))
        .fold(0, |bits, letter| (bits << 1) | u32::from(letter != '-'))
}

fn allocation(conf: &Conf) -> Result<AllocationPolicy, SettingError> {
    let class = conf.string(key::WORKER_ALLOCATOR_CLASS);
    match class.rsplit('.').next().unwrap_or("") {
        "MaxFreeAllocator" => Ok(AllocationPolicy::MaxFree),
        "RoundRobinAllocator" => Ok(AllocationPolicy::RoundRobin),
        "GreedyAllocator" => Ok(AllocationPolicy::Greedy),
        _ => Err(SettingError {
            property: key::WORKER_ALLOCATOR_CLASS,
            reason: format!(
                "\"{class}\" is not one of MaxFreeAllocator, RoundRobinAllocator, GreedyAllocator"
            ),
        }),
    }
}

fn order(conf: &Conf) -> EvictionOrder {
    let class = conf.string(key::WORKER_BLOCK_ANNOTATOR_CLASS);
    if class.ends_with("LRFUAnnotator") {
        EvictionOrder::Lrfu {
            step: conf.double(LRFU_STEP),
            attenuation: conf.double(LRFU_ATTENUATION),
        }
    } else {
        EvictionOrder::Lru
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::conf::Machine;

    use super::*;

    #[test]
    fn lists_of_directories_become_directories_with_their_quotas_and_media() {
        let conf = Conf::of(
            Machine::sample(),
            &[
                (key::WORKER_TIEREDSTORE_LEVELS, "2"),
                (key::WORKER_TIEREDSTORE_LEVEL0_DIRS_PATH, "/m"),
                (key::WORKER_TIEREDSTORE_LEVEL1_ALIAS, "SSD"),
                (key::WORKER_TIEREDSTORE_LEVEL1_DIRS_PATH, "/s1,/s2"),
                (key::WORKER_TIEREDSTORE_LEVEL1_DIRS_QUOTA, "1GB"),
                (key::WORKER_TIEREDSTORE_LEVEL1_DIRS_MEDIUMTYPE, "SSD,HDD"),
            ],
        )
        .unwrap();
        let store = store_conf(&conf).unwrap();
        assert_eq!(store.permissions, 0o777);
        assert_eq!(store.tiers[0].dirs[0].quota.bytes(), 2 << 30);
        assert_eq!(store.tiers[0].dirs[0].fit, QuotaFit::Shrink);
        let second = &store.tiers[1].dirs[1];
        assert_eq!(
            (second.medium.as_str(), second.quota.bytes()),
            ("HDD", 1 << 30)
        );
        assert_eq!(second.fit, QuotaFit::Required);
    }

    #[test]
    fn an_unknown_policy_is_refused_with_the_known_ones() {
        let conf = Conf::of(Machine::sample(), &[(key::WORKER_ALLOCATOR_CLASS, "a.B")]).unwrap();
        let error = store_conf(&conf).unwrap_err().to_string();
        assert!(error.contains("MaxFreeAllocator"), "{error}");
    }
}
