//! Detectors: events and attempts in, findings out, in event time. One file per detector.
//!
//! A detector speaks at once when something new is wrong; what only changes its figures it says at the next
//! [`Detector::flush`], so that a flood of a million attempts costs a few findings. Its memory is capped whatever the
//! log holds, and nothing it says depends on the order of a hash map.

mod open_relay;
mod relay_denied_spike;
mod remedy;
mod words;

pub use open_relay::Settings as OpenRelaySettings;
pub use relay_denied_spike::Settings as RelayDeniedSpikeSettings;

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::model::{Attempt, Event, EventTime, Finding, Site, SnapshotError, decode, encode};

/// One kind of abuse, watched for.
pub trait Detector: Debug + Send {
    /// Its id, as in alerts and settings: `open-relay`.
    fn id(&self) -> &'static str;

    /// Takes the next event.
    fn event(&mut self, _event: &Event<'_>, _find: &mut Vec<Finding>) {}

    /// Takes a telling of an attempt.
    fn attempt(&mut self, _attempt: &Attempt<'_>, _find: &mut Vec<Finding>) {}

    /// Event time has come to `now`: says what has changed since, lets go of what is over.
    fn flush(&mut self, _now: EventTime, _find: &mut Vec<Finding>) {}

    /// The log is at its end: says all that is still unsaid.
    fn finish(&mut self, _find: &mut Vec<Finding>) {}

    /// The state, to be taken back by [`Detector::restore`].
    ///
    /// # Errors
    /// If it cannot be encoded.
    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError>;

    /// Takes back a snapshot.
    ///
    /// # Errors
    /// If it is of another version or damaged; the state is then unchanged.
    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError>;
}

/// The settings of all detectors, one table each in the configuration file: `[detect.relay-denied-spike]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Settings {
    /// `[detect.open-relay]`
    pub open_relay: OpenRelaySettings,
    /// `[detect.relay-denied-spike]`
    pub relay_denied_spike: RelayDeniedSpikeSettings,
}

/// Seconds of event time between two flushes.
const FLUSH_SECONDS: i64 = 60;

/// All detectors, in order.
#[derive(Debug)]
pub struct Detectors {
    all: Vec<Box<dyn Detector>>,
    flushed: EventTime,
}

impl Detectors {
    /// The detectors that `settings` enables, for `site`.
    pub fn new(settings: &Settings, site: &Site) -> Self {
        let mut all: Vec<Box<dyn Detector>> = Vec::new();
        if settings.open_relay.enabled {
            all.push(Box::new(open_relay::OpenRelay::new(&settings.open_relay, site.clone())));
        }
        if settings.relay_denied_spike.enabled {
            all.push(Box::new(relay_denied_spike::RelayDeniedSpike::new(&settings.relay_denied_spike)));
        }
        Self { all, flushed: EventTime::MIN }
    }

    /// Takes the next event.
    pub fn event(&mut self, event: &Event<'_>, find: &mut Vec<Finding>) {
        self.all.iter_mut().for_each(|detector| detector.event(event, find));
    }

    /// Takes a telling of an attempt.
    pub fn attempt(&mut self, attempt: &Attempt<'_>, find: &mut Vec<Finding>) {
        self.all.iter_mut().for_each(|detector| detector.attempt(attempt, find));
    }

    /// Event time has come this far.
    pub fn watermark(&mut self, time: EventTime, find: &mut Vec<Finding>) {
        if time.seconds_since(self.flushed) >= FLUSH_SECONDS {
            self.flushed = time;
            self.all.iter_mut().for_each(|detector| detector.flush(time, find));
        }
    }

    /// The log is at its end.
    pub fn finish(&mut self, find: &mut Vec<Finding>) {
        self.all.iter_mut().for_each(|detector| detector.finish(find));
    }

    /// The state of all detectors, to be taken back by [`Detectors::restore`].
    ///
    /// # Errors
    /// If one of them cannot be encoded.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let parts: Result<Vec<_>, SnapshotError> =
            self.all.iter().map(|detector| Ok((detector.id(), detector.snapshot()?))).collect();
        encode(PART, VERSION, &(self.flushed, parts?))
    }

    /// Takes back a snapshot. A detector that was not in it starts afresh; one that is gone is left out.
    ///
    /// # Errors
    /// If it is of another version or damaged.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (flushed, parts): (EventTime, Vec<(String, Vec<u8>)>) = decode(PART, VERSION, snapshot)?;
        for detector in &mut self.all {
            if let Some((_, state)) = parts.iter().find(|(id, _)| id == detector.id()) {
                detector.restore(state)?;
            }
        }
        self.flushed = flushed;
        Ok(())
    }
}

const PART: &str = "detectors";
const VERSION: u32 = 1;
