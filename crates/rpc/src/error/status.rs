//! From an error to a gRPC status.

use alluxio_common::Describe;
use tonic::Status;

use super::code::grpc_code;
use super::detail::ErrorDetail;

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

/// What stands for the middle of a sentence that is too long. A long sentence is one with a long path,
/// and the reason stands behind the path.
const LEFT_OUT: &str = " ... ";

fn sentence(text: String) -> String {
    let room = MAX_ENCODED_SENTENCE - LEFT_OUT.len();
    if text.len() * 3 <= room || text.chars().map(encoded).sum::<usize>() <= room {
        return text;
    }
    let head = fitting(text.chars(), room / 4 * 3);
    let tail = fitting(text.chars().rev(), room / 4);
    format!("{}{LEFT_OUT}{}", &text[..head], &text[text.len() - tail..])
}

/// How many bytes a letter takes on the wire.
fn encoded(letter: char) -> usize {
    match letter {
        '%' => 3,
        ' '..='~' => 1,
        _other => letter.len_utf8() * 3,
    }
}

/// The length of as many letters from the first one as may be sent in this room.
fn fitting(letters: impl Iterator<Item = char>, room: usize) -> usize {
    let mut left = room;
    let fits = letters.take_while(|letter| {
        let fits = encoded(*letter) <= left;
        left = left.saturating_sub(encoded(*letter));
        fits
    });
    fits.map(char::len_utf8).sum()
}
