//! One session, served by a process of its own. Sendmail logs no connection; a client that does nothing is told of.

use crate::simulation::clock::{MINUTE, Micros, SECOND};
use crate::simulation::fact::{Entry, Fact};
use crate::simulation::queued::Queued;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Authority, Class, Door, Ending, Mail, Screening, Visit};

use super::Sendmail;
use super::queue_ids::ProcessIds;
use super::refusal::{self, Logged};
use super::relay;

/// Refused recipients in one session after which it slows down (`BadRcptThrottle`).
const THROTTLE: u32 = 3;

/// A session as it goes on.
struct Session<'a> {
    visit: &'a Visit,
    process: Process,
    ids: ProcessIds,
    /// Of the envelope that is open: the first is as soon as the client is there.
    id: String,
    peer: String,
    daemon: &'static str,
    at: Micros,
    refused_recipients: u32,
}

impl Sendmail {
    pub(super) fn session(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        let process = self.processes.spawn("sm-mta");
        let mut ids = self.ids.of_process(process.pid);
        let mut session = Session {
            visit,
            process,
            id: ids.new_id(at),
            ids,
            peer: relay::client(&visit.client),
            daemon: relay::daemon(&visit.client, visit.door == Door::Submission),
            at: at + self.random.millis(20, 400),
            refused_recipients: 0,
        };
        if matches!(visit.screening, Screening::SpokeFirst | Screening::HungUp) {
            self.turned_away(&mut session, timeline);
            return;
        }
        self.opening(&mut session, timeline);
        for mail in &visit.mails {
            session.at += self.random.millis(20, 300);
            self.accept(&mut session, mail, timeline);
        }
        let mut did_something = !visit.mails.is_empty();
        if visit.mails.is_empty() {
            did_something = self.refusals(&mut session, timeline);
            if did_something {
                let sender = visit.refusals.first().map_or("", |refusal| &refusal.sender);
                // Of what was not logged the size is known: it was too large.
                let is_size = visit.refusals.iter().any(|refusal| refusal.class == Class::Size);
                let size = if is_size { 104_857_600 } else { 0 };
                session.at += self.random.millis(5, 60);
                session.say(
                    timeline,
                    Fact::None,
                    format_args!(
                        "from=<{sender}>, size={size}, class=0, nrcpts=0, proto={}, daemon={}, relay={}",
                        protocol(visit),
                        session.daemon,
                        session.peer
                    ),
                );
            }
        }
        self.ending(&mut session, did_something, timeline);
    }

    /// A client that speaks before its turn, or goes away while it waits for it (`FEATURE(greet_pause)`).
    fn turned_away(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) {
        let Session { peer, daemon, .. } = &*session;
        let (peer, daemon) = (peer.clone(), *daemon);
        if session.visit.screening == Screening::SpokeFirst {
            session.say(
                timeline,
                Fact::None,
                format_args!("rejecting commands from {peer} due to pre-greeting traffic after 0 seconds"),
            );
            session.at += self.random.millis(300, 3000);
        } else {
            session.at += self.random.millis(1000, 4000);
            session.say(
                timeline,
                Fact::None,
                format_args!("lost input channel from {peer} to {daemon} after startup"),
            );
        }
        session.did_nothing(timeline);
    }

    /// STARTTLS and AUTH, which come before the first envelope.
    fn opening(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) {
        let Session { visit, process, .. } = *session;
        let peer = session.peer.clone();
        // Whom a blocklist or a rate limit refuses gets no further.
        let is_refused_at_once = visit
            .refusals
            .iter()
            .any(|refusal| matches!(refusal.class, Class::Blocklisted | Class::RateLimited));
        if visit.tls && !is_refused_at_once {
            session.at += self.random.millis(20, 200);
            let cipher = self.random.pick(&[
                "version=TLSv1.3, verify=NO, cipher=TLS_AES_256_GCM_SHA384, bits=256/256",
                "version=TLSv1.2, verify=NO, cipher=ECDHE-RSA-AES256-GCM-SHA384, bits=256/256",
            ]);
            timeline.say(
                session.at,
                process,
                Fact::None,
                format_args!("STARTTLS=server, relay={peer}, {cipher}"),
            );
        }
        let method = visit.login_method();
        let why = if method == "LOGIN" { "checkpass failed" } else { "Password verification failed" };
        for answered in visit.failed_logins(session.at, &mut self.random) {
            session.at = answered;
            session.say(
                timeline,
                Fact::LoginFailed,
                format_args!(
                    "AUTH failure ({method}): authentication failure (-13) SASL(-13): authentication failure: \
                     {why}, user={}, relay={peer}",
                    visit.account
                ),
            );
        }
        if visit.authority == Authority::Authenticated {
            session.at += self.random.millis(20, 400);
            let bits = if visit.tls { 256 } else { 0 };
            timeline.say(
                session.at,
                process,
                Fact::None,
                format_args!(
                    "AUTH=server, relay={peer}, authid={}, mech={method}, bits={bits}",
                    visit.account
                ),
            );
        }
    }

    /// What is refused; whether the client had its MAIL accepted, or tried something else that counts.
    fn refusals(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) -> bool {
        let visit = session.visit;
        let mut began = false;
        for refusal in &visit.refusals {
            session.at += self.random.millis(30, 500);
            if refusal.vrfy {
                // `PrivacyOptions=novrfy`, as most set it.
                session.say(
                    timeline,
                    Fact::Probed,
                    format_args!("{}: VRFY {} [rejected]", session.peer, refusal.recipient),
                );
                continue;
            }
            let Some(Logged { text, has_id, after_mail }) = refusal::logged(visit, refusal) else {
                began = true;
                continue;
            };
            began |= after_mail;
            let fact = Fact::Refused(refusal.class, refusal.denied(&visit.client));
            if has_id {
                session.say(timeline, fact, format_args!("{text}"));
            } else {
                timeline.say(session.at, session.process, fact, format_args!("{text}"));
            }
            if after_mail {
                session.slow_down(timeline);
            }
        }
        began
    }

    fn accept(&mut self, session: &mut Session<'_>, mail: &Mail, timeline: &mut Timeline) {
        let visit = session.visit;
        self.refusals(session, timeline);
        let began = session.at;
        session.at += self.random.millis(40, 900);
        let class_of_body = if self.random.permille(250) { "bodytype=8BITMIME, " } else { "" };
        session.say(
            timeline,
            Fact::Accepted(Entry::Client),
            format_args!(
                "from=<{}>, size={}, class=0, nrcpts={}, msgid=<{}>, {class_of_body}proto={}, daemon={}, relay={}",
                mail.sender.address,
                mail.size,
                mail.recipients.len(),
                mail.message_id,
                protocol(visit),
                session.daemon,
                session.peer
            ),
        );
        session.at += self.random.millis(20, 400);
        let id = session.id.clone();
        if mail.refused_content {
            let told = "Spam message rejected";
            session.say(
                timeline,
                Fact::RefusedContent,
                format_args!("Milter: data, reject=554 5.7.1 {told}"),
            );
            for recipient in &mail.recipients {
                let to = recipient.named();
                let priority = 30_000 + mail.size;
                session.say(
                    timeline,
                    Fact::None,
                    format_args!("to=<{to}>, delay=00:00:01, pri={priority}, stat={told}"),
                );
            }
        } else {
            self.scan(mail, visit.authority, &id, session.process, session.at, timeline);
            let queued = Queued::of_client(id, mail, visit.authority, began);
            self.queue(&queued, session.at, timeline);
        }
        session.id = session.ids.new_id(session.at);
    }

    fn ending(&mut self, session: &mut Session<'_>, did_something: bool, timeline: &mut Timeline) {
        let visit = session.visit;
        session.at += self.random.millis(10, 300);
        let (peer, daemon) = (session.peer.clone(), session.daemon);
        match visit.ending {
            Ending::Quit => {}
            Ending::Lost => {
                let after = if !visit.mails.is_empty() {
                    "data"
                } else if did_something {
                    "rcpt"
                } else if visit.failed_logins > 0 {
                    "auth"
                } else {
                    "startup"
                };
                session.say(
                    timeline,
                    Fact::None,
                    format_args!("lost input channel from {peer} to {daemon} after {after}"),
                );
            }
            Ending::TimedOut => {
                session.at += 5 * MINUTE; // confTO_COMMAND, set as low as that here
                session.say(
                    timeline,
                    Fact::None,
                    format_args!("timeout waiting for input from {peer} during server cmd read"),
                );
            }
        }
        if !did_something && !visit.refusals.iter().any(|refusal| refusal.vrfy) {
            if visit.refusals.is_empty() && visit.failed_logins == 0 && self.random.permille(60) {
                session.say(
                    timeline,
                    Fact::None,
                    format_args!("{peer}: possible SMTP attack: command=HELO/EHLO, count=3"),
                );
            }
            session.did_nothing(timeline);
        }
    }
}

impl Session<'_> {
    /// A line about the envelope that is open.
    fn say(&self, timeline: &mut Timeline, fact: Fact, text: std::fmt::Arguments<'_>) {
        timeline.say(self.at, self.process, fact, format_args!("{}: {text}", self.id));
    }

    /// A recipient was refused: one too many, and Sendmail says that it slows down.
    fn slow_down(&mut self, timeline: &mut Timeline) {
        self.refused_recipients += 1;
        if self.refused_recipients == THROTTLE {
            self.say(
                timeline,
                Fact::None,
                format_args!("{}: Possible SMTP RCPT flood, throttling.", self.peer),
            );
        }
        if self.refused_recipients >= THROTTLE {
            self.at += SECOND;
        }
    }

    fn did_nothing(&self, timeline: &mut Timeline) {
        self.say(
            timeline,
            Fact::None,
            format_args!(
                "{} did not issue MAIL/EXPN/VRFY/ETRN during connection to {}",
                self.peer, self.daemon
            ),
        );
    }
}

/// `proto=`: what the session is protected by, RFC 3848.
fn protocol(visit: &Visit) -> &'static str {
    match (visit.tls, visit.authority == Authority::Authenticated) {
        (false, false) => "ESMTP",
        (true, false) => "ESMTPS",
        (false, true) => "ESMTPA",
        (true, true) => "ESMTPSA",
    }
}
