//! [`Tally`]: how many operations were asked for, and what came of them.
//!
//! A load in which little succeeds compares little. So the end of a run asks whether a good share of
//! each kind was done, of what should have been done.

use std::collections::BTreeMap;
use std::fmt;

use alluxio_common::{Describe, ErrorCode};

use crate::model::{Expected, Outcome};

/// Of fewer than this nothing is asked.
const ENOUGH: u64 = 20;

/// One of so many must be done, of those that should be: the others met somebody who was dead.
const SHARE: u64 = 3;

/// How many operations were asked for, and what came of them, by their kinds.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    rows: BTreeMap<String, Row>,
    /// How many met the absence of somebody whom they need.
    interrupted: u64,
}

/// What came of one kind.
#[derive(Debug, Clone, Default)]
struct Row {
    asked: u64,
    done: u64,
    /// Those that the model says should be done.
    due: u64,
    due_and_done: u64,
    refused: BTreeMap<String, u64>,
    unknown: BTreeMap<String, u64>,
    /// Nobody may have any.
    wrong: u64,
}

impl Tally {
    /// Counts one. `expected` is `None` where other clients decide as well.
    pub(crate) fn count(&mut self, kind: &str, expected: Option<Expected>, outcome: &Outcome) {
        let row = self.rows.entry(kind.to_owned()).or_default();
        let is_due = expected == Some(Expected::Done);
        row.asked += 1;
        row.due += u64::from(is_due);
        match outcome {
            Outcome::Done => {
                row.done += 1;
                row.due_and_done += u64::from(is_due);
            }
            Outcome::Refused(error) => add(&mut row.refused, error.code()),
            Outcome::Unknown(error) => add(&mut row.unknown, error.code()),
            Outcome::Wrong(_) => row.wrong += 1,
        }
    }

    /// How many there were.
    pub fn asked(&self) -> u64 {
        self.rows.values().map(|row| row.asked).sum()
    }

    /// Counts one that met the absence of somebody whom it needs.
    pub(crate) fn count_interrupted(&mut self) {
        self.interrupted += 1;
    }

    /// How many met the absence of somebody whom they need.
    pub fn interrupted(&self) -> u64 {
        self.interrupted
    }

    /// The kinds of which too few were done, each as a sentence.
    pub(crate) fn shortfalls(&self) -> Vec<String> {
        let few = |row: &Row| row.due >= ENOUGH && row.due_and_done * SHARE < row.due;
        let short = self.rows.iter().filter(|(_, row)| few(row));
        short
            .map(|(kind, row)| {
                format!(
                    "{kind}: only {} of {} that should have been done were done; {}",
                    row.due_and_done,
                    row.due,
                    row.errors()
                )
            })
            .collect()
    }
}

impl Row {
    /// All errors with their counts.
    fn errors(&self) -> String {
        let named = |verb: &str, counts: &BTreeMap<String, u64>| {
            let counts = counts.iter().map(|(code, count)| format!("{code} {count}"));
            let counts: Vec<String> = counts.collect();
            (!counts.is_empty()).then(|| format!("{verb}: {}", counts.join(", ")))
        };
        let all = [
            named("refused", &self.refused),
            named("unknown", &self.unknown),
        ];
        let all: Vec<String> = all.into_iter().flatten().collect();
        all.join("; ")
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |name: &str, cells: [String; 6]| {
            let cells = cells.map(|cell| format!("{cell:>8}"));
            format!("{name:<24}{}", cells.concat())
        };
        let titles = ["asked", "done", "refused", "unknown", "due", "of due"];
        write!(f, "{}", line("", titles.map(str::to_owned)))?;
        for (kind, row) in &self.rows {
            let share = (row.due_and_done * 100).checked_div(row.due);
            let cells = [
                row.asked.to_string(),
                row.done.to_string(),
                row.refused.values().sum::<u64>().to_string(),
                row.unknown.values().sum::<u64>().to_string(),
                row.due.to_string(),
                share.map_or(String::new(), |share| format!("{share} %")),
            ];
            write!(f, "\n{}  {}", line(kind, cells), row.errors())?;
        }
        Ok(())
    }
}

fn add(counts: &mut BTreeMap<String, u64>, code: ErrorCode) {
    *counts.entry(format!("{code:?}")).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(done: u64, wrong: u64) -> Tally {
        let mut tally = Tally::default();
        for _ in 0..done {
            tally.count("mv", Some(Expected::Done), &Outcome::Done);
        }
        for _ in 0..wrong {
            let outcome = Outcome::Wrong(String::new());
            tally.count("mv", Some(Expected::Done), &outcome);
        }
        tally
    }

    #[test]
    fn a_kind_of_which_most_fail_is_told_and_what_was_to_be_refused_is_no_failure() {
        assert_eq!(
            tally(6, 14).shortfalls(),
            ["mv: only 6 of 20 that should have been done were done; "]
        );
        assert!(tally(7, 13).shortfalls().is_empty());
        assert!(tally(0, 19).shortfalls().is_empty(), "too few to tell");
        let mut refused = Tally::default();
        for _ in 0..50 {
            refused.count("rm", Some(Expected::Refused), &Outcome::Done);
            refused.count("rm", None, &Outcome::Done);
        }
        assert!(refused.shortfalls().is_empty());
        assert_eq!(refused.asked(), 100);
        assert!(refused.to_string().contains("rm"));
    }
}
