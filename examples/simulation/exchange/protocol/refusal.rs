//! How a refusal reads: the command it answers, the reply, and the reason this reply gives.

use crate::simulation::visit::{Class, Refusal, Visit};

/// A refused command and its reply.
pub(super) struct Refused {
    pub(super) command: String,
    pub(super) reply: &'static str,
    /// Why, by the words of the reply: Exchange has no words for some reasons.
    pub(super) class: Class,
    /// It stands behind an accepted MAIL.
    pub(super) needs_mail: bool,
}

/// What `refusal` of a command of `visit` reads like.
pub(super) fn refused(visit: &Visit, refusal: &Refusal) -> Refused {
    let rcpt = |reply, class| {
        let command = format!("RCPT TO:<{}>", refusal.recipient);
        Refused { command, reply, class, needs_mail: true }
    };
    let mail = |reply, class, parameters| {
        let command = format!("MAIL FROM:<{}>{parameters}", refusal.sender);
        Refused { command, reply, class, needs_mail: false }
    };
    match refusal.class {
        Class::RelayDenied => {
            rcpt("550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", Class::RelayDenied)
        }
        Class::UnknownRecipient => rcpt(
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
            Class::UnknownRecipient,
        ),
        Class::Blocklisted | Class::ClientUnresolved => rcpt(
            "550 5.7.1 Recipient not authorized, your IP has been found on a block list",
            Class::Blocklisted,
        ),
        Class::RateLimited => mail(
            "421 4.4.2 Message submission rate for this client has exceeded the configured limit",
            Class::RateLimited,
            "",
        ),
        Class::Greylisted => {
            rcpt("451 4.7.0 Temporary server error. Please try again later. PRX5", Class::System)
        }
        Class::UnknownSender => mail(
            "554 5.1.0 Sender denied as sender address is on SenderFilterConfig list",
            Class::SenderPolicy,
            "",
        ),
        Class::SenderPolicy => mail("550 5.7.1 Sender ID (PRA) Not Permitted", Class::SenderPolicy, ""),
        Class::Size => {
            mail("552 5.3.4 Message size exceeds fixed maximum message size", Class::Size, " SIZE=104857600")
        }
        Class::System => mail("452 4.3.1 Insufficient system resources", Class::System, ""),
        Class::HeloInvalid => {
            let command = format!("HELO {}..", visit.helo);
            let (reply, class) = ("501 5.5.4 Invalid domain name", Class::HeloInvalid);
            Refused { command, reply, class, needs_mail: false }
        }
        Class::Protocol | Class::Content => {
            let (command, reply) = ("HELP ME".to_owned(), "500 5.3.3 Unrecognized command");
            Refused { command, reply, class: Class::Protocol, needs_mail: false }
        }
    }
}
