//! What to change on the server, in the words of its own documentation: one file per mail server.

mod exim;
mod postfix;

use crate::model::Mta;

/// What lets strangers relay, and what to write instead. `cause`: what is known of it already, a sentence with a blank
/// behind it, or nothing.
pub(super) fn open_relay(mta: Mta, cause: &str) -> String {
    let text = match mta {
        Mta::Exim => exim::OPEN_RELAY,
        _ => postfix::OPEN_RELAY,
    };
    format!("{cause}{text}")
}

/// How relaywatch learns the domains from the server's own configuration, where it can.
pub(super) fn own_configuration(mta: Mta) -> &'static str {
    match mta {
        Mta::Exim => exim::OWN_CONFIGURATION,
        _ => postfix::OWN_CONFIGURATION,
    }
}

/// The jail of fail2ban that watches this mail server's log.
pub(super) fn jail(mta: Mta) -> &'static str {
    match mta {
        Mta::Exim => "exim",
        _ => "postfix",
    }
}
