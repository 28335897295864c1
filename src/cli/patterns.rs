//! `patterns list` and `patterns test`.

use std::io::Write;
use std::path::Path;

use super::args::{Output, Patterns};
use super::context::Context;
use super::{Error, Exit};
use crate::model::shown_text;
use crate::runtime;

/// Lists or tests the patterns.
pub(super) fn run(arguments: &Patterns, context: &Context, out: &mut impl Write) -> Result<Exit, Error> {
    context.output("patterns", &[Output::Text])?;
    match arguments {
        Patterns::List => list(context.patterns.as_deref(), out),
        Patterns::Test { dir } => test(dir.as_deref().or(context.patterns.as_deref()), out),
    }
}

/// Name, kind, daemons and file of each pattern, in the order they are tried.
fn list(dir: Option<&Path>, out: &mut impl Write) -> Result<Exit, Error> {
    let parser = runtime::parser(dir)?;
    let patterns = parser.patterns().patterns();
    let width = patterns.iter().map(|pattern| pattern.name().len()).max().unwrap_or(0);
    for pattern in patterns {
        let (name, source) = (shown_text(pattern.name()), shown_text(pattern.source()));
        let name = name.to_string();
        writeln!(out, "{name:width$}  {:12}  {source}", pattern.kind())?;
    }
    Ok(Exit::Clean)
}

/// Says which samples are not read as their file says; exit code 1 if there are any.
fn test(dir: Option<&Path>, out: &mut impl Write) -> Result<Exit, Error> {
    let parser = runtime::parser(dir)?;
    let failures = runtime::check_samples(&parser);
    for failure in &failures {
        writeln!(out, "{failure}")?;
    }
    let patterns = parser.patterns().patterns();
    let samples: usize = patterns.iter().map(|pattern| pattern.samples().len()).sum();
    writeln!(out, "{} patterns, {samples} samples, {} failures", patterns.len(), failures.len())?;
    Ok(if failures.is_empty() { Exit::Clean } else { Exit::Findings })
}
