//! `samples/wrappings`: one story in every shape in which a log may reach us. Each tells the same attempts.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::program::{code, err, out, run, run_with};

/// These state no host.
const HOSTLESS: &[&str] = &[
    "container-level.log",
    "docker-json-file-no-header.log",
    "docker-logs-t.log",
    "no-header.log",
    "no-host.log",
    "openwrt-logread.log",
];
/// These state no calendar time.
const TIMELESS: &[&str] = &["journalctl-short-monotonic.log", "no-header.log"];

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/wrappings");
    let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    assert!(all.len() >= 55, "the samples are gone");
    all
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

const FLAGS: &[&str] = &["--year", "2026", "--timezone", "UTC"];

/// The attempts of a file, to the second, without what tells where their lines stand.
fn attempts(path: &Path) -> Vec<Value> {
    let output = run(&[&["parse", "--attempts"], FLAGS, &[path.to_str().unwrap()]].concat());
    assert_eq!(code(&output), 0, "{}: {}", path.display(), err(&output));
    let attempt = |line: &str| {
        let mut attempt: Value = serde_json::from_str(line).unwrap();
        attempt.as_object_mut().unwrap().remove("lines");
        if let Some(time) = attempt["time"].as_str() {
            attempt["time"] = time[..19.min(time.len())].into();
        }
        attempt
    };
    out(&output).lines().map(attempt).collect()
}

#[test]
fn every_wrapping_tells_the_same_attempts() {
    let samples = samples();
    let plain = samples.iter().find(|path| name(path) == "plain.log").unwrap();
    let want = attempts(plain);
    assert_eq!(want.len(), 6, "{want:#?}");
    assert_eq!(want.iter().filter(|attempt| attempt["outcome"] == "denied").count(), 5);
    for path in &samples {
        let name = name(path);
        let mut want = want.clone();
        for attempt in &mut want {
            if HOSTLESS.contains(&name.as_str()) {
                attempt["host"] = "".into();
            }
            if TIMELESS.contains(&name.as_str()) {
                attempt.as_object_mut().unwrap().remove("time");
            }
        }
        assert_eq!(attempts(path), want, "{name}");
    }
}

#[test]
fn every_line_of_a_wrapping_is_understood_where_it_stands() {
    for path in samples() {
        let path = path.to_str().unwrap();
        let content = fs::read(path).unwrap();
        let output = run(&[&["parse", "--all"], FLAGS, &[path]].concat());
        let events: Vec<Value> =
            out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events.len(), 14, "{path}");
        for event in &events {
            assert!(event["kind"] != "unmatched" && event["kind"] != "ignored", "{path}: {event}");
            // The line that the origin names is the one it came from.
            let offset = event["offset"].as_u64().unwrap() as usize;
            assert!(offset == 0 || content[offset - 1] == b'\n', "{path}: {event}");
            let before = memchr::memchr_iter(b'\n', &content[..offset]).count() as u64;
            assert_eq!(event["line"].as_u64(), Some(before + 1), "{path}: {event}");
        }
        let report = run(&[&["analyze", "--output", "json"], FLAGS, &[path]].concat());
        let report: Value = serde_json::from_slice(&report.stdout).unwrap();
        assert_eq!(
            (&report["relay"]["denied"], &report["input"]["unmatched"]),
            (&5.into(), &0.into()),
            "{path}"
        );
        for evidence in report["alerts"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|alert| alert["evidence"].as_array().unwrap())
        {
            let text = evidence["text"].as_str().unwrap();
            assert!(text.contains("203.0.113.66"), "{path}: {evidence}");
        }
    }
}

#[test]
fn all_wrappings_in_one_file_or_on_a_pipe_are_read_as_well() {
    // All but the export, whose entries are no lines.
    let all: Vec<_> = samples().into_iter().filter(|path| name(path) != "journalctl.export").collect();
    let joined: Vec<u8> = all.iter().flat_map(|path| fs::read(path).unwrap()).collect();
    let output = run_with(&[&["parse", "--all"], FLAGS, &["-"]].concat(), &joined);
    let found = out(&output);
    assert_eq!(found.lines().count(), 14 * all.len());
    let unmatched = found.lines().find(|line| line.contains("\"kind\":\"unmatched\""));
    assert_eq!(unmatched, None);
    let export = samples().into_iter().find(|path| name(path) == "journalctl.export").unwrap();
    let output = run_with(&[&["parse"], FLAGS, &["-"]].concat(), &fs::read(export).unwrap());
    assert_eq!(out(&output).lines().count(), 14);
}

#[test]
fn a_stated_format_is_the_only_one_tried() {
    let formats = ["syslog", "json", "journal-export", "exim"];
    for path in samples() {
        let own = match path.extension().unwrap().to_str().unwrap() {
            "json" => "json",
            "export" => "journal-export",
            _ if name(&path).starts_with("docker-json") => "json",
            _ => "syslog",
        };
        for format in formats {
            let output = run(&[&["parse", "--format", format], FLAGS, &[path.to_str().unwrap()]].concat());
            let want = if format == own { 14 } else { 0 };
            let exim_reads_any_text = format == "exim";
            let have = out(&output).lines().count();
            assert!(have == want || exim_reads_any_text, "{} as {format}: {have}", path.display());
        }
    }
    let output = run(&["parse", "--format", "unknown", "x.log"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("journal-export"), "{}", err(&output));
}

#[test]
fn explain_says_how_a_line_is_wrapped() {
    for (sample, want) in [
        ("plain.log", "layout    syslog"),
        ("rfc5424.log", "layout    <PRI> in front (RFC 3164), RFC 5424"),
        ("docker-json-file.log", "layout    a JSON object"),
        ("cri.log", "layout    a line of a container runtime (CRI)"),
        ("journalctl-short-monotonic.log", "no calendar time (journalctl -o short-iso gives it)"),
        ("no-host.log", "layout    no host\n"),
        ("cri-json.log", "layout    a JSON object, a line of a container runtime (CRI)"),
        ("cee.log", "unwrapped mx.harbour.example postfix/smtpd[811]: connect from unknown[203.0.113.66]"),
        ("loki.log", "layout    a collector's stamp in front"),
        ("cisco.log", "layout    a stamp that syslogd does not write"),
    ] {
        let path = samples().into_iter().find(|path| name(path) == sample).unwrap();
        let first = fs::read_to_string(path).unwrap().lines().next().unwrap().to_owned();
        let output = run(&["explain", &first]);
        let told = out(&output);
        assert!(told.contains(want) && told.contains("pattern   postfix.smtpd.connect"), "{sample}: {told}");
    }
    let told = out(&run(&["explain", "Nov  5 22:35 no header"]));
    assert!(told.contains("no header") && told.contains("RFC 5424") && told.contains("JSON"), "{told}");
}

#[test]
fn lines_without_calendar_time_are_told_to_be_so() {
    for sample in TIMELESS {
        let path = samples().into_iter().find(|path| name(path) == *sample).unwrap();
        let report = out(&run(&["analyze", path.to_str().unwrap()]));
        assert!(report.contains("they state no calendar time"), "{sample}: {report}");
    }
}

/// A line in every shape whose stamp leaves out the zone: `T` is the time of day on 25 October.
const ZONELESS: &[&str] = &[
    "Oct 25 T mx1 X",
    "<22>Oct 25 T mx1 X",
    "Oct 25 T X",
    "Oct 25 T <mail.info> mx1 X",
    "Oct 25 T mx1 mail.info X",
    "Oct 25 2026 T mx1 X",
    "2026 Oct 25 T mx1 X",
    ".Oct 25 T: mx1 X",
    "Oct 25 2026 T: mx1 X",
    "Sun Oct 25 T 2026 mail.info X",
    "Sun 2026-10-25 T CET mx1 X",
    "2026-10-25 T mx1 X",
    "relay.example: Oct 25 T mx1 X",
    r#"{"log":"Oct 25 T mx1 X\n","stream":"stdout","time":"2026-10-25T12:00:00Z"}"#,
    r#"{"PROGRAM":"postfix/smtpd","PID":"1","MESSAGE":"connect from a.example[198.51.100.9]","HOST":"mx1","DATE":"Oct 25 T"}"#,
];

#[test]
fn both_hours_of_a_clock_change_are_told_apart_in_every_shape() {
    let times = ["01:59:59", "02:10:00", "02:50:00", "02:10:00", "02:50:00", "03:00:00"];
    let want = ["24T23:59:59", "25T00:10:00", "25T00:50:00", "25T01:10:00", "25T01:50:00", "25T02:00:00"];
    let want = want.map(|time| format!("2026-10-{time}Z"));
    for shape in ZONELESS {
        let line = |time: &&str| {
            shape
                .replace(" T ", &format!(" {time} "))
                .replace(" T:", &format!(" {time}:"))
                .replace(" T\"", &format!(" {time}\""))
                .replace(" X", " postfix/smtpd[1]: connect from a.example[198.51.100.9]")
                + "\n"
        };
        let log: String = times.iter().map(line).collect();
        let output =
            run_with(&["parse", "--year", "2026", "--timezone", "Europe/Vienna", "-"], log.as_bytes());
        let told: Vec<String> = out(&output)
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["time"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(told, want, "{shape}");
    }
}
