//! Reading the documents of the protocol.

use alluxio_common::Timestamp;
use chrono::DateTime;
use percent_encoding::percent_decode_str;
use roxmltree::{Document, Node};

use super::error::malformed;
use crate::object::ObjectError;

/// The document of an answer.
pub(super) fn parse(body: &[u8]) -> Result<Document<'_>, ObjectError> {
    let text = std::str::from_utf8(body).map_err(malformed)?;
    Document::parse(text).map_err(malformed)
}

/// The text of a child; empty without one.
pub(super) fn text<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    let mut named = children(node, name);
    named.next().and_then(|child| child.text()).unwrap_or("")
}

/// The children of that name, whatever their name space.
pub(super) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// A key in a listing that was asked to encode keys as in a URL, so that they may hold what XML may
/// not. Not every store does; those that do say so.
pub(super) fn key(root: Node<'_, '_>, text: &str) -> Result<String, ObjectError> {
    if self::text(root, "EncodingType") != "url" {
        return Ok(text.to_owned());
    }
    let spaces = text.replace('+', " ");
    let decoded = percent_decode_str(&spaces).decode_utf8();
    Ok(decoded.map_err(malformed)?.into_owned())
}

/// `2026-01-02T03:04:05.678Z`, cut to seconds: no other answer has more than these, and one object
/// must not have two times.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Timestamp::from_millis(time.timestamp() * 1000))
}

/// Without the quotation marks that some answers have and some have not.
pub(super) fn etag(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

/// As the text of an element. A line feed as such would come to the store as a space.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(letter))),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Whether XML has no way to write it.
pub(super) fn is_unwritable(text: &str) -> bool {
    let is_control = |letter: char| letter < ' ' && !matches!(letter, '\t' | '\n' | '\r');
    text.chars()
        .any(|letter| is_control(letter) || matches!(letter, '\u{fffe}' | '\u{ffff}'))
}
