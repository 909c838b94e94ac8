//! What values must be to each other.

use super::error::ConfError;
use super::key;
use super::property::Kind;
use super::snapshot::Conf;
use super::value;
use crate::ByteSize;

/// Checks the whole; every single value has been checked against its own type already.
pub(super) fn check(conf: &Conf) -> Vec<ConfError> {
    let mut problems = Vec::new();
    check_ports(conf, &mut problems);
    check_addresses(conf, &mut problems);
    check_umask(conf, &mut problems);
    check_tiers(conf, &mut problems);
    check_zookeeper(conf, &mut problems);
    check_root_mount(conf, &mut problems);
    check_block_size(conf, &mut problems);
    check_available(conf, &mut problems);
    problems
}

fn contradiction(name: &'static str, message: String) -> ConfError {
    ConfError::Contradiction { name, message }
}

fn check_ports(conf: &Conf, problems: &mut Vec<ConfError>) {
    for (name, assignment) in conf.all_written() {
        let is_port =
            name.ends_with(".port") && conf.property(name).map(|p| p.kind) == Some(Kind::Integer);
        let is_in_range = conf
            .find_int(name)
            .is_none_or(|port| u16::try_from(port).is_ok());
        if is_port && !is_in_range {
            problems.push(ConfError::BadValue {
                name: assignment.name.clone(),
                value: conf.string(name).to_owned(),
                expected: "a port between 0 and 65535".to_owned(),
                place: assignment.place(),
            });
        }
    }
}

fn check_addresses(conf: &Conf, problems: &mut Vec<ConfError>) {
    let is_address = |text: &String| {
        let parts = text.rsplit_once(':');
        parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    for name in [key::MASTER_RPC_ADDRESSES, key::JOB_MASTER_RPC_ADDRESSES] {
        if let Some(assignment) = conf.written(name)
            && !conf.list(name).iter().all(is_address)
        {
            problems.push(ConfError::BadValue {
                name: assignment.name.clone(),
                value: conf.string(name).to_owned(),
                expected: "a list of host:port".to_owned(),
                place: assignment.place(),
            });
        }
    }
}

fn check_umask(conf: &Conf, problems: &mut Vec<ConfError>) {
    let name = key::SECURITY_AUTHORIZATION_PERMISSION_UMASK;
    let text = conf.string(name);
    let is_umask =
        (3..=4).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    if let Some(assignment) = conf.written(name)
        && !is_umask
    {
        problems.push(ConfError::BadValue {
            name: assignment.name.clone(),
            value: text.to_owned(),
            expected: "an octal mask such as 022".to_owned(),
            place: assignment.place(),
        });
    }
}

fn check_tiers(conf: &Conf, problems: &mut Vec<ConfError>) {
    let levels = conf.count(key::WORKER_TIEREDSTORE_LEVELS);
    let global = conf.count(key::MASTER_TIEREDSTORE_GLOBAL_LEVELS);
    if levels > global {
        problems.push(contradiction(
            key::WORKER_TIEREDSTORE_LEVELS,
            format!(
                "{levels} tiers on worker (configured by {}), larger than global {global} tiers \
                 (configured by {}) ",
                key::WORKER_TIEREDSTORE_LEVELS,
                key::MASTER_TIEREDSTORE_GLOBAL_LEVELS
            ),
        ));
        return;
    }
    let aliases: Vec<&str> = (0..global)
        .map(|level| {
            conf.string(&format!(
                "alluxio.master.tieredstore.global.level{level}.alias"
            ))
        })
        .collect();
    for level in 0..levels {
        check_tier(conf, level, &aliases, problems);
    }
}

fn check_tier(conf: &Conf, level: usize, aliases: &[&str], problems: &mut Vec<ConfError>) {
    let name = |end: &str| format!("alluxio.worker.tieredstore.level{level}.{end}");
    let alias = conf.string(&name("alias"));
    if !aliases.contains(&alias) {
        problems.push(contradiction(
            key::WORKER_TIEREDSTORE_LEVELS,
            format!(
                "{}: \"{alias}\" is not one of the cluster's tiers ({})",
                name("alias"),
                aliases.join(", ")
            ),
        ));
    }
    let paths = conf.list(&name("dirs.path"));
    let quotas = conf.list(&name("dirs.quota"));
    // The last quota counts for all directories that have none of their own.
    if paths.is_empty() || quotas.is_empty() || quotas.len() > paths.len() {
        problems.push(contradiction(
            key::WORKER_TIEREDSTORE_LEVELS,
            format!(
                "{} has {} directories, {} has {} quotas",
                name("dirs.path"),
                paths.len(),
                name("dirs.quota"),
                quotas.len()
            ),
        ));
    }
    for quota in quotas
        .iter()
        .filter(|quota| ByteSize::parse(quota).is_err())
    {
        problems.push(contradiction(
            key::WORKER_TIEREDSTORE_LEVELS,
            format!(
                "{}: \"{quota}\" is not a size such as 64MB",
                name("dirs.quota")
            ),
        ));
    }
}

fn check_zookeeper(conf: &Conf, problems: &mut Vec<ConfError>) {
    let is_enabled = conf.bool(key::ZOOKEEPER_ENABLED);
    let has_address = value::list(conf.string(key::ZOOKEEPER_ADDRESS))
        .next()
        .is_some();
    if is_enabled != has_address {
        problems.push(contradiction(
            key::ZOOKEEPER_ENABLED,
            format!(
                "{} and {} must be set together",
                key::ZOOKEEPER_ENABLED,
                key::ZOOKEEPER_ADDRESS
            ),
        ));
    }
}

fn check_root_mount(conf: &Conf, problems: &mut Vec<ConfError>) {
    if conf.string(key::MASTER_MOUNT_TABLE_ROOT_ALLUXIO) != "/" {
        problems.push(contradiction(
            key::MASTER_MOUNT_TABLE_ROOT_ALLUXIO,
            format!("{} can only be /", key::MASTER_MOUNT_TABLE_ROOT_ALLUXIO),
        ));
    }
    if conf
        .string(key::MASTER_MOUNT_TABLE_ROOT_UFS)
        .trim()
        .is_empty()
    {
        problems.push(contradiction(
            key::MASTER_MOUNT_TABLE_ROOT_UFS,
            format!("{} must not be empty", key::MASTER_MOUNT_TABLE_ROOT_UFS),
        ));
    }
}

fn check_block_size(conf: &Conf, problems: &mut Vec<ConfError>) {
    if conf.bytes(key::USER_BLOCK_SIZE_BYTES_DEFAULT).bytes() == 0 {
        problems.push(contradiction(
            key::USER_BLOCK_SIZE_BYTES_DEFAULT,
            format!("{} must be more than 0", key::USER_BLOCK_SIZE_BYTES_DEFAULT),
        ));
    }
}

/// Values that the original has and this system has not.
fn check_available(conf: &Conf, problems: &mut Vec<ConfError>) {
    for (name, available) in [
        (
            key::SECURITY_AUTHENTICATION_TYPE,
            ["SIMPLE", "NOSASL"].as_slice(),
        ),
        (key::WORKER_BLOCK_STORE_TYPE, &["FILE"]),
    ] {
        let value = conf.choice(name);
        if !available.contains(&value) {
            problems.push(contradiction(
                name,
                format!(
                    "{name}: {value} is not available; use {}",
                    available.join(" or ")
                ),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conf::Machine;

    fn problems_of(pairs: &[(&str, &str)]) -> Vec<String> {
        let conf = Conf::of(Machine::sample(), pairs).unwrap();
        check(&conf).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(problems_of(&[]), [""; 0]);
    }

    #[test]
    fn more_tiers_on_a_worker_than_in_the_cluster_are_refused() {
        assert_eq!(
            problems_of(&[("alluxio.worker.tieredstore.levels", "4")]),
            [
                "4 tiers on worker (configured by alluxio.worker.tieredstore.levels), larger than \
                 global 3 tiers (configured by alluxio.master.tieredstore.global.levels) "
            ]
        );
    }

    #[test]
    fn contradictions_are_found() {
        for (pairs, part) in [
            (
                vec![("alluxio.zookeeper.enabled", "true")],
                "must be set together",
            ),
            (
                vec![("alluxio.zookeeper.address", "zk:2181")],
                "must be set together",
            ),
            (
                vec![("alluxio.master.rpc.port", "65536")],
                "between 0 and 65535",
            ),
            (
                vec![("alluxio.security.authorization.permission.umask", "99")],
                "octal",
            ),
            (
                vec![("alluxio.worker.tieredstore.levels", "2")],
                "not one of the cluster's tiers",
            ),
            (
                vec![
                    ("alluxio.worker.tieredstore.level0.dirs.path", "/a"),
                    ("alluxio.worker.tieredstore.level0.dirs.quota", "1GB,2GB"),
                ],
                "1 directories",
            ),
            (
                vec![("alluxio.worker.tieredstore.level0.dirs.quota", "much")],
                "\"much\" is not a size",
            ),
            (
                vec![("alluxio.master.rpc.addresses", "m1:19998,m2")],
                "\"m1:19998,m2\" is not a list of host:port",
            ),
            (
                vec![("alluxio.user.block.size.bytes.default", "0")],
                "more than 0",
            ),
            (
                vec![("alluxio.security.authentication.type", "kerberos")],
                "KERBEROS is not available; use SIMPLE or NOSASL",
            ),
        ] {
            let found = problems_of(&pairs);
            assert!(
                found.iter().any(|text| text.contains(part)),
                "{pairs:?}: {found:?}"
            );
        }
    }

    #[test]
    fn two_tiers_with_several_directories_are_valid() {
        let found = problems_of(&[
            ("alluxio.worker.tieredstore.levels", "2"),
            ("alluxio.worker.tieredstore.level1.alias", "SSD"),
            ("alluxio.worker.tieredstore.level1.dirs.path", "/a,/b"),
            ("alluxio.worker.tieredstore.level1.dirs.quota", "1GB"),
        ]);
        assert_eq!(found, [""; 0]);
    }
}
