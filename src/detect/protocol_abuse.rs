//! `protocol-abuse`: a client does not speak SMTP, or speaks it as no mail server does.
//!
//! Counts per source what servers call abuse (early talking, pipelining without leave, commands of other protocols, too
//! many errors), refusals of malformed commands, and unknown commands that Postfix tells only at the end of a session.
//! A port scanner that says one thing and goes stays below. VRFY and EXPN are a matter of `recipient-harvest`, limits on
//! the rate of connections are nobody's fault.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::settings::{Tuned, settings};
use super::spell::{Hit, Spell, Words};
use super::spike::Spike;
use super::untold::{UNKNOWN, Untold};
use super::watched::{self, Watchable, Watched};
use super::words::{counted, within};
use super::{Detector, Setup, remedy};
use crate::aggregate::Reuse;
use crate::model::{
    Class, Event, EventTime, Field, Finding, Kind, Mta, Proof, Severity, SnapshotError, Stage, Subject,
    decode, encode,
};

const ID: &str = "protocol-abuse";

settings! {
    /// Seconds in which faults of one source are counted together.
    window_seconds: Seconds = 600,
    /// Faults of one source that are more than a scan or a slip.
    source_faults: Threshold = 5,
    /// Faults from which on it is a flood (`warning` instead of `info`).
    warning_faults: Total = 100,
}

/// What a client did, by the `reason` that patterns give; what is not among them made no sense in another way.
const FAULTS: [(&[&[u8]], &str); 7] = [
    (&[b"pregreet"], "it talked before the greeting"),
    (&[b"pipelining"], "it did not wait for answers"),
    (&[b"non_smtp_command"], "it spoke another protocol"),
    (
        &[b"too_many_errors", b"command_count_limit", b"command_flood", b"recipient_flood"],
        "it made errors until it was stopped",
    ),
    (&[b"bare_newline"], "it ended lines with a bare line feed"),
    (&[b"auth_not_advertised", b"auth_mechanism"], "it tried logins that are not offered"),
    (&[], "its commands made no sense"),
];
/// Place of the last one.
const NONSENSE: usize = FAULTS.len() - 1;
/// Place of commands of other protocols.
const FOREIGN: usize = 2;

/// The faults of one source.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Faults {
    spike: Spike,
    /// Which of [`FAULTS`] were seen, a bit each.
    seen: u8,
    /// Commands of other protocols that lines of their own told.
    foreign: Untold,
}

impl Reuse for Faults {
    fn reuse(&mut self) {
        self.spike.reuse();
        (self.seen, self.foreign) = (0, Untold::default());
    }
}

impl Watchable for Faults {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spike.spell
    }
}

#[derive(Debug)]
pub(super) struct ProtocolAbuse {
    settings: Tuned<Settings>,
    sources: Watched<IpAddr, Faults>,
}

impl ProtocolAbuse {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self { settings, sources: Watched::new(setup.memory) }
    }

    fn count(&mut self, event: &Event<'_>, source: IpAddr, times: u64, fault: usize, find: &mut Vec<Finding>) {
        let settings = self.settings.ip(source);
        let text = || before_secret(event.line());
        let proof = || Some(Proof::new(event.origin(), event.time(), event.host(), text()));
        let hit = Hit { time: event.time(), mta: event.mta().unwrap_or(Mta::Postfix), proof: &proof };
        for _ in 0..times {
            let faults = self.sources.subject(source, event.time());
            if !faults.spike.count(&hit, None, settings.window_seconds, settings.source_faults) {
                continue;
            }
            if faults.spike.begins_anew() {
                faults.seen = 0;
            }
            faults.seen |= 1 << fault;
            if faults.spike.recent() >= settings.source_faults {
                let news = faults.spike.go_on(&hit);
                if self.sources.is_urgent(source, news) {
                    find.extend(self.finding(source));
                }
            }
        }
    }

    fn finding(&self, source: IpAddr) -> Option<Finding> {
        let faults = self.sources.get(&source)?;
        let spell = &faults.spike.spell;
        let seen = FAULTS.iter().enumerate().filter(|(place, _)| faults.seen >> place & 1 == 1);
        let seen: Vec<&str> = seen.map(|(_, &(_, words))| words).collect();
        let is_flood = spell.count >= self.settings.ip(source).warning_faults;
        let words = Words {
            title: format!("{} against the protocol", counted(spell.count, "fault")),
            summary: format!(
                "{source} broke the rules of SMTP {}{}: {}. Mail servers do not do that; spam programs and scanners do.",
                counted(spell.count, "time"),
                within(spell.first, spell.last),
                seen.join(", "),
            ),
            remedy: remedy::protocol_abuse(spell.mta()),
        };
        let severity = if is_flood { Severity::Warning } else { Severity::Info };
        spell.finding(ID, Subject::ip(source), severity, words)
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for source in self.sources.take_unsaid() {
            find.extend(self.finding(source));
        }
    }
}

impl Detector for ProtocolAbuse {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Abuse, Kind::Reject, Kind::Disconnect]
    }

    fn event(&mut self, event: &Event<'_>, find: &mut Vec<Finding>) {
        let fault = match event.kind() {
            Kind::Abuse => fault_of(event),
            // A user's mail program is not a stranger's.
            Kind::Reject if event.class() == Some(Class::Protocol) && event.get(Field::AuthUser).is_none() => {
                Some(NONSENSE)
            }
            Kind::Disconnect if event.mta() == Some(Mta::Postfix) => {
                let counts = event.get(Field::Commands).unwrap_or_default();
                let (all, source) = (UNKNOWN.of(counts), event.client_ip());
                if let (1.., Some(source)) = (all, source) {
                    let untold = self.sources.subject(source, event.time()).foreign.of(all);
                    self.count(event, source, untold, NONSENSE, find);
                }
                None
            }
            _ => None,
        };
        if let (Some(fault), Some(source)) = (fault, event.client_ip()) {
            if fault == FOREIGN && event.mta() == Some(Mta::Postfix) {
                self.sources.subject(source, event.time()).foreign.told();
            }
            self.count(event, source, 1, fault, find);
        }
        if self.sources.is_crowded() {
            self.say_unsaid(find);
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.sources.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &self.sources.state())
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let sources: watched::State<IpAddr, Faults> = decode(ID, VERSION, snapshot)?;
        self.sources.restore(sources);
        Ok(())
    }
}

const VERSION: u32 = 1;

/// Which of [`FAULTS`] a line of kind `abuse` tells of; none where nobody broke a rule of the protocol.
fn fault_of(event: &Event<'_>) -> Option<usize> {
    let reason = event.get(Field::Reason).unwrap_or_default();
    let is_probe = matches!(event.stage(), Some(Stage::Vrfy | Stage::Expn));
    // Slow is no abuse.
    if is_probe || event.class() == Some(Class::RateLimited) || reason == b"command_time_limit" {
        return None;
    }
    Some(FAULTS.iter().position(|(reasons, _)| reasons.contains(&reason)).unwrap_or(NONSENSE))
}

/// The line up to where a login begins that a client sent out of place: what stands there may be a password, however it is
/// encoded. Such commands are logged as they came.
fn before_secret(line: &[u8]) -> &[u8] {
    const COMMAND: &[u8] = b"AUTH ";
    const MECHANISMS: [&[u8]; 5] = [b"PLAIN", b"LOGIN", b"NTLM", b"XOAUTH2", b"OAUTHBEARER"];
    let starts = |text: &[u8], with: &[u8]| text.get(..with.len()).is_some_and(|text| text.eq_ignore_ascii_case(with));
    let ends = (0..line.len()).filter(|&at| starts(&line[at..], COMMAND)).find_map(|at| {
        let argument = at + COMMAND.len();
        let mechanism = MECHANISMS.iter().find(|mechanism| starts(&line[argument..], mechanism))?;
        Some(argument + mechanism.len())
    });
    &line[..ends.unwrap_or(line.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_out_of_place_is_not_shown() {
        let shown = |line: &'static str| std::str::from_utf8(before_secret(line.as_bytes())).unwrap();
        let line = "SMTP protocol error in \"auth plain AGFubgBzZWNyZXQ=\" H=[203.0.113.66] AUTH command used when not advertised";
        assert_eq!(shown(line), "SMTP protocol error in \"auth plain");
        let line = "improper command pipelining after EHLO from unknown[203.0.113.66]: AUTH LOGIN\\r\\nYW5u\\r\\n";
        assert_eq!(shown(line), "improper command pipelining after EHLO from unknown[203.0.113.66]: AUTH LOGIN");
        let line = "too many errors after AUTH from unknown[203.0.113.66]";
        assert_eq!(shown(line), line);
    }
}
