//! From an error to a gRPC status.

use alluxio_common::Describe;
use tonic::Status;

use super::code::grpc_code;
use super::detail::{ErrorDetail, cut};

/// The sentence is percent-encoded on the wire, where a byte may take three. Together with the
/// detail it must stay below the 8 KiB of headers that clients in Java accept.
const MAX_ENCODED_SENTENCE: usize = 4 * 1024;

/// The status that tells a client about this error: the code that Alluxio sends, the sentence that
/// its clients print, and a trailer with everything else, for those who can read it.
pub fn to_status(error: &dyn Describe) -> Status {
    let mut status = Status::new(grpc_code(error.code()), sentence(error.to_string()));
    ErrorDetail::of(error).attach(&mut status);
    status
}

fn sentence(text: String) -> String {
    if text.len() * 3 <= MAX_ENCODED_SENTENCE {
        return text;
    }
    let mut encoded = 0;
    for (index, byte) in text.bytes().enumerate() {
        encoded += if (b' '..=b'~').contains(&byte) && byte != b'%' {
            1
        } else {
            3
        };
        if encoded > MAX_ENCODED_SENTENCE {
            return cut(text, index);
        }
    }
    text
}
