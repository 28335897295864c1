//! The fixed rules that people use today, on what relaywatch has read: who was denied relaying, and whose login failed.
//! So all have the same input, whatever their own patterns would have understood of it.
//!
//! An alarm is about one address. While it is banned (or, Wazuh, ignored) there is no other about it, and what it does is
//! not counted: a real ban would keep it away.
//!
//! - fail2ban: `maxretry` 5 within `findtime` 10 minutes, `bantime` 10 minutes (jail.conf), in a jail for each of the two.
//! - `CrowdSec`: scenario `postfix-relay-denied`, a leaky bucket with room for one that loses one in 600 seconds, so the
//!   second denial within ten minutes overflows; `postfix-spam` for failed logins, room for five, one in 10 seconds. A decision
//!   lasts four hours (profiles.yaml).
//! - Wazuh: rule 3351, eight denials within 90 seconds; rule 3357, eight failed logins within 120 seconds, then ignored for 60.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use crate::simulation::clock::{Micros, SECOND};

/// What a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Signal {
    Denied,
    LoginFailed,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) at: Micros,
    pub(crate) source: IpAddr,
    pub(crate) signal: Signal,
}

/// How many are too many.
#[derive(Clone, Copy)]
enum Limit {
    /// So many within so many seconds.
    Window(usize, i64),
    /// More than a bucket of this size holds that loses one in so many seconds.
    Bucket(f64, f64),
}

/// A rule.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    denied: Limit,
    login_failed: Limit,
    /// Seconds for which an address is left alone after an alarm.
    quiet: [i64; 2],
}

/// The three.
pub(crate) const RULES: [Rule; 3] = [
    Rule {
        name: "fail2ban",
        denied: Limit::Window(5, 600),
        login_failed: Limit::Window(5, 600),
        quiet: [600, 600],
    },
    Rule {
        name: "CrowdSec",
        denied: Limit::Bucket(1.0, 600.0),
        login_failed: Limit::Bucket(5.0, 10.0),
        quiet: [4 * 3600, 4 * 3600],
    },
    Rule {
        name: "Wazuh",
        denied: Limit::Window(8, 90),
        login_failed: Limit::Window(8, 120),
        quiet: [90, 60],
    },
];

/// A rule has had enough of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alarm {
    pub(crate) at: Micros,
    pub(crate) source: IpAddr,
}

/// What a rule remembers of an address.
#[derive(Default)]
struct Memory {
    recent: VecDeque<Micros>,
    /// What is in the bucket, as of a moment.
    level: f64,
    as_of: Micros,
    quiet_until: Micros,
}

impl Rule {
    /// The alarms about `hits`, which are in the order of time.
    pub(crate) fn alarms(&self, hits: &[Hit]) -> Vec<Alarm> {
        let mut memories: HashMap<(IpAddr, Signal), Memory> = HashMap::new();
        let mut alarms = Vec::new();
        for &Hit { at, source, signal } in hits {
            let memory = memories.entry((source, signal)).or_default();
            if at < memory.quiet_until {
                continue;
            }
            let (limit, quiet) = match signal {
                Signal::Denied => (self.denied, self.quiet[0]),
                Signal::LoginFailed => (self.login_failed, self.quiet[1]),
            };
            if memory.is_too_much(limit, at) {
                *memory = Memory { quiet_until: at + quiet * SECOND, ..Memory::default() };
                alarms.push(Alarm { at, source });
            }
        }
        alarms
    }
}

impl Memory {
    fn is_too_much(&mut self, limit: Limit, at: Micros) -> bool {
        match limit {
            Limit::Window(hits, seconds) => {
                self.recent.push_back(at);
                while self.recent.front().is_some_and(|&first| first <= at - seconds * SECOND) {
                    self.recent.pop_front();
                }
                self.recent.len() >= hits
            }
            Limit::Bucket(room, leak) => {
                let leaked = (at - self.as_of) as f64 / SECOND as f64 / leak;
                self.level = (self.level - leaked).max(0.0) + 1.0;
                self.as_of = at;
                self.level > room
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(signal: Signal, seconds: &[i64]) -> Vec<Hit> {
        let source = IpAddr::from([203, 0, 113, 7]);
        seconds.iter().map(|second| Hit { at: second * SECOND, source, signal }).collect()
    }

    /// When each rule raises an alarm, in seconds.
    fn alarms(signal: Signal, seconds: &[i64]) -> [Vec<i64>; 3] {
        let hits = hits(signal, seconds);
        std::array::from_fn(|rule| RULES[rule].alarms(&hits).iter().map(|alarm| alarm.at / SECOND).collect())
    }

    #[test]
    fn each_rule_counts_as_it_says() {
        let slow: Vec<i64> = (0..40).map(|hour| 3600 * hour).collect();
        let none: [Vec<i64>; 3] = Default::default();
        assert_eq!(alarms(Signal::Denied, &slow), none, "one an hour is seen by nobody");
        assert_eq!(alarms(Signal::Denied, &[0, 599]), [[].as_slice(), &[599], &[]]);
        assert_eq!(alarms(Signal::Denied, &[0, 600]), none);
        assert_eq!(alarms(Signal::Denied, &[0, 140, 280, 420, 560]), [[560].as_slice(), &[140], &[]]);
        assert_eq!(alarms(Signal::Denied, &[0, 140, 280, 420, 600])[0], Vec::<i64>::new());
        let fast: Vec<i64> = (0..8).map(|hit| 10 * hit).collect();
        assert_eq!(alarms(Signal::Denied, &fast), [[40], [10], [70]]);
    }

    #[test]
    fn failed_logins_have_limits_of_their_own() {
        assert_eq!(alarms(Signal::LoginFailed, &[0, 60])[1], Vec::<i64>::new());
        assert_eq!(alarms(Signal::LoginFailed, &[0, 1, 2, 3, 4, 5])[1], [5]);
        let fast: Vec<i64> = (0..8).map(|hit| 15 * hit).collect();
        assert_eq!(alarms(Signal::LoginFailed, &fast), [[60].as_slice(), &[], &[105]]);
    }

    #[test]
    fn whoever_is_banned_is_not_counted() {
        let long: Vec<i64> = (0..200).map(|hit| 10 * hit).collect();
        let [fail2ban, crowdsec, wazuh] = alarms(Signal::Denied, &long);
        assert_eq!(fail2ban, [40, 680, 1320, 1960]);
        assert_eq!(crowdsec, [10]);
        assert_eq!(wazuh[..2], [70, 230]);
    }
}
