//! Each way in which logs are rotated, with a writer that does not wait: every line is counted once.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::lines::{at, denials};
use super::service::Place;
use crate::cases::sinks::daemon::until;

/// Files that are written one after the other.
const FILES: u32 = 6;
/// Lines in each.
const LINES: u32 = 3000;

/// A log file that others name and remove.
fn create(path: &Path) -> BufWriter<File> {
    BufWriter::with_capacity(1000, OpenOptions::new().append(true).create(true).open(path).unwrap())
}

/// Writes a file's worth of lines, in pieces that end anywhere.
fn fill(log: &mut BufWriter<File>, number: u32) {
    log.write_all(denials(at(0), &format!("192.0.2.{number}"), LINES).as_bytes()).unwrap();
    log.flush().unwrap();
}

/// Follows `input` while `write` writes all files and rotates them; what is counted must be what was written.
fn counted(input: &str, write: impl FnOnce(&Place)) {
    let place = Place::new("");
    let config = fs::read_to_string(place.path("config.toml")).unwrap();
    let named = place.path(input).to_str().unwrap().to_owned();
    fs::write(place.path("config.toml"), config.replace(place.log().to_str().unwrap(), &named)).unwrap();
    let service = place.started();
    write(&place);
    let want = u64::from(FILES * LINES);
    let lines = || place.figure("relaywatch_lines_total");
    until(&format!("{want} lines"), || (lines()? >= want).then_some(()));
    // Lines that are read twice would come now.
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(lines(), Some(want), "{}", place.said());
    assert!(service.stop().success());
    assert!(place.said().contains(&format!("ended after {want} lines")), "{}", place.said());
}

/// Waits until the file of this number is being read: what is gone before anybody saw it is lost to everybody.
fn is_read(place: &Place, number: u32) {
    let before = u64::from(number * LINES);
    until("it is read", || (place.figure("relaywatch_lines_total")? > before).then_some(()));
}

/// `mail.log.1` becomes `mail.log.2` and so on.
fn shift(place: &Place, ending: &str) {
    for number in (1..FILES).rev() {
        let old = place.path(&format!("mail.log.{number}{ending}"));
        if old.exists() {
            fs::rename(old, place.path(&format!("mail.log.{}{ending}", number + 1))).unwrap();
        }
    }
}

#[test]
fn renamed_and_created() {
    counted("mail.log", |place| {
        for number in 0..FILES {
            shift(place, "");
            if number > 0 {
                fs::rename(place.log(), place.path("mail.log.1")).unwrap();
            }
            fill(&mut create(&place.log()), number);
        }
    });
}

#[test]
fn copied_and_truncated() {
    counted("mail.log", |place| {
        let mut log = create(&place.log());
        for number in 0..FILES {
            if number > 0 {
                shift(place, "");
                fs::copy(place.log(), place.path("mail.log.1")).unwrap();
                log.get_ref().set_len(0).unwrap();
            }
            fill(&mut log, number);
        }
    });
}

#[test]
fn deleted_and_created() {
    counted("mail.log", |place| {
        for number in 0..FILES {
            if number > 0 {
                is_read(place, number - 1);
                fs::remove_file(place.log()).unwrap();
            }
            fill(&mut create(&place.log()), number);
        }
    });
}

#[test]
fn renamed_and_compressed() {
    counted("mail.log", |place| {
        for number in 0..FILES {
            if number > 0 {
                is_read(place, number - 1);
                shift(place, ".gz");
                fs::rename(place.log(), place.path("mail.log.1")).unwrap();
            }
            let mut log = create(&place.log());
            fill(&mut log, number);
            if number > 0 {
                let gzip = Command::new("gzip").arg(place.path("mail.log.1")).status().unwrap();
                assert!(gzip.success());
            }
        }
    });
}

#[test]
fn a_symbolic_link_is_switched() {
    counted("mail.log", |place| {
        for number in 0..FILES {
            if number > 0 {
                is_read(place, number - 1);
            }
            let file = place.path(&format!("mail-2026-03-{:02}", number + 1));
            let mut log = create(&file);
            let new = place.path("new");
            std::os::unix::fs::symlink(&file, &new).unwrap();
            fs::rename(new, place.log()).unwrap();
            fill(&mut log, number);
        }
    });
}

#[test]
fn a_pattern_matches_more_and_more() {
    counted("mail-*.log", |place| {
        for number in 0..FILES {
            fill(&mut create(&place.path(&format!("mail-{number}.log"))), number);
        }
    });
}
