//! What the members of an object are called, by those who write them; the same names in JSON and in an export.
//!
//! - journald: systemd.journal-fields(7). A name that begins with `_` was written by journald itself.
//! - Docker: `json-file` logging driver. `log` is a line as the container wrote it.
//! - rsyslog: the names of its properties, and those of its `jsonmesg`.
//! - syslog-ng: `format-json` with the scopes `rfc3164` and `rfc5424`.
//! - Graylog: GELF 1.1. Fluentd and Fluent Bit: parser `syslog`. Vector: source `syslog`. Logstash and Filebeat: input
//!   `syslog`, and the Elastic Common Schema.
//! - Exports: Splunk's `output_mode=json` has the event in `result`, Elasticsearch's search API in `_source`; logcli of Loki,
//!   `--output=jsonl`.
//!
//! Each name has a rank among those that mean the same: the first one counts. A name that occurs twice is no honest
//! writer's (RFC 8259, section 4), and a writer that does not mask quotes lets a client add members behind the message:
//! of such an object nothing is believed.

use super::json::{Value, members};

/// What a member says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    Message,
    Time,
    Host,
    Program,
    Pid,
}

const SLOTS: usize = 5;

/// An object within the object, as exports and the Elastic Common Schema nest them.
#[derive(Clone, Copy)]
enum Within {
    /// The whole of what was exported.
    Export,
    Host,
    Process,
    Log,
    /// In [`Within::Log`].
    Syslog,
}

const WITHIN: usize = 5;

impl Within {
    /// Which one a member of this name is.
    fn of(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"host" => Self::Host,
            b"process" => Self::Process,
            b"log" => Self::Log,
            b"result" | b"_source" => Self::Export,
            _ => return None,
        })
    }
}

/// The members that count, of one object.
#[derive(Debug, Default)]
pub(super) struct Fields<'l> {
    slots: [Option<(u8, Value<'l>)>; SLOTS],
    /// A bit for every name that occurred, by slot.
    seen: [u32; SLOTS],
    entered: [bool; WITHIN],
    twice: bool,
    /// What an exporter, by its own names before, calls the object that holds what it exported.
    export: &'static [u8],
    /// Standard error, where the writer tells the streams.
    pub(super) stderr: bool,
    /// The message is a line as a container wrote it, whoever passed it on.
    container: bool,
}

/// The message is a line as a program wrote it, whatever stands beside it.
const LINES: u8 = 16;

impl<'l> Fields<'l> {
    /// Those of the JSON object that `line` is.
    pub(super) fn of(line: &'l [u8]) -> Option<Self> {
        let mut fields = Self::default();
        members(line, |key, value| fields.add(key, value))?;
        Some(fields)
    }

    /// Takes a member.
    pub(super) fn add(&mut self, key: &'l [u8], value: Value<'l>) {
        match (key, value) {
            (b"stream", Value::Text(stream, _)) => self.stderr = stream == b"stderr",
            (b"preview", _) => self.export = b"result",
            (b"_index", _) => self.export = b"_source",
            (b"CONTAINER_ID" | b"CONTAINER_ID_FULL" | b"CONTAINER_NAME", _) => self.container = true,
            _ => match (Within::of(key), value, place(key)) {
                // Anybody may call an object so.
                (Some(Within::Export), ..) if key != self.export => {}
                (Some(within), Value::Object(object), _) => self.enter(within, object),
                (.., Some((slot, rank))) => self.put(slot, rank, value),
                _ => {}
            },
        }
    }

    /// Takes the members of an object within.
    fn enter(&mut self, within: Within, object: &'l [u8]) {
        if std::mem::replace(&mut self.entered[within as usize], true) {
            self.twice = true;
            return;
        }
        // It was read once already, so it is right.
        let _ = members(object, |key, value| match (within, key, value) {
            (Within::Export, ..) => self.add(key, value),
            (Within::Host, b"hostname", _) => self.put(Slot::Host, 20, value),
            (Within::Host, b"name", _) => self.put(Slot::Host, 21, value),
            (Within::Process, b"name", _) => self.put(Slot::Program, 20, value),
            (Within::Process, b"pid", _) => self.put(Slot::Pid, 20, value),
            (Within::Log, b"syslog", Value::Object(object)) => self.enter(Within::Syslog, object),
            (Within::Syslog, b"appname", _) => self.put(Slot::Program, 21, value),
            (Within::Syslog, b"procid", _) => self.put(Slot::Pid, 21, value),
            (Within::Syslog, b"hostname", _) => self.put(Slot::Host, 22, value),
            _ => {}
        });
    }

    fn put(&mut self, slot: Slot, rank: u8, value: Value<'l>) {
        let index = slot as usize;
        let bit = 1 << rank;
        self.twice |= self.seen[index] & bit != 0;
        self.seen[index] |= bit;
        let says_nothing = matches!(value, Value::Literal | Value::Text(b"" | b"-", _));
        let first = self.slots[index].is_none_or(|(known, _)| rank < known);
        if first && !says_nothing {
            self.slots[index] = Some((rank, value));
        }
    }

    /// Whether one name occurred twice.
    pub(super) fn is_doubtful(&self) -> bool {
        self.twice
    }

    /// The value that counts.
    pub(super) fn get(&self, slot: Slot) -> Option<Value<'l>> {
        self.slots[slot as usize].map(|(_, value)| value)
    }

    /// Whether the message is a whole line, which may have a header of its own: the object names no program, or is a
    /// container's.
    pub(super) fn is_line(&self) -> bool {
        let lines = self.slots[Slot::Message as usize].is_some_and(|(rank, _)| rank >= LINES);
        lines || self.container || self.get(Slot::Program).is_none()
    }
}

/// What a name means, and its rank, which is below 32.
fn place(key: &[u8]) -> Option<(Slot, u8)> {
    use Slot::{Host, Message, Pid, Program, Time};
    Some(match key {
        b"MESSAGE" => (Message, 0),
        b"message" => (Message, 1),
        b"msg" => (Message, 2),
        b"short_message" => (Message, 3),
        b"log" => (Message, LINES),
        b"line" => (Message, LINES + 1),
        b"@message" => (Message, LINES + 2),
        b"_raw" => (Message, LINES + 3),
        b"textPayload" => (Message, LINES + 4),

        b"_SOURCE_REALTIME_TIMESTAMP" => (Time, 0),
        b"__REALTIME_TIMESTAMP" => (Time, 1),
        b"timereported" => (Time, 2),
        b"timestamp" => (Time, 3),
        b"@timestamp" => (Time, 4),
        b"date" => (Time, 5),
        b"time" => (Time, 6),
        b"ISODATE" => (Time, 7),
        b"DATE" => (Time, 8),
        b"timegenerated" => (Time, 9),
        b"_time" => (Time, 10),

        b"_HOSTNAME" => (Host, 0),
        b"hostname" => (Host, 1),
        b"host" => (Host, 2),
        b"HOST" => (Host, 3),
        b"logsource" => (Host, 4),
        b"source" => (Host, 5),
        b"fromhost" => (Host, 6),
        b"fromhost-ip" => (Host, 7),

        b"SYSLOG_IDENTIFIER" => (Program, 0),
        b"syslogtag" => (Program, 1),
        b"syslog-tag" => (Program, 2),
        b"syslog_tag" => (Program, 3),
        b"app-name" => (Program, 4),
        b"app_name" => (Program, 5),
        b"appname" => (Program, 6),
        b"application_name" => (Program, 7),
        b"_application_name" => (Program, 8),
        b"programname" => (Program, 9),
        b"program" => (Program, 10),
        b"PROGRAM" => (Program, 11),
        b"ident" => (Program, 12),
        b"tag" => (Program, 13),

        b"SYSLOG_PID" => (Pid, 0),
        b"_PID" => (Pid, 1),
        b"procid" => (Pid, 2),
        b"proc_id" => (Pid, 3),
        b"pid" => (Pid, 4),
        b"PID" => (Pid, 5),
        b"process_id" => (Pid, 6),
        b"_process_id" => (Pid, 7),
        _ => return None,
    })
}
