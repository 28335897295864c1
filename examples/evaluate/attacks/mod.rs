//! The catalogue of attacks: what each is measured by, how strong it may be, and which alert is due for it.
//!
//! `log-silence` is not in it: it is off unless set, and needs a clock. Nor are senders that a login may not use, which
//! the generator does not know.

mod denials;
mod inward;
mod logins;
mod outward;

use relaywatch::model::Severity;

use crate::evaluate::story::{Story, What};
use crate::simulation::attack::Planner;
use crate::simulation::clock::{HOUR, MINUTE, Micros};
use crate::simulation::random::Random;
use crate::simulation::server::ServerName;

/// How much of a hurry an attacker is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pace {
    /// All within ten minutes.
    Fast,
    /// An hour or two.
    Steady,
    /// Half a day and more, so that no window of an hour sees much of it.
    Slow,
}

impl Pace {
    pub(crate) const ALL: [Self; 3] = [Self::Fast, Self::Steady, Self::Slow];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Steady => "steady",
            Self::Slow => "slow",
        }
    }

    fn length(self, random: &mut Random) -> Micros {
        let minutes = match self {
            Self::Fast => random.between(2, 10),
            Self::Steady => random.between(40, 120),
            Self::Slow => random.between(8 * 60, 16 * 60),
        };
        Micros::from(minutes) * MINUTE
    }
}

/// A kind of attack.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// The detector that must tell of it.
    pub(crate) detector: &'static str,
    /// What is counted.
    pub(crate) measure: &'static str,
    pub(crate) strengths: &'static [u32],
    /// From this strength on an administrator would do something about it.
    pub(crate) act: u32,
    /// Why from there on.
    pub(crate) why: &'static str,
    /// How grave the alert is that makes him: an `info` where nothing graver is ever said.
    pub(crate) needs: Severity,
    pub(crate) paces: &'static [Pace],
    /// The rules of others see denials or failed logins of it.
    pub(crate) is_seen_by_rules: bool,
    /// Servers whose logs do not tell what it is known by.
    pub(crate) untold_by: &'static [ServerName],
    plan: fn(&mut Draft, u32),
}

const ALL_PACES: &[Pace] = &Pace::ALL;
/// For what is counted by the hour.
const WITHIN_HOURS: &[Pace] = &[Pace::Fast, Pace::Steady];

/// All of them.
pub(crate) static ATTACKS: [Attack; 20] = [
    Attack {
        name: "relaying through an open server",
        detector: "open-relay",
        measure: "messages",
        strengths: &[1, 2, 5, 20, 100],
        act: 1,
        why: "one message proves that the server relays for strangers",
        needs: Severity::Critical,
        paces: ALL_PACES,
        is_seen_by_rules: true,
        untold_by: &[],
        plan: outward::open_relay,
    },
    Attack {
        name: "one address asks for relaying",
        detector: "relay-denied-spike",
        measure: "denials",
        strengths: &[3, 5, 10, 30, 100, 300],
        act: 100,
        why: "it was refused each time; a hundred tries are worth blocking the address",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: true,
        untold_by: &[],
        plan: denials::one,
    },
    Attack {
        name: "a network asks for relaying, two denials an address",
        detector: "relay-denied-spike",
        measure: "addresses",
        strengths: &[3, 5, 10, 20, 50],
        act: 20,
        why: "a network is worth blocking if a good part of it takes part",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: true,
        untold_by: &[],
        plan: denials::network,
    },
    Attack {
        name: "many addresses ask for relaying, a denial or two each",
        detector: "relay-denied-spike",
        measure: "addresses",
        strengths: &[5, 15, 30, 100, 300],
        act: 100,
        why: "no single address is worth blocking; a hundred are a botnet that has found the server",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: true,
        untold_by: &[],
        plan: denials::many,
    },
    Attack {
        name: "an account or a machine relays from where it never did",
        detector: "new-relay-source",
        measure: "messages",
        strengths: &[1, 3, 10],
        act: 1,
        why: "it is an `info` that tells when something began; nobody acts on it alone",
        needs: Severity::Info,
        paces: ALL_PACES,
        is_seen_by_rules: false,
        untold_by: &[ServerName::Iis],
        plan: outward::new_source,
    },
    Attack {
        name: "a trusted machine sends spam",
        detector: "trusted-source-abuse",
        measure: "recipients",
        strengths: &[30, 100, 200, 500, 2000],
        act: 500,
        why: "some hundreds of spam messages are what gets an address listed",
        needs: Severity::Warning,
        paces: WITHIN_HOURS,
        is_seen_by_rules: false,
        untold_by: &[],
        plan: outward::machine,
    },
    Attack {
        name: "a script on the host sends spam",
        detector: "trusted-source-abuse",
        measure: "recipients",
        strengths: &[30, 100, 200, 500, 2000],
        act: 500,
        why: "the same",
        needs: Severity::Warning,
        paces: WITHIN_HOURS,
        is_seen_by_rules: false,
        // They do not tell which user submitted a message.
        untold_by: &[ServerName::Iis, ServerName::Exchange],
        plan: outward::script,
    },
    Attack {
        name: "a stranger writes to us in our own names",
        detector: "forged-local-sender",
        measure: "senders",
        strengths: &[1, 3, 10, 20, 50],
        act: 20,
        why: "forwarders and services have a few senders; twenty of them are phishing",
        needs: Severity::Warning,
        paces: WITHIN_HOURS,
        is_seen_by_rules: false,
        untold_by: &[],
        plan: inward::forged,
    },
    Attack {
        name: "one address tries passwords",
        detector: "auth-brute-force",
        measure: "failed logins",
        strengths: &[3, 5, 10, 30, 100, 300],
        act: 100,
        why: "every server has dozens of such a day; a hundred tries are worth blocking the address",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: true,
        untold_by: &[],
        plan: logins::one,
    },
    Attack {
        name: "a network tries passwords, two an address",
        detector: "auth-brute-force",
        measure: "addresses",
        strengths: &[3, 5, 10, 20, 50],
        act: 50,
        why: "a network is worth blocking once it has tried a hundred times",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: true,
        untold_by: &[],
        plan: logins::network,
    },
    Attack {
        name: "many networks try passwords of one account",
        detector: "auth-brute-force",
        measure: "networks",
        strengths: &[3, 5, 10, 20, 50],
        act: 20,
        why: "somebody wants this account: its owner needs a better password, or a new one",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: true,
        // They name nobody whose login failed.
        untold_by: &[ServerName::Iis, ServerName::Exchange],
        plan: logins::account,
    },
    Attack {
        name: "many addresses try passwords of anybody",
        detector: "auth-brute-force",
        measure: "addresses",
        strengths: &[5, 15, 30, 100, 300],
        act: 100,
        why: "a botnet tries all accounts: logins should need more than a password",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: true,
        untold_by: &[],
        plan: logins::many,
    },
    Attack {
        name: "an account is stolen and sends spam",
        detector: "compromised-account",
        measure: "recipients",
        strengths: &[5, 20, 50, 100, 300],
        act: 100,
        why: "what a hundred strangers get, somebody reports",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: true,
        untold_by: &[ServerName::Iis],
        plan: logins::stolen,
    },
    Attack {
        name: "one address asks which recipients exist",
        detector: "recipient-harvest",
        measure: "recipients",
        strengths: &[3, 5, 10, 30, 100, 300],
        act: 100,
        why: "the server refused; a hundred guesses are worth blocking the address",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: false,
        untold_by: &[],
        plan: inward::harvest,
    },
    Attack {
        name: "a network asks which recipients exist, two an address",
        detector: "recipient-harvest",
        measure: "addresses",
        strengths: &[3, 5, 10, 20, 50],
        act: 50,
        why: "a network is worth blocking once it has guessed a hundred times",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: false,
        untold_by: &[],
        plan: inward::harvest_of_network,
    },
    Attack {
        name: "a client does not speak SMTP",
        detector: "protocol-abuse",
        measure: "faults",
        strengths: &[3, 5, 10, 30, 100, 300],
        act: 100,
        why: "nothing gets through; a hundred faults are worth blocking the address",
        needs: Severity::Warning,
        paces: WITHIN_HOURS,
        is_seen_by_rules: false,
        untold_by: &[],
        plan: inward::faults,
    },
    Attack {
        name: "a provider refuses us for a blocklist",
        detector: "reputation-loss",
        measure: "recipients",
        strengths: &[1, 2, 3, 5, 20],
        act: 3,
        why: "three recipients at one provider are no filter of one of them",
        needs: Severity::Warning,
        paces: ALL_PACES,
        is_seen_by_rules: false,
        untold_by: &[ServerName::Iis],
        plan: outward::listed,
    },
    Attack {
        name: "mail of one of our domains comes back",
        detector: "bounce-surge",
        measure: "bounces",
        strengths: &[5, 10, 20, 50, 200],
        act: 50,
        why: "fifty bounces within two hours are no list that anybody cares for",
        needs: Severity::Warning,
        paces: WITHIN_HOURS,
        is_seen_by_rules: false,
        untold_by: &[ServerName::Iis],
        plan: outward::bounces,
    },
    Attack {
        name: "no mail gets out",
        detector: "deferral-surge",
        measure: "recipients put off",
        strengths: &[5, 15, 30, 60, 200],
        act: 60,
        why: "so many who wait will ask where their mail is",
        needs: Severity::Warning,
        paces: WITHIN_HOURS,
        is_seen_by_rules: false,
        untold_by: &[ServerName::Iis],
        plan: outward::outage,
    },
    Attack {
        name: "one of our domains sends far more than ever, and a fifth comes back",
        detector: "outbound-surge",
        measure: "recipients",
        strengths: &[100, 200, 500, 1000, 3000],
        act: 1000,
        why: "a small server never sends a thousand within two hours, but for spam and newsletters",
        needs: Severity::Warning,
        paces: WITHIN_HOURS,
        is_seen_by_rules: false,
        untold_by: &[ServerName::Iis],
        plan: outward::surge,
    },
];

/// A kind and a strength: what recall is told for.
pub(crate) type Cell = (&'static Attack, u32);

/// All of them.
pub(crate) fn cells() -> impl Iterator<Item = Cell> {
    ATTACKS.iter().flat_map(|attack| attack.strengths.iter().map(move |&strength| (attack, strength)))
}

/// An attack that is being drawn up.
struct Draft {
    planner: Planner,
    story: Story,
    server: ServerName,
    pace: Pace,
}

impl Attack {
    /// One that begins at `begin`, the `index`th of its world.
    pub(crate) fn story(
        &'static self,
        strength: u32,
        (seed, index): (u64, u32),
        begin: Micros,
        server: ServerName,
        domains: u32,
    ) -> Story {
        let mut random = Random::new(seed, 0xA77A_CCED_0000 + u64::from(index));
        let pace = random.pick(self.paces);
        let length = pace.length(&mut random);
        let story = Story::new(What::Attack(self, strength, pace));
        let planner = Planner { random, index, begin, length, domains };
        let mut draft = Draft { planner, story, server, pace };
        (self.plan)(&mut draft, strength);
        draft.story.visits.sort_by_key(|&(at, _)| at);
        draft.story
    }
}

impl Draft {
    /// The moment of one of `count` visits.
    fn moment(&mut self, number: u32, count: u32) -> Micros {
        self.planner.moment(number, count, 0, 100)
    }

    /// Cuts `total` into portions from `low` to `high`, for visits that do not all look the same.
    fn portions(&mut self, total: u32, low: u32, high: u32) -> Vec<u32> {
        let (mut left, mut portions) = (total, Vec::new());
        while left > 0 {
            let portion = self.planner.random.between(low, high).min(left);
            portions.push(portion);
            left -= portion;
        }
        portions
    }
}

/// Hours that no attack lasts longer than.
pub(crate) const LONGEST: Micros = 16 * HOUR;
