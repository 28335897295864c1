//! Detectors: events and attempts in, findings out, in event time. One file per detector.
//!
//! A detector speaks at once when something new is wrong; what only changes its figures it says at the next
//! [`Detector::flush`], so that a flood of a million attempts costs a few findings. Its memory is capped whatever the
//! log holds, and nothing it says depends on the order of a hash map.

mod account;
mod day;
mod domain;
mod logins;
mod outflow;
mod rate;
mod recent;
mod remedy;
mod seen;
mod settings;
mod share;
mod spell;
mod spike;
mod spread;
mod untold;
mod usual;
mod watched;
mod words;

pub use remedy::closing;
pub use settings::whom::Whom;

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::aggregate::{LoginReader, LoginState};
use crate::learn;
use crate::model::{
    Attempt, Event, EventTime, Finding, Kind, Learned, Memory, Ruling, Site, SnapshotError, decode, encode,
};
use domain::Ours;
use logins::Login;
use seen::Seen;
use settings::Tuned;
use settings::ignore::Ignored;
use usual::Usual;

/// What detectors are built for.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'s> {
    /// What is stated about the site.
    pub site: &'s Site,
    /// What their tables may take.
    pub memory: Memory,
    /// How what is usual is learned; `None`: it is not, and fixed rules hold.
    pub learn: Option<learn::Settings>,
}

/// One kind of abuse, watched for.
pub trait Detector: Debug + Send {
    /// The kinds of events it takes; it is shown no others.
    fn kinds(&self) -> &'static [Kind] {
        &[]
    }

    /// Takes the next event of one of its [`Detector::kinds`].
    fn event(&mut self, _event: &Event<'_>, _find: &mut Vec<Finding>) {}

    /// Whether it takes lines that tell of logins.
    fn takes_logins(&self) -> bool {
        false
    }

    /// Takes the next line that tells of logins.
    fn login(&mut self, _login: &Login<'_, '_>, _find: &mut Vec<Finding>) {}

    /// Takes a telling of an attempt.
    fn attempt(&mut self, _attempt: &Seen<'_, '_>, _find: &mut Vec<Finding>) {}

    /// Event time has come to `now`: says what has changed since, lets go of what is over.
    fn flush(&mut self, _now: EventTime, _find: &mut Vec<Finding>) {}

    /// The log is at its end: says all that is still unsaid.
    fn finish(&mut self, _find: &mut Vec<Finding>) {}

    /// What it compares with, of each measure that it counts: that learns, is taught and told of for it.
    fn usual(&mut self) -> Vec<&mut Usual> {
        Vec::new()
    }

    /// Takes in what earlier runs learned of something else.
    fn teach(&mut self, _learned: &Learned) {}

    /// Somebody says, at `now`, something of that.
    fn rule(&mut self, _ruling: &Ruling, _now: EventTime) {}

    /// Adds what is learned of that.
    fn learned(&mut self, _learned: &mut Learned) {}

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

/// Lists the detectors, each with its module, its type and its id.
macro_rules! roster {
    ($($(#[doc = $about:literal])+ $module:ident::$detector:ident = $id:literal;)+) => {
        $(mod $module;)+

        /// The settings of all detectors, one table each in the configuration file: `[detect.relay-denied-spike]`.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Settings {
            /// Whom they leave alone.
            #[serde(skip)]
            pub ignore: Ignore,
            $($(#[doc = $about])+ #[serde(rename = $id)] pub $module: Tuned<$module::Settings>,)+
        }

        /// Whom detectors leave alone: `[ignore]` all of them, `[ignore.relay-denied-spike]` one.
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Ignore {
            sources: Vec<settings::whom::Source>,
            accounts: Vec<String>,
            domains: Vec<settings::whom::Domain>,
            $(#[serde(rename = $id)] $module: Whom,)+
        }

        impl Ignore {
            /// Whom all detectors leave alone.
            fn by_all(&self) -> Whom {
                Whom::new(self.sources.clone(), self.accounts.clone(), self.domains.clone())
            }
        }

        impl Detectors {
            /// The detectors that `settings` enables.
            pub fn new(settings: &Settings, setup: &Setup<'_>) -> Self {
                let ignore = &settings.ignore;
                let mut all = Vec::new();
                $(if settings.$module.enabled {
                    let detector = $module::$detector::new(settings.$module.clone(), setup);
                    all.push(Watch::new($id, Box::new(detector), [ignore.by_all(), ignore.$module.clone()]));
                })+
                Self::of(all, setup)
            }
        }
    };
}

roster! {
    /// A client without any authority got mail accepted for somebody else's domain.
    open_relay::OpenRelay = "open-relay";
    /// Somebody tries, and tries again, to relay, and is denied.
    relay_denied_spike::RelayDeniedSpike = "relay-denied-spike";
    /// Somebody relays who never did before.
    new_relay_source::NewRelaySource = "new-relay-source";
    /// A source that may relay, or a local user, sends what it should not.
    trusted_source_abuse::TrustedSourceAbuse = "trusted-source-abuse";
    /// Somebody sends as one of us who is not.
    forged_local_sender::ForgedLocalSender = "forged-local-sender";
    /// Somebody tries passwords.
    auth_brute_force::AuthBruteForce = "auth-brute-force";
    /// Somebody else uses an account.
    compromised_account::CompromisedAccount = "compromised-account";
    /// Somebody tries names, to learn which recipients exist.
    recipient_harvest::RecipientHarvest = "recipient-harvest";
    /// A client does not speak SMTP, or as no mail server does.
    protocol_abuse::ProtocolAbuse = "protocol-abuse";
    /// Remote servers refuse our mail for our reputation.
    reputation_loss::ReputationLoss = "reputation-loss";
    /// Far more of our mail comes back than usual.
    bounce_surge::BounceSurge = "bounce-surge";
    /// Mail waits that should have gone out.
    deferral_surge::DeferralSurge = "deferral-surge";
    /// Far more mail goes out than this log has shown before.
    outbound_surge::OutboundSurge = "outbound-surge";
    /// A host's log has stopped.
    log_silence::LogSilence = "log-silence";
}

impl Settings {
    /// The ids of the detectors that are on.
    pub fn enabled(&self) -> Vec<&'static str> {
        let setup = Setup { site: &Site::default(), memory: Memory::default(), learn: None };
        Detectors::new(self, &setup).all.iter().map(|watch| watch.id).collect()
    }
}

/// A detector, and whom it leaves alone.
#[derive(Debug)]
struct Watch {
    id: &'static str,
    detector: Box<dyn Detector>,
    ignored: Ignored,
}

impl Watch {
    fn new(id: &'static str, detector: Box<dyn Detector>, ignored: [Whom; 2]) -> Self {
        let ignored = ignored.into_iter().filter(|whom| !whom.is_nobody()).collect();
        Self { id, detector, ignored: Ignored(ignored) }
    }

    /// Lets the detector take a `step`; what it finds about somebody ignored is not said.
    #[inline]
    fn step(&mut self, find: &mut Vec<Finding>, step: impl FnOnce(&mut dyn Detector, &mut Vec<Finding>)) {
        let before = find.len();
        step(&mut *self.detector, find);
        if find.len() > before && !self.ignored.0.is_empty() {
            let found = find.split_off(before);
            find.extend(found.into_iter().filter(|finding| !self.ignored.covers_finding(finding)));
        }
    }
}

/// Seconds of event time between two flushes.
const FLUSH_SECONDS: i64 = 60;
const HOUR_SECONDS: i64 = 3600;

/// All detectors, in order.
#[derive(Debug)]
pub struct Detectors {
    all: Vec<Watch>,
    /// Which of them take events, by their kind.
    takers: [Vec<usize>; Kind::ALL.len()],
    /// Which of them take logins, and who reads these for all of them.
    login_takers: Vec<usize>,
    logins: LoginReader,
    /// Which domains are ours, for all of them.
    ours: Ours,
    flushed: EventTime,
    /// Number of the last hour in which there was a log, as told.
    hour: Option<i64>,
}

impl Detectors {
    fn of(all: Vec<Watch>, setup: &Setup<'_>) -> Self {
        let mut takers = [const { Vec::new() }; Kind::ALL.len()];
        for (number, watch) in all.iter().enumerate() {
            watch.detector.kinds().iter().for_each(|&kind| takers[kind as usize].push(number));
        }
        let taking = all.iter().enumerate().filter(|(_, watch)| watch.detector.takes_logins());
        Self {
            login_takers: taking.map(|(number, _)| number).collect(),
            all,
            takers,
            logins: logins::reader(setup.memory),
            ours: Ours::new(setup.site, setup.memory),
            flushed: EventTime::MIN,
            hour: None,
        }
    }

    /// Takes the next event.
    #[inline]
    pub fn event(&mut self, event: &Event<'_>, find: &mut Vec<Finding>) {
        for &taker in &self.takers[event.kind() as usize] {
            let watch = &mut self.all[taker];
            if !watch.ignored.covers_event(event) {
                watch.step(find, |detector, find| detector.event(event, find));
            }
        }
        if !self.login_takers.is_empty()
            && let Some(login) = Login::read(&mut self.logins, event)
        {
            for &taker in &self.login_takers {
                let watch = &mut self.all[taker];
                if !watch.ignored.covers_event(event) {
                    watch.step(find, |detector, find| detector.login(&login, find));
                }
            }
        }
    }

    /// Takes a telling of an attempt.
    pub fn attempt(&mut self, attempt: &Attempt<'_>, find: &mut Vec<Finding>) {
        self.ours.learn(attempt);
        let seen = Seen::new(attempt, &self.ours);
        let takers = self.all.iter_mut().filter(|watch| !watch.ignored.covers_attempt(attempt));
        takers.for_each(|watch| watch.step(find, |detector, find| detector.attempt(&seen, find)));
    }

    /// What detectors compare with.
    fn usuals(&mut self) -> impl Iterator<Item = &mut Usual> {
        self.all.iter_mut().flat_map(|watch| watch.detector.usual())
    }

    /// There is a log up to `time`. Unlike [`Detectors::watermark`] it does not go on where nothing is written.
    pub fn heard(&mut self, time: EventTime) {
        let hour = time.seconds().div_euclid(HOUR_SECONDS);
        if self.hour.is_none_or(|heard| hour > heard) {
            self.hour = Some(hour);
            self.usuals().for_each(|usual| usual.heard(time));
        }
    }

    /// Event time has come this far.
    pub fn watermark(&mut self, time: EventTime, find: &mut Vec<Finding>) {
        if time.seconds_since(self.flushed) >= FLUSH_SECONDS {
            self.flushed = time;
            self.ours.expire(time);
            self.logins.expire(time);
            for watch in &mut self.all {
                watch.step(find, |detector, find| detector.flush(time, find));
            }
        }
    }

    /// The log is at its end.
    pub fn finish(&mut self, find: &mut Vec<Finding>) {
        for watch in &mut self.all {
            watch.step(find, |detector, find| detector.finish(find));
        }
    }

    /// Takes in what earlier runs learned; before [`Detectors::restore`], if that is called, too.
    pub fn teach(&mut self, learned: &Learned) {
        self.usuals().for_each(|usual| usual.teach(learned));
        self.all.iter_mut().for_each(|watch| watch.detector.teach(learned));
    }

    /// Somebody says something of what was learned; behind [`Detectors::restore`], if that is called.
    pub fn rule(&mut self, ruling: &Ruling) {
        let now = self.flushed;
        self.usuals().for_each(|usual| usual.rule(ruling));
        self.all.iter_mut().for_each(|watch| watch.detector.rule(ruling, now));
    }

    /// What is learned up to `now`, of this run and those before.
    pub fn learned(&mut self, now: EventTime) -> Learned {
        let mut learned = Learned::default();
        self.usuals().for_each(|usual| usual.learned(now, &mut learned));
        self.all.iter_mut().for_each(|watch| watch.detector.learned(&mut learned));
        learned
    }

    /// The state of all detectors, to be taken back by [`Detectors::restore`].
    ///
    /// # Errors
    /// If one of them cannot be encoded.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let parts: Result<Vec<_>, SnapshotError> =
            self.all.iter().map(|watch| Ok((watch.id, watch.detector.snapshot()?))).collect();
        encode(PART, VERSION, &(self.flushed, self.ours.state(), self.logins.state(), parts?))
    }

    /// Takes back a snapshot. A detector that was not in it starts afresh; one that is gone is left out.
    ///
    /// # Errors
    /// If it is of another version or damaged.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (flushed, ours, logins, parts): State = decode(PART, VERSION, snapshot)?;
        for watch in &mut self.all {
            if let Some((_, state)) = parts.iter().find(|(id, _)| id == watch.id) {
                watch.detector.restore(state)?;
            }
        }
        self.ours.restore(ours);
        self.logins.restore(logins);
        self.flushed = flushed;
        Ok(())
    }
}

const PART: &str = "detectors";
const VERSION: u32 = 2;

type State = (EventTime, domain::State, LoginState, Vec<(String, Vec<u8>)>);

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::model::{Batch, Constants, FileId, HostId, Measure, Parsed, Record, Span, Stamp};

    /// Counts the events that it is shown.
    #[derive(Debug)]
    struct Probe(&'static [Kind], Arc<AtomicUsize>);

    impl Detector for Probe {
        fn kinds(&self) -> &'static [Kind] {
            self.0
        }

        fn event(&mut self, _event: &Event<'_>, _find: &mut Vec<Finding>) {
            self.1.fetch_add(1, Ordering::Relaxed);
        }

        fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
            encode("probe", 1, &())
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
        let watch = |probe| Watch::new("probe", Box::new(probe), [Whom::default(), Whom::default()]);
        let setup = Setup { site: &Site::default(), memory: Memory::default(), learn: None };
        let mut detectors = Detectors::of(
            vec![
                watch(Probe(&[Kind::Auth, Kind::Abuse], counts[0].clone())),
                watch(Probe(&[Kind::Abuse], counts[1].clone())),
            ],
            &setup,
        );
        for kind in [Kind::Connect, Kind::Auth, Kind::Abuse, Kind::Reject] {
            let parsed = line(kind);
            let event = Event::new(&parsed, &parsed.records[0], EventTime::MIN, HostId(0));
            detectors.event(&event, &mut Vec::new());
        }
        assert_eq!(counts.map(|count| count.load(Ordering::Relaxed)), [2, 1]);
    }

    #[test]
    fn whatever_is_compared_has_its_share_of_the_false_alarms() {
        let learn = Some(learn::Settings::default());
        let setup = Setup { site: &Site::default(), memory: Memory::default(), learn };
        let mut detectors = Detectors::new(&Settings::default(), &setup);
        assert_eq!(detectors.usuals().count(), learn::MEASURES as usize);
    }

    #[test]
    fn time_that_goes_on_without_a_log_teaches_nothing() {
        let setup = Setup {
            site: &Site::default(),
            memory: Memory::default(),
            learn: Some(learn::Settings::default()),
        };
        let mut detectors = Detectors::new(&Settings::default(), &setup);
        let hour = |hour: i64| EventTime::from_seconds(1_767_571_200 + hour * HOUR_SECONDS);
        detectors.heard(hour(0));
        // The clock goes on; nothing is written.
        (0..6).for_each(|quiet| detectors.watermark(hour(quiet), &mut Vec::new()));
        detectors.heard(hour(6));
        let learned = detectors.learned(hour(6));
        let watched = learned.normals.iter().find(|normal| normal.measure == Measure::Lines).unwrap();
        let hours: Vec<u32> = watched.hours.iter().map(|hour| hour.count()).collect();
        assert_eq!(hours, [1, 0, 0, 0, 0, 0, 1]);
    }
}
