//! The denials of one subject, as they are counted.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::aggregate::Reuse;
use crate::detect::day::Day;
use crate::detect::spell::Spell;
use crate::detect::spike::Spike;
use crate::detect::spread::Spread;
use crate::detect::watched::Watchable;
use crate::model::{Attempt, domain_of};

/// Retries that are recognised per source.
const MAX_RETRIES: usize = 32;
/// Recipient domains named per spike.
const MAX_DOMAINS: usize = 8;
/// RFC 1035, section 2.3.4: longer is no domain.
const MAX_DOMAIN: usize = 255;

/// The denials of one subject.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Denials {
    pub(super) spike: Spike,
    /// Those of a day, by a source.
    pub(super) day: Day,
    /// Those of a day, by many.
    pub(super) spread: Spread,
    /// Hashes of (sender, recipient) that were deferred by a 4xx reply, newest last.
    deferred: VecDeque<u64>,
    /// Domains of recipients, newest last.
    pub(super) domains: VecDeque<Box<[u8]>>,
}

impl Reuse for Denials {
    fn reuse(&mut self) {
        self.spike.reuse();
        self.deferred.clear();
        self.domains.clear();
        self.day.reuse();
        self.spread.reuse();
    }
}

impl Watchable for Denials {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spike.spell
    }
}

impl Denials {
    /// Whether this (sender, recipient) was put off before; remembers it otherwise.
    pub(super) fn is_retry(&mut self, attempt: &Attempt<'_>) -> bool {
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

    /// Whether a domain was asked for that is not `domain`.
    pub(super) fn names_another(&self, domain: &[u8]) -> bool {
        self.domains.iter().any(|known| !known.eq_ignore_ascii_case(domain))
    }

    /// Keeps the domain that was asked for.
    pub(super) fn name(&mut self, attempt: &Attempt<'_>) {
        if let Some(domain) = attempt.recipient.and_then(domain_of)
            && domain.len() <= MAX_DOMAIN
            && !self.domains.iter().any(|known| known.eq_ignore_ascii_case(domain))
        {
            if self.domains.len() >= MAX_DOMAINS {
                self.domains.pop_front();
            }
            self.domains.push_back(Box::from(domain));
        }
    }
}
