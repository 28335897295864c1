//! The attacks: what happens, when, by whom, and which alert is due for it.

use crate::simulation::attack::{CROWD, Planner};
use crate::simulation::clock::{DAY, MINUTE, Micros};
use crate::simulation::due::Due;
use crate::simulation::names::{self, Client};
use crate::simulation::random::Random;
use crate::simulation::visit::{Authority, Class, Ending, Party, Refusal, Route, Visit};

/// The kinds of attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A stranger is denied, then mail from it is accepted and goes out to foreign domains.
    OpenRelay,
    /// One source is denied again and again.
    DenialSpike,
    /// Many sources of one network are denied twice each.
    NetworkSpike,
    /// Many sources of as many networks are denied twice each.
    SiteSpike,
    /// One source tries passwords.
    BruteForce,
    /// Many sources try passwords of one account.
    Spraying,
    /// An account is guessed, then used from several networks for a burst of mail.
    StolenAccount,
    /// One source asks for recipients that do not exist.
    Harvest,
}

/// Every kind, in the order in which a round of attacks brings them.
pub(crate) const KINDS: [Kind; 8] = [
    Kind::OpenRelay,
    Kind::DenialSpike,
    Kind::NetworkSpike,
    Kind::SiteSpike,
    Kind::BruteForce,
    Kind::Spraying,
    Kind::StolenAccount,
    Kind::Harvest,
];

impl Kind {
    /// The name in the truth file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OpenRelay => "open_relay",
            Self::DenialSpike => "denial_spike",
            Self::NetworkSpike => "network_spike",
            Self::SiteSpike => "site_spike",
            Self::BruteForce => "brute_force",
            Self::Spraying => "spraying",
            Self::StolenAccount => "stolen_account",
            Self::Harvest => "harvest",
        }
    }
}

/// One attack.
pub(crate) struct Episode {
    /// From 1.
    pub(crate) number: u16,
    pub(crate) kind: Kind,
    pub(crate) begin: Micros,
    pub(crate) sources: Vec<String>,
    pub(crate) account: Option<String>,
    pub(crate) due: Vec<Due>,
    /// Its visits, until they are played.
    pub(crate) visits: Vec<(Micros, Visit)>,
}

/// Plans `rounds` rounds of attacks between 3 and 90 hundredths of the span, in the order of their begin.
pub(crate) fn plan(seed: u64, start: Micros, span: Micros, rounds: u32, domains: u32) -> Vec<Episode> {
    let count = rounds * KINDS.len() as u32;
    let step = span / 100 * 87 / i64::from(count.max(1));
    (0..count)
        .map(|index| {
            let mut random = Random::new(seed, 0xA77A_C000 + u64::from(index));
            let begin = start + span / 100 * 3 + step * i64::from(index) + random.millis(0, 1000);
            let kind = KINDS[index as usize % KINDS.len()];
            // No attack may last into the next one: in a short span they are faster.
            let length = (10 * MINUTE).min(step * 3 / 4);
            Planner { random, index, begin, length, domains }.episode(kind)
        })
        .collect()
}

impl Planner {
    fn episode(mut self, kind: Kind) -> Episode {
        let mut episode = Episode {
            number: self.index as u16 + 1,
            kind,
            begin: self.begin,
            sources: Vec::new(),
            account: None,
            due: Vec::new(),
            visits: Vec::new(),
        };
        match kind {
            Kind::OpenRelay => self.open_relay(&mut episode),
            Kind::DenialSpike => self.denial_spike(&mut episode),
            Kind::NetworkSpike => self.crowd(&mut episode, true),
            Kind::SiteSpike => self.crowd(&mut episode, false),
            Kind::BruteForce => self.brute_force(&mut episode),
            Kind::Spraying => self.spraying(&mut episode),
            Kind::StolenAccount => self.stolen_account(&mut episode),
            Kind::Harvest => self.harvest(&mut episode),
        }
        for (_, visit) in &mut episode.visits {
            visit.episode = episode.number;
            let source = visit.client.address.to_string();
            if !episode.sources.contains(&source) {
                episode.sources.push(source);
            }
        }
        episode.visits.sort_by_key(|&(at, _)| at);
        episode
    }

    fn open_relay(&mut self, episode: &mut Episode) {
        let client = names::attacker(self.index);
        for number in 0..4 {
            let at = self.moment(number, 4, 0, 40);
            let recipients = self.random.between(2, 4);
            episode.visits.push((at, self.denial(client.clone(), recipients)));
        }
        let mails = self.random.between(10, 40);
        for number in 0..mails {
            let at = self.moment(number, mails, 50, 100);
            let mut visit = self.stranger(client.clone());
            let (sender, recipients) = (self.spam_sender(), self.random.between(1, 12));
            visit.mails.push(self.spam(sender, recipients));
            episode.visits.push((at, visit));
        }
        episode.due.push(due_ip("open-relay", &client));
        episode.due.push(due_ip("relay-denied-spike", &client));
    }

    fn denial_spike(&mut self, episode: &mut Episode) {
        let client = names::attacker(self.index);
        let visits = self.random.between(20, 120);
        for number in 0..visits {
            let at = self.moment(number, visits, 0, 100);
            let recipients = self.random.between(1, 3);
            episode.visits.push((at, self.denial(client.clone(), recipients)));
        }
        episode.due.push(due_ip("relay-denied-spike", &client));
    }

    fn crowd(&mut self, episode: &mut Episode, one_network: bool) {
        let sources = if one_network { self.random.between(30, 60) } else { self.random.between(80, 150) };
        for number in 0..sources {
            let client = if one_network {
                names::crowd(self.index * CROWD, 1 + number)
            } else {
                names::crowd(self.index * CROWD + number, 1 + self.random.below(250))
            };
            let at = self.moment(number, sources, 0, 100);
            episode.visits.push((at, self.denial(client, 2)));
        }
        let (kind, value) = if one_network {
            let network = names::crowd(self.index * CROWD, 0).address;
            ("network", format!("{network}/24"))
        } else {
            ("site", "site".to_owned())
        };
        episode.due.push(Due { detector: "relay-denied-spike", kind, value });
    }

    fn account(&mut self) -> String {
        format!("{}@{}", names::word(self.random.below(800)), names::LOCAL_DOMAINS[0])
    }

    fn brute_force(&mut self, episode: &mut Episode) {
        let client = names::attacker(self.index);
        let visits = self.random.between(40, 150);
        for number in 0..visits {
            let at = self.moment(number, visits, 0, 100);
            let (account, tries) = (self.account(), self.random.between(1, 3));
            episode.visits.push((at, self.guess(client.clone(), &account, tries)));
        }
        episode.due.push(due_ip("auth-brute-force", &client));
    }

    fn spraying(&mut self, episode: &mut Episode) {
        // One of those that write most, so that the log has shown it to be an account.
        let account = format!("{}@{}", names::word(self.random.below(4)), names::LOCAL_DOMAINS[0]);
        let sources = self.random.between(40, 80);
        for number in 0..sources {
            let at = self.moment(number, sources, 0, 100);
            let client = names::crowd(self.index * CROWD + number, 1 + self.random.below(250));
            episode.visits.push((at, self.guess(client, &account, 1)));
        }
        episode.due.push(Due { detector: "auth-brute-force", kind: "account", value: account.clone() });
        episode.account = Some(account);
    }

    fn stolen_account(&mut self, episode: &mut Episode) {
        let account = self.account();
        let network = self.index * CROWD;
        for number in 0..12 {
            let at = self.moment(number, 12, 0, 30);
            let client = names::crowd(network + number, 7);
            episode.visits.push((at, self.guess(client, &account, 1)));
        }
        let mails = self.random.between(40, 120);
        for number in 0..mails {
            let at = self.moment(number, mails, 35, 100);
            let client = names::crowd(network + 20 + self.random.below(6), 9);
            let mut visit = self.guess(client, &account, 0);
            visit.authority = Authority::Authenticated;
            visit.ending = Ending::Quit;
            let sender = Party { address: account.clone(), route: Route::Local };
            let recipients = self.random.between(3, 15);
            visit.mails.push(self.spam(sender, recipients));
            episode.visits.push((at, visit));
        }
        episode.due.push(Due { detector: "compromised-account", kind: "account", value: account.clone() });
        episode.account = Some(account);
    }

    fn harvest(&mut self, episode: &mut Episode) {
        let client = names::attacker(self.index);
        let visits = self.random.between(10, 30);
        for number in 0..visits {
            let at = self.moment(number, visits, 0, 100);
            let mut visit = self.stranger(client.clone());
            let (sender, vrfy) = (self.spam_sender().address, self.random.permille(300));
            for _ in 0..self.random.between(4, 15) {
                let guess = 6400 + self.random.below(400_000); // three syllables: no user has such a name
                visit.refusals.push(Refusal {
                    class: Class::UnknownRecipient,
                    sender: sender.clone(),
                    recipient: format!("{}@{}", names::word(guess), names::LOCAL_DOMAINS[0]),
                    vrfy,
                });
            }
            episode.visits.push((at, visit));
        }
        episode.due.push(due_ip("recipient-harvest", &client));
    }
}

/// An alert about one client.
fn due_ip(detector: &'static str, client: &Client) -> Due {
    Due { detector, kind: "ip", value: client.address.to_string() }
}

/// How many rounds of attacks a file of `size` bytes over `span` has room for.
pub(crate) fn rounds(size: u64, span: Micros) -> u32 {
    let by_size = size / 20_000_000;
    let by_time = span / (DAY / 4);
    (by_size.min(by_time.max(0) as u64)).clamp(1, 30) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::clock::SECOND;

    #[test]
    fn attacks_keep_their_distance() {
        for (span, rounds) in [(14 * DAY, 30), (DAY, 1)] {
            let episodes = plan(1, 0, span, rounds, 50_000);
            assert_eq!(episodes.len(), rounds as usize * KINDS.len());
            let mut last = 0;
            for episode in &episodes {
                assert!(episode.begin > last, "{:?} begins before the one before it ends", episode.kind);
                last = episode.visits.iter().map(|&(at, _)| at).max().unwrap_or(0);
                assert!(last - episode.begin <= 10 * MINUTE + SECOND);
            }
            assert!(last < span / 100 * 95);
        }
    }

    #[test]
    fn single_attackers_are_denied_often_enough_to_be_due() {
        for episode in plan(7, 0, 14 * DAY, 4, 50_000) {
            let denied: usize = episode.visits.iter().map(|(_, visit)| visit.refusals.len()).sum();
            match episode.kind {
                Kind::OpenRelay => assert!(denied >= 5 && episode.sources.len() == 1),
                Kind::NetworkSpike => assert!(denied >= 60 && episode.sources.len() >= 30),
                Kind::Spraying => assert!(episode.sources.len() >= 40 && episode.account.is_some()),
                _ => assert!(!episode.due.is_empty()),
            }
        }
    }
}
