//! Lines of other programs that share the mail log. They speak of addresses and users too, and mean nothing here.

use std::net::Ipv4Addr;

use crate::simulation::clock::{Micros, SECOND};
use crate::simulation::fact::Fact;
use crate::simulation::names;
use crate::simulation::random::Random;
use crate::simulation::timeline::{Process, Timeline};

/// Makes noise.
pub(crate) struct Noise {
    random: Random,
    pid: u32,
}

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, 0x4015E), pid: 600_000 }
    }

    fn process(&mut self, program: &'static str) -> Process {
        self.pid = if self.pid > 4_000_000 { 600_000 } else { self.pid + self.random.between(1, 30) };
        Process { program, pid: self.pid }
    }

    /// Says a few lines that begin at `at`.
    pub(crate) fn make(&mut self, at: Micros, timeline: &mut Timeline) {
        match self.random.below(100) {
            0..55 => self.dovecot(at, timeline),
            55..85 => self.sshd(at, timeline),
            _ => self.cron(at, timeline),
        }
    }

    fn dovecot(&mut self, at: Micros, timeline: &mut Timeline) {
        let dovecot = Process { program: "dovecot", pid: 0 };
        let user = self.random.zipf(3000);
        let address = names::home(user, self.random.permille(300)).address;
        let (name, pid) = (names::word(user), self.process("imap").pid);
        let session = self.random.next();
        timeline.say(
            at,
            dovecot,
            Fact::None,
            format_args!(
                "imap-login: Login: user=<{name}@corp.example>, method=PLAIN, rip={address}, lip=192.0.2.25, \
                 mpid={pid}, TLS, session=<{session:016x}>"
            ),
        );
        let (read, sent) = (self.random.below(4000), self.random.below(90_000));
        timeline.say(
            at + self.random.millis(300, 90_000),
            dovecot,
            Fact::None,
            format_args!(
                "imap({name}@corp.example)<{pid}><{session:016x}>: Disconnected: Logged out in={read} out={sent}"
            ),
        );
    }

    fn sshd(&mut self, at: Micros, timeline: &mut Timeline) {
        let sshd = self.process("sshd");
        let address = Ipv4Addr::from(0xF700_0000 | self.random.below(1 << 24));
        let port = self.random.between(1025, 65_535);
        let user = self.random.pick(&["admin", "root", "test", "oracle", "ubuntu", "git"]);
        timeline.say(at, sshd, Fact::None, format_args!("Invalid user {user} from {address} port {port}"));
        timeline.say(
            at + 2 * SECOND + self.random.millis(1, 900),
            sshd,
            Fact::None,
            format_args!("Failed password for invalid user {user} from {address} port {port} ssh2"),
        );
        timeline.say(
            at + 4 * SECOND,
            sshd,
            Fact::None,
            format_args!("Connection closed by invalid user {user} {address} port {port} [preauth]"),
        );
    }

    fn cron(&mut self, at: Micros, timeline: &mut Timeline) {
        let cron = self.process("CRON");
        let command = self.random.pick(&[
            "cd / && run-parts --report /etc/cron.hourly",
            "command -v debian-sa1 > /dev/null && debian-sa1 1 1",
            "[ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean",
        ]);
        timeline.say(
            at,
            cron,
            Fact::None,
            format_args!("pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"),
        );
        timeline.say(at + 3000, cron, Fact::None, format_args!("(root) CMD ({command})"));
        timeline.say(
            at + 400_000,
            cron,
            Fact::None,
            format_args!("pam_unix(cron:session): session closed for user root"),
        );
    }
}
