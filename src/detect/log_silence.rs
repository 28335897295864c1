//! `log-silence`: a host's log has stopped.
//!
//! A host is silent if time goes on while it says nothing: others write, or, live, the clock says so. In an archive where
//! nobody goes on, the gap is told when it speaks again. A small server may be silent for a night, so the detector is off
//! unless somebody turns it on.

use serde::{Deserialize, Serialize};

use super::settings::{Tuned, settings};
use super::{Detector, Setup};
use crate::aggregate::{Reuse, Table};
use crate::model::{
    Event, EventTime, Finding, HostId, Kind, Mta, Origin, Proof, Severity, SnapshotError, Subject, decode,
    duration_in_words, encode,
};

const ID: &str = "log-silence";

settings! {
    off;
    /// Seconds without a line after which a host is silent. A small server writes little at night.
    silent_seconds: Seconds = 10_800,
}

/// Hosts watched at once in the usual memory. Whoever may write to a log may invent some.
const MAX_HOSTS: usize = 1000;
/// A host that was silent for so long is gone.
const GONE_SECONDS: i64 = 7 * 86_400;

/// A host whose lines were seen.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Host {
    name: Vec<u8>,
    mta: Option<Mta>,
    /// Its last line, whose text is capped as that of a proof.
    origin: Option<Origin>,
    time: EventTime,
    text: Vec<u8>,
    /// When it was last said that it is silent.
    said: Option<EventTime>,
}

impl Reuse for Host {
    fn reuse(&mut self) {
        self.name.clear();
        self.text.clear();
        (self.mta, self.origin, self.said) = (None, None, None);
    }
}

#[derive(Debug)]
pub(super) struct LogSilence {
    settings: Tuned<Settings>,
    hosts: Table<HostId, Host>,
    newest: EventTime,
}

impl LogSilence {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self {
            settings,
            hosts: Table::new(setup.memory.room(MAX_HOSTS), GONE_SECONDS),
            newest: EventTime::MIN,
        }
    }

    /// Speaks of the hosts that are silent at `now`, again each time that as much time has passed.
    fn say(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        let patience = self.settings.usual.silent_seconds;
        for slot in self.hosts.slots() {
            let id = self.hosts.key(slot);
            let host = &mut self.hosts[slot];
            let since = host.said.unwrap_or(host.time);
            if now.seconds_since(host.time) > patience && now.seconds_since(since) > patience {
                host.said = Some(now);
                find.extend(host.finding(id, now, false, patience));
            }
        }
    }
}

impl Host {
    fn finding(&self, id: HostId, now: EventTime, is_over: bool, patience: i64) -> Option<Finding> {
        let name = match &*self.name {
            [] => "the log".to_owned(),
            name => String::from_utf8_lossy(name).into_owned(),
        };
        let trigger = Proof::new(self.origin?, self.time, id, &self.text);
        let length = duration_in_words(now.seconds_since(self.time));
        let summary = if is_over {
            format!("No line of {name} for {length}; then it went on.")
        } else {
            format!("No line of {name} for {length}.")
        };
        Some(Finding {
            detector: ID,
            subject: Subject::source(&name),
            severity: Severity::Warning,
            title: "A host's mail log has stopped".to_owned(),
            summary,
            count: 1,
            first_seen: self.time,
            last_seen: now,
            mta: self.mta.unwrap_or(Mta::Postfix),
            evidence: vec![trigger.clone()],
            trigger,
            remedy: "See whether the mail server runs, whether its log still grows (disk full? rotated to another name?), and \
                     whether what brings the log here (rsyslog, syslog-ng, an agent) still does."
                .to_owned(),
            quiet_seconds: 2 * patience,
        })
    }
}

impl Detector for LogSilence {
    fn kinds(&self) -> &'static [Kind] {
        Kind::ALL
    }

    fn event(&mut self, event: &Event<'_>, find: &mut Vec<Finding>) {
        let now = event.time();
        self.newest = self.newest.max(now);
        let slot = self.hosts.find_or_insert(event.host(), now);
        let host = &mut self.hosts[slot];
        if host.origin.is_some() {
            if now < host.time {
                return;
            }
            let patience = self.settings.usual.silent_seconds;
            if now.seconds_since(host.time) > patience {
                find.extend(host.finding(event.host(), now, true, patience));
            }
        } else {
            host.name.extend_from_slice(&event.host_name()[..event.host_name().len().min(255)]);
        }
        host.said = None;
        (host.origin, host.time, host.mta) = (Some(event.origin()), now, event.mta().or(host.mta));
        host.text.clear();
        host.text.extend_from_slice(&event.line()[..event.line().len().min(Proof::MAX_TEXT)]);
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say(now, find);
        while let Some(slot) = self.hosts.expired(now) {
            self.hosts.remove(slot);
        }
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say(self.newest, find);
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &(self.hosts.entries(), self.newest))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (hosts, newest): (Vec<(HostId, Host, EventTime)>, EventTime) = decode(ID, VERSION, snapshot)?;
        self.hosts.clear();
        self.hosts.restore(hosts);
        self.newest = newest;
        Ok(())
    }
}

const VERSION: u32 = 1;
