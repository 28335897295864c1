//! A real journal: systemd-journald and journalctl, in a namespace of mounts where they disturb nobody.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::hook::{Answer, Hook};
use super::lines::{AT_ONCE, SITE, at, denials, relay};
use super::service::Place;
use crate::cases::program::relaywatch;
use crate::cases::sinks::daemon::{Daemon, find, skip, until};

/// Makes the folders of a journal that exists in memory alone, and becomes its daemon. Who waits for `made` writes into no
/// other journal.
const SCRIPT: &str = "set -e
mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log
mount -t tmpfs tmpfs /run/log
printf '[Journal]\\nStorage=volatile\\nReadKMsg=no\\nAudit=no\\nForwardToWall=no\\nRateLimitBurst=0\\n' \\
    > /run/systemd/journald.conf.d/test.conf
touch /run/systemd/made
exec \"$0\"";

/// So many denials are an alert, and grave.
const GRAVE: &str = "[detect.relay-denied-spike]\nsource_denials = 24\nwarning_denials = 5\nday_denials = 500\nnetwork_denials = 500\n\n";

/// A journal of its own. It ends with the test.
struct Journal {
    _daemon: Daemon,
    nsenter: PathBuf,
    process: u32,
}

impl Journal {
    /// `None`, and a message, where there is no journald or nobody may mount.
    fn start(folder: &Path) -> Option<Self> {
        find("journalctl", "systemd")?;
        let (unshare, nsenter) = (find("unshare", "util-linux")?, find("nsenter", "util-linux")?);
        let program = ["/lib/systemd/systemd-journald", "/usr/lib/systemd/systemd-journald"];
        let Some(program) = program.iter().find(|program| Path::new(program).is_file()) else {
            skip("systemd-journald is not installed; install the package systemd");
            return None;
        };
        let mut trial = Command::new(&unshare);
        trial.args(["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).stderr(Stdio::null());
        if !trial.status().is_ok_and(|status| status.success()) {
            skip("nothing can be mounted here; root may");
            return None;
        }
        let log = folder.join("journald");
        let mut command = Command::new(unshare);
        command.args(["--mount", "sh", "-c", SCRIPT, program]);
        let mut daemon = Daemon::start(&mut command, &log);
        let process = daemon.process();
        until("journald listens", || {
            assert!(daemon.is_alive(), "{}", fs::read_to_string(&log).unwrap());
            let root = PathBuf::from(format!("/proc/{process}/root/run/systemd"));
            (root.join("made").exists() && root.join("journal/dev-log").exists()).then_some(())
        });
        Some(Self { _daemon: daemon, nsenter, process })
    }

    /// Says these lines, as syslog(3) does.
    fn write(&self, lines: &str) {
        let socket = UnixDatagram::unbound().unwrap();
        socket.connect(format!("/proc/{}/root/run/systemd/journal/dev-log", self.process)).unwrap();
        for line in lines.lines() {
            // Stamp and host are the journal's own to write; 22: facility mail, severity info.
            let message = line.splitn(3, ' ').nth(2).unwrap();
            socket.send(format!("<22>{message}").as_bytes()).unwrap();
        }
    }

    /// The program, where this journal is the system's.
    fn relaywatch(&self) -> Command {
        let program = relaywatch();
        let mut command = Command::new(&self.nsenter);
        command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        command.args(["--target", &self.process.to_string(), "--mount", "--"]).arg(program.get_program());
        command
    }
}

#[test]
fn a_real_journal_is_followed_and_gone_on_with_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let Some(journal) = Journal::start(folder.path()) else { return };
    let hook = Hook::new(Answer::Status(200));
    let place = Place::new(&format!("{SITE}{AT_ONCE}{GRAVE}{}", hook.table("chat")));
    let config = fs::read_to_string(place.path("config.toml")).unwrap();
    let inputs = format!("{:?}", place.log());
    fs::write(place.path("config.toml"), config.replace(&inputs, "\"journal\"")).unwrap();

    // What is there before, what is written while it follows, while it does not, and after it came back.
    let denied = || {
        journal.write(&denials(at(0), "192.0.2.7", 6));
        journal.write(&denials(at(0), "192.0.2.8", 5));
    };
    denied();
    let service = place.started_by(journal.relaywatch());
    denied();
    journal.write(&relay(at(0), "203.0.113.1", 1));
    hook.waits_for("open.relay.firing", "203.0.113.1");
    assert!(service.stop().success());
    denied();
    journal.write(&relay(at(0), "203.0.113.2", 2));
    let service = place.started_by(journal.relaywatch());
    hook.waits_for("open.relay.firing", "203.0.113.2");
    service.kill();
    denied();
    let service = place.started_by(journal.relaywatch());
    journal.write(&relay(at(0), "203.0.113.3", 3));
    hook.waits_for("open.relay.firing", "203.0.113.3");
    // All 24 of the one were counted, and of the other none of the 20 twice, or it were grave, too.
    hook.waits_for("relay.denied.spike.firing", "192.0.2.7");
    assert!(service.stop().success());

    // Who is killed may tell again what it had just told, with the same id.
    let ids: BTreeSet<String> = hook.heard().into_iter().map(|heard| heard.id).collect();
    assert_eq!(ids.len(), 4, "told too much, or under two ids: {:?}", hook.heard());
}
