//! What stands around the text of a line: a syslog header, or what a server puts in front in a file of its own.

use std::io::Write as _;

use crate::simulation::clock::{DAY, Micros, Stamper, Stamps};
use crate::simulation::names;
use crate::simulation::timeline::Line;

/// A file of a log: whose lines it has, and how they are laid out.
pub(crate) struct Sheet {
    /// What the names of its files begin with, in a folder of several logs.
    pub(crate) name: &'static str,
    /// The one program whose lines these are; `None`: everybody's.
    pub(crate) of: Option<&'static str>,
    pub(crate) layout: Layout,
}

/// How the lines of a file begin.
pub(crate) struct Layout {
    stamps: Stamps,
    stamper: Stamper,
    /// A program that stamps its lines itself, whatever syslog puts in front (Exim's `syslog_timestamp`).
    own: Option<(&'static str, Stamper)>,
    heading: Option<Heading>,
}

/// What stands above the rows of a table.
pub(crate) struct Heading {
    /// Whole lines, before the date.
    about: &'static str,
    /// The names of the columns, behind the date; without, the other lines say all.
    fields: Option<&'static str>,
    /// A new file begins with it every day.
    daily: bool,
    /// The day it was written for last.
    day: Option<i64>,
}

impl Heading {
    pub(crate) const fn new(about: &'static str, fields: &'static str) -> Self {
        Self { about, fields: Some(fields), daily: true, day: None }
    }

    /// Whole lines that say all.
    pub(crate) const fn undated(about: &'static str) -> Self {
        Self { about, fields: None, daily: true, day: None }
    }

    /// The first record of a file that nothing is appended to.
    pub(crate) const fn once(record: &'static str) -> Self {
        Self { about: record, fields: None, daily: false, day: None }
    }

    /// Whether a row of this day needs it.
    fn is_due(&self, day: i64) -> bool {
        self.day.is_none_or(|last| self.daily && last != day)
    }
}

impl Layout {
    /// Lines with these stamps; those of `own`, if syslog takes them, with a second stamp of their own.
    pub(crate) fn new(stamps: Stamps, own: Option<&'static str>) -> Self {
        let own = own.filter(|_| stamps.is_syslog());
        let own = own.map(|own| (own, Stamper::new(Stamps::Exim)));
        Self { stamps, stamper: Stamper::new(stamps), own, heading: None }
    }

    /// Rows of a table.
    pub(crate) fn table(stamps: Stamps, heading: Heading) -> Self {
        Self { heading: Some(heading), ..Self::new(stamps, None) }
    }

    /// Other programs write into this file, too.
    pub(crate) fn is_shared(&self) -> bool {
        self.stamps.is_syslog()
    }

    /// Appends the line with its end, and whatever must stand above it.
    pub(crate) fn write(&mut self, at: Micros, line: &Line, out: &mut Vec<u8>) {
        let process = line.process;
        let day = at.div_euclid(DAY);
        // Writing to a Vec cannot fail.
        if let Some(heading) = self.heading.as_mut().filter(|heading| heading.is_due(day)) {
            heading.day = Some(day);
            out.extend_from_slice(heading.about.as_bytes());
            if let Some(fields) = heading.fields {
                out.extend_from_slice(b"#Date: ");
                self.stamper.write(at, out);
                let _ = write!(out, "\n#Fields: {fields}\n");
            }
        }
        self.stamper.write(at, out);
        match self.stamps {
            Stamps::Exchange => out.push(b','),
            Stamps::Exchange2003 => out.push(b'\t'),
            Stamps::Within => {}
            _ => out.push(b' '),
        }
        if self.stamps.is_syslog() {
            let _ = write!(out, "{} {}", names::HOST, process.program);
            if process.pid > 0 {
                let _ = write!(out, "[{}]", process.pid);
            }
            out.extend_from_slice(b": ");
            if let Some((_, own)) = self.own.as_mut().filter(|(program, _)| *program == process.program) {
                own.write(at, out);
                out.push(b' ');
            }
        } else if self.stamps == Stamps::EximFull {
            let _ = write!(out, "[{}] ", process.pid);
        }
        out.extend_from_slice(line.text.as_bytes());
        out.push(b'\n');
    }
}
