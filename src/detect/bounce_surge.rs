//! `bounce-surge`: far more of our mail comes back than usual.
//!
//! Counts recipients whose delivery has ended, and those of them that bounced, per sender domain of ours, per destination
//! and over the site: a surge is many, and a large share of all. What a sender domain that surges itself bounces is not
//! counted again for the site. Notifications of the server itself (null sender) are nobody's mail: they are counted
//! apart, and said to be what they are.

use serde::{Deserialize, Serialize};

use super::domain::{DomainId, is_ours_to_send};
use super::recent::Recent;
use super::settings::{Tuned, settings};
use super::share::Share;
use super::spell::{Hit, News, Spell, Words};
use super::usual::Usual;
use super::watched::{self, Watchable, Watched};
use super::words::{counted, within};
use super::{Detector, Seen, Setup, remedy};
use crate::aggregate::Reuse;
use crate::learn::{self, Verdict, Whose};
use crate::model::{Attempt, EventTime, Finding, Measure, Outcome, Proof, Severity, SnapshotError, Subject, SubjectKind, decode, encode};

const ID: &str = "bounce-surge";

settings! {
    /// Seconds in which recipients are counted together.
    window_seconds: Seconds = 3600,
    /// Bounces of one sender domain, or at one destination, that make a surge if they are also `share_percent` of all.
    bounces: Total = 20,
    /// Bounces over the whole site, from at least `site_domains` sender domains.
    site_bounces: Total = 50,
    /// See `site_bounces`.
    site_domains: Different = 3,
    /// Hundredths of all recipients whose delivery ended.
    share_percent: Percent = 25,
    /// The same at one destination, from which on it refuses us as a whole (`warning` instead of `info`).
    refusing_percent: Percent = 80,
}

/// The bounces of one sender domain, or at one destination.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Bounces {
    name: Box<[u8]>,
    share: Share,
    severity: Option<Severity>,
}

impl Reuse for Bounces {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Watchable for Bounces {
    fn spell(&mut self) -> &mut Spell {
        &mut self.share.spell
    }
}

/// The bounces of the site.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Site {
    /// Those of messages.
    messages: Bounces,
    /// Sender domains that bounced.
    domains: Recent,
    /// Those of notifications.
    notifications: Bounces,
}

#[derive(Debug)]
pub(super) struct BounceSurge {
    settings: Tuned<Settings>,
    domains: Watched<DomainId, Bounces>,
    destinations: Watched<DomainId, Bounces>,
    site: Site,
    usual: Usual,
}

impl BounceSurge {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self {
            settings,
            domains: Watched::new(setup.memory),
            destinations: Watched::new(setup.memory),
            site: Site::default(),
            usual: Usual::new(Measure::Bounces, &[SubjectKind::Domain, SubjectKind::Destination, SubjectKind::Site], setup),
        }
    }

    /// A message to one recipient has come to its end.
    fn ended(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        let bounced = attempt.outcome != Outcome::Delivered;
        let hit = Hit { time: attempt.told, mta: attempt.mta, proof: &|| Proof::of(attempt) };
        let is_watched = bounced || !self.destinations.is_empty();
        if let Some((name, key)) = is_watched.then(|| attempt.destination()).flatten()
            && let Some(known) = self.destinations.subject_if(bounced, key, hit.time)
        {
            let settings = self.settings.domain(name);
            known.count(name, bounced, &hit, settings.bounces, settings);
            let whose = key.whose(SubjectKind::Destination);
            let mut verdict =
                || self.usual.count(whose, || Subject::destination(name), hit.time, settings.bounces);
            if bounced && known.share.is_too_much(verdict(), settings.bounces, settings.share_percent) {
                let news = known.share.go_on(&hit, settings.window_seconds);
                let refuses = known.share.held().percent() >= settings.refusing_percent;
                let severity = Some(if refuses { Severity::Warning } else { Severity::Info });
                let graver = severity > known.severity;
                known.severity = known.severity.max(severity);
                if refuses {
                    self.usual.exclude(whose);
                }
                if self.destinations.is_urgent(key, news) || graver {
                    find.extend(self.destination_finding(key));
                }
            }
        }
        let sender_domain = attempt.sender_domain();
        if let Some((domain, key)) = sender_domain.filter(|_| attempt.is_sent_by_ours()) {
            let settings = self.settings.domain(domain);
            let known = self.domains.subject(key, hit.time);
            known.count(domain, bounced, &hit, settings.bounces, settings);
            let held = known.share.held();
            let whose = key.whose(SubjectKind::Domain);
            let mut verdict = || self.usual.count(whose, || Subject::domain(domain), hit.time, settings.bounces);
            if bounced && known.share.is_too_much(verdict(), settings.bounces, settings.share_percent) {
                self.usual.exclude(whose);
                let news = known.share.go_on(&hit, settings.window_seconds);
                if self.domains.is_urgent(key, news) {
                    find.extend(self.domain_finding(key));
                }
            }
            if held.wrong >= settings.bounces {
                return;
            }
        }
        let (settings, site) = (&self.settings.usual, &mut self.site);
        site.messages.count(b"", bounced, &hit, settings.site_bounces, settings);
        if bounced {
            let begin = hit.time.plus_seconds(-settings.window_seconds);
            site.domains.see(&sender_domain.map(|(_, key)| key), hit.time, begin);
            let verdict = self.usual.count(Whose::Site, Subject::site, hit.time, settings.site_bounces);
            if site.messages.share.is_too_much(verdict, settings.site_bounces, settings.share_percent)
                && site.domains.at_least(settings.site_domains, begin).is_some()
            {
                self.usual.exclude(Whose::Site);
                if site.messages.share.go_on(&hit, settings.window_seconds) == News::Begun {
                    find.extend(self.site_finding());
                }
            }
        }
    }

    /// A notification of the server itself has come to its end.
    fn notified(&mut self, attempt: &Attempt<'_>, find: &mut Vec<Finding>) {
        let bounced = attempt.outcome != Outcome::Delivered;
        let hit = Hit { time: attempt.told, mta: attempt.mta, proof: &|| Proof::of(attempt) };
        let (settings, known) = (&self.settings.usual, &mut self.site.notifications);
        known.count(b"", bounced, &hit, settings.site_bounces, settings);
        if bounced
            && known.share.is_too_much(Verdict::Unknown, settings.site_bounces, settings.share_percent)
            && known.share.go_on(&hit, settings.window_seconds) == News::Begun
        {
            find.extend(self.site_finding());
        }
    }

    fn domain_finding(&self, key: DomainId) -> Option<Finding> {
        let known = self.domains.get(&key)?;
        let subject = Subject::domain(&known.name);
        let words = Words {
            title: "Much of a domain's mail bounces".to_owned(),
            summary: format!("Mail from {} {}.{}", subject.value, known.figures(), known.share.usual()),
            remedy: format!(
                "Look at the recipients in the evidence. Addresses that never existed: somebody sends spam through an account or \
                 a web form of yours, see the other alerts. Old subscribers: take them off the list, or providers will stop \
                 trusting you. {}",
                remedy::sending(known.share.spell.mta()),
            ),
        };
        known.share.spell.finding(ID, subject, Severity::Warning, words)
    }

    fn destination_finding(&self, key: DomainId) -> Option<Finding> {
        let known = self.destinations.get(&key)?;
        let subject = Subject::destination(&known.name);
        let severity = known.severity?;
        let title = match severity {
            Severity::Info => "Many recipients at one destination bounce",
            _ => "A destination refuses nearly all your mail",
        };
        let words = Words {
            title: title.to_owned(),
            summary: format!("Mail to {} {}.{}", subject.value, known.figures(), known.share.usual()),
            remedy: "Read why, in the evidence. Unknown users: an old list, or spam from an account of yours. A policy or a \
                     blocklist: see reputation-loss. The server says it is not responsible for the domain: its MX records, or a \
                     route in your own configuration (transport map, mailertable, send connector), point to the wrong host."
                .to_owned(),
        };
        known.share.spell.finding(ID, subject, severity, words)
    }

    fn site_finding(&self) -> Option<Finding> {
        let Site { messages, notifications, .. } = &self.site;
        let dominate = notifications.share.held().wrong > messages.share.held().wrong;
        if notifications.share.spell.trigger.is_some() && (dominate || messages.share.spell.trigger.is_none()) {
            let words = Words {
                title: "The server sends bounces to people who wrote nothing".to_owned(),
                summary: format!(
                    "Its own notifications {}: it takes mail for recipients that do not exist, and returns it to senders that \
                     are forged (backscatter). No user of yours sent this.",
                    notifications.figures()
                ),
                remedy: remedy::backscatter(notifications.share.spell.mta()).to_owned(),
            };
            return notifications.share.spell.finding(ID, Subject::site(), Severity::Warning, words);
        }
        let words = Words {
            title: "Much of the site's mail bounces".to_owned(),
            summary: format!(
                "Mail from {} or more sender domains {}.{}",
                self.settings.usual.site_domains,
                messages.figures(),
                messages.share.usual(),
            ),
            remedy: format!(
                "Read why, in the evidence. The same reason everywhere: your address is on a list (see reputation-loss), or its \
                 name or SPF is wrong. Unknown users everywhere: somebody sends spam through this server. {}",
                remedy::sending(messages.share.spell.mta()),
            ),
        };
        messages.share.spell.finding(ID, Subject::site(), Severity::Warning, words)
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for key in self.domains.take_unsaid() {
            find.extend(self.domain_finding(key));
        }
        for key in self.destinations.take_unsaid() {
            find.extend(self.destination_finding(key));
        }
        let Site { messages, notifications, .. } = &mut self.site;
        let unsaid = [messages, notifications].map(|all| std::mem::take(&mut all.share.spell.unsaid));
        if unsaid.contains(&true) {
            find.extend(self.site_finding());
        }
    }
}

impl Bounces {
    /// Counts a delivery that ended, of which `least` must bounce before that is a surge.
    fn count(&mut self, name: &[u8], bounced: bool, hit: &Hit<'_>, least: u64, settings: &Settings) {
        let window = settings.window_seconds;
        if !bounced {
            self.share.count_well(hit.time, window);
            return;
        }
        if self.name.is_empty() {
            self.name = name.to_ascii_lowercase().into_boxed_slice();
        }
        self.share.count_wrong(hit, window, least);
        if self.share.spell.trigger.is_none() {
            self.severity = None;
        }
    }

    /// `bounced for 30 recipients within 5 min, lately 40 % of all`.
    fn figures(&self) -> String {
        let spell = &self.share.spell;
        format!(
            "bounced for {}{}, lately {} % of all",
            counted(spell.count, "recipient"),
            within(spell.first, spell.last),
            self.share.held().percent(),
        )
    }
}

impl Detector for BounceSurge {
    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        if !attempt.last {
            return;
        }
        if !matches!(attempt.outcome, Outcome::Delivered | Outcome::Bounced | Outcome::Expired)
            || attempt.recipient.is_none()
            || !is_ours_to_send(attempt)
        {
            return;
        }
        match attempt.sender {
            Some(b"") => self.notified(attempt, find),
            Some(_) => self.ended(attempt, find),
            None => return,
        }
        if self.domains.is_crowded() || self.destinations.is_crowded() {
            self.say_unsaid(find);
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.domains.expire(now);
        self.destinations.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn usual(&mut self) -> Vec<&mut Usual> {
        vec![&mut self.usual]
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &(self.domains.state(), self.destinations.state(), &self.site, self.usual.state()))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (domains, destinations, site, usual): State = decode(ID, VERSION, snapshot)?;
        self.domains.restore(domains);
        self.destinations.restore(destinations);
        self.site = site;
        self.usual.restore(usual);
        Ok(())
    }
}

const VERSION: u32 = 2;

type State = (
    watched::State<DomainId, Bounces>,
    watched::State<DomainId, Bounces>,
    Site,
    Option<learn::State>,
);
