//! The transport service as a client of other servers: one session for each message and destination. Others refuse,
//! too; that is no refusal of ours.

use std::net::IpAddr;

use crate::simulation::clock::Micros;
use crate::simulation::fact::Fact;
use crate::simulation::names::{self, Client};
use crate::simulation::random::Random;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::Mail;

use super::row::{Event, Rows};
use super::{FQDN, Numbers};

const SEND: Process = Process { program: super::super::SEND, pid: 0 };
/// The connector for every domain that is not stored here.
const CONNECTOR: &str = "Internet Send Connector";

/// The sending side of one server.
pub(in crate::simulation::exchange) struct Send {
    random: Random,
    sessions: Numbers,
}

/// What becomes of a message at another server.
#[derive(Clone, Copy)]
pub(in crate::simulation::exchange) enum Answer<'a> {
    Taken,
    /// Its recipients are refused in these words.
    Refused(&'a str),
    /// Nobody answers there.
    Unreachable,
}

/// A session that is over.
pub(in crate::simulation::exchange) struct Sent {
    pub(in crate::simulation::exchange) session: u64,
    /// When the message's fate was known.
    pub(in crate::simulation::exchange) at: Micros,
    /// What was answered to its data.
    pub(in crate::simulation::exchange) reply: String,
}

impl Send {
    /// An instance that logs the same rows for the same seed.
    pub(in crate::simulation::exchange) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, 0x5E4D), sessions: Numbers(0x08DE_77F1_6B10_0000) }
    }

    /// Says the rows of a session with `server`, begun at `at`, for message `id`.
    pub(in crate::simulation::exchange) fn session(
        &mut self,
        server: &Client,
        (id, mail): (&str, &Mail),
        recipients: &[&str],
        answer: Answer<'_>,
        at: Micros,
        timeline: &mut Timeline,
    ) -> Sent {
        let mut rows = Rows {
            process: SEND,
            connector: CONNECTOR,
            id: self.sessions.next(&mut self.random),
            ours: None,
            theirs: (server.address, 25).into(),
            at,
            sequence: 0,
        };
        let session = rows.id;
        rows.note("SendRoutingHeaders", "Set Session Permissions", timeline);
        rows.note("", "attempting to connect", timeline);
        rows.at += self.random.millis(10, 200);
        if matches!(answer, Answer::Unreachable) {
            rows.note("", &unreachable(server.address), timeline);
            return Sent { session, at: rows.at, reply: String::new() };
        }
        let port = self.random.between(1025, 65_535) as u16;
        rows.ours = Some((names::listener(server.address), port).into());
        rows.say(Event::Connected, "", "", Fact::None, timeline);
        self.hear(&mut rows, &format!("220 {} ESMTP", server.name), timeline);
        rows.ours(&format!("EHLO {FQDN}"), timeline);
        let hello = format!("250  {} PIPELINING SIZE 52428800 ENHANCEDSTATUSCODES 8BITMIME DSN", server.name);
        self.hear(&mut rows, &hello, timeline);
        let about = format!("sending message with RecordId {id} and InternetMessageId <{}>", mail.message_id);
        rows.note("", &about, timeline);
        let reply = self.transaction(&mut rows, mail, recipients, answer, timeline);
        let at = rows.at;
        rows.ours("QUIT", timeline);
        self.hear(&mut rows, "221 2.0.0 Bye", timeline);
        rows.say(Event::Disconnected, "", "Local", Fact::None, timeline);
        Sent { session, at, reply }
    }

    /// The commands are pipelined, RFC 2920: replies come behind all of them.
    fn transaction(
        &mut self,
        rows: &mut Rows,
        mail: &Mail,
        recipients: &[&str],
        answer: Answer<'_>,
        timeline: &mut Timeline,
    ) -> String {
        rows.ours(&format!("MAIL FROM:<{}> SIZE={}", mail.sender.address, mail.size), timeline);
        for recipient in recipients {
            rows.ours(&format!("RCPT TO:<{recipient}>"), timeline);
        }
        self.hear(rows, "250 2.1.0 Ok", timeline);
        let each = match answer {
            Answer::Refused(why) => why,
            Answer::Taken | Answer::Unreachable => "250 2.1.5 Ok",
        };
        for _ in recipients {
            self.hear(rows, each, timeline);
        }
        if matches!(answer, Answer::Refused(_)) {
            return String::new();
        }
        rows.ours("DATA", timeline);
        self.hear(rows, "354 End data with <CR><LF>.<CR><LF>", timeline);
        let reply = format!("250 2.0.0 Ok: queued as {:011X}", self.random.next() & 0xFFF_FFFF_FFFF);
        self.hear(rows, &reply, timeline);
        reply
    }

    /// The other server says something, some time later.
    fn hear(&mut self, rows: &mut Rows, text: &str, timeline: &mut Timeline) {
        rows.at += self.random.millis(5, 200);
        rows.theirs(text, timeline);
    }
}

/// The words for a port where nobody listens.
fn unreachable(address: IpAddr) -> String {
    format!(
        "Failed to connect. Winsock error code: 10061, Win32 error code: 10061, Error Message: No connection could be \
         made because the target machine actively refused it {address}:25."
    )
}
