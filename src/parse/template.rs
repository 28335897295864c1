//! Templates, compiled and matched: left of the opaque text from the left, right of it from the right, so that text a
//! client chose never decides where a field the server wrote begins or ends. Never backtracks on the left side, but for
//! an optional group that is not there as a whole.

use std::fmt;

use crate::model::{Field, Mta, shown};

use super::bytes::begins_with;
use super::captures::Captures;
use super::envelope::Found;
use super::scan::Stops;
use super::syntax::{Element, Fault};
use super::types::Type;
use super::{envelope, queue, reply, scan};

/// A compiled template.
#[derive(Debug)]
pub(super) struct Template {
    left: Vec<Step>,
    floating: Option<Floating>,
    /// In the order of matching: the last element first.
    right: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Literal(Box<[u8]>),
    Field { ty: Type, field: Option<Field>, capture: bool, stops: Stops },
    Group(Box<[Step]>),
}

#[derive(Debug)]
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

#[derive(Debug)]
enum Want<'t> {
    Step(&'t Step, Side),
    End,
    Room,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

impl fmt::Display for Miss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.want {
            Want::Step(Step::Literal(text), _) => write!(f, "expected `{}`", shown(text))?,
            Want::Step(Step::Field { ty, field, stops, .. }, side) => {
                match field {
                    Some(field) if field.name() != ty.name() => {
                        write!(f, "expected {field} ({})", ty.name())?;
                    }
                    _ => write!(f, "expected {}", ty.name())?,
                }
                let beside = if *side == Side::Left { "and then" } else { "behind" };
                for (index, literal) in stops.literals().iter().enumerate() {
                    write!(f, " {} `{}`", if index == 0 { beside } else { "or" }, shown(literal))?;
                }
            }
            Want::Step(Step::Group(_), _) => write!(f, "expected an optional group")?,
            Want::End => write!(f, "expected the end of the line")?,
            Want::Room => write!(f, "the parts from both ends overlap")?,
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
            return Ok(Self { left: left_steps(elements, &Next::End)?, floating: None, right: Vec::new() });
        };
        let floating = match elements[split] {
            Element::Field { ty, field, capture, .. } => Some(Floating { ty, field, capture }),
            _ => None,
        };
        let left = left_steps(&elements[..split], &Next::Field)?;
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
            [Step::Literal(text), ..] => Beginning::Literal(text),
            [Step::Field { ty: Type::QueueId, .. }, Step::Literal(text), ..] => Beginning::QueueId(text),
            _ => Beginning::Any,
        }
    }

    /// Matches the text of `line` from `start`. `out` holds rubbish after a miss.
    #[inline]
    pub(super) fn matches(&self, line: &[u8], start: usize, out: &mut Captures<'_>) -> Result<(), Miss<'_>> {
        let low = from_left(&self.left, line, start, out)?;
        let Some(floating) = &self.floating else {
            return if low == line.len() { Ok(()) } else { Err(Miss { at: low, want: Want::End }) };
        };
        let is_reply = floating.ty == Type::Reply;
        let high = from_right(&self.right, line, low, is_reply, out)?;
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
        Ok(())
    }
}

#[inline]
fn from_left<'t>(
    steps: &'t [Step],
    line: &[u8],
    mut at: usize,
    out: &mut Captures<'_>,
) -> Result<usize, Miss<'t>> {
    for step in steps {
        let next = match step {
            Step::Literal(text) => begins_with(&line[at..], text).then(|| at + text.len()),
            Step::Field { ty: Type::Envelope, capture, .. } => envelope::from_left(line, at, *capture, out),
            Step::Field { ty, field, capture, stops } => {
                scan::field(*ty, stops, *field, *capture, line, at, out)
            }
            Step::Group(steps) => match steps.first() {
                Some(Step::Literal(text)) if begins_with(&line[at..], text) => {
                    let mark = out.mark();
                    from_left(steps, line, at, out).ok().or_else(|| {
                        out.rewind(mark);
                        Some(at)
                    })
                }
                _ => Some(at),
            },
        };
        at = next.ok_or(Miss { at, want: Want::Step(step, Side::Left) })?;
    }
    Ok(at)
}

/// Where the opaque text ends, which began at `low`.
fn from_right<'t>(
    steps: &'t [Step],
    line: &[u8],
    low: usize,
    is_reply: bool,
    out: &mut Captures<'_>,
) -> Result<usize, Miss<'t>> {
    let mut end = line.len();
    for step in steps {
        let next = match step {
            Step::Field { ty: Type::Envelope, capture, stops, .. } => {
                let before = stops.literals().first().map_or(&b""[..], |literal| literal);
                match envelope::from_right(line, low, before, is_reply, *capture, out) {
                    Some(Found::At(start)) => Some(start),
                    Some(Found::Unreadable(start)) => return Ok(start - before.len()),
                    Some(Found::Somewhere) => {
                        out.doubtful = true;
                        return Ok(line.len());
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
        end = next.ok_or(Miss { at: end, want: Want::Step(step, Side::Right) })?;
    }
    if end < low { Err(Miss { at: low, want: Want::Room }) } else { Ok(end) }
}

/// One literal or field that ends at `end`: where it begins. A field begins behind the last literal before it from
/// which it is whole.
fn step_back(step: &Step, line: &[u8], low: usize, end: usize, out: &mut Captures<'_>) -> Option<usize> {
    let text = line.get(low..end)?;
    match step {
        Step::Literal(literal) => text.ends_with(literal).then(|| end - literal.len()),
        Step::Group(_) => None,
        Step::Field { ty, field, capture, stops } => {
            let mark = out.mark();
            let stage = out.stage;
            stops.literals().iter().find_map(|literal| {
                let first = *literal.first()?;
                memchr::memrchr_iter(first, text)
                    .filter(|&hit| text[hit..].starts_with(literal))
                    .map(|hit| low + hit + literal.len())
                    .filter(|&start| start <= end)
                    .find(|&start| {
                        out.rewind(mark);
                        out.stage = stage;
                        scan::field(*ty, &Stops::AT_END, *field, *capture, &line[..end], start, out)
                            == Some(end)
                    })
            })
        }
    }
}

/// What follows a list of elements.
enum Next {
    End,
    Field,
}

fn left_steps(elements: &[Element], next: &Next) -> Result<Vec<Step>, Fault> {
    let mut steps = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        steps.push(match element {
            Element::Literal(text) => Step::Literal(text.as_slice().into()),
            &Element::Field { ty, field, capture, at } => {
                let ends = stops(&elements[index + 1..], next);
                if ends.is_none() && !ty.ends_by_itself() {
                    return Err(Fault::new(
                        at,
                        format!("`{}` needs literal text behind it, or its end is anywhere", ty.name()),
                    ));
                }
                Step::Field { ty, field, capture, stops: ends.unwrap_or_default() }
            }
            Element::Group { elements: inner, .. } => {
                // Behind the group's last field comes what comes behind the group.
                let rest = &elements[index + 1..];
                let mut all = inner.clone();
                all.extend_from_slice(rest);
                let mut steps = left_steps(&all, next)?;
                steps.truncate(inner.len());
                Step::Group(steps.into())
            }
        });
    }
    Ok(steps)
}

/// The literals that may come next; `None` if a field does.
fn stops(rest: &[Element], next: &Next) -> Option<Stops> {
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
            Element::Literal(text) => Step::Literal(text.as_slice().into()),
            &Element::Field { ty, field, capture, at } => match elements.get(index + 1) {
                Some(Element::Literal(text)) => {
                    let mut before = Stops::default();
                    before.add(text);
                    Step::Field { ty, field, capture, stops: before }
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
            Element::Field { ty: Type::Envelope, at, .. } if index + 1 != elements.len() => {
                return Err(Fault::new(*at, "`envelope` reads to the end of the line and must stand last"));
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
