//! Mail domains as detectors tell them apart: which are ours, and which provider a host belongs to.

use std::collections::HashSet;

use ahash::RandomState;
use serde::{Deserialize, Serialize};

use crate::aggregate::{Reuse, Table};
use crate::learn::Whose;
use crate::model::{Attempt, Direction, EventTime, Memory, Site, SubjectKind, caseless_hash, domain_of};

/// Domains that are learned to be ours at once in the usual memory; one that got no mail for long gives way.
const MAX_LEARNED: usize = 20_000;
/// A domain that got no mail for a month is forgotten.
const KEPT_SECONDS: i64 = 30 * 86_400;
/// So long a domain that was learned need not be learned again.
const LEARNED_SECONDS: i64 = 86_400;
/// RFC 1035, section 2.3.4: 255 octets, of which a name as it is written shows 253.
const MAX_NAME: usize = 253;

/// A domain as it is compared: without its case, as a hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct DomainId(u64);

impl DomainId {
    pub(super) fn of(domain: &[u8]) -> Self {
        Self(caseless_hash(domain))
    }

    /// The same as somebody whose counts are learned.
    pub(super) fn whose(self, kind: SubjectKind) -> Whose {
        Whose::Named(kind, self.0)
    }
}

/// A domain that got mail.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Learned;

impl Reuse for Learned {
    fn reuse(&mut self) {}
}

/// What [`Ours::state`] gives, to be taken back.
pub(super) type State = (Vec<(DomainId, Learned, EventTime)>, (Vec<u8>, EventTime));

/// The domains that are ours: stated ones, and those whose mail is seen to come in.
#[derive(Debug)]
pub(super) struct Ours {
    stated: HashSet<DomainId, RandomState>,
    /// Some were stated with a leading dot, which stands for all below.
    below: bool,
    learned: Table<DomainId, Learned>,
    /// The domain that was learned last, and when: mostly the next mail is for the same one.
    last: (Vec<u8>, EventTime),
}

impl Ours {
    pub(super) fn new(site: &Site, memory: Memory) -> Self {
        let lists = site.servers.iter().flat_map(|server| [&server.local_domains, &server.relay_domains]);
        let lists = [&site.local_domains, &site.relay_domains].into_iter().flatten().chain(lists);
        let stated: Vec<&String> = lists.flatten().collect();
        Self {
            below: stated.iter().any(|domain| domain.starts_with('.')),
            stated: stated.iter().map(|domain| DomainId::of(domain.as_bytes())).collect(),
            learned: Table::new(memory.room(MAX_LEARNED), KEPT_SECONDS),
            last: (Vec::new(), EventTime::MIN),
        }
    }

    /// Learns from the recipient of an attempt, whom the correlator has judged.
    pub(super) fn learn(&mut self, attempt: &Attempt<'_>) {
        if matches!(attempt.direction, Direction::Inbound | Direction::Internal)
            && let Some(domain) = attempt.original_recipient.or(attempt.recipient).and_then(domain_of)
        {
            let (last, when) = &mut self.last;
            if *last == domain && attempt.told.seconds_since(*when) < LEARNED_SECONDS {
                return;
            }
            last.clear();
            last.extend_from_slice(&domain[..domain.len().min(MAX_NAME)]);
            *when = attempt.told;
            let id = DomainId::of(domain);
            if !self.stated.contains(&id) {
                self.learned.find_or_insert(id, attempt.told);
            }
        }
    }

    /// Whether `domain`, which has this id, is one of them.
    pub(super) fn contain(&self, domain: &[u8], id: DomainId) -> bool {
        self.are_stated_with(domain, id) || self.learned.find(&id).is_some()
    }

    /// Whether `domain`, which has this id, is one of those that were stated.
    pub(super) fn are_stated_with(&self, domain: &[u8], id: DomainId) -> bool {
        let above = |dot: usize| self.stated.contains(&DomainId::of(&domain[dot..]));
        self.stated.contains(&id) || self.below && memchr::memchr_iter(b'.', domain).any(above)
    }

    /// Event time has come to `now`: forgets domains that got no mail for long.
    pub(super) fn expire(&mut self, now: EventTime) {
        while let Some(slot) = self.learned.expired(now) {
            self.learned.remove(slot);
        }
    }

    pub(super) fn state(&self) -> impl Serialize {
        (self.learned.entries(), &self.last)
    }

    pub(super) fn restore(&mut self, state: State) {
        let (learned, last) = state;
        self.learned.clear();
        self.learned.restore(learned);
        self.last = last;
    }
}

/// The organisation that a host or a domain belongs to: what it registered under a public suffix
/// (publicsuffix.org). `aspmx.l.google.com` is `google.com`. `None` for what is no name of a host: an address, a name
/// without a point, text with anything else in it.
pub(super) fn provider(host: &[u8]) -> Option<&[u8]> {
    let host = host.strip_suffix(b".").unwrap_or(host);
    if host.len() > MAX_NAME || !is_host_name(host) {
        return None;
    }
    let registered = if host.iter().any(u8::is_ascii_uppercase) {
        // The list has them in lower case.
        psl::domain(&host.to_ascii_lowercase())?.as_bytes().len()
    } else {
        psl::domain(host)?.as_bytes().len()
    };
    Some(&host[host.len() - registered..])
}

/// Labels of letters, digits, `-` and `_` with points between them, the last of which is no number.
fn is_host_name(name: &[u8]) -> bool {
    let mut last = b'.';
    for &byte in name {
        let fits = if byte == b'.' {
            last != b'.'
        } else {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
        };
        if !fits {
            return false;
        }
        last = byte;
    }
    let label = memchr::memrchr(b'.', name).map(|dot| &name[dot + 1..]);
    last != b'.' && label.is_some_and(|label| !label.iter().all(u8::is_ascii_digit))
}

/// Whether an attempt is mail of ours that goes out to others: somebody with authority sent it, or it is known to lead
/// outside.
pub(super) fn is_ours_to_send(attempt: &Attempt<'_>) -> bool {
    use crate::model::Authority::{None as Nobody, RecipientIsLocal};
    match attempt.direction {
        Direction::Outbound => true,
        Direction::Unknown => {
            attempt.authority.is_some_and(|authority| !matches!(authority, Nobody | RecipientIsLocal))
        }
        Direction::Inbound | Direction::Internal => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_belongs_to_what_was_registered() {
        assert_eq!(provider(b"ASPMX.L.Google.com"), Some(&b"Google.com"[..]));
        assert_eq!(provider(b"mx.far.example."), Some(&b"far.example"[..]));
        assert_eq!(provider(b"mail.bank.co.uk"), Some(&b"bank.co.uk"[..]));
        for none in
            ["192.0.2.1", "EX1", "localhost", "", ".", "a..example", "mx far.example", "<x>.example", "co.uk"]
        {
            assert_eq!(provider(none.as_bytes()), None, "{none}");
        }
        assert_eq!(provider("a.".repeat(200).as_bytes()), None);
    }

    #[test]
    fn a_name_is_the_same_in_any_case_and_length() {
        let long = "a-long-label-of-many-letters.".repeat(9);
        assert_eq!(DomainId::of(long.as_bytes()), DomainId::of(long.to_uppercase().as_bytes()));
        assert_ne!(DomainId::of(long.as_bytes()), DomainId::of(&long.as_bytes()[1..]));
    }

    #[test]
    fn domains_are_ours_as_stated() {
        let stated = vec!["harbour.example".to_owned(), ".quay.example".to_owned()];
        let site = Site { local_domains: Some(stated), ..Site::default() };
        let ours = Ours::new(&site, Memory::default());
        let contain = |domain: &[u8]| ours.contain(domain, DomainId::of(domain));
        assert!(contain(b"Harbour.example") && contain(b"a.b.quay.example"));
        assert!(!contain(b"mail.harbour.example") && !contain(b"quay.example"));
        assert!(ours.are_stated_with(b"harbour.example", DomainId::of(b"harbour.example")));
    }
}
