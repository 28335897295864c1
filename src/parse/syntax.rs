//! The template language, from text to elements. What the elements mean for matching is [`super::template`]'s.

use crate::model::Field;

use super::suggest::did_you_mean;
use super::types::Type;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    Literal(Vec<u8>),
    Field { ty: Type, field: Option<Field>, capture: bool, at: usize },
    Group { elements: Vec<Element>, at: usize },
}

/// What is wrong with a template, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) problem: String,
}

impl Fault {
    pub(super) fn new(at: usize, problem: impl Into<String>) -> Self {
        Self { at, problem: problem.into() }
    }
}

/// Reads the whole template.
pub(super) fn parse(text: &str) -> Result<Vec<Element>, Fault> {
    let (elements, end) = elements(text, 0, false)?;
    debug_assert_eq!(end, text.len());
    Ok(elements)
}

/// Elements from `at` to the end of the text, or of the group.
fn elements(text: &str, mut at: usize, in_group: bool) -> Result<(Vec<Element>, usize), Fault> {
    let mut list = Vec::new();
    let start = at;
    while at < text.len() {
        let rest = &text[at..];
        if in_group && rest.starts_with("]}") {
            return Ok((list, at + 2));
        } else if rest.starts_with("{{") || rest.starts_with("}}") {
            literal(&mut list, &rest.as_bytes()[..1]);
            at += 2;
        } else if rest.starts_with("{[") {
            if in_group {
                return Err(Fault::new(at, "a group within a group; write two patterns"));
            }
            let (elements, end) = elements(text, at + 2, true)?;
            if !matches!(elements.first(), Some(Element::Literal(_))) {
                return Err(Fault::new(
                    at,
                    "an optional group must begin with literal text, which tells if it is there",
                ));
            }
            list.push(Element::Group { elements, at });
            at = end;
        } else if rest.starts_with('{') {
            let Some(len) = rest.find('}') else {
                return Err(Fault::new(at, "`{` without its `}`; write `{{` for a literal brace"));
            };
            list.push(field(&rest[1..len], at)?);
            at += len + 1;
        } else if rest.starts_with('}') {
            return Err(Fault::new(at, "`}` without its `{`; write `}}` for a literal brace"));
        } else {
            let end = rest.find(['{', '}', ']']).unwrap_or(rest.len()).max(1);
            literal(&mut list, &rest.as_bytes()[..end]);
            at += end;
        }
    }
    if in_group { Err(Fault::new(start - 2, "`{[` without its `]}`")) } else { Ok((list, at)) }
}

fn literal(list: &mut Vec<Element>, bytes: &[u8]) {
    match list.last_mut() {
        Some(Element::Literal(text)) => text.extend_from_slice(bytes),
        _ => list.push(Element::Literal(bytes.to_vec())),
    }
}

/// `name`, `name:type` or `:type`.
fn field(inside: &str, at: usize) -> Result<Element, Fault> {
    let (name, ty) = match inside.split_once(':') {
        Some((name, ty)) => (name, Some(ty)),
        None => (inside, None),
    };
    let ty = ty
        .map(|ty| {
            Type::from_name(ty).ok_or_else(|| {
                Fault::new(at, format!("unknown type `{ty}`{}", did_you_mean(ty, Type::names())))
            })
        })
        .transpose()?;
    let field = Field::from_name(name);
    match (field, ty.or_else(|| Type::from_name(name))) {
        (None, Some(ty)) if name.is_empty() => Ok(Element::Field { ty, field: None, capture: false, at }),
        (None, Some(ty)) if name == ty.name() => Ok(Element::Field { ty, field: None, capture: true, at }),
        (Some(_), Some(ty)) if ty.is_composite() => Err(Fault::new(
            at,
            format!("type `{0}` names its fields itself: write `{{{0}}}` or `{{:{0}}}`", ty.name()),
        )),
        (Some(field), ty) => {
            Ok(Element::Field { ty: ty.unwrap_or(Type::of(field)), field: Some(field), capture: true, at })
        }
        _ => {
            let known = Field::ALL.iter().map(|field| field.name()).chain(Type::names());
            Err(Fault::new(at, format!("unknown field `{name}`{}", did_you_mean(name, known))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_and_brackets_are_literal_where_doubled_or_alone() {
        assert_eq!(parse("a{{b}}[c]").unwrap(), [Element::Literal(b"a{b}[c]".to_vec())]);
        let Element::Group { elements, .. } = &parse("{[ [x]]}").unwrap()[0] else { panic!("no group") };
        assert_eq!(elements, &[Element::Literal(b" [x]".to_vec())]);
    }

    #[test]
    fn faults_name_their_place_and_a_way_out() {
        for (text, at, words) in [
            ("from {cliet_ip}", 5, "unknown field `cliet_ip`; did you mean `client_ip`?"),
            ("{sender:adress}", 0, "unknown type `adress`; did you mean `address`?"),
            ("{sender", 0, "`{` without its `}`"),
            ("a}", 1, "write `}}`"),
            ("{[ {text}", 0, "`{[` without its `]}`"),
            ("{[{int}]}", 0, "must begin with literal text"),
            ("{client_ip:client}", 0, "write `{client}`"),
        ] {
            let fault = parse(text).unwrap_err();
            assert_eq!(fault.at, at, "{text}");
            assert!(fault.problem.contains(words), "{text}: {}", fault.problem);
        }
    }
}
