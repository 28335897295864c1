//! The ordered stage of `analyze`: one owner of everything that has state. Event -> attempts -> findings -> alerts.

use std::ops::ControlFlow;

use super::merge::Stage;
use super::run::{Filter, Inputs, Watermark};
use super::{Options, feed::FileEnd};
use crate::aggregate::{self, Aggregate};
use crate::alert::Alerts;
use crate::correlate::Correlator;
use crate::detect::Detectors;
use crate::model::{Attempt, Event, EventTime, Files, Finding, HostId, Hosts, Kind, Parsed, Record};
use crate::report::{Assumption, Report, Run};

/// Joins, detects, counts.
pub(super) struct Pipeline {
    files: Files,
    hosts: Hosts,
    pub(super) inputs: Inputs,
    filter: Filter,
    watermark: Watermark,
    flow: Flow,
    alerts: Alerts,
    pub(super) mail_lines: bool,
}

/// What attempts pass through; apart from the rest, because the correlator tells attempts while it is borrowed.
struct Flow {
    correlator: Correlator,
    told: Told,
}

struct Told {
    detectors: Detectors,
    aggregate: Aggregate,
    findings: Vec<Finding>,
}

impl Told {
    fn attempt(&mut self, attempt: &Attempt<'_>) {
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
            flow: Flow {
                correlator: Correlator::new(options.site.clone()),
                told: Told {
                    detectors: Detectors::new(&options.detect, &options.site),
                    aggregate: Aggregate::new(aggregate::Settings::default()),
                    findings: Vec::new(),
                },
            },
            alerts: Alerts::default(),
            mail_lines: false,
        }
    }

    /// The log is at its end (or as far as it was read): what is open is told, and the report made.
    pub(super) fn finish(mut self, elapsed_seconds: f64, lines: u64, assumptions: Vec<Assumption>) -> Report {
        let Flow { correlator, told } = &mut self.flow;
        correlator.finish(&mut |attempt| told.attempt(attempt));
        told.detectors.finish(&mut told.findings);
        self.alert();
        let Flow { correlator, told } = &self.flow;
        let assumed = correlator.assumptions().into_iter();
        let assumed = assumed.map(|a| Assumption { about: a.about, assumed: a.assumed, why: a.why });
        let run = Run {
            files: self.inputs.files,
            bytes: self.inputs.bytes,
            lines,
            elapsed_seconds,
            reinjections: correlator.reinjections(),
            assumptions: assumptions.into_iter().chain(assumed).collect(),
            alerts: self.alerts.all(),
        };
        Report::new(run, &told.aggregate, &self.files)
    }

    fn advance(&mut self, time: EventTime) {
        let Flow { correlator, told } = &mut self.flow;
        correlator.watermark(time, &mut |attempt| told.attempt(attempt));
        told.detectors.watermark(time, &mut told.findings);
        self.alert();
        self.alerts.watermark(time);
    }

    fn alert(&mut self) {
        for finding in self.flow.told.findings.drain(..) {
            self.alerts.find(finding, &self.files, &self.hosts);
        }
    }
}

impl Stage for Pipeline {
    fn host(&mut self, name: &[u8]) -> HostId {
        self.filter.host(name, &mut self.hosts)
    }

    fn record(&mut self, parsed: &Parsed, record: &Record, time: EventTime, host: HostId) -> ControlFlow<()> {
        let event = Event::new(parsed, record, time, host);
        if !self.mail_lines {
            self.mail_lines = event.mta().is_some();
        }
        if self.filter.lets_through(time, host) {
            self.flow.event(&event);
            if !self.flow.told.findings.is_empty() {
                self.alert();
            }
        }
        if let Some(watermark) = self.watermark.moved(time) {
            self.advance(watermark);
        }
        ControlFlow::Continue(())
    }

    fn end(&mut self, end: FileEnd) {
        self.inputs.end(end, &self.files);
    }
}

impl Flow {
    fn event(&mut self, event: &Event<'_>) {
        let Self { correlator, told } = self;
        told.aggregate.event(event);
        // Other programs' lines say nothing about mail: they are counted, and that is all.
        if event.kind() == Kind::Ignored {
            return;
        }
        told.detectors.event(event, &mut told.findings);
        correlator.event(event, &mut |attempt| told.attempt(attempt));
    }
}
