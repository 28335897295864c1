//! `outbound-surge`: far more mail goes out than this log has shown before.
//!
//! Counts recipients of outgoing mail per sender domain of ours and over the site. A surge is many, and several times the
//! busiest window so far; nothing is said before the log has shown a day. A newsletter looks the same and is nothing to
//! worry about: it is `info`, unless much of it bounces, as spam does. What a sender domain that surges itself sends is
//! not counted again for the site.

mod busiest;

use serde::{Deserialize, Serialize};

use super::domain::{DomainId, is_ours_to_send};
use super::rate::Rate;
use super::settings::{Tuned, settings};
use super::spell::{Hit, MAX_PROOFS, News, Spell, Words};
use super::usual::Usual;
use super::watched::{self, Watchable, Watched};
use super::words::{counted, within};
use super::{Detector, Seen, Setup, remedy};
use crate::aggregate::Reuse;
use crate::learn::{self, Verdict, Whose};
use crate::model::{EventTime, Finding, Measure, Outcome, Proof, Severity, SnapshotError, Subject, SubjectKind, decode, encode};
use busiest::Busiest;

const ID: &str = "outbound-surge";

settings! {
    /// Seconds in which recipients are counted together.
    window_seconds: Seconds = 3600,
    /// Recipients of one sender domain that make a surge if they are also `times` as many as ever before.
    recipients: Total = 200,
    /// The same over the whole site.
    site_recipients: Total = 500,
    /// So many times the busiest window before.
    times: Total = 5,
    /// Seconds that the log must have shown before anything is called more than usual.
    history_seconds: Seconds = 86_400,
    /// Hundredths of the recipients that bounced in the same window, from which on it is no newsletter (`warning` instead
    /// of `info`).
    bounced_percent: Percent = 15,
}

/// What one sender domain, or the site, sends.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Sent {
    name: Box<[u8]>,
    recipients: Rate,
    bounced: Rate,
    busiest: Busiest,
    /// When the first of an empty window was sent.
    first: EventTime,
    spell: Spell,
    /// What the window held when a recipient was counted last, and the busiest window before.
    held: u64,
    before: u64,
    /// Why that was too many, the last time that it was.
    verdict: Verdict,
    severity: Option<Severity>,
}

impl Reuse for Sent {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Watchable for Sent {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spell
    }
}

#[derive(Debug)]
pub(super) struct OutboundSurge {
    settings: Tuned<Settings>,
    domains: Watched<DomainId, Sent>,
    site: Sent,
    usual: Usual,
    /// When the log showed the first mail that went out.
    begun: Option<EventTime>,
}

impl OutboundSurge {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self {
            settings,
            domains: Watched::new(setup.memory),
            site: Sent::default(),
            usual: Usual::new(Measure::Recipients, &[SubjectKind::Domain, SubjectKind::Site], setup),
            begun: None,
        }
    }

    fn sent(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        let now = attempt.told;
        let hit = Hit { time: now, mta: attempt.mta, proof: &|| Proof::of(attempt) };
        let begun = *self.begun.get_or_insert(now);
        if let Some((domain, key)) = attempt.sender_domain().filter(|_| attempt.is_sent_by_ours()) {
            let settings = self.settings.domain(domain);
            let known = self.domains.subject(key, now);
            if known.name.is_empty() {
                known.name = domain.to_ascii_lowercase().into_boxed_slice();
            }
            let whose = key.whose(SubjectKind::Domain);
            let verdict = self.usual.count(whose, || Subject::domain(domain), now, settings.recipients);
            if let Some(news) = known.count(&hit, begun, settings.recipients, verdict, settings) {
                let graver = known.judge(now, settings);
                if known.severity >= Some(Severity::Warning) {
                    self.usual.exclude(whose);
                }
                if self.domains.is_urgent(key, news) || graver {
                    find.extend(self.domain_finding(key));
                }
            }
            if self.domains.get(&key).is_some_and(|known| known.held >= settings.recipients) {
                return;
            }
        }
        let settings = &self.settings.usual;
        let verdict = self.usual.count(Whose::Site, Subject::site, now, settings.site_recipients);
        if let Some(news) = self.site.count(&hit, begun, settings.site_recipients, verdict, settings) {
            let graver = self.site.judge(now, settings);
            if self.site.severity >= Some(Severity::Warning) {
                self.usual.exclude(Whose::Site);
            }
            if news == News::Begun || graver {
                find.extend(self.site_finding());
            }
        }
    }

    fn bounced(&mut self, attempt: &Seen<'_, '_>) {
        let settings = &self.settings.usual;
        self.site.bounced.add(1, attempt.told, settings.window_seconds);
        if let Some((domain, key)) = attempt.sender_domain()
            && let Some(known) = self.domains.get_mut(&key)
        {
            known.bounced.add(1, attempt.told, self.settings.domain(domain).window_seconds);
        }
    }

    fn domain_finding(&self, key: DomainId) -> Option<Finding> {
        let known = self.domains.get(&key)?;
        let subject = Subject::domain(&known.name);
        let whose = format!("Mail from {}", subject.value);
        known.finding(subject, &whose, "A domain sends far more mail than before")
    }

    fn site_finding(&self) -> Option<Finding> {
        self.site.finding(Subject::site(), "Mail of the site", "The site sends far more mail than before")
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for key in self.domains.take_unsaid() {
            find.extend(self.domain_finding(key));
        }
        if std::mem::take(&mut self.site.spell.unsaid) {
            find.extend(self.site_finding());
        }
    }
}

impl Sent {
    /// Counts a recipient; what that means, if it is one too many.
    fn count(
        &mut self,
        hit: &Hit<'_>,
        begun: EventTime,
        enough: u64,
        verdict: Verdict,
        limits: &Settings,
    ) -> Option<News> {
        let (now, window) = (hit.time, limits.window_seconds);
        if self.recipients.within(now, window) == 0 {
            self.first = now;
        }
        self.recipients.add(1, now, window);
        self.held = self.recipients.within(now, window);
        self.before = self.busiest.before(now, window);
        let surges = verdict.is_too_much(|| {
            self.held >= enough
                && self.held / limits.times >= self.before
                && now.seconds_since(begun) >= limits.history_seconds
        });
        if !surges {
            self.busiest.see(self.held, now, window);
            // A line that others will have pushed out before a spell begins need not be copied.
            if self.held + MAX_PROOFS as u64 >= enough {
                self.spell.hit(hit);
            }
            return None;
        }
        self.verdict = verdict;
        self.spell.patience = verdict.patience();
        self.spell.hit(hit);
        if self.spell.trigger.is_none() {
            self.severity = None;
        } else if now.seconds_since(self.spell.first) >= limits.history_seconds {
            // After a day of it, this is the usual.
            self.busiest.see(self.held, now, window);
        }
        let first = self.first.max(now.plus_seconds(-window));
        Some(self.spell.go_on(hit, now, self.held, first))
    }

    /// Says how grave it is; whether that is graver than before.
    fn judge(&mut self, now: EventTime, limits: &Settings) -> bool {
        let bounced = self.bounced.within(now, limits.window_seconds);
        let many = bounced.saturating_mul(100) / self.held.max(1) >= limits.bounced_percent;
        let severity = Some(if many { Severity::Warning } else { Severity::Info });
        let graver = self.severity.is_some() && severity > self.severity;
        self.severity = self.severity.max(severity);
        graver
    }

    fn finding(&self, subject: Subject, whose: &str, title: &str) -> Option<Finding> {
        let (spell, severity) = (&self.spell, self.severity?);
        let before = match self.before {
            _ if self.verdict != Verdict::Unknown => String::new(),
            0 => ", and none did before".to_owned(),
            before => format!(", and the busiest before had {before}"),
        };
        let bounces = if severity == Severity::Info { "" } else { " Much of it bounces, as spam does." };
        let advice = if severity == Severity::Info {
            "A newsletter, or invoices at the end of the month, look like this: then nothing has to be done. If nobody sent \
             any, look who did."
        } else {
            "Look at once who sends it: an account whose password somebody knows, a web form, a machine with malware. Stop \
             him, then empty the queue of it."
        };
        let words = Words {
            title: title.to_owned(),
            summary: format!(
                "{whose} went to {}{}: {} in the last window{before}.{}{bounces}",
                counted(spell.count, "recipient"),
                within(spell.first, spell.last),
                self.held,
                self.verdict,
            ),
            remedy: format!("{advice} {}", remedy::sending(spell.mta())),
        };
        spell.finding(ID, subject, severity, words)
    }
}

impl Detector for OutboundSurge {
    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        if attempt.recipient.is_none() || !is_ours_to_send(attempt) {
            return;
        }
        if attempt.sender.is_none_or(<[u8]>::is_empty) {
            return;
        }
        let outcome = attempt.outcome;
        // First: a surge is the graver for what has bounced of it by now.
        if attempt.last && matches!(outcome, Outcome::Bounced | Outcome::Expired) {
            self.bounced(attempt);
        }
        if attempt.first && !matches!(outcome, Outcome::Denied | Outcome::Rejected) {
            self.sent(attempt, find);
            if self.domains.is_crowded() {
                self.say_unsaid(find);
            }
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.domains.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn usual(&mut self) -> Vec<&mut Usual> {
        vec![&mut self.usual]
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &(self.domains.state(), &self.site, self.begun, self.usual.state()))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (domains, site, begun, usual): State = decode(ID, VERSION, snapshot)?;
        self.domains.restore(domains);
        (self.site, self.begun) = (site, begun);
        self.usual.restore(usual);
        Ok(())
    }
}

const VERSION: u32 = 2;

type State = (watched::State<DomainId, Sent>, Sent, Option<EventTime>, Option<learn::State>);
