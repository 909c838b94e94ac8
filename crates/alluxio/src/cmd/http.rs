//! The HTTP requests that the shell needs: questions to a server's web port.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Web pages answer from memory.
const PATIENCE: Duration = Duration::from_secs(10);

/// More than any answer has.
const LONGEST_ANSWER: u64 = 1 << 20;

/// Posts an empty body to `path` and returns the body of the answer.
///
/// # Errors
/// When the server cannot be reached, or answers with anything but success.
pub(super) fn post(host: &str, port: u16, path: &str) -> io::Result<String> {
    ask("POST", host, port, path)
}

/// The body of what `path` shows.
///
/// # Errors
/// As [`post`].
pub(super) fn get(host: &str, port: u16, path: &str) -> io::Result<String> {
    ask("GET", host, port, path)
}

fn ask(method: &str, host: &str, port: u16, path: &str) -> io::Result<String> {
    let refused = || io::Error::from(io::ErrorKind::AddrNotAvailable);
    let address = (host, port).to_socket_addrs()?.next().ok_or_else(refused)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.take(LONGEST_ANSWER).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or("");
    if status.split(' ').nth(1) != Some("200") {
        return Err(io::Error::other(format!("{host}:{port}{path}: {status}")));
    }
    Ok(body.to_owned())
}
