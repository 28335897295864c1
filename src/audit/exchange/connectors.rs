//! Receive connectors (`Get-ReceiveConnector`) and the rights of anonymous sessions on them (`Get-ADPermission`).
//!
//! A connector takes the clients in its `RemoteIPRanges`; the one whose range fits a client most closely gets it. It lets
//! them relay if anonymous sessions have `ms-Exch-SMTP-Accept-Any-Recipient` there, or if it is externally secured.

use super::export::Object;
use super::ranges;
use crate::model::NetworkRule;

const RIGHT: &str = "ms-Exch-SMTP-Accept-Any-Recipient";

/// What the connectors say.
#[derive(Debug, Default)]
pub(super) struct Connectors {
    /// How many there are.
    pub(super) count: usize,
    /// Their ranges, narrowest first: those that may relay, and those that may not.
    pub(super) networks: Vec<NetworkRule>,
    pub(super) notes: Vec<String>,
}

pub(super) fn receiving(objects: &[Object], unread: &mut Vec<String>) -> Connectors {
    let mut connectors = Connectors::default();
    let has_rights = objects.iter().any(|object| object.has("ExtendedRights"));
    for object in objects.iter().filter(|object| object.has("RemoteIPRanges")) {
        connectors.count += 1;
        let name =
            object.one("Identity").or(object.one("Name")).unwrap_or("a receive connector without name");
        if object.lists("Enabled", "False") {
            continue;
        }
        let granted = granted(object, name, objects);
        for range in object.all("RemoteIPRanges").iter().flat_map(|value| value.split([',', ';', ' '])) {
            let range = range.trim();
            if range.is_empty() {
                continue;
            }
            let Some(networks) = ranges::networks(range) else {
                unread.push(format!("{}: connector {name}: the range `{range}` is none", object.file));
                continue;
            };
            let stated = match &granted {
                Some(why) => format!("receive connector {name} ({why}), range {range}"),
                None => format!("receive connector {name}, range {range}"),
            };
            connectors.networks.extend(networks.into_iter().map(|network| NetworkRule {
                network,
                excluded: granted.is_none(),
                stated: stated.clone(),
            }));
        }
    }
    if connectors.count > 0 && !has_rights {
        connectors.notes.push(
            "no export of Get-ADPermission: a connector that lets anonymous sessions relay is not known as such"
                .to_owned(),
        );
    }
    // Of two connectors for one range, the one that grants more decides what may happen.
    connectors.networks.sort_by_key(|rule| (std::cmp::Reverse(rule.network.prefix_len()), rule.excluded));
    connectors
}

/// Why sessions of this connector may relay without a login.
fn granted(connector: &Object, name: &str, objects: &[Object]) -> Option<&'static str> {
    let anonymous = objects.iter().any(|object| {
        object.one("Identity").is_some_and(|identity| identity.eq_ignore_ascii_case(name))
            && object.one("User").is_some_and(|user| user.to_ascii_uppercase().ends_with("ANONYMOUS LOGON"))
            && object.lists("ExtendedRights", RIGHT)
            && !object.lists("Deny", "True")
    });
    if anonymous {
        return Some("ms-Exch-SMTP-Accept-Any-Recipient for NT AUTHORITY\\ANONYMOUS LOGON");
    }
    connector.lists("AuthMechanism", "ExternalAuthoritative").then_some("externally secured")
}
