//! `-D` options that must not stand on a command line: everybody of the machine can read those.

use std::fmt::Write;

use alluxio_common::conf::{HIDDEN_OPTIONS, Secrecy, environment_of_process, secrecy_of_option};

/// `-D` options, parted by who may see them.
#[derive(Debug)]
pub(super) struct Parted<'a> {
    /// For a command line.
    pub(super) open: Vec<&'a (String, String)>,
    /// The value of [`HIDDEN_OPTIONS`] for a process that is to know the others, too. Empty when there
    /// are none.
    pub(super) hidden: String,
}

impl<'a> Parted<'a> {
    /// These options; those that this process was given hidden stay hidden.
    pub(super) fn of(properties: &'a [(String, String)]) -> Self {
        let inherited = environment_of_process().remove(HIDDEN_OPTIONS);
        Self::beside(inherited.unwrap_or_default(), properties)
    }

    fn beside(mut hidden: String, properties: &'a [(String, String)]) -> Self {
        let (secret, open): (Vec<_>, Vec<_>) = properties
            .iter()
            .partition(|(name, _)| secrecy_of_option(name) == Secrecy::Secret);
        for (name, value) in secret {
            // What stands behind wins over what stands before, as on a command line.
            let value = value.replace('\'', r"'\''");
            let blank = if hidden.is_empty() { "" } else { " " };
            write!(hidden, "{blank}-D{name}='{value}'").expect("a text takes everything");
        }
        Self { open, hidden }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_the_rest_is_open() {
        let properties = [("a.b", "c"), ("s3a.secretKey", "it's $x"), ("d", "")];
        let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let parted = Parted::beside("-Dolder.token='1'".to_owned(), &properties);
        assert_eq!(parted.open, [&properties[0], &properties[2]]);
        assert_eq!(
            parted.hidden,
            r"-Dolder.token='1' -Ds3a.secretKey='it'\''s $x'"
        );
    }
}
