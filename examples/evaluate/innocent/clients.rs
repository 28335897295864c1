//! What clients do: users who travel and mistype, servers that write to those who are gone.

use super::{Calendar, MORNING, WEEK, login, ours, user};
use crate::simulation::clock::{DAY, HOUR, MINUTE, Micros};
use crate::simulation::names::{self, Client, LOCAL_DOMAINS};
use crate::simulation::visit::{Class, Fate, Mail, Recipient, Refusal, Visit};

/// Numbers of networks that nobody else in a world has.
const HOTELS: u32 = 0x0520_0000;
const OFFICE: u32 = 0x0530_0000;
const SERVERS: u32 = 0x0540_0000;
const PHONE: u32 = 0x0550_0000;
/// Nobody here has a name of three syllables.
const NOBODY: u32 = 6400;

impl Calendar {
    fn note(&mut self, sender: &str, recipient: &str) -> Mail {
        Mail {
            message_id: format!("{:016x}@{}", self.random.next(), "notes.example"),
            sender: ours(sender),
            size: 3000,
            recipients: vec![Recipient { party: ours(recipient), alias: None, fate: Fate::Delivered }],
            filtered: false,
            refused_content: false,
            wait: 1000,
        }
    }

    /// Three users travel for days: a train, an airport, a hotel, a customer's office.
    pub(super) fn travellers(&mut self) {
        for (traveller, hundredth) in (0..).zip([30, 45, 65]) {
            let account = user(48 + traveller);
            let begin = self.moment(hundredth, 6, 9);
            let places = self.random.between(3, 5);
            let mut visits = Vec::new();
            for place in 0..places {
                let client = Client {
                    name: "unknown".to_owned(),
                    ..names::source(HOTELS + 16 * traveller + place, 1000)
                };
                let arrived = begin + Micros::from(place) * self.minutes(100, 600);
                for _ in 0..self.random.between(1, 6) {
                    let failures = u32::from(self.random.permille(150));
                    let mut visit = login(client.clone(), &account, failures, true);
                    let mail = self.note(&account, &user(3));
                    visit.mails.push(mail);
                    visits.push((arrived + self.minutes(1, 90), visit));
                }
            }
            self.tell("a user travels", visits);
        }
    }

    /// A phone has yesterday's password, and tries it every few minutes until its owner comes home. On all other days it
    /// logs in.
    pub(super) fn stale_phone(&mut self) {
        for (number, hundredth) in [(30, 35), (31, 70)] {
            let mut at = self.moment(hundredth, 8, 14);
            let until = at + self.minutes(3 * 60, 16 * 60);
            let mut visits = Vec::new();
            for day in 0..Micros::from(self.weeks) * 7 {
                let used = self.start + day * DAY + self.minutes(7 * 60, 22 * 60);
                let mut visit = login(names::home(number, true), &user(number), 0, true);
                let mail = self.note(&user(number), &user(5));
                visit.mails.push(mail);
                if !(at - HOUR..until + HOUR).contains(&used) {
                    visits.push((used, visit));
                }
            }
            while at < until {
                let failures = self.random.between(1, 2);
                visits.push((at, login(names::home(number, true), &user(number), failures, false)));
                at += self.minutes(3, 8);
            }
            self.tell("a phone has yesterday's password", visits);
        }
    }

    /// A phone is new, and its password mistyped; it tries by itself until that is noticed.
    pub(super) fn new_phone(&mut self) {
        let begin = self.moment(60, 17, 21);
        let tries = self.random.between(2, 9);
        let phone = Client { name: "unknown".to_owned(), ..names::source(PHONE, 1000) };
        let account = user(32);
        let visits = (0..=tries)
            .map(|number| {
                let is_right = number == tries;
                let mut visit = login(phone.clone(), &account, u32::from(!is_right), is_right);
                if is_right {
                    let mail = self.note(&account, &user(5));
                    visit.mails.push(mail);
                }
                (begin + Micros::from(number) * 4 * MINUTE, visit)
            })
            .collect();
        self.tell("a new phone has a mistyped password", visits);
    }

    /// A Monday after a holiday, behind the one address of an office: many mistype, and get in.
    pub(super) fn monday(&mut self) {
        let begin = self.start + Micros::from(self.weeks / 2) * WEEK + MORNING;
        let office = Client { name: "office.access.example".to_owned(), ..names::source(OFFICE, 1000) };
        let visits = (0..self.random.between(6, 14))
            .map(|number| {
                let account = user(33 + number);
                let failures = self.random.between(0, 2);
                let mut visit = login(office.clone(), &account, failures, true);
                let mail = self.note(&account, &user(1));
                visit.mails.push(mail);
                (begin + self.minutes(0, 25), visit)
            })
            .collect();
        self.tell("an office on a Monday", visits);
    }

    fn server(number: u32) -> Client {
        Client {
            name: format!("mx.{}", names::domain(700 + number)),
            ..names::source(SERVERS + number, 1000)
        }
    }

    /// A server elsewhere brings back what two of our users have forwarded there.
    pub(super) fn forwarder(&mut self) {
        let mut visits = Vec::new();
        for day in 0..Micros::from(self.weeks) * 7 {
            for writer in 0..2 {
                let client = Self::server(0);
                let mut visit = Visit::stranger(client.clone(), client.name);
                let mail = self.note(&user(20 + writer), &user(25));
                visit.mails.push(mail);
                visits.push((self.start + day * DAY + 9 * HOUR + self.minutes(0, 480), visit));
            }
        }
        self.tell("mail that was forwarded comes back", visits);
    }

    /// A mailing list elsewhere still has three who are gone, and tries each again.
    pub(super) fn stale_list(&mut self) {
        let mut visits = Vec::new();
        for day in 0..Micros::from(self.weeks) * 7 {
            for gone in 0..3 {
                for again in 0..self.random.between(1, 3) {
                    let client = Self::server(1);
                    let mut visit = Visit::stranger(client.clone(), client.name);
                    visit.refusals.push(unknown("list-bounces@lists.example", NOBODY + gone));
                    let at = self.start + day * DAY + 7 * HOUR + Micros::from(again) * 20 * MINUTE;
                    visits.push((at + self.minutes(0, 5), visit));
                }
            }
        }
        self.tell("a list has those who are gone", visits);
    }

    /// Somebody else's spam had senders made up in our domain; what could not be delivered comes back to them.
    pub(super) fn backscatter(&mut self) {
        let begin = self.moment(80, 1, 5);
        let mut visits = Vec::new();
        for number in 0..self.random.between(20, 50) {
            for _ in 0..self.random.between(1, 3) {
                let client = Self::server(10 + number);
                let mut visit = Visit::stranger(client.clone(), client.name);
                visit.refusals.push(unknown("", NOBODY + 100 + self.random.below(40_000)));
                visits.push((begin + self.minutes(0, 240), visit));
            }
        }
        self.tell("bounces of somebody else's spam", visits);
    }
}

/// The recipient is not known here.
fn unknown(sender: &str, number: u32) -> Refusal {
    Refusal {
        class: Class::UnknownRecipient,
        sender: sender.to_owned(),
        recipient: format!("{}@{}", names::word(number), LOCAL_DOMAINS[0]),
        vrfy: false,
    }
}
