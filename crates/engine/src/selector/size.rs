//! Amounts of storage.

use std::fmt::{self, Display};
use std::str::FromStr;

/// A number of bytes; units are powers of 1024, as GitLab shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// The text is no size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSize;

const UNITS: [(&str, u64); 5] = [
    ("tb", 1 << 40),
    ("gb", 1 << 30),
    ("mb", 1 << 20),
    ("kb", 1 << 10),
    ("b", 1),
];

impl FromStr for Size {
    type Err = NoSize;

    /// A whole number and a unit in any case (`kb`, `k` and `kib` are the same); without one it is bytes.
    fn from_str(text: &str) -> Result<Self, NoSize> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| NoSize)?;
        let unit = unit.to_ascii_lowercase();
        let factor = if unit.is_empty() {
            1
        } else {
            UNITS
                .iter()
                .find(|(name, _)| {
                    let letter = &name[..1];
                    unit == *name || unit == letter || unit.strip_suffix("ib") == Some(letter)
                })
                .ok_or(NoSize)?
                .1
        };
        number.checked_mul(factor).map(Self).ok_or(NoSize)
    }
}

impl Display for Size {
    /// In the largest unit that leaves a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS
            .iter()
            .find(|(_, factor)| self.0 > 0 && self.0.is_multiple_of(*factor))
        {
            Some((unit, factor)) if *factor > 1 => write!(f, "{}{unit}", self.0 / factor),
            _ => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024() {
        for (text, bytes) in [
            ("0", 0),
            ("12", 12),
            ("12b", 12),
            ("3kb", 3 << 10),
            ("3K", 3 << 10),
            ("3KiB", 3 << 10),
            ("500mb", 500 << 20),
            ("2GB", 2 << 30),
            ("1t", 1 << 40),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for text in ["", "mb", "1.5gb", "-1", "1 gb", "1pb", "bib1", "99999999999tb"] {
            assert_eq!(text.parse::<Size>(), Err(NoSize), "{text}");
        }
    }

    #[test]
    fn the_largest_whole_unit_is_shown() {
        for (bytes, text) in [(0, "0"), (1023, "1023"), (1 << 10, "1kb"), (1536 << 20, "1536mb")] {
            assert_eq!(Size(bytes).to_string(), text);
        }
    }
}
