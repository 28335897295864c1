//! Which files belong together, in which order they are read, and in which year each of them begins.
//!
//! Files of one series, rotated (`mail.log`, `mail.log.1`, `mail.log.2.gz`, `mail.log-20260101.gz`) or begun anew each
//! day or hour (`mail-20260101.log`, `MSGTRK2026010112-1.LOG`, `ex260101.log`), are chained by their first stamp.
//! Different series are merged by time later.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::clock::{Clock, largest_year};
use super::zone::Zone;
use crate::input::Input;
use crate::model::{EventTime, FileId, Files, Format, Stamp};

/// What stamps leave out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calendar {
    /// The zone of stamps that state none.
    pub(super) zone: Tz,
    /// The year in which every series begins, if somebody said so.
    pub(super) year: Option<i32>,
    /// Stands in for the modification time of what has none.
    pub(super) reference: EventTime,
}

/// What the beginning of a file shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    pub(super) format: Option<Format>,
    pub(super) stamp: Option<Stamp>,
}

/// A file and how to read its stamps.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) input: Input,
    pub(super) file: FileId,
    /// How it is laid out, if that is known before it is read.
    pub(super) format: Option<Format>,
    /// Its first stamp, if the beginning of the file shows one; as stated.
    pub(super) stamp: Option<Stamp>,
    /// The year of that stamp, if it states none.
    pub(super) year: Option<i32>,
    /// Its first stamp as a moment.
    pub(super) first: Option<EventTime>,
    /// No stamp of it should be later.
    pub(super) latest: EventTime,
    /// Position in its series: larger is newer.
    age: i64,
}

/// Files to be read one after the other.
pub(super) type Series = Vec<Planned>;

/// A log is written while it is stamped; a day covers clocks and zones that are off.
const TOLERANCE: i64 = 86_400;

/// Groups `inputs` into series, in the order in which they were named, and numbers their files in `files`.
/// `look` looks into a file.
pub(super) fn plan(
    inputs: Vec<Input>,
    look: impl Fn(&Input) -> Look,
    calendar: Calendar,
    files: &mut Files,
) -> Vec<Series> {
    let mut index: HashMap<(PathBuf, String), usize, ahash::RandomState> = HashMap::default();
    let mut all: Vec<Series> = Vec::new();
    for input in inputs {
        let Look { format, stamp } = look(&input);
        let latest = input.modified.unwrap_or(calendar.reference).plus_seconds(TOLERANCE);
        // Only regular files rotate, in a folder or in an archive; a pipe has a size nobody knows.
        let (key, age) = if input.size.is_some() {
            let path = Path::new(&input.name);
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let (base, age) = split(&name);
            (Some((path.parent().unwrap_or(path).to_owned(), base)), age)
        } else {
            (None, i64::MAX)
        };
        let planned = Planned { input, file: FileId(0), format, stamp, year: None, first: None, latest, age };
        let position = key.map_or(all.len(), |key| *index.entry(key).or_insert(all.len()));
        match all.get_mut(position) {
            Some(series) => series.push(planned),
            None => all.push(vec![planned]),
        }
    }
    for series in &mut all {
        date(series, calendar);
        for planned in series {
            planned.file = files.add(&planned.input.name);
        }
    }
    all
}

/// Finds the years of a series and puts its files into order.
fn date(series: &mut Series, calendar: Calendar) {
    // From the newest to the oldest: no file begins after the one that replaced it, even where copying gave all
    // of them the same modification time.
    series.sort_by_key(|planned| std::cmp::Reverse(planned.age));
    let mut newer: Option<(EventTime, EventTime)> = None;
    for planned in series.iter_mut() {
        let mut latest = planned.latest;
        if let Some((first, newest)) = newer
            // Some writers number upwards: then the modification times contradict the numbers.
            && planned.latest <= newest.plus_seconds(3600)
        {
            latest = latest.min(first.plus_seconds(TOLERANCE));
        }
        planned.first = moment(planned, latest, calendar.zone);
        if let Some(first) = planned.first {
            newer = Some((first, planned.latest));
        }
    }
    series.reverse();
    series.sort_by_key(|planned| planned.first.unwrap_or(EventTime::from_micros(i64::MAX)));

    // What shows no stamp before it is read (a pipe) may still turn out to state no year.
    if let [only] = series.as_mut_slice()
        && only.stamp.is_none()
    {
        only.year = calendar.year;
    }
    let begins = series.iter().find_map(|planned| planned.year);
    if let (Some(wanted), Some(begins)) = (calendar.year, begins) {
        for planned in series.iter_mut() {
            if let (Some(year), Some(stamp)) = (planned.year, planned.stamp) {
                let year = year + wanted - begins;
                planned.year = Some(year);
                planned.first = Some(in_year(stamp, year, calendar.zone));
            }
        }
    }
}

/// The first stamp of a file as a moment; sets its year if it states none.
fn moment(planned: &mut Planned, latest: EventTime, zone: Tz) -> Option<EventTime> {
    let stamp = planned.stamp?;
    let mut year = 0;
    if let Stamp::Yearless(yearless) = stamp {
        year = largest_year(&mut Zone::new(zone), yearless, latest);
        planned.year = Some(year);
    }
    Some(in_year(stamp, year, zone))
}

fn in_year(stamp: Stamp, year: i32, zone: Tz) -> EventTime {
    let mut clock = Clock::new(zone);
    clock.enter(Some(year), EventTime::MIN);
    clock.moment(stamp)
}

/// The name without what tells the files of its series apart, and how new that makes it: larger is newer, the bare
/// name newest.
fn split(name: &str) -> (String, i64) {
    let plain =
        [".gz", ".bz2", ".xz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    rotated(plain).or_else(|| begun_anew(plain)).unwrap_or_else(|| (plain.to_owned(), i64::MAX))
}

/// What rotation appends: a number or a date.
fn rotated(name: &str) -> Option<(String, i64)> {
    if let Some((base, tail)) = name.rsplit_once('.').filter(|(base, _)| !base.is_empty()) {
        if tail.len() <= 5 && is_digits(tail) {
            return Some((base.to_owned(), -tail.parse().unwrap_or(0)));
        }
        if let Some(age) = date_of(tail) {
            return Some((base.to_owned(), age));
        }
    }
    dated(name).map(|(base, age)| (base.to_owned(), age))
}

/// `-` and a date at the end.
fn dated(name: &str) -> Option<(&str, i64)> {
    ["YYYYMMDD-hhmmss".len(), "YYYY-MM-DD".len(), "YYYYMMDD".len()].into_iter().find_map(|len| {
        let (base, date) = name.split_at_checked(name.len().checked_sub(len)?)?;
        Some((base.strip_suffix('-').filter(|base| !base.is_empty())?, date_of(date)?))
    })
}

/// A date before the extension, by `dateext` and `extension` of logrotate (`mail-20260101.log`), by Exchange
/// (`MSGTRK2026010112-1.LOG`: day, hour, number), or by IIS (`ex260101.log`, `ex26010112.log`).
fn begun_anew(name: &str) -> Option<(String, i64)> {
    let (stem, extension) = name.rsplit_once('.')?;
    if let Some((base, age)) = dated(stem) {
        return Some((format!("{base}.{extension}"), age));
    }
    let (stem, number) = match stem.rsplit_once('-') {
        Some((stem, number)) if number.len() <= 4 && is_digits(number) => (stem, number.parse().ok()?),
        _ => (stem, 0),
    };
    let base = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = &stem[base.len()..];
    let (day, hour) = match digits.len() {
        10 => digits.split_at(8),
        8 if digits.starts_with("20") => (digits, "00"),
        6 | 8 => digits.split_at(6),
        _ => return None,
    };
    let in_range = |at: usize, most: u8| {
        let two = day[day.len() - at..].get(..2).and_then(|two| two.parse().ok());
        two.is_some_and(|two: u8| (1..=most).contains(&two))
    };
    let is_hour = hour.is_empty() || hour < "24";
    let age = format!("{digits:0<14}").parse::<i64>().ok()? + number;
    (!base.is_empty() && in_range(4, 12) && in_range(2, 31) && is_hour)
        .then(|| (format!("{base}.{extension}"), age))
}

/// `YYYYMMDD`, `YYYYMMDD-hhmmss`, `YYYY-MM-DD` as the number `YYYYMMDDhhmmss`.
fn date_of(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    if !parts.iter().all(|part| is_digits(part)) || !matches!(lengths[..], [8] | [8, 6] | [4, 2, 2]) {
        return None;
    }
    format!("{:0<14}", parts.concat()).parse().ok()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Source;

    fn time(text: &str) -> EventTime {
        serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap()
    }

    const HOUR: i64 = 3_600_000_000;

    fn yearless(month: u32, day: u32) -> Option<Stamp> {
        Stamp::yearless(month, day, 6 * HOUR)
    }

    /// The series of files with a modification time and a first stamp: `name year-month-day`.
    fn planned(files: &[(&str, &str, Option<Stamp>)], year: Option<i32>) -> Vec<Vec<String>> {
        let inputs = files
            .iter()
            .map(|(name, modified, _)| Input {
                name: (*name).to_owned(),
                source: Source::Path(PathBuf::from(name)),
                size: Some(1),
                modified: Some(time(modified)),
            })
            .collect();
        let stamp = |input: &Input| files.iter().find(|(name, ..)| *name == input.name)?.2;
        let look = |input: &Input| Look { stamp: stamp(input), ..Look::default() };
        let calendar = Calendar { zone: Tz::UTC, year, reference: EventTime::MIN };
        let shown = |planned: &Planned| match planned.first {
            Some(first) => format!("{} {}", planned.input.name, &first.to_string()[..10]),
            None => planned.input.name.clone(),
        };
        let series = plan(inputs, look, calendar, &mut Files::default());
        series.iter().map(|series| series.iter().map(shown).collect()).collect()
    }

    #[test]
    fn rotation_suffixes_are_known() {
        let cases = [
            ("mail.log", "mail.log"),
            ("mail.log.1", "mail.log"),
            ("mail.log.12.gz", "mail.log"),
            ("mail.log-20260101.gz", "mail.log"),
            ("mail.log-20260101-235959", "mail.log"),
            ("maillog.2026-01-01.xz", "maillog"),
            ("mail.log.gz", "mail.log"),
            ("mx-10", "mx-10"),
            ("192.0.2.1", "192.0.2"),
            (".1", ".1"),
            ("-20260101", "-20260101"),
            ("é20260101", "é20260101"),
            ("mail-20260101.log", "mail.log"),
            ("mail-2026-01-01.log.gz", "mail.log"),
            ("MSGTRK2026010112-1.LOG", "MSGTRK.LOG"),
            ("MSGTRKMD2026010112-12.LOG.gz", "MSGTRKMD.LOG"),
            ("RECV20260101-1.LOG", "RECV.LOG"),
            ("ex260101.log", "ex.log"),
            ("u_ex26010112.log", "u_ex.log"),
            ("host2026019912-1.log", "host2026019912-1.log"),
            ("host261301.log", "host261301.log"),
            ("mx01.log", "mx01.log"),
            ("20260101.log", "20260101.log"),
            ("é260101.log", "é.log"),
        ];
        for (name, base) in cases {
            assert_eq!(split(name).0, base, "{name}");
        }
        let ages =
            ["a.2", "a.1", "a-20251231", "a-20260101", "a-20260101-000001", "a"].map(|name| split(name).1);
        assert!(ages.is_sorted(), "{ages:?}");
        let ages = ["M2025123123-2.LOG", "M2026010100-1.LOG", "M2026010100-2.LOG", "M2026010101-1.LOG"]
            .map(|name| split(name).1);
        assert!(ages.is_sorted_by(|a, b| a < b), "{ages:?}");
    }

    #[test]
    fn a_series_is_chained_by_first_stamps_across_new_year() {
        let files = [
            ("d/mail.log", "2026-01-12T00:00:00Z", yearless(1, 7)),
            ("d/mail.log.1", "2026-01-07T00:00:00Z", yearless(12, 31)),
            ("d/mail.log.2.gz", "2025-12-31T00:00:00Z", yearless(12, 24)),
            ("d/mail.log.3.gz", "2025-12-24T00:00:00Z", None),
            ("e/mail.log", "2026-01-07T00:00:00Z", yearless(1, 1)),
        ];
        let want = [
            vec![
                "d/mail.log.2.gz 2025-12-24",
                "d/mail.log.1 2025-12-31",
                "d/mail.log 2026-01-07",
                "d/mail.log.3.gz",
            ],
            vec!["e/mail.log 2026-01-01"],
        ];
        assert_eq!(planned(&files, None), want);
    }

    #[test]
    fn copied_files_keep_their_order_by_their_names() {
        let files = [
            ("mail.log", "2026-12-15T00:00:00Z", yearless(1, 3)),
            ("mail.log.1", "2026-12-15T00:00:01Z", yearless(12, 28)),
            ("mail.log.2", "2026-12-15T00:00:02Z", yearless(12, 21)),
        ];
        let want = [["mail.log.2 2025-12-21", "mail.log.1 2025-12-28", "mail.log 2026-01-03"]];
        assert_eq!(planned(&files, None), want);
        let want = [["mail.log.2 2019-12-21", "mail.log.1 2019-12-28", "mail.log 2020-01-03"]];
        assert_eq!(planned(&files, Some(2019)), want);
    }

    #[test]
    fn numbers_that_go_up_are_fine_where_modification_times_say_so() {
        let files = [
            ("log.1", "2026-02-01T00:00:00Z", yearless(1, 2)),
            ("log.2", "2026-03-01T00:00:00Z", yearless(2, 2)),
            ("log.3", "2026-04-01T00:00:00Z", yearless(3, 2)),
        ];
        assert_eq!(planned(&files, None), [["log.1 2026-01-02", "log.2 2026-02-02", "log.3 2026-03-02"]]);
    }

    #[test]
    fn stamps_with_a_year_need_no_guess() {
        let files = [
            ("mail.log", "2020-01-01T00:00:00Z", Some(Stamp::Absolute(time("2026-05-01T00:00:00Z")))),
            ("mail.log.1", "2020-01-01T00:00:00Z", Some(Stamp::Absolute(time("2026-04-01T00:00:00Z")))),
        ];
        assert_eq!(planned(&files, Some(1999)), [["mail.log.1 2026-04-01", "mail.log 2026-05-01"]]);
    }
}
