//! While 20,000 lines a second arrive, keys are answered and memory stays; while none arrive, it rests. Twenty seconds, or ten
//! minutes with `RELAYWATCH_FULL=1`. The program under test is not optimised and shares the machine with other tests: the
//! bounds are wide.
//!
//! To measure: `RELAYWATCH_PROGRAM=target/release/relaywatch RELAYWATCH_RATE=50000 RELAYWATCH_SECONDS=120 cargo test --test
//! relaywatch -- --nocapture watch::speed`.

#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use super::pty::Pty;
use super::terminal::Terminal;

/// Lines a second, unless `RELAYWATCH_RATE` says another number.
const RATE: u64 = 20_000;
/// Portions that the writer writes in a second.
const PORTIONS: u64 = 20;
/// A log that has grown so long, in bytes, is rotated.
const ROTATED: u64 = 200 << 20;
/// Within this, keys are to be answered: nine in ten are, whatever else the machine does.
const PROMPT: Duration = Duration::from_millis(50);
/// Within this, all of them.
const LATEST: Duration = Duration::from_secs(2);
/// From an answer to the next key: as fast as a finger types, and at all moments of reading and drawing.
const BETWEEN: Duration = Duration::from_millis(23);
/// Memory at most, in KiB.
const MEMORY: u64 = 100 << 10;
/// Ticks of /proc/PID/stat in a second (proc(5): 100 on Linux).
const TICKS: f64 = 100.0;

/// What the writer writes at once: messages that come in and are delivered.
fn portion(number: u64, rate: u64, out: &mut String) {
    out.clear();
    let second = number / PORTIONS;
    let (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60);
    for index in 0..rate / PORTIONS / 4 {
        let id = number * 1_000 + index;
        let client = format!("c{0}.example[198.51.{0}.{1}]", id % 50, id % 40);
        let queue = format!("{:010X}", 0x10_0000_0000_u64 + id);
        let head = format!("2026-03-03T{hour:02}:{minute:02}:{rest:02}+00:00 mx postfix");
        writeln!(
            out,
            "{head}/smtpd[{}]: {queue}: client={client}, sasl_method=LOGIN, sasl_username=u{}@corp.example",
            9_000 + index,
            id % 500
        )
        .unwrap();
        writeln!(
            out,
            "{head}/qmgr[702]: {queue}: from=<u{}@corp.example>, size=900, nrcpt=1 (queue active)",
            id % 500
        )
        .unwrap();
        writeln!(
            out,
            "{head}/local[8126]: {queue}: to=<anna@harbour.example>, relay=local, delay=0.3, delays=0.2/0.1/0/0, \
             dsn=2.0.0, status=sent (delivered to maildir)"
        )
        .unwrap();
        writeln!(out, "{head}/qmgr[702]: {queue}: removed").unwrap();
    }
}

/// Writes for so long, as fast as it should, and says how many lines it were.
fn write(log: PathBuf, time: Duration, rate: u64) -> JoinHandle<u64> {
    thread::spawn(move || {
        let start = Instant::now();
        let open = || OpenOptions::new().append(true).create(true).open(&log).unwrap();
        let (mut file, mut length, mut text) = (open(), 0, String::new());
        let portions = time.as_secs() * PORTIONS;
        for number in 0..portions {
            portion(number, rate, &mut text);
            let due = start + Duration::from_millis(number * 1_000 / PORTIONS);
            sleep(due.saturating_duration_since(Instant::now()));
            file.write_all(text.as_bytes()).unwrap();
            length += text.len() as u64;
            if length > ROTATED {
                fs::rename(&log, log.with_extension("log.1")).unwrap();
                (file, length) = (open(), 0);
            }
        }
        portions * (rate / PORTIONS / 4 * 4)
    })
}

/// Memory of the process in KiB: `VmRSS` now, `VmHWM` at most so far.
fn memory(process: i32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

/// Processor time that the process took so far, in seconds.
fn processor(process: i32) -> f64 {
    let stat = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).unwrap();
    // Behind the name in parentheses, utime and stime are the 12th and 13th.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / TICKS
}

/// A number from the environment.
fn stated(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Half of them, nine in ten, all of them.
fn spread(answers: &mut [Duration]) -> [Duration; 3] {
    answers.sort_unstable();
    let last = answers.len() - 1;
    [answers[last / 2], answers[last * 9 / 10], answers[last]]
}

#[test]
fn keys_are_answered_and_memory_stays_while_lines_pour_in() {
    let full = std::env::var_os("RELAYWATCH_FULL").is_some();
    let seconds = stated("RELAYWATCH_SECONDS").unwrap_or(if full { 600 } else { 20 });
    let (time, rate) = (Duration::from_secs(seconds), stated("RELAYWATCH_RATE").unwrap_or(RATE));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("mail.log");
    fs::write(&log, b"").unwrap();
    let config = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/config.toml"));
    let state = folder.path().join("state");
    let [watch, config_option, state_option, from, start] =
        ["watch", "--config", "--state", "--from", "start"].map(Path::new);
    let mut dashboard =
        Pty::start(120, 40, &[watch, config_option, config, state_option, &state, from, start, &log]);
    dashboard.shows("1 Overview");
    let process = dashboard.process();
    let start = Instant::now();
    let writer = write(log, time, rate);
    dashboard.answer("7", "removed");

    let keys = [
        ("3", "200 addresses"),
        ("t", "50 networks"),
        ("t", "200 addresses"),
        ("4", "sent to"),
        ("6", "outcome"),
        ("?", "this help"),
        ("\x1b", "outcome"),
        ("7", "The newest"),
        ("1", "Connections"),
    ];
    let mut answers = Vec::new();
    let mut half = None;
    let (begin, before) = (memory(process, "VmRSS"), processor(process));
    while start.elapsed() < time {
        for (key, shows) in keys {
            answers.push((dashboard.answer(key, shows), key));
            sleep(BETWEEN);
        }
        if start.elapsed() > time / 2 {
            half.get_or_insert_with(|| [memory(process, "VmHWM"), memory(process, "VmRSS")]);
        }
    }
    let cost = (processor(process) - before) / start.elapsed().as_secs_f64();
    let lines = writer.join().unwrap();
    let ([half, half_now], end) = (half.unwrap(), memory(process, "VmHWM"));
    answers.sort();
    let late = answers.iter().filter(|(answer, _)| *answer > PROMPT).count();
    let mut all: Vec<Duration> = answers.iter().map(|(answer, _)| *answer).collect();
    eprintln!(
        "{lines} lines; {} keys: {:?} (half, nine in ten, the last); {late} later than {PROMPT:?}; {:.0} % of a core; \
         memory now {begin}, {half_now}, {} KiB, at most {end} KiB; the slowest: {:?}",
        all.len(),
        spread(&mut all),
        cost * 100.0,
        memory(process, "VmRSS"),
        &answers[answers.len().saturating_sub(8)..]
    );
    assert!(late * 10 < answers.len(), "{answers:?}");
    assert!(answers.iter().all(|(answer, _)| *answer < LATEST), "{answers:?}");
    assert!(end < MEMORY && end * 10 < half * 12, "{half} KiB at half time, {end} KiB at the end");

    // It reads all of it, sooner or later.
    dashboard.shows(&relaywatch::model::thousands(lines));
}

#[test]
fn it_rests_while_nothing_happens() {
    let log = include_bytes!("../../../samples/postfix/open-relay.log");
    let Some(terminal) = Terminal::watch(120, 40, log, "--from start") else { return };
    terminal.shows("203.0.113.66 relays");
    let process = terminal.process();
    sleep(Duration::from_secs(2));
    let before = processor(process);
    sleep(Duration::from_secs(5));
    let cost = processor(process) - before;
    eprintln!("{cost:.2} s of processor time in 5 s: {:.1} % of a core", cost * 20.0);
    assert!(cost < 0.25, "{cost:.2} s of processor time in 5 s without a key or a line");
}
