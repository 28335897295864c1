//! `check_client_access`: access tables (access(5)) that let clients relay by their address.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::audit::octets;
use crate::model::NetworkRule;

use super::Gaps;
use super::lines::{Files, Place};
use super::networks::network;
use super::parameters::Parameters;
use super::restrictions::{before_end, permits};
use super::table::{Table, table};

/// The networks that access tables permit or refuse where relaying is decided.
pub(super) fn permitted(parameters: &Parameters, files: &Files, gaps: &mut Gaps) -> Vec<NetworkRule> {
    // A permit in the recipient restrictions lets nobody relay while the relay restrictions still refuse.
    let relay = parameters.value("smtpd_relay_restrictions", gaps);
    let list = if relay.is_empty() { "smtpd_recipient_restrictions" } else { "smtpd_relay_restrictions" };
    let mut rules = Vec::new();
    for restriction in before_end(&parameters.value(list, gaps)) {
        if let Some(name) = restriction.strip_prefix("check_client_access ") {
            add(name, &parameters.place(list), files, &mut rules, gaps);
        }
    }
    rules
}

fn add(name: &str, place: &Place, files: &Files, rules: &mut Vec<NetworkRule>, gaps: &mut Gaps) {
    let (keys, pattern): (_, fn(&str) -> Option<IpNet>) = match table(name, place, files) {
        Table::Keys(keys) => (keys, address_or_prefix),
        Table::Networks(keys) => (keys, |text| network(text).ok()),
        Table::Everything => return,
        Table::Unreadable(why) => {
            return gaps.unread(format!(
                "{place}: check_client_access asks {name}, which may let clients relay: {why}"
            ));
        }
    };
    for key in keys {
        let Some(excluded) = permits(&key.value).map(|permits| !permits) else { continue };
        match pattern(&key.text) {
            Some(network) => {
                let stated = format!("check_client_access in {}", key.place);
                rules.push(NetworkRule { network, excluded, stated });
            }
            None if !excluded => gaps.unread(format!(
                "{}: {} may relay by its name, and names are not looked up here",
                key.place, key.text
            )),
            None => {}
        }
    }
}

/// `192.0.2.5`, or leading octets for a whole network: `192.0.2`, `10`.
fn address_or_prefix(text: &str) -> Option<IpNet> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(IpNet::from(address));
    }
    octets::network(text)
}
