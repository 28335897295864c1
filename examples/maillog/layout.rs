//! What stands around the text of a line: a syslog header, or what a server puts in front in a file of its own.

use std::io::Write as _;

use crate::clock::{Micros, Stamper, Stamps};
use crate::names;
use crate::timeline::Line;

/// How the lines of a file begin.
pub(crate) struct Layout {
    stamps: Stamps,
    stamper: Stamper,
    /// A program that stamps its lines itself, whatever syslog puts in front (Exim's `syslog_timestamp`).
    own: Option<(&'static str, Stamper)>,
}

impl Layout {
    /// Lines with these stamps; those of `own`, if syslog takes them, with a second stamp of their own.
    pub(crate) fn new(stamps: Stamps, own: Option<&'static str>) -> Self {
        let own = own.filter(|_| stamps.is_syslog());
        Self { stamps, stamper: Stamper::new(stamps), own: own.map(|own| (own, Stamper::new(Stamps::Exim))) }
    }

    /// Other programs write into this file, too.
    pub(crate) fn is_shared(&self) -> bool {
        self.stamps.is_syslog()
    }

    /// Appends the line with its end.
    pub(crate) fn write(&mut self, at: Micros, line: &Line, out: &mut Vec<u8>) {
        let process = line.process;
        self.stamper.write(at, out);
        out.push(b' ');
        // Writing to a Vec cannot fail.
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
