//! Whole runs over files: order, years, and that neither threads nor batches show in a result.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;

use proptest::prelude::*;

use super::{Analysis, Names, Options, Outcome, Progress, Sink, analyze, lines};
use crate::model::{Event, EventTime};

/// What a reader of `parse --all` would see of every event.
#[derive(Default)]
struct Seen {
    events: Vec<String>,
    enough: usize,
}

impl Sink for Seen {
    fn event(&mut self, event: &Event<'_>, names: &Names<'_>) -> ControlFlow<()> {
        let origin = event.origin();
        let mut told = String::new();
        write!(
            told,
            "{} {} {}:{}@{} {} {}",
            event.time(),
            String::from_utf8_lossy(names.hosts.name(event.host())),
            names.files.name(origin.file).rsplit('/').next().unwrap(),
            origin.line,
            origin.offset,
            event.kind(),
            String::from_utf8_lossy(event.line()),
        )
        .unwrap();
        self.events.push(told);
        if self.enough > 0 && self.events.len() >= self.enough {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// Presses Ctrl-C after a while.
struct Impatient(Progress, u64);
impl Sink for Impatient {
    fn event(&mut self, _: &Event<'_>, _: &Names<'_>) -> ControlFlow<()> {
        self.1 += 1;
        self.0.stop.store(true, Ordering::Relaxed);
        ControlFlow::Continue(())
    }
}

fn options(folder: &Path) -> Options {
    Options {
        inputs: vec![folder.to_string_lossy().into_owned()],
        reference: "2026-03-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().into(),
        year: Some(2025),
        threads: Some(2),
        ..Options::default()
    }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let bytes = if Path::new(name).extension().is_some_and(|ending| ending == "gz") {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(content.as_bytes()).unwrap();
            encoder.finish().unwrap()
        } else {
            content.as_bytes().to_vec()
        };
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn seen(options: &Options) -> (Vec<String>, Outcome) {
    let mut sink = Seen::default();
    let outcome = lines(options, &Progress::default(), &mut sink).unwrap();
    (sink.events, outcome)
}

/// The beginnings of what was seen: time and host.
fn times_and_hosts(options: &Options) -> Vec<String> {
    let short = |event: &String| event.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
    seen(options).0.iter().map(short).collect()
}

fn analyzed(options: &Options) -> Analysis {
    let mut analysis = analyze(options, &Progress::default()).unwrap();
    analysis.report.input.elapsed_seconds = 0.0;
    analysis
}

#[test]
fn a_series_is_read_in_order_across_new_year_compressed_or_not() {
    let folder = folder(&[
        ("mail.log", "Jan  2 08:00:00 mx postfix/qmgr[1]: 4C1: removed\n"),
        ("mail.log.1", "Dec 31 23:59:59 mx cron[2]: x\nJan  1 00:00:00 mx cron[2]: no newline"),
        ("mail.log.2.gz", "Dec 24 00:00:00 mx cron[2]: x\n"),
    ]);
    let want = [
        "2025-12-24T00:00:00Z mx",
        "2025-12-31T23:59:59Z mx",
        "2026-01-01T00:00:00Z mx",
        "2026-01-02T08:00:00Z mx",
    ];
    assert_eq!(times_and_hosts(&options(folder.path())), want);
}

#[test]
fn the_modification_time_gives_the_year() {
    let folder = folder(&[("mail.log", "Dec 31 23:59:59 mx cron[2]: x\nJan  1 00:00:00 mx cron[2]: x\n")]);
    let modified = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_704_100_000); // 1 January 2024
    std::fs::File::open(folder.path().join("mail.log")).unwrap().set_modified(modified).unwrap();
    let mut options = Options { year: None, ..options(folder.path()) };
    assert_eq!(times_and_hosts(&options), ["2023-12-31T23:59:59Z mx", "2024-01-01T00:00:00Z mx"]);
    let report = analyzed(&options).report;
    assert!(report.assumptions[0].assumed.ends_with("mail.log begins in 2023"), "{:?}", report.assumptions);

    // What shows its first stamp late is dated when that comes.
    let content = format!("{}Dec 31 23:59:59 mx cron[2]: x\n", "no stamp\n".repeat(20_000));
    std::fs::write(folder.path().join("mail.log"), content).unwrap();
    std::fs::File::open(folder.path().join("mail.log")).unwrap().set_modified(modified).unwrap();
    options.host = Some("mx".to_owned());
    assert_eq!(times_and_hosts(&options), ["2023-12-31T23:59:59Z mx"]);
    let assumptions = analyzed(&options).report.assumptions;
    assert!(assumptions[0].assumed.ends_with("mail.log begins in 2023, zone UTC"), "{assumptions:?}");
}

#[test]
fn a_stated_year_holds_for_what_cannot_be_looked_into() {
    let content = format!("{}Mar  1 00:00:00 mx cron[2]: x\n", "no stamp\n".repeat(20_000));
    let folder = folder(&[("mail.log", &content)]);
    let options = Options { year: Some(2019), host: Some("mx".to_owned()), ..options(folder.path()) };
    assert_eq!(times_and_hosts(&options), ["2019-03-01T00:00:00Z mx"]);
}

#[test]
fn two_hosts_are_merged_by_time_and_unstamped_lines_stay_where_they_are() {
    let folder = folder(&[
        (
            "a.log",
            "Nov  5 10:00:00 b cron[1]: 1\nno stamp\nNov  5 10:00:02 b cron[1]: 4\nNov  5 10:00:05 b cron[1]: 7\n",
        ),
        (
            "b.log",
            "Nov  5 10:00:01 a cron[1]: 3\nNov  5 10:00:02 a cron[1]: 5\nNov  5 10:00:02 a cron[1]: 6\n",
        ),
        ("empty.log", ""),
    ]);
    let want = ["00Z b", "00Z ", "01Z a", "02Z b", "02Z a", "02Z a", "05Z b"];
    let seen = times_and_hosts(&options(folder.path()));
    let short: Vec<_> = seen.iter().map(|event| event.trim_start_matches("2025-11-05T10:00:")).collect();
    assert_eq!(short, want);
}

#[test]
fn since_until_and_host_narrow_what_counts() {
    let folder = folder(&[(
        "mail.log",
        "Nov  5 10:00:00 a cron[1]: x\nNov  5 10:00:01 a cron[1]: x\nNov  5 10:00:01 b cron[1]: x\nNov  5 10:00:02 a cron[1]: x\n",
    )]);
    let at = |text: &str| Some(EventTime::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap()));
    let options = Options {
        since: at("2025-11-05T10:00:01Z"),
        until: at("2025-11-05T10:00:02Z"),
        host: Some("a".to_owned()),
        ..options(folder.path())
    };
    assert_eq!(times_and_hosts(&options), ["2025-11-05T10:00:01Z a"]);
    assert_eq!(analyzed(&options).report.input.ignored, 1);
}

#[test]
fn bad_inputs_among_good_ones_cost_no_good_line() {
    let folder = folder(&[
        ("good.log", "Nov  5 10:00:00 a postfix/qmgr[1]: 4C1: removed\n"),
        ("binary.log", "\0\u{1}\u{2}\0\n\0"),
        ("cut.log.gz", &"Nov  5 10:00:00 a cron[1]: something\n".repeat(10_000)),
    ]);
    let path = folder.path().join("cut.log.gz");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 8]).unwrap();
    let mut options = options(folder.path());
    options.inputs.push("missing.log".to_owned());
    let analysis = analyzed(&options);
    assert!(analysis.mail_lines && !analysis.interrupted);
    let input = &analysis.report.input;
    assert_eq!((input.files, input.lines, input.ignored), (3, 10_003, 10_000));
    assert_eq!(input.events + input.unmatched, 3);
    let mut told: Vec<_> =
        analysis.problems.iter().map(|problem| (&*problem.name, problem.unreadable)).collect();
    told.sort_unstable();
    assert!(told[0].0.ends_with("cut.log.gz") && told[0].1, "{told:?}");
    assert_eq!(told[1], ("missing.log", true));
}

#[test]
fn many_series_and_few_threads_come_to_an_end() {
    let names: Vec<String> = (0..120).map(|n| format!("host{n}.log")).collect();
    let content = |n: usize| {
        (0..20).fold(String::new(), |mut log, second| {
            writeln!(log, "2025-11-05T10:{:02}:{second:02}Z h{n} cron[1]: x", n % 60).unwrap();
            log
        })
    };
    let contents: Vec<String> = (0..120).map(content).collect();
    let files: Vec<_> = names.iter().map(String::as_str).zip(contents.iter().map(String::as_str)).collect();
    let folder = folder(&files);
    let (events, _) = seen(&Options { threads: Some(1), ..options(folder.path()) });
    assert_eq!(events.len(), 120 * 20);
    let times: Vec<_> = events.iter().map(|event| &event[..20]).collect();
    assert!(times.is_sorted());
}

#[test]
fn a_sink_that_has_enough_and_a_caller_that_stops_end_the_run() {
    let folder = folder(&[("mail.log", &"Nov  5 10:00:00 a cron[1]: x\n".repeat(100_000))]);
    let options = options(folder.path());
    let mut sink = Seen { enough: 3, ..Seen::default() };
    let outcome = lines(&options, &Progress::default(), &mut sink).unwrap();
    assert!(sink.events.len() == 3 && !outcome.interrupted);

    let progress = Progress::default();
    let mut sink = Impatient(progress.clone(), 0);
    let pieces = Options { batch_bytes: Some(1000), ..options.clone() };
    let outcome = lines(&pieces, &progress, &mut sink).unwrap();
    assert!(outcome.interrupted && (1..100_000).contains(&sink.1));

    let progress = Progress::default();
    progress.stop.store(true, Ordering::Relaxed);
    let analysis = analyze(&options, &progress).unwrap();
    assert!(analysis.interrupted && analysis.report.input.lines == 0);
}

/// A log with everything that makes order hard: several files, disorder, new year, stray stamps, lines without stamps,
/// long ones.
fn log() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let line = (0_u32..40, 0..3_usize, 0..10_usize);
    let file = proptest::collection::vec(line, 0..60);
    proptest::collection::vec(file, 1..4).prop_map(|files| {
        let names = ["a.log", "a.log.1", "b.log", "c.log.1.gz"];
        let files = files.into_iter().enumerate().map(|(n, file)| {
            let lines = file.into_iter().enumerate().map(|(n, (late, host, what))| {
                // Sparse across new year, then dense enough for alerts.
                let minutes = if n < 25 { n as u32 * 60 } else { 1500 + n as u32 };
                let minutes = minutes.saturating_sub(late);
                let (day, hour, minute) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
                let date = if day == 0 { "Dec 31".to_owned() } else { format!("Jan {day:2}") };
                let stamp = format!("{date} {hour:02}:{minute:02}:00 mx{host}");
                let client = "unknown[192.0.2.1]";
                match what {
                    0 => String::new(),
                    1 => "no stamp at all".to_owned(),
                    2 => format!("{stamp} cron[1]: ({})", "x".repeat(n * 10)),
                    3 => format!("{stamp} postfix/smtpd[7]: connect from {client}"),
                    4 => format!("{stamp} postfix/qmgr[8]: 4Cd: removed"),
                    5 => format!(
                        "{stamp} postfix/smtpd[7]: disconnect from {client} ehlo=1 quit=1 commands=2\r"
                    ),
                    6 => format!("{stamp} cron[1]: {}", "y".repeat(70_000)),
                    7 => format!("Jul  1 00:00:0{host} mx{host} cron[1]: a clock that is wrong"),
                    _ => format!(
                        "{stamp} postfix/smtpd[7]: NOQUEUE: reject: RCPT from {client}: 554 5.7.1 \
                         <u{late}@example.net>: Relay access denied; from=<a@example.com> \
                         to=<u{late}@example.net> proto=ESMTP helo=<h>"
                    ),
                }
            });
            (names[n].to_owned(), lines.collect())
        });
        files.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn neither_threads_nor_batches_show(log in log(), threads in 1_usize..4, batch_bytes in 1_usize..5_000) {
        let files: Vec<_> = log.iter().map(|(name, lines)| (&**name, lines.join("\n"))).collect();
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let folder = folder(&files);
        let whole = options(folder.path());
        let pieces = Options { threads: Some(threads), batch_bytes: Some(batch_bytes), ..whole.clone() };
        let (events, _) = seen(&whole);
        prop_assert_eq!(&seen(&pieces).0, &events);
        prop_assert_eq!(&seen(&whole).0, &events);
        let report = |options: &Options| serde_json::to_string(&analyzed(options).report).unwrap();
        let whole_report = report(&whole);
        prop_assert_eq!(report(&pieces), whole_report);
        let blank = |line: &&String| !line.trim().is_empty();
        let lines = log.iter().flat_map(|(_, lines)| lines).filter(blank).count();
        let events = analyzed(&whole).report.input;
        prop_assert_eq!(events.events + events.ignored + events.unmatched, lines as u64);
    }
}
