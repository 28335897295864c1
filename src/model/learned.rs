//! What was learned of a site, as it is kept from one run to the next.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{EventTime, KnownIntermediary, Network, Subject};

/// All that was learned.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Learned {
    /// Addresses that relayed because the site trusts them.
    pub sources: Vec<KnownSource>,
    /// Accounts that sent mail out, and from where.
    pub accounts: Vec<KnownAccount>,
    /// Networks outside that send in our names, those included that did so for a short time only.
    pub intermediaries: Vec<KnownIntermediary>,
    /// What was counted, hour by hour.
    pub normals: Vec<Normal>,
}

impl Learned {
    /// What was counted of somebody: all but the hours in which there was a log.
    pub fn subjects(&self) -> impl Iterator<Item = &Normal> {
        self.normals.iter().filter(|normal| normal.measure != Measure::Lines)
    }

    /// When learning began.
    pub fn begun(&self) -> Option<EventTime> {
        let hours = self.normals.iter().map(|normal| normal.begins);
        hours.min().map(|hour| EventTime::from_seconds(hour.saturating_mul(3600)))
    }
}

/// An address that may relay, and did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownSource {
    /// The address.
    pub ip: IpAddr,
    /// When it relayed last.
    pub last_seen: EventTime,
    /// Somebody said that it is right: it is not forgotten.
    pub is_approved: bool,
}

impl KnownSource {
    /// An address that need not have relayed yet.
    pub fn approved(ip: IpAddr) -> Self {
        Self { ip, last_seen: EventTime::MIN, is_approved: true }
    }
}

/// An account, and where it logs in from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownAccount {
    /// Its name, as it was written at a login.
    pub name: String,
    /// Its networks (/24, /64), the newest last.
    pub networks: Vec<Network>,
    /// When it sent mail last.
    pub last_seen: EventTime,
}

/// What is counted per hour to learn what is usual.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Anything at all in the log: where there is nothing, no other count means anything.
    Lines,
    /// Relay attempts that were denied.
    Denials,
    /// Logins that failed.
    FailedLogins,
    /// Recipients of mail that goes out.
    Recipients,
    /// Messages that go out.
    Messages,
    /// Recipients whose mail came back.
    Bounces,
    /// Recipients that were put off.
    Deferrals,
    /// Different sender domains that are not ours.
    SenderDomains,
    /// Different HELO names.
    HeloNames,
}

impl Measure {
    /// All, in the order of their declaration.
    pub const ALL: [Self; 9] = [
        Self::Lines,
        Self::Denials,
        Self::FailedLogins,
        Self::Recipients,
        Self::Messages,
        Self::Bounces,
        Self::Deferrals,
        Self::SenderDomains,
        Self::HeloNames,
    ];

    /// Its name: `failed-logins`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Denials => "denials",
            Self::FailedLogins => "failed-logins",
            Self::Recipients => "recipients",
            Self::Messages => "messages",
            Self::Bounces => "bounces",
            Self::Deferrals => "deferrals",
            Self::SenderDomains => "sender-domains",
            Self::HeloNames => "helo-names",
        }
    }

    /// Whether different ones are counted. Those of each hour add up to nothing: the same may come in all of them.
    pub fn is_of_different(self) -> bool {
        matches!(self, Self::SenderDomains | Self::HeloNames)
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }
}

/// What was counted of one subject in each hour of some weeks.
#[derive(Clone, PartialEq, Debug)]
pub struct Normal {
    /// What.
    pub measure: Measure,
    /// Whose.
    pub subject: Subject,
    /// Number of the first hour since 1970.
    pub begins: i64,
    /// That hour's count and those behind it.
    pub hours: Vec<Hourly>,
}

impl Normal {
    /// Somebody said that what is excluded is right, too: it is learned from. Where it is a level that lasts, what was before it
    /// is no longer usual, and is forgotten.
    pub fn approve(&mut self) {
        let gone = new_level(self.hours.iter().copied().rev()).map_or(0, |hours| self.hours.len() - hours);
        self.hours.drain(..gone);
        self.begins += gone as i64;
        self.hours.iter_mut().for_each(|hour| *hour = hour.approved());
    }
}

/// One in so many hours must be excluded where a level has changed: nights may be as they were.
const LEVEL_HOURS: usize = 4;

/// For how many hours up to now there has been another level than before, if there has: many of them are excluded. `latest_first`
/// are hours, the last one first.
pub fn new_level(latest_first: impl Iterator<Item = Hourly>) -> Option<usize> {
    let (mut excluded, mut level) = (0, None);
    for (hours, hour) in (1..).zip(latest_first) {
        excluded += usize::from(hour.is_excluded());
        if hour.is_excluded() && excluded * LEVEL_HOURS >= hours {
            level = Some(hours);
        }
    }
    level
}

/// A count of one hour, and whether it is too special to learn from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hourly(u32);

impl Hourly {
    const EXCLUDED: u32 = 1 << 31;

    /// A count; what is more than 2^31 - 1 is that.
    pub fn new(count: u64) -> Self {
        Self(count.min(u64::from(Self::EXCLUDED - 1)) as u32)
    }

    /// How many.
    pub fn count(self) -> u32 {
        self.0 & !Self::EXCLUDED
    }

    /// Whether nothing is to be learned of it.
    pub fn is_excluded(self) -> bool {
        self.0 & Self::EXCLUDED != 0
    }

    /// The same, of which something is to be learned.
    #[must_use]
    pub fn approved(self) -> Self {
        Self(self.count())
    }

    /// The same, of which nothing is to be learned.
    #[must_use]
    pub fn excluded(self) -> Self {
        Self(self.0 | Self::EXCLUDED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_lasts_is_told_from_what_happened_once() {
        // x: excluded, the last hour last.
        for (hours, expected) in [
            ("", None),
            ("........", None),
            ("...x....", None),
            ("...x...", Some(4)),
            ("..x..xxxx", Some(7)),
            ("x..............xxx", Some(3)),
            ("....xx..xx..xx..", Some(12)),
        ] {
            let hour = |letter| if letter == 'x' { Hourly::new(9).excluded() } else { Hourly::new(3) };
            assert_eq!(new_level(hours.chars().rev().map(hour)), expected, "{hours}");
            let mut normal = Normal {
                measure: Measure::Denials,
                subject: Subject::site(),
                begins: 100,
                hours: hours.chars().map(hour).collect(),
            };
            normal.approve();
            let left = expected.unwrap_or(hours.len());
            assert_eq!(
                (normal.hours.len(), normal.begins),
                (left, 100 + (hours.len() - left) as i64),
                "{hours}"
            );
            assert!(normal.hours.iter().all(|hour| !hour.is_excluded()), "{hours}");
        }
    }
}
