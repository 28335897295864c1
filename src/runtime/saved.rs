//! What a run knows, as it survives a restart: one part for each owner of state.

use std::collections::BTreeMap;

use super::stage::Pipeline;
use crate::model::{EventTime, Files, Hosts, Learned, SnapshotError, decode, encode};
use crate::state::learned::{Known, Rulings};

const NAMES: &str = "names";
const WATERMARK: &str = "watermark";
const COPIES: &str = "copies";
const CORRELATOR: &str = "correlator";
const DETECTORS: &str = "detectors";
const ALERTS: &str = "alerts";

/// Version of the parts that have none of their own.
const VERSION: u32 = 1;

/// The parts of a state, by name.
pub(super) type Parts = BTreeMap<String, Vec<u8>>;

impl Pipeline {
    /// The state, to be taken back by [`Pipeline::restore`]. What is only counted for people is no part of it.
    pub(super) fn snapshot(&self) -> Result<Vec<(&'static str, Vec<u8>)>, SnapshotError> {
        let names: (Vec<&str>, Vec<&[u8]>) = (self.files.names().collect(), self.hosts.names().collect());
        Ok(vec![
            (NAMES, encode(NAMES, VERSION, &names)?),
            (WATERMARK, encode(WATERMARK, VERSION, &self.watermark)?),
            (COPIES, self.copies.snapshot()?),
            (CORRELATOR, self.flow.correlator.snapshot()?),
            (DETECTORS, self.flow.told.detectors.snapshot()?),
            (ALERTS, self.alerts.snapshot()?),
        ])
    }

    /// Takes back a snapshot. A pipeline whose restoring failed must not be used: parts of it know more than others.
    pub(super) fn restore(&mut self, parts: &Parts) -> Result<(), SnapshotError> {
        let part = |name: &str| parts.get(name).map(Vec::as_slice);
        if let Some(bytes) = part(NAMES) {
            let (files, hosts): (Vec<String>, Vec<Vec<u8>>) = decode(NAMES, VERSION, bytes)?;
            (self.files, self.hosts) = (Files::default(), Hosts::default());
            for name in files {
                self.files.add(&name);
            }
            for name in hosts {
                self.filter.host(&name, &mut self.hosts);
            }
        }
        if let Some(bytes) = part(WATERMARK) {
            self.watermark = decode(WATERMARK, VERSION, bytes)?;
        }
        if let Some(bytes) = part(COPIES) {
            self.copies.restore(bytes)?;
        }
        if let Some(bytes) = part(CORRELATOR) {
            self.flow.correlator.restore(bytes)?;
        }
        if let Some(bytes) = part(DETECTORS) {
            self.flow.told.detectors.restore(bytes)?;
        }
        if let Some(bytes) = part(ALERTS) {
            self.alerts.restore(bytes)?;
        }
        Ok(())
    }

    /// Takes in what earlier runs learned, and what people have said of it.
    pub(super) fn teach(&mut self, known: &Known) {
        self.flow.told.detectors.teach(&known.learned);
        self.rule(&known.rulings);
    }

    /// Takes in what people have said.
    pub(super) fn rule(&mut self, rulings: &Rulings) {
        rulings.all.iter().for_each(|ruling| self.flow.told.detectors.rule(ruling));
    }

    /// All that is learned so far, of hours that are over.
    pub(super) fn learned(&mut self) -> Learned {
        let now = self.event_time().unwrap_or(EventTime::MIN);
        self.flow.told.detectors.learned(now)
    }

    /// Nothing was written for so many `quiet` seconds: event time goes on all the same.
    pub(super) fn quiet(&mut self, quiet: i64) {
        if let Some(time) = self.watermark.after_quiet(quiet) {
            self.advance(time);
        }
    }

    /// The newest stamp that moved event time, less the lag.
    pub(super) fn event_time(&self) -> Option<EventTime> {
        self.watermark.after_quiet(0)
    }
}
