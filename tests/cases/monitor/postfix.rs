//! A real Postfix that is attacked while the service follows its log.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::hook::{Answer, Hook};
use super::lines::AT_ONCE;
use super::service::Place;
use crate::cases::sinks::daemon::{absent, find, free_port, until};

/// The client that the attacker says to be, as only who is trusted to tell may (XCLIENT).
const STRANGER: &str = "203.0.113.66";

/// A Postfix of its own, with its own configuration, queue and log. It ends with the test.
pub(in crate::cases) struct Postfix {
    program: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
}

impl Postfix {
    /// One that trusts these addresses. `None`, and a message, where there is none or nobody may start it.
    fn start(mynetworks: &str) -> Option<Self> {
        let usual = "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination";
        Self::with(&format!("{usual}\nmynetworks = {mynetworks}\n"), "")
    }

    /// One with these settings, in which FOLDER is that of its configuration, and with this text as the table `access`.
    pub(in crate::cases) fn with(settings: &str, access: &str) -> Option<Self> {
        let program = find("postfix", "postfix")?;
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root may start postfix");
            return None;
        }
        let owner = id("-u")?;
        let folder = tempfile::Builder::new().prefix("pf").tempdir_in("/tmp").unwrap();
        // Its own processes are not root's, and look for their files below.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let made = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let (config, queue, data) = (made("config"), made("queue"), made("data"));
        chown(&data, Some(owner), None).unwrap();
        let port = free_port();
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {}\ndata_directory = {}\nmail_owner = postfix\nsetgid_group = postdrop\n\
             command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\n\
             maillog_file = {log}\nmaillog_file_prefixes = {}\n\
             myhostname = mx1.harbour.example\nmydestination = harbour.example\n\
             inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nalias_maps =\nalias_database =\nlocal_recipient_maps =\n\
             default_transport = discard:\nsmtpd_authorized_xclient_hosts = 127.0.0.1\nsmtpd_peername_lookup = no\n\
             disable_dns_lookups = yes\nsmtpd_tls_security_level = none\n\
             {}",
            queue.display(),
            data.display(),
            folder.path().display(),
            settings.replace("FOLDER", &config.display().to_string()),
            log = folder.path().join("mail.log").display(),
        );
        fs::write(config.join("main.cf"), main).unwrap();
        fs::write(config.join("access"), access).unwrap();
        fs::write(config.join("master.cf"), master(port)).unwrap();
        let postfix = Self { program, folder, port };
        let started = postfix.postfix("start");
        let log = fs::read_to_string(postfix.log()).unwrap_or_default();
        assert!(started.status.success(), "{}\n{log}", String::from_utf8_lossy(&started.stderr));
        until("postfix answers", || TcpStream::connect(("127.0.0.1", port)).ok());
        Some(postfix)
    }

    /// The folder of its configuration.
    pub(in crate::cases) fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("mail.log")
    }

    fn postfix(&self, command: &str) -> std::process::Output {
        Command::new(&self.program).arg("-c").arg(self.config()).arg(command).output().unwrap()
    }

    /// A stranger asks to send a message to these; the reply to each.
    pub(in crate::cases) fn attack(&self, recipients: &[String]) -> Vec<String> {
        let mut smtp = Smtp::connect(self.port);
        smtp.say("EHLO localhost");
        assert!(smtp.say(&format!("XCLIENT ADDR={STRANGER} NAME=[UNAVAILABLE]")).starts_with("220"));
        smtp.say("EHLO vps.cheap.example");
        smtp.say("MAIL FROM:<promo@cheap.example>");
        let replies: Vec<String> =
            recipients.iter().map(|recipient| smtp.say(&format!("RCPT TO:<{recipient}>"))).collect();
        if replies.iter().any(|reply| reply.starts_with("250")) {
            assert!(smtp.say("DATA").starts_with("354"));
            assert!(smtp.say("Subject: cheap\r\n\r\nBuy now\r\n.").starts_with("250"));
        }
        smtp.say("QUIT");
        replies
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = self.postfix("abort");
        let pid = self.folder.path().join("queue/pid/master.pid");
        // The master unlocks this file when it is gone; a test that leaves sooner leaves a daemon without a folder.
        let start = Instant::now();
        let runs = || {
            let pid = fs::read_to_string(&pid).unwrap_or_default();
            !pid.trim().is_empty() && Path::new("/proc").join(pid.trim()).exists()
        };
        while runs() && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The services that a server needs to take a message and to throw it away.
fn master(port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd\n\
         pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
         tlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\n\
         defer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nverify unix - - n - 1 verify\nflush unix n - n 1000? 0 flush\n\
         proxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\nrelay unix - - n - - smtp\nerror unix - - n - - error\n\
         retry unix - - n - - error\ndiscard unix - - n - - discard\nlocal unix - n n - - local\nanvil unix - - n - 1 anvil\n\
         scache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\nshowq unix n - n - - showq\n"
    )
}

/// The number of Postfix's user.
fn id(what: &str) -> Option<u32> {
    let output = Command::new("id").args([what, "postfix"]).output().ok()?;
    let number = String::from_utf8(output.stdout).ok()?.trim().parse().ok();
    if number.is_none() {
        absent("the user postfix", "postfix");
    }
    number
}

/// The client's side of a dialogue.
struct Smtp(BufReader<TcpStream>);

impl Smtp {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut smtp = Self(BufReader::new(stream));
        assert!(smtp.reply().starts_with("220"));
        smtp
    }

    /// Says a command; the last line of the reply.
    fn say(&mut self, command: &str) -> String {
        write!(self.0.get_mut(), "{command}\r\n").unwrap();
        self.reply()
    }

    fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "hung up");
            if line.as_bytes().get(3) == Some(&b' ') {
                return line.trim_end().to_owned();
            }
        }
    }
}

/// The service, which follows the server's log, and the receiver of its alerts.
fn watched(postfix: &Postfix, hook: &Hook) -> Place {
    let site = "[site]\nlocal_domains = [\"harbour.example\"]\n\n";
    let sensitive = "[detect.relay-denied-spike]\nwarning_denials = 5\n\n";
    let place = Place::new(&format!("{site}{AT_ONCE}{sensitive}{}", hook.table("chat")));
    let config = fs::read_to_string(place.path("config.toml")).unwrap();
    let own = config.replace(place.log().to_str().unwrap(), postfix.log().to_str().unwrap());
    fs::write(place.path("config.toml"), own).unwrap();
    place
}

fn victims() -> Vec<String> {
    (1..=6).map(|number| format!("v{number}@victims{number}.example")).collect()
}

#[test]
fn an_open_relay_is_told_within_seconds() {
    let Some(postfix) = Postfix::start("0.0.0.0/0") else {
        return;
    };
    let hook = Hook::new(Answer::Status(200));
    let place = watched(&postfix, &hook);
    let service = place.started();
    let start = Instant::now();
    let replies = postfix.attack(&victims());
    assert!(replies.iter().all(|reply| reply.starts_with("250")), "{replies:?}");
    let heard = hook.waits_for("open.relay.firing", STRANGER);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    eprintln!("from the attack to the webhook: {:?}", start.elapsed());
    assert_eq!((&heard.alert["severity"], &heard.alert["mta"]), (&"critical".into(), &"postfix".into()));
    assert!(service.stop().success());
}

#[test]
fn a_denied_attack_is_told_as_one() {
    let Some(postfix) = Postfix::start("127.0.0.1/32") else { return };
    let hook = Hook::new(Answer::Status(200));
    let place = watched(&postfix, &hook);
    let service = place.started();
    let replies = postfix.attack(&victims());
    assert!(replies.iter().all(|reply| reply.starts_with("554 5.7.1")), "{replies:?}");
    let heard = hook.waits_for("relay.denied.spike.firing", STRANGER);
    assert_eq!(heard.alert["severity"], "warning", "{}", heard.alert);
    assert!(service.stop().success());
    assert!(hook.heard().iter().all(|heard| heard.kind != "open.relay.firing"), "{:?}", hook.heard());
}
