//! The properties format: `name=value` lines with comments, continuations and escapes.
//!
//! The grammar is the one that Java programs read: `=`, `:` or blanks part name and value, `#` and
//! `!` begin a comment, a backslash at the end of a line joins it with the next, and `\t`, `\n`,
//! `\r`, `\f`, `\uXXXX` and `\` before any other character are escapes.

/// One entry of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The name, unescaped.
    pub name: String,
    /// The value, unescaped. Blanks at its end are kept, as the format says.
    pub value: String,
    /// The line that it begins on, counted from one.
    pub number: u32,
}

/// A file that does not follow the format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Malformed {
    /// The line that the entry begins on.
    pub line: u32,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Reads a whole file. Bytes that are no UTF-8 are taken as Latin-1, which older files are.
///
/// # Errors
/// When a `\u` is not followed by four hexadecimal digits.
pub fn parse(bytes: &[u8]) -> Result<Vec<Line>, Malformed> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_latin1) => bytes.iter().copied().map(char::from).collect(),
    };
    // Some editors write a byte order mark, which is no part of the first name.
    logical_lines(text.strip_prefix('\u{feff}').unwrap_or(&text))
        .into_iter()
        .map(|(number, line)| parse_entry(&line, number))
        .collect()
}

/// Writes entries so that [`parse`] reads them back.
pub fn render<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in entries {
        escape(name, Side::Name, &mut text);
        text.push('=');
        escape(value, Side::Value, &mut text);
        text.push('\n');
    }
    text
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Name,
    Value,
}

fn escape(part: &str, side: Side, text: &mut String) {
    for (index, c) in part.chars().enumerate() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\x0c' => text.push_str("\\f"),
            ' ' if side == Side::Name || index == 0 => text.push_str("\\ "),
            '\u{feff}' if side == Side::Name && index == 0 => text.push_str("\\ufeff"),
            '=' | ':' | '#' | '!' if side == Side::Name => {
                text.push('\\');
                text.push(c);
            }
            other => text.push(other),
        }
    }
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\x0c')
}

/// Joins continued lines and drops comments and empty lines.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(u32, String)> = None;
    for (number, natural) in (1..).zip(natural_lines(text)) {
        let trimmed = natural.trim_start_matches(is_blank);
        // A comment cannot be continued, but a line that continues another may begin with a `#`.
        if open.is_none() && (trimmed.is_empty() || trimmed.starts_with(['#', '!'])) {
            continue;
        }
        let (start, mut line) = open.take().unwrap_or_else(|| (number, String::new()));
        if ends_in_open_backslash(trimmed) {
            line.push_str(&trimmed[..trimmed.len() - 1]);
            open = Some((start, line));
        } else {
            line.push_str(trimmed);
            lines.push((start, line));
        }
    }
    // A backslash at the very end of the file continues nothing.
    lines.extend(open.filter(|(_, line)| !line.is_empty()));
    lines
}

/// Lines that end in `\n`, `\r` or `\r\n`.
fn natural_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        rest = tail
            .strip_prefix("\r\n")
            .or_else(|| tail.strip_prefix(['\n', '\r']))
            .unwrap_or(tail);
        Some(line)
    })
}

fn ends_in_open_backslash(line: &str) -> bool {
    let backslashes = line.chars().rev().take_while(|c| *c == '\\').count();
    backslashes % 2 == 1
}

fn parse_entry(line: &str, number: u32) -> Result<Line, Malformed> {
    let end = end_of_name(line);
    let rest = line[end..].trim_start_matches(is_blank);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    let malformed = |reason| Malformed {
        line: number,
        reason,
    };
    Ok(Line {
        name: unescape(&line[..end]).map_err(malformed)?,
        value: unescape(rest.trim_start_matches(is_blank)).map_err(malformed)?,
        number,
    })
}

/// The first separator that no backslash protects.
fn end_of_name(line: &str) -> usize {
    let mut is_escaped = false;
    for (index, c) in line.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if c == '\\' {
            is_escaped = true;
        } else if is_blank(c) || matches!(c, '=' | ':') {
            return index;
        }
    }
    line.len()
}

fn unescape(part: &str) -> Result<String, &'static str> {
    // Java counts in UTF-16, so a character beyond the first plane is written as two escapes.
    let mut units: Vec<u16> = Vec::with_capacity(part.len());
    let mut chars = part.chars();
    let mut buffer = [0; 2];
    while let Some(c) = chars.next() {
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut buffer));
            continue;
        }
        match chars.next() {
            None => {}
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let is_hex = digits.len() == 4 && digits.chars().all(|c| c.is_ascii_hexdigit());
                let unit = u16::from_str_radix(&digits, 16).ok().filter(|_| is_hex);
                units.push(unit.ok_or("\\u must be followed by four hexadecimal digits")?);
            }
            Some('t') => units.push(u16::from(b'\t')),
            Some('n') => units.push(u16::from(b'\n')),
            Some('r') => units.push(u16::from(b'\r')),
            Some('f') => units.push(0x0c),
            Some(other) => units.extend_from_slice(other.encode_utf16(&mut buffer)),
        }
    }
    Ok(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let lines = parse(text.as_bytes()).unwrap();
        lines.into_iter().map(|l| (l.name, l.value)).collect()
    }

    #[test]
    fn every_form_of_an_entry_is_understood() {
        for (text, name, value) in [
            ("a=b", "a", "b"),
            ("a:b", "a", "b"),
            ("a b", "a", "b"),
            ("  a \t=  b c ", "a", "b c "),
            ("a", "a", ""),
            ("a==b", "a", "=b"),
            ("a\\=b=c", "a=b", "c"),
            ("a\\ b c", "a b", "c"),
            ("a=\\u0041\\u00e9", "a", "Aé"),
            ("a=\\ud83d\\ude00", "a", "😀"),
            ("a=b\\tc\\qd", "a", "b\tcqd"),
            ("a=one,\\\n    two,\\\r\n  three", "a", "one,two,three"),
            ("a=b\\\\\nc=d", "a", "b\\"),
            ("a=b # no comment", "a", "b # no comment"),
            ("a=x\\\n#y", "a", "x#y"),
            ("a=ünïcode", "a", "ünïcode"),
            ("\u{feff}a=b", "a", "b"),
        ] {
            assert_eq!(
                pairs(text).first(),
                Some(&(name.to_owned(), value.to_owned())),
                "{text:?}"
            );
        }
    }

    #[test]
    fn comments_and_empty_lines_are_skipped_but_counted() {
        let lines = parse(b"# c\n! d\n\n  \na=1\n#\\\nb=2\\\n3\nc=4").unwrap();
        let found: Vec<_> = lines
            .iter()
            .map(|l| (l.name.as_str(), l.value.as_str(), l.number))
            .collect();
        assert_eq!(found, [("a", "1", 5), ("b", "23", 7), ("c", "4", 9)]);
    }

    #[test]
    fn bytes_that_are_no_utf8_are_taken_as_latin1() {
        assert_eq!(parse(b"a=\xe9").unwrap()[0].value, "é");
    }

    #[test]
    fn a_broken_unicode_escape_names_its_line() {
        for text in ["x=1\na=\\u12", "x=1\na=\\u12g4", "x=1\na=\\u+123"] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().line, 2, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_read_back(
            entries in prop::collection::vec((".{1,20}", ".{0,40}"), 0..10)
        ) {
            let entries: Vec<(String, String)> = entries;
            let text = render(entries.iter().map(|(n, v)| (n.as_str(), v.as_str())));
            prop_assert_eq!(pairs(&text), entries);
        }

        #[test]
        fn any_bytes_are_parsed_or_refused_without_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..200)
        ) {
            let lines = parse(&bytes).unwrap_or_default();
            let is_numbered = lines.is_sorted_by_key(|line| line.number);
            prop_assert!(is_numbered);
        }
    }
}
