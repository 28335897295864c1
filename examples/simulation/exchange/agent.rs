//! The agent log: what the anti-spam agents did to the sessions of the receive log (Microsoft Learn, "Anti-spam agent
//! logging"). Only what an agent decides stands here: that somebody may not relay, or not log in, the server itself says.
//!
//! Each refusal stands in the session, too: a row adds to the truth only where no receive log is written beside it.

use crate::simulation::fact::Fact;
use crate::simulation::layout::Heading;
use crate::simulation::random::spread;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Class, Mail, Recipient, Refusal};

use super::protocol::Rows;
use super::{Cell, Guid};

/// What stands above the rows.
pub(crate) const HEADING: Heading = Heading::new(
    "#Software: Microsoft Exchange Server\n#Version: 15.0.0.0\n#Log-type: Agent Log\n",
    "Timestamp,SessionId,LocalEndpoint,RemoteEndpoint,EnteredOrgFromIP,MessageId,P1FromAddress,P2FromAddresses,Recipient,\
     NumRecipients,Agent,Event,Action,SmtpResponse,Reason,ReasonData,Diagnostics,NetworkMsgID,TenantID,Directionality",
);

const AGENT: Process = Process { program: super::AGENT, pid: 0 };

/// What one of the agents does.
struct Deed<'a> {
    agent: &'static str,
    event: &'static str,
    action: &'static str,
    reason: &'static str,
    data: &'a str,
}

/// Whom an agent was asked about.
struct About<'a> {
    message_id: &'a str,
    sender: &'a str,
    recipients: String,
    count: usize,
}

/// A refusal, if it was an agent's.
pub(super) fn refused(rows: &Rows, refusal: &Refusal, reply: &str, fact: Fact, timeline: &mut Timeline) {
    let (agent, event, action, reason, data) = match refusal.class {
        Class::Blocklisted | Class::ClientUnresolved => (
            "Connection Filtering Agent",
            "OnRcptCommand",
            "RejectCommand",
            "BlockListProvider",
            "dnsbl.example",
        ),
        Class::UnknownRecipient => (
            "Recipient Filter Agent",
            "OnRcptCommand",
            "RejectRecipients",
            "RecipientDoesNotExist",
            refusal.recipient.as_str(),
        ),
        Class::UnknownSender => (
            "Sender Filter Agent",
            "OnMailCommand",
            "RejectCommand",
            "BlockedSender",
            refusal.sender.as_str(),
        ),
        Class::SenderPolicy => ("Sender Id Agent", "OnEndOfHeaders", "RejectMessage", "Fail", ""),
        _ => return,
    };
    let deed = Deed { agent, event, action, reason, data };
    let about =
        About { message_id: "", sender: &refusal.sender, recipients: refusal.recipient.clone(), count: 1 };
    say(rows, &deed, reply, &about, fact, timeline);
}

/// What the content filter makes of a stranger's message: `reply` is its refusal, or nothing.
pub(super) fn judged(rows: &Rows, mail: &Mail, reply: &str, fact: Fact, timeline: &mut Timeline) {
    let (action, reason, data) = if reply.is_empty() {
        ("AcceptMessage", "SCL", "1")
    } else {
        ("RejectMessage", "SclAtOrAboveRejectThreshold", "8")
    };
    let deed = Deed { agent: "Content Filter Agent", event: "OnEndOfData", action, reason, data };
    let recipients: Vec<&str> = mail.recipients.iter().map(Recipient::named).collect();
    let about = About {
        message_id: &format!("<{}>", mail.message_id),
        sender: &mail.sender.address,
        recipients: recipients.join(";"),
        count: recipients.len(),
    };
    say(rows, &deed, reply, &about, fact, timeline);
}

fn say(rows: &Rows, deed: &Deed<'_>, reply: &str, about: &About<'_>, fact: Fact, timeline: &mut Timeline) {
    let Deed { agent, event, action, reason, data } = deed;
    let About { message_id, sender, recipients, count } = about;
    let network_id = Guid(spread(rows.id ^ u64::from(rows.sequence) << 32));
    let ours = rows.ours.map(|ours| ours.to_string()).unwrap_or_default();
    timeline.say(
        rows.at,
        AGENT,
        fact,
        format_args!(
            "{:016X},{ours},{},{},{},{},,{},{count},{agent},{event},{action},{},{reason},{data},,{network_id},,Incoming",
            rows.id,
            rows.theirs,
            rows.theirs.ip(),
            Cell(message_id),
            Cell(sender),
            Cell(recipients),
            Cell(reply),
        ),
    );
}
