//! Tries the patterns that may match, in their order: the first one that does. What several in a row begin with is read
//! once, and if it is not there, all of them are done with.

use memchr::memmem::Finder;

use crate::model::Mta;

use super::bytes::Literal;
use super::captures::Captures;
use super::pattern::{Matcher, Pattern};
use super::template::{Known, Template};

/// A pattern that may match.
#[derive(Debug)]
pub(super) struct Candidate {
    number: u16,
    /// What must stand at the beginning, or behind the queue id; as much of it as is compared in one go.
    head: Literal,
    /// What must stand somewhere behind that.
    landmark: Option<Finder<'static>>,
    /// Steps that are those of the candidate before.
    shared: usize,
    /// Steps that are those of the candidate behind.
    lead: usize,
}

impl Candidate {
    #[inline]
    fn may_match(&self, line: &[u8], head: usize) -> bool {
        self.head.stands_at(line, head)
            && self.landmark.as_ref().is_none_or(|landmark| landmark.find(&line[head..]).is_some())
    }
}

/// The candidates with these numbers and heads, in the order in which they are tried.
pub(super) fn candidates<'h>(
    mta: Mta,
    list: impl IntoIterator<Item = (u16, &'h [u8])>,
    patterns: &[Pattern],
) -> Box<[Candidate]> {
    let template = |number: u16| match patterns.get(usize::from(number)).map(|pattern| &pattern.matcher) {
        Some(Matcher::Template(template)) => Some(template),
        _ => None,
    };
    let mut all: Vec<Candidate> = Vec::new();
    for (number, head) in list {
        let mut shared = 0;
        if let Some(before) = all.last_mut() {
            shared = template(before.number)
                .zip(template(number))
                .map_or(0, |(before, this)| Template::shared_steps(before, this));
            before.lead = shared;
        }
        let head = Literal::beginning(head);
        let landmark = template(number).and_then(|template| template.landmark(mta));
        let landmark = landmark.map(|text| Finder::new(text).into_owned());
        all.push(Candidate { number, head, landmark, shared, lead: 0 });
    }
    all.into()
}

/// The first of `candidates` that matches the text of `line` from `text` on. Their heads stand at `head`.
#[inline]
pub(super) fn first_match<'p>(
    patterns: &'p [Pattern],
    candidates: &[Candidate],
    line: &[u8],
    text: usize,
    head: usize,
    out: &mut Captures<'_>,
) -> Option<(u16, &'p Pattern)> {
    // How far the steps lead that the next candidates begin with; and so many steps of theirs that miss.
    let (mut known, mut missed): (Option<Known>, _) = (None, usize::MAX);
    for candidate in candidates {
        if candidate.shared >= missed {
            continue;
        }
        missed = usize::MAX;
        if known.is_some_and(|known| candidate.shared < known.steps) {
            known = None;
            out.clear();
        }
        if !candidate.may_match(line, head) {
            continue;
        }
        let pattern = &patterns[usize::from(candidate.number)];
        let Matcher::Template(template) = &pattern.matcher else {
            if pattern.matches(line, text, out) {
                return Some((candidate.number, pattern));
            }
            out.clear();
            continue;
        };
        if candidate.lead > known.map_or(0, |known| known.steps) {
            known = template.lead(candidate.lead, line, text, known, out);
            if known.is_none() {
                missed = candidate.lead;
                out.clear();
                continue;
            }
        }
        // Of templates that are the same to their end, only the conditions are left to be asked.
        let whole = known.is_some_and(|known| known.steps == template.steps());
        let matches = whole
            || match known {
                Some(known) => template.matches_from(line, known, out),
                None => template.matches(line, text, out, &mut ()),
            };
        if matches && pattern.agrees(line, out) {
            return Some((candidate.number, pattern));
        }
        match known {
            Some(_) if whole => {}
            Some(known) => out.restore(known.found),
            None => out.clear(),
        }
    }
    out.clear();
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::PatternSet;
    use crate::parse::dispatch::{Dispatch, Start};

    /// The pattern that matched, and all that it found.
    type Told = (u16, String);

    fn told(number: u16, out: &Captures<'_>) -> Told {
        let &Captures { stage, client_ip, doubtful, .. } = out;
        (number, format!("{:?} {stage:?} {client_ip:?} {:?} {doubtful}", out.found(), out.opaque))
    }

    fn together(set: &PatternSet, list: &Dispatch, mta: Mta, line: &[u8]) -> Option<Told> {
        let mut fields = Vec::new();
        let mut out = Captures::new(mta, &mut fields);
        let Start { candidates, id, head } = list.beginning(line, 0);
        out.queue_id = id.map(|id| (0, id));
        let (number, _) = first_match(set.patterns(), candidates, line, 0, head, &mut out)?;
        Some(told(number, &out))
    }

    fn one_by_one(set: &PatternSet, list: &Dispatch, mta: Mta, line: &[u8]) -> Option<Told> {
        list.all().iter().find_map(|&number| {
            let mut fields = Vec::new();
            let mut out = Captures::new(mta, &mut fields);
            let matches = set.patterns()[usize::from(number)].matches(line, 0, &mut out);
            matches.then(|| told(number, &out))
        })
    }

    #[test]
    fn patterns_find_together_what_they_find_alone() {
        let set = PatternSet::builtin().unwrap();
        for pattern in set.patterns() {
            let list = set.list(set.list_of(pattern.mta, &pattern.daemons[0]));
            for sample in pattern.samples() {
                // Cut lines match what stands further behind in the list.
                for len in (0..=sample.line.len()).rev().step_by(11) {
                    let line = &sample.line.as_bytes()[..len];
                    assert_eq!(
                        together(&set, list, pattern.mta, line),
                        one_by_one(&set, list, pattern.mta, line),
                        "{}: {}",
                        pattern.name,
                        line.escape_ascii()
                    );
                }
            }
        }
    }
}
