//! Constants in lists of the form `IDENTIFIER = "name"`, and who uses them.

use crate::tree::{Tree, is_test_file, production_part};

/// The identifier of a name in the text of such a list.
pub(crate) fn identifier_of<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    let end = list.find(&format!(" = \"{name}\""))?;
    let start = list[..end].rfind([' ', '\n']).map_or(0, |start| start + 1);
    Some(&list[start..end])
}

/// Whether what ships, except what is below `list_folder`, has this text as a whole word.
pub(crate) fn is_used(tree: &Tree, list_folder: &str, constant: &str) -> bool {
    tree.rust()
        .filter(|(path, _)| path.starts_with("crates/") && !path.starts_with(list_folder))
        .filter(|(path, _)| !is_test_file(path))
        .any(|(_, text)| has_word(production_part(text), constant))
}

/// Whether the constant stands there, and not only as the beginning of a longer one.
pub(crate) fn has_word(text: &str, constant: &str) -> bool {
    text.match_indices(constant).any(|(start, _)| {
        let rest = &text[start + constant.len()..];
        !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_found_as_whole_words() {
        assert!(has_word("conf.bool(key::DEBUG)", "key::DEBUG"));
        assert!(!has_word("conf.bool(key::DEBUG_MORE)", "key::DEBUG"));
        assert!(has_word("key::DEBUG_MORE, key::DEBUG", "key::DEBUG"));
    }

    #[test]
    fn the_identifier_of_a_name_is_found() {
        let list = "keys! {\n    DEBUG = \"alluxio.debug\",\n    HOME = \"alluxio.home\",\n}";
        assert_eq!(identifier_of(list, "alluxio.home"), Some("HOME"));
        assert_eq!(identifier_of(list, "alluxio.none"), None);
    }
}
