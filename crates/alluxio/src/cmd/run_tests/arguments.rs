//! The options of `runTests`.

use alluxio_common::{ReadType, WriteType};

use super::operation::Operation;

pub(super) const USAGE: &str = "\
Usage: TestRunner [options]
  Options:
    --directory
      The directory in Alluxio in which the tests work.
      Default: /
    -h, --help
      Prints this
    --operation
      What is tested: BASIC or BASIC_NON_BYTE_BUFFER; both by default.
    --readType
      How files are read: NO_CACHE, CACHE or CACHE_PROMOTE; each of them by 
      default.
    --writeType
      How files are written: MUST_CACHE, CACHE_THROUGH, THROUGH or 
      ASYNC_THROUGH; each of them by default.
";

const READ_TYPES: [ReadType; 3] = [ReadType::CachePromote, ReadType::Cache, ReadType::NoCache];

const WRITE_TYPES: [WriteType; 4] = [
    WriteType::MustCache,
    WriteType::CacheThrough,
    WriteType::Through,
    WriteType::AsyncThrough,
];

/// What is to be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) directory: String,
    pub(super) operations: Vec<Operation>,
    pub(super) read_types: Vec<ReadType>,
    pub(super) write_types: Vec<WriteType>,
}

/// Why nothing is tested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misunderstood {
    #[error("help")]
    Help,
    #[error("No enum constant {class}.{name}")]
    NoSuchName { class: &'static str, name: String },
    #[error("Was passed main parameter '{0}' but no main parameter was defined in your arg class")]
    NotAnOption(String),
    #[error("Expected a value after parameter {0}")]
    NoValue(String),
}

impl Arguments {
    pub(super) fn parse(tokens: &[String]) -> Result<Self, Misunderstood> {
        let mut arguments = Self {
            directory: "/".to_owned(),
            operations: Operation::ALL.to_vec(),
            read_types: READ_TYPES.to_vec(),
            write_types: WRITE_TYPES.to_vec(),
        };
        let mut tokens = tokens.iter();
        while let Some(token) = tokens.next() {
            if token == "-h" || token == "--help" {
                return Err(Misunderstood::Help);
            }
            if !["--directory", "--operation", "--readType", "--writeType"]
                .contains(&token.as_str())
            {
                return Err(Misunderstood::NotAnOption(token.clone()));
            }
            let Some(value) = tokens.next() else {
                return Err(Misunderstood::NoValue(token.clone()));
            };
            arguments.set(token, value)?;
        }
        Ok(arguments)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), Misunderstood> {
        let no_such = |class| Misunderstood::NoSuchName {
            class,
            name: value.to_owned(),
        };
        match option {
            "--directory" => value.clone_into(&mut self.directory),
            "--operation" => {
                let operation = Operation::parse(value);
                let class = "alluxio.cli.TestRunner.OperationType";
                self.operations = vec![operation.ok_or_else(|| no_such(class))?];
            }
            "--readType" => {
                let found = READ_TYPES.into_iter().find(|known| known.as_str() == value);
                self.read_types = vec![found.ok_or_else(|| no_such("alluxio.client.ReadType"))?];
            }
            _ => {
                let found = WRITE_TYPES
                    .into_iter()
                    .find(|known| known.as_str() == value);
                self.write_types = vec![found.ok_or_else(|| no_such("alluxio.client.WriteType"))?];
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, Misunderstood> {
        let tokens: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Arguments::parse(&tokens)
    }

    #[test]
    fn without_options_all_24_combinations_are_tested() {
        let all = parse("").unwrap();
        let count = all.operations.len() * all.read_types.len() * all.write_types.len();
        assert_eq!(count, 24);
        assert_eq!(all.directory, "/");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, sentence) in [
            (
                "--operation BOGUS",
                "No enum constant alluxio.cli.TestRunner.OperationType.BOGUS",
            ),
            (
                "--writeType BOGUS",
                "No enum constant alluxio.client.WriteType.BOGUS",
            ),
            (
                "--bogus",
                "Was passed main parameter '--bogus' but no main parameter was defined in your arg class",
            ),
            (
                "--directory",
                "Expected a value after parameter --directory",
            ),
        ] {
            assert_eq!(parse(line).unwrap_err().to_string(), sentence);
        }
    }
}
