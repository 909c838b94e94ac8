//! The nearest known name to one that nobody knows.

/// More different letters than this are another word, not a slip.
const MOST_SLIPS: usize = 6;

/// The candidate with the fewest slips, if it is close enough to be meant.
pub(super) fn nearest(name: &str, candidates: &[&'static str]) -> Option<&'static str> {
    let limit = MOST_SLIPS.min(name.len() / 3);
    let distances = candidates.iter().filter_map(|candidate| {
        if candidate.len().abs_diff(name.len()) > limit {
            return None;
        }
        let slips = distance(name.as_bytes(), candidate.as_bytes());
        (slips <= limit).then_some((slips, *candidate))
    });
    distances
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut before: Vec<usize> = vec![0; right.len() + 1];
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut row: Vec<usize> = vec![0; right.len() + 1];
    for i in 1..=left.len() {
        row[0] = i;
        for j in 1..=right.len() {
            let replaced = above[j - 1] + usize::from(left[i - 1] != right[j - 1]);
            row[j] = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            let is_swap =
                i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if is_swap {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        std::mem::swap(&mut before, &mut above);
        std::mem::swap(&mut above, &mut row);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (left, right, slips) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("abc", "ab", 1),
            ("port", "sport", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(left.as_bytes(), right.as_bytes()), slips, "{left}");
        }
    }

    #[test]
    fn only_a_close_name_is_suggested() {
        let names = ["alluxio.master.rpc.port", "alluxio.worker.rpc.port"];
        assert_eq!(nearest("alluxio.mastr.rpc.port", &names), Some(names[0]));
        assert_eq!(nearest("alluxio.something.else.at.all", &names), None);
    }
}
