//! What attackers do, one visit at a time. Which visits make an attack, and when, is for whoever plans one.

use crate::simulation::clock::Micros;
use crate::simulation::names::{self, Client};
use crate::simulation::random::Random;
use crate::simulation::visit::{Door, Ending, Fate, Mail, Party, Recipient, Refusal, Route, Visit};

/// Networks set aside for the crowd of one attack, so that no two attacks share a source.
pub(crate) const CROWD: u32 = 200;

/// Draws up the visits of one attack.
pub(crate) struct Planner {
    pub(crate) random: Random,
    /// Which of all attacks it is: none shares a source with another.
    pub(crate) index: u32,
    pub(crate) begin: Micros,
    /// How long the attack lasts.
    pub(crate) length: Micros,
    pub(crate) domains: u32,
}

impl Planner {
    /// The moment of visit `number` of `count`, spread over a part of the attack, in hundredths of its length.
    pub(crate) fn moment(&mut self, number: u32, count: u32, from: i64, to: i64) -> Micros {
        let part = self.length / 100 * (to - from);
        let step = part / i64::from(count.max(1));
        let jitter = i64::from(self.random.below((step / 1000 / 2).max(1) as u32)) * 1000;
        self.begin + self.length / 100 * from + step * i64::from(number) + jitter
    }

    /// A machine that does nothing yet.
    pub(crate) fn stranger(&mut self, client: Client) -> Visit {
        let helo = format!("WIN-{:06X}", self.random.below(1 << 24));
        Visit::stranger(client, helo)
    }

    /// Somebody elsewhere.
    pub(crate) fn victim(&mut self) -> Party {
        let domain = self.random.zipf(self.domains);
        let user = names::word(self.random.below(20_000));
        Party { address: format!("{user}@{}", names::domain(domain)), route: Route::Remote(domain) }
    }

    /// A made-up sender elsewhere.
    pub(crate) fn spam_sender(&mut self) -> Party {
        let domain = self.random.below(self.domains);
        let address = format!("promo{}@{}", self.random.below(100), names::domain(domain));
        Party { address, route: Route::Remote(domain) }
    }

    /// Asks for so many recipients elsewhere, and is denied.
    pub(crate) fn denial(&mut self, client: Client, recipients: u32) -> Visit {
        let mut visit = self.stranger(client);
        let sender = self.spam_sender().address;
        for _ in 0..recipients {
            visit.refusals.push(Refusal::relay_denied(&sender, self.victim().address));
        }
        visit
    }

    /// A message to so many recipients elsewhere, of whom some do not exist.
    pub(crate) fn spam(&mut self, sender: Party, recipients: u32) -> Mail {
        let recipients: Vec<Recipient> = (0..recipients)
            .map(|_| {
                let party = self.victim();
                let fate =
                    if self.random.permille(60) { Fate::Bounced { listed: false } } else { Fate::Delivered };
                Recipient { party, alias: None, fate }
            })
            .collect();
        Mail {
            message_id: format!("{:016x}@{}", self.random.next(), "mailer.example"),
            sender,
            size: self.random.between(1800, 9000),
            recipients,
            filtered: false,
            refused_content: false,
            wait: 0,
        }
    }

    /// So many logins to `account` fail.
    pub(crate) fn guess(&mut self, client: Client, account: &str, tries: u32) -> Visit {
        let mut visit = self.stranger(client);
        visit.door = Door::Submission;
        visit.tls = true;
        account.clone_into(&mut visit.account);
        visit.failed_logins = tries;
        visit.ending = Ending::Lost;
        visit
    }
}
