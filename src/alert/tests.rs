use super::*;
use crate::model::{FileId, Mta, Origin, Subject};

fn at(seconds: i64) -> EventTime {
    EventTime::from_seconds(seconds)
}

fn finding(host: HostId, line: u64, seconds: i64, severity: Severity) -> Finding {
    let origin = Origin { file: FileId(0), line, offset: line * 100 };
    let trigger = Proof::new(origin, at(seconds), host, b"a line");
    Finding {
        detector: "open-relay",
        subject: Subject::ip("203.0.113.66".parse().unwrap()),
        severity,
        title: "title".into(),
        summary: format!("as of {seconds}"),
        count: line,
        first_seen: at(seconds),
        last_seen: at(seconds),
        mta: Mta::Postfix,
        evidence: vec![trigger.clone()],
        trigger,
        remedy: "remedy".into(),
        quiet_seconds: 3600,
    }
}

fn some() -> (Alerts, Files, Hosts, HostId) {
    let (mut files, mut hosts) = (Files::default(), Hosts::default());
    files.add("mail.log");
    let host = hosts.id(b"mx1");
    (Alerts::new(Memory::default()), files, hosts, host)
}

#[test]
fn news_of_a_firing_alert_updates_it_and_never_makes_it_less_grave() {
    let (mut alerts, files, hosts, host) = some();
    alerts.find(finding(host, 1, 0, Severity::Warning), &files, &hosts);
    let id = alerts.all()[0].id.clone();
    for (line, seconds, severity) in [(2, 60, Severity::Critical), (3, 120, Severity::Info)] {
        let trigger = finding(host, 1, 0, severity).trigger;
        alerts.find(Finding { trigger, ..finding(host, line, seconds, severity) }, &files, &hosts);
    }
    let all = alerts.all();
    assert_eq!(all.len(), 1);
    let alert = &all[0];
    assert_eq!((alert.id.as_str(), alert.severity, alert.count), (id.as_str(), Severity::Critical, 3));
    assert_eq!((alert.first_seen, alert.last_seen, alert.started_at), (at(0), at(120), at(0)));
    assert_eq!(alert.evidence.iter().map(|line| line.line).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((alert.host.as_str(), alert.evidence[0].file.as_str()), ("mx1", "mail.log"));
}

#[test]
fn quiet_alerts_resolve_and_what_comes_later_is_another_alert() {
    let (mut alerts, files, hosts, host) = some();
    alerts.find(finding(host, 1, 0, Severity::Warning), &files, &hosts);
    alerts.watermark(at(3599));
    assert_eq!(alerts.all()[0].state, AlertState::Firing);
    alerts.watermark(at(3600));
    assert_eq!(alerts.all()[0].state, AlertState::Resolved);
    alerts.find(finding(host, 2, HOLD_SECONDS + 1, Severity::Warning), &files, &hosts);
    let all = alerts.all();
    assert_eq!(
        all.iter().map(|alert| alert.state).collect::<Vec<_>>(),
        [AlertState::Resolved, AlertState::Firing]
    );
    assert_ne!(all[0].id, all[1].id);
}

#[test]
fn news_of_a_resolved_matter_let_it_fire_again() {
    let (mut alerts, files, hosts, host) = some();
    alerts.find(finding(host, 1, 0, Severity::Warning), &files, &hosts);
    alerts.watermark(at(3600));
    let trigger = finding(host, 1, 0, Severity::Warning).trigger;
    alerts.find(Finding { trigger, ..finding(host, 2, 3500, Severity::Warning) }, &files, &hosts);
    let all = alerts.all();
    assert_eq!((all.len(), all[0].state, all[0].count), (1, AlertState::Firing, 2));
}

#[test]
fn what_comes_and_goes_is_one_alert_and_must_be_quiet_for_longer_each_time() {
    let (mut alerts, files, hosts, host) = some();
    alerts.find(finding(host, 3, 0, Severity::Warning), &files, &hosts);
    let id = alerts.all()[0].id.clone();
    alerts.watermark(at(3600));
    assert_eq!(alerts.all()[0].state, AlertState::Resolved);
    alerts.find(finding(host, 4, 5000, Severity::Info), &files, &hosts);
    let state = |alerts: &Alerts| {
        let all = alerts.all();
        assert_eq!((all.len(), &all[0].id), (1, &id));
        (all[0].state, all[0].count, all[0].severity)
    };
    assert_eq!(state(&alerts), (AlertState::Firing, 7, Severity::Warning));
    alerts.watermark(at(5000 + 3600));
    assert_eq!(state(&alerts).0, AlertState::Firing, "it needs twice the quiet now");
    alerts.watermark(at(5000 + 7200));
    assert_eq!(state(&alerts).0, AlertState::Resolved);
}

#[test]
fn alerts_about_one_subject_or_its_network_are_related_the_gravest_first() {
    let (mut alerts, files, hosts, host) = some();
    let about = |detector, subject, severity| Finding { detector, subject, ..finding(host, 1, 0, severity) };
    let ip = |text: &str| text.parse::<std::net::IpAddr>().unwrap();
    let bad = Subject::ip(ip("203.0.113.66"));
    let network = Subject::network(crate::model::Network::of(ip("203.0.113.66")));
    for finding in [
        about("relay-denied-spike", bad.clone(), Severity::Info),
        about("open-relay", bad.clone(), Severity::Critical),
        about("auth-brute-force", network.clone(), Severity::Warning),
        about("relay-denied-spike", Subject::ip(ip("203.0.113.67")), Severity::Info),
        about("relay-denied-spike", Subject::ip(ip("198.51.100.9")), Severity::Info),
    ] {
        alerts.find(finding, &files, &hosts);
    }
    let all = alerts.all();
    let related = |at: usize| -> Vec<(&str, &str)> {
        let other = |id: &String| all.iter().find(|alert| alert.id == *id).unwrap();
        all[at].related.iter().map(|id| (&*other(id).detector, &*other(id).subject.value)).collect()
    };
    assert_eq!(all[0].detector, "open-relay");
    assert_eq!(related(0), [("auth-brute-force", "203.0.113.0/24"), ("relay-denied-spike", "203.0.113.66")]);
    assert_eq!(related(1).len(), 3, "the network and all of its addresses");
    let stranger = all.iter().position(|alert| alert.subject.value == "198.51.100.9").unwrap();
    assert_eq!(related(stranger), []);
}

#[test]
fn the_identity_is_the_lines_not_the_files() {
    let (mut alerts, files, hosts, host) = some();
    alerts.find(finding(host, 1, 0, Severity::Warning), &files, &hosts);
    let (mut again, _, _, _) = some();
    let mut moved = finding(host, 1, 0, Severity::Warning);
    moved.trigger.origin.line = 77;
    again.find(moved, &files, &hosts);
    assert_eq!(alerts.all()[0].id, again.all()[0].id);
    assert_eq!(alerts.all()[0].id.len(), 32);
}

#[test]
fn a_snapshot_brings_everything_back() {
    let (mut alerts, files, hosts, host) = some();
    alerts.find(finding(host, 1, 0, Severity::Warning), &files, &hosts);
    alerts.watermark(at(3600));
    alerts.find(finding(host, 2, 9000, Severity::Critical), &files, &hosts);
    let mut restored = Alerts::new(Memory::default());
    restored.restore(&alerts.snapshot().unwrap()).unwrap();
    assert_eq!(restored.all(), alerts.all());
    assert!(restored.restore(b"nonsense").is_err());
}

#[test]
fn in_a_flood_the_least_grave_and_oldest_give_way_and_the_others_stay() {
    let (mut alerts, files, hosts, host) = some();
    let about = |n: u32, severity| Finding {
        subject: Subject::ip(std::net::Ipv4Addr::from_bits(n).into()),
        ..finding(host, u64::from(n), i64::from(n), severity)
    };
    alerts.find(about(1, Severity::Critical), &files, &hosts);
    for n in 2..=MAX_ALERTS as u32 + 100 {
        alerts.find(about(n, Severity::Info), &files, &hosts);
        alerts.watermark(at(i64::from(n)));
    }
    let all = alerts.all();
    assert_eq!(all.len(), MAX_ALERTS);
    assert_eq!((all[0].severity, all[0].first_seen), (Severity::Critical, at(1)));
    assert_eq!(all[1].first_seen, at(102));
    // An hour of quiet resolves all but the last of them.
    let last = at(3600 + MAX_ALERTS as i64 + 99);
    alerts.watermark(last);
    let firing = |alerts: &Alerts| {
        alerts
            .all()
            .into_iter()
            .filter(|alert| alert.state == AlertState::Firing)
            .map(|a| a.first_seen)
            .collect()
    };
    let firing_now: Vec<_> = firing(&alerts);
    assert_eq!(firing_now, [at(MAX_ALERTS as i64 + 100)]);
    // The same matter again is the same alert.
    alerts.find(about(500, Severity::Info), &files, &hosts);
    let firing_now: Vec<_> = firing(&alerts);
    assert_eq!((firing_now, alerts.all().len()), (vec![at(500), at(MAX_ALERTS as i64 + 100)], MAX_ALERTS));
}

#[test]
fn what_has_changed_is_told_once_as_it_is_now() {
    let (alerts, files, hosts, host) = some();
    let mut alerts = alerts.telling_changes();
    assert_eq!(alerts.take_changed(), []);
    let about =
        |detector, line, seconds| Finding { detector, ..finding(host, line, seconds, Severity::Warning) };
    alerts.find(about("open-relay", 1, 0), &files, &hosts);
    alerts.find(about("protocol-abuse", 2, 60), &files, &hosts);
    let changed = alerts.take_changed();
    assert_eq!(changed, alerts.all());
    assert_eq!(changed[0].related, [changed[1].id.clone()]);
    assert_eq!(alerts.take_changed(), []);
    alerts.watermark(at(3600));
    alerts.find(about("protocol-abuse", 3, 3600), &files, &hosts);
    let states: Vec<_> =
        alerts.take_changed().into_iter().map(|alert| (alert.detector, alert.state, alert.count)).collect();
    let firing = ("protocol-abuse".to_owned(), AlertState::Firing, 5);
    assert_eq!(states, [("open-relay".to_owned(), AlertState::Resolved, 1), firing]);
}

#[test]
fn what_gives_way_while_it_fires_has_a_last_word() {
    let (mut alerts, files, hosts, host) = some();
    alerts.most = 2;
    let mut alerts = alerts.telling_changes();
    let about = |n: u8, severity| Finding {
        subject: Subject::ip(std::net::Ipv4Addr::new(192, 0, 2, n).into()),
        ..finding(host, u64::from(n), i64::from(n), severity)
    };
    alerts.find(about(1, Severity::Warning), &files, &hosts);
    alerts.find(about(2, Severity::Critical), &files, &hosts);
    alerts.take_changed();
    alerts.find(about(3, Severity::Critical), &files, &hosts);
    let changed: Vec<_> =
        alerts.take_changed().into_iter().map(|alert| (alert.subject.value, alert.state)).collect();
    let word = |ip: &str, state| (ip.to_owned(), state);
    assert_eq!(changed, [word("192.0.2.1", AlertState::Resolved), word("192.0.2.3", AlertState::Firing)]);
    assert_eq!(alerts.given_up(), 1);
}

#[test]
fn what_comes_and_goes_between_two_looks_is_told_as_both() {
    let (alerts, files, hosts, host) = some();
    let mut alerts = alerts.telling_changes();
    let states = |alerts: &mut Alerts| {
        alerts.take_changed().into_iter().map(|alert| (alert.state, alert.count)).collect::<Vec<_>>()
    };
    alerts.find(finding(host, 1, 0, Severity::Warning), &files, &hosts);
    alerts.watermark(at(3600));
    assert_eq!(states(&mut alerts), [(AlertState::Firing, 1), (AlertState::Resolved, 1)]);
    // The same matter comes again, and goes again.
    alerts.find(finding(host, 2, 4000, Severity::Warning), &files, &hosts);
    alerts.watermark(at(4000 + 86_400));
    assert_eq!(states(&mut alerts), [(AlertState::Firing, 3), (AlertState::Resolved, 3)]);
    // What becomes graver and goes may be news for somebody.
    alerts.find(finding(host, 4, 150_000, Severity::Warning), &files, &hosts);
    assert_eq!(states(&mut alerts), [(AlertState::Firing, 4)]);
    alerts.find(finding(host, 4, 150_000, Severity::Critical), &files, &hosts);
    alerts.watermark(at(190_000 + 86_400));
    assert_eq!(states(&mut alerts).len(), 2);
    // What only goes is told so.
    alerts.find(finding(host, 3, 200_000, Severity::Warning), &files, &hosts);
    assert_eq!(states(&mut alerts), [(AlertState::Firing, 3)]);
    alerts.watermark(at(400_000));
    assert_eq!(states(&mut alerts), [(AlertState::Resolved, 3)]);
}
