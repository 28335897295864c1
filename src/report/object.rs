//! One JSON object, appended to a buffer member by member, without the detour of a serializer.

use std::io::Write;

use super::escape::json_string;
use crate::model::EventTime;

/// Begins a member: its value must follow. The first one follows its brace.
pub(super) fn key(out: &mut Vec<u8>, name: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// A string, escaped.
pub(super) fn text(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    key(out, name);
    json_string(out, value);
}

/// A string, if there is one.
pub(super) fn some(out: &mut Vec<u8>, name: &str, value: Option<&[u8]>) {
    if let Some(value) = value {
        text(out, name, value);
    }
}

/// A whole number.
pub(super) fn number(out: &mut Vec<u8>, name: &str, value: u64) {
    key(out, name);
    decimal(out, value);
}

/// A value that needs no escaping.
pub(super) fn quoted(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    // Writing into memory cannot fail.
    let _ = write!(out, "\"{value}\"");
}

fn decimal(out: &mut Vec<u8>, mut value: u64) {
    // 2^64 has 20 digits.
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// A time as a JSON string, spelled as `EventTime` displays itself. Done by hand for the years 0 to 9999: the general
/// way takes longer than all other fields together.
pub(super) fn time(out: &mut Vec<u8>, time: EventTime) {
    let micros = time.micros();
    let (days, in_day) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    if !(FIRST_DAY..=LAST_DAY).contains(&days) {
        let _ = write!(out, "\"{time}\"");
        return;
    }
    let (year, month, day) = civil(days);
    let (second, fraction) = (in_day / 1_000_000, in_day % 1_000_000);
    let mut text = *b"\"0000-00-00T00:00:00.000000";
    put(&mut text[1..5], year);
    put(&mut text[6..8], month);
    put(&mut text[9..11], day);
    put(&mut text[12..14], second / 3_600);
    put(&mut text[15..17], second / 60 % 60);
    put(&mut text[18..20], second % 60);
    let length = if fraction == 0 {
        20
    } else {
        put(&mut text[21..27], fraction);
        text.iter().rposition(|&digit| digit != b'0').map_or(text.len(), |last| last + 1)
    };
    out.extend_from_slice(&text[..length]);
    out.extend_from_slice(b"Z\"");
}

/// Microseconds.
const DAY: i64 = 86_400_000_000;
/// 0000-01-01 and 9999-12-31, in days since 1970-01-01.
const FIRST_DAY: i64 = -719_528;
const LAST_DAY: i64 = 2_932_896;

/// Year, month and day of a day since 1970-01-01 (Gregorian; years begin in March inside, so that the leap day is
/// their last: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// Writes `value` into all of `digits`.
fn put(digits: &mut [u8], mut value: i64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Digits, with at most one point between them, as JSON writes numbers: no sign, no leading zero.
pub(super) fn is_number(text: &[u8]) -> bool {
    let (whole, fraction) = match memchr::memchr(b'.', text) {
        Some(point) => (&text[..point], Some(&text[point + 1..])),
        None => (text, None),
    };
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    digits(whole) && (whole.len() == 1 || whole[0] != b'0') && fraction.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn times_are_spelled_as_they_display(micros in -62_200_000_000_000_000_i64..253_500_000_000_000_000) {
            for micros in [micros, micros / 1_000 * 1_000, micros / 1_000_000 * 1_000_000] {
                let moment = EventTime::from_micros(micros);
                let mut out = Vec::new();
                time(&mut out, moment);
                prop_assert_eq!(String::from_utf8(out).unwrap(), format!("\"{moment}\""));
            }
        }

        #[test]
        fn whole_numbers_are_spelled_as_everywhere(value: u64) {
            let mut out = b"{".to_vec();
            number(&mut out, "n", value);
            prop_assert_eq!(String::from_utf8(out).unwrap(), format!("{{\"n\":{value}"));
        }
    }

    #[test]
    fn only_what_json_calls_a_number_is_one() {
        for good in ["0", "250", "0.12", "12.5"] {
            assert!(is_number(good.as_bytes()), "{good}");
        }
        for bad in ["", "007", "1.", ".5", "1e5", "-1", "1.2.3", "NaN"] {
            assert!(!is_number(bad.as_bytes()), "{bad}");
        }
    }
}
