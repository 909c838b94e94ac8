//! [`Answer`]: what a command has said.

use std::fmt;

/// The exit code of a command that has given no answer, as `timeout` has it.
pub(crate) const NONE: i32 = 124;

/// What a command has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its exit code, as the shell that called it sees it.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Answer {
    /// What stands for the answer of a command that has given none, for this reason.
    pub(crate) fn none(why: String) -> Self {
        Self {
            code: NONE,
            out: String::new(),
            err: why,
        }
    }

    /// Whether there was none. Two of them are not the same answer: nothing is known of either.
    pub(crate) fn is_none(&self) -> bool {
        self.code == NONE
    }
}

/// The exit code, then the lines of output, then those of errors behind `2|`.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.code)?;
        for line in self.out.lines() {
            write!(f, "\n{line}")?;
        }
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            f.write_str("\\")?;
        }
        for line in self.err.lines() {
            write!(f, "\n2| {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_without_an_end_of_line_is_told_from_one_with_it() {
        let answer = |out: &str| Answer {
            code: 255,
            out: out.to_owned(),
            err: "oh\n".to_owned(),
        };
        assert_eq!(answer("a\nb\n").to_string(), "[255]\na\nb\n2| oh");
        assert_eq!(answer("a\nb").to_string(), "[255]\na\nb\\\n2| oh");
    }
}
