//! The line that names the columns of what follows it: every batch of a file is given the one in front of it.

use std::sync::Arc;

use memchr::{memchr, memrchr_iter};

use super::reader::MAX_LINE;
use crate::model::Framing;

/// What names columns: the directive of W3C Extended Log File Format ("Directives"), and Exchange 2003's comment.
const NAMING: [&[u8]; 2] = [b"#Fields", b"# Date\tTime\t"];

/// What names the columns of a file, as far as it was read.
#[derive(Debug)]
pub(super) struct Columns {
    by: By,
    line: Option<Arc<[u8]>>,
}

#[derive(Debug, PartialEq, Eq)]
enum By {
    /// Nothing: most files have no columns, and must not pay for those that do.
    Nothing,
    /// Directives, which may come again wherever the program that wrote the file was started.
    Directives,
    /// The first record.
    FirstRecord,
}

impl Columns {
    /// For a file that begins with `head`.
    pub(super) fn new(head: &[u8], framing: Framing) -> Self {
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
        let by = match framing {
            Framing::Entries | Framing::Objects => By::Nothing,
            _ if first == Some(&b'#') => By::Directives,
            Framing::Quoted => By::FirstRecord,
            Framing::Lines => By::Nothing,
        };
        Self { by, line: None }
    }

    /// The same behind a part of it that was read already: `line` names the columns there.
    pub(super) fn behind(self, line: Option<Arc<[u8]>>) -> Self {
        Self { line, ..self }
    }

    /// What names the columns of the next record.
    pub(super) fn line(&self) -> Option<Arc<[u8]>> {
        self.line.clone()
    }

    /// What names the columns in front of `lines`, which are taken in.
    pub(super) fn in_front_of(&mut self, lines: &[u8]) -> Option<Arc<[u8]>> {
        let line = self.line();
        if self.by == By::Directives {
            let is_naming = |&at: &usize| (at == 0 || lines[at - 1] == b'\n') && names(&lines[at..]);
            if let Some(at) = memrchr_iter(b'#', lines).find(is_naming) {
                let len = memchr(b'\n', &lines[at..]).unwrap_or(lines.len() - at);
                self.set(&lines[at..at + len]);
            }
        }
        line
    }

    /// Takes in a record.
    pub(super) fn take_in(&mut self, record: &[u8]) {
        let is_naming = match self.by {
            By::Nothing => false,
            By::Directives => names(record),
            By::FirstRecord => self.line.is_none() && !record.trim_ascii().is_empty(),
        };
        if is_naming {
            self.set(record);
        }
    }

    fn set(&mut self, line: &[u8]) {
        let line = line.trim_ascii_end();
        self.line = Some(Arc::from(&line[..line.len().min(MAX_LINE)]));
    }
}

fn names(line: &[u8]) -> bool {
    NAMING.iter().any(|naming| line.starts_with(naming))
}
