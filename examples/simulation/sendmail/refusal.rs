//! How a refusal is logged.

use crate::simulation::visit::{Class, Refusal, Visit};

use super::relay;

/// What the log says of a refusal.
pub(super) struct Logged {
    /// The line, without the queue id.
    pub(super) text: String,
    /// It has a queue id: the refusal of a connection has none.
    pub(super) has_id: bool,
    /// The client's MAIL was accepted before.
    pub(super) after_mail: bool,
}

/// The line about `refusal`; nothing where Sendmail logs none: a `SIZE=` that is too large, or a command out of turn, is
/// only answered.
pub(super) fn logged(visit: &Visit, refusal: &Refusal) -> Option<Logged> {
    let Refusal { sender, recipient, .. } = refusal;
    let peer = relay::client(&visit.client);
    let (address, bare) = (relay::address(visit.client.address), relay::bare_address(visit.client.address));
    let check_rcpt = |reply: String| Logged {
        text: format!("ruleset=check_rcpt, arg1=<{recipient}>, relay={peer}, reject={reply}"),
        has_id: true,
        after_mail: true,
    };
    let check_mail = |reply: String| Logged {
        text: format!("ruleset=check_mail, arg1=<{sender}>, relay={peer}, reject={reply}"),
        has_id: true,
        after_mail: false,
    };
    let check_relay = |reply: String| {
        let name = if visit.client.name == "unknown" { &address } else { &visit.client.name };
        Logged {
            text: format!("ruleset=check_relay, arg1={name}, arg2={bare}, relay={peer}, reject={reply}"),
            has_id: false,
            after_mail: false,
        }
    };
    let milter = |text: String| Logged { text: format!("Milter: {text}"), has_id: true, after_mail: true };
    let domain = sender.rsplit('@').next().unwrap_or("");
    Some(match refusal.class {
        Class::RelayDenied => {
            let why = if visit.client.name == "unknown" {
                format!("IP name lookup failed {address}")
            } else if relay::is_forged(&visit.client) {
                format!("IP name possibly forged {address}")
            } else {
                "Proper authentication required.".to_owned()
            };
            check_rcpt(format!("550 5.7.1 <{recipient}>... Relaying denied. {why}"))
        }
        Class::UnknownRecipient => {
            Logged { text: format!("<{recipient}>... User unknown"), has_id: true, after_mail: true }
        }
        Class::UnknownSender => {
            check_mail(format!("553 5.1.8 <{sender}>... Domain of sender address {sender} does not exist"))
        }
        Class::SenderPolicy => milter(format!(
            "from=<{sender}>, reject=550 5.7.23 SPF validation failed: {domain} does not permit {bare}"
        )),
        Class::Blocklisted => {
            check_relay(format!("550 5.7.1 Rejected: {bare} listed at zen.blocklist.example"))
        }
        Class::Greylisted => milter(format!(
            "to=<{recipient}>, reject=451 4.7.1 Greylisting in action, please come back in 00:05:00"
        )),
        Class::RateLimited => check_relay("421 4.3.2 Connection rate limit exceeded.".to_owned()),
        Class::HeloInvalid => {
            check_mail(format!("550 5.7.1 <{sender}>... bogus HELO name used: {}", visit.helo))
        }
        Class::ClientUnresolved => {
            check_rcpt(format!("550 5.7.1 <{recipient}>... Fix reverse DNS for {bare}"))
        }
        Class::System => check_rcpt("451 4.3.0 Temporary system failure. Please try again later.".to_owned()),
        Class::Content | Class::Size | Class::Protocol => return None,
    })
}
