//! Which patterns can match a line at all, by two things known before any of them is tried: whether the text begins
//! with a queue id, with `NOQUEUE` or with neither, and the bytes that come next. A pattern is left out only if it could
//! not match.

use crate::model::Mta;

use super::bytes::{ByteSet, begins_with};
use super::pattern::{Matcher, Pattern};
use super::queue::{self, QueueIdAt};
use super::template::{Beginning, may_begin_with_id};
use super::trial::{Candidate, candidates};

/// The patterns of one daemon, in the order in which they are tried.
#[derive(Debug)]
pub(super) struct Dispatch {
    /// Index into `lists`: 256 for texts without queue id, 256 for texts with one, 256 for texts with `NOQUEUE`.
    table: Box<[u16; 768]>,
    lists: Vec<Box<[Candidate]>>,
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
        let needs: Vec<(u16, Heads<'_>)> = order
            .iter()
            .filter_map(|&number| Some((number, heads(patterns.get(usize::from(number))?, behind_id))))
            .collect();
        let firsts = [WITHOUT_ID, WITH_ID, WITH_NO_QUEUE].map(|section| {
            let heads = needs.iter().filter_map(|(_, heads)| heads[section]?.first());
            heads.fold(ByteSet::default(), |firsts, &first| firsts.with(first))
        });
        let (mut lists, mut known) = (Vec::new(), Vec::new());
        // What is tried on texts that begin as no pattern does: the same for most bytes.
        let mut others: [Option<u16>; 3] = [None; 3];
        for (key, slot) in table.iter_mut().enumerate() {
            let (section, next) = (key / 256, (key % 256) as u8);
            let is_other = !firsts[section].has(next);
            if is_other && let Some(place) = others[section] {
                *slot = place;
                continue;
            }
            let fits = |head: &&[u8]| head.first().is_none_or(|&first| first == next);
            let may_match =
                needs.iter().filter_map(|(number, heads)| Some((*number, heads[section].filter(fits)?)));
            let numbers: Vec<u16> = may_match.clone().map(|(number, _)| number).collect();
            let list = (section, numbers);
            *slot = if let Some(place) = known.iter().position(|known| *known == list) {
                place as u16
            } else {
                lists.push(candidates(mta, may_match, patterns));
                known.push(list);
                lists.len() as u16 - 1
            };
            if is_other {
                others[section] = Some(*slot);
            }
        }
        Self { table, lists, all: order, mta, behind_id }
    }

    /// What to try on the text of `line` from `text` on.
    #[inline]
    pub(super) fn beginning(&self, line: &[u8], text: usize) -> Start<'_> {
        let rest = &line[text..];
        let id = queue::at_start(self.mta, rest);
        let (section, head) = match id {
            Some(id) if begins_with(&rest[id.len..], self.behind_id) => {
                (if id.is_id { WITH_ID } else { WITH_NO_QUEUE }, text + id.len + self.behind_id.len())
            }
            _ => (WITHOUT_ID, text),
        };
        let key = section * 256 + usize::from(line.get(head).copied().unwrap_or(0));
        Start { candidates: &self.lists[usize::from(self.table[key])], id, head }
    }

    /// All of them.
    pub(super) fn all(&self) -> &[u16] {
        &self.all
    }
}

/// How a text begins.
pub(super) struct Start<'d> {
    /// The patterns to try.
    pub(super) candidates: &'d [Candidate],
    /// The queue id.
    pub(super) id: Option<QueueIdAt>,
    /// Where in the line the text goes on behind it.
    pub(super) head: usize,
}

const WITHOUT_ID: usize = 0;
const WITH_ID: usize = 1;
const WITH_NO_QUEUE: usize = 2;

/// What a pattern needs next, in each of these cases: a text, which may be empty; `None` if it cannot match.
type Heads<'p> = [Option<&'p [u8]>; 3];

fn heads<'p>(pattern: &'p Pattern, behind_id: &[u8]) -> Heads<'p> {
    let any: Heads<'p> = [Some(b""); 3];
    let Matcher::Template(template) = &pattern.matcher else { return any };
    let mut heads = any;
    match template.beginning() {
        Beginning::QueueId(literal) => {
            if let Some(rest) = literal.strip_prefix(behind_id) {
                heads = [Some(rest); 3];
                heads[WITHOUT_ID] = None;
            }
        }
        Beginning::Literal(literal) => {
            heads[WITHOUT_ID] = Some(literal);
            if !may_begin_with_id(pattern.mta, literal) {
                heads[WITH_ID] = None;
                heads[WITH_NO_QUEUE] = None;
            } else if literal.starts_with(b"NOQUEUE:") {
                // No id is spelled so.
                heads[WITH_ID] = None;
            }
        }
        Beginning::Any => {}
    }
    heads
}
