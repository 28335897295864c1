//! The board of the dashboard, fed with whole logs as the ordered stage feeds it.

use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use relaywatch::aggregate::board::{Board, MessageRow, Picture, Settings, Step, Want};
use relaywatch::aggregate::{self, Aggregate};
use relaywatch::correlate::Correlator;
use relaywatch::model::{
    Authority, Class, Direction, Event, EventTime, Files, Hosts, Kind, Memory, Outcome, Site,
};
use relaywatch::runtime::{Names, Options, Progress, Sink, lines};

/// Joins, and counts in both ways.
struct Watcher {
    correlator: Correlator,
    board: Board,
    aggregate: Aggregate,
    files: Files,
    hosts: Hosts,
}

impl Watcher {
    fn new(settings: Settings) -> Self {
        Self {
            correlator: Correlator::new(Site::default(), Memory::default()),
            board: Board::new(settings),
            aggregate: Aggregate::new(aggregate::Settings {
                top_capacity: ROOM,
                top_shown: ROOM,
                ..aggregate::Settings::default()
            }),
            files: Files::default(),
            hosts: Hosts::default(),
        }
    }

    fn join(&mut self, step: impl FnOnce(&mut Correlator, &mut dyn FnMut(&relaywatch::model::Attempt<'_>))) {
        let Self { correlator, board, aggregate, files, hosts } = self;
        step(correlator, &mut |attempt| {
            aggregate.attempt(attempt);
            board.attempt(attempt, hosts, files);
        });
    }
}

impl Sink for Watcher {
    fn event(&mut self, event: &Event<'_>, names: &Names<'_>) -> ControlFlow<()> {
        (self.files, self.hosts) = (names.files.clone(), names.hosts.clone());
        let retold = self.correlator.retold();
        if event.kind() != Kind::Ignored {
            self.join(|correlator, tell| correlator.event(event, tell));
        }
        if self.correlator.retold() == retold {
            self.aggregate.event(event);
            self.board.event(event, &self.hosts);
        } else {
            self.aggregate.retold(event);
            self.board.retold(event, &self.hosts);
        }
        ControlFlow::Continue(())
    }
}

/// More than any sample has of anything.
const ROOM: usize = 100_000;

/// Everything that is known after reading `path`.
fn watch(path: &Path, settings: Settings) -> Watcher {
    let mut watcher = Watcher::new(settings);
    let options = Options {
        inputs: vec![path.to_string_lossy().into_owned()],
        year: Some(2026),
        threads: Some(1),
        ..Options::default()
    };
    lines(&options, &Progress::default(), &mut watcher).unwrap();
    watcher.join(|correlator, tell| correlator.finish(tell));
    watcher
}

fn picture_of(log: &str, settings: Settings) -> Picture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    fs::write(&path, log).unwrap();
    watch(&path, settings).board.picture(Want::ALL)
}

fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let folders = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let mut files: Vec<_> =
        folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())).collect();
    files.sort();
    assert!(files.len() > 60, "the samples are gone");
    files
}

#[test]
fn the_board_counts_what_a_report_counts_on_every_sample() {
    let settings = Settings {
        sources: ROOM,
        networks: ROOM,
        accounts: ROOM,
        flows: ROOM,
        messages: ROOM,
        steps: ROOM,
        ..Settings::default()
    };
    for path in samples() {
        let Watcher { board, aggregate, .. } = watch(&path, settings);
        let picture = board.picture(Want::ALL);
        let name = path.display();
        assert_eq!(picture.coverage, aggregate.lines().coverage, "{name}");

        let (traffic, relay, top) = (aggregate.traffic(0), aggregate.relay(), aggregate.top());
        let denied_lines = traffic.rejected_by_class.get(&Class::RelayDenied).copied().unwrap_or_default();
        let want = Step {
            connections: traffic.connections,
            attempts: relay.attempts,
            denied: relay.denied,
            rejected: traffic.rejected - denied_lines,
            delivered: traffic.delivered,
        };
        if picture.now.is_some() {
            assert_eq!(total(&picture), want, "{name}");
        }

        let denied_sources: u64 = top.denied_sources.iter().map(|entry| entry.count).sum();
        assert_eq!(
            picture.sources.iter().map(|row| row.counts.denied).sum::<u64>(),
            denied_sources,
            "{name}"
        );
        assert_eq!(
            picture.networks.iter().map(|row| row.counts.denied).sum::<u64>(),
            denied_sources,
            "{name}"
        );
        for entry in &top.denied_sources {
            let row = picture.sources.iter().find(|row| row.ip.to_string() == entry.value).unwrap();
            assert_eq!(row.counts.denied, entry.count, "{name}: {}", entry.value);
        }
        for entry in &top.accounts {
            let row = picture.accounts.iter().find(|row| row.name.eq_ignore_ascii_case(&entry.value));
            assert!(row.is_some_and(|row| row.counts.attempts >= entry.count), "{name}: {}", entry.value);
        }
        let relayed = picture.flows.iter().map(|flow| match (flow.direction, flow.authority) {
            (Direction::Inbound | Direction::Internal, _) | (_, Some(Authority::RecipientIsLocal)) => {
                flow.denied
            }
            _ => flow.recipients,
        });
        assert_eq!(relayed.sum::<u64>(), relay.attempts - relay.rejected, "{name}");
        let newest = picture.tail.last().map_or(0, |line| line.number);
        assert_eq!(newest, picture.coverage.lines, "{name}: every line is in the tail once");
    }
}

fn total(picture: &Picture) -> Step {
    picture.rates.steps.iter().fold(Step::default(), |sum, step| Step {
        connections: sum.connections + step.connections,
        attempts: sum.attempts + step.attempts,
        denied: sum.denied + step.denied,
        rejected: sum.rejected + step.rejected,
        delivered: sum.delivered + step.delivered,
    })
}

fn message<'p>(picture: &'p Picture, queue_id: &str) -> &'p MessageRow {
    picture.messages.iter().find(|row| row.queue_id == queue_id).unwrap()
}

const STORY: &str = "\
2026-03-02T08:00:00+00:00 mx1 postfix/submission/smtpd[7]: connect from home.example[198.51.100.7]
2026-03-02T08:00:01+00:00 mx1 postfix/submission/smtpd[7]: 4F1AAA0001: client=home.example[198.51.100.7], sasl_method=PLAIN, sasl_username=Ann
2026-03-02T08:00:01+00:00 mx1 postfix/cleanup[8]: 4F1AAA0001: message-id=<1@us.example>
2026-03-02T08:00:01+00:00 mx1 postfix/qmgr[9]: 4F1AAA0001: from=<ann@us.example>, size=500, nrcpt=2 (queue active)
2026-03-02T08:00:02+00:00 mx1 postfix/smtp[10]: 4F1AAA0001: to=<a@Far.example>, relay=mx.far.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred (host mx.far.example[192.0.2.9] said: 450 later)
2026-03-02T08:00:02+00:00 mx1 postfix/smtp[10]: 4F1AAA0001: to=<b@far.example>, relay=mx.far.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
2026-03-02T08:05:02+00:00 mx1 postfix/smtp[10]: 4F1AAA0001: to=<a@Far.example>, relay=mx2.far.example[192.0.2.10]:25, delay=301, delays=300/0/0/1, dsn=2.0.0, status=sent (250 ok)
2026-03-02T08:05:02+00:00 mx1 postfix/qmgr[9]: 4F1AAA0001: removed
2026-03-02T08:06:00+00:00 mx1 postfix/smtpd[7]: connect from unknown[203.0.113.66]
2026-03-02T08:06:01+00:00 mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[203.0.113.66]: 554 5.7.1 <x@far.example>: Relay access denied; from=<x@evil.example> to=<x@far.example> proto=ESMTP helo=<evil.example>
2026-03-02T08:06:02+00:00 mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[203.0.113.66]: 554 5.7.1 <y@far.example>: Relay access denied; from=<x@evil.example> to=<y@far.example> proto=ESMTP helo=<evil2.example>
2026-03-02T08:06:03+00:00 mx1 postfix/smtpd[7]: disconnect from unknown[203.0.113.66] ehlo=1 mail=1 rcpt=0/2 auth=0/5 quit=1 commands=3/10
";

#[test]
fn a_message_is_told_through_its_life() {
    let picture = picture_of(STORY, Settings::default());
    let row = message(&picture, "4F1AAA0001");
    assert_eq!((&*row.host, &*row.account, &*row.sender), ("mx1", "Ann", "ann@us.example"));
    assert_eq!(
        (row.time.to_string().as_str(), row.authority),
        ("2026-03-02T08:00:01Z", Some(Authority::Authenticated))
    );
    let recipients: Vec<_> = row.recipients.iter().map(|r| (&*r.address, r.outcome, &*r.next_hop)).collect();
    assert_eq!(recipients.len(), 2, "{row:#?}");
    assert!(recipients.iter().all(|(_, outcome, _)| *outcome == Outcome::Delivered), "{row:#?}");
    assert!(
        recipients.iter().any(|(address, _, hop)| *address == "a@Far.example" && hop.contains("mx2.far")),
        "{row:#?}"
    );
    let lines: Vec<_> = row.lines.iter().map(|(_, number, _)| *number).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8], "{row:#?}");
    assert!(row.lines[0].0.ends_with("mail.log") && row.lines[0].2.contains("sasl_username=Ann"));
}

#[test]
fn refusals_of_one_mail_are_one_row_and_the_newest_stands_first() {
    let picture = picture_of(STORY, Settings::default());
    assert_eq!(picture.messages.len(), 2);
    let row = &picture.messages[0];
    assert_eq!((&*row.queue_id, &*row.sender), ("", "x@evil.example"));
    assert!(
        row.recipients.iter().all(|r| r.outcome == Outcome::Denied && r.class == Some(Class::RelayDenied))
    );
    assert_eq!((row.recipients.len(), row.lines.len()), (2, 2));
}

#[test]
fn sources_accounts_and_flows_say_who_did_what() {
    let picture = picture_of(STORY, Settings::default());
    let [evil, home] = &picture.sources[..] else { panic!("{:#?}", picture.sources) };
    assert_eq!((&*evil.ip.to_string(), &*evil.name, evil.counts.failed_logins), ("203.0.113.66", "", 5));
    assert_eq!((evil.counts.connections, evil.counts.attempts, evil.counts.denied), (1, 2, 2));
    assert_eq!(
        (&evil.classes[..], &evil.helos[..]),
        (&[(Class::RelayDenied, 2)][..], &["evil2.example".to_owned(), "evil.example".to_owned()][..])
    );
    assert_eq!((&*home.name, home.counts.logins, home.counts.accepted), ("home.example", 1, 2));
    assert_eq!(home.accounts, ["Ann"]);
    let [ann] = &picture.accounts[..] else { panic!("{:#?}", picture.accounts) };
    assert_eq!((&*ann.name, ann.networks, ann.counts.accepted, ann.from[0]), ("Ann", 1, 2, home.ip));
    let flows: Vec<_> = picture
        .flows
        .iter()
        .map(|f| (&*f.who, f.authority, &*f.to, f.recipients, f.delivered, f.denied))
        .collect();
    assert_eq!(
        flows,
        [
            ("Ann", Some(Authority::Authenticated), "far.example", 2, 2, 0),
            ("203.0.113.66", Some(Authority::None), "far.example", 2, 0, 2)
        ]
    );
    let line = &picture.tail[1];
    assert_eq!((line.number, line.kind, &*line.host), (2, Kind::Accept, "mx1"));
    assert!(
        line.fields.contains(&("auth_user", "Ann".to_owned()))
            && line.fields.contains(&("service", "submission/smtpd".to_owned())),
        "{line:?}"
    );
}

#[test]
fn what_is_not_wanted_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    fs::write(&path, STORY).unwrap();
    let board = watch(&path, Settings::default()).board;
    let picture = board.picture(Want { tail: 3, sources: 1, ..Want::default() });
    assert_eq!((picture.tail.len(), picture.sources.len(), picture.coverage.lines), (3, 1, 12));
    assert_eq!(picture.tail[2].number, 12);
    assert!(picture.messages.is_empty() && picture.flows.is_empty() && picture.rates.steps.is_empty());
}

/// The name of a failed login may be a password, typed one prompt too early: the board has it nowhere. That of an
/// account is known from a login that succeeded.
#[test]
fn what_may_be_a_password_is_not_on_the_board() {
    const SECRET: &str = "Tr0ub4dor";
    let mut log = STORY.to_owned();
    for name in [SECRET, "ann"] {
        for line in [
            "postfix/smtpd[7]: warning: unknown[203.0.113.66]: SASL LOGIN authentication failed: authentication failure, sasl_username=NAME",
            "sm-mta[7]: 622AxaD000007: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: checkpass failed, user=NAME, relay=[203.0.113.66]",
            "exim[7]: dovecot_login authenticator failed for (User) [203.0.113.66]:2129: 535 Incorrect authentication data (set_id=NAME)",
        ] {
            writeln!(log, "2026-03-02T08:10:00+00:00 mx1 {}", line.replace("NAME", name)).unwrap();
        }
    }
    let picture = picture_of(&log, Settings::default());
    assert!(!format!("{picture:?}").contains(SECRET), "{:#?}", picture.tail);
    let [ann] = &picture.accounts[..] else { panic!("{:#?}", picture.accounts) };
    assert_eq!(ann.counts.failed_logins, 3);
    let shown =
        picture.tail.iter().filter(|line| line.text.contains("ann") && line.class == Some(Class::AuthFailed));
    assert_eq!(shown.count(), 3);
}

#[test]
fn floods_stay_within_capacity_and_keep_those_that_come_again() {
    let few = Settings {
        sources: 50,
        networks: 50,
        accounts: 20,
        flows: 50,
        messages: 50,
        tail: 50,
        ..Settings::default()
    };
    let mut log = String::new();
    for n in 0..8_000_u32 {
        let time = format!("2026-03-02T{:02}:{:02}:{:02}+00:00 mx1", 8 + n / 3600, n / 60 % 60, n % 60);
        let ip =
            if n % 20 == 0 { "203.0.113.66".to_owned() } else { format!("10.{}.{}.1", n / 256, n % 256) };
        let id = format!("{:010X}", n + 1);
        for line in [
            format!(
                "smtpd[7]: NOQUEUE: reject: RCPT from unknown[{ip}]: 554 5.7.1 <x@d{n}.example>: Relay access denied; from=<x@s{n}.example> to=<x@d{n}.example> proto=ESMTP helo=<h{n}>"
            ),
            format!("smtpd[8]: {id}: client=unknown[{ip}], sasl_method=PLAIN, sasl_username=u{n}"),
            format!(
                "smtp[9]: {id}: to=<x@d{n}.example>, relay=mx.far.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)"
            ),
            format!("qmgr[9]: {id}: removed"),
        ] {
            writeln!(log, "{time} postfix/{line}").unwrap();
        }
    }
    // What is still open at the end would be told in one instant.
    log += "2026-03-02T12:00:00+00:00 mx1 postfix/smtpd[7]: connect from unknown[203.0.113.66]\n";
    let picture = picture_of(&log, few);
    let lengths = [
        picture.sources.len(),
        picture.networks.len(),
        picture.accounts.len(),
        picture.flows.len(),
        picture.messages.len(),
        picture.tail.len(),
    ];
    assert_eq!(lengths, [50, 50, 20, 50, 50, 50]);
    let heavy = &picture.sources[0];
    assert_eq!((heavy.ip.to_string().as_str(), heavy.counts.denied), ("203.0.113.66", 400));
    assert_eq!((picture.networks[0].addresses, picture.networks[0].counts.denied), (1, 400));
    assert!(heavy.helos.len() < 10 && heavy.accounts.len() < 10);
    assert_eq!(picture.tail[0].number, 31_952);
}

#[test]
fn hostile_texts_are_capped() {
    let long = "é\u{1b}".repeat(3_000);
    let mut log = format!(
        "2026-03-02T08:00:00+00:00 mx1 postfix/smtpd[8]: 4F1AAA0001: client=unknown[203.0.113.66], sasl_method=PLAIN, sasl_username={long}\n"
    );
    for n in 0..200 {
        writeln!(log, "2026-03-02T08:00:00+00:00 mx1 postfix/smtp[10]: 4F1AAA0001: to=<{n}{long}@far.example>, relay=mx.far.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 {long})").unwrap();
        writeln!(log, "2026-03-02T08:00:00+00:00 mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[203.0.113.66]: 554 5.7.1 <x>: Relay access denied; from=<{long}> to=<{n}{long}> proto=ESMTP helo=<{n}{long}>").unwrap();
    }
    let picture = picture_of(&log, Settings::default());
    for line in &picture.tail {
        assert!(line.text.len() <= 1_000 && line.fields.iter().all(|(_, value)| value.len() <= 255));
    }
    let source = &picture.sources[0];
    assert!(
        !source.helos.is_empty() && source.helos.iter().chain(&source.accounts).all(|name| name.len() <= 255)
    );
    assert_eq!(picture.messages.len(), 2);
    for row in &picture.messages {
        let texts = row
            .recipients
            .iter()
            .map(|r| r.address.len())
            .chain(row.lines.iter().map(|(_, _, line)| line.len()));
        assert!(!row.recipients.is_empty() && texts.sum::<usize>() <= 4_000);
    }
    assert!(picture.flows.iter().all(|flow| flow.to.len() <= 255 && flow.who.len() <= 255));
}

fn connect(time: &str) -> String {
    format!("{time} mx1 postfix/smtpd[7]: connect from unknown[203.0.113.66]\n")
}

#[test]
fn late_lines_count_in_their_step_and_a_wrong_clock_wipes_nothing() {
    let mut log = String::new();
    for time in ["2026-03-02T08:00:05Z", "2026-03-02T08:00:25Z", "2026-03-02T08:00:15Z"] {
        log += &connect(time);
    }
    for _ in 0..50 {
        log += &connect("2038-01-01T00:00:00Z");
    }
    log += &connect("2026-03-02T08:00:26Z");
    let picture = picture_of(&log, Settings::default());
    let steps: Vec<_> = picture.rates.steps.iter().map(|step| step.connections).collect();
    assert_eq!((steps, picture.rates.step_seconds), (vec![1, 1, 2], 10));
    let at = |time: &str| time.parse::<chrono::DateTime<chrono::Utc>>().map(EventTime::from).ok();
    assert_eq!((picture.rates.start, picture.now), (at("2026-03-02T08:00:00Z"), at("2026-03-02T08:00:26Z")));
    let source = &picture.sources[0];
    assert_eq!((source.counts.connections, Some(source.last)), (54, at("2026-03-02T08:00:26Z")));

    for _ in 0..100 {
        log += &connect("2026-04-02T08:00:00Z");
    }
    log += &connect("2026-04-02T08:00:01Z");
    let picture = picture_of(&log, Settings::default());
    assert_eq!((picture.now, picture.rates.start), (at("2026-04-02T08:00:01Z"), at("2026-04-02T08:00:00Z")));
}
