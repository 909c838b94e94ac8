//! [`Plan`]: which servers a cluster has, and how they are started.

use std::path::PathBuf;

use crate::java::SMALL;
use crate::server::Server;

/// Which servers a cluster has, and how they are started.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Servers that start at the same time, one group after the other.
    pub(crate) groups: &'static [&'static [Server]],
    /// Our program; without it, the one that is built with the same profile.
    pub(crate) program: Option<PathBuf>,
    /// Options of the JVMs of servers, when they are Java's.
    pub(crate) jvms: Vec<(Server, Vec<String>)>,
}

impl Default for Plan {
    /// All servers, in small JVMs.
    fn default() -> Self {
        Self {
            // The others ask the master for its configuration when they start, and a job worker of theirs
            // ends when it meets a job master that does not serve yet.
            groups: &[
                &[Server::Master],
                &[Server::JobMaster, Server::Worker],
                &[Server::JobWorker],
            ],
            program: None,
            jvms: Vec::new(),
        }
    }
}

impl Plan {
    /// The options of the JVM of this server.
    pub(crate) fn jvm(&self, server: Server) -> Vec<String> {
        let named = self.jvms.iter().find(|(of, _)| *of == server);
        named.map_or_else(
            || SMALL.map(str::to_owned).to_vec(),
            |(_, options)| options.clone(),
        )
    }
}
