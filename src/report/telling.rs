//! An alert in words: what every report for people says of it in the same way.

use std::collections::HashMap;

use super::Report;
use super::words::{counted, span};
use crate::model::{Alert, Severity};

/// The alerts of a report by their ids, to find those that belong together.
pub(super) struct Related<'r>(HashMap<&'r str, &'r Alert>);

impl<'r> Related<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        Self(report.alerts.iter().map(|alert| (&*alert.id, alert)).collect())
    }

    /// Those that belong to `alert`.
    pub(super) fn to(&self, alert: &Alert) -> Vec<&'r Alert> {
        alert.related.iter().filter_map(|id| self.0.get(&**id).copied()).collect()
    }
}

/// How grave it is, as a mark in front.
pub(super) fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::Warning => "WARNING",
        Severity::Info => "INFO",
    }
}

/// `12 times, 2026-03-02 06:25:01 to 07:02:11, on mx1 (open-relay)`.
pub(super) fn circumstances(alert: &Alert) -> String {
    let when = span(alert.first_seen, alert.last_seen);
    let host = if alert.host.is_empty() { String::new() } else { format!(", on {}", alert.host) };
    format!("{}, {when}{host} ({})", counted(alert.count, "time", "times"), alert.detector)
}

/// `5 relay attempts denied, 203.0.113.66 (relay-denied-spike)`: `other`, beside `alert`.
pub(super) fn beside(other: &Alert, alert: &Alert) -> String {
    let whom = if other.subject == alert.subject { String::new() } else { format!(", {}", other.subject) };
    format!("{}{whom} ({})", other.title, other.detector)
}

/// A part of some advice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Advice<'a> {
    /// A sentence or two.
    Prose(&'a str),
    /// A setting or a command, to be copied as it is.
    Verbatim(&'a str),
}

/// Advice, line by line: settings and commands are those that are indented, or name a table.
pub(super) fn advice(text: &str) -> impl Iterator<Item = Advice<'_>> {
    text.lines().map(|line| {
        if line.starts_with([' ', '\t', '[']) {
            Advice::Verbatim(line.trim_end())
        } else {
            Advice::Prose(line)
        }
    })
}
