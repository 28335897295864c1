//! From the queue to the recipients: one process for the first try, others for each later one, notifications.

use crate::simulation::clock::{MINUTE, Micros, SECOND};
use crate::simulation::fact::{Attempt, Fact, Status, Whose};
use crate::simulation::names;
use crate::simulation::queued::{Queued, take_together};
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Fate, LISTED, Mail, Party, Recipient, Route};

use super::Sendmail;
use super::handed::{Handed, control};
use super::relay;

/// Time between two runs of the queue (`-q30m`).
const QUEUE_RUN: Micros = 30 * MINUTE;

/// A try at another server: the domain it serves, who tries, and when.
struct Hop {
    domain: u32,
    process: Process,
    at: Micros,
}

/// What is known when a message was tried for all its recipients.
#[derive(Default)]
struct Tried {
    lines: Vec<Handed>,
    /// Why a recipient failed for good.
    failure: Option<&'static str>,
    /// When the message was given up.
    expired: Option<Micros>,
}

impl Sendmail {
    /// The message is queued at `at`: everything after it.
    pub(super) fn queue(&mut self, queued: &Queued<'_>, at: Micros, timeline: &mut Timeline) {
        let at = at + queued.mail.wait;
        let process = self.processes.spawn("sm-mta");
        // An alias with an owner is a message of its own, so that its failures go to the owner.
        let (owned, own): (Vec<&Recipient>, Vec<&Recipient>) =
            queued.mail.recipients.iter().partition(|recipient| {
                recipient.alias.as_ref().is_some_and(|alias| alias.starts_with("sales@"))
            });
        if owned.is_empty() || own.is_empty() {
            self.deliver(queued, queued.mail.recipients.iter().collect(), process, at, timeline);
            return;
        }
        let id = self.ids.of_process(process.pid).new_id(at);
        timeline.say(
            at,
            process,
            Fact::Copied,
            format_args!("{}: {id}: clone: owner=owner-sales@{}", queued.id, names::LOCAL_DOMAINS[0]),
        );
        self.deliver(queued, own, process, at + 20, timeline);
        self.deliver(&Queued { id, ..*queued }, owned, process, at + 40, timeline);
    }

    fn deliver(
        &mut self,
        queued: &Queued<'_>,
        recipients: Vec<&Recipient>,
        process: Process,
        at: Micros,
        timeline: &mut Timeline,
    ) {
        let mut tried = Tried::default();
        let mut others = recipients;
        let together = take_together(&mut others);
        for recipient in others {
            self.one(queued, recipient, process, at, &mut tried, timeline);
        }
        let mut at = at;
        for (domain, group) in together {
            at = self.sent(queued, Hop { domain, process, at }, &group, &mut tried, timeline);
        }
        let end = tried.lines.iter().map(|line| line.at).max().unwrap_or(at);
        let size = queued.mail.size;
        tried.lines.sort_by_key(|line| line.at);
        for (number, line) in tried.lines.iter().enumerate() {
            let is_last = tried.expired.is_none() && number + 1 == tried.lines.len();
            line.say(&queued.id, size, queued.entered, is_last, timeline);
        }
        if let Some(at) = tried.expired {
            self.notify(queued, "DSN", "Cannot send message for 1 day", Fact::Returned, at, timeline);
        } else if let Some(why) = tried.failure {
            // What cannot be returned to the null sender goes to the postmaster (`DoubleBounceAddress`).
            let is_null = queued.mail.sender.address.is_empty();
            let kind = if is_null { "postmaster notify" } else { "DSN" };
            self.notify(queued, kind, why, Fact::Notified, end + 1500, timeline);
        }
    }

    /// Every recipient that is not simply sent on to another server.
    fn one(
        &mut self,
        queued: &Queued<'_>,
        recipient: &Recipient,
        process: Process,
        at: Micros,
        tried: &mut Tried,
        timeline: &mut Timeline,
    ) {
        let party = &recipient.party;
        match (&recipient.fate, party.route) {
            (fate @ Fate::Bounced { .. }, Route::Remote(domain)) => {
                let took = self.random.millis(90, 1500);
                let hop = relay::next_hop(&names::exchanger(domain));
                // Now and then another server refuses to relay: its answer, not a denial of ours.
                let (dsn, told) = if matches!(fate, Fate::Bounced { listed: true }) {
                    ("5.7.1", LISTED)
                } else if self.random.permille(60) {
                    ("5.7.1", "Service unavailable")
                } else {
                    ("5.1.1", "User unknown")
                };
                let line = line(queued, recipient, process, at + took, took, Status::Bounced);
                tried.lines.push(Handed { relay: hop, dsn, told: told.to_owned(), ..line });
                tried.failure = Some(told);
            }
            (Fate::Bounced { .. }, _) => {
                let took = self.random.millis(5, 50);
                let line = line(queued, recipient, process, at + took, took, Status::Bounced);
                let told = "User unknown";
                tried.lines.push(Handed { mailer: "local", dsn: "5.1.1", told: told.to_owned(), ..line });
                tried.failure = Some(told);
            }
            (Fate::DeliveredAfter(tries), Route::Remote(domain)) => {
                let at = self.retry(queued, recipient, Hop { domain, process, at }, Some(*tries), tried);
                let process = self.processes.spawn("sm-mta");
                let before = tried.lines.len() as u32;
                self.sent(queued, Hop { domain, process, at }, &[recipient], tried, timeline);
                if let Some(line) = tried.lines.last_mut() {
                    (line.tries, line.attempt) = (before, Attempt::NotCounted);
                }
            }
            (Fate::Expired, Route::Remote(domain)) => {
                let end = self.retry(queued, recipient, Hop { domain, process, at }, None, tried);
                tried.expired = Some(end);
            }
            (Fate::Forwarded(onward), _) => {
                let Route::Remote(domain) = onward.route else { return };
                let took = self.random.millis(80, 2500);
                let line = line(queued, recipient, process, at + took, took, Status::Sent);
                tried.lines.push(Handed {
                    to: onward.address.clone(),
                    control: control(party),
                    relay: relay::next_hop(&names::exchanger(domain)),
                    told: self.accepted_there(),
                    ..line
                });
            }
            (_, Route::Gateway(gateway)) => {
                let took = self.random.millis(40, 400);
                let line = line(queued, recipient, process, at + took, took, Status::Sent);
                let relay = relay::next_hop(&names::gateway(gateway));
                tried.lines.push(Handed { relay, told: self.accepted_there(), ..line });
            }
            (_, _) => {
                let took = self.random.millis(5, 60);
                let line = line(queued, recipient, process, at + took, took, Status::Sent);
                tried.lines.push(Handed { mailer: "local", told: "Sent".to_owned(), ..line });
            }
        }
    }

    /// What another server says when it takes a message.
    fn accepted_there(&mut self) -> String {
        format!("Sent (Ok: queued as {:011X})", self.random.next() & 0xFFF_FFFF_FFFF)
    }

    /// Sent on to the exchanger of a foreign domain.
    fn sent(
        &mut self,
        queued: &Queued<'_>,
        Hop { domain, process, at }: Hop,
        group: &[&Recipient],
        tried: &mut Tried,
        timeline: &mut Timeline,
    ) -> Micros {
        let took = self.random.millis(80, 2500);
        let hop = relay::next_hop(&names::exchanger(domain));
        if self.random.permille(350) {
            let verify = self.random.pick(&["OK", "FAIL"]);
            timeline.say(
                at + took / 2,
                process,
                Fact::None,
                format_args!(
                    "STARTTLS=client, relay={}, version=TLSv1.3, verify={verify}, \
                     cipher=TLS_AES_256_GCM_SHA384, bits=256/256",
                    hop.split(". ").next().unwrap_or("")
                ),
            );
        }
        // One line for all of them, the last comes first.
        if let Some(first) = group.last() {
            let addresses: Vec<String> =
                group.iter().rev().map(|recipient| format!("<{}>", recipient.party.address)).collect();
            tried.lines.push(Handed {
                to: addresses.join(","),
                recipients: group.len() as u32,
                relay: hop,
                told: self.accepted_there(),
                ..line(queued, first, process, at + took, took, Status::Sent)
            });
        }
        at + took
    }

    /// Vain tries, one in each run of the queue; the time after the last one.
    fn retry(
        &mut self,
        queued: &Queued<'_>,
        recipient: &Recipient,
        Hop { domain, mut process, mut at }: Hop,
        tries: Option<u32>,
        tried: &mut Tried,
    ) -> Micros {
        let exchanger = names::exchanger(domain);
        let hop = relay::next_hop(&exchanger);
        let is_unreachable = tries.is_none() || domain.is_multiple_of(3);
        let mut done = 0;
        while queued.fails_again(at, done, tries) {
            let (took, dsn, told) = if is_unreachable {
                let took = 60 * SECOND; // confTO_CONNECT
                (took, "4.0.0", format!("Deferred: Connection timed out with {}.", exchanger.name))
            } else {
                let to = &recipient.party.address;
                (self.random.millis(80, 900), "4.7.1", format!("Deferred: 451 4.7.1 <{to}>: Try again later"))
            };
            at += took;
            let mut line = line(queued, recipient, process, at, took, Status::Deferred);
            if done > 0 {
                line.attempt = Attempt::NotCounted;
            }
            tried.lines.push(Handed { relay: hop.clone(), dsn, told, tries: done, ..line });
            at += QUEUE_RUN + self.random.millis(1, 20_000);
            process = self.processes.spawn("sm-mta");
            done += 1;
        }
        at
    }

    /// The host tells the sender, or the postmaster, that a message was not delivered.
    fn notify(
        &mut self,
        queued: &Queued<'_>,
        kind: &str,
        why: &str,
        fact: Fact,
        at: Micros,
        timeline: &mut Timeline,
    ) {
        let process = self.processes.spawn("sm-mta");
        let id = self.ids.of_process(process.pid).new_id(at);
        timeline.say(at, process, fact, format_args!("{}: {id}: {kind}: {why}", queued.id));
        let mut party = queued.mail.sender.clone();
        if party.address.is_empty() {
            party = Party { address: format!("postmaster@{}", names::LOCAL_DOMAINS[0]), route: Route::Local };
        }
        let notification = Mail::notification(party, String::new(), queued.mail.size + 1024);
        let queued = Queued { id, mail: &notification, whose: Whose::Host, entered: at, ..*queued };
        self.deliver(&queued, vec![&notification.recipients[0]], process, at + 500, timeline);
    }
}

/// A line about `recipient`, as it is for most of them.
fn line(
    queued: &Queued<'_>,
    recipient: &Recipient,
    process: Process,
    at: Micros,
    took: Micros,
    status: Status,
) -> Handed {
    let party = &recipient.party;
    // Aliases name a user alone, and the alias is in control.
    let (to, control) = match &recipient.alias {
        Some(alias) => (
            party.address.split('@').next().unwrap_or("").to_owned(),
            control(&Party { address: alias.clone(), route: Route::Local }),
        ),
        None => (format!("<{}>", party.address), control(&queued.mail.sender)),
    };
    Handed {
        at,
        process,
        to,
        recipients: 1,
        control,
        took,
        mailer: "esmtp",
        relay: String::new(),
        dsn: "2.0.0",
        told: String::new(),
        status,
        attempt: queued.whose.attempt(queued.authority, party.route),
        tries: 0,
    }
}
