//! What collectors put between a stamp and what they collected: a tag, or labels. The names are the collector's own and no
//! program's, so what stands behind is read as if it stood alone.
//!
//! - `2026-11-05T22:35:02+00:00<TAB>mail.postfix<TAB>{..}`: Fluentd, formatter `out_file`.
//! - `2026-11-05 22:35:02.000000000 +0000 mail.postfix: {..}`: Fluentd, formatter `stdout`. Nobody else writes nine digits
//!   and a zone that stands apart.
//! - `2026-11-05T22:35:02Z {job="mail"} Nov  5 ..`: logcli of Loki, by default.

use super::prefix::is_of_name;
use super::{object, word_end};
use crate::model::Stamp;
use crate::parse::bytes::first_of;
use crate::parse::stamp::{self, Recent};

/// `2026-11-05 22:35:02.000000000`
const NANOSECONDS: usize = 29;

/// The time that Fluentd states at `begin`, and where the record behind its tag begins.
pub(super) fn fluentd(line: &[u8], begin: usize, recent: &mut Recent<'_>) -> Option<(Stamp, usize)> {
    let text = line.get(begin..)?;
    let (stamp, len) = recent.stamp(text)?;
    let (stamp, tag) = if text.get(len) == Some(&b'\t') {
        let tag = len + 1..first_of(text, len + 1, [b'\t']);
        (stamp, tag)
    } else {
        let (zoned, end) = stamp::with_zone_apart(text, stamp, len);
        let tag = end + 1..word_end(text, end + 1);
        let is_fluentd = len == NANOSECONDS && end > len && text[..tag.end].ends_with(b":");
        is_fluentd.then_some((zoned, tag))?
    };
    let record = begin + tag.end + 1;
    let is_tag = !tag.is_empty() && text[tag].iter().all(|&byte| is_of_name(byte));
    object(line, record).filter(|_| is_tag).map(|_| (stamp, record))
}

/// Behind Loki's labels at `at` and the spaces that align what follows them: `{job="mail", host="mx1"} `.
pub(super) fn behind_labels(line: &[u8], at: usize) -> Option<usize> {
    let mut rest = line.get(at..)?.strip_prefix(b"{")?;
    loop {
        let name = rest.iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
        rest = rest[name..].strip_prefix(b"=\"").filter(|_| name > 0)?;
        rest = behind_quote(rest)?;
        match rest.strip_prefix(b", ") {
            Some(more) => rest = more,
            None => break,
        }
    }
    let text = rest.strip_prefix(b"} ")?;
    let spaces = text.iter().take_while(|&&byte| byte == b' ').count();
    Some(line.len() - text.len() + spaces)
}

/// Behind the quote that ends what `text` begins within; a backslash masks the next byte.
fn behind_quote(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        let hit = memchr::memchr2(b'"', b'\\', text)?;
        if text[hit] == b'"' {
            return Some(&text[hit + 1..]);
        }
        text = text.get(hit + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_tag_stands_between_fluentds_stamp_and_its_record() {
        let record = |line: &str| {
            let (_, at) = fluentd(line.as_bytes(), 0, &mut Recent::default())?;
            Some(line[at..].to_owned())
        };
        for good in [
            "2026-11-05T22:35:02+00:00\tmail.postfix\t{\"a\":1}",
            "2026-11-05T22:35:02\tmail\t{\"a\":1}",
            "2026-11-05 22:35:02.000000001 +0900 mail.postfix: {\"a\":1}",
        ] {
            assert_eq!(record(good), Some("{\"a\":1}".to_owned()), "{good}");
        }
        for bad in [
            "2026-11-05T22:35:02Z\t\t{\"a\":1}",
            "2026-11-05T22:35:02Z\ta b\t{\"a\":1}",
            "2026-11-05T22:35:02Z\tmail\tx{\"a\":1}",
            "2026-11-05T22:35:02Z\tmail",
            "2026-11-05 22:35:02 +0900 mail: {\"a\":1}",
            "2026-11-05 22:35:02.000000001 mail: {\"a\":1}",
            "2026-11-05 22:35:02.000000001 +0900 mail {\"a\":1}",
            "2026-11-05 22:35:02.000000001 +0900",
        ] {
            assert_eq!(record(bad), None, "{bad}");
        }
    }

    #[test]
    fn labels_end_where_their_quoting_says() {
        for (labels, want) in [
            (r#"{job="mail"} x"#, Some("x")),
            (r#"{a="b", c_1="d"}    x"#, Some("x")),
            (r#"{a="\"} y"} x"#, Some("x")),
            (r#"{a="b"}x"#, None),
            (r#"{a="b",c="d"} x"#, None),
            (r#"{a="b} x"#, None),
            (r#"{="b"} x"#, None),
            (r#"{"a":"b"} x"#, None),
            ("{} x", None),
            (r#"{a="b\"#, None),
        ] {
            let told = behind_labels(labels.as_bytes(), 0).map(|at| &labels[at..]);
            assert_eq!(told, want, "{labels}");
        }
    }
}
