//! What a remote server's reply complains of. Anybody may have written it: it only ever says something about whoever
//! sent it.

use std::net::IpAddr;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::phrases::{LISTS, OTHERS, WORDS};
use crate::detect::domain::provider;
use crate::model::{Event, Field, Mta, domain_of, is_private, parse_ip};

/// A reply longer than any that is read by people: RFC 5321 (section 4.5.3.1.5) allows a line 512 octets, and a reply
/// several.
const MAX_REPLY: usize = 4096;

/// A delivery that failed for our reputation.
pub(super) struct Complaint<'e> {
    /// The provider that refuses.
    pub(super) destination: &'e [u8],
    /// The lists that the reply names, a bit for each of [`LISTS`].
    pub(super) lists: u64,
    /// The first public address in it that is not the remote server's own.
    pub(super) address: Option<IpAddr>,
}

/// Reads replies.
#[derive(Debug)]
pub(super) struct Reader {
    phrases: Option<AhoCorasick>,
}

impl Reader {
    pub(super) fn new() -> Self {
        let lists = LISTS.iter().flat_map(|list| list.phrases);
        let phrases = OTHERS.iter().chain(WORDS).chain(lists);
        let built = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            // Seldom asked: sooner made is better than faster.
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(phrases);
        // Some dozens of short words: this cannot fail.
        Self { phrases: built.ok() }
    }

    /// What `event`, a delivery, says about our reputation.
    pub(super) fn read<'e>(&self, event: &Event<'e>) -> Option<Complaint<'e>> {
        if !matches!(event.get(Field::Status)?, b"deferred" | b"bounced")
            || event.get(Field::ReplyStatus).is_some_and(is_about_the_recipient)
        {
            return None;
        }
        let relay_ip = event.ip(Field::RelayIp);
        if relay_ip.is_some_and(is_private) {
            // A server or filter of our own.
            return None;
        }
        let text = event.get(Field::ReplyText)?;
        let text = &text[..text.len().min(MAX_REPLY)];
        let (said, host) = match event.mta() {
            Some(Mta::Exchange) => exchange_error(text),
            _ => (said(text), event.get(Field::RelayName)),
        };
        let lists = self.lists(said)?;
        let named = host.and_then(provider).or_else(|| postfix_host(text));
        let destination = named.or_else(|| provider(domain_of(event.get(Field::Recipient)?)?))?;
        Some(Complaint { destination, lists, address: addresses(said).find(|&ip| Some(ip) != relay_ip) })
    }

    /// The lists that a reply names; `None` if it is not about our reputation.
    fn lists(&self, said: &[u8]) -> Option<u64> {
        let (mut about_us, mut lists) = (false, 0);
        for found in self.phrases.as_ref()?.find_iter(said) {
            if is_quoted_address(said, found.start()) {
                continue;
            }
            let phrase = found.pattern().as_usize();
            if phrase < OTHERS.len() {
                return None;
            }
            about_us = true;
            lists |= phrase.checked_sub(OTHERS.len() + WORDS.len()).map_or(0, bit);
        }
        about_us.then_some(lists)
    }
}

/// The bit of the list that the phrase of this number, counted over all lists, belongs to.
fn bit(mut phrase: usize) -> u64 {
    for (number, list) in LISTS.iter().enumerate() {
        match phrase.checked_sub(list.phrases.len()) {
            None => return 1 << number,
            Some(left) => phrase = left,
        }
    }
    0
}

/// Classes of RFC 3463: bad address (X.1), mailbox (X.2).
fn is_about_the_recipient(status: &[u8]) -> bool {
    matches!(status.get(1..4), Some(b".1." | b".2."))
}

/// What the remote server said, without what Postfix puts in front of it: the name of a host may say anything, too.
fn said(text: &[u8]) -> &[u8] {
    const ENDS: [&[u8]; 2] = [b"] said: ", b"] refused to talk to me: "];
    let ends = ENDS.iter().filter_map(|end| Some(memchr::memmem::find(text, end)? + end.len()));
    &text[ends.min().unwrap_or(0)..]
}

/// Whether `at` lies within `<an@address>`, which our own client chose and the remote server repeats.
fn is_quoted_address(text: &[u8], at: usize) -> bool {
    let Some(open) = memchr::memrchr2(b'<', b'>', &text[..at]).filter(|&open| text[open] == b'<') else {
        return false;
    };
    let inside = &text[open..];
    let close = memchr::memchr(b'>', inside).unwrap_or(inside.len());
    memchr::memchr(b'@', &inside[..close]).is_some()
}

/// The host of which Postfix says that it refused earlier: `delivery temporarily suspended: host mx.far.example[..`.
fn postfix_host(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"delivery temporarily suspended: ").unwrap_or(text);
    let text = text.strip_prefix(b"host ")?;
    provider(&text[..memchr::memchr(b'[', text)?])
}

/// Exchange's last error, `[{LED=what it said};{MSG=};{FQDN=mx.far.example};{IP=198.51.100.25};{LRT=..}]`: what the remote
/// server said, and its name. What it said stands on the left, so this reads from the right.
fn exchange_error(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    const KEY: &[u8] = b"{FQDN=";
    let Some(at) = memchr::memmem::rfind(text, KEY) else { return (text, None) };
    let host = &text[at + KEY.len()..];
    (&text[..at], memchr::memchr(b'}', host).map(|end| &host[..end]))
}

/// Public addresses in a text.
fn addresses(text: &[u8]) -> impl Iterator<Item = IpAddr> {
    let words = text.split(|&byte| !byte.is_ascii_hexdigit() && byte != b'.' && byte != b':');
    let trimmed = words.map(|word| word.trim_ascii_end().strip_suffix(b".").unwrap_or(word));
    trimmed.filter(|word| word.len() >= 7).filter_map(parse_ip).filter(|&ip| !is_private(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(said: &[u8]) -> Option<Vec<&'static str>> {
        let lists = Reader::new().lists(said)?;
        Some((0..LISTS.len()).filter(|list| lists >> list & 1 == 1).map(|list| LISTS[list].name).collect())
    }

    #[test]
    fn refusals_for_our_reputation_are_known_by_lists_and_words() {
        for (reply, lists) in [
            ("Service unavailable; Client host [192.0.2.5] blocked using zen.spamhaus.org", &["Spamhaus"][..]),
            ("listed at bl.spamcop.net and b.barracudacentral.org", &["SpamCop", "Barracuda"]),
            ("421 4.7.0 [TSS04] Messages from 192.0.2.5 temporarily deferred", &[]),
            ("Unfortunately, messages from [192.0.2.5] weren't sent: on our block list (S3150)", &[]),
            ("550 5.7.606 Access denied, banned sending IP [192.0.2.5]", &[]),
            ("554 IP=192.0.2.5 - None/bad reputation. (NOWL)", &[]),
        ] {
            assert_eq!(named(reply.as_bytes()).as_deref(), Some(lists), "{reply}");
        }
    }

    #[test]
    fn what_is_not_about_us_is_none() {
        for reply in [
            "550 5.1.1 User unknown",
            "<blacklist@spamhaus.example>: try again later",
            "RCPT TO:<rbl@far.example>: 451 greylisted",
            "blocked using zen.spamhaus.org; Error: open resolver; https://check.spamhaus.org/returnc/pub/192.0.2.1/",
            "message has a link listed at multi.surbl.org, blacklisted",
            "sender is on the recipient's blocklist",
            "552 mailbox full",
        ] {
            assert_eq!(named(reply.as_bytes()), None, "{reply}");
        }
    }

    #[test]
    fn the_remote_server_is_named_by_what_our_server_wrote() {
        let postfix = b"host mx.spamhaus.example[198.51.100.25] said: 550 no";
        assert_eq!(said(postfix), b"550 no");
        assert_eq!(postfix_host(postfix), Some(&b"spamhaus.example"[..]));
        let exchange = b"[{LED=550 listed};{FQDN=mx.google.com}];{MSG=};{FQDN=mx.far.example};{IP=198.51.100.25};{LRT=}]";
        let (said, host) = exchange_error(exchange);
        assert_eq!((host, addresses(said).next()), (Some(&b"mx.far.example"[..]), None));
    }

    #[test]
    fn the_address_that_is_refused_is_found() {
        let of = |text: &str| addresses(text.as_bytes()).next().map(|ip| ip.to_string());
        assert_eq!(of("4.7.0 [192.0.2.5] deferred - 4.16.55.1").as_deref(), Some("192.0.2.5"));
        assert_eq!(of("IP=2001:db8::5 - bad, 127.0.0.2.").as_deref(), Some("2001:db8::5"));
        assert_eq!(of("5.7.1 no"), None);
    }

    #[test]
    fn every_list_has_a_bit() {
        assert!(LISTS.len() <= 64);
        let last = LISTS.iter().map(|list| list.phrases.len()).sum::<usize>() - 1;
        assert_eq!(bit(last), 1 << (LISTS.len() - 1));
    }
}
