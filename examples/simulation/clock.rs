//! Time of the log: stamps, and how busy day and week are. It never asks what time it is now.

use std::io::Write as _;

/// Microseconds since 1970-01-01T00:00:00Z.
pub(crate) type Micros = i64;

/// One second.
pub(crate) const SECOND: Micros = 1_000_000;
/// One minute.
pub(crate) const MINUTE: Micros = 60 * SECOND;
/// One hour.
pub(crate) const HOUR: Micros = 60 * MINUTE;
/// One day.
pub(crate) const DAY: Micros = 24 * HOUR;

/// How lines are stamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Stamps {
    /// `Mar  2 00:00:01`, as RFC 3164 describes it.
    Bsd,
    /// `2026-03-02T00:00:01.123456+00:00`.
    Rfc3339,
    /// `2026-03-02 00:00:01`, in a file of Exim's own: no host, no program.
    Exim,
    /// `2026-03-02 00:00:01.123 +0000 [4711]`: the same with `log_selector = +millisec +pid` and `log_timezone`.
    EximFull,
    /// `2026-03-02T00:00:01.123Z`, the first cell of a row of Exchange's logs.
    Exchange,
    /// `2026-3-2`, a tab, and `0:0:1 GMT`: the first two cells of a row of Exchange 2003.
    #[value(name = "exchange-2003")]
    Exchange2003,
    /// `2026-03-02 00:00:01`, the first two cells of a row of the IIS SMTP service's log.
    Iis,
    /// Within the line, as its format has them: NCSA lines of the IIS SMTP service, message traces.
    Within,
}

impl Stamps {
    /// The lines come from syslog: host and program follow.
    pub(crate) fn is_syslog(self) -> bool {
        matches!(self, Self::Bsd | Self::Rfc3339)
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month (from 1) and day of a day counted from 1970-01-01, by the proleptic Gregorian calendar.
fn civil(day: i64) -> (i64, usize, i64) {
    // Years of 400-year eras that begin in March: leap days fall on the end of a year.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (
        year_of_era + era * 400 + i64::from(month <= 2),
        month as usize,
        of_year - (153 * march_month + 2) / 5 + 1,
    )
}

/// A moment by calendar and clock, in UTC.
pub(crate) struct CivilTime {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: usize,
    pub(crate) day: usize,
    pub(crate) hour: usize,
    pub(crate) minute: usize,
    pub(crate) second: usize,
}

/// Calendar and clock of `at`.
pub(crate) fn civil_time(at: Micros) -> CivilTime {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let second = (at.rem_euclid(DAY) / SECOND) as usize;
    CivilTime {
        year,
        month,
        day: day as usize,
        hour: second / 3600,
        minute: second / 60 % 60,
        second: second % 60,
    }
}

/// `Mar  2 00:00:01`, also how Postfix's anvil names a time.
pub(crate) fn bsd(at: Micros) -> String {
    let CivilTime { month, day, hour, minute, second, .. } = civil_time(at);
    format!("{} {day:>2} {hour:02}:{minute:02}:{second:02}", MONTHS[month - 1])
}

/// `02/Mar/2026:00:00:01`, without zone, as NCSA httpd stamped its lines.
pub(crate) fn ncsa(at: Micros) -> String {
    let CivilTime { year, month, day, hour, minute, second } = civil_time(at);
    format!("{day:02}/{}/{year}:{hour:02}:{minute:02}:{second:02}", MONTHS[month - 1])
}

/// `2026-3-2`, a tab, and `0:0:1 GMT`, as Exchange 2003 tracks messages.
pub(crate) fn numbered(at: Micros) -> String {
    let CivilTime { year, month, day, hour, minute, second } = civil_time(at);
    format!("{year}-{month}-{day}\t{hour}:{minute}:{second} GMT")
}

/// `3/2/2026 12:00:01 AM`, as a shell of the United States writes a time.
pub(crate) fn us(at: Micros) -> String {
    let CivilTime { year, month, day, hour, minute, second } = civil_time(at);
    let half = if hour < 12 { "AM" } else { "PM" };
    format!("{month}/{day}/{year} {}:{minute:02}:{second:02} {half}", (hour + 11) % 12 + 1)
}

/// `2026-03-02T00:00:01`, without zone.
pub(crate) fn iso(at: Micros) -> String {
    let CivilTime { year, month, day, hour, minute, second } = civil_time(at);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// `Mon, 2 Mar 2026 00:00:01 +0000`, the date and time of RFC 5322, section 3.3.
pub(crate) fn mail_date(at: Micros) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let CivilTime { year, month, day, hour, minute, second } = civil_time(at);
    let (weekday, month) = (DAYS[weekday(at)], MONTHS[month - 1]);
    format!("{weekday}, {day} {month} {year} {hour:02}:{minute:02}:{second:02} +0000")
}

/// Writes stamps, remembering the text of the second it wrote last.
pub(crate) struct Stamper {
    stamps: Stamps,
    second: i64,
    text: String,
}

impl Stamper {
    pub(crate) fn new(stamps: Stamps) -> Self {
        Self { stamps, second: i64::MIN, text: String::new() }
    }

    /// Appends the stamp of `at`.
    pub(crate) fn write(&mut self, at: Micros, out: &mut Vec<u8>) {
        let second = at.div_euclid(SECOND);
        if second != self.second {
            self.second = second;
            self.text = match self.stamps {
                Stamps::Bsd => bsd(at),
                Stamps::Rfc3339 | Stamps::Exchange => iso(at),
                Stamps::Exim | Stamps::EximFull | Stamps::Iis => iso(at).replace('T', " "),
                Stamps::Exchange2003 => numbered(at),
                Stamps::Within => String::new(),
            };
        }
        out.extend_from_slice(self.text.as_bytes());
        // Writing to a Vec cannot fail.
        let _ = match self.stamps {
            Stamps::Bsd | Stamps::Exim | Stamps::Exchange2003 | Stamps::Iis | Stamps::Within => Ok(()),
            Stamps::Exchange => write!(out, ".{:03}Z", at.rem_euclid(SECOND) / 1000),
            Stamps::Rfc3339 => write!(out, ".{:06}+00:00", at.rem_euclid(SECOND)),
            Stamps::EximFull => write!(out, ".{:03} +0000", at.rem_euclid(SECOND) / 1000),
        };
    }
}

/// Relative traffic by hour of a working day: low at night, a peak in the morning and one after lunch.
const HOURS: [i64; 24] =
    [22, 18, 16, 15, 16, 20, 30, 48, 74, 95, 100, 96, 84, 88, 97, 94, 86, 74, 60, 50, 44, 38, 32, 26];

/// The day of the week; Monday is 0.
fn weekday(at: Micros) -> usize {
    (at.div_euclid(DAY) + 3).rem_euclid(7) as usize // 1970-01-01 was a Thursday
}

/// Relative traffic in the hour of `at`; a weekend has less than half of a working day's.
pub(crate) fn level(at: Micros) -> i64 {
    let hour = HOURS[(at.rem_euclid(DAY) / HOUR) as usize];
    if weekday(at) >= 5 { hour * 45 / 100 } else { hour }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_name_the_right_day() {
        let leap_day = 1_709_164_800 * SECOND + 5;
        let mut out = Vec::new();
        Stamper::new(Stamps::Rfc3339).write(leap_day, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "2024-02-29T00:00:00.000005+00:00");
        out.clear();
        Stamper::new(Stamps::EximFull).write(leap_day + 7000, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "2024-02-29 00:00:00.007 +0000");
        assert_eq!(bsd(1_772_409_661 * SECOND), "Mar  2 00:01:01");
        assert_eq!(ncsa(1_772_409_661 * SECOND), "02/Mar/2026:00:01:01");
        assert_eq!(numbered(1_772_409_661 * SECOND), "2026-3-2\t0:1:1 GMT");
        assert_eq!(us(1_772_409_661 * SECOND), "3/2/2026 12:01:01 AM");
        assert_eq!(us(1_772_409_661 * SECOND + 13 * HOUR), "3/2/2026 1:01:01 PM");
        assert_eq!(iso(-SECOND), "1969-12-31T23:59:59");
        assert_eq!(mail_date(1_772_409_661 * SECOND), "Mon, 2 Mar 2026 00:01:01 +0000");
    }

    #[test]
    fn a_working_day_is_busier_than_a_sunday() {
        let monday = 1_772_409_600 * SECOND;
        assert!(level(monday + 10 * HOUR) > 2 * level(monday - DAY + 10 * HOUR));
    }
}
