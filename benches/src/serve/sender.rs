//! Sends bytes over plain TCP: what this machine can do at most.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use anyhow::{Context, Result};

use crate::report;

/// As large as what one chunk of a block is written in.
const PIECE: usize = 256 << 10;

/// Whoever connects says in one line what it wants, and gets it: a number of bytes, or the path of a
/// file.
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
    let mut wanted = String::new();
    BufReader::new(&stream).read_line(&mut wanted)?;
    let wanted = wanted.trim_end();
    if wanted.starts_with('/') {
        // The standard library has the kernel do this (`sendfile`), so nothing is copied here.
        std::io::copy(&mut File::open(wanted)?, &mut stream)?;
        return Ok(());
    }
    let mut left: u64 = wanted.parse().context("a number of bytes")?;
    // One hot piece, again and again: these bytes never come from memory.
    let piece = vec![7; PIECE];
    while left > 0 {
        let length = left.min(PIECE as u64);
        stream.write_all(&piece[..usize::try_from(length)?])?;
        left -= length;
    }
    Ok(())
}
