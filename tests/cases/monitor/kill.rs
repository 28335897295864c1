//! SIGKILL at random moments, over and over, while the log is written and rotated: in the end everything is as if one run had
//! read one file, and everybody was told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta, Utc};
use serde_json::Value;

use super::hook::{Answer, Hook};
use super::lines::{at, calm};
use super::service::{Place, told};
use crate::cases::generator::generator;
use crate::cases::sinks::daemon::until;

/// The seed of all that is random here.
pub(super) const SEED: u64 = 7;

/// A made log, whose last day is a week ago, with calm until now behind it: whatever goes by time is over in the end.
fn log(folder: &Path) -> (String, String) {
    let (path, truth) = (folder.join("made"), folder.join("truth.json"));
    let made = Command::new(generator())
        .args(["--server", "postfix", "--size", "2MB", "--seed", "3", "--stamps", "rfc3339"])
        .arg("--out")
        .arg(&path)
        .arg("--truth")
        .arg(&truth)
        .status()
        .unwrap();
    assert!(made.success());
    let made = fs::read_to_string(path).unwrap();
    let day = |line: &str| NaiveDate::parse_from_str(&line[..10], "%Y-%m-%d").unwrap();
    let later = (Utc::now().date_naive() - TimeDelta::days(7)) - day(made.lines().last().unwrap());
    let mut lines = String::with_capacity(made.len() + 100_000);
    for line in made.lines() {
        writeln!(lines, "{}{}", day(line) + later, &line[10..]).unwrap();
    }
    lines += &calm(at(-6 * 86_400), at(0), 900);

    let truth: Value = serde_json::from_slice(&fs::read(truth).unwrap()).unwrap();
    let mut site = "[site]\n".to_owned();
    for (key, list) in truth["site"].as_object().unwrap() {
        writeln!(site, "{key} = {list}").unwrap(); // a list of strings is the same in JSON and TOML
    }
    (lines, site)
}

/// Writes `lines` in pieces that end anywhere, and rotates now and then; `progress` counts the bytes.
fn write(lines: &str, log: &Path, pause: Duration, progress: &AtomicUsize, is_over: &AtomicBool) {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut file = OpenOptions::new().append(true).create(true).open(log).unwrap();
    let mut rest = lines.as_bytes();
    let (mut written, mut rotations) = (0, 0);
    while !rest.is_empty() {
        let is_rotated = written > (rotations + 1) * lines.len() / 12;
        let mut len = random.usize(1..20_000).min(rest.len());
        if is_rotated {
            // No daemon writes half of a line into one file and half into another.
            len += rest[len..].iter().position(|&byte| byte == b'\n').map_or(rest.len() - len, |end| end + 1);
        }
        let (piece, behind) = rest.split_at(len);
        file.write_all(piece).unwrap();
        rest = behind;
        written += piece.len();
        progress.store(written, Ordering::SeqCst);
        if is_rotated {
            rotations += 1;
            let numbered = |number: usize| PathBuf::from(format!("{}.{number}", log.display()));
            for number in (1..rotations).rev() {
                fs::rename(numbered(number), numbered(number + 1)).unwrap();
            }
            if rotations % 2 == 0 {
                fs::copy(log, numbered(1)).unwrap();
                file.set_len(0).unwrap();
            } else {
                fs::rename(log, numbered(1)).unwrap();
                file = File::options().append(true).create_new(true).open(log).unwrap();
            }
        }
        if !is_over.load(Ordering::SeqCst) {
            thread::sleep(pause);
        }
    }
}

/// What must be the same however it was read.
pub(super) fn essence(alerts: &[Value]) -> BTreeMap<String, String> {
    let of = |alert: &Value| {
        let parts = ["detector", "subject", "severity", "state", "count", "first_seen", "last_seen", "title"];
        (alert["id"].as_str().unwrap().to_owned(), parts.map(|part| alert[part].to_string()).join(" "))
    };
    alerts.iter().map(of).collect()
}

#[test]
fn whoever_is_killed_again_and_again_loses_and_doubles_nothing() {
    let rounds = if std::env::var_os("RELAYWATCH_FULL").is_some() { 100 } else { 20 };
    let mut random = fastrand::Rng::with_seed(SEED);
    let folder = tempfile::tempdir().unwrap();
    let (lines, site) = log(folder.path());
    let hook = Hook::new(Answer::Status(200));
    let notify = "[notify]\ngroup_wait = \"0s\"\ngroup_interval = \"0s\"\nrate_limit = 100000\n\n";
    let file = "[[sink]]\nname = \"file\"\ntype = \"file\"\npath = \"FOLDER/alerts.ndjson\"\n\n";
    let place = Place::new(&format!("{site}\n{notify}{file}{}", hook.table("chat")));

    // From here on, it knows where it stands.
    place.write("");
    place.started().kill();

    // A killing every 700 ms or so, while a piece (10 KB in the middle) is written each few of them.
    let pieces = u32::try_from(lines.len() / 10_000).unwrap();
    let pause = Duration::from_millis(700) * rounds / pieces;
    let (progress, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| write(&lines, &place.log(), pause, &progress, &is_over));
        for _ in 0..rounds {
            let service = place.start();
            thread::sleep(Duration::from_millis(random.u64(50..1200)));
            service.kill();
        }
        is_over.store(true, Ordering::SeqCst);
    });
    assert_eq!(progress.load(Ordering::SeqCst), lines.len());

    fs::write(folder.path().join("whole.log"), &lines).unwrap();
    let whole =
        place.run(&["analyze", "--output", "json", folder.path().join("whole.log").to_str().unwrap()]);
    let report: Value = serde_json::from_str(&told(&whole)).unwrap();
    let expected = essence(report["alerts"].as_array().unwrap());
    assert!(expected.len() > 8, "too little happens: {expected:?}");
    let detectors: BTreeSet<&str> = report["alerts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| alert["detector"].as_str().unwrap())
        .collect();
    assert!(detectors.len() > 3, "{detectors:?}");

    let service = place.started();
    let listed = || -> BTreeMap<String, String> {
        let output = place.run(&["alerts", "list", "--all", "--output", "json"]);
        essence(&serde_json::from_str::<Vec<Value>>(&told(&output)).unwrap())
    };
    let mut last = BTreeMap::new();
    let start = std::time::Instant::now();
    while last != expected && start.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(200));
        last = listed();
    }
    assert_eq!(last, expected, "{}", place.said());
    until("everything is delivered", || {
        let waiting = place.run(&["alerts", "list", "--waiting", "--output", "json"]);
        (told(&waiting).trim() == "[]").then_some(())
    });
    assert!(service.stop().success());
    assert_eq!(told(&place.run(&["alerts", "list", "--dead", "--output", "json"])).trim(), "[]");

    let text = fs::read_to_string(place.path("alerts.ndjson")).unwrap();
    assert!(text.ends_with('\n'));
    let filed: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let filed = filed.into_iter().map(|notice| {
        let kind =
            format!("{}.{}", notice["alert"]["detector"], notice["news"]).replace('"', "").replace('-', ".");
        (notice["id"].as_str().unwrap().to_owned(), kind, notice["alert"].clone())
    });
    check(&report, filed.collect());
    check(&report, hook.heard().into_iter().map(|heard| (heard.id, heard.kind, heard.alert)).collect());
}

/// What one sink was told: ids, kinds and alerts, as they came.
pub(super) fn check(report: &Value, notices: Vec<(String, String, Value)>) {
    let alerts = report["alerts"].as_array().unwrap();
    let mut by_id: BTreeMap<String, (String, Value)> = BTreeMap::new();
    let mut gravest: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut over = BTreeSet::new();
    for (id, kind, alert) in notices {
        let name = alert["id"].as_str().unwrap().to_owned();
        gravest.entry(name.clone()).or_default().push(alert["severity"].as_str().unwrap().to_owned());
        if kind.ends_with(".resolved") {
            over.insert(name);
        }
        let told = (kind, alert);
        let before = by_id.entry(id.clone()).or_insert_with(|| told.clone());
        assert_eq!(*before, told, "two notices have the id {id}");
    }
    for alert in alerts.iter().filter(|alert| alert["severity"] != "info") {
        let (id, severity) = (alert["id"].as_str().unwrap(), alert["severity"].as_str().unwrap().to_owned());
        let told = gravest.get(id).unwrap_or_else(|| panic!("nobody was told of {alert}"));
        assert!(told.contains(&severity), "{id} was told as {told:?}: {alert}");
        assert_eq!(over.contains(id), alert["state"] == "resolved", "{alert}");
    }
    let known: BTreeSet<&str> = alerts.iter().map(|alert| alert["id"].as_str().unwrap()).collect();
    assert!(gravest.keys().all(|id| known.contains(&**id)), "alerts that nobody knows: {gravest:?}");
}
