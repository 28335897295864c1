//! `relay-denied-spike`: somebody tries, and tries again, to relay through this server, and is denied.
//!
//! Counts denials per source, per network (/24, /64) and over the whole site, each in a sliding window of event time.
//! A retry after a 4xx reply (same source, sender, recipient) is the same attempt. For networks and the site a source
//! counts only up to what a source may do unnoticed, so that they fire on many sources with few denials each, not
//! again on one source that fires itself.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::settings::{Tuned, settings};
use super::spell::{Hit, News, Spell, Words};
use super::spike::Spike;
use super::watched::{self, Watchable, Watched};
use super::words::{counted, listed, within};
use super::{Detector, Setup, remedy};
use crate::aggregate::Reuse;
use crate::model::{
    Attempt, EventTime, Finding, Mta, Network, Outcome, Proof, Severity, SnapshotError, Subject, SubjectKind,
    decode, domain_of, encode,
};

const ID: &str = "relay-denied-spike";

settings! {
    /// Seconds in which denials are counted together.
    window_seconds: Seconds = 600,
    /// Denials by one source that make a spike. Five in ten minutes is what fail2ban bans for by default.
    source_denials: Threshold = 5,
    /// Denials by one network, from at least `network_sources` of its addresses.
    network_denials: Threshold = 10,
    /// See `network_denials`.
    network_sources: Threshold = 5,
    /// Denials over the whole site, from at least `site_sources` addresses.
    site_denials: Threshold = 20,
    /// See `site_denials`.
    site_sources: Threshold = 15,
    /// Denials by one source from which on the spike is more than background noise (`warning` instead of `info`).
    warning_denials: Total = 100,
}

/// Retries that are recognised per source.
const MAX_RETRIES: usize = 32;
/// Recipient domains named per spike.
const MAX_DOMAINS: usize = 8;

/// The denials of one subject.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Denials {
    spike: Spike,
    /// Hashes of (sender, recipient) that were deferred by a 4xx reply, newest last.
    deferred: VecDeque<u64>,
    /// Domains of recipients, newest last.
    domains: VecDeque<Box<[u8]>>,
}

impl Reuse for Denials {
    fn reuse(&mut self) {
        self.spike.reuse();
        self.deferred.clear();
        self.domains.clear();
    }
}

impl Watchable for Denials {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spike.spell
    }
}

#[derive(Debug)]
pub(super) struct RelayDeniedSpike {
    settings: Tuned<Settings>,
    sources: Watched<IpAddr, Denials>,
    networks: Watched<Network, Denials>,
    site: Denials,
}

impl RelayDeniedSpike {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self {
            settings,
            sources: Watched::new(setup.memory),
            networks: Watched::new(setup.memory),
            site: Denials::default(),
        }
    }

    /// A finding about `subject`, whose spell has a trigger.
    fn finding(&self, subject: Subject, denials: &Denials, severity: Severity) -> Option<Finding> {
        let (spell, domains) = (&denials.spike.spell, &denials.domains);
        let sources = if subject.kind == SubjectKind::Ip { "" } else { " from many addresses" };
        let domains = if domains.is_empty() {
            String::new()
        } else {
            format!(", to {}", listed(domains.iter(), domains.len()))
        };
        let words = Words {
            title: format!("{} denied{sources}", counted(spell.count, "relay attempt")),
            summary: format!(
                "{subject} was refused {}{}{domains}. The server did not relay for it.",
                counted(spell.count, "time"),
                within(spell.first, spell.last),
            ),
            remedy: self.remedy(severity, spell.mta()),
        };
        spell.finding(ID, subject, severity, words)
    }

    fn remedy(&self, severity: Severity, mta: Mta) -> String {
        let text = "The server refused, so nothing has to be changed on it.";
        if severity == Severity::Info {
            return text.to_owned();
        }
        format!(
            "{text} To save it the work, block the source at the firewall; fail2ban does so by itself (maxretry = {}, \
             findtime = {} in its jail {}). If the spike goes on, check that every server of the site refuses \
             the same.",
            self.settings.usual.source_denials,
            self.settings.usual.window_seconds,
            remedy::jail(mta),
        )
    }

    fn source_finding(&self, source: IpAddr) -> Option<Finding> {
        let denials = self.sources.get(&source)?;
        let severity = if denials.spike.spell.count >= self.settings.ip(source).warning_denials {
            Severity::Warning
        } else {
            Severity::Info
        };
        self.finding(Subject::ip(source), denials, severity)
    }

    fn network_finding(&self, network: Network) -> Option<Finding> {
        self.finding(Subject::network(network), self.networks.get(&network)?, Severity::Warning)
    }

    fn site_finding(&self) -> Option<Finding> {
        self.finding(Subject::site(), &self.site, Severity::Warning)
    }
}

impl Detector for RelayDeniedSpike {
    fn attempt(&mut self, attempt: &Attempt<'_>, find: &mut Vec<Finding>) {
        let (Outcome::Denied, Some(source)) = (attempt.outcome, attempt.client_ip) else { return };
        let settings = self.settings.ip(source);
        let hit = Hit { time: attempt.told, mta: attempt.mta, proof: &|| Proof::of(attempt) };

        let denials = self.sources.subject(source, attempt.told);
        if attempt.reply_code.is_some_and(|code| (400..500).contains(&code)) && denials.is_retry(attempt) {
            return;
        }
        let enough = settings.source_denials;
        if denials.spike.count(&hit, None, settings.window_seconds, enough) {
            denials.name(attempt);
            if denials.spike.recent() >= enough {
                let news = denials.spike.go_on(&hit);
                if self.sources.is_urgent(source, news) {
                    find.extend(self.source_finding(source));
                }
            }
        }

        // A source that fires itself is not counted again for its network and the site.
        let share = enough.saturating_sub(1).max(1);
        let network = Network::of(source);
        let settings = self.settings.network(network);
        let denials = self.networks.subject(network, attempt.told);
        if denials.spike.count_share(&hit, source, settings.window_seconds, share) {
            denials.name(attempt);
            if denials.spike.is_wide(settings.network_denials, settings.network_sources) {
                let news = denials.spike.go_on(&hit);
                if self.networks.is_urgent(network, news) {
                    find.extend(self.network_finding(network));
                }
            }
        }
        let settings = &self.settings.usual;
        if self.site.spike.count_share(&hit, source, settings.window_seconds, share) {
            self.site.name(attempt);
            if self.site.spike.is_wide(settings.site_denials, settings.site_sources)
                && self.site.spike.go_on(&hit) == News::Begun
            {
                find.extend(self.site_finding());
            }
        }
        if self.sources.is_crowded() || self.networks.is_crowded() {
            self.say_unsaid(find);
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.sources.expire(now);
        self.networks.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &(self.sources.state(), self.networks.state(), &self.site))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (sources, networks, site): State = decode(ID, VERSION, snapshot)?;
        self.sources.restore(sources);
        self.networks.restore(networks);
        self.site = site;
        Ok(())
    }
}

const VERSION: u32 = 2;

type State = (watched::State<IpAddr, Denials>, watched::State<Network, Denials>, Denials);

impl RelayDeniedSpike {
    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for source in self.sources.take_unsaid() {
            find.extend(self.source_finding(source));
        }
        for network in self.networks.take_unsaid() {
            find.extend(self.network_finding(network));
        }
        if std::mem::take(&mut self.site.spike.spell.unsaid) {
            find.extend(self.site_finding());
        }
    }
}

impl Denials {
    /// Whether this (sender, recipient) was put off before; remembers it otherwise.
    fn is_retry(&mut self, attempt: &Attempt<'_>) -> bool {
        let mut hasher = DefaultHasher::new();
        (attempt.sender, attempt.recipient).hash(&mut hasher);
        let pair = hasher.finish();
        if self.deferred.contains(&pair) {
            return true;
        }
        if self.deferred.len() >= MAX_RETRIES {
            self.deferred.pop_front();
        }
        self.deferred.push_back(pair);
        false
    }

    /// Keeps the domain that was asked for.
    fn name(&mut self, attempt: &Attempt<'_>) {
        if let Some(domain) = attempt.recipient.and_then(domain_of)
            && !self.domains.iter().any(|known| known.eq_ignore_ascii_case(domain))
        {
            if self.domains.len() >= MAX_DOMAINS {
                self.domains.pop_front();
            }
            self.domains.push_back(Box::from(domain));
        }
    }
}
