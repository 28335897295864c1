//! Lengths of time as people write them: `30s`, `5m`, `4h`, `7d`, `2w`.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};

/// A length of time, in whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Period(i64);

impl Period {
    /// So many seconds, none below 0.
    pub const fn of_seconds(seconds: i64) -> Self {
        Self(if seconds < 0 { 0 } else { seconds })
    }

    /// Its seconds, 0 or more.
    pub const fn seconds(self) -> i64 {
        self.0
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!("`{text}` is no length of time: expected a number and a unit, like 30s, 5m, 4h, 7d or 2w")
        };
        let (digits, unit) = text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return Err(wrong()),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let seconds = digits.parse::<i64>().ok().and_then(|number| number.checked_mul(unit));
        seconds.map(Self).ok_or_else(wrong)
    }
}

/// In the largest unit that divides it: `5m`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(604_800, 'w'), (86_400, 'd'), (3600, 'h'), (60, 'm')];
        let (unit, name) =
            units.into_iter().find(|(unit, _)| self.0 > 0 && self.0 % unit == 0).unwrap_or((1, 's'));
        write!(f, "{}{name}", self.0 / unit)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        String::deserialize(text)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written_as_people_write_them() {
        for text in ["0s", "45s", "30m", "4h", "3d", "2w"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        assert_eq!("90m".parse::<Period>().unwrap().seconds(), 5400);
        for wrong in ["", "s", "5", "5 m", "-5m", "5y", "9999999999999999999w", "5µ"] {
            assert!(wrong.parse::<Period>().unwrap_err().contains("30s"), "{wrong}");
        }
    }
}
