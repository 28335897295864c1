//! Who the client is: `name (helo) [address]:port`, and what Exim says of the connection behind it.
//!
//! The name stands first only if the name server confirmed it, so it holds neither blank nor bracket. The HELO stands in
//! parentheses; without `helo_accept_junk_hosts` it is letters, digits, `.-`, `helo_allow_chars`, or an address in
//! brackets (the specification, "Non-standard HELO data"). With that option it is anything, `) [192.0.2.1] F=<..>` too.

use std::net::IpAddr;
use std::ops::Range;

use memchr::memmem;

use super::super::captures::Captures;
use super::super::scan::LONGEST_IP;
use crate::model::{Field, leading_ipv4, parse_ip};

/// A client, as ranges into the line.
pub(in crate::parse) struct Client {
    name: Range<usize>,
    helo: Range<usize>,
    ip: Range<usize>,
    address: IpAddr,
    port: Range<usize>,
    pub(in crate::parse) end: usize,
}

impl Client {
    pub(in crate::parse) fn push(&self, out: &mut Captures<'_>) {
        out.client_ip = Some(self.address);
        for (field, range) in [
            (Field::ClientName, &self.name),
            (Field::Helo, &self.helo),
            (Field::ClientIp, &self.ip),
            (Field::ClientPort, &self.port),
        ] {
            if !range.is_empty() {
                out.push(field, range.clone());
            }
        }
    }
}

/// The client at `at`, with everything about its connection, up to a place where it `ends`.
///
/// Of several readings the first is believed, if all others begin within a quoted address behind it: there a HELO could
/// have brought them only together with a quote that is left over, or one that Exim logs for something else.
pub(in crate::parse) fn client(line: &[u8], at: usize, ends: impl Fn(usize) -> bool) -> Option<Client> {
    let whole = |client: Client| Some(Client { end: about_connection(line, client.end, &ends)?, ..client });
    let first = readings(line, at).take(MAX_READINGS).find_map(whole)?;
    // Of the others it is enough that they go on as any line may.
    let goes_on = |at: usize| ends(at) || AFTER.iter().any(|text| line[at..].starts_with(text));
    let mut rivals = Vec::new();
    for (number, rival) in readings(line, at).enumerate() {
        if number == MAX_READINGS {
            return None;
        }
        let start = rival.helo.end;
        if start != first.helo.end && about_connection(line, rival.end, &goes_on).is_some() {
            rivals.push(start);
        }
    }
    let are_harmless = rivals.is_empty() || {
        let quotes = quotes(line, first.end)?;
        rivals.iter().all(|rival| {
            quotes.iter().any(|quoted| quoted.contains(rival) && !may_be_split(&line[*rival..quoted.end]))
        })
    };
    are_harmless.then_some(first)
}

/// More are no accident. Each may cost as much as the line is long.
pub(super) const MAX_READINGS: usize = 8;

/// What stands behind a client, in any line.
const AFTER: [&[u8]; 17] = [
    b": ",
    b" F=",
    b" P=",
    b" D=",
    b" (",
    b" rejected ",
    b" temporarily ",
    b" RCPT ",
    b" dropped",
    b" closed ",
    b" lost",
    b" incomplete ",
    b" sender verify ",
    b" Warning: ",
    b" input=",
    b" next input=",
    b" refused",
];

/// Every way to read a client at `at`: by each place where the HELO may end.
pub(super) fn readings(line: &[u8], at: usize) -> impl Iterator<Item = Client> {
    let is_name = |byte: &u8| !matches!(byte, b' ' | b'(' | b')' | b'[' | b']' | b'<' | b'>' | b'"' | b'=');
    let rest = line.get(at..).unwrap_or_default();
    let len = rest.iter().position(|byte| !is_name(byte)).unwrap_or(rest.len());
    let name = at..at + len;
    let next = if len == 0 { Some(at) } else { rest[len..].starts_with(b" ").then_some(at + len + 1) };
    let open = next.filter(|&next| line.get(next) == Some(&b'(')).map(|next| next + 1);
    let without_helo = match (open, next) {
        (None, Some(next)) => address(line, next, name.clone(), next..next),
        _ => None,
    };
    let helo = open.map(|open| (open, line.get(open..).unwrap_or_default()));
    let with_helo = helo.into_iter().flat_map(move |(open, text)| {
        let name = name.clone();
        memmem::find_iter(text, b") [")
            .filter_map(move |len| address(line, open + len + 2, name.clone(), open..open + len))
    });
    without_helo.into_iter().chain(with_helo)
}

/// `[address]:port` at `at`.
fn address(line: &[u8], at: usize, name: Range<usize>, helo: Range<usize>) -> Option<Client> {
    let rest = line.get(at..)?.strip_prefix(b"[")?;
    let (len, address) = match leading_ipv4(rest) {
        Some((ip, len)) if rest.get(len) == Some(&b']') => (len, IpAddr::V4(ip)),
        _ => {
            let len = rest.iter().take(LONGEST_IP).position(|&byte| byte == b']')?;
            (len, parse_ip(&rest[..len])?)
        }
    };
    let ip = at + 1..at + 1 + len;
    let port = port(line, ip.end + 1);
    Some(Client { name, helo, ip, address, end: port.end, port })
}

/// The digits behind a colon at `at`; empty if there are none.
fn port(line: &[u8], at: usize) -> Range<usize> {
    let Some(rest) = line.get(at..).and_then(|rest| rest.strip_prefix(b":")) else { return at..at };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 { at..at } else { at + 1..at + 1 + digits }
}

/// What stands between a client and the rest of the line, up to where the client `ends`: `I=[..]:25 U=ident Ci=..`,
/// then TLS.
fn about_connection(line: &[u8], mut at: usize, ends: &impl Fn(usize) -> bool) -> Option<usize> {
    loop {
        if ends(at) {
            return Some(at);
        }
        at = item(line, at)?;
        // The colon that ends the client stands close behind the last item.
        if line[..at].ends_with(b":") && ends(at - 1) {
            return Some(at - 1);
        }
    }
}

/// Keys of one word each; an ident (RFC 1413) may have more, and then is not read.
const WORDS: [&[u8]; 6] = [b"U=", b"Ci=", b"X=", b"CV=", b"SNI=", b"TFO"];

/// Behind the item at `at`.
pub(super) fn item(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..)?.strip_prefix(b" ")?;
    if let Some(name) = rest.strip_prefix(b"DN=\"") {
        return Some(line.len() - name.len() + memchr::memchr(b'"', name)? + 1);
    }
    if let Some(interface) = rest.strip_prefix(b"I=[") {
        let end = line.len() - interface.len() + memchr::memchr(b']', interface)? + 1;
        return Some(port(line, end).end);
    }
    if !WORDS.iter().any(|key| rest.starts_with(key)) {
        return None;
    }
    let len = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
    Some(at + 1 + len)
}

/// The stretches within double quotes behind `at`, a backslash taking the next byte along; `None` if one is left open.
fn quotes(line: &[u8], at: usize) -> Option<Vec<Range<usize>>> {
    let (mut all, mut open, mut at) = (Vec::new(), None, at);
    while let Some(len) = memchr::memchr2(b'"', b'\\', line.get(at..)?) {
        at += len + 1;
        if line[at - 1] == b'\\' {
            at += 1;
        } else if let Some(start) = open.take() {
            all.push(start..at - 1);
        } else {
            open = Some(at);
        }
        if at > line.len() {
            return None;
        }
    }
    open.is_none().then_some(all)
}

/// Whether a quoted text that goes on behind a second reading could be two: one that a HELO left open, and one that
/// Exim began for something else of the client's.
fn may_be_split(text: &[u8]) -> bool {
    [&b" SNI="[..], b" DN=\"", b" U=", b" A="].iter().any(|key| memmem::find(text, key).is_some())
}
