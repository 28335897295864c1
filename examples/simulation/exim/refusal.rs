//! How a refusal is logged: by the access control list that refuses, or by Exim itself.

use crate::simulation::visit::{Class, Refusal, Screening, Visit};

use super::host::Host;

/// A client that speaks before it is greeted: not its message is refused but its manners.
pub(super) fn too_early(visit: &Visit, host: &Host<'_>) -> String {
    format!(
        "SMTP protocol synchronization error (input sent without waiting for greeting): rejected connection \
         from H={} input=\"EHLO {}\\r\\n\"",
        host.unnamed(),
        visit.helo
    )
}

/// What Exim notes before the refusal, if anything.
pub(super) fn reason(refusal: &Refusal, host: &Host<'_>) -> Option<String> {
    (refusal.class == Class::UnknownSender)
        .then(|| format!("{} sender verify fail for <{}>: Unrouteable address", host.field(), refusal.sender))
}

/// The line of the refusal.
pub(super) fn line(visit: &Visit, refusal: &Refusal, host: &Host<'_>) -> String {
    let Refusal { sender, recipient, .. } = refusal;
    let Visit { client, helo, .. } = visit;
    let (address, field) = (client.address, host.field());
    if matches!(visit.screening, Screening::Listed(_)) {
        let unnamed = host.unnamed();
        return format!(
            "H={unnamed} rejected connection in \"connect\" ACL: {address} is in a black list at zen.blocklist.example"
        );
    }
    let rejected = |why: &str| format!("{field} F=<{sender}> rejected RCPT <{recipient}>: {why}");
    let for_now = |why: &str| format!("{field} F=<{sender}> temporarily rejected RCPT <{recipient}>: {why}");
    match refusal.class {
        Class::RelayDenied => rejected("relay not permitted"),
        Class::UnknownRecipient => rejected("Unrouteable address"),
        Class::UnknownSender => rejected("Sender verify failed"),
        Class::SenderPolicy => rejected(&format!("SPF check failed: {address} may not send for this domain")),
        Class::Blocklisted => {
            rejected(&format!("rejected because {address} is in a black list at bl.dnslist.example"))
        }
        Class::Greylisted => for_now("greylisted, try again later"),
        Class::RateLimited => for_now("rate limit exceeded: 31.0 / 1h (max 30)"),
        Class::HeloInvalid => {
            format!("{field} rejected EHLO or HELO {helo}: HELO is not a valid host name")
        }
        Class::ClientUnresolved => rejected("reverse DNS lookup failed"),
        Class::Size => {
            format!("rejected MAIL FROM:<{sender}> {field}: message too big: size=104857600 max=52428800")
        }
        Class::System => for_now("host lookup did not complete"),
        Class::Protocol | Class::Content => rejected("Restricted characters in address"),
    }
}
