//! What is killed, and when.

use std::fmt;
use std::time::Duration;

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::cluster::Part;

/// Before the first blow there is something to interrupt.
const LOAD: std::ops::Range<u64> = 100..900;

/// Most who are killed come back at once, some later than clients wait.
const ABSENCE: [std::ops::Range<u64>; 3] = [0..10, 50..400, 400..1_500];

/// One time of all in how many a second blow hits while the first one is being recovered from.
const SECOND: u32 = 3;

/// Parts that are killed together, and started again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blow {
    /// After so long.
    pub after: Duration,
    /// Who, in the order of death.
    pub killed: Vec<Part>,
    /// For so long.
    pub absence: Duration,
    /// Who, in the order of starts.
    pub started: Vec<Part>,
}

/// What happens in a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One after the other.
    pub blows: Vec<Blow>,
    /// How long the load goes on afterwards.
    pub rest: Duration,
}

impl Plan {
    /// Draws a plan for these parts.
    pub fn draw(rng: &mut SmallRng, parts: &[Part]) -> Self {
        let count = if rng.random_ratio(1, SECOND) { 2 } else { 1 };
        Self {
            blows: (0..count).map(|_| Blow::draw(rng, parts)).collect(),
            rest: millis(rng, 0..300),
        }
    }
}

impl Blow {
    fn draw(rng: &mut SmallRng, parts: &[Part]) -> Self {
        let mut killed: Vec<Part> = match rng.random_range(0..10) {
            // What holds the truth is hit most.
            0..=2 => vec![Part::Master],
            3..=4 => vec![Part::Worker],
            5 => parts.to_vec(),
            6 => vec![Part::Master, Part::Worker],
            _ => parts.iter().copied().filter(|_| rng.random()).collect(),
        };
        if killed.is_empty() {
            killed.extend(parts.choose(rng));
        }
        killed.shuffle(rng);
        let mut started = killed.clone();
        started.shuffle(rng);
        // The servers do not start without their store, and say so.
        started.sort_by_key(|part| *part != Part::Store);
        let absence = ABSENCE.choose(rng).cloned().unwrap_or(0..1);
        Self {
            after: millis(rng, LOAD),
            killed,
            absence: millis(rng, absence),
            started,
        }
    }
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.killed.iter().map(ToString::to_string).collect();
        write!(
            f,
            "{} after {:?}, away for {:?}",
            names.join(" + "),
            self.after,
            self.absence
        )
    }
}

fn millis(rng: &mut SmallRng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rng.random_range(range))
}
