//! Where the envelope of a refusal begins, if its line has several places that look like it.
//!
//! A reply that quotes the client begins with `<what it quotes>: `, and what it quotes stands again in the envelope: as
//! it is, or quoted as RFC 5321 asks (postconf(5), `info_log_address_format`). Behind the quotation come words of the
//! server's own, so the next place is the real one. Several readings can agree with the line only if the client meant
//! them to; then, unless all give the same place, none is believed.

use memchr::memmem;

/// More places or readings than this are no accident.
const MAX_READINGS: usize = 64;

/// The one of `places` (in the order of the line; each begins with a key, `gap` bytes behind the reply) at which the
/// envelope begins, for the reply text at `line[text..]`; `client` is whom it was sent to.
pub(super) fn envelope_start(
    line: &[u8],
    text: usize,
    client: &[u8],
    places: &[usize],
    gap: usize,
) -> Option<usize> {
    // A reply that quotes nobody is the server's up to the first place.
    let Some(reply) = line[text..].strip_prefix(b"<") else { return places.first().copied() };
    let mut readings = Readings { reply, base: text + 1, places, gap, agreed: None, contradicted: false };
    let proto = memmem::rfind(line, b" proto=")?;
    let end = proto - usize::from(line[..proto].ends_with(b","));
    let end = line[..end].ends_with(b">").then_some(end - 1)?;

    readings.add(client);
    let command = reply.iter().position(|byte| !byte.is_ascii_uppercase() && *byte != b'-').unwrap_or(0);
    readings.add(&reply[..command]);
    if let Some(at) = memmem::find(&line[proto..], b" helo=<") {
        let helo = &line[proto + at + 7..];
        readings.add(&helo[..helo.iter().position(|byte| matches!(byte, b'>' | b' ')).unwrap_or(helo.len())]);
    }
    let recipients = memmem::find_iter(&line[text..end], b" to=<").map(|at| text + at + 5);
    for (count, start) in recipients.enumerate() {
        if count == MAX_READINGS {
            return None;
        }
        readings.add_address(&line[start..end], |place| place <= start);
    }
    for &place in places.iter().filter(|&&place| line[place..].starts_with(b"from=<")) {
        let start = place + 6;
        let ends = memmem::find_iter(line.get(start..end)?, b" to=<").map(|at| start + at);
        for (count, to) in ends.enumerate() {
            if count == MAX_READINGS {
                return None;
            }
            let sender = &line[start..to];
            let sender = sender.strip_suffix(b",").unwrap_or(sender);
            if let Some(sender) = sender.strip_suffix(b">") {
                readings.add_address(sender, |found| found == place);
            }
        }
        readings.add_address(&line[start..end], |found| found == place);
    }
    if readings.contradicted { None } else { readings.agreed }
}

struct Readings<'l> {
    /// The reply behind its `<`.
    reply: &'l [u8],
    /// Where that stands in the line.
    base: usize,
    places: &'l [usize],
    gap: usize,
    agreed: Option<usize>,
    contradicted: bool,
}

impl Readings<'_> {
    /// The reply quotes exactly `text`.
    fn add(&mut self, text: &[u8]) {
        if !text.is_empty() && self.reply.starts_with(text) {
            self.add_quotation(text.len(), |_| true);
        }
    }

    /// The reply quotes `address`, which the envelope shows as it is or quoted, if the envelope can begin where that
    /// makes it begin.
    fn add_address(&mut self, address: &[u8], can_begin: impl Fn(usize) -> bool) {
        if self.reply.starts_with(address) {
            self.add_quotation(address.len(), &can_begin);
        }
        if let Some(len) = unquoted_at_start(self.reply, address) {
            self.add_quotation(len, &can_begin);
        }
    }

    fn add_quotation(&mut self, len: usize, can_begin: impl Fn(usize) -> bool) {
        if !self.reply[len..].starts_with(b">: ") {
            return;
        }
        let behind = self.base + len + 3;
        let place = self.places.iter().copied().find(|&place| place >= behind + self.gap);
        if let Some(place) = place.filter(|&place| can_begin(place)) {
            self.contradicted |= self.agreed.is_some_and(|agreed| agreed != place);
            self.agreed = Some(place);
        }
    }
}

/// How many bytes of `text` are what `address`, which has a quoted local part, means without its quotes; `None` if it
/// has none, or `text` does not begin with that. A source route (`@a,@b:`) stands before the quotes.
fn unquoted_at_start(text: &[u8], address: &[u8]) -> Option<usize> {
    let route = if address.first() == Some(&b'@') { memchr::memchr(b':', address)? + 1 } else { 0 };
    let mut quoted = address[route..].strip_prefix(b"\"")?;
    let mut at = text.starts_with(&address[..route]).then_some(route)?;
    loop {
        let (byte, rest) = quoted.split_first()?;
        let (wanted, rest) = match byte {
            b'"' => return text[at..].starts_with(rest).then_some(at + rest.len()),
            b'\\' => rest.split_first()?,
            plain => (plain, rest),
        };
        if text.get(at) != Some(wanted) {
            return None;
        }
        (quoted, at) = (rest, at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text before the place that was chosen.
    fn chosen(line: &str) -> Option<&str> {
        let places: Vec<usize> =
            ["; from=", "; to="].iter().flat_map(|p| line.match_indices(p)).map(|(at, _)| at + 2).collect();
        let mut places = places;
        places.sort_unstable();
        envelope_start(line.as_bytes(), 0, b"mx.a.example[192.0.2.1]", &places, 2).map(|at| &line[..at - 2])
    }

    #[test]
    fn the_quotation_shows_where_the_servers_words_begin() {
        for (line, want) in [
            ("No; from=<a; from=<b@x.example> to=<c@y.example> proto=SMTP", Some("No")),
            // As Postfix before 3.5 logs it.
            (
                "<x; from=<y@o.example>: No; from=<a@b.example> to=<x; from=<y@o.example> proto=SMTP helo=<h>",
                Some("<x; from=<y@o.example>: No"),
            ),
            // As it logs it since.
            (
                r#"<x; from=<y@o.example>: No; from=<a@b.example> to=<"x; from=<y"@o.example> proto=SMTP helo=<h>"#,
                Some("<x; from=<y@o.example>: No"),
            ),
            (
                r#"<v@o.example>: No; from=<"; to=<\"q"@b.example> to=<v@o.example> proto=SMTP helo=<h>"#,
                Some("<v@o.example>: No"),
            ),
            (
                r#"<x; from=<y@o.example>: No; from=<"x; from=<y"@o.example> to=<v@o.example> proto=SMTP helo=<h>"#,
                Some("<x; from=<y@o.example>: No"),
            ),
            (
                "<mx.a.example[192.0.2.1]>: No; from=<x; from=<y@o.example> to=<v@o.example> proto=SMTP helo=<h>",
                Some("<mx.a.example[192.0.2.1]>: No"),
            ),
            // Either the recipient is short and the sender long, or the other way round.
            (
                "<v@o.example>: Yes; from=<s@x.example> to=<v@o.example>: No; from=<a@b.example> \
                 to=<v@o.example>: Yes; from=<s@x.example> to=<v@o.example> proto=SMTP helo=<h>",
                None,
            ),
            // The quotation is nobody's.
            ("<z>: No; from=<x; from=<y@o.example> to=<v@o.example> proto=SMTP helo=<h>", None),
        ] {
            assert_eq!(chosen(line), want, "{line}");
        }
    }
}
