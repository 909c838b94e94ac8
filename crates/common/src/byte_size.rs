//! Amounts of bytes: how people write them, and how Alluxio prints them.

use std::fmt;

/// An amount of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ByteSize(u64);

/// A text that is not a size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a size such as 4096, 64MB or 1.5GB (units: B, KB, MB, GB, TB, PB)")]
pub struct ParseByteSizeError {
    /// What was given.
    pub text: String,
}

const UNITS: [(&str, u64); 6] = [
    ("B", 1),
    ("KB", 1 << 10),
    ("MB", 1 << 20),
    ("GB", 1 << 30),
    ("TB", 1 << 40),
    ("PB", 1 << 50),
];

impl ByteSize {
    /// An exact number of bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// Parses `4096`, `64MB`, `1.5g`, `10 kb`: a number and an optional unit in any case.
    ///
    /// # Errors
    /// When there is no number, the unit is unknown, or the size does not fit.
    pub fn parse(text: &str) -> Result<Self, ParseByteSizeError> {
        let error = || ParseByteSizeError {
            text: text.to_owned(),
        };
        let trimmed = text.trim();
        let end = trimmed
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(trimmed.len());
        let (number, unit) = (&trimmed[..end], trimmed[end..].trim().to_ascii_uppercase());
        let factor = match unit.as_str() {
            "" => 1,
            unit => {
                let found = UNITS
                    .iter()
                    .find(|(name, _)| *name == unit || name[..1] == *unit);
                found.ok_or_else(error)?.1
            }
        };
        if let Ok(whole) = number.parse::<u64>() {
            return whole.checked_mul(factor).map(Self).ok_or_else(error);
        }
        let fraction: f64 = number.parse().map_err(|_not_a_number| error())?;
        // Beyond 2^53 a fraction of a unit has no meaning that anybody asks for.
        let bytes = fraction * factor as f64;
        if !bytes.is_finite() || bytes < 0.0 || bytes >= u64::MAX as f64 {
            return Err(error());
        }
        Ok(Self(bytes as u64))
    }
}

impl fmt::Display for ByteSize {
    /// Prints as Alluxio prints sizes for people: the unit goes up only above five of the next
    /// one, bytes have no decimals, the others two (`4352B`, `34.67KB`, `3000.00GB`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = self.0 as f64;
        if value <= 5.0 * 1024.0 {
            return write!(f, "{}B", self.0);
        }
        for (unit, _) in &UNITS[1..] {
            value /= 1024.0;
            if value <= 5.0 * 1024.0 || *unit == "PB" {
                return write!(f, "{value:.2}{unit}");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_parse_with_any_unit_and_case() {
        for (text, bytes) in [
            ("4096", 4096),
            ("64MB", 64 << 20),
            ("1.5GB", 3 << 29),
            ("2k", 2048),
            ("10 kb", 10240),
        ] {
            assert_eq!(
                ByteSize::parse(text).map(ByteSize::bytes),
                Ok(bytes),
                "{text}"
            );
        }
        for text in ["", "MB", "-1", "10 gigs", "1e3", "99999999PB"] {
            assert!(ByteSize::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_print_as_alluxio_prints_them() {
        for (bytes, text) in [
            (0, "0B"),
            (4352, "4352B"),
            (5120, "5120B"),
            (35_502, "34.67KB"),
            (3000 << 30, "3000.00GB"),
        ] {
            assert_eq!(ByteSize::from_bytes(bytes).to_string(), text);
        }
    }
}
