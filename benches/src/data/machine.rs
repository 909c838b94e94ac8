//! What the machine does without Alluxio: plain TCP, plain files.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use anyhow::Result;

use super::{LENGTH, PIECE};
use crate::child::Child;

/// Reads `streams` times the length of a file over plain TCP, each on a connection of its own.
pub(super) fn receive(sender: &Child, streams: u64) -> Result<()> {
    let address = sender.address()?.to_string();
    let threads: Vec<_> = (0..streams)
        .map(|_| {
            let address = address.clone();
            std::thread::spawn(move || receive_one(&address))
        })
        .collect();
    for thread in threads {
        let received = thread.join();
        received.map_err(|_panic| anyhow::anyhow!("a reader panicked"))??;
    }
    Ok(())
}

fn receive_one(address: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&LENGTH.to_le_bytes())?;
    let mut buffer = vec![0; PIECE];
    while stream.read(&mut buffer)? > 0 {}
    Ok(())
}

/// Reads a file whose bytes are in memory.
pub(super) fn read_file(path: &Path) -> Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; PIECE];
    while file.read(&mut buffer)? > 0 {}
    Ok(())
}

/// Writes a file of the usual length.
pub(super) fn write_file(path: &Path) -> Result<()> {
    let mut file = File::create(path)?;
    let piece = vec![7; PIECE];
    for _ in 0..LENGTH / PIECE as u64 {
        file.write_all(&piece)?;
    }
    Ok(())
}
