//! Tables for spreadsheets and databases (RFC 4180): alerts, events, attempts, a row each, under the names of the JSON fields.
//!
//! A spreadsheet takes a cell that begins like a formula for one, and would run what a client wrote: such cells get an
//! apostrophe in front. Where people write commas into numbers, it begins a cell behind every semicolon, whatever stands in quotes:
//! there, too. Characters that move the reader are shown as elsewhere, line ends among them, so that a row is a line.

use std::fmt::Display;
use std::io::{self, Write};

use super::Report;
use super::events::{FIELDS, Stated, stated};
use super::words::on_one_line;
use crate::model::{Alert, Attempt, Event, EventTime, Field, Files, Hosts, Kind, Origin, shown};

/// Columns of alerts.
const ALERT: [&str; 18] = [
    "severity",
    "detector",
    "subject_kind",
    "subject",
    "title",
    "summary",
    "count",
    "first_seen",
    "last_seen",
    "started_at",
    "state",
    "id",
    "host",
    "mta",
    "file",
    "line",
    "evidence",
    "remedy",
];
/// Columns of events in front of their fields, and behind them.
const EVENT: ([&str; 9], [&str; 4]) = (
    ["time", "host", "mta", "service", "program", "pid", "kind", "class", "stage"],
    ["text", "file", "line", "offset"],
);
/// Columns of attempts.
const ATTEMPT: [&str; 21] = [
    "time",
    "host",
    "mta",
    "queue_id",
    "session_id",
    "client_ip",
    "client_name",
    "helo",
    "auth_user",
    "uid",
    "sender",
    "recipient",
    "original_recipient",
    "direction",
    "authority",
    "outcome",
    "class",
    "reply_code",
    "reply_status",
    "next_hop",
    "lines",
];

/// The null sender: an empty cell says that nothing is known of it.
const NULL_SENDER: &str = "<>";

/// Writes the alerts of a report, the gravest first; of their evidence the newest line, with where it stands.
pub fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let mut rows = Vec::new();
    head(&mut rows, ALERT.into_iter());
    report.alerts.iter().for_each(|alert| write_alert(&mut rows, alert));
    out.write_all(&rows)
}

fn write_alert(out: &mut Vec<u8>, alert: &Alert) {
    let mut row = Row::new(out);
    let newest = alert.evidence.last();
    row.name(alert.severity.name());
    row.text(&alert.detector);
    row.name(alert.subject.kind.name());
    row.text(&alert.subject.value);
    row.text(&alert.title);
    row.text(&alert.summary);
    row.plain(alert.count);
    row.time(alert.first_seen);
    row.time(alert.last_seen);
    row.time(alert.started_at);
    row.name(alert.state.name());
    row.text(&alert.id);
    row.text(&alert.host);
    row.name(alert.mta.name());
    row.text(newest.map_or("", |line| &line.file));
    row.some(newest.map(|line| line.line));
    row.text(&newest.map_or(String::new(), |line| on_one_line(&line.text, " ")));
    row.text(&on_one_line(&alert.remedy, " | "));
    row.end();
}

/// Appends the names of the columns of events.
pub fn head_of_events(out: &mut Vec<u8>) {
    let (front, behind) = EVENT;
    head(out, front.into_iter().chain(FIELDS.iter().map(|(field, _)| field.name())).chain(behind));
}

/// Appends `event` as a row. What its line does not state is empty.
pub fn write_event(out: &mut Vec<u8>, event: &Event<'_>, files: &Files) {
    let mut row = Row::new(out);
    row.time(event.time());
    row.bytes(event.host_name());
    row.name(event.mta().map_or("", |mta| mta.name()));
    let (service, program) = match event.mta() {
        Some(_) => (event.service(), &b""[..]),
        None => (&b""[..], event.program()),
    };
    row.bytes(service);
    row.bytes(program);
    row.some((event.pid() != 0).then(|| event.pid()));
    row.name(event.kind().name());
    row.name(event.class().map_or("", |class| class.name()));
    row.name(event.stage().map_or("", |stage| stage.name()));
    for &(field, numeric) in FIELDS {
        match stated(event, field, numeric) {
            None => row.name(""),
            Some(Stated::Text(b"")) if field == Field::Sender => row.name(NULL_SENDER),
            Some(Stated::Text(value) | Stated::Number(value)) => row.bytes(value),
            Some(Stated::Seconds(seconds)) => row.plain(seconds),
        }
    }
    row.bytes(if event.kind() == Kind::Unmatched { event.line() } else { b"" });
    let origin = event.origin();
    row.text(files.name(origin.file));
    row.plain(origin.line);
    row.plain(origin.offset);
    row.end();
}

/// Appends the names of the columns of attempts.
pub fn head_of_attempts(out: &mut Vec<u8>) {
    head(out, ATTEMPT.into_iter());
}

/// Appends `attempt` as a row. What the log does not show is empty; of the lines that tell it, the numbers.
pub fn write_attempt(out: &mut Vec<u8>, attempt: &Attempt<'_>, files: &Files, hosts: &Hosts) {
    let mut row = Row::new(out);
    row.time(attempt.time);
    row.bytes(hosts.name(attempt.host));
    row.name(attempt.mta.name());
    row.bytes(attempt.queue_id.unwrap_or_default());
    row.bytes(attempt.session_id.unwrap_or_default());
    row.some(attempt.client_ip);
    for text in [attempt.client_name, attempt.helo, attempt.auth_user, attempt.uid] {
        row.bytes(text.unwrap_or_default());
    }
    match attempt.sender {
        Some(b"") => row.name(NULL_SENDER),
        sender => row.bytes(sender.unwrap_or_default()),
    }
    row.bytes(attempt.recipient.unwrap_or_default());
    row.bytes(attempt.original_recipient.unwrap_or_default());
    row.name(attempt.direction.name());
    row.name(attempt.authority.map_or("", |authority| authority.name()));
    row.name(attempt.outcome.name());
    row.name(attempt.class.map_or("", |class| class.name()));
    row.some(attempt.reply_code);
    row.bytes(attempt.reply_status.unwrap_or_default());
    row.bytes(attempt.next_hop.unwrap_or_default());
    row.text(&places(attempt.lines, files));
    row.end();
}

/// `mail.log:12 mail.log:15`.
fn places(lines: &[Origin], files: &Files) -> String {
    let place = |origin: &Origin| format!("{}:{}", files.name(origin.file), origin.line);
    lines.iter().map(place).collect::<Vec<_>>().join(" ")
}

fn head<'n>(out: &mut Vec<u8>, names: impl Iterator<Item = &'n str>) {
    let mut row = Row::new(out);
    names.for_each(|name| row.name(name));
    row.end();
}

/// A row, appended to a buffer cell by cell. By hand, like the lines of JSON: a log of a gigabyte becomes several of these.
struct Row<'o> {
    out: &'o mut Vec<u8>,
    is_begun: bool,
}

impl<'o> Row<'o> {
    fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, is_begun: false }
    }

    fn next(&mut self) -> &mut Vec<u8> {
        if self.is_begun {
            self.out.push(b',');
        }
        self.is_begun = true;
        self.out
    }

    /// A word of our own.
    fn name(&mut self, word: &str) {
        self.next().extend_from_slice(word.as_bytes());
    }

    /// A number or an address.
    fn plain(&mut self, value: impl Display) {
        // Writing into memory cannot fail.
        let _ = write!(self.next(), "{value}");
    }

    /// The same, if there is one.
    fn some(&mut self, value: Option<impl Display>) {
        match value {
            Some(value) => self.plain(value),
            None => self.name(""),
        }
    }

    /// A time, if it is known.
    fn time(&mut self, time: EventTime) {
        self.some((time != EventTime::MIN).then_some(time));
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// What may have come from a log.
    fn bytes(&mut self, bytes: &[u8]) {
        let out = self.next();
        if is_plain(bytes) {
            out.extend_from_slice(bytes);
            return;
        }
        out.push(b'"');
        let mut utf8 = [0; 4];
        let mut begins = true;
        for character in shown(bytes).to_string().chars() {
            match character {
                '"' => out.push(b'"'),
                _ if begins && is_formula(character) => out.push(b'\''),
                _ => {}
            }
            begins = character == ';' || begins && (character == '"' || character.is_whitespace());
            out.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
        }
        out.push(b'"');
    }

    /// RFC 4180 ends lines with both.
    fn end(self) {
        self.out.extend_from_slice(b"\r\n");
    }
}

/// Whether a cell can stand as it is: nearly every one can.
fn is_plain(bytes: &[u8]) -> bool {
    let is_fit = |byte: &u8| matches!(byte, 0x20..0x7f) && !matches!(byte, b',' | b';' | b'"');
    bytes.iter().all(is_fit)
        && !bytes.trim_ascii_start().first().is_some_and(|&first| is_formula(char::from(first)))
}

/// What formulas begin with, in any spreadsheet; the wide forms of it, too.
fn is_formula(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Outcome, is_unfit};

    fn cells(text: &[u8]) -> Vec<Vec<String>> {
        cells_between(b',', text)
    }

    fn cells_between(delimiter: u8, text: &[u8]) -> Vec<Vec<String>> {
        let mut reader = ::csv::ReaderBuilder::new();
        let mut reader = reader.has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    proptest! {
        #[test]
        fn any_bytes_are_one_cell_of_one_line_and_no_formula(
            cell in prop_oneof![prop::collection::vec(any::<u8>(), 0..60), "[=+@\"',;\r\n\t -]{0,9}.*".prop_map(String::into_bytes)]
        ) {
            let mut out = Vec::new();
            let mut row = Row::new(&mut out);
            row.bytes(b"");
            row.bytes(&cell);
            row.plain(7);
            row.end();
            let text = String::from_utf8(out.clone()).unwrap();
            prop_assert_eq!(text.lines().count(), 1);
            prop_assert!(!text.trim_end().chars().any(is_unfit), "{:?}", text);
            let read = cells(&out);
            let row = &read[0];
            prop_assert_eq!((row.len(), &*row[0], &*row[2]), (3, "", "7"));
            // Nothing is lost but where marks stand.
            let unmarked = |text: &str| text.replace('\'', "");
            prop_assert_eq!(unmarked(&row[1]), unmarked(&shown(&cell).to_string()));
            for delimiter in [b',', b';'] {
                for cell in cells_between(delimiter, &out).into_iter().flatten() {
                    prop_assert!(!cell.trim_start().starts_with(is_formula), "{:?}", cell);
                }
            }
        }
    }

    #[test]
    fn an_attempt_has_a_cell_for_every_column() {
        let (mut files, mut hosts) = (Files::default(), Hosts::default());
        let lines = [Origin { file: files.add("mail.log"), line: 12, offset: 900 }];
        let attempt = Attempt {
            host: hosts.id(b"mx"),
            client_ip: Some("2001:db8::66".parse().unwrap()),
            helo: Some(b"=HYPERLINK(\"http://x\")"),
            sender: Some(b""),
            recipient: Some(b"a,b@far.example"),
            lines: &lines,
            ..Attempt::bare(EventTime::from_seconds(0), Outcome::Denied)
        };
        let mut out = Vec::new();
        head_of_attempts(&mut out);
        write_attempt(&mut out, &attempt, &files, &hosts);
        let rows = cells(&out);
        assert_eq!(rows[0].len(), rows[1].len());
        let cell = |name: &str| &*rows[1][rows[0].iter().position(|column| column == name).unwrap()];
        assert_eq!(cell("helo"), "'=HYPERLINK(\"http://x\")");
        assert_eq!((cell("sender"), cell("recipient"), cell("auth_user")), ("<>", "a,b@far.example", ""));
        assert_eq!(
            (cell("outcome"), cell("time"), cell("lines")),
            ("denied", "1970-01-01T00:00:00Z", "mail.log:12")
        );
    }
}
