//! Four weeks of a small site, hour by hour, and then something that its first weeks did not have.

use std::fmt::Write as _;

use relaywatch::model::{Alert, EventTime, Severity, Site, SubjectKind};
use relaywatch::runtime::{Options, Progress, analyze};

use super::Place;

/// Monday, 5 January 2026, 0:00.
const MONDAY: i64 = 1_767_571_200;
const HOUR: i64 = 3600;
const WEEK: i64 = 168;

/// A log of Postfix.
#[derive(Default)]
struct Log {
    text: String,
    messages: u32,
}

impl Log {
    fn line(&mut self, second: i64, line: &str) {
        let time = EventTime::from_seconds(second).utc().unwrap();
        writeln!(self.text, "{} mx postfix/{line}", time.format("%Y-%m-%dT%H:%M:%S+00:00")).unwrap();
    }

    fn denied(&mut self, second: i64, client: &str) {
        self.line(
            second,
            &format!(
                "smtpd[9]: NOQUEUE: reject: RCPT from unknown[{client}]: 554 5.7.1 <a@elsewhere.example>: Relay access denied; \
                 from=<b@other.example> to=<a@elsewhere.example> proto=ESMTP helo=<pc>"
            ),
        );
    }

    /// A message that Exim takes from a host of the site, which calls itself `helo`.
    fn taken_by_exim(&mut self, second: i64, client: &str, helo: &str, sender: &str) {
        self.messages += 1;
        let time = EventTime::from_seconds(second).utc().unwrap().format("%Y-%m-%d %H:%M:%S");
        let id = format!("1w{:04}-0000000{:04}-0xyz", self.messages / 10_000, self.messages % 10_000);
        for line in [
            format!("<= {sender} H=({helo}) [{client}] P=esmtp S=900 id={}@pc.example", self.messages),
            "=> v@far.example R=dnslookup T=remote_smtp H=mx.far.example [198.51.100.9] C=\"250 OK\""
                .to_owned(),
            "Completed".to_owned(),
        ] {
            writeln!(self.text, "{time} {id} {line}").unwrap();
        }
    }

    fn failed(&mut self, second: i64, client: &str) {
        self.line(
            second,
            &format!("smtpd[9]: warning: unknown[{client}]: SASL LOGIN authentication failed: authentication failure"),
        );
    }

    /// A message from a host of the site to one recipient, and what became of it.
    fn sent(&mut self, second: i64, client: &str, domain: &str, status: &str) {
        self.sent_as(second, client, "shop@harbour.example", domain, status);
    }

    /// The same with another sender.
    fn sent_as(&mut self, second: i64, client: &str, sender: &str, domain: &str, status: &str) {
        self.messages += 1;
        let id = format!("{:010X}", self.messages);
        self.line(second, &format!("smtpd[9]: {id}: client=app.harbour.example[{client}]"));
        self.line(second, &format!("qmgr[7]: {id}: from=<{sender}>, size=900, nrcpt=1 (queue active)"));
        let said = match status {
            "sent" => "dsn=2.0.0, status=sent (250 ok)",
            "bounced" => "dsn=5.1.1, status=bounced (host said: 550 5.1.1 unknown user)",
            _ => "dsn=4.4.1, status=deferred (connect to mx: Connection timed out)",
        };
        self.line(
            second,
            &format!(
                "smtp[8]: {id}: to=<c{}@{domain}>, relay=mx.{domain}[198.51.100.9]:25, delay=1, {said}",
                self.messages
            ),
        );
        self.line(second, &format!("qmgr[7]: {id}: removed"));
    }

    /// A message from a host of the site to so many recipients.
    fn sent_to_all(&mut self, second: i64, client: &str, recipients: i64) {
        self.messages += 1;
        let id = format!("{:010X}", self.messages);
        self.line(second, &format!("smtpd[9]: {id}: client=app.harbour.example[{client}]"));
        let from = "from=<list@harbour.example>, size=900";
        self.line(second, &format!("qmgr[7]: {id}: {from}, nrcpt={recipients} (queue active)"));
        for number in 0..recipients {
            let to = format!("to=<c{number}@d{}.example>, relay=mx.example[198.51.100.9]:25", number % 40);
            self.line(second, &format!("smtp[8]: {id}: {to}, delay=1, dsn=2.0.0, status=sent (250 ok)"));
        }
        self.line(second, &format!("qmgr[7]: {id}: removed"));
    }

    /// Its alerts, once weeks were learned or by fixed rules alone.
    fn alerts(&self, is_learning: bool) -> Vec<Alert> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        std::fs::write(&path, &self.text).unwrap();
        let site = Site {
            local_domains: Some(vec!["harbour.example".to_owned()]),
            trusted_networks: Some(vec!["192.0.2.0/24".parse().unwrap()]),
            ..Site::default()
        };
        let options = Options {
            inputs: vec![path.display().to_string()],
            site,
            learn: is_learning.then(Default::default),
            ..Options::default()
        };
        analyze(&options, &Progress::default()).unwrap().report.alerts
    }
}

/// Hours of a working day, when most is done, and the others.
fn busy(hour: i64, day: i64, night: i64) -> i64 {
    if (8..14).contains(&(hour % 24)) && hour % WEEK < 120 { day } else { night }
}

fn about(alerts: &[Alert], detector: &str, kind: SubjectKind) -> Vec<(i64, Severity, String)> {
    let those = alerts.iter().filter(|alert| alert.detector == detector && alert.subject.kind == kind);
    those
        .map(|alert| {
            ((alert.started_at.seconds() - MONDAY).div_euclid(HOUR), alert.severity, alert.summary.clone())
        })
        .collect()
}

/// The only alert about that; when it began, in hours, and what it says.
fn only(alerts: &[Alert], detector: &str, kind: SubjectKind) -> (i64, String) {
    let all = about(alerts, detector, kind);
    let [(hour, _, said)] = &all[..] else { panic!("not one alert: {all:#?}") };
    (*hour, said.clone())
}

#[test]
fn a_site_that_is_always_tried_is_told_of_what_is_more_than_that() {
    let mut log = Log::default();
    let end = 4 * WEEK + 3;
    for hour in 0..=end {
        // Botnets knock every hour: more in a few minutes than the fixed rule takes for a spike.
        let sources = if hour == end { 240 } else { 28 + hour % 5 };
        for source in 0..sources {
            log.denied(MONDAY + hour * HOUR + source * 2, &format!("203.0.{source}.{}", hour % 250));
        }
    }
    let fixed = about(&log.alerts(false), "relay-denied-spike", SubjectKind::Site);
    assert!(!fixed.is_empty() && fixed.iter().all(|(_, _, said)| !said.contains("learned")), "{fixed:#?}");
    let learned = about(&log.alerts(true), "relay-denied-spike", SubjectKind::Site);
    let (before, behind): (Vec<_>, Vec<_>) = learned.into_iter().partition(|(hour, ..)| *hour < 2 * WEEK);
    assert!(!before.is_empty(), "fixed rules hold in the first two weeks");
    let [(hour, severity, said)] = &behind[..] else { panic!("{behind:#?}") };
    assert_eq!((*hour, *severity), (end, Severity::Warning));
    assert!(
        said.contains("That is more than was learned: ") && said.contains(" in this hour; usual for it: 2"),
        "{said}"
    );
}

#[test]
fn passwords_tried_more_than_ever() {
    let mut log = Log::default();
    let end = 3 * WEEK;
    for hour in 0..=end {
        let sources = if hour == end { 250 } else { 22 + hour % 4 };
        for source in 0..sources {
            log.failed(MONDAY + hour * HOUR + source * 9, &format!("203.0.{source}.{}", hour % 250));
        }
    }
    let learned = about(&log.alerts(true), "auth-brute-force", SubjectKind::Site);
    let behind: Vec<_> = learned.iter().filter(|(hour, ..)| *hour >= 2 * WEEK).collect();
    let [(hour, _, said)] = &behind[..] else { panic!("{behind:#?}") };
    assert!(
        *hour == end
            && said.contains("From about 2")
            && said.contains("250 in this hour; usual for it: 18 to 31"),
        "{said}"
    );
}

#[test]
fn a_busy_application_is_usual_until_it_sends_more() {
    let mut log = Log::default();
    let end = 3 * WEEK + 10;
    for hour in 0..=end {
        let messages = if hour == end { 1500 } else { busy(hour, 220 + hour % 20, 3) };
        for number in 0..messages {
            log.sent(
                MONDAY + hour * HOUR + number * 2,
                "192.0.2.7",
                &format!("d{}.example", number % 40),
                "sent",
            );
        }
    }
    let fixed = log.alerts(false);
    assert!(about(&fixed, "trusted-source-abuse", SubjectKind::Ip).len() > 5, "each day is a burst");
    let learned = log.alerts(true);
    let bursts = about(&learned, "trusted-source-abuse", SubjectKind::Ip);
    let behind: Vec<_> = bursts.iter().filter(|(hour, ..)| *hour >= 2 * WEEK).collect();
    let [(hour, _, said)] = &behind[..] else { panic!("{behind:#?}") };
    assert!(*hour == end && said.contains("1,500 in this hour; usual for it: "), "{said}");
    for kind in [SubjectKind::Domain, SubjectKind::Site] {
        let surges = about(&learned, "outbound-surge", kind);
        let said = surges.iter().find(|(hour, ..)| *hour == end).map_or("", |(_, _, said)| said);
        // What the domain's surge tells is not told again of the site.
        assert_eq!(
            said.contains("That is more than was learned"),
            kind == SubjectKind::Domain,
            "{surges:#?}"
        );
    }
}

#[test]
fn who_writes_to_many_at_once_and_then_to_as_many_one_by_one_does_something_else() {
    let mut log = Log::default();
    let end = 3 * WEEK + 10;
    for hour in 0..=end {
        let (messages, recipients) = if hour == end { (260, 1) } else { (2, 150 + hour % 7) };
        for number in 0..messages {
            log.sent_to_all(MONDAY + hour * HOUR + number * 10, "192.0.2.7", recipients);
        }
    }
    let at_the_end = |is_learning| {
        let told = about(&log.alerts(is_learning), "trusted-source-abuse", SubjectKind::Ip);
        told.into_iter().filter(|(hour, ..)| *hour >= 2 * WEEK).collect::<Vec<_>>()
    };
    let learned = at_the_end(true);
    let [(hour, _, said)] = &learned[..] else { panic!("{learned:#?}") };
    assert!(
        *hour == end && said.contains("in more messages than was learned (260 in this hour; usual for it: "),
        "{said}"
    );
    assert!(at_the_end(false).iter().all(|(hour, ..)| *hour < end), "a fixed rule sees one long burst");
}

#[test]
fn a_list_server_has_many_sender_domains_until_it_has_more() {
    let mut log = Log::default();
    let end = 3 * WEEK + 10;
    for hour in 0..=end {
        let messages = if hour == end { 60 } else { 12 + hour % 4 };
        for number in 0..messages {
            let (sender, second) = (format!("list@d{number}.example"), MONDAY + hour * HOUR + number * 30);
            log.sent_as(second, "192.0.2.7", &sender, &format!("to{}.example", number % 9), "sent");
        }
        // Another machine of ours sends as us alone, and once as many.
        log.sent(MONDAY + hour * HOUR + 5, "192.0.2.8", "partner.example", "sent");
        for number in 0..if hour == end { 14 } else { 0 } {
            let sender = format!("a@e{number}.example");
            log.sent_as(MONDAY + hour * HOUR + 10, "192.0.2.8", &sender, "partner.example", "sent");
        }
    }
    let said = |alerts: &[Alert], ip: &str| {
        let those = alerts.iter().filter(|alert| alert.subject.value == ip).cloned().collect::<Vec<_>>();
        about(&those, "trusted-source-abuse", SubjectKind::Ip)
    };
    let fixed = log.alerts(false);
    let [(hour, severity, text)] = &said(&fixed, "192.0.2.7")[..] else {
        panic!("one long spell: {fixed:#?}")
    };
    assert!(*hour == 0 && *severity == Severity::Info, "{hour}");
    assert!(text.contains("senders in 60 or more domains not stated to be yours."), "{text}");
    let learned = log.alerts(true);
    let behind: Vec<_> = said(&learned, "192.0.2.7").into_iter().filter(|(hour, ..)| *hour > 0).collect();
    let [(hour, _, text)] = &behind[..] else { panic!("{behind:#?}") };
    let expected = "senders in 60 domains not stated to be yours (usual for this hour: 11 to 22)";
    assert!(*hour == end && text.contains(expected), "{text}");
    let other = said(&learned, "192.0.2.8");
    let [(hour, _, text)] = &other[..] else { panic!("{other:#?}") };
    let expected = "senders in 14 domains not stated to be yours (usual for this hour: 0 to 1)";
    assert!(*hour == end && text.contains(expected), "{text}");
}

#[test]
fn a_gateway_that_warns_from_the_first_day_is_usual_only_if_somebody_says_so() {
    let mut log = Log::default();
    let mut hours = |first: i64, count: i64| {
        for hour in first..first + count {
            for number in 0..12 {
                let (second, sender) = (MONDAY + hour * HOUR + number * 60, format!("a@d{number}.example"));
                log.taken_by_exim(second, "10.0.0.7", &format!("pc{number}"), &sender);
            }
        }
        std::mem::take(&mut log.text)
    };
    let (weeks, day) = (hours(0, 3 * WEEK), hours(3 * WEEK, 24));
    let place = Place::new();
    let last = |report: &serde_json::Value| {
        let alerts = report["alerts"].as_array().unwrap();
        let alert = alerts.iter().find(|alert| alert["detector"] == "trusted-source-abuse")?;
        assert_eq!(alert["title"], "A trusted address hides many machines");
        Some((alert["severity"].clone(), alert["last_seen"].as_str().unwrap()[..13].to_owned()))
    };
    let warning = |last: &str| Some(("warning".into(), last.to_owned()));
    assert_eq!(last(&place.learn(&weeks)), warning("2026-01-25T23"), "it goes on for three weeks");
    assert_eq!(last(&place.report(&day, &[])), warning("2026-01-26T23"));
    let output = place.run(&["sources", "approve", "10.0.0.7"]);
    assert!(output.status.success());
    assert_eq!(last(&place.report(&day, &[])), None);
}

#[test]
fn what_a_destination_always_puts_off_is_usual_and_more_is_not() {
    for (status, detector) in [("deferred", "deferral-surge"), ("bounced", "bounce-surge")] {
        let mut log = Log::default();
        let end = 3 * WEEK + 9;
        for hour in 0..=end {
            let messages = if hour == end { 160 } else { 24 + hour % 6 };
            for number in 0..messages {
                log.sent(MONDAY + hour * HOUR + number * 20, "192.0.2.7", "slow.example", status);
            }
        }
        let fixed = about(&log.alerts(false), detector, SubjectKind::Destination);
        assert!(fixed.iter().all(|(hour, ..)| *hour < WEEK), "one long spell: {fixed:#?}");
        let learned = about(&log.alerts(true), detector, SubjectKind::Destination);
        let said = learned.iter().find(|(hour, ..)| *hour == end).map_or("", |(_, _, said)| said);
        assert!(said.contains("160 in this hour; usual for it: 2"), "{detector}: {learned:#?}");
    }
}

#[test]
fn a_slow_rise_is_told_though_no_hour_is_special() {
    let mut log = Log::default();
    let rise = 4 * WEEK;
    for hour in 0..rise + WEEK {
        let usual = busy(hour, 5, 2) + hour % 3;
        for source in 0..if hour >= rise { usual * 2 } else { usual } {
            log.denied(MONDAY + hour * HOUR + source * 300, &format!("203.0.{source}.1"));
        }
    }
    assert_eq!(
        about(&log.alerts(false), "relay-denied-spike", SubjectKind::Site)
            .iter()
            .filter(|(hour, ..)| *hour >= rise)
            .count(),
        0
    );
    let (hour, said) = only(&log.alerts(true), "relay-denied-spike", SubjectKind::Site);
    assert!(
        (rise..rise + 4 * 24).contains(&hour) && said.contains("usual for the whole day"),
        "{hour}: {said}"
    );
}
