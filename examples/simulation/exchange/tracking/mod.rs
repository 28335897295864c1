//! The message tracking log: what happens to every message, and nothing of those that are refused.

mod delivery;
mod row;

use crate::simulation::clock::{self, Micros, SECOND};
use crate::simulation::fact::{Entry, Fact};
use crate::simulation::layout::Heading;
use crate::simulation::queued::Queued;
use crate::simulation::random::Random;
use crate::simulation::timeline::Timeline;
use crate::simulation::visit::{Authority, Mail, Recipient, Visit};

use super::protocol::Send;
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
pub(super) struct Tracking {
    random: Random,
    /// Internal ids of what it writes itself: those of another generation of the queue's database.
    notifications: Numbers,
    send: Send,
    /// Of what a session left, the receive log tells first and more.
    is_told_by_session: bool,
}

impl Tracking {
    /// An instance that logs the same rows for the same seed; whether there is a receive log beside it.
    pub(super) fn new(seed: u64, send: Send, is_told_by_session: bool) -> Self {
        let notifications = Numbers::of_notifications();
        Self { random: Random::new(seed, 0x7AC4), notifications, send, is_told_by_session }
    }

    /// The message comes in, as `id`; everything after it. A client is told when it has come in, but the two rows may
    /// stand in either order: two services write them.
    pub(super) fn take(
        &mut self,
        visit: &Visit,
        mail: &Mail,
        entry: Entry,
        (id, told): (u64, Micros),
        timeline: &mut Timeline,
    ) {
        let at = told + self.random.millis(0, 60) - SECOND / 25;
        let message = self.message(mail, visit.authority);
        let queued = Queued::of_client(id.to_string(), mail, visit.authority, at);
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
        let fact = if entry == Entry::Client && self.is_told_by_session {
            Fact::None
        } else {
            Fact::accepted_for(entry, mail, shown(visit.authority), true)
        };
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
