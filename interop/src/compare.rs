//! [`compare`]: runs a script against both kinds of server and tells every answer that is not the
//! same.

use std::collections::BTreeSet;
use std::thread;

use anyhow::{Context, Result};

use crate::answer::Answer;
use crate::cluster::Kind;
use crate::java::Program;
use crate::run::Outcome;
use crate::script::{Check, CommandStep, Script, Step};

/// How much of a long line is shown that differs, and how much of that before the difference.
const SHOWN: usize = 300;
const SHOWN_BEFORE: usize = 60;

/// Runs a script against both kinds of server, each with these lines in its site file, and returns
/// every difference that the script does not tell of.
///
/// # Errors
/// When a server or a program does not start.
pub fn compare(
    script: &Script,
    program: Program,
    settings: &[(&str, &str)],
) -> Result<Vec<String>> {
    let side = |kind| {
        let script = &script;
        move || Outcome::of(script, program, kind, settings)
    };
    // Both at the same time: most of it is waiting for JVMs to start.
    let (ours, theirs) = thread::scope(|scope| {
        let theirs = scope.spawn(side(Kind::Theirs));
        let ours = side(Kind::Ours)();
        (ours, theirs.join())
    });
    let ours = ours.context("ours")?;
    let theirs = theirs
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        .context("theirs")?;
    let mut differences = Vec::new();
    for ((command, ours), theirs) in commands(script).zip(&ours.answers).zip(&theirs.answers) {
        if let Some(what) = difference(&command.check, ours, theirs) {
            differences.push(format!("{}: {}\n{what}\n", command.place, command.text));
        }
    }
    let paths: BTreeSet<_> = ours.stored.keys().chain(theirs.stored.keys()).collect();
    for path in paths {
        let (ours, theirs) = (ours.stored.get(path), theirs.stored.get(path));
        if ours != theirs {
            differences.push(format!(
                "in the store: {path}\ntheirs: {theirs:?}\nours: {ours:?}\n"
            ));
        }
    }
    Ok(differences)
}

fn commands(script: &Script) -> impl Iterator<Item = &CommandStep> {
    script.steps.iter().filter_map(|step| match step {
        Step::Command(command) => Some(command),
        Step::Outside(_) => None,
    })
}

fn difference(check: &Check, ours: &Answer, theirs: &Answer) -> Option<String> {
    let (said, wanted) = (ours.to_string(), theirs.to_string());
    let is_same = match check {
        Check::Same => said == wanted,
        Check::Sorted => sorted(&said) == sorted(&wanted),
        Check::Unlike => ours.code == theirs.code,
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
        assert!(!differs(&Check::Unlike, &turned));
        assert!(differs(&Check::Unlike, &failed));
        let meant = Check::Meant("[0]\na\nb".to_owned());
        assert!(!differs(&meant, &turned));
        assert!(differs(&meant, &one), "a difference that is gone");
        assert!(differs(&Check::Meant("[0]\nc".to_owned()), &turned));
    }
}
