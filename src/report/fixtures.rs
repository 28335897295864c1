//! Reports for tests: a quiet one, and one in which everything was written by an attacker.

use super::{Assumption, Report, Run};
use crate::aggregate::{Aggregate, Coverage, FileCoverage, Settings, Shape, TopEntry};
use crate::model::{Alert, AlertState, EventTime, Evidence, Files, Format, Mta, Severity, Subject};

pub(super) fn at(seconds: i64) -> EventTime {
    EventTime::from_seconds(1_772_434_800 + seconds)
}

pub(super) fn report() -> Report {
    let run = Run { files: 1, bytes: 1_440_000, lines: 12_345, elapsed_seconds: 0.1, ..Run::default() };
    let mut report = Report::new(run, &Aggregate::new(Settings::default()), &Files::default());
    report.input.events = 12_030;
    report.input.ignored = 311;
    report.input.by_file =
        vec![file("mail.log", Format::Syslog, &[(Mta::Postfix, 12_034)], [12_345, 12_034, 311, 0])];
    report.input.first_time = Some(at(0));
    report.input.last_time = Some(at(86_000));
    report
}

/// What became of the lines of a file: all, events, ignored, unmatched.
pub(super) fn file(name: &str, format: Format, servers: &[(Mta, u64)], lines: [u64; 4]) -> FileCoverage {
    let [lines, events, ignored, unmatched] = lines;
    FileCoverage {
        file: name.into(),
        format,
        servers: servers.iter().copied().collect(),
        coverage: Coverage { lines, events, ignored, unmatched },
    }
}

pub(super) fn alert(detector: &str, severity: Severity) -> Alert {
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
        related: Vec::new(),
    }
}

/// Fills the table of relay attempts as `Aggregate` would.
pub(super) fn denied(report: &mut Report, denied: u64) {
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

/// A report in which everything that can come from a log is `text`.
pub(super) fn hostile(text: &str) -> Report {
    let mut report = report();
    let mut alert = alert("open-relay", Severity::Critical);
    for part in
        [&mut alert.title, &mut alert.summary, &mut alert.host, &mut alert.remedy, &mut alert.subject.value]
    {
        text.clone_into(part);
    }
    text.clone_into(&mut alert.evidence[0].text);
    text.clone_into(&mut alert.evidence[0].file);
    report.input.unmatched = 1;
    report.input.unmatched_examples.clone_from(&alert.evidence);
    report.input.unmatched_shapes = vec![Shape {
        program: text.to_owned(),
        shape: text.to_owned(),
        count: 1,
        error: 0,
        example: alert.evidence[0].clone(),
    }];
    text.clone_into(&mut report.input.by_file[0].file);
    report.alerts = vec![alert];
    denied(&mut report, 3);
    text.clone_into(&mut report.top.denied_sources[0].value);
    let told = || text.to_owned();
    report.assumptions = vec![Assumption { about: told(), assumed: told(), why: told() }];
    report
}
