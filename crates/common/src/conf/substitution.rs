//! `${name}` inside values: replaced when the configuration is read, to any depth.

/// The longest value that references may grow into; a few lines that double each other would
/// otherwise fill the memory.
const LONGEST_VALUE: usize = 64 * 1024;

/// The most references that one value may lead to: a few lines that name each other twice would
/// otherwise keep a processor busy for ever, however short the value is in the end.
const MOST_REFERENCES: u32 = 4096;

/// References inside references inside references; a legitimate site needs three or four.
const DEEPEST: usize = 32;

/// Why a reference cannot be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// The name has no value.
    Undefined(String),
    /// The references lead back to where they were: the first name of these is also the last.
    Circular(Vec<String>),
    /// The value grows too long, or its references too deep, with this name.
    Endless(String),
}

/// Replaces every `${name}` in `text`, the value of `owner`. Names may themselves contain references. `lookup` gives the
/// unreplaced value of a name; the text `${` without an end is left alone.
///
/// # Errors
/// The first reference that cannot be replaced.
pub(super) fn expand(
    owner: &str,
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Unresolved> {
    Expansion {
        lookup,
        chain: vec![owner.to_owned()],
        references: 0,
    }
    .expand(text)
}

struct Expansion<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    /// The names that are being replaced right now, outermost first.
    chain: Vec<String>,
    /// How many references there were.
    references: u32,
}

impl Expansion<'_> {
    fn expand(&mut self, text: &str) -> Result<String, Unresolved> {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let inside = &rest[start + 2..];
            let Some(end) = matching_brace(inside) else {
                break;
            };
            result.push_str(&rest[..start]);
            let name = self.expand(&inside[..end])?;
            result.push_str(&self.value_of(&name)?);
            if result.len() > LONGEST_VALUE {
                return Err(Unresolved::Endless(name));
            }
            rest = &inside[end + 1..];
        }
        result.push_str(rest);
        Ok(result)
    }

    fn value_of(&mut self, name: &str) -> Result<String, Unresolved> {
        if let Some(first) = self.chain.iter().position(|open| open == name) {
            let mut cycle = self.chain.split_off(first);
            cycle.push(name.to_owned());
            return Err(Unresolved::Circular(cycle));
        }
        self.references += 1;
        if self.chain.len() > DEEPEST || self.references > MOST_REFERENCES {
            return Err(Unresolved::Endless(name.to_owned()));
        }
        let raw = (self.lookup)(name).ok_or_else(|| Unresolved::Undefined(name.to_owned()))?;
        self.chain.push(name.to_owned());
        let value = self.expand(&raw)?;
        self.chain.pop();
        Ok(value)
    }
}

/// The `}` that ends a reference, past the references inside it.
fn matching_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index..].starts_with(b"${") {
            depth += 1;
            index += 2;
            continue;
        }
        if bytes[index] == b'}' {
            if depth == 0 {
                return Some(index);
            }
            depth -= 1;
        }
        index += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn expand_with(pairs: &[(&str, &str)], text: &str) -> Result<String, Unresolved> {
        let map: BTreeMap<&str, &str> = pairs.iter().copied().collect();
        expand("text", text, &|name| map.get(name).map(|v| (*v).to_owned()))
    }

    #[test]
    fn references_are_replaced_to_any_depth() {
        let pairs = [
            ("home", "/opt"),
            ("work", "${home}/work"),
            ("which", "work"),
            ("twice", "${work}:${work}"),
        ];
        for (text, expected) in [
            ("plain", "plain"),
            ("${home}", "/opt"),
            ("a${work}b", "a/opt/workb"),
            ("${twice}", "/opt/work:/opt/work"),
            ("${${which}}", "/opt/work"),
            ("${home", "${home"),
            ("$home}", "$home}"),
            ("", ""),
        ] {
            assert_eq!(expand_with(&pairs, text), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn an_undefined_name_is_named() {
        let result = expand_with(&[("a", "${b}")], "${a}");
        assert_eq!(result, Err(Unresolved::Undefined("b".to_owned())));
    }

    #[test]
    fn circles_end_in_an_error() {
        let pairs = [("a", "${b}"), ("b", "${c}"), ("c", "${a}"), ("d", "${d}")];
        for (text, cycle) in [
            ("${a}", vec!["a", "b", "c", "a"]),
            ("${c}", vec!["c", "a", "b", "c"]),
            ("${d}", vec!["d", "d"]),
            ("${text}", vec!["text", "text"]),
        ] {
            let cycle = cycle.into_iter().map(str::to_owned).collect();
            assert_eq!(expand_with(&pairs, text), Err(Unresolved::Circular(cycle)));
        }
    }

    #[test]
    fn nesting_that_does_not_end_is_stopped() {
        let chain: Vec<(String, String)> = (0..100)
            .map(|i| (format!("n{i}"), format!("${{n{}}}", i + 1)))
            .collect();
        let pairs: Vec<(&str, &str)> = chain
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let result = expand_with(&pairs, "${n0}");
        assert_eq!(result, Err(Unresolved::Endless("n32".to_owned())));
    }

    #[test]
    fn doubling_values_are_stopped_also_when_they_are_empty() {
        for last in ["xxxxxxxx", ""] {
            let names: Vec<(String, String)> = (0..30)
                .map(|i| (format!("n{i}"), format!("${{n{0}}}${{n{0}}}", i + 1)))
                .chain([("n30".to_owned(), last.to_owned())])
                .collect();
            let pairs: Vec<(&str, &str)> = names
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect();
            let result = expand_with(&pairs, "${n0}");
            assert!(
                matches!(result, Err(Unresolved::Endless(_))),
                "{last}: {result:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_ends_in_a_value_or_an_error(
            values in prop::collection::vec("[ab${}]{0,12}", 3)
        ) {
            let pairs = [("a", values[0].as_str()), ("b", values[1].as_str())];
            let length = expand_with(&pairs, &values[2]).map_or(0, |text| text.len());
            prop_assert!(length <= 2 * LONGEST_VALUE);
        }

        #[test]
        fn text_without_references_is_unchanged(text in "[^$]{0,40}") {
            prop_assert_eq!(expand_with(&[], &text), Ok(text));
        }
    }
}
