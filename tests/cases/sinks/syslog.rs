//! A real rsyslog, over everything that it listens to; and daemons that go away.

use std::fs;
use std::io::{BufReader, Read};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use relaywatch::model::{News, Notice};
use tempfile::TempDir;

use super::authority::Authority;
use super::daemon::{Daemon, absent, find, free_port, until};
use super::notices::{assert_fit, hostile, open_relay};
use super::{open, settings};

struct Rsyslog {
    folder: TempDir,
    port: u16,
    daemon: Daemon,
}

impl Rsyslog {
    /// Starts one with an input; `PORT` and `FOLDER` in it are filled in. `None`: there is none here.
    fn start(input: &str) -> Option<Self> {
        let program = find("rsyslogd", "rsyslog")?;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let path = folder.path().display().to_string();
        let config = format!(
            "global(workDirectory=\"FOLDER\" maxMessageSize=\"16k\")\n{input}\n\
             template(name=\"all\" type=\"list\") {{\n\
               property(name=\"syslogfacility-text\") constant(value=\".\")\n\
               property(name=\"syslogseverity-text\") constant(value=\"|\")\n\
               property(name=\"app-name\") constant(value=\"|\") property(name=\"msgid\") constant(value=\"|\")\n\
               property(name=\"structured-data\") constant(value=\"|\") property(name=\"msg\")\n\
               constant(value=\"\\n\")\n\
             }}\n\
             action(type=\"omfile\" file=\"FOLDER/out\" template=\"all\")\n"
        );
        let config = config.replace("FOLDER", &path).replace("PORT", &port.to_string());
        let file = folder.path().join("rsyslog.conf");
        fs::write(&file, config).unwrap();
        let daemon = Self::run(&program, folder.path());
        Some(Self { folder, port, daemon })
    }

    fn run(program: &Path, folder: &Path) -> Daemon {
        let mut command = Command::new(program);
        command.arg("-n").arg("-f").arg(folder.join("rsyslog.conf")).arg("-i").arg(folder.join("pid"));
        Daemon::start(&mut command, &folder.join("log"))
    }

    fn restart(&mut self) {
        let program = find("rsyslogd", "rsyslog").unwrap();
        self.daemon.stop();
        fs::remove_file(self.at("pid")).unwrap();
        self.daemon = Self::run(&program, self.folder.path());
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Delivers until it listens.
    fn deliver(&mut self, table: &str, notice: &Notice) {
        let mut sink = open(&format!("type = \"syslog\"\n{table}"));
        until("the daemon takes it", || {
            assert!(self.daemon.is_alive(), "{}", fs::read_to_string(self.at("log")).unwrap());
            sink.deliver(std::slice::from_ref(notice)).ok()
        });
    }

    /// The lines that it has written, at least `count`.
    fn lines(&self, count: usize) -> Vec<String> {
        until("it is written", || {
            let text = fs::read_to_string(self.at("out")).unwrap_or_default();
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            (lines.len() >= count && text.ends_with('\n')).then_some(lines)
        })
    }
}

/// Two notices, through and back.
fn both_formats(rsyslog: &mut Rsyslog, table: &str) {
    rsyslog.deliver(&format!("{table}\nformat = \"rfc5424\"\nfacility = \"local3\""), &open_relay("n1"));
    rsyslog.deliver(&format!("{table}\nformat = \"rfc5424\""), &hostile("n2"));
    let mut over = open_relay("n3");
    over.news = News::Resolved;
    rsyslog.deliver(&format!("{table}\nformat = \"rfc3164\""), &over);
    let lines = rsyslog.lines(3);
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[0].starts_with(
            "local3.crit|relaywatch|open-relay|[relaywatch@32473 id=\"alert-n1\" notice=\"n1\" news=\"firing\" \
             detector=\"open-relay\" subjectKind=\"ip\" subject=\"203.0.113.66\" severity=\"critical\""
        ),
        "{}",
        lines[0]
    );
    assert!(lines[0].ends_with("]|CRITICAL: Open relay: 203.0.113.66 sent 3 messages to 3 foreign domains."));
    assert!(lines[1].contains("subject=\"a\\\"b'c\\\\d\\\\u{d}\\\\u{a}<1>x\\\\u{1b}[31m"), "{}", lines[1]);
    assert!(lines[1].contains("|CRITICAL: a\"b'c\\d\\u{d}\\u{a}<1>x"), "{}", lines[1]);
    assert!(
        lines[2].starts_with("daemon.notice|relaywatch|-|-| open-relay 203.0.113.66 RESOLVED: "),
        "{}",
        lines[2]
    );
    assert_fit(&lines.join("\n"));
}

#[test]
fn rsyslog_reads_what_comes_by_udp() {
    let input = "module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"PORT\")";
    let Some(mut rsyslog) = Rsyslog::start(input) else { return };
    let table = format!("transport = \"udp\"\naddress = \"127.0.0.1:{}\"", rsyslog.port);
    both_formats(&mut rsyslog, &table);
}

const TCP: &str = "module(load=\"imtcp\")\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=\"PORT\")";

#[test]
fn rsyslog_reads_what_comes_by_tcp() {
    let Some(mut rsyslog) = Rsyslog::start(TCP) else { return };
    let table = format!("transport = \"tcp\"\naddress = \"127.0.0.1:{}\"", rsyslog.port);
    both_formats(&mut rsyslog, &table);
    let mut long = open_relay("n4");
    long.alert.summary = "ü".repeat(10_000);
    rsyslog.deliver(&table, &long);
    let lines = rsyslog.lines(4);
    assert!((7000..=8192).contains(&lines[3].len()), "{}", lines[3].len());
}

#[test]
fn a_restart_of_rsyslog_loses_nothing() {
    let Some(mut rsyslog) = Rsyslog::start(TCP) else { return };
    let table = format!("type = \"syslog\"\ntransport = \"tcp\"\naddress = \"127.0.0.1:{}\"", rsyslog.port);
    let mut sink = open(&table);
    until("it listens", || sink.deliver(&[open_relay("n1")]).ok());
    rsyslog.lines(1);
    rsyslog.restart();
    until("it listens again", || sink.deliver(&[open_relay("n2")]).ok());
    let lines = rsyslog.lines(2);
    assert!(lines[0].contains("notice=\"n1\"") && lines[1].contains("notice=\"n2\""), "{lines:?}");
}

#[cfg(unix)]
#[test]
fn rsyslog_reads_what_comes_by_its_socket() {
    let input =
        "module(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=\"FOLDER/socket\")";
    let Some(mut rsyslog) = Rsyslog::start(input) else { return };
    let table = format!("path = \"{}\"", rsyslog.at("socket").display());
    rsyslog.deliver(&table, &open_relay("n1"));
    rsyslog.deliver(&table, &hostile("n2"));
    let lines = rsyslog.lines(2);
    assert!(
        lines[0].starts_with("daemon.crit|relaywatch|-|-| open-relay 203.0.113.66 CRITICAL: Open relay"),
        "{lines:?}"
    );
    assert!(lines[1].contains("account a\"b'c\\d\\u{d}\\u{a}<1>x\\u{1b}[31m"), "{lines:?}");
    assert_fit(&lines.join("\n"));
}

#[test]
fn rsyslog_reads_what_comes_by_tls() {
    let drivers: Vec<_> = ["ossl", "gtls"].into_iter().filter(|driver| has_driver(driver)).collect();
    if drivers.is_empty() && find("rsyslogd", "rsyslog").is_some() {
        absent("rsyslog's TLS", "rsyslog-openssl or rsyslog-gnutls");
    }
    for driver in drivers {
        let authority = Authority::new();
        let (server, client) = (authority.sign("localhost"), authority.sign("client.example"));
        let ca = authority.file().display().to_string();
        let input = format!(
            "global(DefaultNetstreamDriver=\"{driver}\" DefaultNetstreamDriverCAFile=\"{ca}\" \
             DefaultNetstreamDriverCertFile=\"{}\" DefaultNetstreamDriverKeyFile=\"{}\")\n\
             module(load=\"imtcp\" StreamDriver.Name=\"{driver}\" StreamDriver.Mode=\"1\" \
             StreamDriver.AuthMode=\"x509/name\" PermittedPeer=\"client.example\")\n\
             input(type=\"imtcp\" address=\"127.0.0.1\" port=\"PORT\")",
            server.certificate.display(),
            server.key.display()
        );
        let Some(mut rsyslog) = Rsyslog::start(&input) else { return };
        let table = |host: &str, ca: &Path| {
            format!(
                "transport = \"tls\"\naddress = \"{host}:{}\"\nca_file = \"{}\"",
                rsyslog.port,
                ca.display()
            )
        };
        let shown = format!(
            "{}\nclient_certificate = \"{}\"\nclient_key = \"{}\"",
            table("localhost", &authority.file()),
            client.certificate.display(),
            client.key.display()
        );
        let fail = |table: String| {
            open(&format!("type = \"syslog\"\n{table}")).deliver(&[open_relay("x")]).unwrap_err().to_string()
        };
        let other = Authority::new();
        let (stranger, address) = (table("localhost", &other.file()), table("127.0.0.1", &authority.file()));
        let nameless = table("localhost", &authority.file());
        both_formats(&mut rsyslog, &shown);
        assert!(fail(stranger).contains("set ca_file"));
        assert!(fail(address).contains("for another name"));
        let why = fail(nameless);
        assert!(why.contains("client_certificate"), "{driver}: {why}");
        assert_eq!(rsyslog.lines(3).len(), 3);
    }
}

fn has_driver(driver: &str) -> bool {
    let roots = [
        "/usr/lib/rsyslog",
        "/usr/lib64/rsyslog",
        "/usr/lib/x86_64-linux-gnu/rsyslog",
        "/usr/lib/aarch64-linux-gnu/rsyslog",
    ];
    roots.iter().any(|root| Path::new(root).join(format!("lmnsd_{driver}.so")).is_file())
}

/// The frames that come through one connection.
fn frames(stream: impl Read, count: usize) -> Vec<String> {
    let mut reader = BufReader::new(stream);
    let mut frames = Vec::new();
    for _ in 0..count {
        let mut length = String::new();
        loop {
            let mut byte = [0];
            reader.read_exact(&mut byte).unwrap();
            if byte == *b" " {
                break;
            }
            length.push(char::from(byte[0]));
        }
        let mut frame = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut frame).unwrap();
        frames.push(String::from_utf8(frame).unwrap());
    }
    frames
}

#[test]
fn a_connection_is_kept_and_made_anew_when_the_other_side_ends_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut sink = open(&format!("type = \"syslog\"\ntransport = \"tcp\"\naddress = \"{address}\""));
    let accept = || listener.accept().unwrap().0;
    sink.deliver(&[open_relay("n1")]).unwrap();
    sink.deliver(&[open_relay("n2")]).unwrap();
    let first = frames(accept(), 2);
    assert!(first[0].contains("notice=\"n1\"") && first[1].contains("notice=\"n2\""));
    // The connection is closed now, as by a restart.
    sink.deliver(&[open_relay("n3")]).unwrap();
    assert!(frames(accept(), 1)[0].contains("notice=\"n3\""));
    drop(listener);
    let why = until("nobody listens", || sink.deliver(&[open_relay("n4")]).err()).to_string();
    assert!(
        why.contains(&format!("syslog tcp {address}")) && why.contains("does the daemon listen"),
        "{why}"
    );
}

#[test]
fn the_same_over_tls() {
    let authority = Authority::new();
    let config = authority.server(&authority.sign("localhost"), false);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, received) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for count in [2, 1] {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let stream = rustls::StreamOwned::new(connection, listener.accept().unwrap().0);
            // Whoever hears of the last frame finds the connection closed.
            let frames = frames(stream, count);
            sender.send(frames.len()).unwrap();
        }
    });
    let mut sink = open(&format!(
        "type = \"syslog\"\ntransport = \"tls\"\naddress = \"localhost:{port}\"\nca_file = \"{}\"",
        authority.file().display()
    ));
    let heard = || received.recv_timeout(Duration::from_secs(20)).unwrap();
    sink.deliver(&[open_relay("n1")]).unwrap();
    sink.deliver(&[open_relay("n2")]).unwrap();
    assert_eq!(heard(), 2);
    sink.deliver(&[open_relay("n3")]).unwrap();
    assert_eq!(heard(), 1);
}

#[test]
fn a_server_that_does_not_shake_hands_is_given_up() {
    let authority = Authority::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let table = format!(
        "type = \"syslog\"\ntransport = \"tls\"\naddress = \"{}\"\nca_file = \"{}\"\ntimeout = \"1s\"",
        listener.local_addr().unwrap(),
        authority.file().display()
    );
    let why = open(&table).deliver(&[open_relay("n1")]).unwrap_err().to_string();
    assert!(why.contains("it took too long"), "{why}");
}

#[test]
fn datagrams_are_short_and_nobody_there_is_told() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let address = socket.local_addr().unwrap();
    let table = format!("type = \"syslog\"\ntransport = \"udp\"\naddress = \"{address}\"");
    let mut long = open_relay("n1");
    long.alert.summary = "ü".repeat(10_000);
    open(&table).deliver(&[long]).unwrap();
    let mut buffer = [0; 9000];
    let length = socket.recv(&mut buffer).unwrap();
    assert!((2000..=2048).contains(&length), "{length}");
    assert!(std::str::from_utf8(&buffer[..length]).is_ok());
    assert!(settings(&table).warnings().is_empty(), "this machine is no network");
    drop(socket);
    let why = open(&table).deliver(&[open_relay("n2")]).unwrap_err().to_string();
    assert!(why.contains("does the daemon listen there?"), "{why}");
}

#[cfg(unix)]
#[test]
fn a_socket_of_streams_is_used_where_there_is_one() {
    use std::os::unix::net::UnixListener;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let table = format!("type = \"syslog\"\npath = \"{}\"", path.display());
    let why = open(&table).deliver(&[open_relay("n0")]).unwrap_err().to_string();
    assert!(why.contains("does the daemon listen there?"), "{why}");
    let listener = UnixListener::bind(&path).unwrap();
    open(&table).deliver(&[hostile("n1")]).unwrap();
    let mut text = String::new();
    listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("<26>") && text.matches('\n').count() == 1 && text.ends_with('\n'), "{text}");
    assert_fit(&text);
}

#[test]
fn mistakes_are_told_with_what_to_write() {
    #[derive(serde::Deserialize)]
    #[allow(dead_code, reason = "only whether it reads matters")]
    struct File {
        sink: Vec<relaywatch::sink::Settings>,
    }
    for (keys, hint) in [
        (
            "type = \"syslog\"\ntransport = \"tcp\"",
            "needs `address`, like address = \"logs.example.com:6514\"",
        ),
        ("type = \"syslog\"\naddress = \"logs.example\"", "needs `transport`"),
        ("type = \"syslog\"\ntransport = \"udp\"\naddress = \"logs.example:99999\"", "write host:port"),
        ("type = \"syslog\"\ntransport = \"udp\"\naddress = \"[::1\"", "write host:port"),
        ("type = \"syslog\"\ntransport = \"udp\"\naddress = \"a b\"", "write host:port"),
        (
            "type = \"syslog\"\ntransport = \"tcp\"\naddress = \"a\"\nca_file = \"/ca\"",
            "transport = \"tls\" only",
        ),
        ("type = \"syslog\"\ntransport = \"tcp\"\naddress = \"a\"\npath = \"/dev/log\"", "\"unix\" only"),
        ("type = \"syslog\"\nfacility = \"post\"", "unknown variant `post`"),
        ("type = \"file\"", "needs `path`"),
        ("type = \"file\"\npath = \"alerts\"", "from the root"),
        ("type = \"stdout\"\npath = \"/alerts\"", "has name and type alone"),
        ("type = \"command\"", "needs `command`"),
        ("type = \"command\"\ncommand = [\"mail\", \"root\"]", "no absolute path"),
        ("type = \"command\"\ncommand = []", "no absolute path"),
        ("type = \"command\"\ncommand = \"mail root\"", "expected a sequence"),
        ("type = \"mail\"", "unknown variant `mail`"),
    ] {
        let text = format!("[[sink]]\nname = \"a\"\n{keys}\n");
        let message = toml::from_str::<File>(&text).map(drop).unwrap_err().message().to_owned();
        assert!(message.contains(hint), "{keys}\n{message}");
    }
    for name in ["", "A", "a b", &"a".repeat(41)] {
        let text = format!("[[sink]]\nname = \"{name}\"\ntype = \"stdout\"\n");
        let message = toml::from_str::<File>(&text).map(drop).unwrap_err().message().to_owned();
        assert!(message.contains("is no name of a sink"), "{message}");
    }
}
