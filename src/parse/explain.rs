//! How one line is read, step by step: which patterns were tried, why each did not match, what the last one found.

use std::fmt;

use crate::model::{Class, Field, FieldSpan, Kind, Mta, Stage, Stamp, shown, shown_text};

use super::captures::Captures;
use super::format::Layout;
use super::header::{Found, Shapes, is_mark};
use super::names;
use super::parser::{MAX_LINE, Parser, text_of, without_end};
use super::pattern::{Pattern, Why};
use super::stamp::Recent;
use super::unwrap;

/// What `explain` found. Texts are bytes of the line; `Display` shows them escaped.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The header; `None` if the line has none.
    pub header: Option<HeaderParts>,
    /// The message, where it stands within something else and had to be taken out.
    pub unwrapped: Option<Vec<u8>>,
    /// The mail server; `None` for another program.
    pub mta: Option<Mta>,
    /// The service (`submission/smtpd`).
    pub service: Vec<u8>,
    /// The patterns that did not match, in the order tried: full name, and why not.
    pub missed: Vec<(String, String)>,
    /// The pattern that matched.
    pub matched: Option<Matched>,
}

/// The parts of a header, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderParts {
    /// How it is written, and what stands around it.
    pub shapes: Shapes,
    /// The time as stated.
    pub stamp: Stamp,
    /// The host; empty where none is named.
    pub host: Vec<u8>,
    /// The program; empty in a mail server's own log.
    pub program: Vec<u8>,
    /// The process id; 0 where there is none.
    pub pid: u32,
}

/// What a pattern found.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched {
    /// The pattern's full name.
    pub pattern: String,
    /// Its file.
    pub source: String,
    /// What the line says.
    pub kind: Kind,
    /// Why the client was refused.
    pub class: Option<Class>,
    /// The class rule that decided, as file and line.
    pub class_rule: Option<String>,
    /// The stage.
    pub stage: Option<Stage>,
    /// Fields and their text.
    pub fields: Vec<(Field, Vec<u8>)>,
}

impl Parser {
    /// How `line` (with its header, without its end) is read.
    pub fn explain(&self, line: &[u8]) -> Explanation {
        let mut explanation = Explanation {
            header: None,
            unwrapped: None,
            mta: None,
            service: Vec::new(),
            missed: Vec::new(),
            matched: None,
        };
        let mut out = Vec::new();
        let Some((line, Found { header, shapes })) = self.locate(line, &mut out) else { return explanation };
        let program = &line[header.program.clone()];
        let host = &line[header.host.clone()];
        explanation.header = Some(HeaderParts {
            shapes,
            stamp: header.stamp,
            host: if is_mark(host) { Vec::new() } else { host.to_vec() },
            program: program.to_vec(),
            pid: header.pid,
        });
        if shapes.is_unwrapped() {
            explanation.unwrapped = Some(line.to_vec());
        }
        let reading = match header.own {
            Some(mta) => Some((mta, self.set.list_of(mta, mta.name()), mta.name().as_bytes())),
            None => names::reading(&self.set, program)
                .or_else(|| names::by_text(&self.set, &line[header.text..]))
                .map(|(mta, list, service)| (mta, list, &program[service..])),
        };
        let Some((mta, list, service)) = reading else { return explanation };
        explanation.mta = Some(mta);
        explanation.service = service.to_vec();
        let text = text_of(Some((mta, list)), line, header.text, header.own);
        for &number in self.set.list(list).all() {
            let Some(pattern) = self.set.patterns().get(usize::from(number)) else { continue };
            let Some(why) = why_not(pattern, line, text) else {
                explanation.matched = Some(self.matched(mta, list, line, text));
                break;
            };
            explanation.missed.push((pattern.name.clone(), why));
        }
        explanation
    }

    /// The header of `line`, and the text that its parts are counted in: the line, or what was taken out of it.
    fn locate<'t>(&self, line: &'t [u8], out: &'t mut Vec<u8>) -> Option<(&'t [u8], Found)> {
        let (layout, mut recent) = (Layout::of(self.only, super::detect(line)), Recent::default());
        let cut = |text: &'t [u8]| &text[..text.len().min(MAX_LINE)];
        let trimmed = cut(without_end(line));
        let outer = layout.header(trimmed, &mut recent)?;
        if !outer.is_around_object() {
            return Some((trimmed, outer));
        }
        match unwrap::json(without_end(line), &outer.header, out, &mut recent) {
            Some(inner) => Some((cut(out), inner.with(outer.shapes))),
            None if outer.header.program.is_empty() => None,
            None => Some((trimmed, Found::plain(outer.header))),
        }
    }

    fn matched(&self, mta: Mta, list: usize, line: &[u8], text: usize) -> Matched {
        let mut found: Vec<FieldSpan> = Vec::new();
        let verdict = self.read(mta, list, line, text, &mut found);
        let mut fields: Vec<(Field, Vec<u8>)> = found
            .iter()
            .map(|span| (span.field, line[usize::from(span.start)..][..usize::from(span.len)].to_vec()))
            .collect();
        // It may be a password.
        fields.retain(|(field, _)| *field != Field::ClaimedUser);
        let constants = self.set.constants().0.get(usize::from(verdict.pattern)).into_iter().flatten();
        let missing = constants.filter(|(field, _)| found.iter().all(|span| span.field != *field));
        fields.extend(missing.map(|(field, value)| (*field, value.to_vec())));
        let pattern = self.set.patterns().get(usize::from(verdict.pattern));
        let class_rule = pattern.filter(|pattern| pattern.classify).and_then(|pattern| {
            let mut fields = Vec::new();
            let mut out = Captures::new(mta, &mut fields);
            if !pattern.matches(line, text, &mut out) || out.doubtful {
                return None;
            }
            let classes = self.set.classes(mta)?;
            Some(classes.rules()[classes.rule(&line[out.opaque])?].origin.clone())
        });
        Matched {
            pattern: self.set.name(verdict.pattern).to_owned(),
            source: pattern.map_or_else(String::new, |pattern| pattern.source.clone()),
            kind: verdict.kind,
            class: verdict.class,
            class_rule,
            stage: verdict.stage,
            fields,
        }
    }
}

/// Why `pattern` does not match; `None` if it does.
pub(super) fn why_not(pattern: &Pattern, line: &[u8], text: usize) -> Option<String> {
    let mut fields = Vec::new();
    let mut out = Captures::new(pattern.mta, &mut fields);
    let why = pattern.why_not(line, text, &mut out)?;
    Some(match why {
        Why::Template(miss) => {
            let rest = &line[miss.at.min(line.len())..];
            let excerpt = &rest[..rest.len().min(24)];
            if excerpt.is_empty() {
                format!("{miss}, found the end of the line")
            } else {
                format!("{miss}, found `{}`", shown(excerpt))
            }
        }
        Why::Regex => "the regular expression does not match".to_owned(),
        Why::Begins => "`begins` asks for another beginning of the text".to_owned(),
        Why::When(field) => format!("`when` asks for {field} to begin otherwise"),
        Why::Unless(text) => format!("`unless` excludes it: the text contains `{}`", shown(text)),
    })
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(header) = &self.header else {
            return writeln!(
                f,
                "no header, so the line is unmatched; looked for a time, a host and a program as syslog writes them (RFC \
                 3164, RFC 5424), what collectors and containers put around them, a JSON object with a message in it, and \
                 a mail server's own log"
            );
        };
        writeln!(f, "layout    {}", header.shapes)?;
        if let Some(text) = &self.unwrapped {
            writeln!(f, "unwrapped {}", shown(text))?;
        }
        writeln!(f, "host      {}", shown(&header.host))?;
        writeln!(f, "program   {}", shown(&header.program))?;
        if header.pid != 0 {
            writeln!(f, "pid       {}", header.pid)?;
        }
        let Some(mta) = self.mta else {
            return writeln!(f, "ignored: not a program of a mail server that is known here");
        };
        writeln!(f, "mta       {mta}")?;
        writeln!(f, "service   {}", shown(&self.service))?;
        for (pattern, why) in &self.missed {
            writeln!(f, "  not {pattern}: {}", shown_text(why))?;
        }
        let Some(matched) = &self.matched else {
            return writeln!(f, "unmatched: no pattern knows this line");
        };
        writeln!(f, "pattern   {} ({})", matched.pattern, shown_text(&matched.source))?;
        writeln!(f, "kind      {}", matched.kind)?;
        if let Some(class) = matched.class {
            let rule = matched.class_rule.as_deref().unwrap_or("the pattern says so");
            writeln!(f, "class     {class} ({})", shown_text(rule))?;
        }
        if let Some(stage) = matched.stage {
            writeln!(f, "stage     {stage}")?;
        }
        for (field, value) in &matched.fields {
            writeln!(f, "  {field} = {}", shown(value))?;
        }
        Ok(())
    }
}
