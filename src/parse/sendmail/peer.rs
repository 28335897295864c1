//! Who is at the other end: `name [address]`, `[address]`, `user@name [address]` (RFC 1413), ` (may be forged)` behind
//! it, and `user@localhost` for mail that was submitted on the host. The address is Sendmail's own word; the name is
//! what a name server said.

use std::net::IpAddr;
use std::ops::Range;

use super::super::bytes::ByteSet;
use super::super::captures::Captures;
use crate::model::{Field, leading_ipv4, parse_ip};

/// The name does not lead back to the address.
const FORGED: &[u8] = b" (may be forged)";
/// No address is longer: `IPv6:` and 45 characters (RFC 4291, section 2.2).
const LONGEST_IP: usize = 64;

/// A peer.
pub(in super::super) struct Peer {
    pub(super) name: Range<usize>,
    pub(super) ip: Range<usize>,
    pub(super) address: Option<IpAddr>,
    pub(in super::super) end: usize,
}

impl Peer {
    /// Records it as the client.
    pub(in super::super) fn push(&self, out: &mut Captures<'_>) {
        out.client_ip = self.address;
        self.push_as(out, Field::ClientName, Field::ClientIp);
    }

    pub(super) fn push_as(&self, out: &mut Captures<'_>, name: Field, ip: Field) {
        for (field, range) in [(name, &self.name), (ip, &self.ip)] {
            if !range.is_empty() {
                out.push(field, range.clone());
            }
        }
    }
}

/// The peer at `at`.
pub(in super::super) fn peer(line: &[u8], at: usize) -> Option<Peer> {
    let len = line.get(at..)?.iter().take_while(|&&byte| NAME.has(byte)).count();
    let name = at..at + len;
    let open = name.end + usize::from(line.get(name.end) == Some(&b' '));
    let host = behind_user(line, name.clone());
    if let Some((ip, address, end)) = bracketed(line, open) {
        let end = if line[end..].starts_with(FORGED) { end + FORGED.len() } else { end };
        return Some(Peer { name: host, ip, address: Some(address), end });
    }
    // Only the host itself has no address.
    let end = name.end;
    (&line[host.clone()] == b"localhost").then_some(Peer { name: host, ip: end..end, address: None, end })
}

/// The address at the very end of `line`, whatever name stands before it.
pub(super) fn address_at_end(line: &[u8]) -> Option<Peer> {
    let end = line.strip_suffix(FORGED).unwrap_or(line).len();
    let open = memchr::memrchr(b'[', &line[..end])?;
    let (ip, address, close) = bracketed(line, open)?;
    (close == end).then_some(Peer { name: open..open, ip, address: Some(address), end: line.len() })
}

/// `[192.0.2.1]` or `[IPv6:2001:db8::1]` at `at`: where the address stands, what it is, and where the bracket ends.
pub(super) fn bracketed(line: &[u8], at: usize) -> Option<(Range<usize>, IpAddr, usize)> {
    let inside = line.get(at..)?.strip_prefix(b"[")?;
    // Mostly it is short and plain.
    if let Some((ip, len)) = leading_ipv4(inside)
        && inside.get(len) == Some(&b']')
    {
        return Some((at + 1..at + 1 + len, IpAddr::V4(ip), at + len + 2));
    }
    let len = inside.iter().take(LONGEST_IP).position(|&byte| byte == b']')?;
    let address = parse_ip(&inside[..len])?;
    let tag = if inside.starts_with(b"IPv6:") { 5 } else { 0 };
    Some((at + 1 + tag..at + 1 + len, address, at + len + 2))
}

/// A name as name servers and Sendmail leave it; with the user that the peer's identd named before an `@`, of which
/// Sendmail keeps only such bytes (`cleanstrcpy` of its source).
const NAME: ByteSet =
    ByteSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-./^_`{|}~@:");

fn behind_user(line: &[u8], name: Range<usize>) -> Range<usize> {
    memchr::memrchr(b'@', &line[name.clone()]).map_or(name.clone(), |at| name.start + at + 1..name.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_in_every_spelling() {
        for (text, name, ip, rest) in [
            ("mx.far.example [192.0.2.1]", "mx.far.example", "192.0.2.1", ""),
            ("mx.far.example [192.0.2.1] (may be forged), x", "mx.far.example", "192.0.2.1", ", x"),
            ("[192.0.2.1]: y", "", "192.0.2.1", ": y"),
            (" [192.0.2.1]", "", "192.0.2.1", ""),
            ("[IPv6:2001:db8::1]", "", "2001:db8::1", ""),
            ("root@mx.far.example [192.0.2.1]", "mx.far.example", "192.0.2.1", ""),
            ("IDENT:x@mx.far.example [192.0.2.1]", "mx.far.example", "192.0.2.1", ""),
            ("alice@localhost", "localhost", "", ""),
            ("localhost", "localhost", "", ""),
            ("mx.far.example", "", "", "-"),
            ("a, relay=b [192.0.2.1]", "", "", "-"),
            ("mx.far.example [192.0.2]", "", "", "-"),
        ] {
            match peer(text.as_bytes(), 0) {
                Some(peer) => {
                    assert_eq!(
                        (&text[peer.name], &text[peer.ip], &text[peer.end..]),
                        (name, ip, rest),
                        "{text}"
                    );
                }
                None => assert_eq!(rest, "-", "{text}"),
            }
        }
    }
}
