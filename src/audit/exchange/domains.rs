//! Accepted domains (`Get-AcceptedDomain`): whose mail ends here, and whose is passed on.

use super::export::Object;

/// The accepted domains, by what happens to their mail.
#[derive(Debug, Default)]
pub(super) struct Domains {
    pub(super) local: Vec<String>,
    pub(super) relayed: Vec<String>,
    /// What lets strangers relay to everybody.
    pub(super) openings: Vec<String>,
}

impl Domains {
    pub(super) fn is_empty(&self) -> bool {
        self.local.is_empty() && self.relayed.is_empty() && self.openings.is_empty()
    }
}

pub(super) fn accepted(objects: &[Object]) -> Domains {
    let mut domains = Domains::default();
    for object in objects.iter().filter(|object| object.has("DomainType")) {
        let Some(name) = object.one("DomainName").map(str::to_ascii_lowercase) else { continue };
        let list = if object.lists("DomainType", "Authoritative") {
            &mut domains.local
        } else {
            &mut domains.relayed
        };
        if name == "*" {
            domains.openings.push(format!("The accepted domain `*` in {}", object.file));
        } else if let Some(parent) = name.strip_prefix("*.") {
            list.push(format!(".{parent}"));
        } else {
            if object.lists("MatchSubDomains", "True") {
                list.push(format!(".{name}"));
            }
            list.push(name);
        }
    }
    domains
}
