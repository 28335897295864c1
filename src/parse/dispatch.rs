//! Which patterns can match a line at all, by two things known before any of them is tried: whether the text begins
//! with a queue id, with `NOQUEUE` or with neither, and the byte that comes next. A pattern is left out only if it could not match.

use crate::model::Mta;

use super::bytes::begins_with;
use super::pattern::{Matcher, Pattern};
use super::queue::{self, QueueIdAt};
use super::template::{Beginning, may_begin_with_id};

/// The patterns of one daemon, in the order in which they are tried.
#[derive(Debug)]
pub(super) struct Dispatch {
    /// Index into `lists`: 256 for texts without queue id, 256 for texts with one, 256 for texts with `NOQUEUE`.
    table: Box<[u16; 768]>,
    lists: Vec<Box<[u16]>>,
    all: Vec<u16>,
    mta: Mta,
    /// What stands between a queue id and the rest.
    behind_id: &'static [u8],
}

impl Dispatch {
    /// For the patterns of `mta` with the numbers `order`.
    pub(super) fn new(mta: Mta, order: Vec<u16>, patterns: &[Pattern]) -> Self {
        let behind_id = queue::separator(mta);
        let mut table = Box::new([0_u16; 768]);
        let mut lists: Vec<Box<[u16]>> = Vec::new();
        let needs: Vec<(u16, Needs)> = order
            .iter()
            .filter_map(|&number| Some((number, Needs::of(patterns.get(usize::from(number))?, behind_id))))
            .collect();
        for (key, slot) in table.iter_mut().enumerate() {
            let next = (key % 256) as u8;
            let can = |needs: &Needs| match key / 256 {
                0 => needs.without_id.is(next),
                1 => needs.with_id.is(next),
                _ => needs.with_no_queue.is(next),
            };
            let list: Box<[u16]> =
                needs.iter().filter(|(_, needs)| can(needs)).map(|&(number, _)| number).collect();
            *slot = if let Some(known) = lists.iter().position(|known| *known == list) {
                known as u16
            } else {
                lists.push(list);
                lists.len() as u16 - 1
            };
        }
        Self { table, lists, all: order, mta, behind_id }
    }

    /// The patterns to try on `text`, and the queue id at its start.
    #[inline]
    pub(super) fn candidates(&self, text: &[u8]) -> (&[u16], Option<QueueIdAt>) {
        let id = queue::at_start(self.mta, text);
        let key = match id {
            Some(id) if begins_with(&text[id.len..], self.behind_id) => {
                let section = if id.is_id { 256 } else { 512 };
                section + usize::from(text.get(id.len + self.behind_id.len()).copied().unwrap_or(0))
            }
            _ => usize::from(text.first().copied().unwrap_or(0)),
        };
        (&self.lists[usize::from(self.table[key])], id)
    }

    /// All of them.
    pub(super) fn all(&self) -> &[u16] {
        &self.all
    }
}

/// The next byte that a pattern needs, behind a queue id, behind `NOQUEUE`, and without either.
#[derive(Clone, Copy)]
struct Needs {
    with_id: Next,
    with_no_queue: Next,
    without_id: Next,
}

#[derive(Clone, Copy)]
enum Next {
    Never,
    Byte(u8),
    Any,
}

impl Next {
    fn is(self, next: u8) -> bool {
        match self {
            Self::Never => false,
            Self::Byte(byte) => byte == next,
            Self::Any => true,
        }
    }

    fn first_of(literal: &[u8]) -> Self {
        literal.first().map_or(Self::Any, |&byte| Self::Byte(byte))
    }
}

impl Needs {
    fn of(pattern: &Pattern, behind_id: &[u8]) -> Self {
        let any = Self { with_id: Next::Any, with_no_queue: Next::Any, without_id: Next::Any };
        let Matcher::Template(template) = &pattern.matcher else { return any };
        match template.beginning() {
            Beginning::QueueId(literal) => match literal.strip_prefix(behind_id) {
                Some(rest) => {
                    let next = Next::first_of(rest);
                    Self { with_id: next, with_no_queue: next, without_id: Next::Never }
                }
                None => any,
            },
            Beginning::Literal(literal) => {
                let with_no_queue =
                    if may_begin_with_id(pattern.mta, literal) { Next::Any } else { Next::Never };
                // No id is spelled so.
                let with_id = if literal.starts_with(b"NOQUEUE:") { Next::Never } else { with_no_queue };
                Self { with_id, with_no_queue, without_id: Next::first_of(literal) }
            }
            Beginning::Any => any,
        }
    }
}
