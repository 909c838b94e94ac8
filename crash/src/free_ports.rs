//! [`FreePorts`]: ports for servers that are killed and come back.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::TcpListener;
use std::path::Path;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// Below the ports that the system gives away, so that nobody takes one while its server is dead.
const PORTS: std::ops::Range<u16> = 21_000..29_900;

/// How many ports are tried for one that is free.
const TRIES: u32 = 200;

/// Draws ports that are free. Each is held until the last is drawn, so that no two are the same.
#[derive(Debug)]
pub struct FreePorts {
    rng: SmallRng,
    held: Vec<TcpListener>,
}

impl FreePorts {
    /// Those of a folder: two runs at the same time, with one seed or not, have folders of their own,
    /// and need ports of their own.
    pub fn of(folder: &Path) -> Self {
        let mut hasher = DefaultHasher::new();
        folder.hash(&mut hasher);
        Self {
            rng: SmallRng::seed_from_u64(hasher.finish()),
            held: Vec::new(),
        }
    }

    /// Another one.
    ///
    /// # Errors
    /// When hundreds are tried, and none is free.
    pub fn port(&mut self) -> io::Result<u16> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..TRIES {
            match TcpListener::bind(("127.0.0.1", self.rng.random_range(PORTS))) {
                Ok(listener) => {
                    let port = listener.local_addr()?.port();
                    self.held.push(listener);
                    return Ok(port);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
