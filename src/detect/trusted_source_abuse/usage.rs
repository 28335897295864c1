//! What one sender did of late, and how much of it speaks against him.

use serde::{Deserialize, Serialize};

use super::names::{Many, Names};
use super::{Settings, Whom};
use crate::aggregate::Reuse;
use crate::detect::{Seen, Setup};
use crate::detect::outflow::Outflow;
use crate::detect::recent::Recent;
use crate::detect::spell::Spell;
use crate::detect::usual::Usual;
use crate::detect::watched::Watchable;
use crate::learn::{State, Unusual, Verdict};
use crate::model::{Direction, EventTime, Measure, Severity, SubjectKind};

/// Whose counts are compared with what is usual.
const KINDS: &[SubjectKind] = &[SubjectKind::Ip, SubjectKind::LocalUser];

/// What is usual of senders.
#[derive(Debug)]
pub(super) struct Norms {
    recipients: Usual,
    messages: Usual,
    sender_domains: Usual,
    helo_names: Usual,
}

/// What one sender did.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Usage {
    pub(super) spell: Spell,
    pub(super) outflow: Outflow,
    /// Queue ids of those that were seen last.
    messages: Recent,
    senders: Names,
    recipient_domains: Recent,
    helo: Names,
    /// When mail last went to a domain that is known not to be ours.
    known_elsewhere: Option<EventTime>,
    /// Whether its recipients are more than is usual.
    pub(super) verdict: Verdict,
    /// Whether its messages are: few for many is another thing than many for few.
    of_messages: Verdict,
}

/// What speaks against a sender now.
#[derive(Debug, Default)]
pub(super) struct Signs {
    pub(super) recipients: u64,
    burst: bool,
    /// Its messages, where they are more than is usual and the recipients are not. No fixed rule counts them: nobody has more of
    /// them than recipients.
    pub(super) messages: Option<Unusual>,
    pub(super) bounced: Option<u64>,
    pub(super) senders: Option<Many>,
    pub(super) helo: Option<Many>,
}

impl Norms {
    pub(super) fn new(setup: &Setup<'_>) -> Self {
        let usual = |measure| Usual::new(measure, KINDS, setup);
        Self {
            recipients: usual(Measure::Recipients),
            messages: usual(Measure::Messages),
            sender_domains: usual(Measure::SenderDomains),
            helo_names: usual(Measure::HeloNames),
        }
    }

    /// All of them.
    pub(super) fn each(&mut self) -> [&mut Usual; 4] {
        [&mut self.recipients, &mut self.messages, &mut self.sender_domains, &mut self.helo_names]
    }

    pub(super) fn state(&self) -> [Option<State>; 4] {
        [&self.recipients, &self.messages, &self.sender_domains, &self.helo_names].map(Usual::state)
    }

    pub(super) fn restore(&mut self, states: [Option<State>; 4]) {
        self.each().into_iter().zip(states).for_each(|(usual, state)| usual.restore(state));
    }
}

impl Reuse for Usage {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Watchable for Usage {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spell
    }
}

impl Usage {
    /// Counts what `attempt` tells of `whom`; how grave that is now, if it is anything.
    pub(super) fn weigh(&mut self, attempt: &Seen<'_, '_>, whom: &Whom<'_>, norms: &mut Norms) -> Option<Severity> {
        let (now, settings) = (attempt.told, whom.settings);
        let begin = now.plus_seconds(-settings.window_seconds);
        self.outflow.count(attempt, settings.window_seconds);
        if attempt.first {
            self.verdict = norms.recipients.count(whom.whose, whom.subject, now, settings.recipients);
            // Recipients of one message stand together, or nearly so.
            let more = attempt.queue_id.map_or(0, |id| u64::from(self.messages.see(id, now, begin)));
            self.of_messages =
                norms.messages.count_more(more, whom.whose, whom.subject, now, settings.recipients);
            if attempt.direction == Direction::Outbound {
                self.known_elsewhere = Some(now);
            }
            if let Some((_, domain)) = attempt.recipient_domain() {
                self.recipient_domains.see(&domain, now, begin);
            }
            // Most logs show no HELO name of mail that is accepted: of these nothing is learned.
            if let Some(helo) = attempt.helo {
                self.helo.see(Some(helo), now, begin, &mut norms.helo_names, whom, settings.helo_names);
            }
            // Who sends as us alone is known to send as nobody else.
            if let Some((domain, _)) = attempt.sender_domain() {
                let foreign = Some(domain).filter(|_| !whom.sends_as_us);
                self.senders.see(foreign, now, begin, &mut norms.sender_domains, whom, settings.sender_domains);
            }
        }
        let severity = Signs::of(self, settings, now).severity();
        if severity.is_some() {
            self.spell.patience = self.verdict.patience().max(self.of_messages.patience());
        }
        if severity > Some(Severity::Info) {
            norms.each().into_iter().for_each(|usual| usual.exclude(whom.whose));
        }
        severity
    }
}

impl Signs {
    pub(super) fn of(usage: &mut Usage, settings: &Settings, now: EventTime) -> Self {
        let window = settings.window_seconds;
        let begin = now.plus_seconds(-window);
        let recipients = usage.outflow.recipients(now, window);
        let elsewhere = usage.known_elsewhere.is_some_and(|time| time >= begin)
            || usage.recipient_domains.at_least(settings.recipient_domains, begin).is_some();
        let messages = usage.of_messages.unusual().filter(|_| usage.verdict.unusual().is_none());
        let many = |names: &Names, least: usize| names.too_many(begin, least).filter(|_| elsewhere);
        Self {
            recipients,
            burst: messages.is_some() || usage.verdict.is_too_much(|| recipients >= settings.recipients),
            messages,
            bounced: usage.outflow.bounced(now, window, settings.bounces, settings.bounce_share),
            senders: many(&usage.senders, settings.sender_domains),
            helo: many(&usage.helo, settings.helo_names),
        }
    }

    /// Many machines behind one address.
    pub(super) fn is_gateway(&self) -> bool {
        self.senders.is_some() && self.helo.is_some()
    }

    pub(super) fn severity(&self) -> Option<Severity> {
        let signs = [self.bounced.is_some(), self.senders.is_some(), self.helo.is_some()];
        match (signs.iter().filter(|&&holds| holds).count(), self.burst) {
            (0, false) => None,
            (0, true) | (1, false) => Some(Severity::Info),
            (1, true) | (2, false) => Some(Severity::Warning),
            _ => Some(Severity::Critical),
        }
    }
}
