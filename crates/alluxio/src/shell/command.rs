//! What a command is: its name, its usage, its options, and the function that runs it.

use std::future::Future;
use std::pin::Pin;

use alluxio_common::{BoxedError, Describe};

use super::Session;
use super::options::{self, OptionSpec, ParseError, Parsed};

/// A subcommand of `fs`, `fsadmin` or `job`.
#[derive(Debug)]
pub(crate) struct Command {
    /// As it is typed.
    pub(crate) name: &'static str,
    /// The synopsis, as Alluxio prints it.
    pub(crate) usage: &'static str,
    /// What it is for.
    pub(crate) description: &'static str,
    /// Its options.
    pub(crate) options: &'static [OptionSpec],
    /// How many arguments it takes besides.
    pub(crate) count: Count,
    /// What it does.
    pub(crate) run: Run,
}

/// Runs a command.
pub(crate) type Run = for<'a> fn(&'a Session, Invocation) -> Running<'a>;

/// A command that runs.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// How a command ended.
pub(crate) type Outcome = Result<(), CommandError>;

/// How many arguments a command takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Count {
    /// Exactly so many.
    Exactly(usize),
    /// Exactly so many; the sentence names another command, because Alluxio's does.
    ExactlyAs(usize, &'static str),
    /// So many or more.
    AtLeast(usize),
    /// So many or fewer.
    AtMost(usize),
    /// The command checks it itself, or does not care.
    Any,
}

/// One call of a command, parsed.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    /// Options and arguments.
    pub(crate) parsed: Parsed,
}

impl Invocation {
    /// The argument at `index`; `Count` has made sure that it is there.
    pub(crate) fn argument(&self, index: usize) -> &str {
        self.parsed.arguments.get(index).map_or("", String::as_str)
    }

    /// All arguments.
    pub(crate) fn arguments(&self) -> &[String] {
        &self.parsed.arguments
    }

    /// Whether a switch was given, or an option with a value.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.parsed.has(key)
    }

    /// The value of an option.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.parsed.value(key)
    }
}

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// It was called wrongly: the sentence is followed by the usage.
    #[error("{sentence}")]
    Usage {
        /// What is wrong.
        sentence: String,
    },
    /// A part of the system refused.
    #[error("{0}")]
    Failed(BoxedError),
    /// The command itself refused; the sentence is all that there is to know.
    #[error("{sentence}")]
    Refused {
        /// What stopped it.
        sentence: String,
    },
    /// Everything has been said; this is the exit code.
    #[error("exit code {0}")]
    Exit(u8),
}

impl CommandError {
    /// Called wrongly.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::Usage {
            sentence: sentence.into(),
        }
    }

    /// Refused by the command itself.
    pub(crate) fn refused(sentence: impl Into<String>) -> Self {
        Self::Refused {
            sentence: sentence.into(),
        }
    }
}

impl<E: Describe> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::Failed(BoxedError::new(error))
    }
}

impl Command {
    /// Parses what stands behind the command's name and checks how many arguments there are.
    ///
    /// # Errors
    /// [`CommandError::Usage`] with the sentence that Alluxio prints.
    pub(crate) fn parse(&self, tokens: &[String]) -> Result<Invocation, CommandError> {
        let parsed = options::parse(self.options, tokens).map_err(|error| self.unparsed(&error))?;
        let given = parsed.arguments.len();
        let name = self.name;
        let sentence = match self.count {
            Count::Exactly(wanted) if given != wanted => takes(name, wanted, given),
            Count::ExactlyAs(wanted, name) if given != wanted => takes(name, wanted, given),
            Count::AtLeast(wanted) if given < wanted => {
                format!("Command {name} requires at least {wanted} arguments ({given} provided)")
            }
            Count::AtMost(wanted) if given > wanted => {
                format!("Command {name} requires at most {wanted} arguments ({given} provided)")
            }
            Count::Exactly(_)
            | Count::ExactlyAs(..)
            | Count::AtLeast(_)
            | Count::AtMost(_)
            | Count::Any => return Ok(Invocation { parsed }),
        };
        Err(CommandError::Usage { sentence })
    }

    fn unparsed(&self, error: &ParseError) -> CommandError {
        CommandError::usage(format!("Failed to parse args for {}: {error}", self.name))
    }
}

/// The sentence for a wrong number of arguments.
pub(crate) fn takes(name: &str, wanted: usize, given: usize) -> String {
    format!("Command {name} takes {wanted} arguments, not {given}")
}
