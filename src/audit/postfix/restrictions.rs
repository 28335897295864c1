//! What `smtpd_relay_restrictions` and `smtpd_recipient_restrictions` say about authority other than an address.

use crate::model::ClientCertificates;

use super::Gaps;
use super::list::split;
use super::parameters::Parameters;
use super::services::Service;

/// The two lists that decide about relaying (postconf(5)).
const LISTS: &[&str] = &["smtpd_relay_restrictions", "smtpd_recipient_restrictions"];

/// Which certificates may relay by `main.cf`; says what else opens the server.
pub(super) fn of_server(parameters: &Parameters, gaps: &mut Gaps) -> ClientCertificates {
    for list in LISTS {
        let (value, place) = (parameters.value(list, gaps), parameters.place(list));
        for restriction in before_end(&value) {
            if restriction == "permit_mx_backup" {
                gaps.unread(format!(
                    "{place}: {list} has permit_mx_backup: every domain whose MX records name this host is relayed for"
                ));
            }
        }
    }
    of(parameters, LISTS, gaps)
}

/// Whether any list, of the server or of a service, lets clients relay because they are in `mynetworks`: the two that decide,
/// or a class of restrictions, which may have any name.
pub(super) fn permit_networks(parameters: &Parameters, services: &[Service], gaps: &mut Gaps) -> bool {
    const PERMIT: &str = "permit_mynetworks";
    LISTS.iter().any(|list| split(&parameters.value(list, gaps)).contains(&PERMIT))
        || parameters.any_is_set_to(PERMIT)
        || services.iter().any(|service| service.any_is_set_to(PERMIT))
}

/// The same for a service of `master.cf`, by the lists it overrides.
pub(super) fn of_service(service: &Service, parameters: &Parameters) -> ClientCertificates {
    let overridden: Vec<&str> = LISTS.iter().copied().filter(|list| service.sets(list)).collect();
    of(parameters, &overridden, &mut Gaps::default())
}

/// The more permissive of two.
pub(super) fn stronger(one: ClientCertificates, other: ClientCertificates) -> ClientCertificates {
    use ClientCertificates::{AllTrusted, Listed, None};
    match (one, other) {
        (AllTrusted, _) | (_, AllTrusted) => AllTrusted,
        (Listed, _) | (_, Listed) => Listed,
        (None, None) => None,
    }
}

fn of(parameters: &Parameters, lists: &[&str], gaps: &mut Gaps) -> ClientCertificates {
    let mut found = ClientCertificates::None;
    for list in lists {
        for restriction in before_end(&parameters.value(list, gaps)) {
            found = stronger(
                found,
                match restriction.as_str() {
                    "permit_tls_clientcerts" => ClientCertificates::Listed,
                    "permit_tls_all_clientcerts" => ClientCertificates::AllTrusted,
                    _ => ClientCertificates::None,
                },
            );
        }
    }
    found
}

/// The restrictions that are reached by a client that may not relay: what stands behind a final one has no say.
pub(super) fn before_end(value: &str) -> Vec<String> {
    let is_final = |word: &String| {
        matches!(
            &**word,
            "reject" | "defer" | "permit" | "reject_unauth_destination" | "defer_unauth_destination"
        )
    };
    let mut all = grouped(value);
    all.truncate(all.iter().position(is_final).unwrap_or(all.len()));
    all
}

/// The restrictions of a list. `check_..._access type:table` is one restriction.
pub(super) fn grouped(value: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in split(value) {
        match all.last_mut() {
            Some(check) if word.contains(':') && check.starts_with("check_") => {
                check.push(' ');
                check.push_str(word);
            }
            _ => all.push(word.to_owned()),
        }
    }
    all
}

/// Whether an action of an access table (access(5)) permits or refuses; `None` for those that leave it to what follows.
pub(super) fn permits(action: &str) -> Option<bool> {
    let word = action.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "ok" | "permit" | "relay" => Some(true),
        "reject" | "defer" | "discard" => Some(false),
        // An all-numerical result is OK, but a reply code with its text refuses.
        digits if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(!action.contains(char::is_whitespace))
        }
        _ => None,
    }
}
