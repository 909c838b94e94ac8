//! Decoders of bytes from outside, under inputs that nobody would write.
//!
//! Every run tries what is kept in `corpus`, and as many inputs made from it as take a few seconds, the
//! same ones each time; `make fuzz` tries others for minutes. What is found is printed: keep it in the
//! corpus, so that it is tried for ever.

#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod decoders;
mod journals;
mod mutate;

use std::panic::{AssertUnwindSafe, catch_unwind};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use decoders::{DECODERS, Decoder, TryIt, Verdict};
use mutate::mutate;

/// For each decoder, in every run of the tests.
const SHORT: u32 = 10_000;

/// And when somebody asks for it.
const LONG: u32 = 2_000_000;

/// How many inputs are mutated on beside those of the corpus: what was accepted of later ones.
const POOL: usize = 1_000;

/// The input that a decoder panics on, as small as it was found.
fn find_bug(
    try_it: &dyn Fn(&[u8]) -> Verdict,
    mut pool: Vec<Vec<u8>>,
    rounds: u32,
    rng: &mut SmallRng,
) -> Option<Vec<u8>> {
    let verdict = |input: &[u8]| catch_unwind(AssertUnwindSafe(|| try_it(input))).ok();
    let kept = pool.len();
    if let Some(bug) = pool.iter().find(|input| verdict(input).is_none()) {
        return Some(bug.clone());
    }
    for _ in 0..rounds {
        let mut input = pool[rng.random_range(0..pool.len())].clone();
        let other = pool[rng.random_range(0..pool.len())].clone();
        for _ in 0..rng.random_range(1..=4) {
            mutate(&mut input, &other, rng);
        }
        match verdict(&input) {
            None => return Some(smallest(input, |smaller| verdict(smaller).is_none())),
            Some(Verdict::Refused) => {}
            Some(Verdict::Accepted) if pool.len() < kept + POOL => pool.push(input),
            Some(Verdict::Accepted) => {
                let at = rng.random_range(kept..pool.len());
                pool[at] = input;
            }
        }
    }
    None
}

/// Leaves out what is not needed.
fn smallest(mut input: Vec<u8>, fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut part = input.len() / 2;
    while part > 0 {
        let mut at = 0;
        while at < input.len() {
            let end = (at + part).min(input.len());
            let shorter = [&input[..at], &input[end..]].concat();
            if fails(&shorter) {
                input = shorter;
            } else {
                at = end;
            }
        }
        part /= 2;
    }
    input
}

fn try_all(rounds: u32, rng: &mut SmallRng) {
    for Decoder {
        name,
        try_it,
        corpus,
    } in DECODERS
    {
        let corpus = corpus(name);
        assert!(!corpus.is_empty(), "{name} has a corpus");
        if let Some(bug) = find_bug(try_it, corpus, rounds, rng) {
            let hex: String = bug.iter().map(|byte| format!("{byte:02x}")).collect();
            let text = String::from_utf8_lossy(&bug);
            panic!("{name} cannot take {text:?}; keep it in its corpus, in hex: {hex}");
        }
    }
}

#[test]
fn no_decoder_panics_or_contradicts_itself() {
    try_all(SHORT, &mut SmallRng::seed_from_u64(1));
}

#[test]
#[ignore = "takes minutes: make fuzz"]
fn no_decoder_panics_or_contradicts_itself_for_minutes() {
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    try_all(LONG, &mut SmallRng::seed_from_u64(seed));
}

/// What decoders have had wrong: a length that is believed, a number that is too large, a letter that
/// is cut in the middle, a value that is not what was written.
#[test]
fn bugs_that_are_planted_are_found() {
    let believes: TryIt = |bytes| match bytes {
        [b'L', length, rest @ ..] => {
            assert!(rest[..usize::from(*length)].len() < 256);
            Verdict::Accepted
        }
        _ => Verdict::Refused,
    };
    let adds: TryIt = |bytes| {
        let number = str::from_utf8(bytes)
            .ok()
            .and_then(|text| text.parse::<u32>().ok());
        number.map_or(Verdict::Refused, |number| {
            assert!(number.checked_mul(1_024).is_some());
            Verdict::Accepted
        })
    };
    let cuts: TryIt = |bytes| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let at = text.find('/').map_or(0, |at| at + 1);
        assert!(text.get(at..).is_some());
        assert!(text.len() < 8 || text.is_char_boundary(8));
        Verdict::Accepted
    };
    let forgets: TryIt = |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let Some((name, value)) = text.split_once('=') else {
            return Verdict::Refused;
        };
        let again = format!("{}={}", name.trim(), value.trim());
        assert_eq!(again, text);
        Verdict::Accepted
    };
    let seeds: [(TryIt, &[u8]); 4] = [
        (believes, b"L\x03abc"),
        (adds, b"1024"),
        (cuts, b"/path/to"),
        (forgets, b"name=value"),
    ];
    for (index, (decoder, seed)) in seeds.into_iter().enumerate() {
        let mut rng = SmallRng::seed_from_u64(1);
        let found = find_bug(&decoder, vec![seed.to_vec()], SHORT, &mut rng);
        let found = found.unwrap_or_else(|| panic!("bug {index} is found"));
        assert!(found.len() <= seed.len() + 8, "and made small: {found:?}");
    }
}
