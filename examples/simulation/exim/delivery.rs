//! From the queue to the recipients: one process for the first try, others for each later one, notifications, the end.

use crate::simulation::clock::{MINUTE, Micros, SECOND};
use crate::simulation::fact::{Fact, Status, Whose};
use crate::simulation::names::{self, Client, LOCAL_DOMAINS};
use crate::simulation::queued::{Queued, take_together};
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Fate, LISTED, Mail, Party, Recipient, Route};

use super::{Exim, PROGRAM};

impl Queued<'_> {
    /// Says what became of `recipient`.
    fn say(
        &self,
        (at, process): (Micros, Process),
        recipient: &Recipient,
        (status, is_first): (Status, bool),
        text: std::fmt::Arguments<'_>,
        timeline: &mut Timeline,
    ) {
        let fact = Fact::delivery(status, self.attempt(recipient, is_first));
        timeline.say(at, process, fact, format_args!("{} {text}", self.id));
    }
}

/// Retry times: a quarter of an hour for two hours, then ever longer (Debian's `retry` rule).
fn backoff(attempt: u32) -> Micros {
    if attempt < 8 { 15 * MINUTE } else { i64::from(attempt - 7) * 60 * MINUTE }
}

/// `H=mx.domain [address]`.
fn hop(host: &Client) -> String {
    format!("H={} [{}]", host.name, host.address)
}

impl Exim {
    /// Delivery begins at `at`, after the message's wait.
    pub(super) fn deliver(&mut self, queued: &Queued<'_>, at: Micros, timeline: &mut Timeline) {
        let at = at + queued.mail.wait;
        let process = self.processes.spawn(PROGRAM);
        let (mut last, mut has_failed) = (at, false);
        let mut others: Vec<&Recipient> = queued.mail.recipients.iter().collect();
        let together = take_together(&mut others);
        for recipient in others {
            let route = recipient.party.route;
            last = match (&recipient.fate, route) {
                (Fate::DeliveredAfter(tries), Route::Remote(domain)) => {
                    self.retry(queued, recipient, domain, at, Some(*tries), timeline)
                }
                (Fate::Expired, Route::Remote(domain)) => {
                    has_failed = true;
                    self.retry(queued, recipient, domain, at, None, timeline)
                }
                (Fate::Bounced { .. }, route) => {
                    has_failed = true;
                    self.bounce(queued, recipient, route, process, at, timeline)
                }
                (fate, _) => {
                    let onward = if let Fate::Forwarded(onward) = fate { Some(onward) } else { None };
                    self.one(queued, recipient, onward, process, at, timeline)
                }
            }
            .max(last);
        }
        for (domain, group) in together {
            last = last.max(self.sent(queued, domain, &group, true, (at, process), timeline));
        }
        last += 300;
        if has_failed && queued.mail.sender.address.is_empty() {
            // It stays in the queue for somebody to look at.
            timeline.say(
                last,
                process,
                Fact::None,
                format_args!("{} Frozen (delivery error message)", queued.id),
            );
            return;
        }
        if has_failed {
            self.notify(queued, last, timeline);
            last += 4000;
        }
        timeline.say(last, process, Fact::Removed, format_args!("{} Completed", queued.id));
    }

    /// What another server says when it takes a message, with the field's quotes.
    fn accepted_there(&mut self) -> String {
        format!("C=\"250 2.0.0 Ok: queued as {:011X}\"", self.random.next() & 0xFFF_FFFF_FFFF)
    }

    /// A recipient here, at a gateway of ours, or one that leads to `onward`.
    fn one(
        &mut self,
        queued: &Queued<'_>,
        recipient: &Recipient,
        onward: Option<&Party>,
        process: Process,
        at: Micros,
        timeline: &mut Timeline,
    ) -> Micros {
        let to = &recipient.party.address;
        let named = recipient.named();
        let user = to.split('@').next().unwrap_or("");
        let done = at + self.random.millis(5, 400);
        let status = (Status::Sent, true);
        match (onward, recipient.party.route) {
            (Some(Party { address, route: Route::Remote(domain) }), _) => {
                let (hop, answer) = (hop(&names::exchanger(*domain)), self.accepted_there());
                queued.say(
                    (done, process),
                    recipient,
                    status,
                    format_args!("=> {address} <{named}> R=dnslookup T=remote_smtp {hop} {answer}"),
                    timeline,
                );
            }
            (_, Route::Gateway(gateway)) => {
                let (hop, answer) = (hop(&names::gateway(gateway)), self.accepted_there());
                queued.say(
                    (done, process),
                    recipient,
                    status,
                    format_args!("=> {to} R=hubbed_hosts T=remote_smtp {hop} {answer}"),
                    timeline,
                );
            }
            (_, _) if to.ends_with(LOCAL_DOMAINS[0]) => {
                queued.say(
                    (done, process),
                    recipient,
                    status,
                    format_args!("=> {user} <{named}> R=local_user T=maildir_home"),
                    timeline,
                );
            }
            (_, _) => {
                let session = self.random.next();
                queued.say(
                    (done, process),
                    recipient,
                    status,
                    format_args!(
                        "=> {user} <{named}> R=virtual_user T=dovecot_lmtp C=\"250 2.0.0 <{to}> {session:016x}Qw Saved\""
                    ),
                    timeline,
                );
            }
        }
        done
    }

    /// Sent on to the exchanger of a foreign domain.
    fn sent(
        &mut self,
        queued: &Queued<'_>,
        domain: u32,
        group: &[&Recipient],
        is_first: bool,
        (at, process): (Micros, Process),
        timeline: &mut Timeline,
    ) -> Micros {
        let done = at + self.random.millis(80, 2500);
        let (hop, answer) = (hop(&names::exchanger(domain)), self.accepted_there());
        let encryption = if self.random.permille(650) {
            let verified = self.random.pick(&["yes", "no"]);
            format!(" X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV={verified}")
        } else {
            String::new()
        };
        // `=>` the first, `->` the others.
        for (number, recipient) in group.iter().enumerate() {
            let (to, flag) = (&recipient.party.address, if number == 0 { "=>" } else { "->" });
            queued.say(
                (done, process),
                recipient,
                (Status::Sent, is_first),
                format_args!("{flag} {to} R=dnslookup T=remote_smtp {hop}{encryption} {answer}"),
                timeline,
            );
        }
        done
    }

    fn bounce(
        &mut self,
        queued: &Queued<'_>,
        recipient: &Recipient,
        route: Route,
        process: Process,
        at: Micros,
        timeline: &mut Timeline,
    ) -> Micros {
        let to = &recipient.party.address;
        let done = at + self.random.millis(5, 1500);
        let status = (Status::Bounced, true);
        if let Route::Remote(domain) = route {
            // Now and then another server refuses to relay: its answer, not a denial of ours.
            let reason = if self.random.permille(60) { "relay not permitted" } else { "User unknown here" };
            let said = match recipient.fate {
                Fate::Bounced { listed: true } => format!("550 5.7.1 {LISTED}"),
                _ => format!("550 5.1.1 <{to}>: {reason}"),
            };
            let hop = hop(&names::exchanger(domain));
            queued.say(
                (done, process),
                recipient,
                status,
                format_args!(
                    "** {to} R=dnslookup T=remote_smtp {hop}: SMTP error from remote mail server after RCPT TO:<{to}>: {said}"
                ),
                timeline,
            );
        } else {
            queued.say(
                (done, process),
                recipient,
                status,
                format_args!("** {to}: Unrouteable address"),
                timeline,
            );
        }
        done
    }

    /// Vain tries, then delivery (after `tries` of them) or the end of the message's day in the queue.
    fn retry(
        &mut self,
        queued: &Queued<'_>,
        recipient: &Recipient,
        domain: u32,
        at: Micros,
        tries: Option<u32>,
        timeline: &mut Timeline,
    ) -> Micros {
        let to = &recipient.party.address;
        let hop = hop(&names::exchanger(domain));
        let is_unreachable = tries.is_none() || domain.is_multiple_of(3);
        let (mut at, mut done) = (at, 0);
        while queued.fails_again(at, done, tries) {
            let process = self.processes.spawn(PROGRAM);
            let status = (Status::Deferred, done == 0);
            if is_unreachable {
                at += 60 * SECOND;
                timeline.say(
                    at,
                    process,
                    Fact::None,
                    format_args!("{} {hop} Connection timed out", queued.id),
                );
                queued.say(
                    (at + 200, process),
                    recipient,
                    status,
                    format_args!("== {to} R=dnslookup T=remote_smtp defer (110): Connection timed out"),
                    timeline,
                );
            } else {
                at += self.random.millis(80, 900);
                queued.say(
                    (at, process),
                    recipient,
                    status,
                    format_args!(
                        "== {to} R=dnslookup T=remote_smtp defer (-44) {hop}: SMTP error from remote mail server \
                         after RCPT TO:<{to}>: 451 4.7.1 <{to}>: Try again later"
                    ),
                    timeline,
                );
            }
            at += backoff(done) + self.random.millis(1, 20_000);
            done += 1;
        }
        let process = self.processes.spawn(PROGRAM);
        if tries.is_some() {
            return self.sent(queued, domain, &[recipient], false, (at, process), timeline);
        }
        timeline.say(
            at,
            process,
            Fact::expired(),
            format_args!("{} ** {to}: retry timeout exceeded", queued.id),
        );
        at
    }

    /// The host tells the sender that its message was not delivered.
    fn notify(&mut self, queued: &Queued<'_>, at: Micros, timeline: &mut Timeline) {
        let process = self.processes.spawn(PROGRAM);
        let id = self.ids.new_id(at, process.pid);
        let sender = queued.mail.sender.clone();
        let size = queued.mail.size + 2100;
        timeline.say(
            at + 1000,
            process,
            Fact::Notified,
            format_args!("{id} <= <> R={} U=Debian-exim P=local S={size} for {}", queued.id, sender.address),
        );
        let notification = Mail::notification(sender, String::new(), size);
        let queued = Queued { id, mail: &notification, whose: Whose::Host, entered: at, ..*queued };
        self.deliver(&queued, at + 2000, timeline);
    }
}
