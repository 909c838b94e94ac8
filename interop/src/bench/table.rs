//! [`Report`]: everything that was measured, as tables for `docs/performance.md`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::better::Better;
use super::figures::{Figures, Sample};
use super::pair::Pair;
use super::step::Row;

const MIB: f64 = 1_048_576.0;
const GB: f64 = 1e9;

/// What is better, in which column, by at least how much.
#[derive(Debug, PartialEq)]
struct Claim {
    what: String,
    times: f64,
    goal: f64,
}

/// A figure that has no samples.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) better: Better,
    pub(crate) figures: Pair<f64>,
}

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Under which conditions, a sentence each.
    pub(crate) conditions: Vec<String>,
    pub(crate) samples: BTreeMap<Row, Pair<Vec<Sample>>>,
    pub(crate) facts: Vec<Fact>,
}

impl Report {
    pub(crate) fn add(&mut self, row: Row, samples: Pair<Sample>) {
        let all = self.samples.entry(row).or_default();
        all.ours.push(samples.ours);
        all.theirs.push(samples.theirs);
    }

    /// The tables, as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        for condition in &self.conditions {
            text += &format!("- {condition}\n");
        }
        text += "\nA cell reads *ours : Java's = how many times better ours is*.\n";
        let mut claims = Vec::new();
        text += &self.namespace(&mut claims);
        text += &self.data(&mut claims);
        text += &self.processes();
        text += &verdict(&claims);
        text
    }

    fn figures(&self, row: Row) -> Option<Pair<Figures>> {
        let samples = self.samples.get(&row)?;
        Some(samples.map(|samples| Figures::of(samples)))
    }

    fn namespace(&self, claims: &mut Vec<Claim>) -> String {
        let mut text = String::from(
            "\n| StressMasterBench | a second | p50, ms | p99, ms | a CPU-second of the master | goal |\n\
             |---|---|---|---|---|---|\n",
        );
        for row in Row::NAMESPACE {
            let Some(figures) = self.figures(row) else {
                continue;
            };
            let latency =
                |which: fn((f64, f64)) -> f64| figures.map(|of| of.latency.map_or(f64::NAN, which));
            let columns = [
                ("a second", Better::More, figures.map(|of| of.rate)),
                ("p50", Better::Less, latency(|(p50, _)| p50)),
                ("p99", Better::Less, latency(|(_, p99)| p99)),
                (
                    "a CPU-second",
                    Better::More,
                    figures.map(|of| of.per_processor),
                ),
            ];
            text += &line(row, &columns, claims);
        }
        text
    }

    fn data(&self, claims: &mut Vec<Claim>) -> String {
        let mut text = String::from(
            "\n| StressClientIOBench | MiB a second | CPU-seconds of the worker per GB | goal |\n\
             |---|---|---|---|\n",
        );
        for row in Row::DATA {
            let Some(figures) = self.figures(row) else {
                continue;
            };
            let columns = [
                (
                    "MiB a second",
                    Better::More,
                    figures.map(|of| of.rate / MIB),
                ),
                (
                    "CPU-seconds",
                    Better::Less,
                    figures.map(|of| GB / of.per_processor),
                ),
            ];
            text += &line(row, &columns, claims);
        }
        text
    }

    fn processes(&self) -> String {
        let mut text = String::from("\n| Processes | |\n|---|---|\n");
        for fact in &self.facts {
            text += &format!("| {} | {} |\n", fact.name, cell(fact.better, fact.figures));
        }
        text
    }
}

/// A line of a table. The last column is the one with a goal; none may be worse than theirs.
fn line(row: Row, columns: &[(&str, Better, Pair<f64>)], claims: &mut Vec<Claim>) -> String {
    let mut text = format!("| {} |", row.name());
    let mut last = f64::NAN;
    for (at, (name, better, figures)) in columns.iter().enumerate() {
        let goal = row.goal().filter(|_| at + 1 == columns.len());
        last = better.times(*figures);
        claims.push(Claim {
            what: format!("{}, {name}", row.name()),
            times: last,
            goal: goal.unwrap_or(1.0),
        });
        text += &format!(" {} |", cell(*better, *figures));
    }
    let goal = row.goal().map_or_else(String::new, |goal| {
        let met = if last >= goal { "met" } else { "**missed**" };
        format!("{goal} x, {met}")
    });
    text + &format!(" {goal} |\n")
}

/// What falls short, or that nothing does.
fn verdict(claims: &[Claim]) -> String {
    let mut text = String::new();
    for (title, of_goals) in [
        ("Goals that are missed", true),
        ("Slower than Java's", false),
    ] {
        let missed = |claim: &&Claim| claim.times < claim.goal && (claim.goal > 1.0) == of_goals;
        let missed: Vec<String> = claims
            .iter()
            .filter(missed)
            .map(|claim| format!("{} ({:.2} of {})", claim.what, claim.times, claim.goal))
            .collect();
        let missed = if missed.is_empty() {
            "none".to_owned()
        } else {
            missed.join("; ")
        };
        // A string takes all that is written.
        writeln!(text, "\n{title}: {missed}.").ok();
    }
    text
}

fn cell(better: Better, figures: Pair<f64>) -> String {
    let times = better.times(figures);
    format!(
        "{} : {} = {times:.1}",
        number(figures.ours),
        number(figures.theirs)
    )
}

/// Large numbers with separators, small ones with decimals.
fn number(value: f64) -> String {
    if value.abs() < 0.1 {
        return format!("{value:.3}");
    }
    if value.abs() < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::tests::sample;
    use crate::bench::step::Circuit;

    fn report() -> Report {
        let mut report = Report::default();
        let created = Pair {
            ours: sample(10_000.0, 0.5, Some((10.0, 20.0))),
            theirs: sample(5_000.0, 2.5, Some((15.0, 10.0))),
        };
        report.add(Row::CreateFile, created);
        let read = Pair {
            ours: sample(8e9, 2.0, None),
            theirs: sample(4e9, 4.0, None),
        };
        report.add(Row::Read(Circuit::Remote), read);
        report.facts.push(Fact {
            name: "start, s".to_owned(),
            better: Better::Less,
            figures: Pair {
                ours: 0.06,
                theirs: 12.0,
            },
        });
        report
    }

    #[test]
    fn every_row_shows_both_and_how_many_times_better_ours_is() {
        let text = report().markdown();
        for line in [
            "| CreateFile | 5,000 : 2,500 = 2.0 | 10.00 : 15.00 = 1.5 | 20.00 : 10.00 = 0.5 \
             | 20,000 : 2,000 = 10.0 | 10 x, met |",
            "| sequential read, remote | 3,815 : 1,907 = 2.0 | 0.25 : 1.00 = 4.0 | 3 x, met |",
            "| start, s | 0.060 : 12.00 = 200.0 |",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn what_is_slower_and_which_goal_is_missed_stands_below() {
        let mut report = report();
        let text = report.markdown();
        assert!(text.contains("Goals that are missed: none."), "{text}");
        assert!(
            text.contains("Slower than Java's: CreateFile, p99 (0.50 of 1)."),
            "{text}"
        );
        let status = Pair {
            ours: sample(100.0, 1.0, Some((1.0, 1.0))),
            theirs: sample(100.0, 4.0, Some((1.0, 1.0))),
        };
        report.add(Row::GetFileStatus, status);
        let text = report.markdown();
        let missed = "Goals that are missed: GetFileStatus, a CPU-second (4.00 of 5).";
        assert!(text.contains(missed), "{text}");
        assert!(text.contains("5 x, **missed**"), "{text}");
    }

    #[test]
    fn numbers_have_as_many_digits_as_say_something() {
        let texts = [0.004, 0.25, 12.345, 1_234.5, 1_234_567.0].map(number);
        assert_eq!(texts, ["0.004", "0.25", "12.35", "1,234", "1,234,567"]);
    }
}
