//! Innocent traffic: who comes, and what they leave. Nobody here relays without authority, and relay denials are so
//! rare that they alarm nobody.

use crate::simulation::clock::{MINUTE, Micros};
use crate::simulation::names::{self, Client, LOCAL_DOMAINS, RELAY_DOMAINS};
use crate::simulation::random::{Random, spread};
use crate::simulation::visit::{
    Authority, Class, Door, Ending, Fate, Mail, Party, Recipient, Refusal, Route, Screening, Visit,
};

/// Local users; names of more than two syllables belong to nobody.
const USERS: u32 = 3000;

/// The number of the source before the first scanner.
const SCANNERS: u32 = 0x0500_0000;

/// A scanner that asks for relaying once, by its number: from 1.
pub(crate) fn scanner(number: u32, domains: u32) -> Client {
    names::source(SCANNERS + number, domains)
}

/// How large the world outside is.
#[derive(Clone, Copy)]
pub(crate) struct World {
    pub(crate) sources: u32,
    pub(crate) domains: u32,
}

/// Makes visits, one after another.
pub(crate) struct Traffic {
    random: Random,
    world: World,
    /// Lone denials so far, and the time of the last.
    denials: u32,
    last_denial: Micros,
    /// The longest a message waits in the queue before its delivery.
    pub(crate) longest_wait: Micros,
}

impl Traffic {
    pub(crate) fn new(seed: u64, world: World) -> Self {
        Self { random: Random::new(seed, 0x7AFF), world, denials: 0, last_denial: 0, longest_wait: 0 }
    }

    /// The visit that begins at `at`, and one that follows from it later.
    pub(crate) fn visit(&mut self, at: Micros) -> (Visit, Option<(Micros, Visit)>) {
        match self.random.below(1000) {
            0..380 => (self.inbound(), None),
            380..440 => self.greylisted(at),
            440..560 => (self.machine_mail(), None),
            560..690 => (self.submission(), None),
            690..730 => (self.command(), None),
            730..850 => (self.refused(), None),
            850..970 => (self.screened_out(), None),
            970..985 => (self.knock(), None),
            _ => (self.lone_denial(at), None),
        }
    }

    /// A mail server of the world: few send most of the mail.
    fn server(&mut self) -> (Client, u32) {
        let number = self.random.zipf(self.world.sources);
        (names::source(number, self.world.domains), number)
    }

    /// Any machine of the world, each as likely as any other.
    fn anybody(&mut self) -> Client {
        let number = self.random.below(self.world.sources);
        names::source(number, self.world.domains)
    }

    fn person(&mut self, domain: u32) -> Party {
        let user = names::word(self.random.zipf(40_000));
        Party { address: format!("{user}@{}", names::domain(domain)), route: Route::Remote(domain) }
    }

    fn remote(&mut self) -> Party {
        let domain = self.random.zipf(self.world.domains);
        self.person(domain)
    }

    fn local(&mut self) -> Party {
        let user = names::word(self.random.zipf(USERS));
        let domain = LOCAL_DOMAINS[usize::from(self.random.permille(300))];
        Party { address: format!("{user}@{domain}"), route: Route::Local }
    }

    fn gateway(&mut self) -> Party {
        let gateway = usize::from(self.random.permille(250));
        let user = names::word(self.random.zipf(500));
        Party { address: format!("{user}@{}", RELAY_DOMAINS[gateway]), route: Route::Gateway(gateway) }
    }

    fn mail(&mut self, sender: Party, recipients: Vec<Recipient>) -> Mail {
        let host = sender.address.rsplit('@').next().unwrap_or("localhost").to_owned();
        let message_id = match self.random.below(3) {
            0 => format!("{:016x}@{host}", self.random.next()),
            1 => format!("CA{:016X}{:012x}@mail.{host}", self.random.next(), self.random.next() >> 16),
            _ => format!("{}.{}@{host}", self.random.below(1_000_000), self.random.below(1_000_000_000)),
        };
        let wait = if self.longest_wait > 0 {
            i64::from(self.random.below((self.longest_wait / 1000) as u32)) * 1000
        } else {
            self.random.millis(1, 40)
        };
        Mail {
            sender,
            message_id,
            size: 900 + self.random.between(1, 40) * self.random.between(1, 60) * self.random.between(1, 60),
            recipients,
            filtered: self.random.permille(300),
            refused_content: false,
            wait,
        }
    }

    /// A recipient here: alias and forwarding now and then.
    fn here(&mut self) -> Recipient {
        let alias = self.random.permille(80);
        let party = if self.random.permille(200) { self.gateway() } else { self.local() };
        let fate = match (party.route, self.random.below(1000)) {
            (Route::Local, 0..6) => Fate::Bounced { listed: false },
            (Route::Local, 6..14) if party.address.ends_with(LOCAL_DOMAINS[0]) => {
                Fate::Forwarded(self.remote())
            }
            _ => Fate::Delivered,
        };
        let alias = (alias && party.route == Route::Local).then(|| {
            let name = self.random.pick(&["postmaster", "sales", "info", "support", "webmaster", "office"]);
            format!("{name}@{}", LOCAL_DOMAINS[0])
        });
        Recipient { party, alias, fate }
    }

    /// A recipient elsewhere. Vain tries are for messages with one recipient only.
    fn elsewhere(&mut self, alone: bool) -> Recipient {
        let party = self.remote();
        let fate = match self.random.below(1000) {
            0..18 => Fate::Bounced { listed: false },
            18..48 if alone => Fate::DeliveredAfter(self.random.between(1, 5)),
            48..50 if alone => Fate::Expired,
            _ => Fate::Delivered,
        };
        Recipient { party, alias: None, fate }
    }

    fn outward(&mut self, sender: Party) -> Mail {
        let count = if self.random.permille(150) { self.random.between(2, 6) } else { 1 };
        let recipients = (0..count)
            .map(|_| if self.random.permille(120) { self.here() } else { self.elsewhere(count == 1) })
            .collect();
        self.mail(sender, recipients)
    }

    fn inbound(&mut self) -> Visit {
        let (client, number) = self.server();
        let helo = if client.name == "unknown" {
            format!("mail.{}", names::domain(number % self.world.domains))
        } else {
            client.name.clone()
        };
        let mut visit = Visit::stranger(client, helo);
        visit.screening = match self.random.below(10) {
            0..4 => Screening::Known,
            4 => Screening::Passed,
            _ => Screening::Absent,
        };
        visit.tls = self.random.permille(650);
        // A busy server brings several messages in one session.
        let mails = if self.random.permille(120) { self.random.between(2, 4) } else { 1 };
        for _ in 0..mails {
            let domain = if self.random.permille(700) {
                number % self.world.domains
            } else {
                self.random.zipf(self.world.domains)
            };
            let mut sender = self.person(domain);
            if self.random.permille(40) {
                sender.address.clear(); // somebody's bounce or receipt
            }
            let count = if self.random.permille(100) { self.random.between(2, 4) } else { 1 };
            let recipients = (0..count).map(|_| self.here()).collect();
            let mail = self.mail(sender, recipients);
            visit.mails.push(mail);
        }
        if mails == 1 && self.random.permille(30) {
            visit.mails[0].refused_content = true;
        } else if mails == 1 && self.random.permille(15) {
            // One of the recipients is no longer here.
            let sender = visit.mails[0].sender.address.clone();
            visit.refusals.push(self.refusal(Class::UnknownRecipient, sender));
        }
        if self.random.permille(20) {
            visit.ending = Ending::Lost;
        }
        visit
    }

    /// Told to come back, and back after some minutes with its mail.
    fn greylisted(&mut self, at: Micros) -> (Visit, Option<(Micros, Visit)>) {
        let mut later = self.inbound();
        later.refusals.clear();
        later.mails.truncate(1);
        let mut first = later.clone();
        let mail = first.mails.remove(0);
        let recipient = mail.recipients.first().map(|recipient| recipient.party.address.clone());
        first.refusals.push(Refusal {
            class: Class::Greylisted,
            sender: mail.sender.address,
            recipient: recipient.unwrap_or_default(),
            vrfy: false,
        });
        first.ending = Ending::Quit;
        let back = at + 5 * MINUTE + self.random.millis(0, 900_000);
        (first, Some((back, later)))
    }

    fn machine_mail(&mut self) -> Visit {
        let client = names::machine(self.random.zipf(30));
        let helo = client.name.clone();
        let mut visit = Visit::stranger(client, helo);
        visit.authority = Authority::TrustedNetwork;
        visit.tls = self.random.permille(200);
        let user = self.random.pick(&["billing", "alerts", "newsletter", "noreply", "orders"]);
        for _ in 0..self.random.between(1, 3) {
            let sender = Party { address: format!("{user}@{}", LOCAL_DOMAINS[0]), route: Route::Local };
            let mail = self.outward(sender);
            visit.mails.push(mail);
        }
        visit
    }

    fn submission(&mut self) -> Visit {
        let user = self.random.zipf(USERS);
        let mobile = self.random.permille(250);
        let mut visit = Visit::stranger(names::home(user, mobile), format!("[10.0.0.{}]", user % 250));
        visit.door = Door::Submission;
        visit.tls = true;
        let address = format!("{}@{}", names::word(user), LOCAL_DOMAINS[0]);
        visit.account.clone_from(&address);
        if self.random.permille(15) {
            visit.failed_logins = 1; // a typing error
        }
        visit.authority = Authority::Authenticated;
        let mail = self.outward(Party { address, route: Route::Local });
        visit.mails.push(mail);
        visit
    }

    fn command(&mut self) -> Visit {
        let (uid, user) =
            self.random.pick(&[(0, "root"), (33, "www-data"), (1000, "admin"), (112, "backup")]);
        let client = Client { name: "localhost".to_owned(), address: std::net::Ipv4Addr::LOCALHOST.into() };
        let mut visit = Visit::stranger(client, "localhost".to_owned());
        visit.door = Door::Command(uid);
        visit.authority = Authority::LocalSubmission;
        let sender = Party { address: format!("{user}@{}", LOCAL_DOMAINS[0]), route: Route::Local };
        let mail = if uid == 33 {
            self.outward(sender)
        } else {
            let recipient = self.here();
            self.mail(sender, vec![recipient])
        };
        visit.mails.push(mail);
        visit
    }

    fn refusal(&mut self, class: Class, sender: String) -> Refusal {
        let recipient = if class == Class::UnknownRecipient {
            format!("{}@{}", names::word(6400 + self.random.below(100_000)), LOCAL_DOMAINS[0])
        } else {
            self.local().address
        };
        Refusal { class, sender, recipient, vrfy: false }
    }

    fn refused(&mut self) -> Visit {
        let class = match self.random.below(100) {
            0..30 => Class::UnknownRecipient,
            30..56 => Class::Blocklisted,
            56..68 => Class::HeloInvalid,
            68..78 => Class::ClientUnresolved,
            78..86 => Class::UnknownSender,
            86..92 => Class::SenderPolicy,
            92..94 => Class::RateLimited,
            94..96 => Class::Size,
            96..98 => Class::Protocol,
            _ => Class::System,
        };
        let client = self.anybody();
        let helo = match class {
            Class::HeloInvalid => {
                self.random.pick(&["WORKSTATION", "user", "my-desktop", "bad.nowhere.example"]).to_owned()
            }
            _ => names::domain(self.random.below(self.world.domains)),
        };
        let mut visit = Visit::stranger(client, helo);
        if class == Class::ClientUnresolved {
            "unknown".clone_into(&mut visit.client.name);
        }
        visit.tls = self.random.permille(200);
        let sender = self.remote().address;
        visit.refusals.push(self.refusal(class, sender));
        visit.ending = if self.random.permille(300) { Ending::Lost } else { Ending::Quit };
        visit
    }

    fn screened_out(&mut self) -> Visit {
        let client = self.anybody();
        let helo = format!("{}{}", names::word(self.random.below(5000)), self.random.below(100));
        let mut visit = Visit::stranger(client, helo);
        let (screening, class) = match self.random.below(10) {
            0..6 => (Screening::Listed(self.random.between(1, 2)), Class::Blocklisted),
            6..8 => (Screening::SpokeFirst, Class::Blocklisted),
            _ => (Screening::HungUp, Class::Blocklisted),
        };
        visit.screening = screening;
        if screening != Screening::HungUp {
            let sender = self.remote().address;
            visit.refusals.push(self.refusal(class, sender));
        }
        visit
    }

    /// Comes and goes: a monitor, a scanner of certificates, a client that gives up.
    fn knock(&mut self) -> Visit {
        let client = self.anybody();
        let mut visit = Visit::stranger(client, "probe.example".to_owned());
        visit.tls = self.random.permille(500);
        visit.ending = self.random.pick(&[Ending::Quit, Ending::Lost, Ending::TimedOut]);
        visit
    }

    /// A scanner that asks once and is denied. Each is another source, and they come no more often than every five
    /// minutes: no source, network or site has five within ten.
    fn lone_denial(&mut self, at: Micros) -> Visit {
        if at - self.last_denial < 5 * MINUTE {
            return self.refused();
        }
        self.last_denial = at;
        self.denials += 1;
        let client = scanner(self.denials, self.world.domains);
        let mut visit = Visit::stranger(client, "scanner.example".to_owned());
        let sender = self.remote().address;
        let recipients = 1 + (spread(u64::from(self.denials)) % 5 / 4) as u32;
        for _ in 0..recipients {
            visit.refusals.push(Refusal::relay_denied(&sender, self.remote().address));
        }
        visit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::clock::SECOND;
    use std::collections::HashMap;

    #[test]
    fn nobody_relays_without_authority_and_denials_are_rare() {
        let mut traffic = Traffic::new(1, World { sources: 50, domains: 50 });
        let mut denied: HashMap<std::net::IpAddr, usize> = HashMap::new();
        for second in 0..100_000 {
            let (visit, later) = traffic.visit(second * SECOND);
            for visit in std::iter::once(visit).chain(later.map(|(_, visit)| visit)) {
                let outward = visit.mails.iter().flat_map(|mail| &mail.recipients);
                for recipient in outward {
                    let foreign = matches!(recipient.party.route, Route::Remote(_));
                    assert!(!foreign || visit.authority != Authority::Stranger, "{visit:?}");
                }
                let denials =
                    visit.refusals.iter().filter(|refusal| refusal.class == Class::RelayDenied).count();
                if denials > 0 {
                    *denied.entry(visit.client.address).or_default() += denials;
                }
            }
        }
        assert!(denied.len() > 50, "some lone denials: {}", denied.len());
        assert!(denied.values().all(|&count| count < 5));
    }
}
