//! [`compare`]: runs a script against both kinds of server and tells every answer that is not the
//! same.

use std::collections::BTreeSet;
use std::thread;

use anyhow::{Context, Result};

use crate::answer::Answer;
use crate::cluster::Kind;
use crate::run::{Outcome, Play};
use crate::script::{Check, CommandStep, Step};

/// How much of a long line is shown that differs, and how much of that before the difference.
const SHOWN: usize = 300;
const SHOWN_BEFORE: usize = 60;

/// Runs scripts one after the other against one cluster of either kind, and returns every difference
/// that the scripts do not tell of.
///
/// # Errors
/// When a server or a program does not start, or ends by itself, and when too many commands hang.
pub fn compare(plays: &[Play<'_>]) -> Result<Vec<String>> {
    // Both at the same time: most of it is waiting for JVMs to start.
    let (ours, theirs) = thread::scope(|scope| {
        let theirs = scope.spawn(|| Outcome::of(plays, Kind::Theirs));
        let ours = Outcome::of(plays, Kind::Ours);
        (ours, theirs.join())
    });
    let theirs = theirs
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        .context("theirs")?;
    let ours = ours.context("ours")?;
    let mut differences = Vec::new();
    for ((command, ours), theirs) in commands(plays).zip(&ours.answers).zip(&theirs.answers) {
        if let Some(what) = difference(&command.check, ours, theirs) {
            differences.push(format!("{}: {}\n{what}\n", command.place, command.text));
        }
    }
    let paths: BTreeSet<_> = ours.files.keys().chain(theirs.files.keys()).collect();
    for path in paths {
        let (ours, theirs) = (ours.files.get(path), theirs.files.get(path));
        if ours != theirs {
            differences.push(format!("{path}\ntheirs: {theirs:?}\nours: {ours:?}\n"));
        }
    }
    Ok(differences)
}

fn commands<'a>(plays: &'a [Play<'_>]) -> impl Iterator<Item = &'a CommandStep> {
    let steps = plays.iter().flat_map(|play| &play.script.steps);
    steps.filter_map(|step| match step {
        Step::Command(command) => Some(command),
        Step::Outside(_) => None,
    })
}

fn difference(check: &Check, ours: &Answer, theirs: &Answer) -> Option<String> {
    let (said, wanted) = (ours.to_string(), theirs.to_string());
    if ours.is_none() || theirs.is_none() {
        return Some(format!("theirs: {wanted}\nours: {said}"));
    }
    let is_same = match check {
        Check::Same => said == wanted,
        Check::Sorted => sorted(&said) == sorted(&wanted),
        Check::Without(texts) => without(&said, texts) == without(&wanted, texts),
        Check::Only(texts) => {
            let (said, wanted) = (only(&said, texts), only(&wanted, texts));
            // Two that say nothing of it have not said the same.
            let is_same = ours.code == theirs.code && said == wanted && !wanted.is_empty();
            let (said, wanted) = (said.join("\n"), wanted.join("\n"));
            return (!is_same).then(|| lines_that_differ(&wanted, &said));
        }
        Check::Unlike(code) => [ours.code, theirs.code] == [*code; 2],
        Check::Meant(_) if said == wanted => return Some("no longer differs".to_owned()),
        Check::Meant(meant) => {
            let what = || format!("meant: {meant}\nours: {said}");
            return (trimmed(&said) != trimmed(meant)).then(what);
        }
    };
    (!is_same).then(|| lines_that_differ(&wanted, &said))
}

/// What only one of two texts has: `-` is before theirs, `+` before ours. Of long lines only what is around
/// the first difference.
fn lines_that_differ(theirs: &str, ours: &str) -> String {
    let only = |text: &str, other: &str| -> Vec<String> {
        let others: Vec<&str> = other.lines().collect();
        let lines = text.lines().filter(|line| !others.contains(line));
        lines.map(str::to_owned).collect()
    };
    let (mut minus, mut plus) = (only(theirs, ours), only(ours, theirs));
    if minus.is_empty() && plus.is_empty() {
        return format!("theirs: {theirs}\nours: {ours}");
    }
    for (minus, plus) in minus.iter_mut().zip(&mut plus) {
        let same = minus.chars().zip(plus.chars()).take_while(|(a, b)| a == b);
        let from = same.count().saturating_sub(SHOWN_BEFORE);
        for line in [minus, plus] {
            let cut: String = line.chars().skip(from).take(SHOWN).collect();
            *line = if from > 0 { format!("…{cut}") } else { cut };
        }
    }
    let minus = minus.iter().map(|line| format!("- {line}"));
    let plus = plus.iter().map(|line| format!("+ {line}"));
    minus.chain(plus).collect::<Vec<_>>().join("\n")
}

/// A script does not tell of blanks at the ends of lines.
fn trimmed(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).collect()
}

fn without<'a>(text: &'a str, texts: &[String]) -> Vec<&'a str> {
    let is_looked_at = |line: &&str| !texts.iter().any(|text| line.contains(text));
    text.lines().filter(is_looked_at).collect()
}

fn only<'a>(text: &'a str, texts: &[String]) -> Vec<&'a str> {
    let is_looked_at = |line: &&str| texts.iter().any(|text| line.contains(text));
    text.lines().filter(is_looked_at).collect()
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: i32, out: &str) -> Answer {
        Answer {
            code,
            out: out.to_owned(),
            err: String::new(),
        }
    }

    #[test]
    fn only_what_a_script_leaves_open_may_differ() {
        let (one, turned, failed) = (
            answer(0, "a\nb\n"),
            answer(0, "b\na\n"),
            answer(1, "b\na\n"),
        );
        let differs = |check: &Check, theirs| difference(check, &one, theirs).is_some();
        assert!(!differs(&Check::Same, &one));
        assert!(differs(&Check::Same, &turned));
        assert!(!differs(&Check::Sorted, &turned));
        assert!(differs(&Check::Sorted, &failed));
        let without = |text: &str| Check::Without(vec![text.to_owned()]);
        let (more, less) = (answer(0, "a\nbb\n"), answer(0, "b\n"));
        assert!(!differs(&without("b"), &more));
        assert!(differs(&without("b"), &less));
        assert!(differs(&without("b"), &failed), "the code");
        let only = |text: &str| Check::Only(vec![text.to_owned()]);
        assert!(!differs(&only("b"), &turned));
        assert!(differs(&only("b"), &failed), "the code");
        assert!(differs(&only("b"), &more));
        assert!(differs(&only("c"), &turned), "nothing is compared");
        assert!(!differs(&Check::Unlike(0), &turned));
        assert!(differs(&Check::Unlike(0), &failed));
        assert!(differs(&Check::Unlike(1), &failed));
        let meant = Check::Meant("[0]\na\nb".to_owned());
        assert!(!differs(&meant, &turned));
        assert!(differs(&meant, &one), "a difference that is gone");
        assert!(differs(&Check::Meant("[0]\nc".to_owned()), &turned));
    }

    #[test]
    fn two_that_fail_alike_have_not_said_the_same() {
        let differs = |check: Check, both: &Answer| difference(&check, both, both).is_some();
        let none = Answer::none("no answer after 30s\n".to_owned());
        assert!(differs(Check::Same, &none));
        assert!(differs(Check::Unlike(0), &none));
        assert!(differs(Check::Unlike(0), &answer(255, "no server\n")));
        assert!(differs(Check::Meant(none.to_string()), &none));
    }
}
