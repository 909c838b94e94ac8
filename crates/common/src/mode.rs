//! POSIX permission bits.

use std::fmt;

/// Nine permission bits, `rwxrwxrwx`; no type, set-id or sticky bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mode(u16);

/// What one class of users may do, or wants to do: three bits, `rwx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Access(u8);

/// A text that is neither octal nor symbolic permissions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid mode {text}")]
pub struct ParseModeError {
    /// What was given.
    pub text: String,
}

impl Access {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// `--x`
    pub const EXECUTE: Self = Self(1);
    /// `-w-`
    pub const WRITE: Self = Self(2);
    /// `r--`
    pub const READ: Self = Self(4);
    /// `rwx`
    pub const ALL: Self = Self(7);

    /// From the low three bits.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 7)
    }

    /// The three bits.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether everything in `wanted` is in `self`.
    pub const fn includes(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    /// Both together.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bit = |mask: u8, letter: char| if self.0 & mask != 0 { letter } else { '-' };
        write!(f, "{}{}{}", bit(4, 'r'), bit(2, 'w'), bit(1, 'x'))
    }
}

impl Mode {
    /// Keeps the nine permission bits and drops the others (1777 becomes 777).
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & 0o777)
    }

    /// The nine bits.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// What the owner may do.
    pub const fn owner(self) -> Access {
        Access(((self.0 >> 6) & 7) as u8)
    }

    /// What the group may do.
    pub const fn group(self) -> Access {
        Access(((self.0 >> 3) & 7) as u8)
    }

    /// What everybody else may do.
    pub const fn other(self) -> Access {
        Access((self.0 & 7) as u8)
    }

    /// Takes away what the mask names.
    pub const fn without(self, umask: Mode) -> Self {
        Self(self.0 & !umask.0)
    }

    /// Parses octal (`755`, `0755`) or symbolic (`u=rwx,g=rx,o=r`, `a=r`) permissions, as the
    /// shell's `chmod` takes them.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn parse(text: &str) -> Result<Self, ParseModeError> {
        let error = || ParseModeError {
            text: text.to_owned(),
        };
        if !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
            return u16::from_str_radix(text, 8)
                .map(Self::from_bits)
                .map_err(|_not_octal| error());
        }
        let mut bits = 0;
        for clause in text.split(',') {
            let (who, what) = clause.split_once('=').ok_or_else(error)?;
            let mut access = 0;
            for letter in what.chars() {
                access |= match letter {
                    'r' => 4,
                    'w' => 2,
                    'x' => 1,
                    _ => return Err(error()),
                };
            }
            if who.is_empty() {
                return Err(error());
            }
            for letter in who.chars() {
                bits |= match letter {
                    'u' => access << 6,
                    'g' => access << 3,
                    'o' => access,
                    'a' => access << 6 | access << 3 | access,
                    _ => return Err(error()),
                };
            }
        }
        Ok(Self(bits))
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.owner(), self.group(), self.other())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_and_symbolic_forms_mean_the_same() {
        assert_eq!(Mode::parse("754"), Mode::parse("u=rwx,g=rx,o=r"));
        assert_eq!(Mode::parse("1777").map(Mode::bits), Ok(0o777));
        assert!(Mode::parse("a+x").is_err());
        assert!(Mode::parse("").is_err());
    }

    #[test]
    fn a_mode_prints_as_ls_prints_it() {
        assert_eq!(Mode::from_bits(0o750).to_string(), "rwxr-x---");
    }
}
