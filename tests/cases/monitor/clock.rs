//! The wall clock jumps while the service runs, as it does where somebody sets it right: libfaketime tells the service a time
//! that the test chooses. Clocks that only go on (`CLOCK_MONOTONIC`) and stamps of files stay as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::hook::{Answer, Hook};
use super::lines::{AT_ONCE, SITE, at, relay};
use super::service::{Place, told};
use crate::cases::program::relaywatch;
use crate::cases::sinks::daemon::{absent, find, until};

/// Seconds from the real time to that of the service, one jump after the other: a day back, home, a week on, an hour back
/// from there, home.
const JUMPS: [i64; 5] = [-86_400, 0, 7 * 86_400, 7 * 86_400 - 3600, 0];
/// How long an alert may take, by the real time. It is there within a second; a busy machine adds to that.
const PROMPT: Duration = Duration::from_secs(10);

/// The library that lies about the time; `None`, and a message, where it is not installed.
fn library() -> Option<PathBuf> {
    find("faketime", "faketime")?;
    // Debian has a folder for each architecture.
    let folders = fs::read_dir("/usr/lib").unwrap().flatten().map(|entry| entry.path());
    let mut places = folders.chain([PathBuf::from("/usr/lib")]);
    let library = places.find_map(|folder| {
        let library = folder.join("faketime/libfaketimeMT.so.1");
        library.is_file().then_some(library)
    });
    if library.is_none() {
        absent("libfaketimeMT.so.1", "libfaketime");
    }
    library
}

/// The program, to which `file` says how far its clock is off.
fn deceived(library: &Path, file: &Path) -> Command {
    let mut command = relaywatch();
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", file);
    for name in ["FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"] {
        command.env(name, "1");
    }
    command
}

/// Sets the clock of whoever looks into `file`, in one step.
fn set(file: &Path, seconds: i64) {
    let new = file.with_extension("new");
    fs::write(&new, format!("{seconds:+}")).unwrap();
    fs::rename(new, file).unwrap();
}

#[test]
fn the_clock_jumps_and_every_alert_arrives_once_and_soon() {
    let Some(library) = library() else { return };
    let hook = Hook::new(Answer::Status(200));
    let place = Place::new(&format!("{SITE}{AT_ONCE}{}", hook.table("chat")));
    let file = place.path("clock");
    set(&file, 0);
    let service = place.started_by(deceived(&library, &file));
    let lag = || place.figure("relaywatch_event_time_lag_seconds");

    let (mut number, mut waited) = (0, Vec::new());
    let mut tell = |what: &str| {
        number += 1;
        let client = format!("203.0.113.{number}");
        let start = Instant::now();
        place.write(&relay(at(-5), &client, number));
        hook.waits_for("open.relay.firing", &client);
        waited.push((what.to_owned(), start.elapsed()));
    };
    tell("at first");
    for seconds in JUMPS {
        set(&file, seconds);
        tell(&format!("at {seconds:+}"));
        // It has been deceived, or this test is about nothing: the newest line is that far behind its clock.
        let far = u64::try_from(seconds).unwrap_or(0);
        until("its clock has jumped", || (far..far + 600).contains(&lag()?).then_some(()));
        tell(&format!("then at {seconds:+}"));
    }
    assert!(waited.iter().all(|(_, waited)| *waited < PROMPT), "{waited:?}");

    // An alert that fails while the clock is wrong is tried again soon after it is right.
    for seconds in [7 * 86_400, -86_400] {
        set(&file, seconds);
        hook.answer(Answer::Status(503));
        number += 1;
        let client = format!("203.0.113.{number}");
        place.write(&relay(at(-5), &client, number));
        until("it failed", || hook.heard().iter().any(|heard| heard.subject() == client).then_some(()));
        set(&file, 0);
        hook.answer(Answer::Status(200));
        hook.waits_for("open.relay.firing", &client);
    }

    assert_eq!(place.get("/healthz").map(|(status, _)| status), Some(200));
    assert!(service.stop().success());
    let dead = place.run(&["alerts", "list", "--dead", "--output", "json"]);
    assert_eq!(told(&dead).trim(), "[]");
    let waiting = place.run(&["alerts", "list", "--waiting", "--output", "json"]);
    assert_eq!(told(&waiting).trim(), "[]");
    for client in (1..=number).map(|number| format!("203.0.113.{number}")) {
        let firing = hook.taken().into_iter().filter(|heard| heard.subject() == client);
        let told: Vec<(String, String)> = firing.map(|heard| (heard.kind, heard.id)).collect();
        let first = told.iter().filter(|(kind, _)| kind == "open.relay.firing").count();
        assert_eq!(first, 1, "{client}: {told:?}");
    }
}
