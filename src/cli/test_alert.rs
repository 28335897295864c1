//! `test-alert`: whether alerts arrive.

use std::io::Write;

use super::args::{Output, TestAlert};
use super::context::Context;
use super::{Error, Exit};
use crate::model::shown_text;
use crate::runtime::live::{self, Settings};

/// Sends a test alert through one sink, or through all of them, and shows the exchange.
pub(super) fn run(arguments: &TestAlert, context: &Context, out: &mut impl Write) -> Result<Exit, Error> {
    context.output("test-alert", &[Output::Text])?;
    let all = &context.settings.sinks;
    let names: Vec<&str> = all.iter().map(Settings::name).collect();
    if names.is_empty() {
        let message = "no [[sink]] is configured, so there is nothing to test; docs/alerts.md has an example of each kind";
        return Err(Error::Usage(message.to_owned()));
    }
    if let Some(wanted) = &arguments.sink
        && !names.contains(&wanted.as_str())
    {
        return Err(Error::Usage(format!("there is no sink `{wanted}`; configured: {}", names.join(", "))));
    }
    let chosen = all.iter().filter(|sink| arguments.sink.as_ref().is_none_or(|wanted| wanted == sink.name()));
    let mut exit = Exit::Clean;
    for sink in chosen {
        writeln!(out, "{}: {}", sink.name(), shown_text(&sink.describe()))?;
        out.flush()?;
        match live::try_sink(sink, context.now)? {
            Ok(receipt) => {
                indented(out, "> ", &receipt.sent)?;
                indented(out, "< ", &receipt.answer)?;
                writeln!(out, "  delivered")?;
            }
            Err(failure) => {
                writeln!(out, "  not delivered: {}", shown_text(&failure.to_string()))?;
                exit = Exit::Findings;
            }
        }
    }
    Ok(exit)
}

fn indented(out: &mut impl Write, mark: &str, text: &str) -> Result<(), Error> {
    for line in text.lines() {
        writeln!(out, "  {mark}{}", shown_text(line))?;
    }
    Ok(())
}
