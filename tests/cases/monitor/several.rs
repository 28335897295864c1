//! SIGKILL at random moments while three servers' logs are written at once, line by line in turn, and rotated each for itself:
//! what the sources tell together is what one run tells of the finished files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::hook::{Answer, Hook};
use super::kill::{SEED, check, essence};
use super::lines::{AT_ONCE, SITE, at, calm, denials, relay};
use super::service::{Place, told};
use crate::cases::sinks::daemon::until;

const LOGS: [&str; 3] = ["mx1.log", "mx2.log", "mx3.log"];
/// So often something is written to each.
const TURNS: i64 = 300;
/// A turn by the stamps of the lines: four times as long as it takes. Three sources are never read at one moment, and what comes
/// later by more than the lag of the watermark, ten seconds, is late.
const TURN_MILLIS: i64 = 100;
/// Clients that are denied at all three servers: none of them is denied often enough at one of them to be a warning.
const SPRAYERS: u32 = 6;
/// What is written in one turn, by the log that it stands in.
type Turn = [String; 3];

/// An attack, a week ago: turn by turn, what each server writes.
fn attack(random: &mut fastrand::Rng, begin: DateTime<Utc>, turn_millis: i64) -> Vec<Turn> {
    let mut number = 0;
    let turns = (0..TURNS).map(|turn| {
        let time = begin + TimeDelta::milliseconds(turn * turn_millis);
        let mut lines = Turn::default();
        for (server, lines) in lines.iter_mut().enumerate() {
            for _ in 0..random.usize(1..4) {
                let client = format!("192.0.2.{}", random.u32(1..=SPRAYERS));
                *lines += &denials(time, &client, random.u32(1..4));
            }
            if random.u32(0..20) == 0 {
                number += 1;
                *lines += &relay(time, &format!("203.0.113.{}", 1 + number % 20), number);
            }
            *lines = lines.replace(" mx1 ", &format!(" mx{} ", server + 1));
        }
        lines
    });
    turns.collect()
}

/// Writes all `turns`, some lines here and some there, and rotates each log now and then by renaming it.
fn write(place: &Place, turns: &[Turn], pause: Duration, progress: &AtomicUsize, is_over: &AtomicBool) {
    let mut random = fastrand::Rng::with_seed(SEED + 1);
    let open = |name: &str| OpenOptions::new().append(true).create(true).open(place.path(name)).unwrap();
    let mut files: Vec<File> = LOGS.iter().map(|name| open(name)).collect();
    let mut rotations = [0; 3];
    for (turn, texts) in turns.iter().enumerate() {
        let mut rest: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
        while rest.iter().any(|rest| !rest.is_empty()) {
            let at = random.usize(0..LOGS.len());
            // Pieces end anywhere, within lines too.
            let len = random.usize(1..600).min(rest[at].len());
            files[at].write_all(&rest[at][..len]).unwrap();
            rest[at] = &rest[at][len..];
        }
        for (at, name) in LOGS.iter().enumerate() {
            if random.usize(0..60) != 0 {
                continue;
            }
            let numbered = |number: usize| place.path(&format!("{name}.{number}"));
            for number in (1..=rotations[at]).rev() {
                fs::rename(numbered(number), numbered(number + 1)).unwrap();
            }
            fs::rename(place.path(name), numbered(1)).unwrap();
            (files[at], rotations[at]) = (open(name), rotations[at] + 1);
        }
        progress.store(turn + 1, Ordering::SeqCst);
        if !is_over.load(Ordering::SeqCst) {
            thread::sleep(pause);
        }
    }
}

/// Has the service of `place` follow all [`LOGS`], which are empty and whose paths it gives.
fn follow(place: &Place) -> Vec<PathBuf> {
    let config = fs::read_to_string(place.path("config.toml")).unwrap();
    let paths: Vec<PathBuf> = LOGS.iter().map(|name| place.path(name)).collect();
    let inputs = config.replace(&format!("[{:?}]", place.log()), &format!("{paths:?}"));
    assert_ne!(inputs, config);
    fs::write(place.path("config.toml"), inputs).unwrap();
    for path in &paths {
        fs::write(path, "").unwrap();
    }
    paths
}

/// Ends `turns` with calm, and waits until the running service says of the alerts what `analyze` does, whose report it gives.
fn compare(place: &Place, paths: &[PathBuf], mut turns: Vec<Turn>) -> Value {
    // The end of it all, at each server: calm until now. None is a week ahead of what another has not told yet.
    for path in paths {
        let behind = format!("relaywatch_source_behind_bytes{{source=\"{}\"}}", path.display());
        until("all is read", || (place.figure(&behind)? == 0).then_some(()));
    }
    let quiet = calm(at(-7 * 86_400 + 7200), at(0), 900);
    let quiet: Turn = [1, 2, 3].map(|server| quiet.replace(" mx1 ", &format!(" mx{server} ")));
    for (path, text) in paths.iter().zip(&quiet) {
        File::options().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }
    turns.push(quiet);
    let whole = place.path("whole");
    fs::create_dir(&whole).unwrap();
    for (server, name) in LOGS.iter().enumerate() {
        let text = turns.iter().fold(String::new(), |mut text, lines| {
            write!(text, "{}", lines[server]).unwrap();
            text
        });
        fs::write(whole.join(name), text).unwrap();
    }
    let analyzed = place.run(&["analyze", "--output", "json", whole.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&told(&analyzed)).unwrap();
    let alerts = report["alerts"].as_array().unwrap();
    let expected = essence(alerts);
    let detectors = |name: &str| alerts.iter().filter(|alert| alert["detector"] == name).count();
    assert!(
        detectors("open-relay") > 10 && detectors("relay-denied-spike") >= SPRAYERS as usize,
        "{expected:?}"
    );

    let listed = || -> BTreeMap<String, String> {
        let output = place.run(&["alerts", "list", "--all", "--output", "json"]);
        essence(&serde_json::from_str::<Vec<Value>>(&told(&output)).unwrap())
    };
    let (mut last, start) = (BTreeMap::new(), Instant::now());
    while last != expected && start.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(200));
        last = listed();
    }
    let only = |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>| -> Vec<String> {
        one.iter()
            .filter(|(id, text)| other.get(*id) != Some(text))
            .map(|(id, text)| format!("{id} {text}"))
            .collect()
    };
    assert_eq!(
        only(&last, &expected),
        only(&expected, &last),
        "live and analyzed differ in these; {}",
        place.said().lines().filter(|line| !line.contains(" INFO ")).collect::<Vec<_>>().join("\n")
    );
    until("everything is delivered", || {
        let waiting = place.run(&["alerts", "list", "--waiting", "--output", "json"]);
        (told(&waiting).trim() == "[]").then_some(())
    });
    report
}

#[test]
fn three_logs_and_many_killings_are_three_logs_and_none() {
    let rounds = if std::env::var_os("RELAYWATCH_FULL").is_some() { 50 } else { 12 };
    let mut random = fastrand::Rng::with_seed(SEED);
    let turns = attack(&mut random, at(-7 * 86_400), TURN_MILLIS);
    let hook = Hook::new(Answer::Status(200));
    let notify = "[notify]\ngroup_wait = \"0s\"\ngroup_interval = \"0s\"\nrate_limit = 100000\n\n";
    let place = Place::new(&format!("{SITE}{notify}{}", hook.table("chat")));
    let paths = follow(&place);
    // From here on, it knows where it stands.
    place.started().kill();

    // A killing every 700 ms or so.
    let pause = Duration::from_millis(700) * rounds / u32::try_from(TURNS).unwrap();
    let (progress, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| write(&place, &turns, pause, &progress, &is_over));
        for _ in 0..rounds {
            let service = place.start();
            thread::sleep(Duration::from_millis(random.u64(50..1200)));
            service.kill();
        }
        is_over.store(true, Ordering::SeqCst);
    });
    assert_eq!(progress.load(Ordering::SeqCst), turns.len());

    let service = place.started();
    let report = compare(&place, &paths, turns);
    assert!(service.stop().success());
    check(&report, hook.heard().into_iter().map(|heard| (heard.id, heard.kind, heard.alert)).collect());
}

#[test]
fn what_waits_for_its_rotation_is_waited_for() {
    let mut random = fastrand::Rng::with_seed(SEED);
    // An hour and a half, so that who goes on without the others is late by more than any window.
    let turns = attack(&mut random, at(-7 * 86_400), 20_000);
    let place = Place::new(&format!("{SITE}{AT_ONCE}"));
    let paths = follow(&place);
    assert!(place.started().stop().success());
    // All of it is written and rotated while nobody follows.
    write(&place, &turns, Duration::ZERO, &AtomicUsize::new(0), &AtomicBool::new(true));
    let service = place.started();
    compare(&place, &paths, turns);
    assert!(service.stop().success());
}
