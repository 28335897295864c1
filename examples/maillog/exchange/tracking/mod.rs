//! The message tracking log: what happens to every message, and nothing of those that are refused.

mod delivery;
mod row;

use crate::clock::{self, HOUR, Micros};
use crate::layout::Heading;
use crate::queued::Queued;
use crate::random::Random;
use crate::server::Server;
use crate::timeline::Timeline;
use crate::truth::{Entry, Fact};
use crate::visit::{Authority, Mail, Recipient, Visit};

use super::{FQDN, Guid, Numbers, SERVER};
use row::{Host, Row};

/// What stands above the rows.
pub(crate) const HEADING: Heading = Heading::new(
    "#Software: Microsoft Exchange Server\n#Version: 15.02.1118.040\n#Log-type: Message Tracking Log\n",
    "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,\
     internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,\
     recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,\
     directionality,tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,\
     schema-version",
);

/// The transport service of one server.
pub(crate) struct Tracking {
    random: Random,
    messages: Numbers,
}

impl Tracking {
    /// An instance that logs the same rows for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, 0x7AC4), messages: Numbers::of_messages() }
    }

    /// The message comes in; everything after it.
    fn take(&mut self, visit: &Visit, mail: &Mail, entry: Entry, at: Micros, timeline: &mut Timeline) {
        let message = self.message(mail, visit.authority);
        let id = self.messages.next(&mut self.random).to_string();
        let queued = Queued::of_client(id, mail, visit.authority, at);
        let row = Row { client: Host::here(FQDN), event: "RECEIVE", ..inside(mail) };
        let row = if entry == Entry::Command {
            // Out of a mailbox of this server.
            Row { source: "STOREDRIVER", ..row }
        } else {
            let address = visit.client.address;
            Row {
                context: format!("08DE7A{:010X};{}Z;0", self.random.next() >> 24, clock::iso(at)),
                connector: "EX1\\Default EX1",
                source: "SMTP",
                original_client: address.to_string(),
                custom: format!(
                    "S:FirstForestHop={FQDN};S:ProxiedClientIPAddress={address};S:ProxyHop1={FQDN}({})",
                    super::address()
                ),
                ..row
            }
        };
        let fact = Fact::accepted_for(entry, mail, shown(visit.authority), true);
        row.say(&message, &queued, (at, fact), timeline);
        if entry == Entry::Client {
            // There is no second server that could keep a copy.
            let context = "No suitable shadow servers".to_owned();
            let row = Row { context, source: "SMTP", event: "HAREDIRECTFAIL", ..inside(mail) };
            row.say(&message, &queued, (at + 2000, Fact::None), timeline);
        }
        let custom = "S:AMA=SUM|v=0|action=|error=|atch=0;S:CompCost=|ETR=0".to_owned();
        let row = Row { custom, source: "AGENT", event: "AGENTINFO", ..inside(mail) };
        row.say(&message, &queued, (at + self.random.millis(20, 200), Fact::None), timeline);
        self.deliver(&message, &queued, at + 250_000, timeline);
    }

    fn message(&mut self, mail: &Mail, authority: Authority) -> Message {
        let subject = self.random.pick(&[
            "Offer, part 2",
            "Minutes of the \"jour fixe\"",
            "Invoice",
            "Your order",
            "Re: Meeting",
            "",
        ]);
        let is_ours = matches!(authority, Authority::Authenticated | Authority::LocalSubmission);
        Message {
            id: format!("<{}>", mail.message_id),
            network_id: Guid(self.random.next()),
            subject,
            sender: if mail.sender.address.is_empty() { "<>" } else { &mail.sender.address }.to_owned(),
            directionality: if is_ours { "Originating" } else { "Incoming" },
        }
    }
}

/// What a row shows of it: that a message is one of ours (`directionality`) is no proof that anybody logged in.
const fn shown(authority: Authority) -> Authority {
    if matches!(authority, Authority::Authenticated) { Authority::Untold } else { authority }
}

/// A row that this server says about all recipients, as their client named them.
fn inside(mail: &Mail) -> Row<'static> {
    let named: Vec<&str> = mail.recipients.iter().map(Recipient::named).collect();
    Row { server: Host::here(SERVER), recipients: named.join(";"), ..Row::default() }
}

/// What every row says of its message.
#[derive(Clone)]
struct Message {
    id: String,
    network_id: Guid,
    subject: &'static str,
    sender: String,
    directionality: &'static str,
}

impl Server for Tracking {
    fn connected(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) {
        let mut at = at;
        for mail in &visit.mails {
            at += self.random.millis(60, 1200);
            // What is refused at its end was never a message.
            if !mail.refused_content {
                self.take(visit, mail, Entry::Client, at, timeline);
            }
        }
    }

    fn submitted_here(&mut self, visit: &Visit, _uid: u32, at: Micros, timeline: &mut Timeline) {
        for mail in &visit.mails {
            self.take(visit, mail, Entry::Command, at, timeline);
        }
    }

    fn housekeeping(&mut self, at: Micros, _timeline: &mut Timeline) -> Micros {
        at + HOUR // it says nothing of itself
    }

    fn bytes(&self, visit: &Visit) -> u64 {
        visit.mails.iter().map(|mail| 1700 + 600 * mail.recipients.len() as u64).sum()
    }
}
