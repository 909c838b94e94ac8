//! What is tried, and what must hold of what is accepted.

use std::fs;
use std::path::Path;

use alluxio_client::AclEntry;
use alluxio_common::conf::properties_file;
use alluxio_common::{AlluxioPath, ByteSize, Describe, Mode, UfsPath, duration};
use alluxio_master::journal_entry::Transaction;
use alluxio_rpc::{
    ChunkField, ClientError, DomainSocketError, Ends, Piece, Pieces, PlainMessage, to_status,
};
use alluxio_ufs::{Fingerprint, s3};
use bytes::Bytes;
use futures::executor::block_on;
use futures::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use tonic::Status;
use tonic::metadata::MetadataValue;

use crate::journals;

/// Where servers of ours tell more of an error than its sentence.
const DETAIL: &str = "alluxio-error-bin";

/// What a decoder makes of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Refused,
}

/// Gives an input to a decoder and looks whether its answer contradicts itself.
pub(crate) type TryIt = fn(&[u8]) -> Verdict;

/// A decoder of bytes that somebody else has written.
pub(crate) struct Decoder {
    pub(crate) name: &'static str,
    /// Panics when the decoder is wrong.
    pub(crate) try_it: TryIt,
    pub(crate) corpus: fn(&str) -> Vec<Vec<u8>>,
}

pub(crate) const DECODERS: &[Decoder] = &[
    Decoder {
        name: "alluxio_path",
        try_it: alluxio_path,
        corpus: kept,
    },
    Decoder {
        name: "ufs_path",
        try_it: ufs_path,
        corpus: kept,
    },
    Decoder {
        name: "properties",
        try_it: properties,
        corpus: kept,
    },
    Decoder {
        name: "handshake",
        try_it: handshake,
        corpus: kept,
    },
    Decoder {
        name: "pieces",
        try_it: pieces,
        corpus: kept,
    },
    Decoder {
        name: "error detail",
        try_it: error_detail,
        corpus: error_details,
    },
    Decoder {
        name: "words",
        try_it: words,
        corpus: kept,
    },
    Decoder {
        name: "journal",
        try_it: journal,
        corpus: journal_fixtures,
    },
    Decoder {
        name: "journal segment",
        try_it: journals::segment,
        corpus: journals::segments,
    },
    Decoder {
        name: "checkpoint",
        try_it: journals::checkpoint,
        corpus: journals::checkpoints,
    },
    Decoder {
        name: "s3_answer",
        try_it: s3_answer,
        corpus: kept,
    },
];

/// The files of the corpus; a decoder of text has one input in each line of `lines`.
fn kept(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder.join(name)).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        if path.ends_with("lines") {
            inputs.extend(bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
        } else {
            inputs.push(bytes);
        }
    }
    inputs
}

/// What every version has written.
fn journal_fixtures(_name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../master/src/journal_entry/fixtures");
    let files = fs::read_dir(folder).unwrap();
    let inputs = files.map(|entry| {
        let hex = fs::read_to_string(entry.unwrap().path()).unwrap();
        let digits = hex.trim().as_bytes().chunks(2);
        let bytes = digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16));
        bytes.collect::<Result<Vec<u8>, _>>().unwrap()
    });
    inputs.collect()
}

/// What our servers say of an error.
fn error_details(_name: &str) -> Vec<Vec<u8>> {
    let path = || "/run/worker".into();
    let errors = [
        DomainSocketError::InUse { path: path() },
        DomainSocketError::NotASocket { path: path() },
    ];
    let told = errors.iter().map(|error| {
        let status = to_status(error);
        let detail = status.metadata().get_bin(DETAIL).unwrap();
        detail.to_bytes().unwrap().to_vec()
    });
    told.collect()
}

fn accepted<T, E>(result: &Result<T, E>) -> Verdict {
    match result {
        Ok(_) => Verdict::Accepted,
        Err(_) => Verdict::Refused,
    }
}

fn alluxio_path(bytes: &[u8]) -> Verdict {
    let path = AlluxioPath::parse(&String::from_utf8_lossy(bytes));
    if let Ok(path) = &path {
        let again = AlluxioPath::parse(path.as_str());
        assert_eq!(again.as_ref().ok(), Some(path));
        assert!(path.as_str().starts_with('/'));
        assert!(!path.as_str().split('/').any(|part| part == ".."), "{path}");
    }
    accepted(&path)
}

fn ufs_path(bytes: &[u8]) -> Verdict {
    let path = UfsPath::parse(&String::from_utf8_lossy(bytes));
    if let Ok(path) = &path {
        let again = UfsPath::parse(&path.to_string());
        assert_eq!(again.as_ref().ok(), Some(path));
    }
    accepted(&path)
}

fn properties(bytes: &[u8]) -> Verdict {
    let lines = properties_file::parse(bytes);
    if let Ok(lines) = &lines {
        let pairs = || {
            lines
                .iter()
                .map(|line| (line.name.as_str(), line.value.as_str()))
        };
        let rendered = properties_file::render(pairs());
        let again = properties_file::parse(rendered.as_bytes()).unwrap();
        let again = again
            .iter()
            .map(|line| (line.name.as_str(), line.value.as_str()));
        assert!(pairs().eq(again), "{rendered:?}");
    }
    accepted(&lines)
}

fn handshake(bytes: &[u8]) -> Verdict {
    let message = PlainMessage::parse(bytes);
    if let Ok(message) = &message {
        let again = PlainMessage::parse(&message.encode());
        assert_eq!(again.as_ref().ok(), Some(message));
    }
    accepted(&message)
}

/// How a stream is cut on its way changes nothing.
fn pieces(bytes: &[u8]) -> Verdict {
    let whole = messages(bytes, bytes.len().max(1));
    for length in [1, 2, 7] {
        assert_eq!(messages(bytes, length), whole, "in pieces of {length}");
    }
    whole.map_or(Verdict::Refused, |_messages| Verdict::Accepted)
}

/// The messages in a stream that comes in pieces of this length, each as its data or itself; nothing,
/// if it is no such stream.
fn messages(bytes: &[u8], length: usize) -> Option<Vec<(bool, Vec<u8>)>> {
    let frames = bytes.chunks(length).map(Bytes::copy_from_slice);
    let frames = frames.map(|data| Ok::<_, Status>(Frame::data(data)));
    let body = StreamBody::new(stream::iter(frames));
    let mut pieces = Pieces::new(body, ChunkField::Two, 64 << 10);
    let mut messages = Vec::new();
    let mut data = Vec::new();
    while let Some(piece) = block_on(pieces.next()).ok()? {
        match piece {
            Piece::Message(message) => messages.push((false, message.to_vec())),
            Piece::Data(piece, ends) => {
                assert!(!piece.is_empty());
                data.extend_from_slice(&piece);
                if ends == Ends::Message {
                    messages.push((true, std::mem::take(&mut data)));
                }
            }
        }
    }
    assert!(data.is_empty(), "the end of a stream is that of a message");
    Some(messages)
}

fn error_detail(bytes: &[u8]) -> Verdict {
    let mut status = Status::internal("it broke");
    let detail = MetadataValue::from_bytes(bytes);
    status.metadata_mut().insert_bin(DETAIL, detail);
    let error = ClientError::from(status);
    assert_eq!(error.to_string(), "it broke");
    // To be told on, as a master does that has it from a worker.
    let again = ClientError::from(to_status(&error));
    assert_eq!(again.code(), error.code());
    match error.facts().is_empty() {
        true => Verdict::Refused,
        false => Verdict::Accepted,
    }
}

fn words(bytes: &[u8]) -> Verdict {
    let text = &*String::from_utf8_lossy(bytes);
    let verdicts = [
        accepted(&Mode::parse(text)),
        accepted(&ByteSize::parse(text)),
        accepted(&duration::parse(text)),
        accepted(&duration::parse_millis(text)),
        accepted(&AclEntry::parse(text)),
        accepted(&Fingerprint::parse(text).ok_or(())),
    ];
    if verdicts.contains(&Verdict::Accepted) {
        Verdict::Accepted
    } else {
        Verdict::Refused
    }
}

fn journal(bytes: &[u8]) -> Verdict {
    let transaction = Transaction::decode(bytes);
    if let Ok(transaction) = &transaction {
        let again = Transaction::decode(&transaction.encode());
        assert_eq!(again.as_ref().ok(), Some(transaction));
    }
    accepted(&transaction)
}

fn s3_answer(bytes: &[u8]) -> Verdict {
    match s3::understands(bytes) {
        true => Verdict::Accepted,
        false => Verdict::Refused,
    }
}
