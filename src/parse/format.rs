//! What a file is, by its first bytes; and in which ways a line is tried, as its file is laid out.

use super::header::{self, Found};
use super::stamp::Recent;
use super::unwrap::{self, export};
use super::{exim, table};
use crate::model::{Format, Stamp};

/// Lines that are looked at.
const LINES: usize = 100;

/// The format of a file that begins with `head`: the one that reads most of its first lines, or the one first listed.
pub fn detect(head: &[u8]) -> Format {
    if export::begins(head) {
        return Format::JournalExport;
    }
    if table::begins_with_object(head) {
        return Format::ExchangeJson;
    }
    if let Some(format) = table::named(head) {
        return format;
    }
    let mut counts =
        [Format::Syslog, Format::Json, Format::Exim, Format::Exchange, Format::Iis].map(|format| (format, 0));
    let (mut recent, mut out) = (Recent::default(), Vec::new());
    // Whoever wrote a refused message must not say how the log is laid out that quotes it.
    for line in lines(head).filter(|line| exim::quoted(line).is_none()).take(LINES) {
        let own = exim::header(line, &mut recent).is_some_and(|header| header.own.is_some());
        if table::is_exchange(line) {
            counts[3].1 += 1;
        } else if table::is_iis(line) {
            counts[4].1 += 1;
        } else if header::read(line, &mut recent)
            .is_some_and(|found| !own || found.header.pid != 0 || found.is_around_object())
        {
            // What begins as Exim's own lines do is syslog's if a process is named in it, or a collector's.
            counts[0].1 += 1;
        } else if own {
            counts[2].1 += 1;
        } else if let Some(outer) = unwrap::object(line)
            && unwrap::json(line, &outer.header, &mut out, &mut recent).is_some()
        {
            counts[1].1 += 1;
        }
        out.clear();
    }
    // Of equals the last is taken, so from behind: the first.
    let most = counts.into_iter().rev().max_by_key(|&(_, count)| count);
    most.filter(|&(_, count)| count > 0).map_or(Format::Unknown, |(format, _)| format)
}

/// The first stamp in the beginning of a file: what orders files.
pub fn first_stamp(head: &[u8]) -> Option<Stamp> {
    let (mut recent, mut out) = (Recent::default(), Vec::new());
    if export::begins(head) {
        let time = export::fields_in(head).find(|&(name, _)| name == b"__REALTIME_TIMESTAMP")?.1;
        return header::epoch(time);
    }
    let layout = Layout::of(None, detect(head));
    if layout.format == Format::ExchangeJson {
        return table::first_stamp_of_objects(head);
    }
    if table::is_table(layout.format) {
        return table::first_stamp(lines(head));
    }
    lines(head).find_map(|line| {
        let outer = layout.header(line, &mut recent)?;
        out.clear();
        let inner =
            outer.is_around_object().then(|| unwrap::json(line, &outer.header, &mut out, &mut recent));
        let found = inner.flatten().unwrap_or(outer);
        Some(found.header.stamp).filter(|&stamp| stamp != Stamp::None)
    })
}

fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = head.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Which headers are looked for in the lines of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// How the file is laid out.
    pub(super) format: Format,
    /// Somebody said so: nothing else is looked for.
    pub(super) only: bool,
}

impl Layout {
    /// Of a file that looks like `found`, whatever somebody says it is.
    pub(super) fn of(stated: Option<Format>, found: Format) -> Self {
        Self { format: stated.unwrap_or(found), only: stated.is_some() }
    }

    /// The header that stands in `line` itself: as the file is laid out, or in another way, as where two logs were put
    /// into one file. Its text may be an object that holds the message.
    #[inline]
    pub(super) fn header<'l>(self, line: &'l [u8], recent: &mut Recent<'l>) -> Option<Found> {
        let is_syslog_first = match self.format {
            Format::Exim => false,
            format => !self.only || format == Format::Syslog,
        };
        if is_syslog_first {
            let found = header::read(line, recent);
            if found.is_some() {
                return found;
            }
        }
        self.other_header(line, recent)
    }

    /// What is looked for where syslog's header is not, or not at first.
    #[inline(never)]
    fn other_header<'l>(self, line: &'l [u8], recent: &mut Recent<'l>) -> Option<Found> {
        match (self.format, self.only) {
            (Format::Exim, only) => {
                exim::header(line, recent).or_else(|| exim::quoted(line)).map(Found::plain).or_else(|| {
                    if only { None } else { header::read(line, recent).or_else(|| unwrap::object(line)) }
                })
            }
            (Format::Json, true) => unwrap::object(line),
            (_, true) => None,
            (_, false) => exim::header(line, recent).map(Found::plain).or_else(|| unwrap::object(line)),
        }
    }
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
            ("<22>1 2026-11-05T22:35:02Z mx1 postfix/smtpd 811 - - connect from x\n", Format::Syslog),
            ("2026-11-05T22:35:02.1Z stdout F postfix/smtpd[811]: connect from x\n", Format::Syslog),
            (
                "\n{\"log\":\"Nov  5 22:35:02 mx1 cron[1]: x\\n\",\"stream\":\"stdout\"}\n{\"log\":\"cut",
                Format::Json,
            ),
            ("{\"a\":1}\n", Format::Unknown),
            ("__CURSOR=s=1\n__REALTIME_TIMESTAMP=1793918102000000\nMESSAGE=x\n", Format::JournalExport),
            ("2026-01-02 03:04:05 1UlnXX-0001XX-AB Completed\n", Format::Exim),
            ("2026-01-02 03:04:05.000000001 +0000 mail: {\"message\":\"exim[1]: x\"}\n", Format::Syslog),
            ("2026-01-02T03:04:05Z stdout F {\"message\":\"exim[1]: x\"}\n", Format::Syslog),
            ("rest of a line\n2026-01-02 03:04:05 Start queue run: pid=1\n", Format::Exim),
            // Its rows look like Exim's lines, but for what it says of itself.
            (
                "#Version: 1.0\r\n#Fields: date time c-ip cs-method\r\n2026-01-02 03:04:05 192.0.2.1 QUIT\r\n",
                Format::Iis,
            ),
            ("\u{feff}\"Timestamp\",\"EventId\",\"MessageId\"\r\n", Format::Exchange),
            ("[\r\n  {\"Timestamp\": \"\", \"EventId\": \"\", \"MessageId\": \"\"}]", Format::ExchangeJson),
        ] {
            assert_eq!(detect(head.as_bytes()), want, "{head}");
        }
    }

    #[test]
    fn the_first_stamp_skips_what_has_none() {
        let november = Stamp::yearless(11, 6, 1_000_000);
        for (head, want) in [
            ("rest of a line\n\nNov  6 00:00:01 mx2 cron: x\nNov  7 00:00:01 mx3 cron: x\n", november),
            ("postfix/smtpd[1]: x\n{}\n{\"log\":\"Nov  6 00:00:01 mx2 cron: x\"}\n", november),
            ("__CURSOR=x\n__REALTIME_TIMESTAMP=1793918102000000\n", header::epoch(b"1793918102")),
            ("nothing here\n", None),
        ] {
            assert_eq!(first_stamp(head.as_bytes()), want, "{head}");
        }
    }
}
