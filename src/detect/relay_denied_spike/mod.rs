//! `relay-denied-spike`: somebody tries, and tries again, to relay through this server, and is denied.
//!
//! Counts denials per source, per network (/24, /64) and over the whole site, each in a sliding window of event time.
//! A retry after a 4xx reply (same source, sender, recipient) is the same attempt. For networks and the site a source
//! counts only up to what a source may do unnoticed, so that they fire on many sources with few denials each, not
//! again on one source that fires itself. A window of a day finds who takes his time.
//!
//! Many mail servers that are all denied for one domain are no attack: that domain's mail still comes here (`stale.rs`).

mod denials;
mod findings;
mod stale;

use std::net::IpAddr;

use super::day::DAY_SECONDS;
use super::domain::DomainId;
use super::settings::{Tuned, settings};
use super::spell::{Hit, News};
use super::usual::Usual;
use super::watched::{self, Watched};
use super::{Detector, Seen, Setup};
use crate::aggregate::Reuse;
use crate::learn::{self, Verdict, Whose};
use crate::model::{Attempt, Direction, EventTime, Finding, Measure, Network, Outcome, Proof, SnapshotError, Subject, SubjectKind, decode, encode};
use denials::Denials;
use stale::Domain;

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
    /// Denials by one source within a day: one an hour.
    day_denials: Total = 20,
    /// Addresses of one network that were denied within a day, few times each.
    network_day_sources: Different = 16,
    /// The same over the whole site.
    day_sources: Different = 100,
    /// Networks (/24, /64) of mail servers that were denied for one domain within a day: its mail still comes here.
    domain_networks: Different = 10,
    /// Denials by one source from which on the spike is more than background noise (`warning` instead of `info`).
    warning_denials: Total = 100,
}

/// One denial.
struct Denial<'d, 'a> {
    attempt: &'d Attempt<'a>,
    source: IpAddr,
    hit: Hit<'d>,
}

#[derive(Debug)]
pub(super) struct RelayDeniedSpike {
    settings: Tuned<Settings>,
    sources: Watched<IpAddr, Denials>,
    networks: Watched<Network, Denials>,
    site: Denials,
    usual: Usual,
    /// Why the site's denials were too many, the last time that they were.
    verdict: Verdict,
    domains: Watched<DomainId, Domain>,
}

impl RelayDeniedSpike {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self {
            settings,
            sources: Watched::new(setup.memory),
            networks: Watched::new(setup.memory),
            site: Denials::default(),
            usual: Usual::new(Measure::Denials, &[SubjectKind::Site], setup),
            verdict: Verdict::default(),
            domains: Watched::new(setup.memory),
        }
    }

    fn denied(&mut self, attempt: &Attempt<'_>, source: IpAddr, find: &mut Vec<Finding>) {
        let proof = || Proof::of(attempt);
        let hit = Hit { time: attempt.told, mta: attempt.mta, proof: &proof };
        let denial = Denial { attempt, source, hit };
        let denials = self.sources.subject(source, attempt.told);
        let is_deferred = attempt.reply_code.is_some_and(|code| (400..500).contains(&code));
        if is_deferred && denials.is_retry(attempt) || self.denied_for_domain(&denial, find) {
            return;
        }
        self.denied_to_source(&denial, find);
        // A source that fires itself is not counted again for its network and the site.
        let share = self.settings.ip(source).source_denials.saturating_sub(1).max(1);
        self.denied_to_network(&denial, share, find);
        self.denied_to_site(&denial, share, find);
    }

    /// Whether the domain that the source is denied for explains it.
    fn denied_for_domain(&mut self, denial: &Denial<'_, '_>, find: &mut Vec<Finding>) -> bool {
        let &Denial { attempt, source, ref hit } = denial;
        let Some(name) = stale::asked_for(attempt).filter(|_| stale::is_mail_server(attempt)) else {
            return false;
        };
        // Who asks for many domains follows no record of one.
        if self.sources.get(&source).is_some_and(|denials| denials.names_another(name)) {
            return false;
        }
        let (id, day) = (DomainId::of(name), hit.time.plus_seconds(-DAY_SECONDS));
        let domain = self.domains.subject(id, hit.time);
        if domain.lives_elsewhere {
            return false;
        }
        if domain.denied == 0 {
            (domain.name, domain.first) = (name.to_ascii_lowercase().into(), hit.time);
        }
        domain.denied += 1;
        domain.networks.see(&Network::of(source), hit.time, day);
        domain.spell.hit(hit);
        if domain.networks.at_least(self.settings.domain(name).domain_networks, day).is_none() {
            return false;
        }
        let news = domain.spell.go_on_slowly(hit, hit.time, domain.denied, domain.first);
        if self.domains.is_urgent(id, news) {
            find.extend(self.domain_finding(id));
        }
        true
    }

    fn denied_to_source(&mut self, denial: &Denial<'_, '_>, find: &mut Vec<Finding>) {
        let &Denial { attempt, source, ref hit } = denial;
        let settings = self.settings.ip(source);
        let enough = settings.source_denials;
        let denials = self.sources.subject(source, hit.time);
        denials.day.count(hit.time, true);
        if !denials.spike.count(hit, None, settings.window_seconds, enough) {
            return;
        }
        denials.name(attempt);
        let news = if denials.spike.recent() >= enough {
            denials.day.forget();
            denials.spike.go_on(hit)
        } else if denials.day.is_enough(settings.day_denials, settings.warning_denials) {
            denials.day.go_on(&mut denials.spike.spell, hit)
        } else {
            return;
        };
        if self.sources.is_urgent(source, news) {
            find.extend(self.source_finding(source));
        }
    }

    fn denied_to_network(&mut self, denial: &Denial<'_, '_>, share: usize, find: &mut Vec<Finding>) {
        let &Denial { attempt, source, ref hit } = denial;
        let network = Network::of(source);
        let settings = self.settings.network(network);
        let denials = self.networks.subject(network, hit.time);
        if !denials.spike.count_share(hit, source, settings.window_seconds, share) {
            return;
        }
        denials.name(attempt);
        denials.spread.count(&source, hit.time);
        let news = if denials.spike.is_wide(settings.network_denials, settings.network_sources) {
            denials.spread.forget();
            denials.spike.go_on(hit)
        } else if denials.spread.is_wide(settings.network_day_sources, hit.time) {
            denials.spread.go_on(&mut denials.spike.spell, hit)
        } else {
            return;
        };
        if self.networks.is_urgent(network, news) {
            find.extend(self.network_finding(network));
        }
    }

    fn denied_to_site(&mut self, denial: &Denial<'_, '_>, share: usize, find: &mut Vec<Finding>) {
        let &Denial { attempt, source, ref hit } = denial;
        let settings = &self.settings.usual;
        if !self.site.spike.count_share(hit, source, settings.window_seconds, share) {
            return;
        }
        self.site.name(attempt);
        self.site.spread.count(&source, hit.time);
        let verdict =
            self.usual.count(Whose::Site, Subject::site, hit.time, settings.site_denials as u64);
        let is_wide = || self.site.spike.is_wide(settings.site_denials, settings.site_sources);
        let news = if verdict.is_too_much(is_wide) {
            self.verdict = verdict;
            self.site.spike.spell.patience = verdict.patience();
            self.usual.exclude(Whose::Site);
            // All the world is in it: who is left when it is over is what there always is.
            self.site.spread.reuse();
            self.site.spike.go_on(hit)
        } else if verdict == Verdict::Unknown && self.site.spread.is_wide(settings.day_sources, hit.time) {
            self.site.spread.go_on(&mut self.site.spike.spell, hit)
        } else {
            return;
        };
        if news == News::Begun {
            find.extend(self.site_finding());
        }
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for source in self.sources.take_unsaid() {
            find.extend(self.source_finding(source));
        }
        for network in self.networks.take_unsaid() {
            find.extend(self.network_finding(network));
        }
        for domain in self.domains.take_unsaid() {
            find.extend(self.domain_finding(domain));
        }
        if std::mem::take(&mut self.site.spike.spell.unsaid) {
            find.extend(self.site_finding());
        }
    }
}

impl Detector for RelayDeniedSpike {
    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        match (attempt.outcome, attempt.client_ip) {
            (Outcome::Denied, Some(source)) => self.denied(attempt, source, find),
            // We send mail there ourselves: the domain's MX record does not lead here.
            (Outcome::Delivered, _)
                if attempt.last && attempt.direction == Direction::Outbound && !self.domains.is_empty() =>
            {
                let id = attempt.recipient_domain().map(|(_, id)| id);
                if let Some(domain) = id.and_then(|id| self.domains.get_mut(&id)) {
                    domain.lives_elsewhere = true;
                }
            }
            _ => {}
        }
        if self.sources.is_crowded() || self.networks.is_crowded() || self.domains.is_crowded() {
            self.say_unsaid(find);
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.sources.expire(now);
        self.networks.expire(now);
        self.domains.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn usual(&mut self) -> Vec<&mut Usual> {
        vec![&mut self.usual]
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let state = (
            self.sources.state(),
            self.networks.state(),
            &self.site,
            self.domains.state(),
            self.usual.state(),
            self.verdict,
        );
        encode(ID, VERSION, &state)
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (sources, networks, site, domains, usual, verdict): State = decode(ID, VERSION, snapshot)?;
        self.sources.restore(sources);
        self.networks.restore(networks);
        self.site = site;
        self.domains.restore(domains);
        self.usual.restore(usual);
        self.verdict = verdict;
        Ok(())
    }
}

const VERSION: u32 = 7;

type State = (
    watched::State<IpAddr, Denials>,
    watched::State<Network, Denials>,
    Denials,
    watched::State<DomainId, Domain>,
    Option<learn::State>,
    Verdict,
);
