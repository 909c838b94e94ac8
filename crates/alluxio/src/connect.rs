//! From properties to a client: where the masters are, who the caller is, and how files are written.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alluxio_client::{
    AccessTimes, BlockReadRetry, ClientConf, ClientNetwork, Connector, DomainSocketNames,
    FileSystem, LoadMetadata, PassiveCache, Replication, ShortCircuit, WorkerChoice,
};
use alluxio_common::conf::property::Scope;
use alluxio_common::conf::{Conf, ConfProperty, key};
use alluxio_common::user::login_user;
use alluxio_common::{AlluxioPath, Mode, ReadType, TtlAction, WriteType};
use alluxio_proto::grpc::ConfigProperty;
use alluxio_proto::grpc::meta::{ConfigProperties, GetConfigurationPOptions};
use alluxio_rpc::{
    Channel, ClientError, Connections, Lane, Login, MasterInquiry, Retries, RetryPolicy,
    ServerAddress, SingleMaster,
};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::path_defaults::{ByPath, path_defaults};
use crate::shell::{CommandError, Session};

/// Where a master is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MasterAddress {
    host: String,
    port: u16,
}

impl MasterAddress {
    /// The host alone.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// As the Java client prints an address that it has not looked up.
    pub(crate) fn unresolved(&self) -> String {
        format!("{}/<unresolved>:{}", self.host, self.port)
    }

    /// The same for a channel.
    pub(crate) fn server(&self) -> ServerAddress {
        ServerAddress::new(self.host.clone(), self.port)
    }

    fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let port = port.parse().ok()?;
        Some(Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for MasterAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The masters that the configuration names.
pub(crate) fn master_addresses(conf: &Conf) -> Vec<MasterAddress> {
    addresses(
        conf,
        key::MASTER_RPC_ADDRESSES,
        key::MASTER_HOSTNAME,
        key::MASTER_RPC_PORT,
    )
}

/// The job masters that the configuration names; on the hosts of the masters when it names none.
pub(crate) fn job_master_addresses(conf: &Conf) -> Vec<MasterAddress> {
    let host = match conf.find_string(key::JOB_MASTER_HOSTNAME) {
        Some(_) => key::JOB_MASTER_HOSTNAME,
        None => key::MASTER_HOSTNAME,
    };
    addresses(
        conf,
        key::JOB_MASTER_RPC_ADDRESSES,
        host,
        key::JOB_MASTER_RPC_PORT,
    )
}

fn addresses(conf: &Conf, list: &str, host: &str, port: &str) -> Vec<MasterAddress> {
    let listed: Vec<_> = conf
        .list(list)
        .iter()
        .filter_map(|text| MasterAddress::parse(text))
        .collect();
    if listed.is_empty() {
        vec![MasterAddress {
            host: conf.host(host),
            port: conf.port(port),
        }]
    } else {
        listed
    }
}

/// `host:port` of each master.
pub(crate) fn master_names(conf: &Conf) -> Vec<String> {
    master_addresses(conf)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Connects with the configuration of this call above the one of the cluster.
pub(crate) async fn file_system(session: &Session) -> Result<FileSystem, CommandError> {
    // This one first: its sentences are older.
    client_conf(&session.conf)?;
    if let Some(problem) = session.problems.first() {
        return Err(CommandError::refused(problem.to_string()));
    }
    let defaults = cluster_defaults(session).await;
    let conf = match &defaults.properties {
        Some(properties) => session
            .conf
            .with_cluster_defaults(properties, Scope::Client),
        None => session.conf.clone(),
    };
    let client = client(session, &conf, retry_policy(&conf))?;
    Ok(client.with_path_defaults(path_defaults(&conf, &defaults.by_path)))
}

/// Connects with the configuration of this call alone.
pub(crate) fn without_cluster_defaults(session: &Session) -> Result<FileSystem, CommandError> {
    client(session, &session.conf, retry_policy(&session.conf))
}

/// A client that tries a call only once, to find out who is there.
pub(crate) fn probe(session: &Session) -> Result<FileSystem, CommandError> {
    let once = RetryPolicy {
        total: Duration::ZERO,
        ..RetryPolicy::default()
    };
    client(session, &session.conf, once)
}

/// Connects to a server and logs in, once: whoever gets that far serves.
///
/// # Errors
/// When the server cannot be reached, or refuses the user.
pub(crate) async fn open(session: &Session, address: ServerAddress) -> Result<(), ClientError> {
    channel(session, address).open().await
}

/// For a call to one server, whoever it is.
pub(crate) fn channel(session: &Session, address: ServerAddress) -> Channel {
    let connections = Connections::new(rpc_conf(&session.conf), session.tasks.clone());
    connections.channel(address, Lane::Rpc, login(&session.conf))
}

/// What the primary master tells its clients to use, unless they know better.
#[derive(Debug, Default)]
struct ClusterDefaults {
    properties: Option<Vec<ConfProperty>>,
    by_path: ByPath,
}

/// Without an answer nothing is lost: the first real call tells what is wrong.
async fn cluster_defaults(session: &Session) -> ClusterDefaults {
    if !session.conf.bool(key::USER_CONF_CLUSTER_DEFAULT_ENABLED) {
        return ClusterDefaults::default();
    }
    // A reference to what only the master's site has can be replaced there alone.
    let options = GetConfigurationPOptions {
        raw_value: Some(false),
        ..GetConfigurationPOptions::default()
    };
    let answer = match probe(session) {
        Ok(client) => client.meta_master().configuration(options).await,
        Err(_) => return ClusterDefaults::default(),
    };
    let Ok(answer) = answer else {
        return ClusterDefaults::default();
    };
    ClusterDefaults {
        by_path: by_path(answer.path_configs),
        properties: Some(answer.cluster_configs.into_iter().map(property).collect()),
    }
}

/// Properties by path, as they came from the master.
pub(crate) fn by_path(configs: BTreeMap<String, ConfigProperties>) -> ByPath {
    let rows = configs.into_iter().filter_map(|(path, configs)| {
        let properties = configs.properties.into_iter().map(property);
        Some((AlluxioPath::parse(&path).ok()?, properties.collect()))
    });
    rows.collect()
}

fn property(property: ConfigProperty) -> ConfProperty {
    ConfProperty {
        source: property.source().to_owned(),
        name: property.name.unwrap_or_default(),
        value: property.value,
    }
}

fn client(session: &Session, conf: &Conf, retry: RetryPolicy) -> Result<FileSystem, CommandError> {
    alluxio_rpc::keep_buffers();
    let network = ClientNetwork {
        conf: rpc_conf(conf),
        login: login(conf),
        master: inquiry(master_addresses(conf)),
        job_master: inquiry(job_master_addresses(conf)),
        retry,
    };
    let (seed, other_seed) = rand::rng().random();
    let clock = Arc::clone(&session.clock);
    let retries = Retries::new(retry, Arc::clone(&clock), SmallRng::seed_from_u64(seed))
        .told_to(Arc::clone(&session.waiting) as _);
    let connector = Connector::with_retries(&network, retries, session.tasks.clone());
    Ok(FileSystem::new(
        client_conf(conf)?,
        connector,
        clock,
        other_seed,
    ))
}

/// With several masters the first one is asked; which of them is the primary is not found out yet.
pub(crate) fn inquiry(addresses: Vec<MasterAddress>) -> Arc<dyn MasterInquiry> {
    let first = addresses.first().map(MasterAddress::server);
    Arc::new(SingleMaster(
        first.unwrap_or_else(|| ServerAddress::new("localhost", 0)),
    ))
}

fn login(conf: &Conf) -> Login {
    if conf.choice(key::SECURITY_AUTHENTICATION_TYPE) == "NOSASL" {
        Login::NoSasl
    } else {
        Login::simple(login_user(conf))
    }
}

fn rpc_conf(conf: &Conf) -> alluxio_rpc::ClientConf {
    alluxio_rpc::ClientConf {
        authentication_timeout: conf.duration(key::NETWORK_CONNECTION_AUTH_TIMEOUT),
        keepalive_timeout: conf.duration(key::USER_NETWORK_RPC_KEEPALIVE_TIMEOUT),
        ..alluxio_rpc::ClientConf::default()
    }
}

fn retry_policy(conf: &Conf) -> RetryPolicy {
    RetryPolicy {
        base: conf.duration(key::USER_RPC_RETRY_BASE_SLEEP),
        max: conf.duration(key::USER_RPC_RETRY_MAX_SLEEP),
        total: conf.duration(key::USER_RPC_RETRY_MAX_DURATION),
    }
}

/// # Errors
/// When a property holds a name that nothing has; the sentence is the one of the Java client.
pub(crate) fn client_conf(conf: &Conf) -> Result<ClientConf, CommandError> {
    let named = |key, class: &'static str| (conf.string(key), class);
    let (read, class) = named(key::USER_FILE_READTYPE_DEFAULT, "ReadType");
    let read_type = ReadType::parse(read).map_err(|_unknown| not_a(class))?;
    let (write, class) = named(key::USER_FILE_WRITETYPE_DEFAULT, "WriteType");
    let write_type = WriteType::parse(write).map_err(|_unknown| not_a(class))?;
    let choice = |key| {
        WorkerChoice::parse(conf.string(key))
            .map_err(|error| CommandError::refused(error.to_string()))
    };
    let flag = |key| conf.bool(key);
    let count = |key| i32::try_from(conf.int(key)).unwrap_or(i32::MAX);
    Ok(ClientConf {
        user: login_user(conf),
        hostname: conf.host(key::USER_HOSTNAME),
        read_type,
        write_type,
        block_size: conf.bytes(key::USER_BLOCK_SIZE_BYTES_DEFAULT),
        umask: umask(conf)?,
        create_ttl_ms: conf.find_millis(key::USER_FILE_CREATE_TTL).unwrap_or(-1),
        create_ttl_action: TtlAction::parse(conf.choice(key::USER_FILE_CREATE_TTL_ACTION))
            .unwrap_or(TtlAction::Free),
        replication: Replication {
            min: count(key::USER_FILE_REPLICATION_MIN),
            max: count(key::USER_FILE_REPLICATION_MAX),
            durable: count(key::USER_FILE_REPLICATION_DURABLE),
        },
        sync_interval_ms: conf.millis(key::USER_FILE_METADATA_SYNC_INTERVAL),
        load_metadata: load_metadata(conf),
        access_times: match flag(key::USER_UPDATE_FILE_ACCESSTIME_DISABLED) {
            true => AccessTimes::LeftAlone,
            false => AccessTimes::Noted,
        },
        short_circuit: match flag(key::USER_SHORT_CIRCUIT_ENABLED) {
            true if flag(key::USER_SHORT_CIRCUIT_PREFERRED) => ShortCircuit::Preferred,
            true => ShortCircuit::Enabled,
            false => ShortCircuit::Disabled,
        },
        domain_sockets: match flag(key::WORKER_DATA_SERVER_DOMAIN_SOCKET_AS_UUID) {
            true => DomainSocketNames::Unique,
            false => DomainSocketNames::Fixed,
        },
        passive_cache: match flag(key::USER_FILE_PASSIVE_CACHE_ENABLED) {
            true => PassiveCache::Enabled,
            false => PassiveCache::Disabled,
        },
        write_choice: choice(key::USER_BLOCK_WRITE_LOCATION_POLICY_CLASS)?,
        ufs_read_choice: choice(key::USER_UFS_BLOCK_READ_LOCATION_POLICY)?,
        worker_list_refresh: conf.duration(key::USER_WORKER_LIST_REFRESH_INTERVAL),
        block_read_retry: BlockReadRetry {
            total: conf.duration(key::USER_BLOCK_READ_RETRY_MAX_DURATION),
            first_pause: conf.duration(key::USER_BLOCK_READ_RETRY_SLEEP_BASE),
            longest_pause: conf.duration(key::USER_BLOCK_READ_RETRY_SLEEP_MAX),
        },
        reader_chunk: conf.bytes(key::USER_STREAMING_READER_CHUNK_SIZE_BYTES),
        writer_chunk: conf.bytes(key::USER_STREAMING_WRITER_CHUNK_SIZE_BYTES),
        reserved_bytes: conf.bytes(key::USER_FILE_RESERVED_BYTES),
        write_tier: count(key::USER_FILE_WRITE_TIER_DEFAULT),
        target_medium: conf
            .find_string(key::USER_FILE_TARGET_MEDIA)
            .unwrap_or_default()
            .to_owned(),
        avoid_eviction_reserved: conf
            .bytes(key::USER_BLOCK_AVOID_EVICTION_POLICY_RESERVED_SIZE_BYTES),
        write_timeout: conf.duration(key::USER_STREAMING_DATA_WRITE_TIMEOUT),
        writer_flush_timeout: conf.duration(key::USER_STREAMING_WRITER_FLUSH_TIMEOUT),
        writer_close_timeout: conf.duration(key::USER_STREAMING_WRITER_CLOSE_TIMEOUT),
        read_timeout: conf.duration(key::USER_STREAMING_DATA_READ_TIMEOUT),
        persistence_wait_ms: conf.millis(key::USER_FILE_PERSISTENCE_INITIAL_WAIT_TIME),
        ufs_read_concurrency: count(key::USER_UFS_BLOCK_READ_CONCURRENCY_MAX),
    })
}

fn load_metadata(conf: &Conf) -> LoadMetadata {
    match conf.choice(key::USER_FILE_METADATA_LOAD_TYPE) {
        "NEVER" => LoadMetadata::Never,
        "ALWAYS" => LoadMetadata::Always,
        _once => LoadMetadata::Once,
    }
}

fn umask(conf: &Conf) -> Result<Mode, CommandError> {
    let text = conf.string(key::SECURITY_AUTHORIZATION_PERMISSION_UMASK);
    Mode::parse(text).map_err(|error| CommandError::refused(error.to_string()))
}

fn not_a(class: &str) -> CommandError {
    CommandError::refused(format!(
        "Cannot cast java.lang.String to alluxio.client.{class}"
    ))
}

#[cfg(test)]
mod tests {
    use alluxio_common::conf::Machine;

    use super::*;

    fn client_conf_of(pairs: &[(&str, &str)]) -> ClientConf {
        client_conf(&Conf::of(Machine::detect(), pairs).unwrap()).unwrap()
    }

    #[test]
    fn a_client_loads_metadata_and_notes_reads_as_its_properties_say() {
        let default = client_conf_of(&[]);
        assert_eq!(default.load_metadata, LoadMetadata::Once);
        assert_eq!(default.access_times, AccessTimes::Noted);
        for (text, expected) in [
            ("NEVER", LoadMetadata::Never),
            ("ONCE", LoadMetadata::Once),
            ("ALWAYS", LoadMetadata::Always),
        ] {
            let conf = client_conf_of(&[(key::USER_FILE_METADATA_LOAD_TYPE, text)]);
            assert_eq!(conf.load_metadata, expected, "{text}");
        }
        let conf = client_conf_of(&[(key::USER_UPDATE_FILE_ACCESSTIME_DISABLED, "true")]);
        assert_eq!(conf.access_times, AccessTimes::LeftAlone);
    }

    #[test]
    fn the_defaults_of_the_properties_are_those_of_the_library() {
        let (from_properties, own) = (client_conf_of(&[]), ClientConf::new("", ""));
        assert_eq!(from_properties.block_read_retry, own.block_read_retry);
        assert_eq!(from_properties.write_tier, own.write_tier);
        assert_eq!(from_properties.target_medium, own.target_medium);
        assert_eq!(from_properties.write_timeout, own.write_timeout);
        assert_eq!(
            from_properties.writer_flush_timeout,
            own.writer_flush_timeout
        );
        assert_eq!(
            from_properties.writer_close_timeout,
            own.writer_close_timeout
        );
        assert_eq!(
            from_properties.avoid_eviction_reserved,
            own.avoid_eviction_reserved
        );
    }
}
