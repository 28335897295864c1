//! A snapshot taken in the middle of a log, and taken back by a fresh program, changes nothing of what comes after.

use relaywatch::alert::Alerts;
use relaywatch::correlate::Correlator;
use relaywatch::detect::{Detectors, Settings, Setup};
use relaywatch::model::{Alert, Attempt, Batch, Event, EventTime, FileId, Files, Hosts, Memory, Site, Stamp};
use relaywatch::parse::{Parser, PatternSet};

struct Program {
    site: Site,
    correlator: Correlator,
    detectors: Detectors,
    alerts: Alerts,
    told: Vec<String>,
}

impl Program {
    fn new(site: Site) -> Self {
        Self {
            correlator: Correlator::new(site.clone(), Memory::default()),
            detectors: Detectors::new(
                &Settings::default(),
                &Setup { site: &site, memory: Memory::default(), learn: None },
            ),
            alerts: Alerts::new(Memory::default()),
            told: Vec::new(),
            site,
        }
    }

    /// Another program that knows only what the snapshots say.
    fn restarted(self) -> Self {
        let mut fresh = Self::new(self.site);
        fresh.correlator.restore(&self.correlator.snapshot().unwrap()).unwrap();
        fresh.detectors.restore(&self.detectors.snapshot().unwrap()).unwrap();
        fresh.alerts.restore(&self.alerts.snapshot().unwrap()).unwrap();
        fresh.told = self.told;
        fresh
    }

    fn step(&mut self, event: Option<&Event<'_>>, now: EventTime, files: &Files, hosts: &Hosts) {
        let Self { correlator, detectors, alerts, told, .. } = self;
        let mut findings = Vec::new();
        if let Some(event) = event {
            detectors.event(event, &mut findings);
        }
        let mut tell = |attempt: &Attempt<'_>| {
            told.push(format!("{attempt:?}"));
            detectors.attempt(attempt, &mut findings);
        };
        if let Some(event) = event {
            correlator.event(event, &mut tell);
            correlator.watermark(now.plus_seconds(-10), &mut tell);
            detectors.watermark(now.plus_seconds(-10), &mut findings);
        } else {
            correlator.finish(&mut tell);
            detectors.finish(&mut findings);
        }
        for finding in findings {
            alerts.find(finding, files, hosts);
        }
        alerts.watermark(now.plus_seconds(-10));
    }
}

/// Runs `log`, restarting after every line whose number `restart` picks.
fn run(log: &str, site: &Site, restart: impl Fn(usize) -> bool) -> (Vec<String>, Vec<Alert>) {
    let batch = Batch::lines(FileId(0), 1, 0, log.as_bytes().to_vec());
    let parsed = Parser::new(PatternSet::builtin().unwrap()).parse(batch);
    let (mut files, mut hosts) = (Files::default(), Hosts::default());
    files.add("mail.log");
    let host = hosts.id(b"mx1");
    let mut program = Program::new(site.clone());
    let mut now = EventTime::MIN;
    for (at, record) in parsed.records.iter().enumerate() {
        now = match record.stamp {
            Stamp::Yearless(micros) => EventTime::from_micros(micros),
            Stamp::Absolute(time) => time,
            _ => now,
        };
        program.step(Some(&Event::new(&parsed, record, now, host)), now, &files, &hosts);
        if restart(at) {
            program = program.restarted();
        }
    }
    program.step(None, now, &files, &hosts);
    (program.told, program.alerts.all())
}

#[test]
fn nobody_notices_a_restart() {
    let stated = Site {
        local_domains: Some(vec!["harbour.example".to_owned()]),
        trusted_networks: Some(vec!["192.0.2.0/24".parse().unwrap()]),
        ..Site::default()
    };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios");
    let mut logs = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let scenario: toml::Table = toml::from_str(&text).unwrap();
        let log = scenario["log"].as_str().unwrap();
        for site in [&stated, &Site::default()] {
            let whole = run(log, site, |_| false);
            assert_eq!(run(log, site, |at| at % 2 == 1), whole, "restarted after every other line:\n{log}");
            logs += usize::from(!whole.0.is_empty());
        }
    }
    assert!(logs > 60, "too few logs told anything: {logs}");
}
