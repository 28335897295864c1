//! `analyze`: archives in, a report out.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::merge::Ended;
use super::recall::{self, Recalled};
use super::run::Planned;
use super::{Analysis, Error, Listener, Options, Progress};
use crate::model::Files;

/// Reads everything that `options` name and reports.
///
/// Ends early when `progress.stop` is set; the report then covers what was read until then.
///
/// # Errors
///
/// The patterns are wrong, or the system gives no threads. Inputs that cannot be read are no errors but
/// [`Analysis::problems`].
pub fn analyze(options: &Options, progress: &Progress) -> Result<Analysis, Error> {
    run(options, progress, None)
}

/// The same, while `listener` hears every finding.
///
/// # Errors
///
/// As [`analyze`].
pub fn analyze_aloud(options: &Options, progress: &Progress, listener: Listener) -> Result<Analysis, Error> {
    run(options, progress, Some(listener))
}

fn run(options: &Options, progress: &Progress, listener: Option<Listener>) -> Result<Analysis, Error> {
    #[allow(clippy::disallowed_methods, reason = "elapsed time is for people")]
    let started = Instant::now();
    let mut files = Files::default();
    let mut planned = Planned::new(options, progress, &mut files)?;
    // What is wrong with it is told before hours are spent.
    let recalled = Recalled::new(options)?;
    let mut pipeline = recall::pipeline(options, files, recalled.as_ref());
    pipeline.listener = listener;
    let ended = planned.run(options, progress, &mut pipeline);
    progress.done.store(true, Ordering::Relaxed);
    let ended = ended?;

    pipeline.tell_strays();
    let mut problems = planned.problems;
    problems.append(&mut pipeline.inputs.problems);
    let mail_lines = pipeline.mail_lines;
    let lines = progress.lines.load(Ordering::Relaxed);
    let mut unsaved = None;
    if let (Some(recalled), Some(settings)) = (&recalled, options.learn) {
        let (learned, error) = recalled.keep(&mut pipeline, ended != Ended::Interrupted, settings.days);
        pipeline.learned = Some(learned);
        unsaved = error.map(|error| error.to_string());
    }
    let mut assumptions = planned.assumptions;
    pipeline.inputs.assume(options, &mut assumptions);
    let report = pipeline.finish(started.elapsed().as_secs_f64(), lines, assumptions);
    Ok(Analysis { report, problems, interrupted: ended == Ended::Interrupted, mail_lines, unsaved })
}
