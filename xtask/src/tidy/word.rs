//! Words that do not belong into what is handed to others: notes without an issue, leftovers of a
//! search, and paths of one person's machine.

use super::check::Finding;
use crate::tree::Tree;

const RULE: &str = "word";

/// Each word in two halves, so that this file does not contain what it looks for.
const NOTES: [(&str, &str); 3] = [("FIX", "ME"), ("XX", "X"), ("HA", "CK:")];

/// Folders that exist on one machine only.
const PLACES: [(&str, &str); 4] = [
    ("/work/", "main"),
    ("/work/", "shared"),
    ("/home/", "ubuntu"),
    ("/Us", "ers/"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.texts()
        .filter(|(path, _)| *path != "Cargo.lock")
        .flat_map(|(path, text)| check_text(path, text))
        .collect()
}

fn check_text(path: &str, text: &str) -> Vec<Finding> {
    (1..)
        .zip(text.lines())
        .filter_map(|(number, line)| {
            let reason = problem_of(line)?;
            Some(Finding::error(path, number, RULE, reason))
        })
        .collect()
}

fn problem_of(line: &str) -> Option<String> {
    let join = |(left, right): (&str, &str)| format!("{left}{right}");
    if let Some(note) = NOTES
        .map(join)
        .into_iter()
        .find(|note| has_word(line, note))
    {
        return Some(format!("\"{note}\" is a note to oneself; write an issue"));
    }
    if let Some(place) = PLACES
        .map(join)
        .into_iter()
        .find(|place| line.contains(place))
    {
        return Some(format!("\"{place}\" exists on one machine only"));
    }
    let note = join(("TO", "DO"));
    let has_issue = line
        .split_once(&note)
        .is_some_and(|(_, rest)| rest.trim_start_matches('(').starts_with('#'));
    (has_word(line, &note) && !has_issue)
        .then(|| format!("\"{note}\" needs the number of its issue, as in {note}(#12)"))
}

/// Whether the word stands alone: no letter touches it.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let is_letter = |c: char| c.is_alphanumeric() || c == '_';
        !line[..start].ends_with(is_letter) && !line[start + word.len()..].starts_with(is_letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_need_an_issue_and_places_are_refused() {
        let note = ["TO", "DO"].concat();
        assert!(problem_of(&format!("// {note}: later")).is_some());
        assert_eq!(problem_of(&format!("// {note}(#12): later")), None);
        assert!(problem_of(&["// FIX", "ME"].concat()).is_some());
        assert_eq!(problem_of(&["PREFIX", "MEANING"].concat()), None);
        assert!(problem_of(&["see /work/", "main/a"].concat()).is_some());
        assert_eq!(problem_of("a plain line about /opt/alluxio"), None);
    }
}
