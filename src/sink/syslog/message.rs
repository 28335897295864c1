//! A notice as a syslog message, in either format.

use std::fmt::Write;

use chrono::Local;
use serde::Deserialize;

use super::super::words;
use crate::model::{News, Notice, Severity};

/// How a message is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::sink) enum Format {
    /// With structured data.
    Rfc5424,
    /// The old one.
    Rfc3164,
}

/// What kind of program speaks (RFC 5424, section 6.2.1, table 1), by the names of syslog.conf(5).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::sink) enum Facility {
    User = 1,
    Mail = 2,
    Daemon = 3,
    Auth = 4,
    Authpriv = 10,
    Local0 = 16,
    Local1 = 17,
    Local2 = 18,
    Local3 = 19,
    Local4 = 20,
    Local5 = 21,
    Local6 = 22,
    Local7 = 23,
}

/// Who speaks: the program's name, its number, and the machine it runs on.
#[derive(Debug)]
pub(super) struct Writer {
    host: String,
    process: u32,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { host: name_field(&host_name(), 255), process: std::process::id() }
    }

    /// `notice` as one message, at most `longest` bytes long, cut at its end. `local`: it stays on this machine, whose name
    /// then goes without saying.
    pub(super) fn write(
        &self,
        notice: &Notice,
        format: Format,
        facility: Facility,
        local: bool,
        longest: usize,
    ) -> String {
        let priority = facility as u8 * 8 + severity(notice);
        let Self { host, process } = self;
        let message = match format {
            Format::Rfc5424 => {
                let (time, kind) = (notice.time, name_field(&notice.alert.detector, 32));
                let data = data(notice);
                format!("<{priority}>1 {time} {host} relaywatch {process} {kind} {data} {}", text(notice))
            }
            Format::Rfc3164 => {
                // Section 4.1.2: local time, the day of the month with a space for its first digit.
                let time =
                    notice.time.utc().unwrap_or_default().with_timezone(&Local).format("%b %e %H:%M:%S");
                let host = if local { String::new() } else { format!("{host} ") };
                format!("<{priority}>{time} {host}relaywatch[{process}]: {}", plain(notice))
            }
        };
        words::cut(&message, longest).to_owned()
    }
}

/// RFC 5424, section 6.2.1, table 2.
fn severity(notice: &Notice) -> u8 {
    match (notice.news, notice.alert.severity) {
        // Notice.
        (News::Resolved, _) => 5,
        // Critical.
        (_, Severity::Critical) => 2,
        // Warning.
        (_, Severity::Warning) => 4,
        // Informational.
        (_, Severity::Info) => 6,
    }
}

/// What people read.
fn text(notice: &Notice) -> String {
    format!("{}: {}", words::headline(notice), words::line(&notice.alert.summary, 4000))
}

/// What people read where there is no structured data: with what it is about.
fn plain(notice: &Notice) -> String {
    let alert = &notice.alert;
    let (id, detector) = (words::line(&alert.id, 100), words::line(&alert.detector, 100));
    format!("{detector} {} {} (count {}, id {id})", words::subject(&alert.subject), text(notice), alert.count)
}

/// The structured data. 32473 is the number that RFC 5612 sets aside for examples: the program has none of its own.
fn data(notice: &Notice) -> String {
    let alert = &notice.alert;
    let mut data = String::from("[relaywatch@32473");
    for (name, value) in [
        ("id", words::line(&alert.id, 100)),
        ("notice", words::line(&notice.id, 100)),
        ("news", notice.news.to_string()),
        ("detector", words::line(&alert.detector, 100)),
        ("subjectKind", alert.subject.kind.to_string()),
        ("subject", words::line(&alert.subject.value, 200)),
        ("severity", alert.severity.to_string()),
        ("state", alert.state.to_string()),
        ("count", alert.count.to_string()),
        ("firstSeen", alert.first_seen.to_string()),
        ("lastSeen", alert.last_seen.to_string()),
        ("host", words::line(&alert.host, 100)),
    ] {
        // Writing into memory cannot fail.
        let _ = write!(data, " {name}=\"{}\"", escaped(&value));
    }
    data.push(']');
    data
}

/// Section 6.3.3: what would end a value, and the escape itself.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for character in value.chars() {
        if matches!(character, '"' | '\\' | ']') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// A field of the header: printable ASCII without blanks, `-` for nothing (section 6, `PRINTUSASCII` and `NILVALUE`).
fn name_field(text: &str, longest: usize) -> String {
    let name: String = text.chars().filter(char::is_ascii_graphic).take(longest).collect();
    if name.is_empty() { "-".to_owned() } else { name }
}

#[cfg(unix)]
fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(test)]
mod tests;
