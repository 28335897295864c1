//! One function per field type: where a field that begins at `at` ends. Every function looks at `line` only up to its
//! end, which the caller may have cut, and returns `None` where the text is not of the type.

use std::net::IpAddr;
use std::ops::Range;

use crate::model::{Field, Mta, Stage, leading_ipv4, parse_ip};

use super::bytes::{ByteSet, Literal, first, first_of};
use super::captures::Captures;
use super::types::Type;
use super::{exim, queue, sendmail};

/// What may follow a field: one of some literals, or the end of the line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stops {
    literals: Vec<Literal>,
    end: bool,
    /// The first bytes of the literals.
    firsts: ByteSet,
}

impl Stops {
    const AT_END: Self = Self { literals: Vec::new(), end: true, firsts: ByteSet::of(b"") };

    /// `literal` may follow, too. No literal is empty.
    pub(super) fn add(&mut self, literal: &[u8]) {
        self.firsts = literal.first().map_or(self.firsts, |&first| self.firsts.with(first));
        self.literals.push(Literal::new(literal));
    }

    /// The end of the line may follow, too.
    pub(super) fn add_end(&mut self) {
        self.end = true;
    }

    pub(super) fn literals(&self) -> &[Literal] {
        &self.literals
    }

    /// Whether the field may end at `at`.
    #[inline]
    fn stand_at(&self, line: &[u8], at: usize) -> bool {
        if at == line.len() { self.end } else { self.literals.iter().any(|text| text.stands_at(line, at)) }
    }

    /// The first place from `at` where the field may end.
    #[inline]
    fn first(&self, line: &[u8], at: usize) -> Option<usize> {
        let nearest = match &*self.literals {
            [] => None,
            [one] => one.find(line, at),
            several => several.iter().filter_map(|literal| literal.find(line, at)).min(),
        };
        nearest.or(self.end.then_some(line.len()))
    }

    /// The first place from `at` where a literal may begin, by its first byte, or a blank stands, or the line ends.
    #[inline]
    fn first_or_blank(&self, line: &[u8], at: usize) -> usize {
        let ends = self.firsts.with(b' ');
        line[at..].iter().position(|&byte| ends.has(byte)).map_or(line.len(), |len| at + len)
    }
}

/// A field of a template, and what may stand behind it (or, read from the right, before it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) ty: Type,
    /// The field that a plain type is.
    pub(super) field: Option<Field>,
    pub(super) capture: bool,
    pub(super) stops: Stops,
}

impl Slot {
    /// Where the field ends that begins at `at`. What it holds is recorded if the template captures it.
    #[inline]
    pub(super) fn scan(&self, line: &[u8], at: usize, out: &mut Captures<'_>) -> Option<usize> {
        field(self, &self.stops, line, at, out)
    }

    /// Whether all of `line` from `at` is the field.
    pub(super) fn is_rest(&self, line: &[u8], at: usize, out: &mut Captures<'_>) -> bool {
        field(self, &Stops::AT_END, line, at, out) == Some(line.len())
    }
}

#[inline]
fn field(slot: &Slot, stops: &Stops, line: &[u8], at: usize, out: &mut Captures<'_>) -> Option<usize> {
    let &Slot { ty, field, capture, .. } = slot;
    let end = match ty {
        Type::QueueId => {
            let id = match out.queue_id {
                Some((known_at, id)) if known_at == at => id,
                // Elsewhere in a line, every server names a message of its own in its own way.
                _ => queue::at_start(out.mta, &line[at..])?,
            };
            if !id.is_id {
                return Some(at + id.len);
            }
            at + id.len
        }
        Type::Client if out.mta == Mta::Exim => seldom(slot, stops, line, at, out)?,
        Type::Client | Type::OrigClient => {
            let client = client(line, at)?;
            if capture && ty == Type::Client {
                out.client_ip = client.address;
                client.push(out, [Field::ClientName, Field::ClientIp, Field::ClientPort]);
            } else if capture {
                client.push(out, [Field::OrigClientName, Field::OrigClientIp, Field::OrigClientIp]);
            }
            client.end
        }
        Type::Address => {
            let end = address(line, at, stops)?;
            if out.mta == Mta::Exim && exim::has_comment(line, at, end) {
                return None;
            }
            end
        }
        Type::Int => run(line, at, |byte| byte.is_ascii_digit())?,
        Type::Decimal => run(line, at, |byte| byte.is_ascii_digit() || byte == b'.')?,
        Type::Word => word(line, at, stops)?,
        Type::Path => {
            let (inside, end) = sendmail::path(line, at)?;
            if let Some(field) = field {
                out.push(field, inside);
            }
            return Some(end);
        }
        _ => seldom(slot, stops, line, at, out)?,
    };
    if let Some(field) = field {
        out.push(field, at..end);
    }
    Some(end)
}

/// The types that stand once in a line or in few of them: a call of their own leaves the way of the others short.
#[inline(never)]
fn seldom(slot: &Slot, stops: &Stops, line: &[u8], at: usize, out: &mut Captures<'_>) -> Option<usize> {
    let &Slot { ty, field, capture, .. } = slot;
    Some(match ty {
        Type::Client => {
            let ends = |at| stops.literals.is_empty() && !stops.end || stops.stand_at(line, at);
            let client = exim::client(line, at, ends)?;
            if capture {
                client.push(out);
            }
            client.end
        }
        Type::Destination => {
            let destination = exim::destination(line, at)?;
            if capture {
                destination.push(out);
            }
            destination.end
        }
        Type::Relay => {
            let end = word(line, at, stops)?;
            if capture {
                relay(line, at..end).push(out, [Field::RelayName, Field::RelayIp, Field::RelayPort]);
            }
            end
        }
        Type::Stage => {
            let end = stops.first(line, at)?;
            let word = &line[at..end];
            let stage = Stage::from_command(word);
            if stage.is_none() && !looks_like_command(word) {
                return None;
            }
            if capture {
                out.stage = stage;
            }
            end
        }
        Type::Keyword => run(line, at, |byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'))?,
        Type::Ip => {
            let end = ip(line, at, stops)?;
            if field == Some(Field::ClientIp) {
                out.client_ip = parse_ip(&line[at..end]);
            }
            end
        }
        Type::Token => stops.first(line, at).filter(|&end| end > at)?,
        Type::Peer => {
            let peer = sendmail::peer(line, at)?;
            if capture {
                peer.push(out);
            }
            peer.end
        }
        // These are read by `field` itself, or matched by the template, from both sides.
        Type::QueueId
        | Type::OrigClient
        | Type::Address
        | Type::Int
        | Type::Decimal
        | Type::Word
        | Type::Path
        | Type::Reply
        | Type::Envelope
        | Type::Text
        | Type::Refusal
        | Type::Check
        | Type::Origin
        | Type::Delivery => return None,
    })
}

#[inline]
fn run(line: &[u8], at: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let len = line[at..].iter().position(|&byte| !wanted(byte)).unwrap_or(line.len() - at);
    (len > 0).then_some(at + len)
}

/// Non-blank bytes, up to the next literal.
fn word(line: &[u8], at: usize, stops: &Stops) -> Option<usize> {
    match (&*stops.literals, stops.end) {
        // Mostly a single literal may follow.
        ([one], false) => {
            let &byte = one.text().first()?;
            word_until(line, at, |at| first_of(line, at, [byte, b' ']), |at| one.stands_at(line, at))
        }
        _ => word_until(line, at, |at| stops.first_or_blank(line, at), |at| stops.stand_at(line, at)),
    }
}

/// Non-blank bytes, up to where the word may end; `next` is the first place that may be such, or that has a blank.
#[inline]
fn word_until(
    line: &[u8],
    at: usize,
    next: impl Fn(usize) -> usize,
    may_end: impl Fn(usize) -> bool,
) -> Option<usize> {
    let mut end = at;
    loop {
        end = next(end);
        if end > at && may_end(end) {
            return Some(end);
        }
        if line.get(end).is_none_or(|&byte| byte == b' ') {
            return None;
        }
        end += 1;
    }
}

/// No address is longer: 45 characters of an IPv4-mapped one (RFC 4291, section 2.2), and a zone.
pub(super) const LONGEST_IP: usize = 64;

/// The longest address (or `unknown`) that ends where a literal stands: `2001:db8::1: text` ends before `: `.
fn ip(line: &[u8], at: usize, stops: &Stops) -> Option<usize> {
    let longest = line[at..]
        .iter()
        .take(LONGEST_IP)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'%'))
        .count();
    (at + 1..=at + longest)
        .rev()
        .find(|&end| (stops.stand_at(line, end) || stops.literals.is_empty()) && is_ip(&line[at..end]))
}

fn is_ip(text: &[u8]) -> bool {
    text == b"unknown" || parse_ip(text).is_some()
}

/// A command that [`Stage::from_command`] does not know (`XCLIENT`) has no stage, but is one.
fn looks_like_command(word: &[u8]) -> bool {
    (1..=20).contains(&word.len()) && word.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-')
}

/// A peer: `name[address]:port` and its variants.
pub(super) struct Peer {
    name: Range<usize>,
    ip: Range<usize>,
    /// `ip`, unless it is `unknown`.
    address: Option<IpAddr>,
    port: Range<usize>,
    end: usize,
}

impl Peer {
    #[inline]
    fn push(&self, out: &mut Captures<'_>, [name, ip, port]: [Field; 3]) {
        let mut push = |field: Field, range: &Range<usize>| {
            if range.start < range.end {
                out.push(field, range.clone());
            }
        };
        push(name, &self.name);
        push(ip, &self.ip);
        push(port, &self.port);
    }
}

/// `name[address]`, `name[address]:port`, `[address]:port`; the address may be `unknown`. A name holds no bracket, so
/// the first one opens the address, whatever a name server made of the name.
fn client(line: &[u8], at: usize) -> Option<Peer> {
    let open = first(line, at, |byte| {
        (byte == b'[') | (byte == b']') | (byte == b' ') | (byte == b'"') | (byte == b'<') | (byte == b'>')
    });
    if line.get(open) != Some(&b'[') {
        return None;
    }
    let start = open + 1;
    let (ip, address) = match leading_ipv4(&line[start..]) {
        Some((ip, len)) if line.get(start + len) == Some(&b']') => (start..start + len, Some(IpAddr::V4(ip))),
        _ => {
            let len = line[start..].iter().take(LONGEST_IP).position(|&byte| byte == b']')?;
            let text = &line[start..start + len];
            let address = parse_ip(text);
            if address.is_none() && text != b"unknown" {
                return None;
            }
            (start..start + len, address)
        }
    };
    let end = ip.end + 1;
    let port = match line.get(end) {
        Some(b':') => run(line, end + 1, |byte| byte.is_ascii_digit()).map(|port_end| end + 1..port_end),
        _ => None,
    };
    let (port, end) = port.map_or((end..end, end), |port| (port.clone(), port.end));
    Some(Peer { name: at..open, ip, address, port, end })
}

/// A next hop: as a client, or `none`, `local`, `name:port`, `name[path]`.
fn relay(line: &[u8], all: Range<usize>) -> Peer {
    let nothing = all.end..all.end;
    if let Some(peer) = client(&line[..all.end], all.start).filter(|peer| peer.end == all.end) {
        return peer;
    }
    let text = &line[all.clone()];
    let name_len = memchr::memchr2(b'[', b':', text).unwrap_or(text.len());
    let name = all.start..all.start + name_len;
    let port = match text.get(name_len) {
        Some(b':') if text[name_len + 1..].iter().all(u8::is_ascii_digit) => name.end + 1..all.end,
        _ => nothing.clone(),
    };
    Peer { name, ip: nothing, address: None, port, end: all.end }
}

/// An address up to the next literal. A quoted local part (RFC 5321, section 4.1.2) is skipped as it is quoted, so
/// that nothing in it ends the address; what is not quoted holds no space, comma, quote or angle bracket. A server that
/// logs addresses bare would write a quote as it is: if a whole address and `>, ` stand within the quotes, nobody can
/// tell.
#[inline]
pub(super) fn address(line: &[u8], at: usize, stops: &Stops) -> Option<usize> {
    let (plain, longest) = address_end(line, at)?;
    let quoted = &line[at..plain];
    if !quoted.is_empty()
        && memchr::memchr_iter(b'>', quoted)
            .any(|end| quoted[end + 1..].starts_with(b", ") && ends_domain(quoted, end))
    {
        return None;
    }
    if stops.stand_at(line, longest) {
        return Some(longest);
    }
    (plain..longest).find(|&end| stops.stand_at(line, end))
}

/// Whether `@` and a domain stand before `end`, as they do at the end of every complete address.
pub(super) fn ends_domain(text: &[u8], end: usize) -> bool {
    let is_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    text[..end].iter().rposition(|byte| !is_name(byte)).is_some_and(|before| text[before] == b'@')
}

/// Where the unquoted part of an address begins, and where it ends at the latest; `None` if its quote never closes.
#[inline]
pub(super) fn address_end(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let plain = if line.get(at) == Some(&b'"') { quoted(line, at)? } else { at };
    let end = first(line, plain, |byte| {
        (byte == b' ') | (byte == b',') | (byte == b'"') | (byte == b'<') | (byte == b'>')
    });
    Some((plain, end))
}

/// Behind the quote that closes the one at `at`.
pub(super) fn quoted(line: &[u8], at: usize) -> Option<usize> {
    let mut next = at + 1;
    loop {
        next += memchr::memchr2(b'"', b'\\', line.get(next..)?)?;
        if line[next] == b'"' {
            return Some(next + 1);
        }
        next += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(ty: Type, text: &str, stop: &str) -> Option<String> {
        let mut stops = Stops::default();
        stops.add(stop.as_bytes());
        let mut fields = Vec::new();
        let mut out = Captures::new(Mta::Postfix, &mut fields);
        let slot = Slot { ty, field: None, capture: true, stops };
        let end = slot.scan(text.as_bytes(), 0, &mut out)?;
        let found = out.found().iter().map(|span| {
            let start = usize::from(span.start);
            format!("{}={}", span.field, &text[start..start + usize::from(span.len)])
        });
        Some([text[..end].to_owned()].into_iter().chain(found).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn clients_have_name_address_and_port() {
        for (text, want) in [
            ("mx.a.example[192.0.2.1]: x", "client_name=mx.a.example client_ip=192.0.2.1"),
            (
                "mx.a.example[192.0.2.1]:4711: x",
                "client_name=mx.a.example client_ip=192.0.2.1 client_port=4711",
            ),
            ("[2001:db8::1]:25: x", "client_ip=2001:db8::1 client_port=25"),
            ("unknown[unknown]: x", "client_name=unknown client_ip=unknown"),
        ] {
            let got = scan(Type::Client, text, ": ").unwrap();
            assert_eq!(got.split_once(' ').unwrap().1, want);
        }
        for bad in
            ["mx[x]: ", "mx", "mx []", "a b[192.0.2.1]", "mx[192.0.2.1", "mx[a[192.0.2.1]]", "<a>[192.0.2.1]"]
        {
            assert_eq!(scan(Type::Client, bad, ": "), None, "{bad}");
        }
    }

    #[test]
    fn next_hops_come_in_many_shapes() {
        for (text, want) in [
            ("none, ", "none relay_name=none"),
            (
                "mx.a.example[192.0.2.1]:25, ",
                "mx.a.example[192.0.2.1]:25 relay_name=mx.a.example relay_ip=192.0.2.1 relay_port=25",
            ),
            ("mx.a.example:25, ", "mx.a.example:25 relay_name=mx.a.example relay_port=25"),
            ("mx.a.example[private/lmtp], ", "mx.a.example[private/lmtp] relay_name=mx.a.example"),
        ] {
            assert_eq!(scan(Type::Relay, text, ", ").as_deref(), Some(want));
        }
    }

    #[test]
    fn addresses_end_where_their_quotes_allow() {
        for (text, want) in [
            ("a@b.example> x", Some("a@b.example")),
            ("> x", Some("")),
            (r#""a> b"@c.example> x"#, Some(r#""a> b"@c.example"#)),
            (r#""a\"> b"@c.example> x"#, Some(r#""a\"> b"@c.example"#)),
            ("a b@c.example> x", None),
            (r#""a> x"#, None),
            (r#""a\"#, None),
        ] {
            assert_eq!(scan(Type::Address, text, ">").as_deref(), want, "{text}");
        }
        assert_eq!(scan(Type::Address, "a:b@c.example: x", ": ").as_deref(), Some("a:b@c.example"));
        assert_eq!(scan(Type::Address, "a@c.example, x", ", ").as_deref(), Some("a@c.example"));
    }

    #[test]
    fn small_types_stop_at_their_literal() {
        assert_eq!(scan(Type::Ip, "2001:db8::1: x", ": ").as_deref(), Some("2001:db8::1"));
        assert_eq!(scan(Type::Ip, "unknown: x", ": ").as_deref(), Some("unknown"));
        assert_eq!(scan(Type::Ip, "host: x", ": "), None);
        assert_eq!(scan(Type::Int, "12ab", "a").as_deref(), Some("12"));
        assert_eq!(scan(Type::Decimal, "1.25/0", "/").as_deref(), Some("1.25"));
        assert_eq!(scan(Type::Word, "a:b: c", ": ").as_deref(), Some("a:b"));
        assert_eq!(scan(Type::Word, "a b: c", ": "), None);
        assert_eq!(scan(Type::Token, "a b: c: d", ": ").as_deref(), Some("a b"));
        assert_eq!(scan(Type::Token, ": d", ": "), None);
        assert_eq!(scan(Type::Stage, "RCPT from x", " from ").as_deref(), Some("RCPT"));
        assert_eq!(scan(Type::Stage, "XCLIENT from x", " from ").as_deref(), Some("XCLIENT"));
        assert_eq!(scan(Type::Stage, "header from x", " from "), None);
    }
}
