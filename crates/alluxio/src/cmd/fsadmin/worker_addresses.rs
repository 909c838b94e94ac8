//! Workers as administrators name them: `host` or `host:webport`, with commas.

use alluxio_common::conf::{Conf, key};

use crate::shell::CommandError;

/// A worker that an administrator has named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedWorker {
    pub(super) host: String,
    pub(super) web_port: u16,
}

impl std::fmt::Display for NamedWorker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.web_port)
    }
}

/// Every worker of the list; without a port it is the one of the configuration.
///
/// # Errors
/// When the list is empty, or holds something else.
pub(super) fn parse(conf: &Conf, list: &str) -> Result<Vec<NamedWorker>, CommandError> {
    if list.is_empty() {
        return Err(CommandError::refused("Worker addresses must be specified"));
    }
    list.split(',').map(|text| parse_one(conf, text)).collect()
}

fn parse_one(conf: &Conf, text: &str) -> Result<NamedWorker, CommandError> {
    let unknown = || CommandError::refused(format!("worker address {text} cannot be recognized"));
    let (host, web_port) = match text.split_once(':') {
        None => (text, conf.port(key::WORKER_WEB_PORT)),
        Some((host, port)) => (host, port.parse().map_err(|_not_a_port| unknown())?),
    };
    if host.is_empty() {
        return Err(unknown());
    }
    Ok(NamedWorker {
        host: host.to_owned(),
        web_port,
    })
}

#[cfg(test)]
mod tests {
    use alluxio_common::conf::Machine;

    use super::*;

    #[test]
    fn a_worker_is_named_by_its_host_and_perhaps_by_its_web_port() {
        let conf = Conf::of(Machine::detect(), &[(key::WORKER_WEB_PORT, "30001")]).unwrap();
        let workers = parse(&conf, "a,b:5").unwrap();
        let names: Vec<_> = workers.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["a:30001", "b:5"]);
        for wrong in ["", "a:b", ":5", "a,,b", "a:70000"] {
            assert!(parse(&conf, wrong).is_err(), "{wrong}");
        }
    }
}
