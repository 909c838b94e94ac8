//! Options as the commands of Alluxio take them: `-R`, `-Rh`, `--recursive`, `--rec`, `-action free`,
//! `--sort=size`, `-c 10`, `--option k=v`, `--` to end them. What is accepted, and the sentences for
//! what is not, follow commons-cli, because scripts rely on both.

/// How many values an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// None: it is a switch.
    None,
    /// One, shown in help as `<name>`.
    One(&'static str),
    /// `key=value`, shown in help as `<name>`.
    Pair(&'static str),
}

/// One option of a command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OptionSpec {
    /// The form with one hyphen, without it.
    pub(crate) short: Option<&'static str>,
    /// The form with two hyphens, without them.
    pub(crate) long: Option<&'static str>,
    /// What follows it.
    pub(crate) value: Value,
    /// Whether the command refuses to run without it.
    pub(crate) required: bool,
    /// For help.
    pub(crate) description: &'static str,
}

impl OptionSpec {
    /// A switch `-short`.
    pub(crate) const fn short(short: &'static str, description: &'static str) -> Self {
        Self {
            short: Some(short),
            long: None,
            value: Value::None,
            required: false,
            description,
        }
    }

    /// A switch `--long`.
    pub(crate) const fn long(long: &'static str, description: &'static str) -> Self {
        Self {
            short: None,
            long: Some(long),
            value: Value::None,
            required: false,
            description,
        }
    }

    /// A switch `-short`, also written `--long`.
    pub(crate) const fn both(
        short: &'static str,
        long: &'static str,
        description: &'static str,
    ) -> Self {
        Self {
            short: Some(short),
            long: Some(long),
            value: Value::None,
            required: false,
            description,
        }
    }

    /// The same with a value.
    pub(crate) const fn taking(mut self, value: Value) -> Self {
        self.value = value;
        self
    }

    /// The same, and refused when it is missing.
    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The name that lookups and messages use: the short one, or else the long one.
    pub(crate) fn key(&self) -> &'static str {
        self.short.or(self.long).unwrap_or("")
    }

    fn value_limit(&self) -> usize {
        match self.value {
            Value::None => 0,
            Value::One(_) => 1,
            Value::Pair(_) => 2,
        }
    }
}

/// Why a command line was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseError {
    /// Nothing of this name.
    #[error("Unrecognized option: {token}")]
    Unrecognized {
        /// As it was typed.
        token: String,
    },
    /// An option that needs a value stands last, or in front of another option.
    #[error("Missing argument for option: {key}")]
    MissingValue {
        /// The option.
        key: &'static str,
    },
    /// An abbreviation that fits several options.
    #[error("Ambiguous option: '{token}'  (could be: {})", quoted(candidates))]
    Ambiguous {
        /// As it was typed.
        token: String,
        /// What it may mean.
        candidates: Vec<&'static str>,
    },
    /// Options that must be there are not.
    #[error("Missing required option{}: {}", if keys.len() == 1 { "" } else { "s" }, keys.join(", "))]
    MissingOptions {
        /// Which.
        keys: Vec<&'static str>,
    },
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}

/// A parsed command line: the options that were given, and what is left.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parsed {
    given: Vec<Given>,
    /// Everything that is no option, in order.
    pub(crate) arguments: Vec<String>,
}

#[derive(Debug, Clone)]
struct Given {
    key: &'static str,
    values: Vec<String>,
}

impl Parsed {
    /// Whether the option with this key (see [`OptionSpec::key`]) was given.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.given.iter().any(|given| given.key == key)
    }

    /// The first value of the option, if it was given.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        let given = self.given.iter().find(|given| given.key == key)?;
        given.values.first().map(String::as_str)
    }

    /// Every value of the option, in the order in which they were given.
    pub(crate) fn values(&self, key: &str) -> Vec<&str> {
        let given = self.given.iter().filter(|given| given.key == key);
        given
            .flat_map(|given| &given.values)
            .map(String::as_str)
            .collect()
    }

    /// All pairs of a [`Value::Pair`] option, in the order in which they were given.
    pub(crate) fn pairs(&self, key: &str) -> Vec<(String, String)> {
        let given = self.given.iter().filter(|given| given.key == key);
        given
            .filter_map(|given| match given.values.as_slice() {
                [name] => Some((name.clone(), "true".to_owned())),
                [name, value, ..] => Some((name.clone(), value.clone())),
                [] => None,
            })
            .collect()
    }

    /// The keys of all options that were given, in order.
    pub(crate) fn keys(&self) -> Vec<&'static str> {
        self.given.iter().map(|given| given.key).collect()
    }
}

/// Parses what stands behind a command's name.
///
/// # Errors
/// When an option is unknown, ambiguous, lacks its value, or is missing.
pub(crate) fn parse(options: &[OptionSpec], tokens: &[String]) -> Result<Parsed, ParseError> {
    let mut parser = Parser {
        options,
        parsed: Parsed::default(),
        open: None,
    };
    let mut only_arguments = false;
    for token in tokens {
        if only_arguments {
            parser.parsed.arguments.push(token.clone());
        } else if token == "--" {
            parser.close()?;
            only_arguments = true;
        } else {
            parser.token(token)?;
        }
    }
    parser.close()?;
    let missing: Vec<_> = options
        .iter()
        .filter(|option| option.required && !parser.parsed.has(option.key()))
        .map(OptionSpec::key)
        .collect();
    if !missing.is_empty() {
        return Err(ParseError::MissingOptions { keys: missing });
    }
    Ok(parser.parsed)
}

struct Parser<'a> {
    options: &'a [OptionSpec],
    parsed: Parsed,
    /// The last option of `parsed`, while it may take more values.
    open: Option<&'a OptionSpec>,
}

impl<'a> Parser<'a> {
    fn token(&mut self, token: &str) -> Result<(), ParseError> {
        if let Some(option) = self.open
            && self.is_value(token)
        {
            self.add_value(option, strip_quotes(token));
            return Ok(());
        }
        if token.starts_with("--") {
            self.long(token)
        } else if token.starts_with('-') && token != "-" {
            self.short_or_long(token)
        } else {
            self.unknown(token)
        }
    }

    /// Whether an open option takes this token as its value: anything but another option, and
    /// negative numbers always.
    fn is_value(&self, token: &str) -> bool {
        !self.is_option(token) || token.parse::<f64>().is_ok()
    }

    fn is_option(&self, token: &str) -> bool {
        let Some(stripped) = token.strip_prefix('-') else {
            return false;
        };
        if stripped.is_empty() {
            return false;
        }
        let name = stripped.split('=').next().unwrap_or("");
        let long_name = name.trim_start_matches('-');
        if !self.matching(long_name).is_empty() || self.find_short(name).is_some() {
            return true;
        }
        let first = name.chars().next();
        first.is_some_and(|first| self.find_short(first.encode_utf8(&mut [0; 4])).is_some())
    }

    fn long(&mut self, token: &str) -> Result<(), ParseError> {
        let (name, value) = match token.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (token, None),
        };
        let matching = self.matching(name.trim_start_matches('-'));
        let option = match matching.as_slice() {
            [] => return self.unknown(token),
            [option] => *option,
            several => {
                return Err(ParseError::Ambiguous {
                    token: name.to_owned(),
                    candidates: several.iter().filter_map(|option| option.long).collect(),
                });
            }
        };
        let Some(value) = value else {
            return self.start(option);
        };
        if option.value == Value::None {
            return self.unknown(token);
        }
        self.start(option)?;
        self.add_value(option, value);
        self.open = None;
        Ok(())
    }

    fn short_or_long(&mut self, token: &str) -> Result<(), ParseError> {
        let stripped = token.trim_start_matches('-');
        if let Some((name, value)) = stripped.split_once('=') {
            if name.chars().count() != 1 {
                return self.long(token);
            }
            return match self.find_short(name) {
                Some(option) if option.value != Value::None => {
                    self.start(option)?;
                    self.add_value(option, value);
                    self.open = None;
                    Ok(())
                }
                Some(_) | None => self.unknown(token),
            };
        }
        if let Some(option) = self.find_short(stripped) {
            return self.start(option);
        }
        if stripped.chars().count() > 1 && !self.matching(stripped).is_empty() {
            return self.long(token);
        }
        self.concatenated(token)
    }

    /// `-Rh`, or `-c10`.
    fn concatenated(&mut self, token: &str) -> Result<(), ParseError> {
        for (position, letter) in token.char_indices().skip(1) {
            let Some(option) = self.find_short(letter.encode_utf8(&mut [0; 4])) else {
                return self.unknown(token);
            };
            self.start(option)?;
            let rest = &token[position + letter.len_utf8()..];
            if self.open.is_some() && !rest.is_empty() {
                self.add_value(option, rest);
                return Ok(());
            }
        }
        Ok(())
    }

    fn unknown(&mut self, token: &str) -> Result<(), ParseError> {
        if token.starts_with('-') && token.len() > 1 {
            return Err(ParseError::Unrecognized {
                token: token.to_owned(),
            });
        }
        self.close()?;
        self.parsed.arguments.push(token.to_owned());
        Ok(())
    }

    fn start(&mut self, option: &'a OptionSpec) -> Result<(), ParseError> {
        self.close()?;
        self.parsed.given.push(Given {
            key: option.key(),
            values: Vec::new(),
        });
        self.open = (option.value != Value::None).then_some(option);
        Ok(())
    }

    fn add_value(&mut self, option: &'a OptionSpec, value: &str) {
        let Some(given) = self.parsed.given.last_mut() else {
            return;
        };
        match value.split_once('=') {
            Some((name, rest)) if matches!(option.value, Value::Pair(_)) => {
                given.values.push(name.to_owned());
                given.values.push(rest.to_owned());
            }
            Some(_) | None => given.values.push(value.to_owned()),
        }
        if given.values.len() >= option.value_limit() {
            self.open = None;
        }
    }

    /// Ends the option that still waits for values.
    fn close(&mut self) -> Result<(), ParseError> {
        match self.open.take() {
            Some(option) => Err(ParseError::MissingValue { key: option.key() }),
            None => Ok(()),
        }
    }

    fn find_short(&self, name: &str) -> Option<&'a OptionSpec> {
        self.options
            .iter()
            .find(|option| option.short == Some(name))
    }

    /// The long option of this name, or those that begin with it.
    fn matching(&self, name: &str) -> Vec<&'a OptionSpec> {
        if name.is_empty() {
            return Vec::new();
        }
        let exact = self.options.iter().find(|option| option.long == Some(name));
        if let Some(option) = exact {
            return vec![option];
        }
        let begins = |option: &&OptionSpec| option.long.is_some_and(|long| long.starts_with(name));
        self.options.iter().filter(begins).collect()
    }
}

fn strip_quotes(text: &str) -> &str {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.contains('"') => inner,
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[OptionSpec] = &[
        OptionSpec::both("R", "recursive", ""),
        OptionSpec::short("h", ""),
        OptionSpec::short("c", "").taking(Value::One("bytes")),
        OptionSpec::long("sort", "").taking(Value::One("arg")),
        OptionSpec::long("option", "").taking(Value::Pair("key=value")),
        OptionSpec::long("readonly", ""),
    ];

    fn parse_line(line: &str) -> Result<Parsed, ParseError> {
        let tokens: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(OPTIONS, &tokens)
    }

    #[test]
    fn short_long_joined_and_abbreviated_options_are_found() {
        for line in ["-R", "--recursive", "--rec", "-Rh", "-recursive"] {
            assert!(parse_line(line).unwrap().has("R"), "{line}");
        }
        assert!(parse_line("-Rh").unwrap().has("h"));
    }

    #[test]
    fn values_follow_or_are_joined() {
        for line in ["-c 10", "-c10", "-c=10", "/a -c 10 /b"] {
            assert_eq!(parse_line(line).unwrap().value("c"), Some("10"), "{line}");
        }
        assert_eq!(parse_line("-c -5").unwrap().value("c"), Some("-5"));
        assert_eq!(
            parse_line("--sort=size").unwrap().value("sort"),
            Some("size")
        );
        let parsed = parse_line("--sort /t/dir").unwrap();
        assert_eq!(parsed.value("sort"), Some("/t/dir"));
        assert!(parsed.arguments.is_empty());
    }

    #[test]
    fn pairs_keep_their_order_and_may_be_empty() {
        let parsed = parse_line("--option k1=v=1 --option a= /p s3://b").unwrap();
        let pairs = parsed.pairs("option");
        assert_eq!(pairs[0], ("k1".to_owned(), "v=1".to_owned()));
        assert_eq!(pairs[1], ("a".to_owned(), String::new()));
        assert_eq!(parsed.arguments, ["/p", "s3://b"]);
    }

    #[test]
    fn a_pair_without_an_equals_sign_swallows_the_next_argument() {
        let parsed = parse_line("--option bad /mp /u").unwrap();
        assert_eq!(parsed.arguments, ["/u"]);
    }

    #[test]
    fn two_hyphens_end_the_options() {
        let parsed = parse_line("-R -- -h /a").unwrap();
        assert!(!parsed.has("h"));
        assert_eq!(parsed.arguments, ["-h", "/a"]);
    }

    #[test]
    fn what_is_wrong_is_said_as_commons_cli_says_it() {
        for (line, sentence) in [
            ("--bogus", "Unrecognized option: --bogus"),
            ("-x", "Unrecognized option: -x"),
            ("-Rx", "Unrecognized option: -Rx"),
            ("-1", "Unrecognized option: -1"),
            ("--recursive=1", "Unrecognized option: --recursive=1"),
            ("-c", "Missing argument for option: c"),
            ("-c -R", "Missing argument for option: c"),
            (
                "--re",
                "Ambiguous option: '--re'  (could be: 'recursive', 'readonly')",
            ),
        ] {
            assert_eq!(
                parse_line(line).unwrap_err().to_string(),
                sentence,
                "{line}"
            );
        }
    }

    #[test]
    fn a_missing_required_option_is_named() {
        let options = [OptionSpec::both("a", "addresses", "")
            .taking(Value::One("hosts"))
            .required()];
        let error = parse(&options, &[]).unwrap_err();
        assert_eq!(error.to_string(), "Missing required option: a");
    }
}
