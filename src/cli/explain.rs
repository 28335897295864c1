//! `explain`: how a line is read.

use std::io::{BufRead, Write};

use super::args::{Explain, Output};
use super::context::Context;
use super::{Error, Exit};
use crate::model::shown;
use crate::runtime;

/// Explains every line that was typed; `-` stands for the lines of standard input.
pub(super) fn run(arguments: &Explain, context: &Context, out: &mut impl Write) -> Result<Exit, Error> {
    context.output("explain", &[Output::Text])?;
    let parser = runtime::parser(context.patterns.as_deref())?.only(context.format);
    let mut first = true;
    let mut explain = |line: &[u8]| -> Result<(), Error> {
        if !std::mem::take(&mut first) {
            writeln!(out)?;
        }
        writeln!(out, "line      {}", shown(line))?;
        write!(out, "{}", parser.explain(line))?;
        Ok(out.flush()?)
    };
    for argument in &arguments.lines {
        if argument == "-" {
            for line in std::io::stdin().lock().split(b'\n') {
                let line = line.map_err(Error::Stdin)?;
                explain(line.strip_suffix(b"\r").unwrap_or(&line))?;
            }
        } else {
            explain(argument.as_bytes())?;
        }
    }
    Ok(Exit::Clean)
}
