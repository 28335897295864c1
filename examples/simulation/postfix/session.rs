//! One session of smtpd, from connect to disconnect, and one use of the `sendmail` command.

use crate::simulation::clock::{MINUTE, Micros, SECOND};
use crate::simulation::fact::{Entry, Fact};
use crate::simulation::queued::Queued;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Authority, Door, Ending, Mail, Refusal, Visit};

use super::refusal;
use super::{Postfix, shown};

/// Commands of a session, good ones and all, as `disconnect` counts them.
#[derive(Default)]
struct Commands {
    text: String,
    good: u32,
    all: u32,
}

impl Commands {
    fn add(&mut self, name: &str, good: u32, all: u32) {
        use std::fmt::Write as _;
        if all > 0 {
            // Writing to a String cannot fail.
            let _ = if good == all {
                write!(self.text, " {name}={all}")
            } else {
                write!(self.text, " {name}={good}/{all}")
            };
            self.good += good;
            self.all += all;
        }
    }
}

impl Postfix {
    pub(super) fn session(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        let Some(mut at) = self.screen(visit, at, timeline) else { return };
        let sessions = if visit.door == Door::Smtp { &mut self.smtpd } else { &mut self.submission };
        let (number, smtpd) = sessions.take(at, &mut self.processes);
        let client = shown(&visit.client);
        timeline.say(at, smtpd, Fact::Connected, format_args!("connect from {client}"));
        at += self.random.millis(20, 400);
        if visit.tls {
            at += self.random.millis(20, 200);
            let cipher = self.random.pick(&[
                "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 \
                 server-signature RSA-PSS (2048 bits) server-digest SHA256",
                "TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)",
            ]);
            timeline.say(
                at,
                smtpd,
                Fact::None,
                format_args!("Anonymous TLS connection established from {client}: {cipher}"),
            );
        }
        let method = visit.login_method();
        for answered in visit.failed_logins(at, &mut self.random) {
            at = answered;
            let account = &visit.account;
            timeline.say(
                at,
                smtpd,
                Fact::LoginFailed,
                format_args!(
                    "warning: {client}: SASL {method} authentication failed: authentication failure, \
                     sasl_username={account}"
                ),
            );
        }
        let mut refused_recipients = 0;
        let mut refused_data = 0;
        let mut refused_mail = 0;
        let mut refused_vrfy = 0;
        if visit.mails.is_empty() {
            for refusal in &visit.refusals {
                at += self.random.millis(30, 500);
                self.refuse(visit, refusal, "NOQUEUE", smtpd, at, timeline);
                match refusal::stage(refusal) {
                    "VRFY" => refused_vrfy += 1,
                    "MAIL" => refused_mail += 1,
                    "DATA" => refused_data += 1,
                    _ => refused_recipients += 1,
                }
            }
        }
        let (mut recipients, mut data) = (0, 0);
        for mail in &visit.mails {
            at += self.random.millis(20, 300);
            recipients += mail.recipients.len() as u32;
            data += u32::from(!mail.refused_content);
            refused_recipients += visit.refusals.len() as u32;
            at = self.accept(visit, mail, method, smtpd, at, timeline);
        }
        let mails = visit.mails.len() as u32;
        let began = mails + u32::from(mails == 0 && refused_recipients + refused_data > 0);
        let mut commands = Commands::default();
        commands.add("ehlo", 1 + u32::from(visit.tls), 1 + u32::from(visit.tls));
        commands.add("starttls", u32::from(visit.tls), u32::from(visit.tls));
        let logged_in = u32::from(visit.authority == Authority::Authenticated);
        commands.add("auth", logged_in, logged_in + visit.failed_logins);
        commands.add("mail", began, began + refused_mail);
        let past_rcpt = u32::from(refused_data > 0);
        commands.add("rcpt", recipients + past_rcpt, recipients + past_rcpt + refused_recipients);
        commands.add("data", data, mails + refused_data);
        commands.add("vrfy", 0, refused_vrfy);
        let last = if mails + refused_data > 0 {
            "DATA"
        } else if refused_recipients > 0 {
            "RCPT"
        } else if visit.failed_logins > 0 {
            "AUTH"
        } else if visit.tls {
            "STARTTLS"
        } else {
            "EHLO"
        };
        at += self.random.millis(10, 300);
        match visit.ending {
            Ending::Quit => commands.add("quit", 1, 1),
            Ending::Lost => {
                timeline.say(
                    at,
                    smtpd,
                    Fact::None,
                    format_args!("lost connection after {last} from {client}"),
                );
            }
            Ending::TimedOut => {
                at += 5 * MINUTE; // smtpd_timeout, postconf(5)
                timeline.say(at, smtpd, Fact::None, format_args!("timeout after {last} from {client}"));
            }
        }
        let Commands { text, good, all } = &commands;
        if good == all {
            timeline.say(
                at + 90,
                smtpd,
                Fact::None,
                format_args!("disconnect from {client}{text} commands={all}"),
            );
        } else {
            timeline.say(
                at + 90,
                smtpd,
                Fact::None,
                format_args!("disconnect from {client}{text} commands={good}/{all}"),
            );
        }
        let sessions = if visit.door == Door::Smtp { &mut self.smtpd } else { &mut self.submission };
        sessions.done(number, at + 90);
    }

    /// Refuses one command, with (`id`) or without (`NOQUEUE`) a message begun.
    fn refuse(
        &mut self,
        visit: &Visit,
        refusal: &Refusal,
        id: &str,
        smtpd: Process,
        at: Micros,
        timeline: &mut Timeline,
    ) {
        let stage = refusal::stage(refusal);
        let reply = refusal::reply(visit, refusal, &mut self.random);
        let envelope = refusal::envelope(visit, refusal);
        timeline.say(
            at,
            smtpd,
            Fact::Refused(refusal.class, refusal.denied(&visit.client)),
            format_args!("{id}: reject: {stage} from {}: {reply}; {envelope}", shown(&visit.client)),
        );
    }

    /// Takes one message; the time at which the client has its answer.
    fn accept(
        &mut self,
        visit: &Visit,
        mail: &Mail,
        method: &str,
        smtpd: Process,
        at: Micros,
        timeline: &mut Timeline,
    ) -> Micros {
        let client = shown(&visit.client);
        let sender = &mail.sender.address;
        if visit.authority == Authority::Stranger && self.random.permille(400) {
            let policy = self.policy.any(&mut self.random, &mut self.processes);
            let (address, helo) = (visit.client.address, &visit.helo);
            let result = self.random.pick(&["Pass", "Pass", "Pass", "None", "Softfail"]);
            timeline.say(
                at - 3000,
                policy,
                Fact::None,
                format_args!(
                    "prepend Received-SPF: {result} (mailfrom) identity=mailfrom; client-ip={address}; \
                     helo={helo}; envelope-from={sender}; receiver=<UNKNOWN> "
                ),
            );
        }
        let id = self.ids.new_id(at);
        let entered = Fact::Accepted(Entry::Client);
        if visit.authority == Authority::Authenticated {
            let account = &visit.account;
            timeline.say(
                at,
                smtpd,
                entered,
                format_args!("{id}: client={client}, sasl_method={method}, sasl_username={account}"),
            );
        } else {
            timeline.say(at, smtpd, entered, format_args!("{id}: client={client}"));
        }
        let mut at = at;
        for refusal in &visit.refusals {
            at += self.random.millis(10, 200);
            self.refuse(visit, refusal, &id, smtpd, at, timeline);
        }
        at += self.random.millis(20, 400);
        let cleanup = self.cleanup.any(&mut self.random, &mut self.processes);
        timeline.say(at, cleanup, Fact::None, format_args!("{id}: message-id=<{}>", mail.message_id));
        at += self.random.millis(10, 900);
        if mail.refused_content {
            let recipient = mail.recipients.first().map_or("", |recipient| &recipient.party.address);
            timeline.say(
                at,
                cleanup,
                Fact::RefusedContent,
                format_args!(
                    "{id}: milter-reject: END-OF-MESSAGE from {client}: 5.7.1 Spam message rejected; \
                     from=<{sender}> to=<{recipient}> proto=ESMTP helo=<{}>",
                    visit.helo
                ),
            );
            self.ids.removed(&id, at);
            return at + 500;
        }
        if self.random.permille(300) {
            let domain = sender.rsplit('@').next().unwrap_or("");
            if visit.authority == Authority::Stranger {
                timeline.say(
                    at - 200,
                    self.dkim,
                    Fact::None,
                    format_args!("{id}: s=mail d={domain} a=rsa-sha256 SSL "),
                );
            } else {
                timeline.say(
                    at - 200,
                    self.dkim,
                    Fact::None,
                    format_args!("{id}: DKIM-Signature field added (s=mail, d={domain})"),
                );
            }
        }
        self.queue(&Queued::of_client(id, mail, visit.authority, at - SECOND / 2), at, timeline);
        at + 500
    }

    /// Mail submitted on the host: pickup finds it in the maildrop.
    pub(super) fn command(&mut self, visit: &Visit, uid: u32, at: Micros, timeline: &mut Timeline) {
        for mail in &visit.mails {
            let id = self.ids.new_id(at);
            let user = mail.sender.address.split('@').next().unwrap_or("");
            timeline.say(
                at,
                self.pickup,
                Fact::Accepted(Entry::Command),
                format_args!("{id}: uid={uid} from=<{user}>"),
            );
            let cleanup = self.cleanup.any(&mut self.random, &mut self.processes);
            let at = at + self.random.millis(5, 60);
            timeline.say(at, cleanup, Fact::None, format_args!("{id}: message-id=<{}>", mail.message_id));
            self.queue(&Queued::of_client(id, mail, visit.authority, at), at + 900, timeline);
        }
    }
}
