//! `backtest`: what each of several configurations would have told about the same logs, side by side.

use std::io::Write;

use super::args::{Backtest, Global, Output};
use super::beside::watched;
use super::context::Context;
use super::ending::Ending;
use super::{Error, Exit};
use crate::report::backtest::{Comparison, Side};
use crate::{report, runtime};

/// Configurations at once: each has a letter, and they stand beside each other.
const MOST: usize = 9;

/// Runs the logs through each configuration, one after the other.
pub(super) fn run(arguments: &Backtest, global: &Global, out: &mut impl Write) -> Result<Exit, Error> {
    let files = &arguments.inputs.files;
    if global.config.len() > MOST {
        return Err(Error::Usage(format!("{MOST} configurations are compared at most")));
    }
    if global.config.len() > 1 && files.iter().any(|file| file == "-") {
        let message =
            "standard input can be read only once; write it to a file, then compare configurations on that";
        return Err(Error::Usage(message.to_owned()));
    }
    let each = global.config.iter().map(|config| vec![config.clone()]);
    let configs: Vec<_> = if global.config.is_empty() { vec![Vec::new()] } else { each.collect() };
    // A mistake in the last one is told before the first one has run.
    let contexts: Result<Vec<_>, Error> =
        configs.into_iter().map(|config| Context::new(Global { config, ..global.clone() })).collect();
    let contexts = contexts?;
    let Some(first) = contexts.first() else { return Ok(Exit::Clean) };
    let output = first.output("backtest", &[Output::Text, Output::Json])?;

    let mut sides = Vec::new();
    let mut ending = None;
    for context in &contexts {
        let options = context.run_options(files);
        let analysis = watched(|progress| runtime::analyze(&options, progress))?;
        let source = context.settings.source.as_ref();
        let name = source.map_or("the defaults".to_owned(), |path| path.to_string_lossy().into_owned());
        let lines = analysis.report.input.lines;
        sides.push(Side { name, alerts: analysis.report.alerts });
        let interrupted = analysis.interrupted;
        // What is wrong with the files is the same each time.
        ending.get_or_insert((analysis.problems, lines, analysis.mail_lines, interrupted));
        if interrupted {
            break;
        }
    }
    let comparison = Comparison::of(&sides);
    match output {
        Output::Json => report::backtest::write_json(&comparison, out)?,
        _ => report::backtest::write_text(&comparison, arguments.min_severity, out)?,
    }
    out.flush()?;
    let Some((problems, lines, mail_lines, interrupted)) = ending else { return Ok(Exit::Clean) };
    Ok(Ending { inputs: files, problems: &problems, interrupted, lines, mail_lines, failed: false }.tell())
}
