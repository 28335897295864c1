//! What a file is, by its first bytes.

use super::stamp::Recent;
use super::{exim, header};
use crate::model::Format;

/// Lines that are looked at.
const LINES: usize = 100;

/// The format of a file that begins with `head`: the one that reads most of its first lines, or the one first listed.
pub fn detect(head: &[u8]) -> Format {
    let mut counts = [(Format::Syslog, 0), (Format::Exim, 0)];
    for line in head.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).take(LINES) {
        let mut recent = Recent::default();
        let own = exim::header(line, &mut recent).is_some_and(|header| header.own.is_some());
        // What begins as Exim's own lines do is syslog's if a process is named in it.
        if header::parse(line).is_some_and(|header| !own || header.pid != 0) {
            counts[0].1 += 1;
        } else if own {
            counts[1].1 += 1;
        }
    }
    // Of equals the last is taken, so from behind: the first.
    let most = counts.into_iter().rev().max_by_key(|&(_, count)| count);
    most.filter(|&(_, count)| count > 0).map_or(Format::Unknown, |(format, _)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_decide() {
        for (head, want) in [
            ("", Format::Unknown),
            ("\x7fELF\n", Format::Unknown),
            ("Nov  5 22:35:02 mx1 postfix/smtpd[811]: connect from x\n", Format::Syslog),
            ("2026-01-02 03:04:05 1UlnXX-0001XX-AB Completed\n", Format::Exim),
            ("rest of a line\n2026-01-02 03:04:05 Start queue run: pid=1\n", Format::Exim),
        ] {
            assert_eq!(detect(head.as_bytes()), want, "{head}");
        }
    }
}
