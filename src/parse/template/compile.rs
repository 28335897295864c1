//! What somebody wrote becomes steps, or is refused with the place of the fault.

use super::{Floating, Step, Template};
use crate::parse::bytes::Literal;
use crate::parse::scan::{Slot, Stops};
use crate::parse::syntax::{Element, Fault};
use crate::parse::types::Type;

impl Template {
    pub(in crate::parse) fn compile(elements: &[Element]) -> Result<Self, Fault> {
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
