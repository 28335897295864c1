//! What the site does itself, or what is done to it: newsletters, outages, migrations.

use super::{Calendar, MORNING, WEEK, login, ours, user};
use crate::evaluate::story::Outage;
use crate::simulation::clock::{DAY, HOUR, MINUTE, Micros, SECOND};
use crate::simulation::names;
use crate::simulation::visit::{
    Authority, Ending, Fate, Mail, Party, Recipient, Refusal, Route, Screening, Visit,
};

/// A domain that was ours and is elsewhere now; its MX record still names us.
const MOVED: &str = "old-brand.example";
/// Numbers of foreign mail servers that nobody else in a world has.
const FOLLOWERS: u32 = 0x0510_0000;

fn of_machine(number: u32) -> Visit {
    let client = names::machine(number);
    let helo = client.name.clone();
    let mut visit = Visit::stranger(client, helo);
    visit.authority = Authority::TrustedNetwork;
    visit
}

impl Calendar {
    /// A message to one recipient elsewhere; a few of the list are dead.
    fn copy(&mut self, sender: &str, dead_permille: u32) -> Mail {
        let domain = self.random.zipf(3000);
        let user = names::word(self.random.below(40_000));
        let address = format!("{user}@{}", names::domain(domain));
        let fate = if self.random.permille(dead_permille) {
            Fate::Bounced { listed: false }
        } else {
            Fate::Delivered
        };
        Mail {
            message_id: format!("{:016x}@lists.corp.example", self.random.next()),
            sender: ours(sender),
            size: 24_000,
            recipients: vec![Recipient {
                party: Party { address, route: Route::Remote(domain) },
                alias: None,
                fate,
            }],
            filtered: false,
            refused_content: false,
            wait: 1000,
        }
    }

    /// Every Tuesday morning a machine sends one to some hundreds of subscribers.
    pub(super) fn newsletters(&mut self) {
        let subscribers = self.random.between(300, 1500);
        for week in 0..Micros::from(self.weeks) {
            let begin = self.start + week * WEEK + DAY + MORNING + self.minutes(1, 90);
            let visits = (0..subscribers)
                .map(|number| {
                    let at = begin + Micros::from(number) * 2 * SECOND;
                    let mail = self.copy("newsletter@corp.example", 15);
                    (at, Visit { mails: vec![mail], ..of_machine(5) })
                })
                .collect();
            self.tell("the weekly newsletter", visits);
        }
    }

    /// A user writes to the members of a club, from home.
    pub(super) fn club(&mut self) {
        let begin = self.moment(40, 18, 21);
        let (number, members) = (self.random.below(4), self.random.between(40, 90));
        let account = user(number);
        let visits = (0..members)
            .map(|number_of_member| {
                let at = begin + Micros::from(number_of_member) * 20 * SECOND;
                let mail = self.copy(&account, 30);
                let mut visit = login(names::home(number, false), &account, 0, true);
                visit.mails.push(mail);
                (at, visit)
            })
            .collect();
        self.tell("a club's circular", visits);
    }

    /// The server of a large provider is down for some hours.
    pub(super) fn outage(&mut self) {
        let from = self.moment(55, 8, 10);
        let until = from + self.minutes(150, 400);
        let domain = self.random.below(3);
        let story = self.tell("a provider's server is down", Vec::new());
        story.outages.push(Outage { from, until, domain: Some(domain) });
        // That a destination does not answer for hours is so.
        story.owes("deferral-surge", "destination", names::domain(domain));
    }

    /// One of our domains moves away, and for a week mail servers of the world still ask for it here.
    pub(super) fn moved_domain(&mut self) {
        let begin = self.moment(50, 0, 6);
        let mut visits = Vec::new();
        for number in 0..self.random.between(20, 60) {
            let client = names::Client {
                name: format!("mx.{}", names::domain(500 + number)),
                ..names::source(FOLLOWERS + number, 3000)
            };
            for _ in 0..self.random.between(1, 4) {
                let at = begin + self.minutes(0, 6 * 24 * 60);
                // Large providers bring several at once.
                for again in 0..if number % 7 == 0 { self.random.between(2, 6) } else { 1 } {
                    let mut visit = Visit::stranger(client.clone(), client.name.clone());
                    let sender =
                        format!("{}@{}", names::word(self.random.below(9000)), names::domain(500 + number));
                    let recipient = format!("{}@{MOVED}", names::word(self.random.below(30)));
                    visit.refusals.push(Refusal::relay_denied(&sender, recipient));
                    visits.push((at + Micros::from(again) * 70 * SECOND, visit));
                }
            }
        }
        // Whoever owns it loses mail.
        self.tell("a domain has moved away", visits).owes("relay-denied-spike", "domain", MOVED);
    }

    /// A machine is replaced by one with another address.
    pub(super) fn new_machine(&mut self) {
        let begin = self.moment(60, 9, 17);
        let number = self.random.between(32, 38);
        let visits = (0..60)
            .map(|report| {
                let mail = self.copy("alerts@corp.example", 10);
                (begin + report * 3 * HOUR, Visit { mails: vec![mail], ..of_machine(number) })
            })
            .collect();
        self.tell("a machine has a new address", visits);
    }

    /// The site's own monitor knocks every five minutes.
    pub(super) fn monitoring(&mut self) {
        let visits = (0..Micros::from(self.weeks) * WEEK / (5 * MINUTE))
            .map(|knock| {
                let mut visit = of_machine(28);
                visit.ending = Ending::Quit;
                visit.screening = Screening::Absent;
                (self.start + knock * 5 * MINUTE, visit)
            })
            .collect();
        self.tell("the site's own monitor", visits);
    }
}
