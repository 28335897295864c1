//! Alerts: what a detector found about one subject, the same shape in every output.

use std::fmt;
use std::net::IpAddr;

use super::vocabulary::vocabulary;
use super::{Attempt, EventTime, HostId, Mta, Network, Origin};
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What the reader must do.
    Severity {
        /// Background noise of the internet, worth counting.
        Info = "info",
        /// Look today.
        Warning = "warning",
        /// Act now: the server is being used.
        Critical = "critical",
    }
}

vocabulary! {
    /// Where an alert stands in its life.
    AlertState {
        /// It holds.
        Firing = "firing",
        /// It has been quiet since.
        Resolved = "resolved",
    }
}

vocabulary! {
    /// What a subject is.
    SubjectKind {
        /// An address.
        Ip = "ip",
        /// A network, /24 or /64.
        Network = "network",
        /// A login.
        Account = "account",
        /// A user of the host.
        LocalUser = "local_user",
        /// A mail domain.
        Domain = "domain",
        /// A receiving provider or host.
        Destination = "destination",
        /// The whole site.
        Site = "site",
        /// A log source.
        Source = "source",
    }
}

/// Whom an alert is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its name. Never text that a client wrote about itself.
    pub value: String,
}

impl Subject {
    /// An address.
    pub fn ip(ip: IpAddr) -> Self {
        Self { kind: SubjectKind::Ip, value: ip.to_string() }
    }

    /// A network.
    pub fn network(network: Network) -> Self {
        Self { kind: SubjectKind::Network, value: network.to_string() }
    }

    /// A login that is known to be one.
    pub fn account(name: &[u8]) -> Self {
        Self { kind: SubjectKind::Account, value: String::from_utf8_lossy(name).into_owned() }
    }

    /// A user of the host, by number or name.
    pub fn local_user(name: &[u8]) -> Self {
        Self { kind: SubjectKind::LocalUser, value: String::from_utf8_lossy(name).into_owned() }
    }
    /// A mail domain.
    pub fn domain(name: &[u8]) -> Self {
        Self { kind: SubjectKind::Domain, value: String::from_utf8_lossy(name).into_owned() }
    }

    /// A receiving provider or host.
    pub fn destination(name: &[u8]) -> Self {
        Self { kind: SubjectKind::Destination, value: String::from_utf8_lossy(name).into_owned() }
    }

    /// A host whose log is read.
    pub fn source(name: &str) -> Self {
        Self { kind: SubjectKind::Source, value: name.to_owned() }
    }
    /// The whole site.
    pub fn site() -> Self {
        Self { kind: SubjectKind::Site, value: "site".to_owned() }
    }
}

/// Names the subject in a sentence: `203.0.113.66`, `network 203.0.113.0/24`, `the whole site`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            SubjectKind::Ip => f.write_str(&self.value),
            SubjectKind::Site => f.write_str("the whole site"),
            SubjectKind::LocalUser => write!(f, "local user {}", self.value),
            kind => write!(f, "{kind} {}", self.value),
        }
    }
}

/// A line that proves an alert. The text is the log's own bytes, capped, not escaped yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The file's name.
    pub file: String,
    /// Line number, from 1.
    pub line: u64,
    /// Byte offset in the decompressed file.
    pub offset: u64,
    /// The line.
    pub text: String,
}

/// A line, copied because it proves something. The text is capped at [`Proof::MAX_TEXT`] bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Proof {
    /// Where it stands.
    pub origin: Origin,
    /// When it was written.
    pub time: EventTime,
    /// The host that wrote it.
    pub host: HostId,
    /// Its bytes.
    pub text: Box<[u8]>,
}

impl Proof {
    /// Longer lines are cut: an alert is read by people and sent over networks, and what a line says of itself stands in
    /// front. As long as the longest line of text that RFC 5321 (section 4.5.3.1.6) lets through a session.
    pub const MAX_TEXT: usize = 1000;

    /// The line that told the outcome of `attempt`.
    pub fn of(attempt: &Attempt<'_>) -> Option<Self> {
        attempt.evidence.last().map(|line| Self::new(line.origin, line.time, attempt.host, line.text))
    }

    /// The line by which `attempt` came in, which names its client; of one that was refused, the refusal.
    pub fn of_entry(attempt: &Attempt<'_>) -> Option<Self> {
        attempt.evidence.first().map(|line| Self::new(line.origin, line.time, attempt.host, line.text))
    }

    /// Copies a line.
    pub fn new(origin: Origin, time: EventTime, host: HostId, text: &[u8]) -> Self {
        Self { origin, time, host, text: Box::from(&text[..text.len().min(Self::MAX_TEXT)]) }
    }
}

/// What a detector says: a subject did something, as of one line. The alert life cycle turns findings into alerts.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Id of the detector: `open-relay`.
    pub detector: &'static str,
    /// Whom it is about.
    pub subject: Subject,
    /// How grave it is.
    pub severity: Severity,
    /// A few words, without the subject's details.
    pub title: String,
    /// A sentence or two with the figures.
    pub summary: String,
    /// How many events or attempts so far.
    pub count: u64,
    /// First event counted.
    pub first_seen: EventTime,
    /// Last event counted.
    pub last_seen: EventTime,
    /// The mail server.
    pub mta: Mta,
    /// The line that made the detector speak: the identity of the alert when it starts one.
    pub trigger: Proof,
    /// Lines that prove it, oldest first; the life cycle keeps the first few it is told.
    pub evidence: Vec<Proof>,
    /// What to change.
    pub remedy: String,
    /// Seconds without news of the subject after which the matter is over.
    pub quiet_seconds: i64,
}

/// An alert, as every output shows it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Alert {
    /// Stable over restarts and re-reads: a hash of detector, subject and the line that triggered it.
    pub id: String,
    /// Id of the detector.
    pub detector: String,
    /// Whom it is about.
    pub subject: Subject,
    /// How grave it is, at its worst so far.
    pub severity: Severity,
    /// Firing or resolved.
    pub state: AlertState,
    /// A few words.
    pub title: String,
    /// A sentence or two with the figures.
    pub summary: String,
    /// How many events or attempts so far.
    pub count: u64,
    /// First event counted.
    pub first_seen: EventTime,
    /// Last event counted.
    pub last_seen: EventTime,
    /// When the threshold was passed.
    pub started_at: EventTime,
    /// Host whose log shows it.
    pub host: String,
    /// The mail server.
    pub mta: Mta,
    /// The first lines that prove it.
    pub evidence: Vec<Evidence>,
    /// What to change.
    pub remedy: String,
    /// Ids of other alerts about the same subject, or about its network, the gravest first.
    pub related: Vec<String>,
}
