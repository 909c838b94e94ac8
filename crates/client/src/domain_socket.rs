//! [`DomainSockets`]: which workers are reached without the network.

use std::path::Path;

use alluxio_common::WorkerAddress;

use crate::conf::{ClientConf, DomainSocketNames};

/// What a client must know to decide it.
#[derive(Debug, Clone)]
pub(crate) struct DomainSockets {
    hostname: String,
    names: DomainSocketNames,
}

impl DomainSockets {
    pub(crate) fn new(conf: &ClientConf) -> Self {
        Self {
            hostname: conf.hostname.clone(),
            names: conf.domain_sockets,
        }
    }

    /// The domain socket of this worker, if it has one on this machine that can be seen from here.
    /// Otherwise the network leads to it: this client may run in a container without that folder.
    pub(crate) fn of<'a>(&self, worker: &'a WorkerAddress) -> Option<&'a Path> {
        if worker.domain_socket_path.is_empty() {
            return None;
        }
        let may_be_here = match self.names {
            DomainSocketNames::Fixed => worker.host == self.hostname,
            DomainSocketNames::Unique => true,
        };
        let path = Path::new(&worker.domain_socket_path);
        (may_be_here && path.try_exists().unwrap_or(false)).then_some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(host: &str, socket: &Path) -> WorkerAddress {
        WorkerAddress {
            host: host.to_owned(),
            container_host: String::new(),
            rpc_port: 1,
            data_port: 1,
            web_port: 1,
            domain_socket_path: socket.display().to_string(),
            locality: Vec::new(),
        }
    }

    #[test]
    fn a_socket_counts_where_it_is_seen_and_the_name_tells_that_it_is_the_workers() {
        let mut conf = ClientConf::new("alice", "here");
        let folder = tempfile::tempdir().unwrap();
        let (there, missing) = (folder.path().join("socket"), folder.path().join("missing"));
        std::fs::write(&there, "").unwrap();
        let fixed = DomainSockets::new(&conf);
        conf.domain_sockets = DomainSocketNames::Unique;
        let unique = DomainSockets::new(&conf);
        for (sockets, host, socket, used) in [
            (&fixed, "here", there.as_path(), true),
            (&fixed, "elsewhere", &there, false),
            (&fixed, "here", &missing, false),
            (&fixed, "here", Path::new(""), false),
            (&unique, "here", &there, true),
            (&unique, "elsewhere", &there, true),
            (&unique, "here", &missing, false),
            (&unique, "here", Path::new(""), false),
        ] {
            let worker = worker(host, socket);
            let found = sockets.of(&worker).is_some();
            assert_eq!(found, used, "{sockets:?} {host} {socket:?}");
        }
    }
}
