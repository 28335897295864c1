//! `mynetworks`: who may relay because of the address it comes from.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::model::NetworkRule;

use super::Gaps;
use super::lines::{Files, Place};
use super::list::{Item, items, split};
use super::parameters::Parameters;
use super::services::Service;
use super::table::{Key, Table, is_table, table};

/// The networks that may relay, in the order the server tries them.
pub(super) fn trusted(parameters: &Parameters, files: &Files, gaps: &mut Gaps) -> Vec<NetworkRule> {
    if !parameters.is_set("mynetworks") {
        return by_style(parameters, gaps);
    }
    let stated = parameters.stated("mynetworks");
    rules("mynetworks", &stated, &parameters.place("mynetworks"), parameters, files, gaps)
}

/// The networks that a service of `master.cf` has instead of the server's. They are added behind the server's own:
/// which service took a message is not told apart.
pub(super) fn of_service(
    service: &Service,
    parameters: &Parameters,
    files: &Files,
    gaps: &mut Gaps,
) -> Vec<NetworkRule> {
    if !service.sets("mynetworks") {
        return Vec::new();
    }
    let value = parameters.value("mynetworks", gaps);
    gaps.note(format!("{}: service {} has mynetworks of its own: {value}", service.place, service.name));
    let stated = format!("mynetworks of service {} in {}", service.name, service.place);
    rules("mynetworks", &stated, &service.place, parameters, files, gaps)
}

fn rules(
    name: &str,
    stated: &str,
    place: &Place,
    parameters: &Parameters,
    files: &Files,
    gaps: &mut Gaps,
) -> Vec<NetworkRule> {
    let value = parameters.value(name, gaps);
    let mut rules = Vec::new();
    for item in items(name, stated, place, &value, files, gaps) {
        if is_table(&item.text) {
            add_table(&item, files, &mut rules, gaps);
        } else {
            match network(&item.text) {
                Ok(network) => {
                    rules.push(NetworkRule { network, excluded: item.excluded, stated: item.stated });
                }
                Err(why) => gaps.unread(format!("{}: {name} lists {}, {why}", item.place, item.text)),
            }
        }
    }
    rules
}

fn add_table(item: &Item, files: &Files, rules: &mut Vec<NetworkRule>, gaps: &mut Gaps) {
    let mut add = |key: &Key, network, excluded| {
        let stated = format!("{} through {} in {}", item.stated, item.text, key.place);
        rules.push(NetworkRule { network, excluded, stated });
    };
    match table(&item.text, &item.place, files) {
        // A hash is asked for the whole address only, so its keys are addresses.
        Table::Keys(keys) => {
            for key in keys {
                if let Ok(address) = key.text.parse::<IpAddr>() {
                    add(&key, IpNet::from(address), item.excluded);
                } else {
                    gaps.note(format!(
                        "{}: {} is no address, so it never matches in mynetworks",
                        key.place, key.text
                    ));
                }
            }
        }
        Table::Networks(keys) => {
            for key in keys {
                let text = key.text.trim_start_matches('!');
                match network(text) {
                    Ok(network) if text.len() == key.text.len() => add(&key, network, item.excluded),
                    Ok(_) => {
                        gaps.unread(format!("{}: the pattern {} is not followed here", key.place, key.text));
                    }
                    Err(why) => gaps.unread(format!("{}: {}, {why}", key.place, key.text)),
                }
            }
        }
        Table::Everything => {
            let key = Key { text: String::new(), value: String::new(), place: item.place.clone() };
            add(&key, IpNet::V4(ipnet::Ipv4Net::default()), item.excluded);
            add(&key, IpNet::V6(ipnet::Ipv6Net::default()), item.excluded);
        }
        Table::Unreadable(why) => gaps.unread(unreadable(item, &why)),
    }
}

fn unreadable(item: &Item, why: &str) -> String {
    if item.text.parse::<IpNet>().is_ok() || item.text.parse::<IpAddr>().is_ok() {
        return format!(
            "{}: Postfix takes {} for a lookup table; an IPv6 network is written [2001:db8::]/32",
            item.place, item.text
        );
    }
    format!("{}: mynetworks uses {}: {why}", item.place, item.text)
}

/// `192.0.2.0/24`, `192.0.2.10`, `[2001:db8::]/32`, `[::1]`.
pub(super) fn network(text: &str) -> Result<IpNet, &'static str> {
    let (address, mask) = match text.split_once('/') {
        Some((address, mask)) => (address, Some(mask)),
        None => (text, None),
    };
    let address = address.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(address);
    let address: IpAddr =
        address.parse().map_err(|_| "which is no address or network; names are not looked up here")?;
    let Some(mask) = mask else { return Ok(IpNet::from(address)) };
    let length = mask.parse().map_err(|_| "whose mask is no number of bits, so Postfix refuses it")?;
    let network = IpNet::new(address, length).map_err(|_| "whose mask is too long, so Postfix refuses it")?;
    if network.addr() == network.network() {
        Ok(network)
    } else {
        Err("which has bits set behind its mask, so Postfix refuses it")
    }
}

/// `mynetworks` that nobody set follows from `mynetworks_style` and the interfaces, which only the host knows.
fn by_style(parameters: &Parameters, gaps: &mut Gaps) -> Vec<NetworkRule> {
    let style = parameters.value("mynetworks_style", gaps);
    let stated = format!("mynetworks ({} by {})", style, parameters.stated("mynetworks_style"));
    let addresses = own_addresses(parameters, gaps);
    let file = parameters.place("inet_interfaces").file.display().to_string();
    match style.as_str() {
        "host" if addresses.is_empty() => gaps.note(format!(
            "{file}: mynetworks is not set and means the host's own addresses, which only the host knows; \
             loopback alone is taken"
        )),
        "host" => {}
        _ => gaps.unread(format!(
            "{file}: mynetworks is not set and means the {style} of the host's interfaces, which only the host knows; \
             state the networks in [site] trusted_networks"
        )),
    }
    let loopback = [IpAddr::from([127, 0, 0, 0]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    let loopback =
        loopback.into_iter().filter_map(|ip| IpNet::new(ip, if ip.is_ipv4() { 8 } else { 128 }).ok());
    let own = addresses.into_iter().map(IpNet::from);
    loopback
        .chain(own)
        .map(|network| NetworkRule { network, excluded: false, stated: stated.clone() })
        .collect()
}

/// The addresses that `inet_interfaces` and `proxy_interfaces` name literally: they are the host's own.
pub(super) fn own_addresses(parameters: &Parameters, gaps: &mut Gaps) -> Vec<IpAddr> {
    let mut all = Vec::new();
    for name in ["inet_interfaces", "proxy_interfaces"] {
        let value = parameters.value(name, gaps);
        let literal = |entry: &str| entry.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        all.extend(split(&value).into_iter().filter_map(literal).filter(|ip| !ip.is_loopback()));
    }
    all
}
