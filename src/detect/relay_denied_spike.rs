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

use super::words::{counted, listed, within};
use super::{Detector, remedy};
use crate::aggregate::{Reuse, Table};
use crate::model::{
    Attempt, EventTime, Finding, Mta, Network, Outcome, Proof, Severity, SnapshotError, Subject, SubjectKind,
    decode, domain_of, encode,
};

const ID: &str = "relay-denied-spike";

/// `[detect.relay-denied-spike]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Off, and nothing is counted.
    pub enabled: bool,
    /// Seconds in which denials are counted together.
    pub window_seconds: i64,
    /// Denials by one source that make a spike. Five in ten minutes is what fail2ban bans for by default.
    pub source_denials: usize,
    /// Denials by one network, from at least `network_sources` of its addresses.
    pub network_denials: usize,
    /// See `network_denials`.
    pub network_sources: usize,
    /// Denials over the whole site, from at least `site_sources` addresses.
    pub site_denials: usize,
    /// See `site_denials`.
    pub site_sources: usize,
    /// Denials by one source from which on the spike is more than background noise (`warning` instead of `info`).
    pub warning_denials: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            window_seconds: 600,
            source_denials: 5,
            network_denials: 10,
            network_sources: 5,
            site_denials: 20,
            site_sources: 15,
            warning_denials: 100,
        }
    }
}

/// A spike is over after an hour without a denial.
const QUIET_SECONDS: i64 = 3600;
/// A denial that is older than the newest by more than a day is not late: one of the two has a wrong stamp.
const STRAY_SECONDS: i64 = 86_400;
/// Sources, and networks, that are counted at once; the one seen first gives way.
const MAX_SUBJECTS: usize = 20_000;
/// Denials remembered in one window. A threshold above it is brought down to it.
const MAX_WINDOW: usize = 512;
/// Retries that are recognised per source.
const MAX_RETRIES: usize = 32;
/// Evidence lines per spike.
const MAX_PROOFS: usize = 5;
/// Recipient domains named per spike.
const MAX_DOMAINS: usize = 8;

/// The denials of one subject: those of the window, and the spike they are part of, if they are.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Spike {
    /// The denials within the window, with their sources, oldest first.
    recent: VecDeque<(EventTime, Option<IpAddr>)>,
    /// Hashes of (sender, recipient) that were deferred by a 4xx reply, newest last.
    deferred: VecDeque<u64>,
    newest: EventTime,
    proofs: VecDeque<Proof>,
    domains: VecDeque<Box<[u8]>>,
    /// The line that passed the threshold: the spike has begun.
    trigger: Option<Proof>,
    mta: Option<Mta>,
    count: u64,
    first: EventTime,
    /// The last time the window was above the threshold.
    last: EventTime,
    /// Denials since then: part of the spike only if it goes on.
    since: u64,
    /// Something changed since it was last said.
    unsaid: bool,
}

impl Reuse for Spike {
    fn reuse(&mut self) {
        *self = Self {
            recent: std::mem::take(&mut self.recent),
            deferred: std::mem::take(&mut self.deferred),
            ..Self::default()
        };
        self.recent.clear();
        self.deferred.clear();
    }
}

#[derive(Debug)]
pub(super) struct RelayDeniedSpike {
    settings: Settings,
    sources: Table<IpAddr, Spike>,
    networks: Table<Network, Spike>,
    site: Spike,
    /// Subjects with something unsaid, in the order in which they were counted.
    unsaid_sources: Vec<IpAddr>,
    unsaid_networks: Vec<Network>,
}

impl RelayDeniedSpike {
    pub(super) fn new(settings: &Settings) -> Self {
        let at_most = |threshold: usize| threshold.clamp(1, MAX_WINDOW);
        let settings = Settings {
            window_seconds: settings.window_seconds.max(1),
            source_denials: at_most(settings.source_denials),
            network_denials: at_most(settings.network_denials),
            site_denials: at_most(settings.site_denials),
            ..settings.clone()
        };
        Self {
            settings,
            sources: Table::new(MAX_SUBJECTS, QUIET_SECONDS.max(86_400)),
            networks: Table::new(MAX_SUBJECTS, QUIET_SECONDS.max(86_400)),
            site: Spike::default(),
            unsaid_sources: Vec::new(),
            unsaid_networks: Vec::new(),
        }
    }

    /// A finding about `subject`, whose spike has a trigger.
    fn finding(&self, subject: Subject, spike: &Spike, severity: Severity) -> Option<Finding> {
        let trigger = spike.trigger.clone()?;
        let sources = if subject.kind == SubjectKind::Ip { "" } else { " from many addresses" };
        let domains = if spike.domains.is_empty() {
            String::new()
        } else {
            format!(", to {}", listed(spike.domains.iter(), spike.domains.len()))
        };
        Some(Finding {
            detector: ID,
            severity,
            title: format!("{} denied{sources}", counted(spike.count, "relay attempt")),
            summary: format!(
                "{subject} was refused {} times{}{domains}. The server did not relay for it.",
                spike.count,
                within(spike.first, spike.last),
            ),
            subject,
            count: spike.count,
            first_seen: spike.first,
            last_seen: spike.last,
            mta: spike.mta.unwrap_or(Mta::Postfix),
            trigger,
            evidence: spike.proofs.iter().cloned().collect(),
            remedy: self.remedy(severity, spike.mta.unwrap_or(Mta::Postfix)),
            quiet_seconds: QUIET_SECONDS,
        })
    }

    fn remedy(&self, severity: Severity, mta: Mta) -> String {
        let text = "The server refused, so nothing has to be changed on it.";
        if severity == Severity::Info {
            return text.to_owned();
        }
        format!(
            "{text} To save it the work, block the source at the firewall; fail2ban does so by itself (maxretry = {}, \
             findtime = {} in its jail for {}). If the spike goes on, check that every server of the site refuses \
             the same.",
            self.settings.source_denials,
            self.settings.window_seconds,
            remedy::jail(mta),
        )
    }

    fn source_finding(&self, source: IpAddr) -> Option<Finding> {
        let spike = &self.sources[self.sources.find(&source)?];
        let severity =
            if spike.count >= self.settings.warning_denials { Severity::Warning } else { Severity::Info };
        self.finding(Subject::ip(source), spike, severity)
    }

    fn network_finding(&self, network: Network) -> Option<Finding> {
        let spike = &self.networks[self.networks.find(&network)?];
        self.finding(Subject::network(network), spike, Severity::Warning)
    }

    fn site_finding(&self) -> Option<Finding> {
        self.finding(Subject::site(), &self.site, Severity::Warning)
    }
}

impl Detector for RelayDeniedSpike {
    fn id(&self) -> &'static str {
        ID
    }

    fn attempt(&mut self, attempt: &Attempt<'_>, find: &mut Vec<Finding>) {
        let (Outcome::Denied, Some(source)) = (attempt.outcome, attempt.client_ip) else { return };
        let settings = &self.settings;
        let window = settings.window_seconds;

        let slot = self.sources.find_or_insert(source, attempt.told);
        let spike = &mut self.sources[slot];
        if attempt.reply_code.is_some_and(|code| (400..500).contains(&code)) && spike.is_retry(attempt) {
            return;
        }
        let enough = settings.source_denials;
        if spike.count(attempt, None, window, enough) && spike.recent.len() >= enough {
            match spike.go_on(attempt) {
                News::Begun => find.extend(self.source_finding(source)),
                News::Changed => self.unsaid_sources.push(source),
                News::Unsaid => {}
            }
        }

        // A source that fires itself is not counted again for its network and the site.
        let share = self.settings.source_denials.saturating_sub(1).max(1);
        let network = Network::of(source);
        let slot = self.networks.find_or_insert(network, attempt.told);
        let spike = &mut self.networks[slot];
        if spike.count_share(attempt, source, window, share)
            && spike.is_wide(self.settings.network_denials, self.settings.network_sources)
        {
            match spike.go_on(attempt) {
                News::Begun => find.extend(self.network_finding(network)),
                News::Changed => self.unsaid_networks.push(network),
                News::Unsaid => {}
            }
        }
        if self.site.count_share(attempt, source, window, share)
            && self.site.is_wide(self.settings.site_denials, self.settings.site_sources)
            && matches!(self.site.go_on(attempt), News::Begun)
        {
            find.extend(self.site_finding());
        }
        // A flood within one minute of event time does not make these grow.
        if self.unsaid_sources.len().max(self.unsaid_networks.len()) >= MAX_SUBJECTS {
            self.say_unsaid(find);
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        while let Some(slot) = self.sources.expired(now) {
            self.sources.remove(slot);
        }
        while let Some(slot) = self.networks.expired(now) {
            self.networks.remove(slot);
        }
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let state = (
            self.sources.entries(),
            self.networks.entries(),
            &self.site,
            &self.unsaid_sources,
            &self.unsaid_networks,
        );
        encode(ID, VERSION, &state)
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (sources, networks, site, unsaid_sources, unsaid_networks): State =
            decode(ID, VERSION, snapshot)?;
        *self = Self::new(&self.settings);
        self.sources.restore(sources);
        self.networks.restore(networks);
        (self.site, self.unsaid_sources, self.unsaid_networks) = (site, unsaid_sources, unsaid_networks);
        Ok(())
    }
}

const VERSION: u32 = 1;

type State =
    (Vec<(IpAddr, Spike, EventTime)>, Vec<(Network, Spike, EventTime)>, Spike, Vec<IpAddr>, Vec<Network>);

impl RelayDeniedSpike {
    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for source in std::mem::take(&mut self.unsaid_sources) {
            if let Some(slot) = self.sources.find(&source) {
                self.sources[slot].unsaid = false;
                find.extend(self.source_finding(source));
            }
        }
        for network in std::mem::take(&mut self.unsaid_networks) {
            if let Some(slot) = self.networks.find(&network) {
                self.networks[slot].unsaid = false;
                find.extend(self.network_finding(network));
            }
        }
        if std::mem::take(&mut self.site.unsaid) {
            find.extend(self.site_finding());
        }
    }
}

/// What a denial above the threshold means.
enum News {
    /// A spike begins.
    Begun,
    /// A spike goes on, which has not been said yet and now waits to be said.
    Changed,
    /// It goes on, and waits already.
    Unsaid,
}

impl Spike {
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

    /// Counts a denial; keeps the newest `most` within the window. False if the window has passed it already.
    fn count(&mut self, attempt: &Attempt<'_>, source: Option<IpAddr>, window: i64, most: usize) -> bool {
        let now = attempt.told;
        if self.newest.seconds_since(now) > STRAY_SECONDS {
            // A clock was wrong, then or now: the window begins anew.
            self.recent.clear();
            self.newest = now;
        }
        self.newest = self.newest.max(now);
        let begin = self.newest.plus_seconds(-window);
        self.forget_before(begin);
        if now < begin {
            return false;
        }
        if self.trigger.is_some() && now.seconds_since(self.last) > QUIET_SECONDS {
            self.trigger = None;
            self.since = 0;
        }
        if self.recent.len() >= most {
            self.recent.pop_front();
        }
        self.recent.push_back((now, source));
        self.since += 1;
        if self.trigger.is_none() {
            if self.proofs.len() >= MAX_PROOFS {
                self.proofs.pop_front();
            }
            self.proofs.extend(Proof::of(attempt));
        }
        if let Some(domain) = attempt.recipient.and_then(domain_of)
            && !self.domains.iter().any(|known| known.eq_ignore_ascii_case(domain))
        {
            if self.domains.len() >= MAX_DOMAINS {
                self.domains.pop_front();
            }
            self.domains.push_back(Box::from(domain));
        }
        true
    }

    /// Counts a denial by one of many sources, unless that source has had its share.
    fn count_share(&mut self, attempt: &Attempt<'_>, source: IpAddr, window: i64, share: usize) -> bool {
        self.forget_before(attempt.told.max(self.newest).plus_seconds(-window));
        let so_far = self.recent.iter().filter(|&&(_, from)| from == Some(source)).count();
        so_far < share && self.count(attempt, Some(source), window, MAX_WINDOW)
    }

    /// The window is above the threshold: a spike begins, or goes on.
    fn go_on(&mut self, attempt: &Attempt<'_>) -> News {
        let begins = self.trigger.is_none();
        if begins {
            self.trigger = Proof::of(attempt);
            self.mta = Some(attempt.mta);
            self.first = self.recent.iter().map(|&(time, _)| time).min().unwrap_or(attempt.told);
            (self.count, self.unsaid) = (self.recent.len() as u64, false);
        } else {
            self.count += self.since;
        }
        self.since = 0;
        self.last = self.newest;
        if begins {
            News::Begun
        } else if std::mem::replace(&mut self.unsaid, true) {
            News::Unsaid
        } else {
            News::Changed
        }
    }

    fn forget_before(&mut self, begin: EventTime) {
        while self.recent.front().is_some_and(|&(time, _)| time < begin) {
            self.recent.pop_front();
        }
    }

    /// Whether enough denials come from enough sources.
    fn is_wide(&self, denials: usize, sources: usize) -> bool {
        if self.recent.len() < denials {
            return false;
        }
        let mut from: Vec<IpAddr> = self.recent.iter().filter_map(|&(_, source)| source).collect();
        from.sort_unstable();
        from.dedup();
        from.len() >= sources
    }
}
