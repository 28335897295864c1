//! `parse`: the same lines in the same order, handed to the caller one by one, so that output never needs the whole
//! log in memory.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::copies::Copies;
use super::cursor::Stage;
use super::feed::FileEnd;
use super::merge::Ended;
use super::run::{Filter, Inputs, Planned, Scope};
use super::watermark::Watermark;
use super::{Error, Names, Options, Progress};
use crate::correlate::Correlator;
use crate::input::Problem;
use crate::model::{Attempt, Event, EventTime, Files, HostId, Hosts, Kind, Mta, Parsed, Record};
use crate::parse::Parser;

/// Takes events and attempts. `Break` ends the run: nobody reads any more, or writing failed.
pub trait Sink {
    /// Whether attempts are wanted: joining them costs time.
    fn wants_attempts(&self) -> bool {
        false
    }

    /// The next event, in order; ignored and unmatched lines too.
    fn event(&mut self, event: &Event<'_>, names: &Names<'_>) -> ControlFlow<()>;

    /// An attempt, told for the last time.
    fn attempt(&mut self, _attempt: &Attempt<'_>, _names: &Names<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What went wrong with single inputs.
    pub problems: Vec<Problem>,
    /// Ended early because `Progress::stop` was set.
    pub interrupted: bool,
    /// Whether any line was a mail server's.
    pub mail_lines: bool,
}

/// Hands every event (and every attempt, if wanted) that `options` name to `sink`.
///
/// # Errors
///
/// As [`analyze`](super::analyze()).
pub fn lines(options: &Options, progress: &Progress, sink: &mut dyn Sink) -> Result<Outcome, Error> {
    read(options, progress, sink).map(|(outcome, ..)| outcome)
}

/// The same, with the names behind the numbers in events and attempts.
pub(super) fn read(
    options: &Options,
    progress: &Progress,
    sink: &mut dyn Sink,
) -> Result<(Outcome, Files, Hosts), Error> {
    let mut files = Files::default();
    let mut planned = Planned::new(options, progress, &mut files)?;
    let mut stage = ToSink {
        correlator: sink.wants_attempts().then(|| Correlator::new(options.site.clone(), options.memory)),
        sink,
        parser: planned.parser.clone(),
        files,
        hosts: Hosts::default(),
        inputs: Inputs::default(),
        filter: Filter::new(options),
        scope: Scope::new(options),
        watermark: Watermark::new(options.lag_seconds),
        copies: Copies::default(),
        mail_lines: false,
    };
    let ended = planned.run(options, progress, &mut stage);
    progress.done.store(true, Ordering::Relaxed);
    let ended = ended?;
    if ended != Ended::ByStage {
        // What the sink says to the last attempts changes nothing: nothing follows them.
        let _ = stage.attempts(|correlator, tell| correlator.finish(tell));
    }
    stage.inputs.strays(stage.watermark.strays(), &stage.files);
    let mut problems = planned.problems;
    problems.append(&mut stage.inputs.problems);
    let interrupted = ended == Ended::Interrupted;
    Ok((Outcome { problems, interrupted, mail_lines: stage.mail_lines }, stage.files, stage.hosts))
}

struct ToSink<'s> {
    sink: &'s mut dyn Sink,
    correlator: Option<Correlator>,
    parser: Arc<Parser>,
    files: Files,
    hosts: Hosts,
    inputs: Inputs,
    filter: Filter,
    scope: Scope,
    watermark: Watermark,
    copies: Copies,
    mail_lines: bool,
}

impl ToSink<'_> {
    /// Lets the correlator run, and hands what it tells to the sink until that has enough.
    fn attempts(
        &mut self,
        run: impl FnOnce(&mut Correlator, &mut dyn FnMut(&Attempt<'_>)),
    ) -> ControlFlow<()> {
        let mut flow = ControlFlow::Continue(());
        if let Some(correlator) = &mut self.correlator {
            let scope = self.scope;
            let names = Names { files: &self.files, hosts: &self.hosts, patterns: self.parser.patterns() };
            run(correlator, &mut |attempt| {
                if attempt.last && scope.has_attempt(attempt) && flow.is_continue() {
                    flow = self.sink.attempt(attempt, &names);
                }
            });
        }
        flow
    }
}

impl Stage for ToSink<'_> {
    fn host(&mut self, name: &[u8]) -> HostId {
        self.filter.host(name, &mut self.hosts)
    }

    fn record(&mut self, parsed: &Parsed, record: &Record, time: EventTime, host: HostId) -> ControlFlow<()> {
        let mut event = Event::new(parsed, record, time, host);
        let copy;
        if event.mta() == Some(Mta::Exim) && self.copies.is_copy(&event, &self.files) {
            copy = Record { kind: Kind::Ignored, ..*record };
            event = Event::new(parsed, &copy, time, host);
        }
        self.mail_lines |= event.mta().is_some();
        if self.filter.lets_through(host) {
            if self.scope.has_event(&event) {
                let names =
                    Names { files: &self.files, hosts: &self.hosts, patterns: self.parser.patterns() };
                self.sink.event(&event, &names)?;
            }
            // As in a report: a message of which the window shows only the end is known from its beginning.
            if event.kind() != Kind::Ignored {
                self.attempts(|correlator, tell| correlator.event(&event, tell))?;
            }
        }
        if self.correlator.is_some()
            && let Some(watermark) = self.watermark.moved(time, || event.origin())
        {
            self.attempts(|correlator, tell| correlator.watermark(watermark, tell))?;
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, end: FileEnd) {
        self.inputs.end(end, &self.files);
    }
}
