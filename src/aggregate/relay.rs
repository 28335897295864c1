//! Relay attempts by outcome and authority.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::{Attempt, Authority, Direction, Outcome};

/// Joined relay attempts: one client, one recipient. Mail to a local recipient (direction inbound or internal) is no
/// relay attempt unless it was denied as one.
///
/// `attempts = denied + rejected + authorised + unauthorised + undetermined`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Relay {
    /// All of them.
    pub attempts: u64,
    /// Refused because the server does not relay for that client (class `relay_denied`), VRFY included.
    pub denied: u64,
    /// Refused for another reason.
    pub rejected: u64,
    /// Let through on a known authority.
    pub authorised: u64,
    /// Let through without any authority, to a domain that is not ours: an open relay in action.
    pub unauthorised: u64,
    /// Let through, and it cannot be told by what right: the log does not show how the message entered, or a client
    /// without authority wrote to a domain of which nobody said whose it is.
    pub undetermined: u64,
    /// Attempts let through, by authority.
    pub by_authority: AuthorityCounts,
}

impl Relay {
    pub(super) fn count(&mut self, attempt: &Attempt<'_>) {
        self.attempts += 1;
        match attempt.outcome {
            Outcome::Denied => self.denied += 1,
            Outcome::Rejected => self.rejected += 1,
            _ => {
                self.by_authority.count(attempt.authority);
                *match attempt.authority {
                    None => &mut self.undetermined,
                    Some(Authority::None) if !attempt.is_unauthorised() => &mut self.undetermined,
                    Some(Authority::None) => &mut self.unauthorised,
                    Some(_) => &mut self.authorised,
                } += 1;
            }
        }
    }

    /// Of the undetermined attempts, those of clients that had no authority: open relay or mail to a domain of ours.
    pub fn undetermined_strangers(&self) -> u64 {
        self.by_authority.get(Some(Authority::None)).saturating_sub(self.unauthorised)
    }
}

/// Whether a telling is the one of its attempt that counts, and that attempt asks for relaying.
pub(super) fn is_relay_counted(attempt: &Attempt<'_>) -> bool {
    is_counted(attempt) && is_relay(attempt)
}

/// Whether a telling is the one of its attempt that counts: of refused ones the first, of the others the last, because
/// only then their direction and outcome are known for good.
pub(super) fn is_counted(attempt: &Attempt<'_>) -> bool {
    match attempt.outcome {
        Outcome::Denied | Outcome::Rejected => attempt.first,
        _ => attempt.last,
    }
}

/// Whether an attempt asks for relaying.
fn is_relay(attempt: &Attempt<'_>) -> bool {
    attempt.outcome == Outcome::Denied
        || (!matches!(attempt.direction, Direction::Inbound | Direction::Internal)
            && attempt.authority != Some(Authority::RecipientIsLocal))
}

const SLOTS: usize = Authority::ALL.len() + 1;

/// A count for every authority, and for attempts whose authority the log does not show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityCounts([u64; SLOTS]);

impl AuthorityCounts {
    fn count(&mut self, authority: Option<Authority>) {
        self.0[slot(authority)] += 1;
    }

    /// How many attempts had `authority`; `None`: the log does not show it.
    pub fn get(&self, authority: Option<Authority>) -> u64 {
        self.0[slot(authority)]
    }

    /// The authorities that occur, in the order of their declaration, `None` last.
    pub fn iter(&self) -> impl Iterator<Item = (Option<Authority>, u64)> {
        let authorities = Authority::ALL.iter().copied().map(Some).chain([None]);
        authorities.map(|authority| (authority, self.get(authority))).filter(|&(_, count)| count > 0)
    }
}

fn slot(authority: Option<Authority>) -> usize {
    authority.map_or(SLOTS - 1, |authority| authority as usize)
}

/// A map from the authority's name to its count; `unknown` where the log does not show it.
impl Serialize for AuthorityCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (authority, count) in self.iter() {
            map.serialize_entry(authority.map_or("unknown", Authority::name), &count)?;
        }
        map.end()
    }
}
