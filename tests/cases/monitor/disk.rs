//! A state folder on a disk that is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::hook::{Answer, Hook};
use super::lines::{AT_ONCE, SITE, at, relay};
use super::service::{Place, told};
use crate::cases::sinks::daemon::until;

/// A small disk in memory, gone with the test.
struct Disk(PathBuf);

impl Disk {
    /// `None`, and a message, where mounting is forbidden.
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(at).output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        eprintln!("skipped: nothing can be mounted here; root may");
        None
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_said_once_and_stops_no_alert() {
    let hook = Hook::new(Answer::Status(200));
    let place = Place::new(&format!("{SITE}{AT_ONCE}{}", hook.table("chat")));
    let Some(disk) = Disk::mount(&place.path("state")) else { return };
    let service = place.started();
    place.write(&relay(at(-60), "203.0.113.1", 1));
    hook.waits_for("open.relay.firing", "203.0.113.1");
    let ballast = disk.0.join("ballast");
    let full = fs::write(&ballast, vec![0; 2 << 20]).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);

    for number in 2..=4 {
        let client = format!("203.0.113.{number}");
        place.write(&relay(at(-60), &client, number));
        hook.waits_for("open.relay.firing", &client);
    }
    let said = || place.said().matches("alerts go out all the same").count();
    until("it is said", || (said() == 1).then_some(()));
    let (status, why) =
        until("it is no health", || place.get("/healthz").filter(|(status, _)| *status == 503));
    assert!(why.contains("service.db"), "{status} {why}");

    fs::remove_file(ballast).unwrap();
    place.says("state is stored again");
    assert_eq!(said(), 1, "{}", place.said());
    // What was told is stored as told.
    service.kill();
    let service = place.started();
    let listed = told(&place.run(&["alerts", "list"]));
    assert!((1..=4).all(|number| listed.contains(&format!("203.0.113.{number}"))), "{listed}");
    place.write(&relay(at(-50), "203.0.113.5", 5));
    hook.waits_for("open.relay.firing", "203.0.113.5");
    assert_eq!(hook.heard().len(), 5, "{:?}", hook.heard());
    assert!(service.stop().success());
}
