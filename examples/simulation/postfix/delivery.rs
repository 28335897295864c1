//! From the queue to its recipients: filter, delivery agents, retries, notifications, removal.

use crate::simulation::clock::{Micros, SECOND};
use crate::simulation::fact::{Entry, Fact, Status, Whose};
use crate::simulation::names;
use crate::simulation::queued::Queued;
use crate::simulation::timeline::Timeline;
use crate::simulation::visit::{Fate, LISTED, Mail, Party, Recipient, Route};

use super::handed::Handed;
use super::{Postfix, shown};

/// The first vain tries come faster: `minimal_backoff_time`, doubled up to `maximal_backoff_time` (postconf(5)).
fn backoff(attempt: u32) -> Micros {
    (300 << attempt.min(4)).min(4000) * SECOND
}

impl Postfix {
    /// The queue manager takes `queued` at `at`; everything after it.
    pub(super) fn queue(&mut self, queued: &Queued<'_>, at: Micros, timeline: &mut Timeline) {
        self.activate(queued, at, timeline);
        if queued.mail.filtered && queued.whose == Whose::Client {
            self.filter(queued, at, timeline);
        } else {
            self.deliver(queued, at + queued.mail.wait, timeline);
        }
    }

    fn activate(&mut self, queued: &Queued<'_>, at: Micros, timeline: &mut Timeline) {
        let Queued { id, mail, .. } = queued;
        timeline.say(
            at + 150,
            self.qmgr,
            Fact::None,
            format_args!(
                "{id}: from=<{}>, size={}, nrcpt={} (queue active)",
                mail.sender.address,
                mail.size,
                mail.recipients.len()
            ),
        );
    }

    fn remove(&mut self, id: &str, at: Micros, timeline: &mut Timeline) {
        timeline.say(at, self.qmgr, Fact::Removed, format_args!("{id}: removed"));
        self.ids.removed(id, at);
    }

    /// Out to amavis, back in under a new queue id, and on from there.
    fn filter(&mut self, queued: &Queued<'_>, at: Micros, timeline: &mut Timeline) {
        let mail = queued.mail;
        let scanned = at + self.random.millis(150, 1900);
        let (number, smtpd) = self.reinjected.take(scanned, &mut self.processes);
        timeline.say(scanned, smtpd, Fact::Connected, format_args!("connect from localhost[127.0.0.1]"));
        let again = self.ids.new_id(scanned + 2000);
        timeline.say(
            scanned + 2000,
            smtpd,
            Fact::Accepted(Entry::Again),
            format_args!("{again}: client=localhost[127.0.0.1]"),
        );
        let cleanup = self.cleanup.any(&mut self.random, &mut self.processes);
        timeline.say(
            scanned + 4000,
            cleanup,
            Fact::None,
            format_args!("{again}: message-id=<{}>", mail.message_id),
        );
        let recipients = mail.recipients.len();
        timeline.say(
            scanned + 6000,
            smtpd,
            Fact::None,
            format_args!(
                "disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt={recipients} data=1 quit=1 commands={}",
                recipients + 4
            ),
        );
        self.reinjected.done(number, scanned + 6000);
        let amavis = self.amavis.any(&mut self.random, &mut self.processes);
        let (first, last) = (self.random.below(100_000), self.random.between(1, 20));
        let to = mail.recipients.first().map_or("", |recipient| &recipient.party.address);
        let millis = (scanned - at) / 1000;
        timeline.say(
            scanned + 7000,
            amavis,
            Fact::None,
            format_args!(
                "({first:05}-{last:02}) Passed CLEAN {{RelayedInbound}}, <{}> -> <{to}>, Queue-ID: {}, \
                 Message-ID: <{}>, Hits: -1.{}, size: {}, queued_as: {again}, {millis} ms",
                mail.sender.address,
                queued.id,
                mail.message_id,
                self.random.below(10),
                mail.size
            ),
        );
        let smtp = self.filter.any(&mut self.random, &mut self.processes);
        let took = scanned + 8000 - at;
        for recipient in &mail.recipients {
            Handed {
                queued,
                recipient,
                relay: "127.0.0.1[127.0.0.1]:10024",
                at: scanned + 8000,
                took,
                agent: smtp,
                status: Status::Sent,
                first: true,
            }
            .say(
                timeline,
                format_args!("250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {again}"),
            );
        }
        self.remove(&queued.id, scanned + 8300, timeline);
        let back = Queued { id: again, whose: Whose::ClientAgain, entered: scanned + 2000, ..*queued };
        self.queue(&back, scanned + 4200, timeline);
    }

    /// Final delivery of every recipient, begun at `at`.
    fn deliver(&mut self, queued: &Queued<'_>, at: Micros, timeline: &mut Timeline) {
        let mut last = at;
        let mut bounced = false;
        for (number, recipient) in queued.mail.recipients.iter().enumerate() {
            let done = match &recipient.fate {
                Fate::DeliveredAfter(tries) => self.retry(queued, recipient, at, Some(*tries), timeline),
                Fate::Expired => {
                    bounced = true;
                    self.retry(queued, recipient, at, None, timeline)
                }
                Fate::Bounced { .. } => {
                    bounced = true;
                    self.bounce(queued, recipient, at, timeline)
                }
                Fate::Forwarded(onward) => self.forward(queued, recipient, onward, at, timeline),
                Fate::Delivered => self.sent(queued, recipient, at, number as u32, true, timeline),
            };
            last = last.max(done);
        }
        // A message from the null sender is not answered (RFC 5321, section 6.1).
        if bounced && !queued.mail.sender.address.is_empty() {
            self.notify(queued, last + 1500, timeline);
            last += 4000;
        }
        self.remove(&queued.id, last + 300, timeline);
    }

    fn sent(
        &mut self,
        queued: &Queued<'_>,
        recipient: &Recipient,
        at: Micros,
        number: u32,
        first: bool,
        timeline: &mut Timeline,
    ) -> Micros {
        let to = &recipient.party.address;
        let (agent, took, relay, told) = match recipient.party.route {
            Route::Local if to.ends_with(names::LOCAL_DOMAINS[0]) => {
                let agent = self.local.any(&mut self.random, &mut self.processes);
                let took = self.random.millis(5, 60);
                (agent, took, "local".to_owned(), "delivered to mailbox".to_owned())
            }
            Route::Local => {
                let agent = self.lmtp.any(&mut self.random, &mut self.processes);
                let took = self.random.millis(20, 200);
                let told = format!("250 2.0.0 <{to}> {:016x}Qw Saved", self.random.next());
                (agent, took, "shop.example[private/dovecot-lmtp]".to_owned(), told)
            }
            Route::Gateway(gateway) => {
                let agent = self.gateway.any(&mut self.random, &mut self.processes);
                let took = self.random.millis(40, 400);
                (agent, took, format!("{}:25", shown(&names::gateway(gateway))), self.accepted_there())
            }
            Route::Remote(domain) => {
                let agent = self.smtp.any(&mut self.random, &mut self.processes);
                let took = self.random.millis(80, 2500);
                let exchanger = shown(&names::exchanger(domain));
                if self.random.permille(350) {
                    let trust = self.random.pick(&["Trusted", "Untrusted"]);
                    timeline.say(
                        at + took / 2,
                        agent,
                        Fact::None,
                        format_args!(
                            "{trust} TLS connection established to {exchanger}:25: TLSv1.3 with cipher \
                             TLS_AES_256_GCM_SHA384 (256/256 bits)"
                        ),
                    );
                }
                let reused = if number > 0 { format!(", conn_use={}", number + 1) } else { String::new() };
                (agent, took, format!("{exchanger}:25{reused}"), self.accepted_there())
            }
        };
        let (relay, at, status) = (relay.as_str(), at + took, Status::Sent);
        Handed { queued, recipient, relay, at, took, agent, status, first }
            .say(timeline, format_args!("{told}"));
        at
    }

    /// What another server says when it takes a message.
    fn accepted_there(&mut self) -> String {
        format!("250 2.0.0 Ok: queued as {:011X}", self.random.next() & 0xFFF_FFFF_FFFF)
    }

    fn bounce(
        &mut self,
        queued: &Queued<'_>,
        recipient: &Recipient,
        at: Micros,
        timeline: &mut Timeline,
    ) -> Micros {
        let to = &recipient.party.address;
        let (agent, took, relay, told) = if let Route::Remote(domain) = recipient.party.route {
            let took = self.random.millis(90, 1500);
            let agent = self.smtp.any(&mut self.random, &mut self.processes);
            let exchanger = shown(&names::exchanger(domain));
            // Now and then another server refuses to relay: its answer, not a denial of ours.
            let reason = if self.random.permille(60) { "Relay access denied" } else { "User unknown here" };
            let said = match recipient.fate {
                Fate::Bounced { listed: true } => format!("550 5.7.1 {LISTED}"),
                _ => format!("550 5.1.1 <{to}>: {reason}"),
            };
            let told = format!("host {exchanger} said: {said} (in reply to RCPT TO command)");
            (agent, took, format!("{exchanger}:25"), told)
        } else {
            let took = self.random.millis(5, 50);
            let agent = self.local.any(&mut self.random, &mut self.processes);
            let user = to.split('@').next().unwrap_or("");
            (agent, took, "local".to_owned(), format!("unknown user: \"{user}\""))
        };
        let (relay, at, status) = (relay.as_str(), at + took, Status::Bounced);
        Handed { queued, recipient, relay, at, took, agent, status, first: true }
            .say(timeline, format_args!("{told}"));
        at
    }

    /// Vain tries, then delivery (after `tries` of them) or the end of the message's day in the queue.
    fn retry(
        &mut self,
        queued: &Queued<'_>,
        recipient: &Recipient,
        at: Micros,
        tries: Option<u32>,
        timeline: &mut Timeline,
    ) -> Micros {
        let Route::Remote(domain) = recipient.party.route else {
            return self.sent(queued, recipient, at, 0, true, timeline);
        };
        let exchanger = shown(&names::exchanger(domain));
        let relay = format!("{exchanger}:25");
        let unreachable = tries.is_none() || domain % 3 == 0;
        let (mut at, mut done) = (at, 0);
        while queued.fails_again(at, done, tries) {
            if done > 0 {
                self.activate(queued, at, timeline);
            }
            let agent = self.smtp.any(&mut self.random, &mut self.processes);
            let (took, relay, told) = if unreachable {
                let told = format!("connect to {relay}: Connection timed out");
                (30 * SECOND, "none", told) // smtp_connect_timeout, postconf(5)
            } else {
                let to = &recipient.party.address;
                let told = format!(
                    "host {exchanger} said: 451 4.7.1 <{to}>: Try again later (in reply to RCPT TO command)"
                );
                (self.random.millis(80, 900), relay.as_str(), told)
            };
            at += took;
            let (status, first) = (Status::Deferred, done == 0);
            Handed { queued, recipient, relay, at, took, agent, status, first }
                .say(timeline, format_args!("{told}"));
            at += backoff(done) + self.random.millis(1, 20_000);
            done += 1;
        }
        self.activate(queued, at, timeline);
        if tries.is_some() {
            return self.sent(queued, recipient, at, 0, false, timeline);
        }
        at += SECOND;
        timeline.say(
            at,
            self.qmgr,
            Fact::expired(),
            format_args!(
                "{}: from=<{}>, status=expired, returned to sender",
                queued.id, queued.mail.sender.address
            ),
        );
        at
    }

    /// A user's `.forward`: the message goes on as a copy under its own queue id.
    fn forward(
        &mut self,
        queued: &Queued<'_>,
        recipient: &Recipient,
        onward: &Party,
        at: Micros,
        timeline: &mut Timeline,
    ) -> Micros {
        let id = self.ids.new_id(at);
        let cleanup = self.cleanup.any(&mut self.random, &mut self.processes);
        let took = self.random.millis(10, 80);
        timeline.say(
            at,
            cleanup,
            Fact::Copied,
            format_args!("{id}: message-id=<{}>", queued.mail.message_id),
        );
        let local = self.local.any(&mut self.random, &mut self.processes);
        let told = format_args!("forwarded as {id}");
        Handed {
            queued,
            recipient,
            relay: "local",
            at: at + took,
            took,
            agent: local,
            status: Status::Sent,
            first: true,
        }
        .say(timeline, told);
        let copy = Mail {
            recipients: vec![Recipient {
                party: onward.clone(),
                alias: Some(recipient.party.address.clone()),
                fate: Fate::Delivered,
            }],
            wait: 0,
            ..queued.mail.clone()
        };
        let copy = Queued { id, mail: &copy, whose: Whose::ClientAgain, entered: at, ..*queued };
        self.queue(&copy, at + 500, timeline);
        at + took
    }

    /// The host tells the sender that its message was not delivered.
    fn notify(&mut self, queued: &Queued<'_>, at: Micros, timeline: &mut Timeline) {
        let id = self.ids.new_id(at);
        let cleanup = self.cleanup.any(&mut self.random, &mut self.processes);
        let message_id = format!("{}.{id}@mx1.corp.example", at / SECOND);
        timeline.say(at, cleanup, Fact::Notified, format_args!("{id}: message-id=<{message_id}>"));
        let bounce = self.bounce.any(&mut self.random, &mut self.processes);
        timeline.say(
            at + 400,
            bounce,
            Fact::None,
            format_args!("{}: sender non-delivery notification: {id}", queued.id),
        );
        let notification =
            Mail::notification(queued.mail.sender.clone(), message_id, queued.mail.size + 2100);
        let notification = Queued { id, mail: &notification, whose: Whose::Host, entered: at, ..*queued };
        self.queue(&notification, at + 500, timeline);
    }
}
