//! Sendmail: `sendmail.cf` and the `sendmail.mc` it was made of, the files of its classes, and the access map
//! (cf/README of its distribution).
//!
//! What runs is `sendmail.cf`, so its classes and maps count; which features went into it its comments tell, and
//! `sendmail.mc` the line on which each is asked for. Where only one of the two is there, that one is read. Nothing is
//! executed and no database opened: a map is read from the text that makemap(8) compiled.

mod access;
mod cf;
mod classes;
mod mc;
mod network;

use std::path::{Path, PathBuf};

use crate::model::{Mta, NetworkRule, ServerConfiguration};

use super::Error;
use super::files::{Gaps, Names, Place, read as read_file};
use classes::{Class, Entry};

/// Where Sendmail believes its configuration to lie.
const HOME: &str = "/etc/mail";

/// Reads the configuration in `folder` (`/etc/mail`, or a copy of it).
///
/// Only if neither `sendmail.cf` nor `sendmail.mc` can be read it is an error: every smaller gap becomes a sentence in
/// `unread` (it bears on what may be claimed) or in `notes` (it is worth knowing), with its file and line.
pub fn read(folder: &Path) -> Result<ServerConfiguration, Error> {
    let (cf, mc) = (folder.join("sendmail.cf"), folder.join("sendmail.mc"));
    let mut gaps = Gaps::default();
    let stated = match (read_file(&cf), read_file(&mc)) {
        (Ok(running), source) => {
            let mut stated = cf::parse(&cf, &running);
            if let Ok(source) = source {
                stated.place_features(&mc::parse(&mc, &source), &mut gaps);
            }
            stated
        }
        (Err(_), Ok(source)) => mc::parse(&mc, &source),
        (Err(source), Err(_)) => {
            return Err(Error::Read { server: "Sendmail", main: "sendmail.cf", path: cf, source });
        }
    };
    Ok(stated.settle(folder, gaps))
}

/// What the main files say.
#[derive(Debug, Default)]
struct Stated {
    /// Features by name, and where each is asked for.
    features: Vec<(String, Place)>,
    classes: Vec<(Class, Entry)>,
    /// The access map: its type, its file, and where it is named.
    access: Option<(String, String, Place)>,
    /// The host's own full name (`$j`), and its domain (`$m`).
    own_name: Option<String>,
    own_domain: Option<String>,
    /// Sentences about what is decided by rules of the site's own.
    own_rules: Vec<String>,
}

/// Features that let strangers relay, whatever their address (cf/README, "ANTI-SPAM CONFIGURATION CONTROL").
const OPENINGS: [&str; 4] = ["promiscuous_relay", "relay_local_from", "relay_mail_from", "loose_relay_check"];

impl Stated {
    fn feature(&self, name: &str) -> Option<&Place> {
        self.features.iter().find(|(known, _)| known == name).map(|(_, place)| place)
    }

    /// The same feature in the source: that is where it can be changed.
    fn place_features(&mut self, source: &Self, gaps: &mut Gaps) {
        for (name, place) in &source.features {
            match self.features.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = place.clone(),
                None if OPENINGS.contains(&name.as_str()) => {
                    gaps.note(format!("{place}: FEATURE({name}) is not in sendmail.cf, which is older"));
                }
                None => {}
            }
        }
    }

    fn settle(self, folder: &Path, mut gaps: Gaps) -> ServerConfiguration {
        let with_subdomains = self.feature("relay_hosts_only").is_none();
        let (mut local, mut relay, mut clients) = (Names::default(), Names::default(), Names::default());
        let mut networks: Vec<NetworkRule> = Vec::new();
        local.push("localhost".to_owned());
        if let Some(name) = &self.own_name {
            local.push(name.clone());
        }
        for (class, entry) in &self.classes {
            for name in entry.names(folder, &mut gaps) {
                match class {
                    Class::Local | Class::Virtual => local.push(name.text),
                    Class::Relay => match network::of(&name.text) {
                        Some(network) => {
                            let stated = format!("class R in {}", name.place);
                            networks.push(NetworkRule { network, excluded: false, stated });
                        }
                        None => push_domain(&name.text, with_subdomains, &mut relay, &mut clients),
                    },
                }
            }
        }
        let local = local.all;
        for name in &local {
            clients.push(name.clone());
        }
        if let Some(place) = self.feature("relay_entire_domain") {
            match self.own_domain.as_deref() {
                Some(domain) => push_domain(domain, true, &mut relay, &mut clients),
                None => gaps.unread(format!(
                    "{place}: FEATURE(relay_entire_domain) relays for the host's own domain, which only the host knows"
                )),
            }
        }
        if let Some(place) = self.feature("relay_based_on_MX") {
            gaps.unread(format!(
                "{place}: FEATURE(relay_based_on_MX) relays for every domain whose MX records name this host"
            ));
        }
        self.own_rules.into_iter().for_each(|sentence| gaps.unread(sentence));
        let mut map = access::Map::default();
        if let Some((kind, file, place)) = &self.access {
            map.read(kind, &resolve(folder, file), place, &mut gaps);
        }
        for domain in map.domains {
            push_domain(&domain, with_subdomains, &mut relay, &mut clients);
        }
        for name in map.clients {
            push_domain(&name, with_subdomains, &mut Names::default(), &mut clients);
        }
        networks.extend(map.networks);
        // The most particular entry decides (cf/README, `access_db`), a refusal before all.
        networks.sort_by_key(|rule| (std::cmp::Reverse(rule.network.prefix_len()), !rule.excluded));
        let openings = self.features.iter().filter(|(name, _)| OPENINGS.contains(&name.as_str()));
        let openings = openings.map(|(name, place)| format!("FEATURE({name}) in {place}")).collect();
        ServerConfiguration {
            mta: Mta::Sendmail,
            folder: folder.display().to_string(),
            local_domains: local,
            relay_domains: relay.all,
            client_domains: clients.all,
            openings,
            networks,
            client_certificates: map.certificates,
            unread: gaps.unread,
            notes: gaps.notes,
        }
    }
}

/// A domain that is relayed for, and whose hosts may relay; those below it too.
fn push_domain(name: &str, with_subdomains: bool, relay: &mut Names, clients: &mut Names) {
    for name in [Some(name.to_owned()), with_subdomains.then(|| format!(".{name}"))].into_iter().flatten() {
        relay.push(name.clone());
        clients.push(name);
    }
}

/// A copy of `/etc/mail` under another name still says `/etc/mail/access`: that means the file in the copy, never the
/// one of the machine this happens to run on.
fn resolve(folder: &Path, file: &str) -> PathBuf {
    let path = Path::new(file);
    folder.join(path.strip_prefix(HOME).unwrap_or(path))
}

#[cfg(test)]
mod tests;
