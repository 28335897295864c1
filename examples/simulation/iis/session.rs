//! One session: a row for each command. Only HELO names the session's client again.

use crate::simulation::clock::{MINUTE, Micros};
use crate::simulation::fact::{Entry, Fact};
use crate::simulation::names;
use crate::simulation::timeline::Timeline;
use crate::simulation::visit::{Authority, Class, Ending, Mail, Refusal, Screening, Visit};

use super::Iis;
use super::row::Row;

/// A session as it goes on.
struct Session<'a> {
    visit: &'a Visit,
    at: Micros,
}

impl Iis {
    /// Says the rows of a session; when it is over.
    pub(super) fn session(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) -> Micros {
        let mut session = Session { visit, at };
        if visit.screening == Screening::HungUp {
            return at; // no command, no row
        }
        self.say(&mut session, "EHLO", &visit.helo, 250, Fact::None, timeline);
        for _ in 0..visit.failed_logins {
            self.say(&mut session, "AUTH", "LOGIN", 535, Fact::LoginFailed, timeline);
        }
        if visit.authority == Authority::Authenticated {
            self.say(&mut session, "AUTH", "LOGIN", 235, Fact::None, timeline);
        }
        if visit.mails.is_empty() {
            self.refusals(&mut session, timeline);
        }
        for mail in &visit.mails {
            self.accept(&mut session, mail, timeline);
        }
        match visit.ending {
            Ending::Quit => self.say(&mut session, "QUIT", &visit.helo, 240, Fact::None, timeline),
            Ending::Lost => {}
            Ending::TimedOut => session.at += 10 * MINUTE,
        }
        session.at
    }

    fn refusals(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) {
        let mut in_mail = false;
        for refusal in &session.visit.refusals {
            if refusal.vrfy {
                self.say(session, "VRFY", &refusal.recipient, 252, Fact::Probed, timeline);
                continue;
            }
            let is_of_recipient = !matches!(
                refusal.class,
                Class::UnknownSender
                    | Class::SenderPolicy
                    | Class::Size
                    | Class::System
                    | Class::HeloInvalid
                    | Class::Protocol
            );
            if is_of_recipient && !in_mail {
                in_mail = true;
                self.say(session, "MAIL", &format!("FROM:<{}>", refusal.sender), 250, Fact::None, timeline);
            }
            self.refuse(session, refusal, timeline);
        }
    }

    /// The command that is refused.
    fn refuse(&mut self, session: &mut Session<'_>, refusal: &Refusal, timeline: &mut Timeline) {
        let to = format!("TO:<{}>", refusal.recipient);
        let from = format!("FROM:<{}>", refusal.sender);
        let wordless = Fact::RefusedWordless(refusal.class, refusal.denied(&session.visit.client));
        let (verb, argument, code, fact) = match refusal.class {
            Class::UnknownSender | Class::SenderPolicy => ("MAIL", from, 554, wordless),
            Class::Size => ("MAIL", from + "+SIZE=104857600", 552, wordless),
            Class::System => ("MAIL", from, 452, wordless),
            Class::HeloInvalid => ("HELO", format!("{}..", session.visit.helo), 501, wordless),
            // That it is no command is plain without a word.
            Class::Protocol => ("XADR", to, 500, Fact::Refused(Class::Protocol, None)),
            Class::Greylisted | Class::RateLimited => ("RCPT", to, 451, wordless),
            _ => ("RCPT", to, 550, wordless),
        };
        self.say(session, verb, &argument, code, fact, timeline);
    }

    fn accept(&mut self, session: &mut Session<'_>, mail: &Mail, timeline: &mut Timeline) {
        let visit = session.visit;
        let sender = format!("FROM:<{}>+SIZE={}", mail.sender.address, mail.size);
        self.say(session, "MAIL", &sender, 250, Fact::None, timeline);
        for refusal in &visit.refusals {
            self.refuse(session, refusal, timeline);
        }
        for recipient in &mail.recipients {
            self.say(session, "RCPT", &format!("TO:<{}>", recipient.named()), 250, Fact::None, timeline);
        }
        let id = format!("<{}>", mail.message_id);
        if mail.refused_content {
            self.say(session, "DATA", &id, 554, Fact::RefusedWordless(Class::Content, None), timeline);
            return;
        }
        let fact = Fact::accepted_for(Entry::Client, mail, visit.authority, false);
        self.say(session, "DATA", &id, 250, fact, timeline);
        self.deliver(mail, session.at, timeline);
    }

    /// A row, some time after the one before it.
    fn say(
        &mut self,
        session: &mut Session<'_>,
        verb: &str,
        argument: &str,
        code: u32,
        fact: Fact,
        timeline: &mut Timeline,
    ) {
        let took = self.random.between(0, 300);
        session.at += i64::from(took) * 1000 + self.random.millis(10, 200);
        let Visit { client, helo, .. } = session.visit;
        // QUIT is the only one without a blank.
        let argument = if verb == "QUIT" { argument.to_owned() } else { format!("+{argument}") };
        let row = Row {
            address: client.address,
            name: helo,
            here: &format_args!("{} 0", names::listener(client.address)),
            verb,
            argument: &argument,
            code,
            cost: (48, verb.len() + 2 + argument.len(), took),
        };
        row.say(self.format, (session.at, fact), timeline);
    }
}
