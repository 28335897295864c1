//! A message trace of Exchange Online, exported with `Export-Csv` (Microsoft Learn, "Get-MessageTrace"): one row for each
//! recipient, with where its message came from and what has become of it by now.
//!
//! Whatever a mailbox sends has no address to come from, and looks the same, however its owner logged in. What was
//! refused is in no trace. Whom a mailbox forwards to is left out: what such rows look like is documented nowhere.

use crate::simulation::clock::{self, HOUR, Micros};
use crate::simulation::fact::{Entry, Fact, Status};
use crate::simulation::layout::Heading;
use crate::simulation::names;
use crate::simulation::random::Random;
use crate::simulation::server::Server;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Authority, Fate, Mail, Recipient, Route, Visit};

use super::Guid;

/// The first record.
pub(crate) const HEADING: Heading = Heading::once(
    "\"PSComputerName\",\"RunspaceId\",\"PSShowComputerName\",\"Organization\",\"MessageId\",\"Received\",\
     \"SenderAddress\",\"RecipientAddress\",\"Subject\",\"Status\",\"ToIP\",\"FromIP\",\"Size\",\"MessageTraceId\",\
     \"StartDate\",\"EndDate\",\"Index\"\n",
);

const TRACE: Process = Process { program: "trace", pid: 0 };
/// After so many vain tries a message is still on its way when the trace is made.
const STILL_TRIED: u32 = 4;

/// One organisation.
pub(crate) struct Trace {
    random: Random,
    rows: u64,
}

/// What every row says of its message.
struct Message<'a> {
    mail: &'a Mail,
    at: Micros,
    from: String,
    authority: Authority,
    trace_id: Guid,
}

impl Trace {
    /// An instance that logs the same rows for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, 0x7AACE), rows: 0 }
    }

    fn take(&mut self, mail: &Mail, from: String, authority: Authority, at: Micros, timeline: &mut Timeline) {
        let trace_id = Guid(self.random.next());
        let message = Message { mail, at, from, authority, trace_id };
        let mut entry = Some(if message.from.is_empty() { Entry::Command } else { Entry::Client });
        let mut failed = false;
        for recipient in &mail.recipients {
            if let Some(list) = &recipient.alias {
                self.say(&message, list, ("Expanded", ""), (entry.take(), false, None), timeline);
            }
            let (status, told) = became(mail, recipient);
            failed |= told == Status::Bounced;
            let to = match recipient.party.route {
                Route::Remote(domain) => names::exchanger(domain).address.to_string(),
                Route::Gateway(gateway) => names::gateway(gateway).address.to_string(),
                Route::Local => String::new(),
            };
            let outward = matches!(recipient.party.route, Route::Remote(_));
            let added = (entry.take(), outward, Some(told));
            self.say(&message, &recipient.party.address, (status, &to), added, timeline);
        }
        if failed && !mail.sender.address.is_empty() {
            let id = format!("{}@ex1.corp.example", Guid(self.random.next()));
            let notification = Mail::notification(mail.sender.clone(), id, mail.size + 4200);
            self.take(&notification, String::new(), Authority::LocalSubmission, at + HOUR, timeline);
        }
    }

    fn say(
        &mut self,
        message: &Message<'_>,
        recipient: &str,
        (status, to): (&str, &str),
        (entry, outward, told): (Option<Entry>, bool, Option<Status>),
        timeline: &mut Timeline,
    ) {
        let Message { mail, at, from, authority, trace_id } = message;
        let sender = if mail.sender.address.is_empty() { "<>" } else { &mail.sender.address };
        let fact = Fact::Traced { entry, authority: *authority, outward, status: told };
        timeline.say(
            *at,
            TRACE,
            fact,
            format_args!(
                "\"outlook.example\",\"0b1c6c9e-8f5c-4a53-9d2e-6f1f5a1e7c00\",\"False\",\"corp.example\",\"<{}>\",\"{}\",\
                 \"{sender}\",\"{recipient}\",\"News of the \"\"fair\"\", and more\",\"{status}\",\"{to}\",\"{from}\",\
                 \"{}\",\"{trace_id}\",\"\",\"\",\"{}\"",
                mail.message_id,
                clock::us(*at),
                mail.size,
                self.rows,
            ),
        );
        self.rows += 1;
    }
}

/// The status of a recipient, and what it means.
fn became(mail: &Mail, recipient: &Recipient) -> (&'static str, Status) {
    match recipient.fate {
        _ if mail.refused_content => ("FilteredAsSpam", Status::Sent),
        Fate::Bounced { .. } | Fate::Expired => ("Failed", Status::Bounced),
        Fate::DeliveredAfter(STILL_TRIED..) => ("Pending", Status::Deferred),
        Fate::Delivered | Fate::DeliveredAfter(_) | Fate::Forwarded(_) => ("Delivered", Status::Sent),
    }
}

impl Server for Trace {
    fn connected(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        let (from, authority) = match visit.authority {
            Authority::Authenticated => (String::new(), Authority::LocalSubmission),
            authority => (visit.client.address.to_string(), authority),
        };
        let mut at = at;
        for mail in &visit.mails {
            at += self.random.millis(300, 3000);
            self.take(mail, from.clone(), authority, at, timeline);
        }
    }

    fn submitted_here(&mut self, visit: &Visit, _uid: u32, at: Micros, timeline: &mut Timeline) {
        for mail in &visit.mails {
            self.take(mail, String::new(), Authority::LocalSubmission, at, timeline);
        }
    }

    fn housekeeping(&mut self, at: Micros, _timeline: &mut Timeline) -> Micros {
        at + HOUR // it says nothing of itself
    }
}
