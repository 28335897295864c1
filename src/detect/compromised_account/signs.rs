//! What speaks for an account being in other hands, and how much that weighs.

use super::attack::Suspicion;
use super::{DAY, Settings, Usage};
use crate::model::{EventTime, Severity};

/// The signs that hold now.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// What a login looked like.
    pub(super) login: Option<Suspicion>,
    /// Recipients elsewhere that were written to from where that came, if they are many.
    pub(super) wrote: Option<u64>,
    /// New networks that it logged in from, if they are many.
    pub(super) networks: Option<u64>,
    /// New sender domains, if they are many.
    pub(super) senders: Option<u64>,
    /// Recipients whose mail came back, if they are many.
    pub(super) bounced: Option<u64>,
    /// Recipients within the window.
    pub(super) recipients: u64,
    /// They are a burst.
    pub(super) burst: bool,
    /// It is known for less than a day: what is new about it says little.
    is_young: bool,
}

impl Signs {
    pub(super) fn of(usage: &mut Usage, settings: &Settings, now: EventTime) -> Self {
        let window = settings.window_seconds;
        let many = |count: u64, enough: u64| (count >= enough).then_some(count);
        let networks = usage.networks.at_least(settings.networks, now.plus_seconds(-window));
        let recipients = usage.outflow.recipients(now, window);
        let doubt = usage.doubt(now);
        Self {
            login: doubt.map(|doubt| doubt.suspicion),
            wrote: doubt.and_then(|doubt| many(doubt.recipients, settings.doubtful_recipients)),
            networks: networks.map(|networks| networks as u64),
            senders: many(usage.new_senders.within(now, window), settings.sender_domains),
            bounced: usage.outflow.bounced(now, window, settings.bounces, settings.bounce_share),
            recipients,
            burst: recipients >= settings.recipients,
            is_young: usage.since.is_none_or(|since| now.seconds_since(since) < DAY),
        }
    }

    /// How grave they are together; `None`: nothing to speak of.
    pub(super) fn severity(&self) -> Option<Severity> {
        let count = |signs: &[bool]| signs.iter().filter(|&&holds| holds).count();
        let new = count(&[self.networks.is_some(), self.senders.is_some()]);
        let (new_strong, new_weak) = if self.is_young { (0, new) } else { (new, 0) };
        let guessed = self.login == Some(Suspicion::Guessed);
        let strong = count(&[guessed, self.bounced.is_some()]) + new_strong;
        // Who writes to many from there may write to them at once: that is one sign.
        let weak = count(&[self.login.is_some() && !guessed, self.burst || self.wrote.is_some()]) + new_weak;
        if strong >= 2 || (strong == 1 && self.burst) {
            Some(Severity::Critical)
        } else if strong == 1 || weak >= 2 {
            Some(Severity::Warning)
        } else {
            self.login.map(|_| Severity::Info)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_weighed() {
        let none = || Signs::default();
        let told = [
            (none(), None),
            (Signs { burst: true, ..none() }, None),
            (Signs { networks: Some(6), is_young: true, ..none() }, None),
            (Signs { login: Some(Suspicion::Attacked), ..none() }, Some(Severity::Info)),
            (Signs { login: Some(Suspicion::Corrected), ..none() }, Some(Severity::Info)),
            (Signs { networks: Some(6), ..none() }, Some(Severity::Warning)),
            (Signs { login: Some(Suspicion::Guessed), ..none() }, Some(Severity::Warning)),
            (Signs { login: Some(Suspicion::Attacked), burst: true, ..none() }, Some(Severity::Warning)),
            (Signs { login: Some(Suspicion::Corrected), wrote: Some(20), ..none() }, Some(Severity::Warning)),
            (Signs { networks: Some(6), burst: true, is_young: true, ..none() }, Some(Severity::Warning)),
            (Signs { login: Some(Suspicion::Guessed), burst: true, ..none() }, Some(Severity::Critical)),
            (Signs { senders: Some(9), bounced: Some(30), ..none() }, Some(Severity::Critical)),
        ];
        for (signs, severity) in told {
            assert_eq!(signs.severity(), severity, "{signs:?}");
        }
    }
}
