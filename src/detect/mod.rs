//! Detectors: events and attempts in, findings out, in event time. One file per detector.
//!
//! A detector speaks at once when something new is wrong; what only changes its figures it says at the next
//! [`Detector::flush`], so that a flood of a million attempts costs a few findings. Its memory is capped whatever the
//! log holds, and nothing it says depends on the order of a hash map.

mod account;
mod auth_brute_force;
mod open_relay;
mod range;
mod relay_denied_spike;
mod remedy;
mod spike;
mod watched;
mod words;

pub use auth_brute_force::Settings as AuthBruteForceSettings;
pub use open_relay::Settings as OpenRelaySettings;
pub use relay_denied_spike::Settings as RelayDeniedSpikeSettings;

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::model::{Attempt, Event, EventTime, Finding, Kind, Site, SnapshotError, decode, encode};

/// One kind of abuse, watched for.
pub trait Detector: Debug + Send {
    /// Its id, as in alerts and settings: `open-relay`.
    fn id(&self) -> &'static str;

    /// The kinds of events it takes; it is shown no others.
    fn kinds(&self) -> &'static [Kind] {
        &[]
    }

    /// Takes the next event of one of its [`Detector::kinds`].
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
    /// `[detect.auth-brute-force]`
    pub auth_brute_force: AuthBruteForceSettings,
}

impl Settings {
    /// The ids of the detectors that are on.
    pub fn enabled(&self) -> Vec<&'static str> {
        Detectors::new(self, &Site::default()).all.iter().map(|detector| detector.id()).collect()
    }
}

/// Seconds of event time between two flushes.
const FLUSH_SECONDS: i64 = 60;

/// All detectors, in order.
#[derive(Debug)]
pub struct Detectors {
    all: Vec<Box<dyn Detector>>,
    /// Whether any of them takes events, by their kind: most are taken by none.
    taken: [bool; Kind::ALL.len()],
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
        if settings.auth_brute_force.enabled {
            all.push(Box::new(auth_brute_force::AuthBruteForce::new(&settings.auth_brute_force)));
        }
        Self::of(all)
    }

    fn of(all: Vec<Box<dyn Detector>>) -> Self {
        let mut taken = [false; Kind::ALL.len()];
        for &kind in all.iter().flat_map(|detector| detector.kinds()) {
            taken[kind as usize] = true;
        }
        Self { all, taken, flushed: EventTime::MIN }
    }

    /// Takes the next event.
    #[inline]
    pub fn event(&mut self, event: &Event<'_>, find: &mut Vec<Finding>) {
        let kind = event.kind();
        if self.taken[kind as usize] {
            let takers = self.all.iter_mut().filter(|detector| detector.kinds().contains(&kind));
            takers.for_each(|detector| detector.event(event, find));
        }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::model::{Batch, Constants, FileId, HostId, Parsed, Record, Span, Stamp};

    /// Counts the events that it is shown.
    #[derive(Debug)]
    struct Probe(&'static [Kind], Arc<AtomicUsize>);

    impl Detector for Probe {
        fn id(&self) -> &'static str {
            "probe"
        }

        fn kinds(&self) -> &'static [Kind] {
            self.0
        }

        fn event(&mut self, _event: &Event<'_>, _find: &mut Vec<Finding>) {
            self.1.fetch_add(1, Ordering::Relaxed);
        }

        fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
            encode(self.id(), 1, &())
        }

        fn restore(&mut self, _snapshot: &[u8]) -> Result<(), SnapshotError> {
            Ok(())
        }
    }

    fn line(kind: Kind) -> Parsed {
        let record = Record {
            line: Span::default(),
            base: 0,
            text: Span::default(),
            line_index: 0,
            stamp: Stamp::None,
            host: 0,
            ident: 0,
            pid: 0,
            pattern: 0,
            kind,
            class: None,
            stage: None,
            client_ip: None,
            first_field: 0,
            field_count: 0,
        };
        Parsed {
            batch: Batch::lines(FileId(0), 1, 0, Vec::new()),
            lines_end: 0,
            records: vec![record],
            fields: Vec::new(),
            hosts: Vec::new(),
            idents: Vec::new(),
            constants: Arc::new(Constants::default()),
        }
    }

    #[test]
    fn a_detector_is_shown_the_events_it_takes_and_no_others() {
        let counts = [0, 1].map(|_| Arc::new(AtomicUsize::new(0)));
        let mut detectors = Detectors::of(vec![
            Box::new(Probe(&[Kind::Auth, Kind::Abuse], counts[0].clone())),
            Box::new(Probe(&[Kind::Abuse], counts[1].clone())),
        ]);
        for kind in [Kind::Connect, Kind::Auth, Kind::Abuse, Kind::Reject] {
            let parsed = line(kind);
            let event = Event::new(&parsed, &parsed.records[0], EventTime::MIN, HostId(0));
            detectors.event(&event, &mut Vec::new());
        }
        assert_eq!(counts.map(|count| count.load(Ordering::Relaxed)), [2, 1]);
    }
}
