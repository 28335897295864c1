//! systemd's journal export format (systemd.io, "Journal Export Formats"): entries of fields, an empty line between
//! them. `NAME=value` is a line; a value that is no text follows its name's line as eight bytes of length, least
//! significant first, the bytes themselves, and a newline.

use memchr::memchr;

use super::fields::Fields;
use super::json::Value;

/// The fields of one entry.
pub(super) fn fields(entry: &[u8]) -> Option<Fields<'_>> {
    let mut fields = Fields::default();
    let mut rest = entry;
    while let Some((name, value, behind)) = field(rest) {
        if !name.is_empty() {
            fields.add(name, Value::Text(value, false));
        }
        rest = behind;
    }
    rest.is_empty().then_some(fields)
}

/// The first field, and what follows it; `None` if there is none, or not all of it. An empty line gives an empty name.
fn field(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let end = memchr(b'\n', text).unwrap_or(text.len());
    let behind = text.get(end + 1..).unwrap_or_default();
    if end == 0 {
        return Some((b"", b"", behind));
    }
    if let Some(equals) = memchr(b'=', &text[..end]) {
        return Some((&text[..equals], &text[equals + 1..end], behind));
    }
    let (length, behind) = behind.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let value = behind.get(..length)?;
    // Only a last newline may be missing.
    let behind = match &behind[length..] {
        [] => &[],
        rest => rest.strip_prefix(b"\n")?,
    };
    Some((&text[..end], value, behind))
}

/// Whether `head` begins like an export: with a name and a value, and with an entry's time soon.
pub(in crate::parse) fn begins(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let name =
        head.iter().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b'_');
    let len = name.count();
    len > 0
        && matches!(head.get(len), Some(b'=' | b'\n'))
        && fields_in(head)
            .any(|(name, _)| name == b"__REALTIME_TIMESTAMP" || name == b"_SOURCE_REALTIME_TIMESTAMP")
}

/// The fields at the beginning of `head`, of whatever entry.
pub(in crate::parse) fn fields_in(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = head;
    std::iter::from_fn(move || {
        let (name, value, behind) = field(rest)?;
        rest = behind;
        Some((name, value))
    })
    .take(256)
}
