//! From the queue to the recipients: lists and aliases resolved, deliveries, vain tries, failures and what is told of them.

use crate::simulation::clock::{MINUTE, Micros};
use crate::simulation::fact::{Attempt, Fact, Status, Whose};
use crate::simulation::names;
use crate::simulation::queued::{Queued, take_together};
use crate::simulation::timeline::Timeline;
use crate::simulation::visit::{Fate, LISTED, Mail, Recipient, Route};

use super::super::protocol::{Answer, Sent};
use super::super::{FQDN, Guid, SERVER};
use super::row::{Host, Row};
use super::{Message, Tracking};

/// Time between two tries of a queue (`MessageRetryInterval`, and longer where nobody answers).
const RETRY: Micros = 15 * MINUTE;

/// The transport service's own words for a server that does not answer.
const UNREACHABLE: &str = "421 4.4.2 Connection dropped due to SocketError";

/// A row about the end, or the delay, of some recipients.
struct Told {
    at: Micros,
    status: Status,
    recipients: u32,
    row: Row<'static>,
}

impl Tracking {
    /// The categorizer takes the message at `at`; everything after it.
    pub(super) fn deliver(
        &mut self,
        message: &Message,
        queued: &Queued<'_>,
        at: Micros,
        timeline: &mut Timeline,
    ) {
        resolve(message, queued, at, timeline);
        let at = at + 50_000 + queued.mail.wait;
        let mut others: Vec<&Recipient> = queued.mail.recipients.iter().collect();
        let mut told = Vec::new();
        for (domain, group) in take_together(&mut others) {
            let addresses: Vec<&str> =
                group.iter().map(|recipient| recipient.party.address.as_str()).collect();
            told.push(self.sent(queued, names::exchanger(domain), &addresses, at, timeline));
        }
        let is_stored = |recipient: &&Recipient| {
            recipient.party.route == Route::Local && matches!(recipient.fate, Fate::Delivered)
        };
        let (stored, others): (Vec<&Recipient>, Vec<&Recipient>) = others.into_iter().partition(is_stored);
        if !stored.is_empty() {
            told.push(self.stored(message, queued, &stored, at, timeline));
        }
        for recipient in others {
            self.one(queued, recipient, (at, &mut told), timeline);
        }
        told.sort_by_key(|told| told.at);
        let attempt = |recipient: &Recipient| queued.whose.attempt(queued.authority, recipient.party.route);
        // Of a client's message the row that took it has told all; a notification has one recipient.
        let attempt = match queued.whose {
            Whose::Host => queued.mail.recipients.first().map_or(Attempt::NotCounted, attempt),
            Whose::Client | Whose::ClientAgain => Attempt::NotCounted,
        };
        let failed: Vec<&Told> = told.iter().filter(|told| told.status == Status::Bounced).collect();
        if let Some(last) = failed.last().filter(|_| !queued.mail.sender.address.is_empty()) {
            self.notify(message, queued, &last.row.recipients, last.at + 500_000, timeline);
        }
        let count = told.len();
        for (number, Told { at, status, recipients, row }) in told.into_iter().enumerate() {
            let last = number + 1 == count;
            let attempt = if number == 0 { attempt } else { Attempt::NotCounted };
            let fact = Fact::Delivery { status, attempt, recipients, last };
            row.say(message, queued, (at, fact), timeline);
        }
    }

    /// Handed on to another server in one session.
    fn sent(
        &mut self,
        queued: &Queued<'_>,
        server: names::Client,
        recipients: &[&str],
        at: Micros,
        timeline: &mut Timeline,
    ) -> Told {
        let about = (queued.id.as_str(), queued.mail);
        let Sent { session, at, reply } =
            self.send.session(&server, about, recipients, Answer::Taken, at, timeline);
        Told {
            at,
            status: Status::Sent,
            recipients: recipients.len() as u32,
            row: Row {
                client: Host::here(SERVER),
                server: server.into(),
                context: format!("{session:016X};{reply};ClientSubmitTime:"),
                connector: "Internet Send Connector",
                source: "SMTP",
                event: "SENDEXTERNAL",
                recipients: recipients.join(";"),
                status: vec!["250 2.1.5 Recipient OK"; recipients.len()].join(";"),
                custom: "S:ToEntity=Internet;S:FromEntity=Internet;S:IncludeInSla=True".to_owned(),
                ..Row::default()
            },
        }
    }

    /// Handed to the mailbox transport of this server, and stored in mailboxes.
    fn stored(
        &mut self,
        message: &Message,
        queued: &Queued<'_>,
        recipients: &[&Recipient],
        at: Micros,
        timeline: &mut Timeline,
    ) -> Told {
        let at = at + self.random.millis(20, 400);
        let addresses: Vec<&str> =
            recipients.iter().map(|recipient| recipient.party.address.as_str()).collect();
        let addresses = addresses.join(";");
        let handed = Row {
            client: Host::here(SERVER),
            server: Host::here(FQDN),
            context: format!(";250 2.0.0 OK {} [Hostname={FQDN}];ClientSubmitTime:", message.id),
            connector: "Intra-Organization SMTP Send Connector",
            source: "SMTP",
            event: "SEND",
            recipients: addresses.clone(),
            status: vec!["250 2.1.5 Recipient OK"; recipients.len()].join(";"),
            ..Row::default()
        };
        handed.say(message, queued, (at, Fact::None), timeline);
        Told {
            at: at + 20_000,
            status: Status::Sent,
            recipients: recipients.len() as u32,
            row: Row {
                client: Host::named(FQDN),
                server: Host::named(SERVER),
                source: "STOREDRIVER",
                event: "DELIVER",
                recipients: addresses,
                ..Row::default()
            },
        }
    }

    /// A recipient that is neither stored here nor simply sent on to its domain.
    fn one(
        &mut self,
        queued: &Queued<'_>,
        recipient: &Recipient,
        (at, told): (Micros, &mut Vec<Told>),
        timeline: &mut Timeline,
    ) {
        let to = recipient.party.address.as_str();
        match (&recipient.fate, recipient.party.route) {
            (Fate::Forwarded(onward), _) => {
                let Route::Remote(domain) = onward.route else { return };
                told.push(self.sent(queued, names::exchanger(domain), &[&onward.address], at, timeline));
            }
            (fate @ Fate::Bounced { .. }, Route::Remote(domain)) => {
                // Now and then another server refuses to relay: its answer, not a denial of ours.
                let why = if matches!(fate, Fate::Bounced { listed: true }) {
                    format!("550 5.7.1 {LISTED}")
                } else if self.random.permille(60) {
                    "550 5.7.1 Unable to relay".to_owned()
                } else {
                    "550 5.1.1 User unknown".to_owned()
                };
                told.push(self.refused(queued, (domain, to), ("FAIL", &why), at, timeline));
            }
            (Fate::DeliveredAfter(tries), Route::Remote(domain)) => {
                let at = self.retry(queued, (domain, to), Some(*tries), (at, told), timeline);
                told.push(self.sent(queued, names::exchanger(domain), &[to], at, timeline));
            }
            (Fate::Expired, Route::Remote(domain)) => {
                let at = self.retry(queued, (domain, to), None, (at, told), timeline);
                // What was tried for too long has failed as anything else.
                let why = "550 4.4.7 QUEUE.Expired; message expired";
                told.push(failed("QUEUE", "FAIL", to, why, at));
            }
            (_, Route::Gateway(gateway)) => {
                told.push(self.sent(queued, names::gateway(gateway), &[to], at, timeline));
            }
            (_, Route::Remote(domain)) => {
                told.push(self.sent(queued, names::exchanger(domain), &[to], at, timeline));
            }
            (_, Route::Local) => {
                let why =
                    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup";
                told.push(failed("ROUTING", "FAIL", to, why, at + self.random.millis(20, 1500)));
            }
        }
    }

    /// Vain tries; the time after the last one.
    fn retry(
        &mut self,
        queued: &Queued<'_>,
        (domain, to): (u32, &str),
        tries: Option<u32>,
        (mut at, told): (Micros, &mut Vec<Told>),
        timeline: &mut Timeline,
    ) -> Micros {
        let why = if tries.is_none() || domain.is_multiple_of(3) {
            UNREACHABLE
        } else {
            "451 4.7.1 Try again later"
        };
        let mut done = 0;
        while queued.fails_again(at, done, tries) {
            let deferred = self.refused(queued, (domain, to), ("DEFER", why), at, timeline);
            told.push(Told { status: Status::Deferred, ..deferred });
            at += RETRY + self.random.millis(1, 20_000);
            done += 1;
        }
        at
    }

    /// Refused by the exchanger of its domain, or not even answered.
    fn refused(
        &mut self,
        queued: &Queued<'_>,
        (domain, to): (u32, &str),
        (event, why): (&'static str, &str),
        at: Micros,
        timeline: &mut Timeline,
    ) -> Told {
        let answer = if why == UNREACHABLE { Answer::Unreachable } else { Answer::Refused(why) };
        let (exchanger, about) = (names::exchanger(domain), (queued.id.as_str(), queued.mail));
        let Sent { at, .. } = self.send.session(&exchanger, about, &[to], answer, at, timeline);
        failed("SMTP", event, to, &answered(&exchanger, why), at)
    }

    /// The server tells the sender that its message was not delivered.
    fn notify(
        &mut self,
        message: &Message,
        queued: &Queued<'_>,
        related: &str,
        at: Micros,
        timeline: &mut Timeline,
    ) {
        let message_id = format!("{}@{FQDN}", Guid(self.random.next()));
        let notification =
            Mail::notification(queued.mail.sender.clone(), message_id.clone(), queued.mail.size + 4200);
        let about = Message {
            id: format!("<{message_id}>"),
            network_id: Guid(self.random.next()),
            subject: "Undeliverable",
            sender: "<>".to_owned(),
            directionality: "Originating",
        };
        let id = self.notifications.next(&mut self.random).to_string();
        let mail = &notification;
        let notification = Queued { id, mail, whose: Whose::Host, entered: at, ..*queued };
        let row = Row {
            server: Host::named(SERVER),
            source: "DSN",
            event: "DSN",
            recipients: mail.recipients.iter().map(Recipient::named).collect(),
            related: related.to_owned(),
            reference: message.id.clone(),
            ..Row::default()
        };
        row.say(&about, &notification, (at, Fact::Notified), timeline);
        self.deliver(&about, &notification, at + 100_000, timeline);
    }
}

/// What the directory makes of the recipients: those behind an address of several, of a list, of a forwarding.
fn resolve(message: &Message, queued: &Queued<'_>, at: Micros, timeline: &mut Timeline) {
    for recipient in &queued.mail.recipients {
        let mut say = |event, recipients: &str, related: &str| {
            let (recipients, related) = (recipients.to_owned(), related.to_owned());
            let server = Host::named(SERVER);
            let row = Row { server, source: "ROUTING", event, recipients, related, ..Row::default() };
            row.say(message, queued, (at, Fact::None), timeline);
        };
        let to = &recipient.party.address;
        if let Some(alias) = &recipient.alias {
            let is_list = alias.starts_with("sales@") || alias.starts_with("office@");
            say(if is_list { "EXPAND" } else { "RESOLVE" }, to, alias);
        }
        if let Fate::Forwarded(onward) = &recipient.fate {
            say("REDIRECT", &onward.address, to);
        }
    }
}

/// It has not reached `to`.
fn failed(source: &'static str, event: &'static str, to: &str, why: &str, at: Micros) -> Told {
    let (recipients, status) = (to.to_owned(), why.to_owned());
    Told {
        at,
        status: Status::Bounced,
        recipients: 1,
        row: Row { server: Host::named(SERVER), source, event, recipients, status, ..Row::default() },
    }
}

/// What the last try at an exchanger ended with, as `recipient-status` has it.
fn answered(exchanger: &names::Client, why: &str) -> String {
    format!("[{{LED={why}}};{{MSG=}};{{FQDN={}}};{{IP={}}};{{LRT=}}]", exchanger.name, exchanger.address)
}
