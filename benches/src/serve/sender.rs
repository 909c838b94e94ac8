//! Sends bytes over plain TCP: what this machine can do at most.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use anyhow::Result;

use crate::report;

/// As large as what one chunk of a block is written in.
const PIECE: usize = 256 << 10;

/// Whoever connects says in eight bytes how many it wants, and gets them.
pub(super) fn run() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    report::line(&format!("serving {}", listener.local_addr()?));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A reader that goes away early is its own business.
            std::thread::spawn(move || send(stream).ok());
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn send(mut stream: TcpStream) -> Result<()> {
    let mut wanted = [0; 8];
    stream.read_exact(&mut wanted)?;
    let mut left = u64::from_le_bytes(wanted);
    let piece = vec![7; PIECE];
    while left > 0 {
        let length = left.min(PIECE as u64);
        stream.write_all(&piece[..usize::try_from(length)?])?;
        left -= length;
    }
    Ok(())
}
