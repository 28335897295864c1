//! SMTP replies (RFC 5321, section 4.2) as servers log them: a code, an enhanced status (RFC 3463), text.

use std::ops::Range;

use crate::model::Field;

use super::captures::Captures;

/// `smtpd` cuts a reply here, and logs it so. (Postfix source, `smtpd_check_reject`.)
const LONGEST: usize = 510;

/// Whether a reply that quotes the client may have lost the server's words behind the quotation.
pub(super) fn may_be_cut(reply: &[u8]) -> bool {
    reply.len() >= LONGEST && memchr::memchr(b'<', &reply[..reply.len().min(12)]).is_some()
}

/// Splits the reply in `line[text]`, of which code and status may be missing; returns where the text stands.
pub(super) fn scan(line: &[u8], text: Range<usize>, capture: bool, out: &mut Captures<'_>) -> Range<usize> {
    let mut start = text.start;
    let mut word = |field: Field, start: usize, is_one: fn(&[u8]) -> bool| {
        let rest = &line[start..text.end];
        // A status is at most `5.999.999`; a reply of several lines has a hyphen behind its code.
        let len = rest
            .iter()
            .take(10)
            .position(|&byte| byte == b' ' || (byte == b'-' && field == Field::ReplyCode));
        let len = len.or((rest.len() < 10).then_some(rest.len())).filter(|&len| is_one(&rest[..len]))?;
        if capture {
            out.push(field, start..start + len);
        }
        Some((start + len + 1).min(text.end))
    };
    if let Some(next) = word(Field::ReplyCode, start, is_code) {
        start = next;
    }
    if let Some(next) = word(Field::ReplyStatus, start, is_status) {
        start = next;
    }
    if capture && start < text.end {
        out.push(Field::ReplyText, start..text.end);
    }
    start..text.end
}

fn is_code(word: &[u8]) -> bool {
    matches!(word, [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9'])
}

fn is_status(word: &[u8]) -> bool {
    let mut parts = word.split(|&byte| byte == b'.');
    let number = |part: Option<&[u8]>| {
        part.is_some_and(|part| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit))
    };
    matches!(parts.next(), Some([b'2' | b'4' | b'5']))
        && number(parts.next())
        && number(parts.next())
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Mta;

    fn split(text: &str) -> (Vec<&str>, &str) {
        let mut fields = Vec::new();
        let mut out = Captures::new(Mta::Postfix, &mut fields);
        let rest = scan(text.as_bytes(), 0..text.len(), true, &mut out);
        let shown = out.found().iter().map(|f| &text[usize::from(f.start)..usize::from(f.start + f.len)]);
        (shown.collect(), &text[rest])
    }

    #[test]
    fn codes_and_statuses_are_optional() {
        assert_eq!(split("554 5.7.1 No"), (vec!["554", "5.7.1", "No"], "No"));
        assert_eq!(split("5.7.1 No"), (vec!["5.7.1", "No"], "No"));
        assert_eq!(split("450 No"), (vec!["450", "No"], "No"));
        assert_eq!(split("550-5.1.1 No"), (vec!["550", "5.1.1", "No"], "No"));
        assert_eq!(split("12 apples"), (vec!["12 apples"], "12 apples"));
        assert_eq!(split("554 5.7.1"), (vec!["554", "5.7.1"], ""));
        assert_eq!(split("5540 5.7"), (vec!["5540 5.7"], "5540 5.7"));
    }
}
