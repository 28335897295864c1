//! `open-relay`: a client without any authority got mail accepted for somebody else's domain.
//!
//! How sure: where the site's domains are known, one such attempt is `critical`. Where nobody stated them, it is
//! `critical` if this server has itself refused to relay to that domain, or if one source got mail out to at least
//! five domains that are not known to be ours, from senders that are not ours either (a host that only ever writes a
//! domain of ours into the envelope may be one of ours with a public address); otherwise it is a `warning` that says
//! what to state, once per domain: whoever else writes to the same domains is an `info`.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::settings::range::Few;
use super::settings::{Tuned, settings};
use super::words::{counted, listed, within};
use super::{Detector, Seen, Setup, remedy};
use crate::aggregate::{Reuse, Table};
use crate::model::{
    Attempt, Authority, Direction, EventTime, Finding, Mta, Outcome, Proof, Severity, Site, SnapshotError,
    Subject, decode, domain_of, encode, is_relay_trick, shown,
};

const ID: &str = "open-relay";

settings! {
    /// Domains that may be ours, to which one source must get mail out before it is called a relay all the same.
    unknown_domains: Few = 5,
}

/// An open relay is over after a day without use.
const QUIET_SECONDS: i64 = 86_400;
/// Seconds to wait for a domain of unknown ownership to show whose it is, before asking the reader.
const UNKNOWN_SECONDS: i64 = 3600;
/// Sources watched at once; the one seen first gives way.
const MAX_SOURCES: usize = 10_000;
/// Domains kept per source.
const MAX_DOMAINS: usize = Few::MOST as usize;
/// Evidence lines per source: the first denial, and acceptance and delivery of the first attempts.
const MAX_PROOFS: usize = 7;
/// Unknown domains under watch over all sources.
const MAX_UNKNOWN: usize = 10_000;

/// What one source did.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Source {
    denied: u64,
    /// How many of these came before its first relay.
    denied_before: u64,
    first_denial: Option<Proof>,
    /// Unauthorised relays to domains known not to be ours.
    relayed: u64,
    /// When mail first went on to a domain of unknown ownership.
    unknown_since: Option<EventTime>,
    delivered: u64,
    /// Domains relayed to; those of unknown ownership stand in `unknown_domains`.
    domains: Vec<Box<[u8]>>,
    unknown_domains: Vec<UnknownDomain>,
    first: EventTime,
    last: EventTime,
    proofs: Vec<Proof>,
    trigger: Option<Proof>,
    mta: Option<Mta>,
    said: Option<Severity>,
    /// It was the first to write to one of its domains, so its alert asks whose that is.
    asks: bool,
    unsaid: bool,
}

/// A domain of unknown ownership that a source got mail out to.
#[derive(Debug, Serialize, Deserialize)]
struct UnknownDomain {
    name: Box<[u8]>,
    /// From a sender that is not ours.
    strange: bool,
    /// Recipients in it.
    count: u64,
}

impl Reuse for Source {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

#[derive(Debug)]
pub(super) struct OpenRelay {
    settings: Tuned<Settings>,
    site: Site,
    sources: Table<IpAddr, Source>,
    /// Domains of unknown ownership that any source got mail out to. Which sources is looked for when one of them
    /// shows whose it is: that happens once per domain, and a list of sources would have no bound.
    unknown: BTreeSet<Box<[u8]>>,
    /// Those of which was asked whose they are: once, however many clients write to them.
    asked: BTreeSet<Box<[u8]>>,
    unsaid: Vec<IpAddr>,
}

impl OpenRelay {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self {
            settings,
            site: setup.site.clone(),
            sources: Table::new(setup.memory.room(MAX_SOURCES), QUIET_SECONDS),
            unknown: BTreeSet::new(),
            asked: BTreeSet::new(),
            unsaid: Vec::new(),
        }
    }

    /// The source `ip`, new or known. What it did long ago is over; what was not said of it yet is said now.
    fn source(&mut self, ip: IpAddr, now: EventTime, find: &mut Vec<Finding>) -> &mut Source {
        let slot = self.sources.find_or_insert(ip, now);
        let source = &self.sources[slot];
        if source.trigger.is_some() && now.seconds_since(source.last) > QUIET_SECONDS {
            if source.unsaid {
                self.say(ip, self.severity(ip, source, Some(now)).max(source.said), find);
            }
            self.sources[slot].reuse();
        }
        &mut self.sources[slot]
    }

    fn denied(&mut self, attempt: &Attempt<'_>, ip: IpAddr, find: &mut Vec<Finding>) {
        let now = attempt.told;
        let source = self.source(ip, now, find);
        source.denied += 1;
        if source.first_denial.is_none() {
            source.first_denial = Proof::of(attempt);
        }
        // What the server refuses to relay to is not ours: whoever got mail out to it has used an open relay.
        let refused = attempt.recipient.filter(|address| !is_relay_trick(address)).and_then(lower_domain);
        if let Some(domain) = refused.filter(|domain| self.unknown.remove(domain)) {
            for slot in self.sources.slots() {
                let source = &mut self.sources[slot];
                if let Some(known) = source.take_unknown(&domain) {
                    source.relayed += known.count;
                    source.name(&domain);
                    self.say_if_graver(self.sources.key(slot), find);
                }
            }
        }
    }

    fn relayed(&mut self, attempt: &Attempt<'_>, ip: IpAddr, find: &mut Vec<Finding>) {
        let domain = attempt.recipient.and_then(lower_domain);
        let known = attempt.direction == Direction::Outbound;
        let source = self.source(ip, attempt.told, find);
        if source.trigger.is_none() {
            source.trigger = Proof::of(attempt);
            source.first = attempt.time;
            source.mta = Some(attempt.mta);
            source.denied_before = source.denied;
            source.proofs.extend(source.first_denial.clone());
        }
        source.first = source.first.min(attempt.time);
        source.last = source.last.max(attempt.told);
        source.delivered += u64::from(attempt.outcome == Outcome::Delivered);
        if source.proofs.len() < MAX_PROOFS {
            let lines = attempt.evidence.iter();
            source
                .proofs
                .extend(lines.map(|line| Proof::new(line.origin, line.time, attempt.host, line.text)));
            source.proofs.truncate(MAX_PROOFS);
        }
        if known {
            source.relayed += 1;
            source.name(&domain.unwrap_or_default());
        } else {
            source.unknown_since.get_or_insert(attempt.told);
            let strange = !attempt.sender_is_ours;
            let domain = domain.unwrap_or_default();
            if let Some(known) = source.unknown_domains.iter_mut().find(|known| known.name == domain) {
                known.strange |= strange;
                known.count += 1;
            } else if source.unknown_domains.len() < MAX_DOMAINS {
                source.unknown_domains.push(UnknownDomain { name: domain.clone(), strange, count: 1 });
                if self.unknown.len() < MAX_UNKNOWN {
                    self.unknown.insert(domain);
                }
            } else if let Some(last) = source.unknown_domains.last_mut() {
                // More domains than are told apart; by then it is not the number of them that matters.
                last.count += 1;
            }
        }
        self.say_if_graver(ip, find);
    }

    /// A domain turned out to be ours: mail to it is no relaying.
    fn ours(&mut self, domain: &[u8]) {
        if !self.unknown.remove(domain) {
            return;
        }
        for slot in self.sources.slots() {
            let source = &mut self.sources[slot];
            if source.take_unknown(domain).is_some()
                && source.unknown_domains.is_empty()
                && source.relayed == 0
            {
                let (denied, first_denial) = (source.denied, source.first_denial.take());
                source.reuse();
                (source.denied, source.first_denial) = (denied, first_denial);
            }
        }
    }

    /// How grave it stands with a source now; `None` while there is nothing to say.
    fn severity(&self, ip: IpAddr, source: &Source, now: Option<EventTime>) -> Option<Severity> {
        let waited = |since: EventTime| now.is_none_or(|now| now.seconds_since(since) >= UNKNOWN_SECONDS);
        let strange = source.unknown_domains.iter().filter(|domain| domain.strange).count();
        if source.relayed > 0 || strange >= self.settings.ip(ip).unknown_domains {
            Some(Severity::Critical)
        } else if !source.unknown_domains.is_empty() && source.unknown_since.is_some_and(waited) {
            let is_new = |domain: &UnknownDomain| !self.asked.contains(&domain.name);
            let asks = source.asks || source.unknown_domains.iter().any(is_new);
            Some(if asks { Severity::Warning } else { Severity::Info })
        } else {
            None
        }
    }

    /// Speaks at once if the source is worse than was said; otherwise later.
    fn say_if_graver(&mut self, ip: IpAddr, find: &mut Vec<Finding>) {
        let Some(slot) = self.sources.find(&ip) else { return };
        let source = &self.sources[slot];
        let severity = self.severity(ip, source, Some(source.last));
        if severity > source.said {
            self.say(ip, severity, find);
        } else if !std::mem::replace(&mut self.sources[slot].unsaid, true) {
            if self.unsaid.len() >= 2 * MAX_SOURCES {
                // Most of these have given way to others since.
                self.unsaid.retain(|ip| self.sources.find(ip).is_some());
                self.unsaid.sort_unstable();
                self.unsaid.dedup();
            }
            self.unsaid.push(ip);
        }
    }

    fn say(&mut self, ip: IpAddr, severity: Option<Severity>, find: &mut Vec<Finding>) {
        let Some(severity) = severity else { return };
        let Some(slot) = self.sources.find(&ip) else { return };
        find.extend(self.finding(ip, &self.sources[slot], severity));
        let source = &mut self.sources[slot];
        source.said = Some(severity).max(source.said);
        if severity == Severity::Warning {
            source.asks = true;
            let room = MAX_UNKNOWN.saturating_sub(self.asked.len());
            self.asked.extend(source.unknown_domains.iter().take(room).map(|domain| domain.name.clone()));
        }
    }

    fn say_unsaid(&mut self, now: Option<EventTime>, find: &mut Vec<Finding>) {
        for ip in std::mem::take(&mut self.unsaid) {
            let Some(slot) = self.sources.find(&ip) else { continue };
            let source = &self.sources[slot];
            let severity = self.severity(ip, source, now);
            // Otherwise it still waits for its domains to show whose they are.
            let waits = severity.is_none() && !source.unknown_domains.is_empty();
            let severity = severity.max(source.said);
            self.sources[slot].unsaid = waits;
            if waits {
                self.unsaid.push(ip);
            } else {
                self.say(ip, severity, find);
            }
        }
    }

    fn finding(&self, ip: IpAddr, source: &Source, severity: Severity) -> Option<Finding> {
        let trigger = source.trigger.clone()?;
        let mta = source.mta.unwrap_or(Mta::Postfix);
        let sure = severity == Severity::Critical;
        let count = source.relayed + source.unknown_domains.iter().map(|domain| domain.count).sum::<u64>();
        let mut domains = source.domains.clone();
        domains.extend(source.unknown_domains.iter().map(|domain| domain.name.clone()));
        let (to, span) = (listed(domains.iter(), domains.len()), within(source.first, source.last));
        let before = match (source.denied_before, source.denied - source.denied_before) {
            (0, 0) => String::new(),
            (before, 0) => format!(" It had been denied {} before.", counted(before, "time")),
            (0, since) => format!(" It was denied {} since.", counted(since, "time")),
            (before, since) => {
                format!(" It had been denied {} before, and {since} since.", counted(before, "time"))
            }
        };
        let (title, summary) = if sure {
            (
                "The server relays for strangers".to_owned(),
                format!(
                    "{ip}, neither trusted nor logged in, got {} accepted{span} for domains that are not yours \
                     ({to}); {} delivered.{before}",
                    counted(count, "recipient"),
                    source.delivered,
                ),
            )
        } else {
            (
                "Cannot tell whether the server relays for strangers".to_owned(),
                format!(
                    "{ip}, neither trusted nor logged in, got {} accepted{span} for {to}. Nobody said whether that \
                     is a domain of yours.{before}",
                    counted(count, "recipient"),
                ),
            )
        };
        Some(Finding {
            detector: ID,
            subject: Subject::ip(ip),
            severity,
            title,
            summary,
            count,
            first_seen: source.first,
            last_seen: source.last,
            mta,
            trigger,
            evidence: source.proofs.clone(),
            remedy: if sure { remedy::open_relay(mta, &self.site, ip) } else { state_domains(&domains, mta) },
            quiet_seconds: QUIET_SECONDS,
        })
    }
}

impl Detector for OpenRelay {
    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        let Some(ip) = attempt.client_ip else { return };
        match attempt.outcome {
            Outcome::Denied => self.denied(attempt, ip, find),
            Outcome::Rejected => {}
            // Whose domain it is may show only when what was accepted before is delivered.
            _ if !self.unknown.is_empty() && attempt.direction == Direction::Inbound => {
                let named = attempt.original_recipient.or(attempt.recipient);
                if let Some(domain) = named.and_then(lower_domain) {
                    self.ours(&domain);
                }
            }
            Outcome::Delivered if !attempt.first => {
                if attempt.authority == Some(Authority::None)
                    && let Some(slot) = self.sources.find(&ip)
                {
                    self.sources[slot].delivered += 1;
                }
            }
            _ if !attempt.first => {}
            _ if attempt.is_unauthorised() => self.relayed(attempt, ip, find),
            _ if attempt.authority == Some(Authority::None)
                && attempt.direction == Direction::Unknown
                && attempt.recipient.is_some() =>
            {
                self.relayed(attempt, ip, find);
            }
            _ => {}
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(Some(now), find);
        while let Some(slot) = self.sources.expired(now) {
            self.sources.remove(slot);
        }
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(None, find);
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &(self.sources.entries(), &self.unknown, &self.asked, &self.unsaid))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (sources, unknown, asked, unsaid): State = decode(ID, VERSION, snapshot)?;
        self.sources.clear();
        self.sources.restore(sources);
        (self.unknown, self.asked, self.unsaid) = (unknown, asked, unsaid);
        Ok(())
    }
}

const VERSION: u32 = 2;

type State =
    (Vec<(IpAddr, Source, EventTime)>, BTreeSet<Box<[u8]>>, BTreeSet<Box<[u8]>>, Vec<IpAddr>);

impl Source {
    fn take_unknown(&mut self, domain: &[u8]) -> Option<UnknownDomain> {
        let at = self.unknown_domains.iter().position(|known| *known.name == *domain)?;
        Some(self.unknown_domains.remove(at))
    }

    fn name(&mut self, domain: &[u8]) {
        if !domain.is_empty()
            && self.domains.len() < MAX_DOMAINS
            && !self.domains.iter().any(|known| **known == *domain)
        {
            self.domains.push(Box::from(domain));
        }
    }
}

fn lower_domain(address: &[u8]) -> Option<Box<[u8]>> {
    // RFC 1035, section 2.3.4: longer is no domain.
    domain_of(address)
        .filter(|domain| domain.len() <= 255)
        .map(|domain| domain.to_ascii_lowercase().into_boxed_slice())
}

/// The line to put into the configuration.
fn state_domains(domains: &[Box<[u8]>], mta: Mta) -> String {
    let example = domains.first().map(|domain| shown(domain).to_string()).unwrap_or_default();
    format!(
        "Say in the configuration file which domains are yours. If {example} is one of them:\n  [site]\n  \
         local_domains = [\"{example}\"]\nIf it is not, write the same list without it: then the server relays for \
         strangers, and the next report says so. {}",
        remedy::own_configuration(mta)
    )
}
