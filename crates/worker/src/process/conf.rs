//! [`WorkerConf`]: the settings of a worker, and how they come from properties.

use std::path::PathBuf;
use std::time::Duration;

use alluxio_common::conf::{Conf, References, key};
use alluxio_common::user::login_user;
use alluxio_common::{ByteSize, Describe, ErrorCode, Hint, LocalityTier, share_of_descriptors};
use alluxio_proto::grpc::ConfigProperty;
use alluxio_rpc::{Authentication, Login};
use alluxio_ufs::UfsProperties;

use crate::block::{AllocationPolicy, DirConf, EvictionOrder, QuotaFit, StoreConf, TierConf};
use crate::block_report::Identity;
use crate::web::{ShownProperty, WebConf};

/// Of the files that the process may have open, this part may be blocks that are kept open.
const OPEN_FILES_SHARE: u64 = 4;
/// And never more than this: beyond it, opening a file costs less than keeping it.
const OPEN_FILES_LIMIT: usize = 16_384;

/// The settings of a worker. Plain data.
#[derive(Debug)]
pub struct WorkerConf {
    /// The storage directories.
    pub store: StoreConf,
    /// The local address of the data server; `0.0.0.0` for all.
    pub bind_host: String,
    /// The port of the data server; 0 for any free one.
    pub rpc_port: u16,
    /// Where the data server listens besides.
    pub domain_socket: DomainSocketConf,
    /// The local address of the web server.
    pub web_bind_host: String,
    /// The port of the web server; 0 for any free one.
    pub web_port: u16,
    /// The name that clients reach this worker by.
    pub host: String,
    /// The name inside a container, if it differs; else empty.
    pub container_host: String,
    /// The levels of locality, nearest first.
    pub locality: Vec<LocalityTier>,
    /// How callers are identified.
    pub authentication: Authentication,
    /// Who this worker is for the master and for other workers.
    pub login: Login,
    /// Requests that are larger are refused, in bytes.
    pub max_message_bytes: usize,
    /// Between two heartbeats.
    pub heartbeat_interval: Duration,
    /// How many blocks one message of a registration names at most.
    pub register_batch: usize,
    /// The properties that hold for every mount.
    pub ufs_properties: UfsProperties,
    /// How long a write waits for files that are being persisted, when there is no room.
    pub space_patience: Duration,
    /// What the master is told about this process.
    pub identity: Identity,
    /// What the web pages show besides the worker itself.
    pub web: WebConf,
}

/// A domain socket for clients on the same machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainSocketConf {
    /// None.
    Off,
    /// At this path.
    At(PathBuf),
    /// In this folder, under a name that no other has.
    In(PathBuf),
}

/// Which program this is, for the master and for the pages.
#[derive(Debug, Clone, Copy)]
pub struct ProgramVersion<'a> {
    /// The version: `2.9.4`.
    pub version: &'a str,
    /// The revision that it was built from.
    pub revision: &'a str,
}

/// A property whose value makes no sense for a worker.
#[derive(Debug, thiserror::Error)]
#[error("{property}: \"{value}\" is not {expected}")]
pub struct InvalidWorkerConf {
    property: String,
    value: String,
    expected: &'static str,
    hint: &'static str,
}

impl InvalidWorkerConf {
    fn new(property: &'static str, value: &str, expected: &'static str) -> Self {
        Self {
            property: property.to_owned(),
            value: value.to_owned(),
            expected,
            hint: property,
        }
    }
}

impl Describe for InvalidWorkerConf {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidArgument
    }

    fn hint(&self) -> Option<Hint> {
        Some(Hint::CheckProperty(self.hint))
    }
}

impl WorkerConf {
    /// The settings that the properties describe.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub fn from_properties(
        conf: &Conf,
        program: ProgramVersion<'_>,
        authentication: Authentication,
    ) -> Result<Self, InvalidWorkerConf> {
        let host = conf.host(key::WORKER_HOSTNAME);
        let login = match &authentication {
            Authentication::NoSasl { .. } => Login::NoSasl,
            Authentication::Simple(_) => Login::simple(login_user(conf)),
        };
        let max_message = conf.bytes(key::WORKER_NETWORK_MAX_INBOUND_MESSAGE_SIZE);
        Ok(Self {
            store: store_conf(conf)?,
            bind_host: conf.string(key::WORKER_BIND_HOST).to_owned(),
            rpc_port: conf.port(key::WORKER_RPC_PORT),
            domain_socket: domain_socket(conf),
            web_bind_host: conf.string(key::WORKER_WEB_BIND_HOST).to_owned(),
            web_port: conf.port(key::WORKER_WEB_PORT),
            container_host: conf.string(key::WORKER_CONTAINER_HOSTNAME).to_owned(),
            locality: locality(conf, &host),
            host,
            authentication,
            login,
            max_message_bytes: usize::try_from(max_message.bytes()).unwrap_or(usize::MAX),
            heartbeat_interval: conf.duration(key::WORKER_BLOCK_HEARTBEAT_INTERVAL),
            register_batch: conf.count(key::WORKER_REGISTER_STREAM_BATCH_SIZE),
            ufs_properties: UfsProperties::of_site(conf),
            space_patience: conf.duration(key::WORKER_FREE_SPACE_TIMEOUT),
            identity: identity(conf, program),
            web: web_conf(conf),
        })
    }
}

fn domain_socket(conf: &Conf) -> DomainSocketConf {
    let configured = conf.find_string(key::WORKER_DATA_SERVER_DOMAIN_SOCKET_ADDRESS);
    let Some(path) = configured.filter(|path| !path.is_empty()) else {
        return DomainSocketConf::Off;
    };
    match conf.bool(key::WORKER_DATA_SERVER_DOMAIN_SOCKET_AS_UUID) {
        true => DomainSocketConf::In(path.into()),
        false => DomainSocketConf::At(path.into()),
    }
}

/// The storage directories that the properties describe.
pub(super) fn store_conf(conf: &Conf) -> Result<StoreConf, InvalidWorkerConf> {
    let levels = conf.count(key::WORKER_TIEREDSTORE_LEVELS).max(1);
    let tiers: Result<Vec<_>, _> = (0..levels).map(|level| tier_conf(conf, level)).collect();
    let host = conf.host(key::WORKER_HOSTNAME);
    let subdirs = conf.count(key::WORKER_DATA_TMP_SUBDIR_MAX).max(1);
    Ok(StoreConf {
        tiers: tiers?,
        data_folder: conf.string(key::WORKER_DATA_FOLDER).to_owned(),
        tmp_folder: conf.string(key::WORKER_DATA_FOLDER_TMP).to_owned(),
        tmp_subdir_max: u32::try_from(subdirs).unwrap_or(u32::MAX),
        permissions: permissions(conf.string(key::WORKER_DATA_FOLDER_PERMISSIONS))?,
        allocation: allocation(conf.string(key::WORKER_ALLOCATOR_CLASS))?,
        order: eviction_order(conf)?,
        free_ahead: conf.bytes(key::WORKER_TIEREDSTORE_FREE_AHEAD_BYTES),
        open_files: open_files(),
        worker: format!("{host}/<unresolved>:{}", conf.port(key::WORKER_RPC_PORT)),
    })
}

fn tier_conf(conf: &Conf, level: usize) -> Result<TierConf, InvalidWorkerConf> {
    let name = |what: &str| format!("alluxio.worker.tieredstore.level{level}.{what}");
    let alias = conf.string(&name("alias")).to_owned();
    if alias.is_empty() {
        return Err(InvalidWorkerConf {
            property: name("alias"),
            value: alias,
            expected: "the name of a tier",
            hint: key::WORKER_TIEREDSTORE_LEVELS,
        });
    }
    let paths = conf.list(&name("dirs.path"));
    let quotas = conf.list(&name("dirs.quota"));
    let media = conf.list(&name("dirs.mediumtype"));
    let is_guess = level == 0
        && !conf.is_set(key::WORKER_RAMDISK_SIZE)
        && !conf.is_set(key::WORKER_TIEREDSTORE_LEVEL0_DIRS_QUOTA);
    let mut dirs = Vec::with_capacity(paths.len());
    for (index, path) in paths.iter().enumerate() {
        // A list that is too short goes on with its last value.
        let quota = quotas
            .get(index)
            .or(quotas.last())
            .map_or("", String::as_str);
        let medium = media.get(index).or(media.last()).unwrap_or(&alias);
        dirs.push(DirConf {
            path: PathBuf::from(path),
            medium: medium.clone(),
            quota: ByteSize::parse(quota).map_err(|_not_a_size| InvalidWorkerConf {
                property: name("dirs.quota"),
                value: quota.to_owned(),
                expected: "a size such as 1GB",
                hint: key::WORKER_TIEREDSTORE_LEVEL0_DIRS_QUOTA,
            })?,
            fit: if is_guess {
                QuotaFit::Shrink
            } else {
                QuotaFit::Required
            },
        });
    }
    Ok(TierConf { alias, dirs })
}

/// `rwxrwxrwx`, as the property writes permissions, or octal digits.
fn permissions(text: &str) -> Result<u32, InvalidWorkerConf> {
    let invalid = || {
        InvalidWorkerConf::new(
            key::WORKER_DATA_FOLDER_PERMISSIONS,
            text,
            "permissions such as rwxrwxrwx",
        )
    };
    if text.len() == 9 {
        let mut bits = 0;
        for (letter, expected) in text.chars().zip("rwxrwxrwx".chars()) {
            bits = bits << 1 | u32::from(letter == expected);
            if letter != expected && letter != '-' {
                return Err(invalid());
            }
        }
        return Ok(bits);
    }
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|bits| *bits <= 0o777)
        .ok_or_else(invalid)
}

fn allocation(class: &str) -> Result<AllocationPolicy, InvalidWorkerConf> {
    match class.rsplit('.').next() {
        Some("MaxFreeAllocator") => Ok(AllocationPolicy::MaxFree),
        Some("RoundRobinAllocator") => Ok(AllocationPolicy::RoundRobin),
        Some("GreedyAllocator") => Ok(AllocationPolicy::Greedy),
        Some(_) | None => Err(InvalidWorkerConf::new(
            key::WORKER_ALLOCATOR_CLASS,
            class,
            "MaxFreeAllocator, RoundRobinAllocator or GreedyAllocator",
        )),
    }
}

fn eviction_order(conf: &Conf) -> Result<EvictionOrder, InvalidWorkerConf> {
    let class = conf.string(key::WORKER_BLOCK_ANNOTATOR_CLASS);
    match class.rsplit('.').next() {
        Some("LRUAnnotator") => Ok(EvictionOrder::Lru),
        Some("LRFUAnnotator") => Ok(EvictionOrder::Lrfu {
            step: conf.double("alluxio.worker.block.annotator.lrfu.step.factor"),
            attenuation: conf.double("alluxio.worker.block.annotator.lrfu.attenuation.factor"),
        }),
        Some(_) | None => Err(InvalidWorkerConf::new(
            key::WORKER_BLOCK_ANNOTATOR_CLASS,
            class,
            "LRUAnnotator or LRFUAnnotator",
        )),
    }
}

fn open_files() -> usize {
    share_of_descriptors(OPEN_FILES_SHARE, OPEN_FILES_LIMIT)
}

/// The levels of locality in their order. The nearest is the host itself, unless it is named.
fn locality(conf: &Conf, host: &str) -> Vec<LocalityTier> {
    let order = conf.list(key::LOCALITY_ORDER);
    let tiers = order.into_iter().enumerate().map(|(index, name)| {
        let configured = conf.find_string(&format!("alluxio.locality.{name}"));
        let value = configured.or((index == 0).then_some(host));
        LocalityTier {
            value: value.map(str::to_owned),
            name,
        }
    });
    tiers.collect()
}

fn identity(conf: &Conf, program: ProgramVersion<'_>) -> Identity {
    // As written: what references stand for differs from machine to machine.
    let properties = conf.wire_properties(References::AsWritten).into_iter();
    Identity {
        version: program.version.to_owned(),
        revision: program.revision.to_owned(),
        cores: conf.machine().cores,
        properties: properties
            .map(|property| ConfigProperty {
                name: Some(property.name),
                source: Some(property.source),
                value: property.value,
            })
            .collect(),
    }
}

fn web_conf(conf: &Conf) -> WebConf {
    let properties = conf.wire_properties(References::Replaced).into_iter();
    WebConf {
        properties: properties
            .map(|property| ShownProperty {
                name: property.name,
                value: property.value.unwrap_or_default(),
                source: property.source,
            })
            .collect(),
        logs: conf.find_string(key::LOGS_DIR).map(PathBuf::from),
        master_host: conf.host(key::MASTER_HOSTNAME),
        master_web_port: conf.port(key::MASTER_WEB_PORT),
        debug: conf.bool(key::DEBUG),
        file_info: conf.bool(key::WEB_FILE_INFO_ENABLED),
        authorization: conf.bool(key::SECURITY_AUTHORIZATION_PERMISSION_ENABLED),
        refresh_interval: conf.duration(key::WEB_REFRESH_INTERVAL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alluxio_common::conf::Machine;

    fn worker_conf(pairs: &[(&str, &str)]) -> Result<WorkerConf, InvalidWorkerConf> {
        let conf = Conf::of(Machine::sample(), pairs).unwrap();
        let program = ProgramVersion {
            version: "2.9.4",
            revision: "none",
        };
        let authentication = Authentication::NoSasl {
            login_user: "alluxio".to_owned(),
        };
        WorkerConf::from_properties(&conf, program, authentication)
    }

    #[test]
    fn the_default_is_one_tier_in_memory_that_takes_what_there_is() {
        let conf = worker_conf(&[]).unwrap();
        let tier = &conf.store.tiers[0];
        assert_eq!(conf.store.tiers.len(), 1);
        assert_eq!(tier.alias, "MEM");
        assert_eq!(tier.dirs[0].path, PathBuf::from("/dev/shm"));
        assert_eq!(tier.dirs[0].medium, "MEM");
        assert_eq!(tier.dirs[0].fit, QuotaFit::Shrink);
        assert_eq!((conf.rpc_port, conf.web_port), (29_999, 30_000));
        assert_eq!(conf.store.permissions, 0o777);
        let tiers: Vec<_> = conf
            .locality
            .iter()
            .map(|tier| tier.name.as_str())
            .collect();
        assert_eq!(tiers, ["node", "rack"]);
        assert_eq!(conf.locality[0].value.as_deref(), Some("localhost"));
        assert_eq!(conf.locality[1].value, None);
    }

    #[test]
    fn several_directories_share_the_last_quota_and_medium() {
        let conf = worker_conf(&[
            ("alluxio.worker.tieredstore.levels", "2"),
            ("alluxio.worker.ramdisk.size", "1GB"),
            ("alluxio.worker.tieredstore.level1.alias", "SSD"),
            ("alluxio.worker.tieredstore.level1.dirs.path", "/a,/b,/c"),
            ("alluxio.worker.tieredstore.level1.dirs.quota", "10GB,20GB"),
        ])
        .unwrap();
        assert_eq!(conf.store.tiers[0].dirs[0].fit, QuotaFit::Required);
        let dirs = &conf.store.tiers[1].dirs;
        let quotas: Vec<_> = dirs.iter().map(|dir| dir.quota.bytes() >> 30).collect();
        assert_eq!(quotas, [10, 20, 20]);
        assert!(dirs.iter().all(|dir| dir.medium == "SSD"));
    }

    #[test]
    fn a_domain_socket_is_a_file_or_one_of_a_folder() {
        let address = "alluxio.worker.data.server.domain.socket.address";
        let as_uuid = "alluxio.worker.data.server.domain.socket.as.uuid";
        let of = |pairs: &[(&str, &str)]| worker_conf(pairs).unwrap().domain_socket;
        assert_eq!(of(&[]), DomainSocketConf::Off);
        assert_eq!(of(&[(as_uuid, "true")]), DomainSocketConf::Off);
        assert_eq!(of(&[(address, "/s")]), DomainSocketConf::At("/s".into()));
        let folder = of(&[(address, "/s"), (as_uuid, "true")]);
        assert_eq!(folder, DomainSocketConf::In("/s".into()));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_name_of_the_property() {
        for (property, value) in [
            ("alluxio.worker.allocator.class", "alluxio.X"),
            ("alluxio.worker.block.annotator.class", "alluxio.Y"),
            ("alluxio.worker.data.folder.permissions", "rwxrwx"),
            ("alluxio.worker.tieredstore.level0.dirs.quota", "much"),
        ] {
            let error = worker_conf(&[(property, value)]).unwrap_err();
            assert!(error.to_string().contains(property), "{error}");
            assert!(error.to_string().contains(value), "{error}");
        }
    }
}
