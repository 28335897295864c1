//! The service learns, and what it has learned survives.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Timelike, Utc};
use serde_json::Value;

use super::service::{Place, told};
use crate::cases::learn::logs::{ACCOUNT, Log, MACHINE, SITE};
use crate::cases::sinks::daemon::until;

/// A log that begins so many days ago.
fn log(days: i64) -> Log {
    let begin = Utc::now() - TimeDelta::days(days);
    Log::new(begin.with_minute(0).unwrap().with_second(0).unwrap().with_nanosecond(0).unwrap())
}

fn known(place: &Place, folder: &str) -> Value {
    let folder = place.path(folder);
    let output = place.run(&["sources", "list", "--output", "json", "--state", folder.to_str().unwrap()]);
    serde_json::from_str(&told(&output)).unwrap()
}

/// Waits until the service has read so many lines, and stored what it knows.
fn has_read(place: &Place, lines: usize) {
    until("it has read", || (place.figure("relaywatch_lines_total")? >= lines as u64).then_some(()));
}

/// Waits until the service has stored what it knows, and no longer.
fn has_stored(place: &Place) {
    let database = rusqlite::Connection::open(place.path("state/service.db")).unwrap();
    let version = || database.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    let (before, begun) = (version(), Instant::now());
    while version() == before {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", place.said());
        thread::sleep(Duration::from_micros(500));
    }
}

#[test]
fn whoever_is_killed_again_and_again_learns_what_an_archive_teaches() {
    let place = Place::new(SITE);
    let text = log(10).hours(9 * 24, 0).take();
    place.write("");
    place.started().kill();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        // Lines are cut anywhere: all of it is ASCII.
        let (piece, behind) = rest.split_at((text.len() / 5 + 7).min(rest.len()));
        let service = place.started();
        place.write(piece);
        // The worst moment: it stands behind hours that nothing but learned.db has.
        has_stored(&place);
        service.kill();
        rest = behind;
    }
    let service = place.started();
    thread::sleep(Duration::from_secs(1));
    assert!(service.stop().success());

    let whole = place.log();
    let archive = place.path("archive");
    told(&place.run(&["analyze", "--learn", "--state", archive.to_str().unwrap(), whole.to_str().unwrap()]));
    let (live, archived) = (known(&place, "state"), known(&place, "archive"));
    assert!(archived["usual"].as_array().unwrap().len() > 3, "{archived:#}");
    assert_eq!(live, archived, "{}", place.said());
}

#[test]
fn a_running_service_hears_what_people_say_and_its_saves_undo_nothing() {
    let place = Place::new(SITE);
    let mut log = log(2);
    let text = log.hours(24, 0).take();
    place.write(&text);
    let service = place.started();
    has_read(&place, text.lines().count());
    until("it is saved", || {
        let state = place.path("state");
        let output = place.run(&["sources", "list", "--state", state.to_str().unwrap()]);
        String::from_utf8(output.stdout).unwrap().contains(MACHINE).then_some(())
    });
    told(&place.run(&["sources", "forget", ACCOUNT]));
    told(&place.run(&["sources", "approve", "10.0.0.0/8", "10.0.0.99"]));
    let is_ruled = || {
        let known = known(&place, "state");
        let sources: Vec<(Value, Value)> = known["sources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|source| (source["ip"].clone(), source["approved"].clone()))
            .collect();
        sources.len() == 2
            && sources.iter().all(|(_, approved)| *approved == true)
            && known["accounts"] == serde_json::json!([])
    };
    assert!(is_ruled(), "it is seen at once");
    let pending = || {
        let database = rusqlite::Connection::open(place.path("state/learned.db")).unwrap();
        database.query_row("SELECT count(*) FROM rulings", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    until("it is heard", || (pending() == 0).then_some(()));
    assert!(is_ruled());
    // A stop and a start later it is still so.
    assert!(service.stop().success());
    assert!(place.started().stop().success());
    assert!(is_ruled(), "{}", place.said());
}

#[test]
fn one_learns_at_a_time() {
    let place = Place::new(SITE);
    place.write(&log(1).hours(2, 0).take());
    let _service = place.started();
    let path = place.log();
    let state = place.path("state");
    let output =
        place.run(&["analyze", "--learn", "--state", state.to_str().unwrap(), path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("another relaywatch learns in ") && error.contains("by itself"), "{error}");
}

#[test]
fn what_is_damaged_is_said_once_and_the_service_goes_on_without_it() {
    let place = Place::new(SITE);
    fs::create_dir(place.path("state")).unwrap();
    let garbage = b"garbage".repeat(1000);
    let database = place.path("state/learned.db");
    fs::write(&database, &garbage).unwrap();
    let mut log = log(2);
    place.write(&log.hours(5, 0).take());
    let service = place.started();
    has_read(&place, 100);
    place.write(&log.hours(5, 0).take());
    until("it is told", || (place.figure("relaywatch_learned_lost")? == 1).then_some(()));
    thread::sleep(Duration::from_secs(7));
    assert_eq!(place.said().matches("learning begins anew").count(), 1, "{}", place.said());
    assert_eq!(fs::read(&database).unwrap(), garbage);
    // Taken away, it is made anew.
    fs::remove_file(&database).unwrap();
    place.write(&log.hours(5, 0).take());
    until("it is kept", || (place.figure("relaywatch_learned_lost")? == 0).then_some(()));
    assert!(service.stop().success());
    assert_eq!(known(&place, "state")["sources"][0]["ip"], MACHINE);
}

#[test]
fn what_is_deleted_under_a_running_service_comes_again() {
    let place = Place::new(SITE);
    let mut log = log(2);
    place.write(&log.hours(5, 0).take());
    let service = place.started();
    let database = place.path("state/learned.db");
    until("it is saved", || database.exists().then_some(()));
    fs::remove_file(&database).unwrap();
    place.write(&log.hours(5, 0).take());
    until("it is saved again", || database.exists().then_some(()));
    assert!(service.stop().success());
    let known = known(&place, "state");
    let denials =
        known["usual"].as_array().unwrap().iter().find(|usual| usual["measure"] == "denials").unwrap();
    assert_eq!(denials["hours"].as_array().unwrap().len(), 9, "of the tenth nobody knows whether it is over");
}

#[test]
fn what_archives_teach_a_service_that_stands_still_is_known_when_it_goes_on() {
    let place = Place::new(SITE);
    let mut log = log(3);
    let old = log.from("client=old.harbour.example[10.0.0.66]").hours(24, 0).take();
    fs::write(place.path("old.log"), old).unwrap();
    place.write(&log.hours(24, 0).take());
    let service = place.started();
    has_read(&place, 100);
    assert!(service.stop().success());

    let (archive, state) = (place.path("old.log"), place.path("state"));
    told(&place.run(&["analyze", "--learn", "--state", state.to_str().unwrap(), archive.to_str().unwrap()]));
    place.write(&log.hours(2, 0).take());
    let service = place.started();
    has_read(&place, 40);
    assert!(service.stop().success());
    let known = known(&place, "state");
    let mut sources: Vec<&str> =
        known["sources"].as_array().unwrap().iter().map(|source| source["ip"].as_str().unwrap()).collect();
    sources.sort_unstable();
    assert_eq!(sources, [MACHINE, "10.0.0.66"], "{}", place.said());
}
