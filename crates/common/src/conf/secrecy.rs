//! What may be shown: the one judgement for pages, logs, listings, dumps and command lines.

use std::collections::BTreeMap;
use std::fmt;

use super::property::Secrecy;

/// What stands for a secret.
pub const STARS: &str = "******";

/// A name that holds one of these, in any case, has a secret value: rather one too many, because stars
/// where none were needed harm nobody.
const SIGNS: [&str; 14] = [
    "secret",
    "password",
    "passwd",
    "credential",
    "accesskey",
    "access.key",
    "access_key",
    "account.key",
    "auth.key",
    "apikey",
    "token",
    "signature",
    "fs.swift.user",
    "fs.swift.tenant",
];

/// Where credentials lie, how long they last, and whether to use them, is no secret itself.
const ENDS_OF_OTHERS: [&str; 8] = [
    ".path",
    ".interval",
    ".interval.ms",
    ".enabled",
    ".file",
    ".keyfile",
    ".keyring",
    ".allow.credential",
];

/// Names of options that hold credentials usually say so.
pub fn secrecy_of_option(name: &str) -> Secrecy {
    let name = name.to_ascii_lowercase();
    let is_secret = SIGNS.iter().any(|sign| name.contains(sign));
    let is_about = ENDS_OF_OTHERS.iter().any(|end| name.ends_with(end));
    if is_secret && !is_about {
        Secrecy::Secret
    } else {
        Secrecy::Open
    }
}

/// The value as people may see it.
pub fn shown(value: &str, secrecy: Secrecy) -> &str {
    match secrecy {
        Secrecy::Secret if !value.is_empty() => STARS,
        Secrecy::Secret | Secrecy::Open => value,
    }
}

/// The value of an option as people may see it, judged by its name.
pub fn shown_option<'a>(name: &str, value: &'a str) -> &'a str {
    shown(value, secrecy_of_option(name))
}

/// Options that print as `{name: value}` with stars for secrets, for `Debug` of what holds them.
#[derive(Clone, Copy)]
pub struct ShownOptions<'a>(pub &'a BTreeMap<String, String>);

impl fmt::Debug for ShownOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter();
        f.debug_map()
            .entries(shown.map(|(name, value)| (name, shown_option(name, value))))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conf::Registry;

    #[test]
    fn what_the_registry_calls_secret_its_name_calls_secret_too() {
        let registry = Registry::new();
        let secret = registry
            .unsorted()
            .filter(|property| property.secrecy == Secrecy::Secret);
        for property in secret {
            let names = property.aliases.iter().chain([&property.name]);
            for name in names {
                assert_eq!(secrecy_of_option(name), Secrecy::Secret, "{name}");
            }
        }
    }

    #[test]
    fn what_the_registry_shows_its_name_shows_too() {
        let registry = Registry::new();
        let doubted = registry
            .unsorted()
            .filter(|property| property.secrecy == Secrecy::Open)
            .filter(|property| secrecy_of_option(property.name) == Secrecy::Secret)
            .map(|property| property.name);
        assert_eq!(doubted.collect::<Vec<_>>(), Vec::<&str>::new());
    }

    #[test]
    fn options_print_with_stars_for_secrets() {
        let options = [("a.secretKey", "hush"), ("b", "open"), ("c.token", "")];
        let options = options.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let options = BTreeMap::from(options);
        assert_eq!(
            format!("{:?}", ShownOptions(&options)),
            r#"{"a.secretKey": "******", "b": "open", "c.token": ""}"#
        );
    }
}
