//! The message tracking log of Exchange 2000 and 2003: separated by tabs, events are numbers, and each event is told once
//! for every recipient (Microsoft, "Message Tracking Log field descriptions in Exchange 2000 Server and in Exchange Server
//! 2003", "Message tracking event IDs in Exchange Server 2003").
//!
//! It tells neither logins nor what was refused nor vain tries, and of a recipient that came in the place of another one
//! not whose place that was.

use crate::simulation::clock::{self, HOUR, MINUTE, Micros};
use crate::simulation::fact::{Attempt, Entry, Fact, Status};
use crate::simulation::layout::Heading;
use crate::simulation::names::{self, Client};
use crate::simulation::queued::fails_again;
use crate::simulation::random::Random;
use crate::simulation::server::Server;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Authority, Fate, Mail, Route, Visit};

use super::Guid;

/// What stands above the rows.
pub(crate) const HEADING: Heading = Heading::undated(
    "# Message Tracking Log File\n# Exchange System Attendant Version 6.5.7638.1\n\
     # Date\tTime\tclient-ip\tClient-hostname\tPartner-Name\tServer-hostname\tserver-IP\tRecipient-Address\tEvent-ID\t\
     MSGID\tPriority\tRecipient-Report-Status\ttotal-bytes\tNumber-Recipients\tOrigination-Time\tEncryption\t\
     service-Version\tLinked-MSGID\tMessage-Subject\tSender-Address\n",
);

const TRACKING: Process = Process { program: "tracking", pid: 0 };
/// Time between two tries.
const RETRY: Micros = 15 * MINUTE;

/// Events by their numbers.
const TO_QUEUE: u32 = 1019;
const TRANSFER_BEGINS: u32 = 1020;
const TO_STORE_DRIVER: u32 = 1023;
const TO_CATEGORIZER: u32 = 1024;
const FROM_STORE: u32 = 1027;
const STORED: u32 = 1028;
const RETURNED: u32 = 1030;
const TRANSFERRED: u32 = 1031;
const CATEGORIZED: u32 = 1033;
const QUEUED_FOR_ELSEWHERE: u32 = 1034;
const QUEUED_FOR_HERE: u32 = 1036;

/// One server.
pub(crate) struct Numbered {
    random: Random,
}

/// A message on its way.
struct Way<'a> {
    mail: &'a Mail,
    entered: Micros,
}

/// An event about one recipient.
struct Event<'a> {
    at: Micros,
    number: u32,
    recipient: &'a str,
    /// The other end of the connection, where there is one.
    peer: Option<&'a Client>,
}

impl Numbered {
    /// An instance that logs the same rows for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, 0x2003) }
    }

    /// The message comes in; everything after it.
    fn take(
        &mut self,
        mail: &Mail,
        client: Option<&Client>,
        (entry, authority): (Entry, Authority),
        at: Micros,
        timeline: &mut Timeline,
    ) {
        let way = Way { mail, entered: at };
        let first = if entry == Entry::Command && authority == Authority::LocalSubmission {
            FROM_STORE
        } else {
            TO_QUEUE
        };
        for (number, recipient) in mail.recipients.iter().enumerate() {
            let outward = matches!(recipient.party.route, Route::Remote(_));
            let fact = if number == 0 {
                let (outward, inward) = (u32::from(outward), u32::from(!outward));
                Fact::AcceptedFor { entry, authority, outward, inward, tells_end: true }
            } else {
                Fact::AlsoFor { authority, outward }
            };
            let event = Event { at, number: first, recipient: recipient.named(), peer: client };
            way.say(&event, fact, timeline);
        }
        let later = if first == FROM_STORE { &[TO_QUEUE, TO_CATEGORIZER][..] } else { &[TO_CATEGORIZER] };
        for (step, &number) in (1..).zip(later) {
            for recipient in &mail.recipients {
                let event =
                    Event { at: at + step * 1000, number, recipient: recipient.named(), peer: client };
                way.say(&event, Fact::None, timeline);
            }
        }
        self.deliver(&way, at + 200_000, timeline);
    }

    /// The categorizer has put others in the place of some recipients, and says nothing of it.
    fn deliver(&mut self, way: &Way<'_>, at: Micros, timeline: &mut Timeline) {
        let mut ends = Vec::new();
        for recipient in &way.mail.recipients {
            let to = match &recipient.fate {
                Fate::Forwarded(onward) => onward,
                _ => &recipient.party,
            };
            let mut step = |at, number, peer: Option<&Client>| {
                way.say(&Event { at, number, recipient: &to.address, peer }, Fact::None, timeline);
            };
            step(at, CATEGORIZED, None);
            let at = at + 10_000 + way.mail.wait;
            let (at, end, peer) = match (&recipient.fate, to.route) {
                (Fate::Bounced { .. }, Route::Local) => (at + 20_000, RETURNED, None),
                (_, Route::Local) => {
                    step(at, QUEUED_FOR_HERE, None);
                    step(at + 20_000, TO_STORE_DRIVER, None);
                    (at + 20_000 + self.random.millis(1, 900), STORED, None)
                }
                (fate, Route::Remote(_) | Route::Gateway(_)) => {
                    let server = match to.route {
                        Route::Gateway(gateway) => names::gateway(gateway),
                        Route::Remote(domain) => names::exchanger(domain),
                        Route::Local => continue,
                    };
                    step(at, QUEUED_FOR_ELSEWHERE, None);
                    let (mut tried, mut done) = (at, 0);
                    let tries = match fate {
                        Fate::DeliveredAfter(tries) => Some(*tries),
                        Fate::Expired => None,
                        _ => Some(0),
                    };
                    while fails_again(at, tried, done, tries) {
                        step(tried, TRANSFER_BEGINS, Some(&server));
                        tried += RETRY + self.random.millis(1, 20_000);
                        done += 1;
                    }
                    if matches!(fate, Fate::Expired) {
                        (tried, RETURNED, None)
                    } else {
                        step(tried, TRANSFER_BEGINS, Some(&server));
                        let end = if matches!(fate, Fate::Bounced { .. }) { RETURNED } else { TRANSFERRED };
                        (tried + self.random.millis(80, 2500), end, Some(server))
                    }
                }
            };
            ends.push((at, end, to.address.as_str(), peer));
        }
        self.end(way, ends, timeline);
    }

    /// What becomes of each recipient, and what the sender is told of those it did not reach.
    fn end(
        &mut self,
        way: &Way<'_>,
        mut ends: Vec<(Micros, u32, &str, Option<Client>)>,
        timeline: &mut Timeline,
    ) {
        ends.sort_by_key(|&(at, ..)| at);
        let count = ends.len();
        let mut returned = None;
        for (number, (at, end, recipient, peer)) in ends.into_iter().enumerate() {
            let status = if end == RETURNED { Status::Bounced } else { Status::Sent };
            if end == RETURNED {
                returned = Some(at);
            }
            let last = number + 1 == count;
            let fact = Fact::Delivery { status, attempt: Attempt::NotCounted, recipients: 1, last };
            way.say(&Event { at, number: end, recipient, peer: peer.as_ref() }, fact, timeline);
        }
        if let Some(at) = returned.filter(|_| !way.mail.sender.address.is_empty()) {
            let id = format!("{}@mx1.corp.example", Guid(self.random.next()));
            let notification = Mail::notification(way.mail.sender.clone(), id, way.mail.size + 4200);
            // Nothing tells that it is the server's own.
            self.take(&notification, None, (Entry::Command, Authority::Untold), at + 500_000, timeline);
        }
    }
}

impl Way<'_> {
    fn say(&self, event: &Event<'_>, fact: Fact, timeline: &mut Timeline) {
        let Event { at, number, recipient, peer } = event;
        let here = (names::HOST.to_uppercase(), super::address().to_string());
        let nobody = || ("-".to_owned(), "-".to_owned());
        let peer = peer.map(|peer| (peer.name.clone(), peer.address.to_string()));
        // Of what leaves, this server is the client.
        let (client, partner, server) = match (*number, peer) {
            (TRANSFER_BEGINS | TRANSFERRED | RETURNED, Some((name, address))) => {
                (here.clone(), name, (here.0, address))
            }
            (_, Some(peer)) => (peer, "-".to_owned(), here),
            (_, None) => (nobody(), "-".to_owned(), (here.0, "-".to_owned())),
        };
        let Mail { message_id, size, recipients, sender, .. } = self.mail;
        let sender = if sender.address.is_empty() { "<>" } else { &sender.address };
        timeline.say(
            *at,
            TRACKING,
            fact,
            format_args!(
                "{}\t{}\t{partner}\t{}\t{}\t{recipient}\t{number}\t{message_id}\t0\t0\t{size}\t{}\t{}\t0\t\
                 Version: 6.0.3790.1830\t-\tNews of the \"fair\"\t{sender}",
                client.1,
                client.0,
                server.0,
                server.1,
                recipients.len(),
                clock::numbered(self.entered).replace('\t', " "),
            ),
        );
    }
}

impl Server for Numbered {
    fn connected(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        // What a login has sent looks like a stranger's mail under our name.
        let authority = match visit.authority {
            Authority::Authenticated => Authority::Untold,
            authority => authority,
        };
        let mut at = at;
        for mail in visit.mails.iter().filter(|mail| !mail.refused_content) {
            at += self.random.millis(300, 3000);
            self.take(mail, Some(&visit.client), (Entry::Client, authority), at, timeline);
        }
    }

    fn submitted_here(&mut self, visit: &Visit, _uid: u32, at: Micros, timeline: &mut Timeline) {
        for mail in &visit.mails {
            self.take(mail, None, (Entry::Command, Authority::LocalSubmission), at, timeline);
        }
    }

    fn housekeeping(&mut self, at: Micros, _timeline: &mut Timeline) -> Micros {
        at + HOUR // it says nothing of itself
    }
}
