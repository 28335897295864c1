//! What is masked when others look at the screen: hosts keep their network, people lose their name.

use std::net::IpAddr;

use crate::model::{parse_ip, shown_text};

/// Names in a line behind which an account stands without a domain.
const ACCOUNT_KEYS: &[&str] = &["sasl_username", "authid", "user", "orig_to", "uid"];

/// `203.0.x.x`, `2001:db8:x`.
pub(super) fn ip(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            format!("{a}.{b}.x.x")
        }
        IpAddr::V6(ip) => {
            let [a, b, ..] = ip.segments();
            format!("{a:x}:{b:x}:x")
        }
    }
}

/// `***@corp.example`; without a domain `***`. The domain is needed to see what goes on.
pub(super) fn mailbox(address: &str) -> String {
    match address.rsplit_once('@') {
        _ if address.is_empty() => String::new(),
        Some((_, domain)) => format!("***@{}", host(domain)),
        None => "***".to_owned(),
    }
}

/// Providers write the address into the name: a name with three numbers or more loses them.
pub(super) fn host(name: &str) -> String {
    if let Some(address) = parse_ip(name.as_bytes()) {
        return ip(address);
    }
    let numbers = name.split(|character: char| !character.is_ascii_digit()).filter(|part| !part.is_empty());
    if numbers.count() < 3 {
        return name.to_owned();
    }
    let mut masked = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '0'..='9' if masked.ends_with('x') => {}
            '0'..='9' => masked.push('x'),
            other => masked.push(other),
        }
    }
    masked
}

/// A whole line, or a sentence: every address in it is masked.
pub(super) fn text(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut key = "";
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        if length == 0 {
            masked.push(first);
            if first != '=' && first != '<' {
                key = "";
            }
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, behind) = rest.split_at(length);
        masked.push_str(&masked_word(word, key));
        key = word;
        rest = behind;
    }
    masked
}

/// What a name, an address or a mail address is made of.
fn is_part(character: char) -> bool {
    character.is_alphanumeric() || ".:-_@+%!".contains(character)
}

fn masked_word(word: &str, key: &str) -> String {
    let core = word.trim_end_matches(['.', ':', '!']);
    let tail = &word[core.len()..];
    let port = core.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(address) = parse_ip(core.as_bytes()) {
        return ip(address) + tail;
    }
    if let Some((address, port)) = port
        && let Some(address) = parse_ip(address.as_bytes())
    {
        return format!("{}:{port}{tail}", ip(address));
    }
    if core.contains('@') || ACCOUNT_KEYS.contains(&key) {
        return mailbox(core) + tail;
    }
    // Clocks and dates are numbers, too.
    if core.contains(|character: char| character.is_ascii_alphabetic()) && core.contains('.') {
        return host(core) + tail;
    }
    word.to_owned()
}

/// A text that may be an address, a name or a mail address: what an alert is about.
pub(super) fn name(value: &str) -> String {
    if let Some((network, bits)) = value.split_once('/')
        && let Some(network) = parse_ip(network.as_bytes())
    {
        return format!("{}/{bits}", ip(network));
    }
    if value.contains('@') { mailbox(value) } else { host(&shown_text(value).to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_keep_their_network_and_people_lose_their_name() {
        assert_eq!(name("203.0.113.66"), "203.0.x.x");
        assert_eq!(name("2001:db8:bad::66"), "2001:db8:x");
        assert_eq!(name("203.0.113.0/24"), "203.0.x.x/24");
        assert_eq!(name("bob@corp.example"), "***@corp.example");
        assert_eq!(host("203-0-113-66.isp.example"), "x-x-x-x.isp.example");
        assert_eq!(host("mx1.corp.example"), "mx1.corp.example");
    }

    #[test]
    fn in_a_line_every_address_is_masked_and_the_rest_stays() {
        let line = "Mar  2 07:01:00 mx1 postfix/smtpd[311]: NOQUEUE: reject: RCPT from h-203-0-113-66.isp.example\
                    [203.0.113.66]:2525: 554 5.7.1 <bob+x@far.example>: Relay access denied; from=<> \
                    helo=<[203.0.113.66]> sasl_username=ann, relay=2001:db8::25.";
        assert_eq!(
            text(line),
            "Mar  2 07:01:00 mx1 postfix/smtpd[311]: NOQUEUE: reject: RCPT from h-x-x-x-x.isp.example\
             [203.0.x.x]:2525: 554 5.7.1 <***@far.example>: Relay access denied; from=<> \
             helo=<[203.0.x.x]> sasl_username=***, relay=2001:db8:x."
        );
    }
}
