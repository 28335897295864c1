//! What the names of files tell: which of them are one log, rotated or begun anew, and which of these is newer.

/// What compressing a file adds to its name.
const PACKED: [&str; 6] = [".gz", ".bz2", ".xz", ".zst", ".zstd", ".lzma"];
/// So many digits or more are a date: `260101`, `20260101`, `2026010112`.
const DATE: usize = 6;

/// Which of two files of one log is newer, as far as names tell: the larger one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Age {
    /// `mail.log-20260101`, `MSGTRK2026010112-1.LOG`: its numbers.
    Date(Vec<u64>),
    /// `mail.log.2`: minus its number.
    Rotated(i64),
    /// `mail.log`: the one that is written.
    Current,
}

/// The name of the log that `name` is a file of, and how new the file is: `mail.log`, `mail.log.1`, `mail.log.2.gz`,
/// `mail.log-20260101.gz` are `mail.log`; `MSGTRK2026010112-1.LOG` is `MSGTRK.LOG`; `mx01.log` is itself.
pub(super) fn split(name: &str) -> (String, Age) {
    let bare = PACKED.iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(name);
    if let Some((base, number)) = bare.rsplit_once('.')
        && !base.is_empty()
        && number.len() < DATE
        && let Ok(number) = number.parse::<u32>()
    {
        let (base, _) = split(base);
        return (base, Age::Rotated(-i64::from(number)));
    }
    let (mut base, mut numbers) = (String::new(), Vec::new());
    let mut rest = bare;
    while let Some(first) = rest.chars().next() {
        let in_date = |letter: char| letter.is_ascii_digit() || letter == '-';
        let len = rest.find(|letter| in_date(letter) != in_date(first)).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(len);
        if run.bytes().filter(u8::is_ascii_digit).count() >= DATE {
            numbers.extend(run.split('-').filter_map(|number| number.parse::<u64>().ok()));
        } else {
            base.push_str(run);
        }
        rest = behind;
    }
    let base = base.trim_end_matches(['.', '_']);
    if base.is_empty() || numbers.is_empty() {
        return (bare.to_owned(), Age::Current);
    }
    (base.to_owned(), Age::Date(numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_and_dates_are_no_part_of_a_name() {
        for (name, base) in [
            ("mail.log", "mail.log"),
            ("mail.log.1", "mail.log"),
            ("mail.log.12.gz", "mail.log"),
            ("mail.log.gz", "mail.log"),
            ("mail.log-20260101.gz", "mail.log"),
            ("mail.log-20260101-235959", "mail.log"),
            ("maillog.2026-01-01.xz", "maillog"),
            ("mail-20260101.log", "mail.log"),
            ("MSGTRK2026010112-1.LOG", "MSGTRK.LOG"),
            ("u_ex26010112.log", "u_ex.log"),
            ("mx01.log", "mx01.log"),
            ("20260101", "20260101"),
            (".1", ".1"),
            ("\u{e9}260101.log", "\u{e9}.log"),
        ] {
            assert_eq!(split(name).0, base, "{name}");
        }
    }

    #[test]
    fn names_tell_which_is_newer() {
        let ages =
            ["a-20251231", "a-20260101", "a-20260101-000001", "a.2", "a.1", "a"].map(|name| split(name).1);
        assert!(ages.is_sorted_by(|a, b| a < b), "{ages:?}");
        let ages = ["M2025123123-2.LOG", "M2026010100-1.LOG", "M2026010100-10.LOG", "M2026010101-1.LOG"]
            .map(|name| split(name).1);
        assert!(ages.is_sorted_by(|a, b| a < b), "{ages:?}");
    }
}
