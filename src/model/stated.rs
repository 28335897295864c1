//! Domains and networks as people state them: what is wrong with one, and what was meant.

use std::net::IpAddr;

use ipnet::IpNet;

/// What is wrong with a value, and what to write instead.
pub type Wrong = (String, Option<String>);

/// A domain name in lower case. International names stand in a log as A-labels (RFC 5890), so they do here.
pub fn domain(text: &str) -> Result<String, Wrong> {
    let wrong = |message: &str, instead: Option<&str>| {
        Err((
            format!("`{text}` is no domain name: {message}"),
            instead.map(|name| format!("did you mean `{name}`?")),
        ))
    };
    if let Some((_, domain)) = text.rsplit_once('@') {
        return wrong("it has an @", (!domain.is_empty()).then_some(domain));
    }
    if let Some((_, rest)) = text.split_once("://") {
        return wrong("it is a URL", rest.split(['/', ':', '?']).next());
    }
    if let Some(rest) = text.strip_prefix("*.") {
        return wrong("subdomains are written with a leading dot", Some(&format!(".{rest}")));
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    if name.parse::<IpAddr>().is_ok() {
        return wrong("it is an address", Some(&format!("[{name}]")));
    }
    if name.starts_with('[') && name.ends_with(']') {
        return Ok(name.to_lowercase());
    }
    if !name.is_ascii() {
        return wrong("write it as the log does, in its xn-- form", None);
    }
    // RFC 1035 section 2.3.4: 255 octets, labels of 63. A leading dot stands for all subdomains.
    let mut labels = name.strip_prefix('.').unwrap_or(name).split('.');
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if name.len() > 255 || !labels.all(is_label) {
        return wrong("labels of letters, digits and hyphens between dots are expected", None);
    }
    Ok(name.to_ascii_lowercase())
}

/// A network or a single address.
pub fn network(text: &str) -> Result<IpNet, Wrong> {
    let expected = "expected an address or a network, like 192.0.2.10, 192.0.2.0/24 or 2001:db8::/32";
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address));
    }
    if let Ok(network) = text.parse::<IpNet>() {
        return if network.addr() == network.network() {
            Ok(network)
        } else {
            let hint =
                format!("did you mean `{}`, or the single address `{}`?", network.trunc(), network.addr());
            Err((format!("`{text}` has bits set behind its mask"), Some(hint)))
        };
    }
    let plain: String = text.chars().filter(|c| !matches!(c, '[' | ']')).collect();
    let hint = (plain != text && (plain.parse::<IpNet>().is_ok() || plain.parse::<IpAddr>().is_ok()))
        .then(|| format!("did you mean `{plain}`?"));
    Err((format!("`{text}` is no network"), Some(hint.unwrap_or_else(|| expected.to_owned()))))
}
