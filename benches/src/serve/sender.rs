//! Sends bytes over plain TCP: what this machine can do at most.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};

use crate::report;

/// As large as what one chunk of a block is written in.
const PIECE: usize = 256 << 10;

/// Files that were asked for, each read once.
type Kept = Arc<Mutex<HashMap<String, Arc<Vec<u8>>>>>;

/// Whoever connects says in one line what it wants, and gets it: a number of bytes, or the content of
/// a file.
pub(super) fn run() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    report::line(&format!("serving {}", listener.local_addr()?));
    let kept = Kept::default();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let kept = Arc::clone(&kept);
            // A reader that goes away early is its own business.
            std::thread::spawn(move || send(stream, &kept).ok());
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn send(mut stream: TcpStream, kept: &Kept) -> Result<()> {
    let mut wanted = String::new();
    BufReader::new(&stream).read_line(&mut wanted)?;
    let wanted = wanted.trim_end();
    if wanted.starts_with('/') {
        for piece in content(wanted, kept)?.chunks(PIECE) {
            stream.write_all(piece)?;
        }
        return Ok(());
    }
    let mut left: u64 = wanted.parse().context("a number of bytes")?;
    // One piece again and again, which the processor has in its cache.
    let piece = vec![7; PIECE];
    while left > 0 {
        let length = left.min(PIECE as u64);
        stream.write_all(&piece[..usize::try_from(length)?])?;
        left -= length;
    }
    Ok(())
}

/// The bytes of a file, in the memory of this process.
fn content(path: &str, kept: &Kept) -> Result<Arc<Vec<u8>>> {
    let mut kept = kept.lock().expect("nobody panics");
    if let Some(content) = kept.get(path) {
        return Ok(Arc::clone(content));
    }
    let content = Arc::new(std::fs::read(path)?);
    kept.insert(path.to_owned(), Arc::clone(&content));
    Ok(content)
}
