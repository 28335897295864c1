//! Whose mail is delivered here (`mydestination`, `virtual_*_domains`) and for whom is relayed (`relay_domains`).

use std::collections::HashSet;
use std::net::IpAddr;

use super::Gaps;
use super::lines::Files;
use super::list::{Item, items, split};
use super::networks::own_addresses;
use super::parameters::Parameters;
use super::table::{Table, is_table, table};
use crate::audit::files::Names;

/// The lists of domains that are delivered on this host.
const LOCAL: &[&str] = &["mydestination", "virtual_alias_domains", "virtual_mailbox_domains"];

/// Domains delivered here, lower case; the host's own addresses as address literals (RFC 5321 section 4.1.3).
pub(super) fn local(parameters: &Parameters, files: &Files, gaps: &mut Gaps) -> Vec<String> {
    let mut all = Names::default();
    for name in LOCAL {
        for domain in names(name, parameters, files, gaps) {
            if domain.starts_with('.') {
                gaps.note(format!(
                    "{}: {name} lists {domain}, which matches nothing: this list takes whole names",
                    parameters.place(name)
                ));
            } else {
                all.push(domain);
            }
        }
    }
    for address in own_addresses(parameters, gaps) {
        all.push(match address {
            IpAddr::V4(ip) => format!("[{ip}]"),
            IpAddr::V6(ip) => format!("[ipv6:{ip}]"),
        });
    }
    all.all
}

/// Domains relayed for, lower case; a leading dot stands for all subdomains.
pub(super) fn relayed(parameters: &Parameters, files: &Files, gaps: &mut Gaps) -> Vec<String> {
    let parents = parameters.value("parent_domain_matches_subdomains", gaps);
    let with_subdomains = split(&parents).contains(&"relay_domains");
    let mut all = Names::default();
    for domain in names("relay_domains", parameters, files, gaps) {
        let subdomains = (with_subdomains && !domain.starts_with('.')).then(|| format!(".{domain}"));
        all.push(domain);
        if let Some(subdomains) = subdomains {
            all.push(subdomains);
        }
    }
    all.all
}

/// The names that list `name` holds, as far as they can be read.
fn names(name: &str, parameters: &Parameters, files: &Files, gaps: &mut Gaps) -> Vec<String> {
    // A list that is not set takes its names from the keys of address maps, and there only a key that is a bare
    // domain makes that domain ours (virtual(5): "domain anything"); `user@domain` alone does not.
    let from_maps = !parameters.is_set(name) && name.starts_with("virtual_");
    let value = parameters.value(name, gaps);
    let (mut all, mut excluded) = (Vec::new(), HashSet::new());
    for item in items(name, &parameters.stated(name), &parameters.place(name), &value, files, gaps) {
        let found = if is_table(&item.text) {
            table_names(name, &item, files, from_maps, gaps)
        } else {
            vec![item.text.to_lowercase()]
        };
        for domain in found.into_iter().filter(|domain| is_complete(domain)) {
            if item.excluded {
                if name == "relay_domains" {
                    gaps.note(format!(
                        "{}: {name} excludes {domain}; where a domain above it is listed, mail for it counts as ours",
                        item.place
                    ));
                }
                excluded.insert(domain);
            } else if !excluded.contains(&domain) {
                all.push(domain);
            }
        }
    }
    all
}

/// A name built from one that is not known (`localhost.$mydomain`) ends in a dot.
fn is_complete(domain: &str) -> bool {
    !domain.is_empty() && !domain.ends_with('.')
}

fn table_names(name: &str, item: &Item, files: &Files, from_maps: bool, gaps: &mut Gaps) -> Vec<String> {
    let why = match table(&item.text, &item.place, files) {
        Table::Keys(keys) => {
            let keys = keys.into_iter().map(|key| key.text).filter(|key| !key.contains('@'));
            return keys.filter(|key| !from_maps || key.contains('.')).collect();
        }
        Table::Networks(_) => "a table of networks cannot list domains".to_owned(),
        Table::Everything => "it holds every name, so every domain counts as listed".to_owned(),
        Table::Unreadable(why) => why,
    };
    gaps.unread(format!("{}: {name} uses {}: {why}", item.place, item.text));
    Vec::new()
}
