//! One SMTP session, and mail submitted on the host.

use crate::simulation::clock::{MINUTE, Micros, SECOND};
use crate::simulation::fact::{Entry, Fact};
use crate::simulation::queued::Queued;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Class, Ending, Mail, Recipient, Screening, Visit};

use super::host::Host;
use super::refusal;
use super::{Exim, PROGRAM};

/// A session as it goes on.
struct Session<'a> {
    visit: &'a Visit,
    host: Host<'a>,
    process: Process,
    begun: Micros,
    at: Micros,
}

impl Exim {
    pub(super) fn session(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        let process = self.processes.spawn(PROGRAM);
        let port = self.random.between(1025, 65_535);
        let mut session = Session { visit, host: Host::new(visit, port), process, begun: at, at };
        let count = self.random.between(1, 20);
        // The daemon says so, before it forks.
        timeline.say(
            at,
            self.daemon,
            Fact::Connected,
            format_args!(
                "SMTP connection from {} (TCP/IP connection count = {count})",
                session.host.unnamed()
            ),
        );
        session.at += self.random.millis(20, 400);
        if visit.client.name == "unknown" {
            session.say(
                timeline,
                Fact::None,
                format_args!("no host name found for IP address {}", visit.client.address),
            );
        }
        if self.turned_away(&mut session, timeline) {
            return;
        }
        for answered in visit.failed_logins(session.at, &mut self.random) {
            session.at = answered;
            session.say(
                timeline,
                Fact::LoginFailed,
                format_args!(
                    "{} authenticator failed for {}: 535 Incorrect authentication data (set_id={})",
                    session.host.authenticator(),
                    session.host.named(),
                    visit.account
                ),
            );
        }
        if visit.mails.is_empty() {
            self.refusals(&mut session, timeline);
        }
        for mail in &visit.mails {
            session.at += self.random.millis(20, 300);
            self.refusals(&mut session, timeline);
            self.accept(&mut session, mail, timeline);
        }
        self.ending(&mut session, timeline);
    }

    /// Refuses a client that is listed or speaks too early, or loses it before it speaks; whether that is its end.
    fn turned_away(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) -> bool {
        let visit = session.visit;
        if visit.screening == Screening::HungUp {
            session.at += self.random.millis(1000, 4000);
            session.lost(timeline);
            return true;
        }
        if visit.screening == Screening::SpokeFirst {
            session.say(timeline, Fact::None, format_args!("{}", refusal::too_early(visit, &session.host)));
            return true;
        }
        let Screening::Listed(_) = visit.screening else { return false };
        self.refusals(session, timeline);
        true
    }

    fn refusals(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) {
        let visit = session.visit;
        for refusal in &visit.refusals {
            session.at += self.random.millis(30, 500);
            if refusal.vrfy {
                session.say(
                    timeline,
                    Fact::Probed,
                    format_args!("{} rejected VRFY {}", session.host.field(), refusal.recipient),
                );
                continue;
            }
            if let Some(reason) = refusal::reason(refusal, &session.host) {
                session.say(timeline, Fact::None, format_args!("{reason}"));
            }
            session.say(
                timeline,
                Fact::Refused(refusal.class, refusal.denied(&visit.client)),
                format_args!("{}", refusal::line(visit, refusal, &session.host)),
            );
        }
    }

    fn accept(&mut self, session: &mut Session<'_>, mail: &Mail, timeline: &mut Timeline) {
        let visit = session.visit;
        session.at += self.random.millis(40, 900);
        let (begun, sender) = (session.at, &mail.sender.address);
        let id = self.ids.new_id(begun, session.process.pid);
        session.at += self.random.millis(20, 400);
        if mail.refused_content {
            // Refused before it has entered the queue.
            session.say(
                timeline,
                Fact::Refused(Class::Content, None),
                format_args!(
                    "{id} {} F=<{sender}> rejected after DATA: This message scored 12.{} spam points.",
                    session.host.field(),
                    self.random.below(10)
                ),
            );
            return;
        }
        if mail.filtered {
            session.say(
                timeline,
                Fact::None,
                format_args!(
                    "{id} {} F=<{sender}> Warning: scanned, -1.{} spam points",
                    session.host.field(),
                    self.random.below(10)
                ),
            );
            session.at += 2000;
        }
        let recipients: Vec<&str> = mail.recipients.iter().map(Recipient::named).collect();
        let shown = if sender.is_empty() { "<>" } else { sender };
        session.say(
            timeline,
            Fact::Accepted(Entry::Client),
            format_args!(
                "{id} <= {shown} H={} {} S={} id={} for {}",
                session.host.named(),
                session.host.protocol(),
                mail.size,
                mail.message_id,
                recipients.join(" ")
            ),
        );
        let queued = Queued::of_client(id, mail, visit.authority, begun);
        self.deliver(&queued, session.at + 1000, timeline);
        session.at += 500;
    }

    fn ending(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) {
        let visit = session.visit;
        session.at += self.random.millis(10, 300);
        let (named, encryption) = (session.host.named(), if visit.tls { "TLS " } else { "" });
        match visit.ending {
            Ending::Quit => {
                session.say(
                    timeline,
                    Fact::None,
                    format_args!("SMTP connection from {named} closed by QUIT"),
                );
                if visit.mails.is_empty() && visit.refusals.is_empty() {
                    let commands = if visit.tls { "EHLO,STARTTLS,EHLO,QUIT" } else { "EHLO,QUIT" };
                    session.say(
                        timeline,
                        Fact::None,
                        format_args!(
                            "no MAIL in SMTP connection from {named} D={} C={commands}",
                            session.lasted()
                        ),
                    );
                }
            }
            Ending::Lost => session.lost(timeline),
            Ending::TimedOut => {
                session.at += 5 * MINUTE; // smtp_receive_timeout
                session.say(
                    timeline,
                    Fact::None,
                    format_args!(
                        "SMTP command timeout on {encryption}connection from {named} D={}",
                        session.lasted()
                    ),
                );
            }
        }
    }

    /// Mail submitted on the host.
    pub(super) fn command(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        for mail in &visit.mails {
            let process = self.processes.spawn(PROGRAM);
            let id = self.ids.new_id(at, process.pid);
            let user = mail.sender.address.split('@').next().unwrap_or("");
            let recipients: Vec<&str> = mail.recipients.iter().map(Recipient::named).collect();
            timeline.say(
                at + 3000,
                process,
                Fact::Accepted(Entry::Command),
                format_args!(
                    "{id} <= {} U={user} P=local S={} id={} for {}",
                    mail.sender.address,
                    mail.size,
                    mail.message_id,
                    recipients.join(" ")
                ),
            );
            let queued = Queued::of_client(id, mail, visit.authority, at);
            self.deliver(&queued, at + 5000, timeline);
        }
    }
}

impl Session<'_> {
    fn say(&self, timeline: &mut Timeline, fact: Fact, text: std::fmt::Arguments<'_>) {
        timeline.say(self.at, self.process, fact, text);
    }

    /// The client is gone without a word.
    fn lost(&self, timeline: &mut Timeline) {
        let (named, lasted) = (self.host.named(), self.lasted());
        self.say(
            timeline,
            Fact::None,
            format_args!("unexpected disconnection while reading SMTP command from {named} D={lasted}"),
        );
    }

    fn lasted(&self) -> String {
        let seconds = (self.at - self.begun) / SECOND;
        if seconds < 60 {
            format!("{seconds}.{:03}s", (self.at - self.begun) % SECOND / 1000)
        } else {
            format!("{}m{}s", seconds / 60, seconds % 60)
        }
    }
}
