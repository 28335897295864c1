//! What people see, to the letter.

use proptest::prelude::*;

use super::{Options, write};
use crate::aggregate::{Aggregate, Settings, TopEntry};
use crate::model::{Alert, AlertState, Class, EventTime, Evidence, Files, Mta, Severity, Subject, is_unfit};
use crate::report::{Assumption, Report, Run, json, ndjson};

fn at(seconds: i64) -> EventTime {
    EventTime::from_seconds(1_772_434_800 + seconds)
}

fn report() -> Report {
    let run = Run { files: 1, bytes: 1_440_000, lines: 12_345, elapsed_seconds: 0.1, ..Run::default() };
    let mut report = Report::new(run, &Aggregate::new(Settings::default()), &Files::default());
    report.input.events = 12_030;
    report.input.ignored = 311;
    report.input.first_time = Some(at(0));
    report.input.last_time = Some(at(86_000));
    report
}

fn alert(detector: &str, severity: Severity) -> Alert {
    Alert {
        id: "0".into(),
        detector: detector.into(),
        subject: Subject::ip("203.0.113.66".parse().unwrap()),
        severity,
        state: AlertState::Firing,
        title: "Open relay".into(),
        summary: "203.0.113.66 got mail to 19 recipients in 4 foreign domains accepted without any authority. \
                  It had been denied 2 times before."
            .into(),
        count: 19,
        first_seen: at(60),
        last_seen: at(1_900),
        started_at: at(60),
        host: "mx".into(),
        mta: Mta::Postfix,
        evidence: vec![Evidence {
            file: "mail.log".into(),
            line: 812,
            offset: 90_210,
            text: "Mar  2 07:01:00 mx postfix/smtpd[412]: 4F1aBC0zKQz9: client=unknown[203.0.113.66]".into(),
        }],
        remedy: "Let nobody relay but your own networks and those who log in. In main.cf:\n    \
                 smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"
            .into(),
    }
}

fn text(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &Options::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Fills the table of relay attempts as `Aggregate` would.
fn denied(report: &mut Report, denied: u64) {
    report.relay.attempts += denied;
    report.relay.denied += denied;
    report.top.denied_sources.push(TopEntry {
        value: "203.0.113.66".into(),
        count: denied,
        error: 0,
        first_seen: at(0),
        last_seen: at(600),
    });
}

#[test]
fn print_all() {
    let mut r = report();
    denied(&mut r, 31);
    r.traffic.connections = 1_204;
    r.traffic.messages = 310;
    r.traffic.rejected = 88;
    r.traffic.rejected_by_class = [(Class::RelayDenied, 31), (Class::UnknownRecipient, 57)].into();
    r.input.unmatched = 4;
    r.input.unmatched_examples = alert("", Severity::Info).evidence;
    r.assumptions = vec![Assumption {
        about: "trusted".into(),
        assumed: "private addresses (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16)".into(),
        why: "[site] trusted_networks is not set".into(),
    }];
    println!("{}\n=====", text(&r));
    r.alerts = vec![alert("open-relay", Severity::Critical), alert("open-relay", Severity::Info)];
    println!("{}\n=====", text(&r));
    let mut out = Vec::new();
    json::write(&r, &mut out).unwrap();
    ndjson::write(&r, &mut out).unwrap();
    println!("{}", String::from_utf8(out).unwrap());
}
