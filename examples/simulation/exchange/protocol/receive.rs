//! The frontend transport service: sessions with clients, each from `+` to `-`.

use crate::simulation::clock::{self, MINUTE, Micros, SECOND};
use crate::simulation::fact::{Entry, Fact};
use crate::simulation::names;
use crate::simulation::random::Random;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Authority, Class, Door, Ending, Mail, Route, Screening, Visit};

use super::super::{RECEIVE, TRACKING, login_name};
use super::refusal::{self, Refused};
use super::row::{Event, Rows};
use super::{FQDN, Numbers, agent};

const FRONTEND: Process = Process { program: RECEIVE, pid: 0 };
/// How long the answer to a refused command is held back (`TarpitInterval`).
const TARPIT: Micros = 5 * SECOND;
/// What the connector for anybody grants; what makes a session a relay; what a login grants.
const ANYBODY: &str =
    "SMTPSubmit SMTPAcceptAnySender SMTPAcceptAuthoritativeDomainSender AcceptRoutingHeaders";
const RELAY: &str = "SMTPSubmit SMTPAcceptAnyRecipient SMTPAcceptAnySender SMTPAcceptAuthoritativeDomainSender \
                     AcceptRoutingHeaders";
const LOGIN: &str = "SMTPSubmit SMTPAcceptAnyRecipient BypassAntiSpam AcceptRoutingHeaders";

/// The frontend transport service of one server.
pub(in crate::simulation::exchange) struct Receive {
    random: Random,
    sessions: Numbers,
    messages: Numbers,
    /// The logs that are written: tracking says when a message has left the queue, and what this log says of a refusal
    /// an agent's does not say for the first time.
    logs: &'static [&'static str],
}

/// A message that the transport service took from a session.
pub(in crate::simulation::exchange) struct Accepted<'a> {
    pub(in crate::simulation::exchange) mail: &'a Mail,
    /// Its internal id.
    pub(in crate::simulation::exchange) id: u64,
    /// When the client was told.
    pub(in crate::simulation::exchange) at: Micros,
}

/// A session as it goes on.
struct Session<'a> {
    visit: &'a Visit,
    begun: Micros,
    rows: Rows,
}

impl Receive {
    /// An instance that logs the same rows for the same seed, where `logs` are written.
    pub(in crate::simulation::exchange) fn new(seed: u64, logs: &'static [&'static str]) -> Self {
        Self {
            random: Random::new(seed, 0x5EC7),
            // They begin with the time at which the service was started.
            sessions: Numbers(0x08DE_77F1_4A20_0000),
            messages: Numbers::of_messages(),
            logs,
        }
    }

    /// The internal id of the next message, however it comes in.
    pub(in crate::simulation::exchange) fn next_message(&mut self) -> u64 {
        self.messages.next(&mut self.random)
    }

    /// Says the rows of a session; what it leaves.
    pub(in crate::simulation::exchange) fn session<'v>(
        &mut self,
        visit: &'v Visit,
        at: Micros,
        timeline: &mut Timeline,
    ) -> Vec<Accepted<'v>> {
        let address = visit.client.address;
        let (connector, port) = match (visit.door, visit.authority) {
            (Door::Submission, _) => ("EX1\\Client Frontend EX1", 587),
            (_, Authority::TrustedNetwork) => ("EX1\\Relay Internal", 25),
            _ => ("EX1\\Default Frontend EX1", 25),
        };
        let rows = Rows {
            process: FRONTEND,
            connector,
            id: self.sessions.next(&mut self.random),
            ours: Some((names::listener(address), port).into()),
            theirs: (address, self.random.between(1025, 65_535) as u16).into(),
            at,
            sequence: 0,
        };
        let mut session = Session { visit, begun: at, rows };
        session.rows.say(Event::Connected, "", "", Fact::Connected, timeline);
        session.rows.note(permissions(visit), "Set Session Permissions", timeline);
        let now = clock::mail_date(at);
        session.rows.ours(&format!("220 {FQDN} Microsoft ESMTP MAIL Service ready at {now}"), timeline);
        if visit.screening == Screening::HungUp {
            session.rows.at += self.random.millis(1000, 4000);
            session.rows.say(Event::Disconnected, "", "Remote", Fact::None, timeline);
            return Vec::new();
        }
        self.hello(&mut session, timeline);
        self.login(&mut session, timeline);
        if visit.mails.is_empty() {
            self.refusals(&mut session, timeline);
        }
        let mut accepted = Vec::new();
        for (number, mail) in visit.mails.iter().enumerate() {
            accepted.extend(self.accept(&mut session, mail, number == 0, timeline));
        }
        self.ending(&mut session, timeline);
        accepted
    }

    /// A command of the client and our answer to it, some time after what was said last.
    fn ask(&mut self, session: &mut Session<'_>, command: &str, answer: &str, timeline: &mut Timeline) {
        session.rows.at += self.random.millis(20, 300);
        session.rows.theirs(command, timeline);
        session.rows.at += self.random.millis(0, 5);
        session.rows.ours(answer, timeline);
    }

    /// EHLO, and STARTTLS where the client wants it.
    fn hello(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) {
        let visit = session.visit;
        let ehlo = format!("EHLO {}", visit.helo);
        let hello = format!(
            "250  {FQDN} Hello [{}] SIZE 37748736 PIPELINING DSN ENHANCEDSTATUSCODES",
            visit.client.address
        );
        let offered = "X-ANONYMOUSTLS AUTH NTLM X-EXPS GSSAPI NTLM 8BITMIME BINARYMIME CHUNKING XRDST";
        self.ask(session, &ehlo, &format!("{hello} STARTTLS {offered}"), timeline);
        if !visit.tls {
            return;
        }
        self.ask(session, "STARTTLS", "220 2.0.0 SMTP server ready", timeline);
        session.rows.note("", "Sending certificate", timeline);
        for (text, what) in [
            ("CN=ex1.corp.example", "Certificate subject"),
            ("CN=Made-up CA, O=Corp, C=XX", "Certificate issuer name"),
            ("0A5C61B29F4D7734A1BE08D2C94F0013", "Certificate serial number"),
            ("7D41C0F2A96B3E1855AA04D7C6F1B2903E8D64A7", "Certificate thumbprint"),
            ("ex1.corp.example;mail.corp.example", "Certificate alternate names"),
        ] {
            session.rows.note(text, what, timeline);
        }
        session.rows.at += self.random.millis(40, 200);
        let negotiated = "TLS protocol SP_PROT_TLS1_2_SERVER negotiation succeeded using bulk encryption algorithm \
                          CALG_AES_256 with strength 256 bits, MAC hash algorithm CALG_SHA_384 with strength 384 bits \
                          and key exchange algorithm CALG_ECDH_EPHEM with strength 384 bits";
        session.rows.note("", negotiated, timeline);
        self.ask(session, &ehlo, &format!("{hello} AUTH NTLM LOGIN 8BITMIME BINARYMIME CHUNKING"), timeline);
    }

    /// Failed logins, and one that succeeds.
    fn login(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) {
        let visit = session.visit;
        let challenge = "334 <authentication response>";
        for _ in 0..visit.failed_logins {
            self.ask(session, "AUTH LOGIN", challenge, timeline);
            session.rows.at += self.random.millis(30, 300);
            session.rows.ours(challenge, timeline);
            session.rows.note("", "Inbound AUTH LOGIN failed because of LogonDenied", timeline);
            session.rows.note("", &format!("User Name: {}", visit.account), timeline);
            session.tarpit("535 5.7.3 Authentication unsuccessful", Fact::LoginFailed, timeline);
        }
        if visit.authority == Authority::Authenticated {
            self.ask(session, "AUTH LOGIN", challenge, timeline);
            session.rows.at += self.random.millis(30, 300);
            session.rows.ours(challenge, timeline);
            session.rows.note(LOGIN, "Set Session Permissions", timeline);
            session.rows.note(&login_name(&visit.account), "authenticated", timeline);
            session.rows.ours("235 2.7.0 Authentication successful", timeline);
        }
    }

    /// Whatever the client is refused, in one transaction that comes to nothing.
    fn refusals(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) {
        let visit = session.visit;
        let mut in_mail = false;
        for refusal in &visit.refusals {
            if refusal.vrfy {
                session.rows.at += self.random.millis(20, 300);
                let command = format!("VRFY {}", refusal.recipient);
                session.rows.say(Event::Theirs, &command, "", Fact::Probed, timeline);
                session.rows.ours("252 2.1.5 Cannot VRFY user", timeline);
                continue;
            }
            let Refused { command, reply, class, needs_mail } = refusal::refused(visit, refusal);
            if needs_mail && !in_mail {
                in_mail = true;
                self.begin(session, &format!("MAIL FROM:<{}>", refusal.sender), timeline);
            }
            session.rows.at += self.random.millis(20, 300);
            session.rows.theirs(&command, timeline);
            let fact = Fact::Refused(class, refusal.denied(&visit.client));
            agent::refused(&session.rows, refusal, reply, self.of_agent(fact), timeline);
            if reply.starts_with('5') {
                session.tarpit(reply, fact, timeline);
            } else {
                session.rows.say(Event::Ours, reply, "", fact, timeline);
            }
        }
        if in_mail && visit.mails.is_empty() && visit.ending == Ending::Quit {
            self.ask(session, "RSET", "250 2.0.0 Resetting", timeline);
        }
    }

    fn begin(&mut self, session: &mut Session<'_>, command: &str, timeline: &mut Timeline) {
        session.rows.at += self.random.millis(20, 300);
        session.rows.theirs(command, timeline);
        let record = format!("{:016X};{}Z;1", session.rows.id, clock::iso(session.begun));
        session.rows.note(&record, "receiving message", timeline);
        session.rows.ours("250 2.1.0 Sender OK", timeline);
    }

    fn accept<'v>(
        &mut self,
        session: &mut Session<'_>,
        mail: &'v Mail,
        is_first: bool,
        timeline: &mut Timeline,
    ) -> Option<Accepted<'v>> {
        let visit = session.visit;
        self.begin(session, &format!("MAIL FROM:<{}> SIZE={}", mail.sender.address, mail.size), timeline);
        if is_first {
            for refusal in &visit.refusals {
                let Refused { command, reply, class, .. } = refusal::refused(visit, refusal);
                session.rows.at += self.random.millis(20, 300);
                session.rows.theirs(&command, timeline);
                let fact = Fact::Refused(class, refusal.denied(&visit.client));
                agent::refused(&session.rows, refusal, reply, self.of_agent(fact), timeline);
                session.tarpit(reply, fact, timeline);
            }
        }
        for recipient in &mail.recipients {
            let command = format!("RCPT TO:<{}>", recipient.named());
            self.ask(session, &command, "250 2.1.5 Recipient OK", timeline);
        }
        if self.random.permille(300) {
            session.rows.at += self.random.millis(20, 300);
            session.rows.theirs(&format!("BDAT {} LAST", mail.size), timeline);
        } else {
            self.ask(session, "DATA", "354 Start mail input; end with <CRLF>.<CRLF>", timeline);
        }
        session.rows.at += self.random.millis(10, 100);
        session.rows.note("", "Proxy destination(s) obtained from OnProxyInboundMessage event", timeline);
        let millis = self.random.between(20, 900);
        session.rows.at += i64::from(millis) * 1000;
        if mail.refused_content {
            let reply = "550 5.7.1 Message rejected as spam by Content Filtering.";
            let fact = Fact::Refused(Class::Content, None);
            agent::judged(&session.rows, mail, reply, self.of_agent(fact), timeline);
            session.rows.say(Event::Ours, reply, "", fact, timeline);
            return None;
        }
        if visit.authority == Authority::Stranger {
            agent::judged(&session.rows, mail, "", Fact::None, timeline);
        }
        let id = self.next_message();
        let rate = mail.size / millis;
        let reply = format!(
            "250 2.6.0 <{}> [InternalId={id}, Hostname={FQDN}] {} bytes in 0.{millis:03}, {rate}.{:03} KB/sec Queued mail \
             for delivery",
            mail.message_id,
            mail.size,
            self.random.below(1000)
        );
        let fact = Fact::accepted_for(Entry::Client, mail, visit.authority, self.logs.contains(&TRACKING));
        session.rows.say(Event::Ours, &reply, "", fact, timeline);
        Some(Accepted { mail, id, at: session.rows.at })
    }

    /// What an agent's row adds to the truth, if the session's own row adds `fact`.
    fn of_agent(&self, fact: Fact) -> Fact {
        if self.logs.contains(&RECEIVE) { Fact::None } else { fact }
    }

    fn ending(&mut self, session: &mut Session<'_>, timeline: &mut Timeline) {
        let by = match session.visit.ending {
            Ending::Quit => {
                self.ask(session, "QUIT", "221 2.0.0 Service closing transmission channel", timeline);
                "Local"
            }
            Ending::Lost => "Remote",
            Ending::TimedOut => {
                session.rows.at += 5 * MINUTE; // ConnectionInactivityTimeout of a frontend connector
                session.rows.ours("421 4.4.1 Connection timed out", timeline);
                "Local"
            }
        };
        session.rows.at += self.random.millis(5, 100);
        session.rows.say(Event::Disconnected, "", by, Fact::None, timeline);
    }
}

/// What the connector grants before any login. A stranger whose mail goes elsewhere found a connector that grants
/// everybody too much.
fn permissions(visit: &Visit) -> &'static str {
    let mut recipients = visit.mails.iter().flat_map(|mail| &mail.recipients);
    match visit.authority {
        Authority::TrustedNetwork => RELAY,
        Authority::Stranger
            if recipients.any(|recipient| matches!(recipient.party.route, Route::Remote(_))) =>
        {
            RELAY
        }
        _ => ANYBODY,
    }
}

impl Session<'_> {
    /// An answer that is held back.
    fn tarpit(&mut self, reply: &str, fact: Fact, timeline: &mut Timeline) {
        self.rows.note(&format!("Tarpit for '0.00:00:05' due to '{reply}'"), "", timeline);
        self.rows.at += TARPIT;
        self.rows.say(Event::Ours, reply, "", fact, timeline);
    }
}
