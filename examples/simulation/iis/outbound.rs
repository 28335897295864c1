//! Deliveries to other servers: what the service says to them, and what they answer. Other servers refuse, too; that is
//! no refusal of ours. What is stored here leaves no row.

use crate::simulation::clock::{MINUTE, Micros};
use crate::simulation::fact::Fact;
use crate::simulation::names::{self, Client};
use crate::simulation::queued::{fails_again, take_together};
use crate::simulation::timeline::Timeline;
use crate::simulation::visit::{Fate, LISTED, Mail, Recipient, Route};

use super::Iis;
use super::row::{Format, Row};

/// Time between two tries.
const RETRY: Micros = 15 * MINUTE;

/// A session with another server.
struct Outbound {
    format: Format,
    server: Client,
    at: Micros,
}

impl Iis {
    /// Everything that follows from a message taken at `at`.
    pub(super) fn deliver(&mut self, mail: &Mail, at: Micros, timeline: &mut Timeline) {
        let at = at + mail.wait;
        let mut others: Vec<&Recipient> = mail.recipients.iter().collect();
        for (domain, group) in take_together(&mut others) {
            let to: Vec<&str> = group.iter().map(|recipient| recipient.party.address.as_str()).collect();
            self.hand_on(mail, names::exchanger(domain), &to, "250+2.1.5+Ok", at, timeline);
        }
        for recipient in others {
            let to = [recipient.party.address.as_str()];
            match (&recipient.fate, recipient.party.route) {
                (Fate::Forwarded(onward), _) => {
                    let Route::Remote(domain) = onward.route else { continue };
                    let to = [onward.address.as_str()];
                    self.hand_on(mail, names::exchanger(domain), &to, "250+2.1.5+Ok", at, timeline);
                }
                (fate @ Fate::Bounced { .. }, Route::Remote(domain)) => {
                    let refused = self.random.pick(&["550+5.1.1+User+unknown", "550+5.7.1+Unable+to+relay"]);
                    let refused = match fate {
                        Fate::Bounced { listed: true } => format!("550+5.7.1+{}", LISTED.replace(' ', "+")),
                        _ => refused.to_owned(),
                    };
                    self.hand_on(mail, names::exchanger(domain), &to, &refused, at, timeline);
                }
                (Fate::DeliveredAfter(tries), Route::Remote(domain)) => {
                    let at = self.retry(mail, domain, &to, at, Some(*tries), timeline);
                    self.hand_on(mail, names::exchanger(domain), &to, "250+2.1.5+Ok", at, timeline);
                }
                (Fate::Expired, Route::Remote(domain)) => {
                    self.retry(mail, domain, &to, at, None, timeline);
                }
                (_, Route::Gateway(gateway)) => {
                    self.hand_on(mail, names::gateway(gateway), &to, "250+2.1.5+Ok", at, timeline);
                }
                (_, _) => {}
            }
        }
    }

    /// Vain tries; the time after the last one.
    fn retry(
        &mut self,
        mail: &Mail,
        domain: u32,
        to: &[&str],
        first: Micros,
        tries: Option<u32>,
        timeline: &mut Timeline,
    ) -> Micros {
        let (mut at, mut done) = (first, 0);
        while fails_again(first, at, done, tries) {
            self.hand_on(mail, names::exchanger(domain), to, "451+4.7.1+Try+again+later", at, timeline);
            at += RETRY + self.random.millis(1, 20_000);
            done += 1;
        }
        at
    }

    /// One session with `server`, which answers `answer` to each recipient.
    fn hand_on(
        &mut self,
        mail: &Mail,
        server: Client,
        recipients: &[&str],
        answer: &str,
        at: Micros,
        timeline: &mut Timeline,
    ) {
        let mut session = Outbound { format: self.format, server, at };
        let hello = format!("220+{}+ESMTP", session.server.name);
        session.hear(&hello, self.random.millis(20, 300), timeline);
        session.tell("EHLO", "mx1.corp.example", timeline);
        session.hear("250-PIPELINING", self.random.millis(20, 300), timeline);
        let sender = format!("FROM:<{}>+SIZE={}", mail.sender.address, mail.size);
        session.tell("MAIL", &sender, timeline);
        session.hear("250+2.1.0+Ok", self.random.millis(20, 300), timeline);
        for recipient in recipients {
            session.tell("RCPT", &format!("TO:<{recipient}>"), timeline);
            session.hear(answer, self.random.millis(20, 300), timeline);
        }
        if answer.starts_with("250") {
            session.tell("DATA", "-", timeline);
            session.hear("354+End+data+with+<CR><LF>.<CR><LF>", self.random.millis(20, 300), timeline);
            let remote = self.random.next() & 0xFFF_FFFF_FFFF;
            let taken = format!("250+2.0.0+Ok:+queued+as+{remote:011X}");
            session.hear(&taken, self.random.millis(20, 900), timeline);
        }
        session.tell("QUIT", "-", timeline);
        session.hear("221+2.0.0+Bye", self.random.millis(20, 300), timeline);
    }
}

impl Outbound {
    fn tell(&mut self, verb: &str, argument: &str, timeline: &mut Timeline) {
        self.say("OutboundConnectionCommand", (verb, argument), verb.len(), timeline);
    }

    fn hear(&mut self, reply: &str, took: Micros, timeline: &mut Timeline) {
        self.at += took;
        self.say("OutboundConnectionResponse", ("-", reply), reply.len(), timeline);
    }

    fn say(&self, who: &str, (verb, argument): (&str, &str), bytes: usize, timeline: &mut Timeline) {
        let row = Row {
            address: self.server.address,
            name: who,
            here: &"- 25",
            verb,
            argument,
            code: 0,
            cost: (bytes, 0, 0),
        };
        row.say(self.format, (self.at, Fact::None), timeline);
    }
}
