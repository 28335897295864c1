//! A pattern: how one shape of line is recognised, and what it says.

use regex::bytes::Regex;

use crate::model::{Class, Field, Kind, Mta, Stage, parse_ip};

use super::bytes::Literal;
use super::captures::Captures;
use super::template::{Miss, Template};

/// One pattern of a pattern file.
#[derive(Debug)]
pub struct Pattern {
    pub(super) name: String,
    pub(super) mta: Mta,
    pub(super) daemons: Vec<String>,
    pub(super) kind: Kind,
    pub(super) class: Option<Class>,
    pub(super) stage: Option<Stage>,
    pub(super) classify: bool,
    pub(super) constants: Vec<(Field, Box<[u8]>)>,
    pub(super) unless: Vec<Literal>,
    /// The opaque text must begin with one of these; empty: with anything.
    pub(super) begins: Vec<Box<[u8]>>,
    /// Each of these fields must be there and begin with one of the texts.
    pub(super) when: Vec<(Field, Vec<Box<[u8]>>)>,
    /// Whether any of the three above asks for anything.
    pub(super) is_conditional: bool,
    pub(super) matcher: Matcher,
    pub(super) source: String,
    pub(super) samples: Vec<Sample>,
}

/// A line a pattern must match, and what it must find in it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The text behind the header.
    pub line: String,
    /// Names of fields (also `class`, `stage`, `kind`) and the values expected.
    pub fields: Vec<(String, String)>,
    /// Where it stands in its file, from 1.
    pub file_line: usize,
}

#[derive(Debug)]
pub(super) enum Matcher {
    Template(Template),
    Regex(Box<RegexMatcher>),
}

#[derive(Debug)]
pub(super) struct RegexMatcher {
    pub(super) regex: Regex,
    /// Capture groups and the fields they are; `None` is the stage.
    pub(super) groups: Vec<(usize, Option<Field>)>,
}

/// Why a pattern did not match.
#[derive(Debug)]
pub(super) enum Why<'p> {
    Template(Miss<'p>),
    Regex,
    /// The opaque text contains this.
    Unless(&'p [u8]),
    /// The opaque text begins with none of those that `begins` lists.
    Begins,
    /// The field begins with none of those that `when` lists.
    When(Field),
}

impl Pattern {
    /// The full name: `postfix.smtpd.reject`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as its file states it: `reject`.
    pub(super) fn short_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    /// The mail server.
    pub fn mta(&self) -> Mta {
        self.mta
    }

    /// The daemons whose lines it reads; `*` for all.
    pub fn daemons(&self) -> &[String] {
        &self.daemons
    }

    /// What its lines say.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its samples.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The file it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it reads the lines of every daemon.
    pub(super) fn is_general(&self) -> bool {
        self.daemons.iter().any(|daemon| daemon == "*")
    }

    /// Matches the text of `line` from `start`. `out` holds rubbish after a miss.
    #[inline]
    pub(super) fn matches(&self, line: &[u8], start: usize, out: &mut Captures<'_>) -> bool {
        let matches = match &self.matcher {
            Matcher::Template(template) => template.matches(line, start, out, &mut ()),
            Matcher::Regex(matcher) => matcher.matches(line, start, out).is_some(),
        };
        matches && self.agrees(line, out)
    }

    /// Whether `unless`, `begins` and `when` allow what was found.
    #[inline]
    pub(super) fn agrees(&self, line: &[u8], out: &Captures<'_>) -> bool {
        !self.is_conditional || self.objection(line, out).is_none()
    }

    /// Why it does not match; `None` if it does.
    pub(super) fn why_not(&self, line: &[u8], start: usize, out: &mut Captures<'_>) -> Option<Why<'_>> {
        match &self.matcher {
            Matcher::Template(template) => {
                let mut miss = None;
                if !template.matches(line, start, out, &mut miss) {
                    return miss.map(Why::Template);
                }
            }
            Matcher::Regex(matcher) => {
                if matcher.matches(line, start, out).is_none() {
                    return Some(Why::Regex);
                }
            }
        }
        self.objection(line, out)
    }

    /// Which of `unless`, `begins` and `when` excludes what was found.
    fn objection(&self, line: &[u8], out: &Captures<'_>) -> Option<Why<'_>> {
        let opaque = &line[out.opaque.clone()];
        if !self.begins.is_empty() && !self.begins.iter().any(|text| opaque.starts_with(text)) {
            return Some(Why::Begins);
        }
        let begins = |field, texts: &[Box<[u8]>]| {
            out.value(line, field).is_some_and(|value| texts.iter().any(|text| value.starts_with(text)))
        };
        if let Some((field, _)) = self.when.iter().find(|(field, texts)| !begins(*field, texts)) {
            return Some(Why::When(*field));
        }
        let excluded = self.unless.iter().find(|text| text.stands_in(opaque));
        excluded.map(|text| Why::Unless(text.text()))
    }
}

impl RegexMatcher {
    /// The whole text counts as opaque.
    fn matches(&self, line: &[u8], start: usize, out: &mut Captures<'_>) -> Option<()> {
        let text = &line[start..];
        let found = self.regex.captures(text)?;
        for &(group, field) in &self.groups {
            if let Some(hit) = found.get(group) {
                match field {
                    Some(field) => {
                        out.push(field, start + hit.start()..start + hit.end());
                        if field == Field::ClientIp {
                            out.client_ip = parse_ip(hit.as_bytes());
                        }
                    }
                    None => out.stage = Stage::from_command(hit.as_bytes()),
                }
            }
        }
        out.opaque = start..line.len();
        Some(())
    }
}
