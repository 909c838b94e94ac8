//! What the machine does without Alluxio: plain TCP, plain files.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use anyhow::Result;

use super::{LENGTH, PIECE};
use crate::child::Child;

/// Asks for each of these over plain TCP at the same time, each on a connection of its own: a number
/// of bytes, or the path of a file. Returns how many bytes came.
pub(super) fn receive(sender: &Child, wanted: &[String]) -> Result<u64> {
    let address = sender.address()?.to_string();
    let threads: Vec<_> = wanted
        .iter()
        .map(|wanted| {
            let (address, wanted) = (address.clone(), format!("{wanted}\n"));
            std::thread::spawn(move || receive_one(&address, &wanted))
        })
        .collect();
    let mut total = 0;
    for thread in threads {
        let received = thread.join();
        total += received.map_err(|_panic| anyhow::anyhow!("a reader panicked"))??;
    }
    Ok(total)
}

fn receive_one(address: &str, wanted: &str) -> Result<u64> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(wanted.as_bytes())?;
    let mut buffer = vec![0; PIECE];
    let mut total = 0;
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(total),
            length => total += length as u64,
        }
    }
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
