//! [`Template`]: a property whose name has variable parts.

use super::property::Property;

/// A family of properties: `alluxio.worker.tieredstore.level{digits}.alias`.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    property: Property,
}

/// What a place holder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Digits,
    Word,
    Name,
    Nested,
}

impl Part {
    const fn accepts(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            // Options of stores have hyphens in their names (`fs.s3a.connection-ttl`).
            Self::Nested => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'),
            Self::Name => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'@'),
        }
    }
}

impl Template {
    pub(super) const fn new(property: Property) -> Self {
        Self { property }
    }

    /// The property that names of this form are; its name is the form.
    pub const fn property(&'static self) -> &'static Property {
        &self.property
    }

    /// Whether a name has this form.
    pub fn matches(&self, name: &str) -> bool {
        matches(self.property.name, name.as_bytes())
    }
}

fn matches(form: &str, name: &[u8]) -> bool {
    let Some((literal, rest)) = form.split_once('{') else {
        return form.as_bytes() == name;
    };
    let Some(name) = name.strip_prefix(literal.as_bytes()) else {
        return false;
    };
    let Some((part, rest)) = rest.split_once('}') else {
        return false;
    };
    let part = match part {
        "digits" => Part::Digits,
        "word" => Part::Word,
        "name" => Part::Name,
        "nested" => Part::Nested,
        _ => return false,
    };
    let longest = name.iter().take_while(|byte| part.accepts(**byte)).count();
    // The longest first, then shorter ones: a part may swallow what the rest of the form needs.
    (1..=longest)
        .rev()
        .any(|length| matches(rest, &name[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_form_match_what_they_say() {
        for (form, name, expected) in [
            ("a.level{digits}.b", "a.level12.b", true),
            ("a.level{digits}.b", "a.level.b", false),
            ("a.level{digits}.b", "a.levelx.b", false),
            ("a.{word}.b", "a.x_1.b", true),
            ("a.{word}.b", "a.x.y.b", false),
            ("a.{word}.option.{nested}", "a.root.option.fs.s3.key", true),
            ("a.{word}.option.{nested}", "a.root.option.", false),
            ("a.{name}.users", "a.some.body@x.users", true),
            ("a.{name}.{name}", "a.x.y", true),
        ] {
            assert_eq!(matches(form, name.as_bytes()), expected, "{form} {name}");
        }
    }
}
