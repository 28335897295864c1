//! Who brings mail in our names from outside, and may: forwarders, mailing lists, services that write for us (the indirect mail
//! flows of RFC 7960).

use serde::{Deserialize, Serialize};

use super::{EventTime, Network};

/// A network outside that sends in our names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownIntermediary {
    /// The network: such services have many addresses in a row.
    pub network: Network,
    /// When it did so last.
    pub last_seen: EventTime,
    /// How it has behaved.
    pub conduct: Conduct,
}

/// How a network behaves that sends in our names.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Conduct {
    /// Number of the day since 1970 on which it did so first, nothing having been wrong since.
    pub since: i64,
    /// Days on which it did so, and nothing was wrong.
    pub days: u32,
    /// The last day that was judged, and whether it is one of these so far.
    pub last_day: (i64, bool),
    /// Its senders of ours.
    pub senders: Few<3>,
    /// Those to whom it brings mail.
    pub recipients: Few<5>,
    /// Whether it has done so for long enough, or is approved.
    pub is_known: bool,
    /// Somebody said that it is right: it is not forgotten.
    pub is_approved: bool,
}

/// Different ones, as hashes, up to a number beyond which they are many.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Few<const MANY: usize>(Vec<u64>);

/// What an intermediary looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum IntermediaryKind {
    /// It brings mail of several of us to one or two of us.
    Forwarder,
    /// It writes in one or two names to many.
    Provider,
    /// Neither can be told: a mailing list, a second mail server, one that writes little.
    Other,
}

impl Conduct {
    /// What it looks like.
    pub fn kind(&self) -> IntermediaryKind {
        match (self.senders.are_many(), self.recipients.are_many(), self.recipients.0.len()) {
            (false, true, _) => IntermediaryKind::Provider,
            (true, false, ..=2) => IntermediaryKind::Forwarder,
            _ => IntermediaryKind::Other,
        }
    }

    /// Somebody says that it is right.
    pub fn approve(&mut self) {
        (self.is_known, self.is_approved) = (true, true);
    }
}

impl<const MANY: usize> Few<MANY> {
    /// Sees one by its hash.
    pub fn see(&mut self, hash: u64) {
        if self.0.len() < MANY && !self.0.contains(&hash) {
            self.0.push(hash);
        }
    }

    /// Whether there are as many as are told apart, or more.
    pub fn are_many(&self) -> bool {
        self.0.len() >= MANY
    }
}

impl IntermediaryKind {
    /// In a word, as lists and alerts say it: `forwarder`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forwarder => "forwarder",
            Self::Provider => "provider",
            Self::Other => "regular sender",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_looks_like_is_told_by_who_sends_and_who_receives() {
        for (senders, recipients, expected) in [
            (1, 1, "regular sender"),
            (1, 4, "regular sender"),
            (1, 5, "provider"),
            (2, 90, "provider"),
            (3, 1, "forwarder"),
            (40, 2, "forwarder"),
            (3, 3, "regular sender"),
            (40, 40, "regular sender"),
        ] {
            let mut conduct = Conduct::default();
            // Each comes twice.
            (0..2 * senders).for_each(|number| conduct.senders.see(number / 2));
            (0..2 * recipients).for_each(|number| conduct.recipients.see(number % recipients));
            assert_eq!(conduct.kind().name(), expected, "{senders} senders, {recipients} recipients");
        }
    }
}
