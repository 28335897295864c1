//! Templates, compiled and matched: left of the opaque text from the left, right of it from the right, so that text a
//! client chose never decides where a field the server wrote begins or ends. Never backtracks on the left side, but for
//! an optional group that is not there as a whole.

mod compile;
mod miss;

use crate::model::{Field, Mta};

use super::bytes::Literal;
use super::captures::{Captures, Saved};
use super::envelope::Found;
use super::scan::Slot;
use super::types::Type;
use super::{envelope, queue, reply, sendmail};
pub(super) use miss::{Miss, Witness};
use miss::{Side, Want};

/// A compiled template.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template {
    left: Vec<Step>,
    floating: Option<Floating>,
    /// In the order of matching: the last element first.
    right: Vec<Step>,
}

#[derive(Debug, PartialEq, Eq)]
#[repr(u8)]
enum Step {
    Literal(Literal),
    Field(Slot),
    Group(Box<[Step]>),
}

impl Step {
    /// Whether `other` finds the same in any line: what stands behind a field matters only if its end is looked for.
    fn reads_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Field(a), Self::Field(b)) if !a.ty.looks_for_its_end() => {
                (a.ty, a.field, a.capture) == (b.ty, b.field, b.capture)
            }
            _ => self == other,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Floating {
    ty: Type,
    field: Option<Field>,
    capture: bool,
}

/// How the lines a template can match begin; what dispatch goes by.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beginning<'t> {
    /// A queue id or `NOQUEUE`, then this literal.
    QueueId(&'t [u8]),
    /// This literal.
    Literal(&'t [u8]),
    /// Anything.
    Any,
}

impl Template {
    pub(super) fn has_opaque(&self) -> bool {
        self.floating.is_some()
    }

    pub(super) fn beginning(&self) -> Beginning<'_> {
        match &*self.left {
            [Step::Literal(literal), ..] => Beginning::Literal(literal.text()),
            [Step::Field(Slot { ty: Type::QueueId, .. }), Step::Literal(literal), ..] => {
                Beginning::QueueId(literal.text())
            }
            _ => Beginning::Any,
        }
    }

    /// With how many steps both begin, so that these find the same in a line; one more than those from the left if the
    /// templates are the same to their end. None where it would cost more to remember what they find than to find it.
    pub(super) fn shared_steps(&self, other: &Self) -> usize {
        let steps = self.left.iter().zip(&other.left).take_while(|(a, b)| a.reads_as(b)).count();
        let is_literal = |step: &Step| matches!(step, Step::Literal(_));
        let is_cheap = match self.left.get(..steps) {
            Some([first, rest @ ..]) => {
                let is_known = matches!(first, Step::Field(Slot { ty: Type::QueueId, .. }));
                (is_known || is_literal(first)) && rest.iter().all(is_literal)
            }
            _ => true,
        };
        if self == other {
            self.steps()
        } else if is_cheap {
            0
        } else {
            steps
        }
    }

    /// The longest text that a line of `mta` must hold behind a field which costs much more to read than it costs to
    /// look for that text: Exim's clients have many readings.
    pub(super) fn landmark(&self, mta: Mta) -> Option<&[u8]> {
        let dear =
            |step: &Step| mta == Mta::Exim && matches!(step, Step::Field(Slot { ty: Type::Client, .. }));
        let behind = self.left.iter().skip_while(|step| !dear(step));
        let literals = behind.chain(&self.right).filter_map(|step| match step {
            Step::Literal(literal) => Some(literal.text()),
            _ => None,
        });
        let any = self.left.iter().any(dear);
        literals.max_by_key(|text| text.len()).filter(|text| any && text.len() > 2)
    }

    /// How many steps there are, the last of them everything from the opaque text on.
    pub(super) fn steps(&self) -> usize {
        self.left.len() + 1
    }

    /// Matches the text of `line` from `start`. `out` holds rubbish after a miss.
    #[inline]
    pub(super) fn matches<'t>(
        &'t self,
        line: &[u8],
        start: usize,
        out: &mut Captures<'_>,
        witness: &mut impl Witness<'t>,
    ) -> bool {
        let Some(low) = from_left(&self.left, line, start, out, witness) else { return false };
        self.matches_behind(line, low, out, witness)
    }

    /// The same where the first steps are known to lead as far as `known`.
    #[inline]
    pub(super) fn matches_from(&self, line: &[u8], known: Known, out: &mut Captures<'_>) -> bool {
        let steps = self.left.get(known.steps..).unwrap_or_default();
        let Some(low) = from_left(steps, line, known.at, out, &mut ()) else { return false };
        self.matches_behind(line, low, out, &mut ())
    }

    /// How far `steps` steps lead from `start`, of which some may be known already; `None` if they miss.
    pub(super) fn lead(
        &self,
        steps: usize,
        line: &[u8],
        start: usize,
        known: Option<Known>,
        out: &mut Captures<'_>,
    ) -> Option<Known> {
        let (first, start) = known.map_or((0, start), |known| (known.steps, known.at));
        let rest = self.left.get(first..steps.min(self.left.len())).unwrap_or_default();
        let at = from_left(rest, line, start, out, &mut ())?;
        if steps > self.left.len() && !self.matches_behind(line, at, out, &mut ()) {
            return None;
        }
        Some(Known { steps, at, found: out.save() })
    }

    /// Matches what stands behind the steps from the left, from `low` on.
    #[inline]
    fn matches_behind<'t>(
        &'t self,
        line: &[u8],
        low: usize,
        out: &mut Captures<'_>,
        witness: &mut impl Witness<'t>,
    ) -> bool {
        let Some(floating) = &self.floating else {
            if low < line.len() {
                witness.missed(Miss { at: low, want: Want::End });
            }
            return low == line.len();
        };
        if floating.ty.is_tail() {
            let Some(text) = sendmail::tail(floating.ty, line, low, floating.field, floating.capture, out)
            else {
                witness.missed(Miss { at: low, want: Want::Tail(floating.ty) });
                return false;
            };
            out.opaque = text;
            return true;
        }
        let is_reply = floating.ty == Type::Reply;
        let Some(high) = from_right(&self.right, line, low, is_reply, out, witness) else { return false };
        let text = low..high;
        out.opaque = if is_reply {
            out.doubtful |= reply::may_be_cut(&line[text.clone()]);
            reply::scan(line, text, floating.capture, out)
        } else {
            if let Some(field) = floating.field {
                out.push(field, text.clone());
            }
            text
        };
        true
    }
}

/// How far the first steps of a template lead in a line, and what they find.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) steps: usize,
    pub(super) at: usize,
    pub(super) found: Saved,
}

#[inline]
fn from_left<'t>(
    steps: &'t [Step],
    line: &[u8],
    mut at: usize,
    out: &mut Captures<'_>,
    witness: &mut impl Witness<'t>,
) -> Option<usize> {
    for step in steps {
        let next = match step {
            Step::Literal(literal) => literal.end(line, at),
            Step::Field(slot) if slot.ty == Type::Envelope => {
                envelope::from_left(line, at, slot.capture, out)
            }
            Step::Field(slot) => slot.scan(line, at, out),
            Step::Group(steps) => match steps.first() {
                Some(Step::Literal(literal)) if literal.stands_at(line, at) => {
                    let mark = out.mark();
                    from_left(steps, line, at, out, witness).or_else(|| {
                        out.rewind(mark);
                        Some(at)
                    })
                }
                _ => Some(at),
            },
        };
        let Some(next) = next else {
            witness.missed(Miss { at, want: Want::Step(step, Side::Left) });
            return None;
        };
        at = next;
    }
    Some(at)
}

/// Where the opaque text ends, which began at `low`.
fn from_right<'t>(
    steps: &'t [Step],
    line: &[u8],
    low: usize,
    is_reply: bool,
    out: &mut Captures<'_>,
    witness: &mut impl Witness<'t>,
) -> Option<usize> {
    let mut end = line.len();
    for step in steps {
        let next = match step {
            Step::Field(Slot { ty: Type::Envelope, capture, stops, .. }) => {
                let before = stops.literals().first().map_or(&b""[..], Literal::text);
                match envelope::from_right(line, low, before, is_reply, *capture, out) {
                    Some(Found::At(start)) => Some(start),
                    Some(Found::Unreadable(start)) => return Some(start - before.len()),
                    Some(Found::Somewhere) => {
                        out.doubtful = true;
                        return Some(line.len());
                    }
                    None => None,
                }
            }
            Step::Group(steps) => {
                let mark = out.mark();
                steps.iter().try_fold(end, |end, step| step_back(step, line, low, end, out)).or_else(|| {
                    out.rewind(mark);
                    Some(end)
                })
            }
            step => step_back(step, line, low, end, out),
        };
        let Some(next) = next else {
            witness.missed(Miss { at: end, want: Want::Step(step, Side::Right) });
            return None;
        };
        end = next;
    }
    if end < low {
        witness.missed(Miss { at: low, want: Want::Room });
        return None;
    }
    Some(end)
}

/// One literal or field that ends at `end`: where it begins.
#[inline]
fn step_back(step: &Step, line: &[u8], low: usize, end: usize, out: &mut Captures<'_>) -> Option<usize> {
    match step {
        Step::Literal(literal) => literal.start(line, end).filter(|&start| start >= low),
        Step::Group(_) => None,
        Step::Field(slot) => field_back(slot, line, low, end, out),
    }
}

/// A field begins behind the last literal before it from which it is whole. Most of what stands there is literals, which
/// are not worth the call.
#[inline(never)]
fn field_back(slot: &Slot, line: &[u8], low: usize, end: usize, out: &mut Captures<'_>) -> Option<usize> {
    let text = line.get(low..end)?;
    let mark = out.mark();
    let stage = out.stage;
    slot.stops.literals().iter().find_map(|literal| {
        let first = *literal.text().first()?;
        memchr::memrchr_iter(first, text)
            .filter(|&hit| literal.stands_at(text, hit))
            .map(|hit| low + hit + literal.text().len())
            .find(|&start| {
                out.rewind(mark);
                out.stage = stage;
                slot.is_rest(&line[..end], start, out)
            })
    })
}

/// Whether a line that starts with `literal` may start with a queue id: only if the literal's first word is one, or
/// is not complete.
pub(super) fn may_begin_with_id(mta: Mta, literal: &[u8]) -> bool {
    literal.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        || queue::at_start(mta, literal).is_some()
}
