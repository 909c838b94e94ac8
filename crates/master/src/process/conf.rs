//! [`MasterConf`]: the settings of a master, and how they come from properties.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::{Conf, ConfSource, References, key};
use alluxio_common::user::login_user;
use alluxio_common::{Describe, ErrorCode, Hint, Mode, UfsPath};
use alluxio_journal::LocalJournalConf;
use alluxio_rpc::{Authentication, Login};
use alluxio_ufs::UfsProperties;

use crate::block::BlockMasterConf;
use crate::file_system::{FileSystemConf, Intervals};
use crate::meta::{ConfigurationView, Overlay, Updates};
use crate::permission::Authorization;

/// The folder of the namespace's journal below the one that is configured.
const JOURNAL_OF: &str = "FileSystemMaster";

/// What stands before the names of the root mount's own properties.
const ROOT_OPTION_PREFIX: &str = "alluxio.master.mount.table.root.option.";

/// Where the journal is.
#[derive(Debug, Clone)]
pub enum JournalConf {
    /// In a folder.
    Folder(LocalJournalConf),
    /// Nowhere: everything is forgotten at the end. For measurements.
    Nowhere,
}

/// How often the master looks after what it has.
#[derive(Debug, Clone, Copy)]
pub struct MasterIntervals {
    /// The namespace.
    pub namespace: Intervals,
    /// `alluxio.master.lost.worker.detection.interval`
    pub lost_workers: Duration,
    /// `alluxio.master.persistence.scheduler.interval`
    pub persistence: Duration,
    /// `alluxio.underfs.cleanup.interval`, if stores are to be cleaned at all.
    pub store_cleanup: Option<Duration>,
}

/// The settings of a master. Plain data.
#[derive(Debug)]
pub struct MasterConf {
    /// Where the journal is.
    pub journal: JournalConf,
    /// The namespace.
    pub file_system: FileSystemConf,
    /// Workers and blocks.
    pub blocks: BlockMasterConf,
    /// Who may do what.
    pub authorization: Authorization,
    /// How callers are identified.
    pub authentication: Authentication,
    /// Who the master is for the job master.
    pub login: Login,
    /// The properties that hold for every mount.
    pub ufs_properties: UfsProperties,
    /// The name that others reach this master by.
    pub hostname: String,
    /// The local address of the RPC server; `0.0.0.0` for all.
    pub bind_host: String,
    /// The port of the RPC server; 0 for any free one.
    pub rpc_port: u16,
    /// The local address of the web server.
    pub web_bind_host: String,
    /// The port of the web server; 0 for any free one.
    pub web_port: u16,
    /// Requests that are larger are refused, in bytes.
    pub max_message_bytes: usize,
    /// How often the master looks after what it has.
    pub intervals: MasterIntervals,
    /// What clients are told: the release whose protocol this is.
    pub version: String,
    /// The revision that the program was built from.
    pub revision: String,
    /// Where the log files are, for the pages.
    pub logs: Option<PathBuf>,
    /// Whether the pages show what is in files.
    pub shows_content: bool,
    /// The configuration that clients and workers are told.
    pub configuration: ConfigurationView,
    /// Whether they can be told something else while the master runs.
    pub updates: Updates,
    /// `alluxio.master.backup.directory`
    pub backup_directory: String,
    /// `alluxio.master.journal.init.from.backup`: with what an empty journal begins.
    pub init_from_backup: Option<String>,
}

/// The values of this process, as others are told.
fn view(conf: &Conf) -> ConfigurationView {
    ConfigurationView {
        resolved: conf.wire_properties(References::Replaced),
        raw: conf.wire_properties(References::AsWritten),
    }
}

/// The values that the process was started with.
#[derive(Debug)]
struct Configured(Conf);

impl Overlay for Configured {
    fn overlaid(&self, updates: &BTreeMap<String, String>) -> ConfigurationView {
        let pairs = updates.iter();
        let pairs = pairs.map(|(name, value)| (name.as_str(), value.as_str()));
        // Values were checked one by one; what refers to them and does not fit reads as its default.
        let (conf, _problems) = self.0.overlaid(&ConfSource::Runtime, pairs);
        view(&conf)
    }
}

/// Which program this is, for clients and for the pages.
#[derive(Debug, Clone, Copy)]
pub struct ProgramVersion<'a> {
    /// The version: `2.9.4`.
    pub version: &'a str,
    /// The revision that it was built from.
    pub revision: &'a str,
}

/// A property whose value makes no sense for a master.
#[derive(Debug, thiserror::Error)]
#[error("{property}: \"{value}\" is not {expected}")]
pub struct InvalidMasterConf {
    property: &'static str,
    value: String,
    expected: &'static str,
}

impl Describe for InvalidMasterConf {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidArgument
    }

    fn hint(&self) -> Option<Hint> {
        Some(Hint::CheckProperty(self.property))
    }
}

impl MasterConf {
    /// The settings that the properties describe. How callers are identified is decided once for
    /// all servers, so it is handed in.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub fn from_properties(
        conf: &Conf,
        program: ProgramVersion<'_>,
        authentication: Authentication,
    ) -> Result<Self, InvalidMasterConf> {
        let login = match &authentication {
            Authentication::NoSasl { .. } => Login::NoSasl,
            Authentication::Simple(_) => Login::simple(login_user(conf)),
        };
        let max_message = conf.bytes(key::MASTER_NETWORK_MAX_INBOUND_MESSAGE_SIZE);
        Ok(Self {
            journal: journal_conf(conf)?,
            file_system: file_system_conf(conf)?,
            blocks: block_conf(conf),
            authorization: authorization(conf),
            authentication,
            login,
            ufs_properties: UfsProperties::of_site(conf),
            hostname: conf.host(key::MASTER_HOSTNAME),
            bind_host: conf.string(key::MASTER_BIND_HOST).to_owned(),
            rpc_port: conf.port(key::MASTER_RPC_PORT),
            web_bind_host: conf.string(key::MASTER_WEB_BIND_HOST).to_owned(),
            web_port: conf.port(key::MASTER_WEB_PORT),
            max_message_bytes: usize::try_from(max_message.bytes()).unwrap_or(usize::MAX),
            intervals: intervals(conf),
            version: program.version.to_owned(),
            revision: program.revision.to_owned(),
            logs: conf.find_string(key::LOGS_DIR).map(PathBuf::from),
            shows_content: conf.bool(key::WEB_FILE_INFO_ENABLED),
            configuration: view(conf),
            backup_directory: conf.string(key::MASTER_BACKUP_DIRECTORY).to_owned(),
            init_from_backup: conf
                .find_string(key::MASTER_JOURNAL_INIT_FROM_BACKUP)
                .map(str::to_owned),
            updates: match conf.bool(key::CONF_DYNAMIC_UPDATE_ENABLED) {
                true => Updates::On(Arc::new(Configured(conf.clone()))),
                false => Updates::Off,
            },
        })
    }
}

/// The folder of the namespace's journal.
///
/// # Errors
/// When the property names a store that a journal cannot be in.
pub(super) fn journal_folder(conf: &Conf) -> Result<PathBuf, InvalidMasterConf> {
    let folder = conf.string(key::MASTER_JOURNAL_FOLDER);
    let local = UfsPath::parse(folder)
        .ok()
        .filter(|path| matches!(path.scheme(), "" | "file"));
    match local {
        Some(path) => Ok(PathBuf::from(path.path()).join(JOURNAL_OF)),
        None => Err(InvalidMasterConf {
            property: key::MASTER_JOURNAL_FOLDER,
            value: folder.to_owned(),
            expected: "a folder of this machine",
        }),
    }
}

/// How this process is named to others that want the journal.
pub(super) fn owner(conf: &Conf, role: &str) -> String {
    let host = &conf.machine().host_name;
    format!("process {} ({role}) on host {host}", std::process::id())
}

fn journal_conf(conf: &Conf) -> Result<JournalConf, InvalidMasterConf> {
    if conf.choice(key::MASTER_JOURNAL_TYPE) == "NOOP" {
        return Ok(JournalConf::Nowhere);
    }
    let defaults = LocalJournalConf::new(journal_folder(conf)?, owner(conf, "AlluxioMaster"));
    let period = conf.count(key::MASTER_JOURNAL_CHECKPOINT_PERIOD_ENTRIES);
    Ok(JournalConf::Folder(LocalJournalConf {
        segment_size: conf.bytes(key::MASTER_JOURNAL_LOG_SIZE_BYTES_MAX),
        entry_limit: conf.bytes(key::MASTER_EMBEDDED_JOURNAL_ENTRY_SIZE_MAX),
        flush_timeout: conf.duration(key::MASTER_JOURNAL_FLUSH_TIMEOUT),
        retry_interval: conf.duration(key::MASTER_JOURNAL_RETRY_INTERVAL),
        checkpoint_entries: u64::try_from(period).unwrap_or(u64::MAX),
        collect_after: conf.duration(key::MASTER_JOURNAL_GC_THRESHOLD),
        ..defaults
    }))
}

fn file_system_conf(conf: &Conf) -> Result<FileSystemConf, InvalidMasterConf> {
    let root = conf.string(key::MASTER_MOUNT_TABLE_ROOT_UFS);
    let root_ufs = UfsPath::parse(root).map_err(|_not_a_path| InvalidMasterConf {
        property: key::MASTER_MOUNT_TABLE_ROOT_UFS,
        value: root.to_owned(),
        expected: "the address of a directory in a store",
    })?;
    let umask = conf.string(key::SECURITY_AUTHORIZATION_PERMISSION_UMASK);
    let bits = u16::from_str_radix(umask, 8)
        .ok()
        .filter(|bits| *bits <= 0o777);
    let umask = bits.ok_or_else(|| InvalidMasterConf {
        property: key::SECURITY_AUTHORIZATION_PERMISSION_UMASK,
        value: umask.to_owned(),
        expected: "three octal digits",
    })?;
    let updates_access_times = conf.bool(key::MASTER_FILE_ACCESS_TIME_UPDATER_ENABLED);
    let remembers = conf.bool(key::MASTER_FILESYSTEM_OPERATION_RETRY_CACHE_ENABLED);
    let block_size = conf.bytes(key::USER_BLOCK_SIZE_BYTES_DEFAULT).bytes();
    let written = conf.written(key::MASTER_MOUNT_TABLE_ROOT_UFS);
    let defaults = FileSystemConf::over(root_ufs);
    Ok(FileSystemConf {
        root_ufs_property: written.map_or_else(
            || defaults.root_ufs_property.clone(),
            |assignment| assignment.name.clone(),
        ),
        root_properties: conf.below(ROOT_OPTION_PREFIX),
        root_read_only: conf.bool(key::MASTER_MOUNT_TABLE_ROOT_READONLY),
        root_shared: root_shared(conf),
        umask: Mode::from_bits(umask),
        default_block_size: i64::try_from(block_size).unwrap_or(i64::MAX),
        retry_cache_capacity: match remembers {
            true => conf.count(key::MASTER_FILESYSTEM_OPERATION_RETRY_CACHE_SIZE),
            false => 0,
        },
        list_batch_size: conf.count(key::MASTER_FILESYSTEM_LISTSTATUS_RESULT_MESSAGE_LENGTH),
        persist_directory: conf
            .string(key::UNDERFS_PERSISTENCE_ASYNC_TEMP_DIR)
            .to_owned(),
        persist_retry: (
            conf.duration(key::MASTER_PERSISTENCE_INITIAL_INTERVAL),
            conf.duration(key::MASTER_PERSISTENCE_MAX_INTERVAL),
        ),
        persist_give_up_after: conf.duration(key::MASTER_PERSISTENCE_MAX_TOTAL_WAIT_TIME),
        access_time_precision: match updates_access_times {
            true => conf.duration(key::MASTER_FILE_ACCESS_TIME_UPDATE_PRECISION),
            // No file is ever so old.
            false => Duration::MAX,
        },
        media: conf.list(key::MASTER_TIEREDSTORE_GLOBAL_MEDIUMTYPE),
        ..defaults
    })
}

/// Whether the root is a shared mount. The original has a property for it whose default is true, and
/// goes by another one, whose default is false; here the first counts where somebody has set it.
fn root_shared(conf: &Conf) -> bool {
    if conf.is_set(key::MASTER_MOUNT_TABLE_ROOT_SHARED) {
        conf.bool(key::MASTER_MOUNT_TABLE_ROOT_SHARED)
    } else {
        conf.bool(key::UNDERFS_OBJECT_STORE_MOUNT_SHARED_PUBLICLY)
    }
}

fn block_conf(conf: &Conf) -> BlockMasterConf {
    BlockMasterConf {
        worker_timeout: conf.duration(key::MASTER_WORKER_TIMEOUT),
        lost_worker_deletion: conf.duration(key::MASTER_LOST_WORKER_DELETION_TIMEOUT),
        safe_mode_wait: conf.duration(key::MASTER_WORKER_CONNECT_WAIT_TIME),
        expected_workers: expected_workers(conf),
        register_lease: conf.duration(key::MASTER_WORKER_REGISTER_LEASE_TTL),
    }
}

/// How many workers `conf/workers` names: as soon as they are all there, nobody waits any more.
fn expected_workers(conf: &Conf) -> Option<usize> {
    let folder = conf.find_string(key::CONF_DIR)?;
    let text = std::fs::read_to_string(PathBuf::from(folder).join("workers")).ok()?;
    let hosts = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or("").trim());
    Some(hosts.filter(|host| !host.is_empty()).count()).filter(|count| *count > 0)
}

fn authorization(conf: &Conf) -> Authorization {
    Authorization {
        enabled: conf.bool(key::SECURITY_AUTHORIZATION_PERMISSION_ENABLED),
        superuser: login_user(conf),
        supergroup: conf
            .string(key::SECURITY_AUTHORIZATION_PERMISSION_SUPERGROUP)
            .to_owned(),
        group_cache_timeout: conf.duration(key::SECURITY_GROUP_MAPPING_CACHE_TIMEOUT),
    }
}

fn intervals(conf: &Conf) -> MasterIntervals {
    MasterIntervals {
        namespace: Intervals {
            ttl: conf.duration(key::MASTER_TTL_CHECKER_INTERVAL),
            access_times: conf.duration(key::MASTER_FILE_ACCESS_TIME_JOURNAL_FLUSH_INTERVAL),
            lost_files: conf.duration(key::MASTER_LOST_WORKER_FILE_DETECTION_INTERVAL),
        },
        lost_workers: conf.duration(key::MASTER_LOST_WORKER_DETECTION_INTERVAL),
        persistence: conf.duration(key::MASTER_PERSISTENCE_SCHEDULER_INTERVAL),
        store_cleanup: conf
            .bool(key::UNDERFS_CLEANUP_ENABLED)
            .then(|| conf.duration(key::UNDERFS_CLEANUP_INTERVAL)),
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::conf::Machine;

    use super::*;

    fn master_conf(values: &[(&str, &str)]) -> Result<MasterConf, InvalidMasterConf> {
        let conf = Conf::of(Machine::sample(), values).unwrap();
        let program = ProgramVersion {
            version: "2.9.4",
            revision: "",
        };
        let authentication = Authentication::NoSasl {
            login_user: "alluxio".to_owned(),
        };
        MasterConf::from_properties(&conf, program, authentication)
    }

    #[test]
    fn the_defaults_are_those_of_the_registry() {
        let conf = master_conf(&[]).unwrap();
        assert_eq!((conf.rpc_port, conf.web_port), (19_998, 19_999));
        let JournalConf::Folder(journal) = conf.journal else {
            panic!("the journal is in a folder");
        };
        assert!(journal.folder.ends_with("journal/FileSystemMaster"));
        assert_eq!(journal.checkpoint_entries, 2_000_000);
        assert_eq!(conf.file_system.umask, Mode::from_bits(0o022));
        assert_eq!(conf.file_system.media, ["MEM", "SSD", "HDD"]);
        assert_eq!(conf.authorization.supergroup, "supergroup");
        assert_eq!(conf.intervals.namespace.ttl, Duration::from_secs(3600));
    }

    #[test]
    fn the_store_of_the_root_is_called_as_its_owner_calls_it() {
        let root = key::MASTER_MOUNT_TABLE_ROOT_UFS;
        for name in [root, "alluxio.dora.client.ufs.root"] {
            let conf = master_conf(&[(name, "/store")]).unwrap().file_system;
            assert_eq!(conf.name_of(root), name);
        }
        let conf = master_conf(&[]).unwrap().file_system;
        assert_eq!(conf.name_of(root), root);
        assert_eq!(
            conf.name_of(key::SECURITY_LOGIN_USERNAME),
            key::SECURITY_LOGIN_USERNAME
        );
    }

    #[test]
    fn the_root_is_shared_only_where_somebody_says_so() {
        const SHARED: &str = "alluxio.master.mount.table.root.shared";
        const PUBLICLY: &str = "alluxio.underfs.object.store.mount.shared.publicly";
        let is_shared = |values: &[_]| master_conf(values).unwrap().file_system.root_shared;
        assert!(!is_shared(&[]));
        assert!(is_shared(&[(SHARED, "true")]));
        assert!(is_shared(&[(PUBLICLY, "true")]));
        assert!(!is_shared(&[(PUBLICLY, "true"), (SHARED, "false")]));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_name_of_the_property() {
        for (property, value) in [
            (
                "alluxio.master.journal.folder",
                "hdfs://namenode:9000/journal",
            ),
            (
                "alluxio.security.authorization.permission.umask",
                "everybody",
            ),
        ] {
            let error = master_conf(&[(property, value)]).unwrap_err();
            assert!(error.to_string().contains(property), "{error}");
            assert!(error.to_string().contains(value), "{error}");
        }
    }

    #[test]
    fn options_of_the_root_mount_lose_their_prefix() {
        let name = "alluxio.master.mount.table.root.option.alluxio.underfs.version";
        let conf = master_conf(&[(name, "3.3")]).unwrap();
        let properties = conf.file_system.root_properties;
        assert_eq!(properties["alluxio.underfs.version"], "3.3");
    }
}
