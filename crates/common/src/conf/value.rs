//! One value against the type of its property: what is accepted, and what to say otherwise.

use super::property::Kind;
use crate::{ByteSize, duration};

/// What stands between the parts of a list. A semicolon is accepted too, because some frameworks
/// cannot pass commas.
const LIST_DELIMITERS: [char; 2] = [',', ';'];

/// Checks that a value can be read as this kind.
///
/// # Errors
/// What was expected, as the end of the sentence "... is not".
pub(super) fn check(kind: Kind, value: &str) -> Result<(), String> {
    match kind {
        Kind::String | Kind::List => Ok(()),
        Kind::Boolean => match boolean(value) {
            Some(_) => Ok(()),
            None => Err("true or false".to_owned()),
        },
        Kind::Integer => match value.trim().parse::<i32>() {
            Ok(_) => Ok(()),
            Err(_not_a_number) => Err(format!(
                "a whole number between {} and {}",
                i32::MIN,
                i32::MAX
            )),
        },
        Kind::Long => match value.trim().parse::<i64>() {
            Ok(_) => Ok(()),
            Err(_not_a_number) => Err("a whole number of 64 bits".to_owned()),
        },
        Kind::Double => match double(value) {
            Some(_) => Ok(()),
            None => Err("a number such as 0.75".to_owned()),
        },
        Kind::DataSize => match ByteSize::parse(value) {
            Ok(_) => Ok(()),
            Err(_not_a_size) => {
                Err("a size such as 4096, 64MB or 1.5GB (units: B, KB, MB, GB, TB, PB)".to_owned())
            }
        },
        Kind::Duration => match duration::parse_millis(value) {
            Ok(_) => Ok(()),
            Err(_not_a_duration) => Err(
                "a duration such as 500ms, 30s, 5min, 1h or 2day (a bare number is milliseconds)"
                    .to_owned(),
            ),
        },
        Kind::Enum(names) => match choice(names, value) {
            Some(_) => Ok(()),
            None => Err(format!("one of {}", names.join(", "))),
        },
        Kind::Class => {
            if is_class_name(value) {
                Ok(())
            } else {
                Err("the full name of a class".to_owned())
            }
        }
    }
}

/// `true` and `false` in any case.
pub(super) fn boolean(value: &str) -> Option<bool> {
    let value = value.trim();
    if value.eq_ignore_ascii_case("true") {
        Some(true)
    } else if value.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A finite number.
pub(super) fn double(value: &str) -> Option<f64> {
    value
        .trim()
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
}

/// The name from the list that equals the value in any case.
pub(super) fn choice(names: &'static [&'static str], value: &str) -> Option<&'static str> {
    let value = value.trim();
    names
        .iter()
        .find(|name| name.eq_ignore_ascii_case(value))
        .copied()
}

/// The parts of a list, trimmed, without empty ones.
pub(super) fn list(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(LIST_DELIMITERS)
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn is_class_name(value: &str) -> bool {
    value.trim().split(['.', '$']).all(|part| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}
