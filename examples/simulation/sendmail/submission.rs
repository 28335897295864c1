//! Mail submitted on the host: `sendmail` queues it on its own, and hands it to the daemon by SMTP. If the daemon does not
//! answer, `sm-msp-queue` does so later.

use crate::simulation::clock::Micros;
use crate::simulation::fact::{Attempt, Entry, Fact, Status, Whose};
use crate::simulation::queued::Queued;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Mail, Visit};

use super::Sendmail;
use super::handed::Handed;

/// A message in the queue of the command.
struct Submitted<'a> {
    visit: &'a Visit,
    mail: &'a Mail,
    uid: u32,
    id: String,
    entered: Micros,
}

impl Sendmail {
    pub(super) fn command(&mut self, visit: &Visit, uid: u32, at: Micros, timeline: &mut Timeline) {
        for mail in &visit.mails {
            let command = self.processes.spawn("sendmail");
            let id = self.ids.of_process(command.pid).new_id(at);
            let submitted = Submitted { visit, mail, uid, id, entered: at };
            timeline.say(
                at,
                command,
                Fact::Accepted(Entry::Command),
                format_args!(
                    "{}: from={user}, size={}, class=0, nrcpts={}, msgid=<{}>, relay={user}@localhost",
                    submitted.id,
                    mail.size,
                    mail.recipients.len(),
                    mail.message_id,
                    user = submitted.user(),
                ),
            );
            let answered = at + self.random.millis(20, 300);
            if self.random.permille(40) {
                let told = "Deferred: Connection refused by [127.0.0.1]";
                submitted.say(answered, command, Status::Deferred, told, true, timeline);
                let again = answered + self.random.millis(60_000, 900_000);
                let queue_runner = self.processes.spawn("sm-msp-queue");
                self.hand_on(&submitted, queue_runner, again, false, timeline);
            } else {
                self.hand_on(&submitted, command, answered, true, timeline);
            }
        }
    }

    /// The daemon takes the message under an id of its own.
    fn hand_on(
        &mut self,
        submitted: &Submitted<'_>,
        process: Process,
        at: Micros,
        is_first: bool,
        timeline: &mut Timeline,
    ) {
        let mail = submitted.mail;
        let daemon = self.processes.spawn("sm-mta");
        let id = self.ids.of_process(daemon.pid).new_id(at);
        timeline.say(
            at,
            daemon,
            Fact::Accepted(Entry::Again),
            format_args!(
                "{id}: from=<{}>, size={}, class=0, nrcpts={}, msgid=<{}>, proto=ESMTP, daemon=MTA-v4, \
                 relay=localhost [127.0.0.1]",
                mail.sender.address,
                mail.size + 240,
                mail.recipients.len(),
                mail.message_id
            ),
        );
        let told = format!("Sent ({id} Message accepted for delivery)");
        submitted.say(at + 4000, process, Status::Sent, &told, is_first, timeline);
        let authority = submitted.visit.authority;
        let queued = Queued { id, mail, authority, whose: Whose::ClientAgain, entered: at };
        let queued_at = at + self.random.millis(5, 40);
        self.queue(&queued, queued_at, timeline);
    }
}

impl Submitted<'_> {
    /// Who ran the command.
    fn user(&self) -> &str {
        self.mail.sender.address.split('@').next().unwrap_or("")
    }

    /// The `to=` lines: recipients as they were typed, for aliases are the daemon's business.
    fn say(
        &self,
        at: Micros,
        process: Process,
        status: Status,
        told: &str,
        is_first: bool,
        timeline: &mut Timeline,
    ) {
        let (user, uid) = (self.user(), self.uid);
        let left = if status == Status::Sent { self.mail.recipients.len() } else { usize::MAX };
        for (number, recipient) in self.mail.recipients.iter().enumerate() {
            let party = &recipient.party;
            let attempt = Whose::Client.attempt(self.visit.authority, party.route);
            Handed {
                at,
                process,
                to: recipient.alias.as_ref().unwrap_or(&party.address).clone(),
                recipients: 1,
                control: format!("ctladdr={user} ({uid}/{uid}), "),
                took: 4000,
                mailer: "relay",
                relay: "[127.0.0.1] [127.0.0.1]".to_owned(),
                dsn: if status == Status::Sent { "2.0.0" } else { "4.0.0" },
                told: told.to_owned(),
                status,
                attempt: if is_first { attempt } else { Attempt::NotCounted },
                tries: u32::from(!is_first),
            }
            .say(&self.id, self.mail.size, self.entered, number + 1 == left, timeline);
        }
    }
}
