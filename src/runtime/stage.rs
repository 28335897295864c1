//! The ordered stage of `analyze`: one owner of everything that has state. Event -> attempts -> findings -> alerts.

use std::ops::ControlFlow;

use super::copies::Copies;
use super::cursor::Stage;
use super::run::{Filter, Inputs, Scope};
use super::watermark::Watermark;
use super::{Listener, Options, feed::FileEnd};
use crate::aggregate::board::{self, Board};
use crate::aggregate::{self, Aggregate};
use crate::alert::Alerts;
use crate::correlate::Correlator;
use crate::detect::{Detectors, Setup};
use crate::model::{
    Attempt, Event, EventTime, Files, Finding, HostId, Hosts, Kind, Mta, Parsed, Record, counted,
};
use crate::report::{Assumption, Learning, Report, Run};

/// Joins, detects, counts.
pub(super) struct Pipeline {
    pub(super) files: Files,
    pub(super) hosts: Hosts,
    pub(super) inputs: Inputs,
    pub(super) filter: Filter,
    pub(super) watermark: Watermark,
    pub(super) copies: Copies,
    pub(super) flow: Flow,
    pub(super) alerts: Alerts,
    pub(super) mail_lines: bool,
    /// How far learning has come, for the report.
    pub(super) learned: Option<Learning>,
    /// Who hears of every finding, where somebody wants to.
    pub(super) listener: Option<Listener>,
    /// The time of the newest line.
    now: EventTime,
}

/// What attempts pass through; apart from the rest, because the correlator tells attempts while it is borrowed.
///
/// The correlator sees every line, so that a message of which the scope shows only the end is known from its
/// beginning. Lines within the scope are counted and watched, and so are attempts.
pub(super) struct Flow {
    pub(super) correlator: Correlator,
    pub(super) told: Told,
    /// Re-injections within the scope; one that is taken back later may make it negative for a while.
    reinjections: i64,
}

pub(super) struct Told {
    scope: Scope,
    pub(super) detectors: Detectors,
    pub(super) aggregate: Aggregate,
    findings: Vec<Finding>,
    /// What a person watches, where one does.
    pub(super) board: Option<Box<Board>>,
}

/// The names behind the numbers in events and attempts.
#[derive(Clone, Copy)]
struct Known<'a> {
    files: &'a Files,
    hosts: &'a Hosts,
}

impl Told {
    fn attempt(&mut self, attempt: &Attempt<'_>, known: Known<'_>) {
        if !self.scope.has_attempt(attempt) {
            return;
        }
        if let Some(board) = &mut self.board {
            board.attempt(attempt, known.hosts, known.files);
        }
        self.aggregate.attempt(attempt);
        self.detectors.attempt(attempt, &mut self.findings);
    }
}

impl Pipeline {
    pub(super) fn new(options: &Options, files: Files) -> Self {
        Self {
            files,
            hosts: Hosts::default(),
            inputs: Inputs::default(),
            filter: Filter::new(options),
            watermark: Watermark::new(options.lag_seconds),
            copies: Copies::default(),
            flow: Flow {
                correlator: Correlator::new(options.site.clone(), options.memory),
                reinjections: 0,
                told: Told {
                    scope: Scope::new(options),
                    detectors: Detectors::new(
                        &options.detect,
                        &Setup { site: &options.site, memory: options.memory, learn: options.learn },
                    ),
                    aggregate: Aggregate::new(aggregate::Settings::default()),
                    findings: Vec::new(),
                    board: None,
                },
            },
            alerts: Alerts::new(options.memory),
            mail_lines: false,
            learned: None,
            listener: None,
            now: EventTime::MIN,
        }
    }

    /// The same, of which it can be asked which alerts have changed.
    pub(super) fn telling_changes(self) -> Self {
        Self { alerts: self.alerts.telling_changes(), ..self }
    }

    /// The same, with a board for people to watch.
    pub(super) fn watched(mut self) -> Self {
        self.flow.told.board = Some(Box::new(Board::new(board::Settings::default())));
        self
    }

    /// The board, where there is one.
    pub(super) fn board(&self) -> Option<&Board> {
        self.flow.told.board.as_deref()
    }

    /// Tells the lines whose stamps no other line confirmed.
    pub(super) fn tell_strays(&mut self) {
        self.inputs.strays(self.watermark.strays(), &self.files);
    }

    /// The log is at its end (or as far as it was read): what is open is told, and the report made.
    pub(super) fn finish(mut self, elapsed_seconds: f64, lines: u64, assumptions: Vec<Assumption>) -> Report {
        let known = Known { files: &self.files, hosts: &self.hosts };
        self.flow.join(true, known, |correlator, tell| correlator.finish(tell));
        let told = &mut self.flow.told;
        told.detectors.finish(&mut told.findings);
        self.alert();
        let Flow { correlator, told, reinjections } = &self.flow;
        let assumed = correlator.assumptions().into_iter();
        let assumed = assumed.map(|a| Assumption { about: a.about, assumed: a.assumed, why: a.why });
        let given_up =
            Some(self.alerts.given_up()).filter(|&given_up| given_up > 0).map(|given_up| Assumption {
                about: "alerts".to_owned(),
                assumed: format!(
                    "{} an alert gave way to a newer one, the least grave first",
                    counted(given_up, "time", "times")
                ),
                why: "there are more alerts than a run keeps; --memory raises that".to_owned(),
            });
        let run = Run {
            files: self.inputs.files,
            bytes: self.inputs.bytes,
            lines,
            elapsed_seconds,
            reinjections: u64::try_from(*reinjections).unwrap_or_default(),
            assumptions: assumptions.into_iter().chain(assumed).chain(given_up).collect(),
            learned: self.learned,
            alerts: self.alerts.all(),
        };
        Report::new(run, &told.aggregate, &self.files)
    }

    /// Event time has come to `time`: what is over by then is closed.
    pub(super) fn advance(&mut self, time: EventTime) {
        let counts = self.flow.told.scope.contains(time);
        let known = Known { files: &self.files, hosts: &self.hosts };
        self.flow.join(counts, known, |correlator, tell| correlator.watermark(time, tell));
        let told = &mut self.flow.told;
        told.detectors.watermark(time, &mut told.findings);
        self.alert();
        self.alerts.watermark(time);
    }

    fn alert(&mut self) {
        for finding in self.flow.told.findings.drain(..) {
            if let Some(listener) = &mut self.listener {
                listener.hear(self.now, &finding);
            }
            self.alerts.find(finding, &self.files, &self.hosts);
        }
    }
}

impl Stage for Pipeline {
    fn host(&mut self, name: &[u8]) -> HostId {
        self.filter.host(name, &mut self.hosts)
    }

    fn record(&mut self, parsed: &Parsed, record: &Record, time: EventTime, host: HostId) -> ControlFlow<()> {
        self.now = self.now.max(time);
        // What is over by then is over before this line, and what is still to be said of it is said.
        if let Some(watermark) = self.watermark.moved(time, || parsed.origin(record)) {
            let told = &mut self.flow.told;
            if told.scope.contains(watermark) {
                told.detectors.heard(watermark);
            }
            self.advance(watermark);
        }
        if record.kind == Kind::Ignored && parsed.mta(record).is_none() {
            if self.filter.lets_through(host) && self.flow.told.scope.has_ignored(time) {
                self.flow.told.aggregate.ignored(&parsed.batch, record, time);
                if let Some(board) = &mut self.flow.told.board {
                    board.event(&Event::new(parsed, record, time, host), &self.hosts);
                }
            }
        } else {
            self.mail(parsed, record, time, host);
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, end: FileEnd) {
        self.inputs.end(end, &self.files);
    }
}

impl Pipeline {
    /// Takes a line that may be a mail server's.
    #[inline]
    fn mail(&mut self, parsed: &Parsed, record: &Record, time: EventTime, host: HostId) {
        let mut event = Event::new(parsed, record, time, host);
        let copy;
        if event.mta() == Some(Mta::Exim) && self.copies.is_copy(&event, &self.files) {
            copy = Record { kind: Kind::Ignored, ..*record };
            event = Event::new(parsed, &copy, time, host);
        }
        if !self.mail_lines {
            self.mail_lines = event.mta().is_some();
        }
        if self.filter.lets_through(host) {
            self.flow.event(&event, Known { files: &self.files, hosts: &self.hosts });
            if !self.flow.told.findings.is_empty() {
                self.alert();
            }
        }
    }
}

impl Flow {
    fn event(&mut self, event: &Event<'_>, known: Known<'_>) {
        let told = &mut self.told;
        let counts = told.scope.has_event(event);
        // Other programs' lines say nothing about mail: they are counted, and that is all.
        if event.kind() == Kind::Ignored {
            if counts {
                told.aggregate.event(event);
                if let Some(board) = &mut told.board {
                    board.event(event, known.hosts);
                }
            }
            return;
        }
        if counts {
            told.detectors.event(event, &mut told.findings);
        }
        let retold = self.correlator.retold();
        self.join(counts, known, |correlator, tell| correlator.event(event, tell));
        if !counts {
            return;
        }
        let is_news = self.correlator.retold() == retold;
        let told = &mut self.told;
        if is_news {
            told.aggregate.event(event);
        } else {
            told.aggregate.retold(event);
        }
        match &mut told.board {
            Some(board) if is_news => board.event(event, known.hosts),
            Some(board) => board.retold(event, known.hosts),
            None => {}
        }
    }

    /// Lets the correlator do a `step`, which `counts` if it happens within the scope.
    fn join(
        &mut self,
        counts: bool,
        known: Known<'_>,
        step: impl FnOnce(&mut Correlator, &mut dyn FnMut(&Attempt<'_>)),
    ) {
        let Self { correlator, told, reinjections } = self;
        let before = correlator.reinjections();
        step(correlator, &mut |attempt| told.attempt(attempt, known));
        if counts {
            *reinjections += correlator.reinjections().wrapping_sub(before) as i64;
        }
    }
}
