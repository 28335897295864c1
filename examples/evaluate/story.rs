//! What happens in a world beside its everyday traffic, and is known: an attack, or something innocent that looks like one.

use std::collections::HashSet;
use std::net::IpAddr;

use relaywatch::model::{Alert, Network, Subject, SubjectKind};

use crate::evaluate::attacks::{Attack, Pace};
use crate::simulation::clock::{DAY, HOUR, MINUTE, Micros};
use crate::simulation::due::Due;
use crate::simulation::server::Server;
use crate::simulation::visit::Visit;

/// What a story is about.
#[derive(Clone, Copy)]
pub(crate) enum What {
    /// Somebody attacks, with this strength, at this pace.
    Attack(&'static Attack, u32, Pace),
    /// Nobody does.
    Innocent(&'static str),
}

/// Mail that cannot be delivered for a while.
#[derive(Clone, Copy)]
pub(crate) struct Outage {
    pub(crate) from: Micros,
    pub(crate) until: Micros,
    /// The domain whose server is down; `None`: nobody's can be reached.
    pub(crate) domain: Option<u32>,
}

/// One of them.
pub(crate) struct Story {
    pub(crate) what: What,
    /// In what way, where there are several.
    pub(crate) way: &'static str,
    /// Alerts of which one is due. About something innocent: it may be told without being wrong.
    pub(crate) due: Vec<Due>,
    /// Accounts and users that it is about.
    pub(crate) names: Vec<String>,
    pub(crate) sources: HashSet<IpAddr>,
    pub(crate) outages: Vec<Outage>,
    pub(crate) visits: Vec<(Micros, Visit)>,
    /// When each of its lines was written, in order.
    pub(crate) lines: Vec<Micros>,
}

impl Story {
    pub(crate) fn new(what: What) -> Self {
        Self {
            what,
            way: "",
            due: Vec::new(),
            names: Vec::new(),
            sources: HashSet::new(),
            outages: Vec::new(),
            visits: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// An alert about this subject is due.
    pub(crate) fn owes(&mut self, detector: &'static str, kind: &'static str, value: impl Into<String>) {
        self.due.push(Due { detector, kind, value: value.into() });
    }

    /// Its visits have this number; what is due is what the log of `server` can tell.
    pub(crate) fn settle(&mut self, number: u16, server: &dyn Server) {
        for (_, visit) in &mut self.visits {
            visit.episode = number;
            self.sources.insert(visit.client.address);
            if !visit.account.is_empty() && !self.names.contains(&visit.account) {
                self.names.push(visit.account.clone());
            }
        }
        // Servers call accounts by names of their own.
        let names = std::mem::take(&mut self.names);
        let of_compromise = |value| Due { detector: "compromised-account", kind: "account", value };
        let own = names.iter().filter_map(|name| server.owes(of_compromise(name.clone())));
        self.names = own.map(|due| due.value).collect();
        self.names.extend(names);
        let due = std::mem::take(&mut self.due);
        self.due = due.into_iter().filter_map(|due| server.owes(due)).collect();
    }

    pub(crate) fn is_attack(&self) -> bool {
        matches!(self.what, What::Attack(..))
    }

    /// When its first and its last line were written, about: some logs have no parts of seconds.
    pub(crate) fn span(&self) -> Option<(Micros, Micros)> {
        self.lines.first().map(|first| first - MINUTE).zip(self.lines.last().copied())
    }

    /// Whether one of the alerts that are due is about `subject`.
    pub(crate) fn is_due(&self, detector: &str, subject: &Subject) -> bool {
        let is = |due: &Due| {
            due.detector == detector && due.kind == subject.kind.name() && due.value == subject.value
        };
        self.due.iter().any(is)
    }

    /// Whether what was said at `time` may be about it: from its first line to soon after its last one, long before the
    /// next attack.
    pub(crate) fn is_recent(&self, time: Micros) -> bool {
        self.span().is_some_and(|(begin, end)| (begin..=end + 2 * HOUR).contains(&time))
    }

    /// Whether `alert` is about it and so is no false one.
    pub(crate) fn explains(&self, alert: &Alert) -> bool {
        let Some((begin, end)) = self.span() else { return false };
        let (first, last) = (alert.first_seen.micros(), alert.last_seen.micros());
        let overlaps = |after: Micros| first <= end + after && last >= begin;
        let subject = &alert.subject;
        if !self.is_attack() {
            return self.is_due(&alert.detector, subject) && overlaps(DAY);
        }
        match subject.kind {
            SubjectKind::Ip => {
                let is_of = |source: &IpAddr| source.to_string() == subject.value;
                self.sources.iter().any(is_of) && overlaps(DAY)
            }
            SubjectKind::Network => {
                let is_of = |source: &IpAddr| Network::of(*source).to_string() == subject.value;
                self.sources.iter().any(is_of) && overlaps(DAY)
            }
            SubjectKind::Account | SubjectKind::LocalUser => {
                (self.names.contains(&subject.value) || self.is_due(&alert.detector, subject))
                    && overlaps(DAY)
            }
            // What is about everybody is about whoever did something then.
            SubjectKind::Domain | SubjectKind::Destination | SubjectKind::Site | SubjectKind::Source => {
                overlaps(2 * HOUR)
            }
        }
    }
}
