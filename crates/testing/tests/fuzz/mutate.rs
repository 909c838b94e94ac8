//! [`mutate`]: another input, near a good one.

use rand::Rng;
use rand::rngs::SmallRng;

/// Longer inputs cost more than they find.
const LONGEST: usize = 2_048;

/// What stands for a length, an end, an escape, a name or a number somewhere.
const WORDS: [&[u8]; 24] = [
    b"\0",
    b"\x01",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\xff\xff\xff\xff\x0f",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    b"\xff\xff\xff\x7f",
    b"/",
    b"//",
    b"..",
    b"\\",
    b"\\u",
    b"\\u00e4",
    b"%00",
    b":",
    b"=",
    b"\n",
    b"\r\n",
    b"-1",
    b"9223372036854775807",
    b"18446744073709551616",
    "\u{e4}".as_bytes(),
    "\u{1f600}".as_bytes(),
];

/// Changes the input in one way; `other` lends a piece.
pub(crate) fn mutate(input: &mut Vec<u8>, other: &[u8], rng: &mut SmallRng) {
    let at = rng.random_range(0..=input.len());
    let length = rng.random_range(1..=8);
    let end = (at + length).min(input.len());
    match rng.random_range(0..8) {
        0 => flip(input, at, rng),
        1 => set(input, at, rng.random()),
        2 => drop(input.drain(at..end)),
        3 => drop(input.splice(
            at..at,
            WORDS[rng.random_range(0..WORDS.len())].iter().copied(),
        )),
        4 => drop(input.splice(
            at..end,
            WORDS[rng.random_range(0..WORDS.len())].iter().copied(),
        )),
        5 => {
            let again: Vec<u8> = input[at..end].to_vec();
            drop(input.splice(at..at, again));
        }
        6 => {
            let from = rng.random_range(0..=other.len());
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        _ => {
            // A number that is one off is the most likely to be forgotten.
            let near = input.get(at).map(|byte| byte.wrapping_add(1));
            set(input, at, near.unwrap_or(0));
        }
    }
    input.truncate(LONGEST);
}

fn flip(input: &mut [u8], at: usize, rng: &mut SmallRng) {
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << rng.random_range(0..8);
    }
}

fn set(input: &mut [u8], at: usize, value: u8) {
    if let Some(byte) = input.get_mut(at) {
        *byte = value;
    }
}
