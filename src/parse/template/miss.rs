//! Why a template does not match, for people: asked for by `explain`, by nobody on the path of every line.

use std::fmt;

use super::Step;
use crate::model::shown;
use crate::parse::scan::Slot;
use crate::parse::types::Type;

/// Why a template did not match: what it expected, and where.
#[derive(Debug)]
pub(in crate::parse) struct Miss<'t> {
    pub(in crate::parse) at: usize,
    pub(super) want: Want<'t>,
}

/// Who is told why a template does not match: nobody, on the path of every line.
pub(in crate::parse) trait Witness<'t> {
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

/// What was expected.
#[derive(Debug)]
pub(super) enum Want<'t> {
    Step(&'t Step, Side),
    End,
    Room,
    Tail(Type),
}

/// From where the line was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
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
