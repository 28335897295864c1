//! What a refused client is told, and how the refusal is logged.

use crate::simulation::random::Random;
use crate::simulation::visit::{Class, Refusal, Visit};

/// The command that is refused.
pub(super) fn stage(refusal: &Refusal) -> &'static str {
    match refusal.class {
        _ if refusal.vrfy => "VRFY",
        Class::Size => "MAIL",
        Class::Protocol => "DATA",
        _ => "RCPT",
    }
}

/// The reply, as in Postfix's source and Debian's default restrictions.
pub(super) fn reply(visit: &Visit, refusal: &Refusal, random: &mut Random) -> String {
    let Refusal { sender, recipient, .. } = refusal;
    let Visit { client, helo, .. } = visit;
    let address = client.address;
    match refusal.class {
        // defer_unauth_destination answers 454, reject_unauth_destination 554; a site has one of them.
        Class::RelayDenied => format!("554 5.7.1 <{recipient}>: Relay access denied"),
        Class::UnknownRecipient => {
            let table = if refusal.vrfy {
                "local recipient table"
            } else {
                random.pick(&["local recipient table", "virtual mailbox table", "relay recipient table"])
            };
            format!("550 5.1.1 <{recipient}>: Recipient address rejected: User unknown in {table}")
        }
        Class::UnknownSender => format!("450 4.1.8 <{sender}>: Sender address rejected: Domain not found"),
        Class::SenderPolicy => format!(
            "550 5.7.23 <{recipient}>: Recipient address rejected: Message rejected due to: SPF fail - not authorized. \
             Please see http://spf.example/why?s=mfrom;id={sender};ip={address};r=<UNKNOWN>"
        ),
        Class::Blocklisted => {
            let list = random.pick(&["zen.blocklist.example", "bl.dnslist.example"]);
            format!(
                "554 5.7.1 Service unavailable; Client host [{address}] blocked using {list}; \
                 https://www.blocklist.example/query/ip/{address}"
            )
        }
        Class::Greylisted => format!(
            "450 4.2.0 <{recipient}>: Recipient address rejected: Greylisted, see http://greylist.example/help.html"
        ),
        // anvil's own limits are no rejects in the log; this is a policy service's answer.
        Class::RateLimited => {
            format!("450 4.7.1 <{recipient}>: Recipient address rejected: Rate limit exceeded, slow down")
        }
        Class::HeloInvalid => {
            if helo.contains('.') {
                format!("450 4.7.1 <{helo}>: Helo command rejected: Host not found")
            } else {
                format!("504 5.5.2 <{helo}>: Helo command rejected: need fully-qualified hostname")
            }
        }
        Class::ClientUnresolved => {
            format!("450 4.7.25 Client host rejected: cannot find your hostname, [{address}]")
        }
        Class::Content => "550 5.7.1 Message content rejected".to_owned(),
        Class::Size => "552 5.3.4 Message size exceeds fixed limit".to_owned(),
        Class::Protocol => {
            "503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP command pipelining".to_owned()
        }
        Class::System => format!("451 4.3.0 <{recipient}>: Temporary lookup failure"),
    }
}

/// The envelope behind the reply: only what the client had said by then.
pub(super) fn envelope(visit: &Visit, refusal: &Refusal) -> String {
    let Refusal { sender, recipient, .. } = refusal;
    let helo = &visit.helo;
    match stage(refusal) {
        "VRFY" => format!("to=<{recipient}> proto=ESMTP helo=<{helo}>"),
        "MAIL" => format!("proto=ESMTP helo=<{helo}>"),
        _ => format!("from=<{sender}> to=<{recipient}> proto=ESMTP helo=<{helo}>"),
    }
}
