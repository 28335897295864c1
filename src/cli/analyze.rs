//! `analyze`: what happened, in words or as data.

use std::io::Write;

use super::args::{Analyze, Output};
use super::beside::watched;
use super::context::Context;
use super::ending::Ending;
use super::monitor::state_folder;
use super::{Error, Exit};
use crate::report;
use crate::runtime::{self, Recall};

/// Columns where standard output is no terminal.
const WIDTH: u16 = 100;

/// Reads, reports, and judges by `--fail-on`.
pub(super) fn run(arguments: &Analyze, context: &Context, out: &mut impl Write) -> Result<Exit, Error> {
    let output = context
        .output("analyze", &[Output::Text, Output::Json, Output::Ndjson, Output::Csv, Output::Html])?;
    let recall = recall(arguments, context);
    let options = runtime::Options {
        learn: recall.is_some().then_some(context.settings.learn),
        recall,
        ..context.run_options(&arguments.inputs.files)
    };
    let mut analysis = watched(|progress| runtime::analyze(&options, progress))?;
    if arguments.quiet {
        // What was merely noticed is nothing to be mailed about.
        analysis.problems.retain(|problem| problem.unreadable);
    }
    let report = &analysis.report;
    let worst = report.alerts.iter().map(|alert| alert.severity).max();
    let wrong = worst.is_some_and(|worst| worst >= arguments.min_severity);
    if wrong || !arguments.quiet {
        match output {
            Output::Text => {
                let width = crossterm::terminal::size().map_or(WIDTH, |(columns, _)| columns);
                let options = report::text::Options {
                    min_severity: arguments.min_severity,
                    color: context.color,
                    width: usize::from(width),
                };
                report::text::write(report, &options, out)?;
            }
            Output::Json => report::json::write(report, out)?,
            Output::Ndjson => report::ndjson::write(report, out)?,
            Output::Csv => report::csv::write(report, out)?,
            Output::Html => report::html::write(report, arguments.min_severity, out)?,
        }
        out.flush()?;
    }
    if let Some(why) = analysis.unsaved {
        return Err(Error::Usage(format!("what was learned is not saved: {why}")));
    }
    let failed = arguments.fail_on.severity().is_some_and(|least| worst.is_some_and(|worst| worst >= least));
    let ending = Ending {
        inputs: &options.inputs,
        problems: &analysis.problems,
        interrupted: analysis.interrupted,
        lines: report.input.lines,
        mail_lines: analysis.mail_lines,
        failed,
    };
    Ok(ending.tell())
}

/// Where what was learned is kept: nowhere, unless somebody says so.
fn recall(arguments: &Analyze, context: &Context) -> Option<Recall> {
    let state = arguments.state.as_deref();
    let folder = (arguments.learn || state.is_some()).then(|| state_folder(state, &context.settings))?;
    Some(Recall { folder, saves: arguments.learn })
}
