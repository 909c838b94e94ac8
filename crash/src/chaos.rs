//! What is killed or made to hang, and when.

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

/// A store that hangs is silent for less than anybody waits, or for longer than that: see
/// [`crate::site::SILENCE`].
const SILENCES: [std::ops::Range<u64>; 2] = [500..2_000, 6_000..9_000];

/// One time of all in how many a second blow hits while the first one is being recovered from.
const SECOND: u32 = 3;

/// One of so many blows makes the store hang, where it is a process.
const HANGS: u32 = 5;

/// One of so many stores that hang sees somebody die meanwhile.
const DEATH_MEANWHILE: u32 = 3;

/// Parts that hang or are killed together, and come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blow {
    /// After so long.
    pub after: Duration,
    /// Who is stopped where it is, before anybody dies, and goes on before anybody starts.
    pub hung: Vec<Part>,
    /// Who dies, in the order of death.
    pub killed: Vec<Part>,
    /// For so long.
    pub absence: Duration,
    /// Who comes back from the dead, in the order of starts.
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
        if parts.contains(&Part::Store) && rng.random_ratio(1, HANGS) {
            return Self::draw_hang(rng);
        }
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
            hung: Vec::new(),
            killed,
            absence: millis(rng, absence),
            started,
        }
    }

    /// The store says nothing for a while. What it was asked meanwhile it does when it goes on,
    /// though nobody waits for that any more.
    fn draw_hang(rng: &mut SmallRng) -> Self {
        let mut killed = Vec::new();
        if rng.random_ratio(1, DEATH_MEANWHILE) {
            killed.extend(Part::SERVERS.choose(rng));
        }
        let silence = SILENCES.choose(rng).cloned().unwrap_or(0..1);
        Self {
            after: millis(rng, LOAD),
            hung: vec![Part::Store],
            started: killed.clone(),
            killed,
            absence: millis(rng, silence),
        }
    }
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let killed = self.killed.iter().map(ToString::to_string);
        let hung = self.hung.iter().map(|part| format!("{part} hangs"));
        let names: Vec<String> = hung.chain(killed).collect();
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

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::site::SILENCE;

    #[test]
    fn a_store_that_is_a_process_dies_and_hangs_and_one_that_is_a_folder_does_not() {
        let mut rng = SmallRng::seed_from_u64(1);
        let mut blows = |parts: &[Part]| -> Vec<Blow> {
            let plans = (0..100).map(|_| Plan::draw(&mut rng, parts));
            plans.flat_map(|plan| plan.blows).collect()
        };
        let over_folder = blows(&Part::SERVERS);
        assert!(over_folder.iter().all(|blow| blow.hung.is_empty()));
        let parts = [Part::SERVERS.as_slice(), &[Part::Store]].concat();
        let over_process = blows(&parts);
        let (hangs, deaths): (Vec<&Blow>, Vec<&Blow>) =
            over_process.iter().partition(|blow| !blow.hung.is_empty());
        assert!(deaths.iter().any(|blow| blow.killed.contains(&Part::Store)));
        assert!(hangs.iter().any(|blow| !blow.killed.is_empty()));
        assert!(hangs.iter().any(|blow| blow.absence > SILENCE));
        assert!(hangs.iter().any(|blow| blow.absence < SILENCE));
    }
}
