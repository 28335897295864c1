//! Templates, compiled and matched: left of the opaque text from the left, right of it from the right, so that text a
//! client chose never decides where a field the server wrote begins or ends. Never backtracks on the left side, but for
//! an optional group that is not there as a whole.

use std::fmt;

use crate::model::{Field, Mta, shown};

use super::bytes::Literal;
use super::captures::{Captures, Saved};
use super::envelope::Found;
use super::scan::{Slot, Stops};
use super::syntax::{Element, Fault};
use super::types::Type;
use super::{envelope, queue, reply, sendmail};

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

/// Why a template did not match: what it expected, and where.
#[derive(Debug)]
pub(super) struct Miss<'t> {
    pub(super) at: usize,
    want: Want<'t>,
}

/// Who is told why a template does not match: nobody, on the path of every line.
pub(super) trait Witness<'t> {
    fn missed(&mut self, miss: Miss<'t>);
}

impl Witness<'_> for () {
    #[inline]
    fn missed(&mut self, _: Miss<'_>) {}
}

impl<'t> Witness<'t> for Option<Miss<'t>> {
    fn missed(&mut self, miss: Miss<'t>) {
        *self = Some(miss);
    }
}

#[derive(Debug)]
enum Want<'t> {
    Step(&'t Step, Side),
    End,
    Room,
    Tail(Type),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

impl fmt::Display for Miss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.want {
            Want::Step(Step::Literal(literal), _) => write!(f, "expected `{}`", shown(literal.text()))?,
            Want::Step(Step::Field(Slot { ty, field, stops, .. }), side) => {
                match field {
                    Some(field) if field.name() != ty.name() => {
                        write!(f, "expected {field} ({})", ty.name())?;
                    }
                    _ => write!(f, "expected {}", ty.name())?,
                }
                let beside = if *side == Side::Left { "and then" } else { "behind" };
                for (index, literal) in stops.literals().iter().enumerate() {
                    write!(f, " {} `{}`", if index == 0 { beside } else { "or" }, shown(literal.text()))?;
                }
            }
            Want::Step(Step::Group(_), _) => write!(f, "expected an optional group")?,
            Want::End => write!(f, "expected the end of the line")?,
            Want::Room => write!(f, "the parts from both ends overlap")?,
            Want::Tail(ty) => write!(f, "expected {}", ty.name())?,
        }
        match &self.want {
            Want::Step(_, Side::Right) => write!(f, " to end at byte {}", self.at),
            _ => write!(f, " at byte {}", self.at),
        }
    }
}

impl Template {
    pub(super) fn compile(elements: &[Element]) -> Result<Self, Fault> {
        check(elements)?;
        let is_opaque = |element: &Element| matches!(element, Element::Field { ty, .. } if ty.is_opaque());
        let Some(split) = elements.iter().position(is_opaque) else {
            return Ok(Self {
                left: left_steps(elements, &[], &Next::End)?,
                floating: None,
                right: Vec::new(),
            });
        };
        let floating = match elements[split] {
            Element::Field { ty, field, capture, .. } => Some(Floating { ty, field, capture }),
            _ => None,
        };
        let left = left_steps(&elements[..split], &[], &Next::Field)?;
        let mut right = elements[split + 1..].to_vec();
        if let Some(Element::Field { at, .. }) = right.first() {
            return Err(Fault::new(*at, "needs literal text before it: the opaque text would have no end"));
        }
        reverse(&mut right);
        Ok(Self { left, floating, right: right_steps(&right)? })
    }

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

/// What follows a list of elements.
enum Next {
    End,
    Field,
}

/// The steps of `elements`, with `behind` and then `next` behind them. What is behind only says where fields end: a step
/// for each of it would be made over and over, twice as often with every group.
fn left_steps(elements: &[Element], behind: &[&Element], next: &Next) -> Result<Vec<Step>, Fault> {
    let mut steps = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        let rest = || elements[index + 1..].iter().chain(behind.iter().copied());
        steps.push(match element {
            Element::Literal(text) => Step::Literal(Literal::new(text)),
            &Element::Field { ty, field, capture, at } => {
                let ends = stops(rest(), next);
                if ends.is_none() && !ty.ends_by_itself() {
                    return Err(Fault::new(
                        at,
                        format!("`{}` needs literal text behind it, or its end is anywhere", ty.name()),
                    ));
                }
                Step::Field(Slot { ty, field, capture, stops: ends.unwrap_or_default() })
            }
            // Behind the group's last field comes what comes behind the group.
            Element::Group { elements: inner, .. } => {
                Step::Group(left_steps(inner, &rest().collect::<Vec<_>>(), next)?.into())
            }
        });
    }
    Ok(steps)
}

/// The literals that may come next; `None` if a field does.
fn stops<'e>(rest: impl Iterator<Item = &'e Element>, next: &Next) -> Option<Stops> {
    let mut stops = Stops::default();
    for element in rest {
        match element {
            Element::Literal(text) => {
                stops.add(text);
                return Some(stops);
            }
            Element::Field { .. } => return None,
            Element::Group { elements, .. } => {
                if let Some(Element::Literal(text)) = elements.first() {
                    stops.add(text);
                }
            }
        }
    }
    match next {
        Next::End => {
            stops.add_end();
            Some(stops)
        }
        Next::Field => None,
    }
}

fn reverse(elements: &mut [Element]) {
    elements.reverse();
    for element in elements {
        if let Element::Group { elements, .. } = element {
            elements.reverse();
        }
    }
}

/// As [`left_steps`], for elements in reverse order: a field is delimited by the literal before it.
fn right_steps(elements: &[Element]) -> Result<Vec<Step>, Fault> {
    let mut steps = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        steps.push(match element {
            Element::Literal(text) => Step::Literal(Literal::new(text)),
            &Element::Field { ty, field, capture, at } => match elements.get(index + 1) {
                Some(Element::Literal(text)) => {
                    let mut before = Stops::default();
                    before.add(text);
                    Step::Field(Slot { ty, field, capture, stops: before })
                }
                _ => {
                    return Err(Fault::new(
                        at,
                        format!("`{}` behind opaque text needs literal text before it", ty.name()),
                    ));
                }
            },
            Element::Group { elements, .. } => Step::Group(right_steps(elements)?.into()),
        });
    }
    Ok(steps)
}

/// The rules that hold for the whole template.
fn check(elements: &[Element]) -> Result<(), Fault> {
    let mut opaque = None;
    for (index, element) in elements.iter().enumerate() {
        if let Element::Field { ty, at, .. } = element
            && (*ty == Type::Envelope || ty.is_tail())
            && index + 1 != elements.len()
        {
            let name = ty.name();
            return Err(Fault::new(
                *at,
                format!("`{name}` reads to the end of the line and must stand last"),
            ));
        }
        match element {
            Element::Field { ty, at, .. } if ty.is_opaque() => {
                if let Some(first) = opaque.replace(ty.name()) {
                    return Err(Fault::new(
                        *at,
                        format!(
                            "`{}` is opaque text, and so is `{first}` before it; only one may stand in a template",
                            ty.name()
                        ),
                    ));
                }
            }
            Element::Group { elements, .. } => {
                for inner in elements {
                    if let Element::Field { ty, at, .. } = inner
                        && (ty.is_opaque() || *ty == Type::Envelope)
                    {
                        return Err(Fault::new(
                            *at,
                            format!("`{}` cannot be optional; write two patterns", ty.name()),
                        ));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a line that starts with `literal` may start with a queue id: only if the literal's first word is one, or
/// is not complete.
pub(super) fn may_begin_with_id(mta: Mta, literal: &[u8]) -> bool {
    literal.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        || queue::at_start(mta, literal).is_some()
}
