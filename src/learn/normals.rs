//! What is usual for each subject of one measure, and whether what is counted now is more.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Settings;
use super::baseline::Baseline;
use super::history::History;
use super::hour::{Day, Hour};
use super::rise::Rise;
use super::whose::Whose;
use crate::aggregate::{Reuse, Slot, Table};
use crate::model::{
    EventTime, Hourly, Measure, Memory, Normal, Ruling, Subject, SubjectKind, Verb, thousands,
};

/// Subjects of one measure in the usual memory; one that did nothing for long gives way. With eight weeks of hours each
/// takes some 5 KB.
const MOST: usize = 1_000;
/// A subject that did nothing for eight weeks is forgotten, as its hours are.
const KEPT_SECONDS: i64 = 8 * 7 * 86_400;
/// Longer names are of nobody: RFC 5321 allows 64 octets, an @, and 255.
const MAX_NAME: usize = 320;
/// Measures that are compared with what is usual; each may make its share of the accepted false alarms.
pub const MEASURES: f64 = 9.0;
/// Hours and days of a month.
const MONTH_HOURS: f64 = 730.5;
const MONTH_DAYS: f64 = MONTH_HOURS / 24.0;
/// Hours on both sides of an hour that are like it: people are not punctual, and clocks are set twice a year.
const NEAR: i64 = 1;
/// Days of a kind without which nothing is said about the sum of days.
const LEAST_DAYS: usize = 4;

/// What is counted now, compared with what is usual.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Verdict {
    /// Not enough is learned: fixed rules hold.
    #[default]
    Unknown,
    /// It is nothing special.
    Usual,
    /// It is more than chance explains.
    Unusual(Unusual),
}

impl Verdict {
    /// Whether it is too much: more than is usual, or, where that is not known, as a `fixed` rule says.
    pub fn is_too_much(self, fixed: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Unknown => fixed(),
            Self::Usual => false,
            Self::Unusual(_) => true,
        }
    }

    /// What is unusual, if something is.
    pub fn unusual(self) -> Option<Unusual> {
        match self {
            Self::Unusual(unusual) => Some(unusual),
            Self::Unknown | Self::Usual => None,
        }
    }

    /// Seconds of quiet after which it is over, where days in a row are too much: nights are quiet. 0: as always.
    pub fn patience(self) -> i64 {
        match self {
            Self::Unusual(unusual) if unusual.is_about_days() => 86_400,
            _ => 0,
        }
    }
}

/// A sentence about what is unusual, with a blank in front; nothing where a fixed rule spoke.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusual(unusual) => write!(f, " That is more than was learned: {unusual}."),
            Self::Unknown | Self::Usual => Ok(()),
        }
    }
}

/// More than is usual.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unusual {
    /// What was counted.
    count: u64,
    /// What is usual: a tenth of such hours, or days, had less, a tenth had more.
    usual: (u64, u64),
    /// Days in a row that it is about; 0: one hour.
    days: i64,
}

impl Unusual {
    /// Whether it is about a day or several, and not about one hour.
    pub fn is_about_days(&self) -> bool {
        self.days > 0
    }

    /// What was counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What is usual, in words: `3 to 9`, `0`.
    pub fn range(&self) -> String {
        let (low, high) = self.usual;
        if low == high { thousands(low) } else { format!("{} to {}", thousands(low), thousands(high)) }
    }
}

/// One subject.
#[derive(Debug, Default)]
struct Known {
    subject: Option<Subject>,
    history: History,
    now: Now,
    /// What is usual in this hour, and for this day, as far as it is known, found when first asked for.
    hour: Option<(Hour, Option<Limit>)>,
    day: Option<(Day, Option<Limit>)>,
    /// How much hours vary, as it was found on that day.
    varies: Option<(Day, f64)>,
}

/// From where on it is more than chance.
#[derive(Clone, Copy, Debug)]
struct Limit {
    usual: (u64, u64),
    least: u64,
}

/// What is counted now.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Now {
    /// `None`: nothing was counted in this run.
    hour: Option<Hour>,
    count: u64,
    /// Too special to learn from.
    is_excluded: bool,
    rise: Rise,
}

impl Reuse for Known {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

/// What is usual, of one measure.
#[derive(Debug)]
pub struct Normals {
    measure: Measure,
    /// Whose counts these are: two detectors may count the same of different kinds.
    kinds: &'static [SubjectKind],
    settings: Settings,
    /// Hours in which there was a log at all.
    watched: History,
    known: Table<Whose, Known>,
}

/// What [`Normals::state`] gives: the counts that are not learned yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct State(Vec<(Whose, Subject, Now)>);

impl Normals {
    /// Nothing is learned yet.
    pub fn new(measure: Measure, kinds: &'static [SubjectKind], settings: Settings, memory: Memory) -> Self {
        let known = Table::new(memory.room(MOST), KEPT_SECONDS);
        Self { measure, kinds, settings, watched: History::default(), known }
    }

    /// So many more of `whose`, whose name is asked for if it is new. None is a count, too: it is known to do nothing.
    pub fn count(&mut self, more: u64, whose: Whose, subject: impl FnOnce() -> Subject, now: EventTime) {
        let slot = self.known.find_or_insert(whose, now);
        let known = &mut self.known[slot];
        if known.subject.is_none() {
            known.subject = Some(subject()).filter(|subject| subject.value.len() <= MAX_NAME);
        }
        known.go_to(Hour::of(now));
        known.now.count += more;
    }

    /// What the counts of `whose` mean, where less than `least` in an hour is nothing anyhow.
    pub fn verdict(&mut self, whose: Whose, least: u64) -> Verdict {
        let Some(slot) = self.known.find(&whose) else { return Verdict::Unknown };
        let Some(hour) = self.known[slot].now.hour else { return Verdict::Unknown };
        if !self.is_learned(&self.known[slot].history, hour) {
            return Verdict::Unknown;
        }
        match self.burst(slot, hour, least) {
            Verdict::Unusual(unusual) => Verdict::Unusual(unusual),
            other => self.rise(slot, hour, least).map_or(other, Verdict::Unusual),
        }
    }

    /// Something is wrong with `whose`: nothing is to be learned of this hour.
    pub fn exclude(&mut self, whose: Whose) {
        if let Some(slot) = self.known.find(&whose) {
            self.known[slot].now.is_excluded = true;
        }
    }

    /// There is a log at `now`: what is not counted in this hour does not happen.
    pub fn watched(&mut self, now: EventTime) {
        let hour = Hour::of(now);
        if hour >= self.watched.end() || self.watched.begin().is_none() {
            // Hours without a log in between: nothing was counted because nobody looked.
            let end = self.watched.end();
            if self.watched.begin().is_some() {
                for missed in end.up_to(hour.plus(-1)).take(KEPT_SECONDS as usize / 3600) {
                    self.watched.push(missed, Hourly::new(0));
                }
            }
            self.watched.push(hour, Hourly::new(1));
            while let Some(slot) = self.known.expired(now) {
                self.known.remove(slot);
            }
        }
    }

    /// Whether the log and the subject are known for long enough.
    fn is_learned(&self, history: &History, now: Hour) -> bool {
        let long = self.settings.days * 24;
        [&self.watched, history]
            .iter()
            .all(|known| known.begin().is_some_and(|begin| now.since(begin) >= long))
    }

    fn burst(&mut self, slot: Slot, hour: Hour, least: u64) -> Verdict {
        let count = self.known[slot].now.count;
        if count < least {
            return Verdict::Usual;
        }
        let limit = match self.known[slot].hour {
            Some((known, limit)) if known == hour => limit,
            _ => {
                let limit = self.limit_of_hour(slot, hour);
                self.known[slot].hour = Some((hour, limit));
                limit
            }
        };
        match limit {
            // Who showed too many names in all hours like this one has to be approved. Counts that were too high for all of the
            // first weeks become usual: most are of strangers, whom nobody here can stop.
            None if self.measure.is_of_different() => Verdict::Unknown,
            Some(limit) if count >= limit.least => {
                Verdict::Unusual(Unusual { count, usual: limit.usual, days: 0 })
            }
            _ => Verdict::Usual,
        }
    }

    fn limit_of_hour(&mut self, slot: Slot, hour: Hour) -> Option<Limit> {
        let history = &self.known[slot].history;
        let like = |hour: Hour, near: i64| history.like_hour(hour, near, |hour| self.is_watched(hour));
        let varies = match self.known[slot].varies {
            Some((day, varies)) if day == hour.day() => varies,
            // Without the hours around: where the day begins, they differ by more than chance.
            _ => Baseline::dispersion(hour.day().kinds().flat_map(Day::hours).map(|hour| like(hour, 0))),
        };
        let same = history.same_hour(hour, |hour| self.is_watched(hour));
        let usual = Baseline::of(&like(hour, NEAR))?.varying(varies).or_same(&same);
        let alpha = self.settings.false_alarms_per_month / MEASURES / 2.0 / MONTH_HOURS / self.subjects();
        let limit = Limit { usual: usual.range(), least: usual.bound(alpha) };
        self.known[slot].varies = Some((hour.day(), varies));
        Some(limit)
    }

    fn rise(&mut self, slot: Slot, hour: Hour, least: u64) -> Option<Unusual> {
        if self.measure.is_of_different() {
            return None;
        }
        let today = hour.day();
        let Known { history, now, .. } = &self.known[slot];
        let count = history.between(today.hour(0), hour) + now.count;
        if count < least {
            return None;
        }
        let limit = match self.known[slot].day {
            Some((day, limit)) if day == today => limit,
            _ => {
                let limit = self.limit_of_day(slot, today, least);
                self.known[slot].day = Some((today, limit));
                limit
            }
        };
        let Known { history, now, .. } = &self.known[slot];
        let limit = limit.filter(|limit| count >= limit.least)?;
        let since = now.rise.since(today);
        Some(Unusual {
            count: history.between(since.hour(0), hour) + now.count,
            usual: limit.usual,
            days: today.since(since) + 1,
        })
    }

    fn limit_of_day(&mut self, slot: Slot, today: Day, least: u64) -> Option<Limit> {
        let days = self.days_to_false_alarm();
        let rise = self.evidence(slot, today, least, days)?;
        self.known[slot].now.rise = rise;
        let usual = self.usual_day(&self.known[slot].history, today)?;
        Some(Limit { usual: usual.range(), least: rise.limit(&usual, days) })
    }

    /// What the days that are over say.
    fn evidence(&self, slot: Slot, today: Day, least: u64, days: f64) -> Option<Rise> {
        let Known { history, now, .. } = &self.known[slot];
        let mut rise = now.rise;
        // Of the first weeks nothing is known that they could be compared with.
        rise.skip_to(history.begin()?.day().plus(self.settings.days));
        while rise.next() < today {
            let day = rise.next();
            let count = history.of_day(day, &|hour| self.is_watched(hour));
            let weighed = count.filter(|&count| rise.is_any() || u64::from(count) >= least);
            match weighed.and_then(|count| Some((count, self.usual_day(history, day)?))) {
                Some((count, usual)) => rise.add(day, count, &usual, usual.bound(1.0 / days), days),
                None => rise.skip_to(day.plus(1)),
            }
        }
        Some(rise)
    }

    fn usual_day(&self, history: &History, day: Day) -> Option<Baseline> {
        let like = |day: Day| history.like_day(day, |hour| self.is_watched(hour));
        let days = like(day);
        if days.len() < LEAST_DAYS {
            return None;
        }
        let same = history.same_day(day, |hour| self.is_watched(hour));
        Some(Baseline::of(&days)?.varying(Baseline::dispersion(day.kinds().map(like))).or_same(&same))
    }

    /// Days in which the sums of days of one subject may make one false alarm.
    fn days_to_false_alarm(&self) -> f64 {
        MONTH_DAYS * self.subjects() * MEASURES * 2.0 / self.settings.false_alarms_per_month
    }

    /// Subjects that are compared: each may be the one that chance hits.
    fn subjects(&self) -> f64 {
        self.known.len().max(1) as f64
    }

    fn is_watched(&self, hour: Hour) -> bool {
        self.watched.at(hour).is_some_and(|count| count > 0)
    }

    /// What is learned up to the hour in which `now` lies.
    pub fn learned(&mut self, now: EventTime) -> Vec<Normal> {
        let hour = Hour::of(now);
        let slots = self.known.slots();
        let normal = |measure, subject: Subject, history: &History| {
            let (begins, hours) = history.state();
            Normal { measure, subject, begins: begins.0, hours }
        };
        let mut normals = Vec::with_capacity(slots.len() + 1);
        for slot in slots {
            let known = &mut self.known[slot];
            known.go_to(hour);
            if let Some(subject) = known.subject.clone() {
                normals.push(normal(self.measure, subject, &known.history));
            }
        }
        normals
    }

    /// Takes back what [`Normals::learned`] gave; what others count is left out.
    pub fn teach(&mut self, normals: &[Normal]) {
        for normal in normals {
            let history = History::restore(Hour(normal.begins), normal.hours.clone());
            let Some(last) = history.last() else { continue };
            if normal.measure == Measure::Lines {
                self.watched = history;
            } else if normal.measure == self.measure
                && self.kinds.contains(&normal.subject.kind)
                && let Some(whose) = Whose::of(&normal.subject)
            {
                let slot = self.known.find_or_insert(whose, last.time());
                self.known[slot] =
                    Known { subject: Some(normal.subject.clone()), history, ..Known::default() };
            }
        }
    }

    /// Somebody says something of what was learned. What was approved is judged from today on by what is usual with it.
    pub fn rule(&mut self, ruling: &Ruling) {
        for slot in self.known.slots() {
            let known = &mut self.known[slot];
            if known.subject.as_ref().is_some_and(|subject| ruling.about.names(subject)) {
                match ruling.verb {
                    Verb::Approve => known.approve(),
                    Verb::Forget => self.known.remove(slot),
                }
            }
        }
    }

    /// Hours in which there was a log, to be kept once for all measures.
    pub fn watched_hours(&self) -> Normal {
        let (begins, hours) = self.watched.state();
        Normal { measure: Measure::Lines, subject: Subject::site(), begins: begins.0, hours }
    }

    /// What is counted and not learned yet.
    pub fn state(&self) -> State {
        let open = |slot: Slot| {
            let known = &self.known[slot];
            Some((self.known.key(slot), known.subject.clone()?, known.now))
        };
        State(self.known.slots().into_iter().filter_map(open).collect())
    }

    /// Takes back what is counted and not learned yet, behind [`Normals::teach`]. What is learned by now does not count again.
    pub fn restore(&mut self, state: State) {
        for (whose, subject, now) in state.0 {
            let Some(hour) = now.hour else { continue };
            let slot = self.known.find_or_insert(whose, hour.time());
            let known = &mut self.known[slot];
            known.subject.get_or_insert(subject);
            known.now = now;
        }
    }
}

impl Known {
    fn approve(&mut self) {
        self.history.approve(self.now.is_excluded);
        self.now.is_excluded = false;
        self.now.rise = Rise::default();
        if let Some(hour) = self.now.hour {
            self.now.rise.skip_to(hour.day());
        }
        (self.hour, self.day, self.varies) = (None, None, None);
    }

    /// An hour begins, and the one before is over. What is late belongs to the hour that is under way. An hour that was
    /// learned by an earlier run is not learned again.
    fn go_to(&mut self, hour: Hour) {
        let under_way = *self.now.hour.get_or_insert(hour);
        if hour > under_way {
            let count = Hourly::new(self.now.count);
            self.history.push(under_way, if self.now.is_excluded { count.excluded() } else { count });
            (self.now.hour, self.now.count, self.now.is_excluded) = (Some(hour), 0, false);
        }
    }
}

/// Says what was counted, and what is usual: `240 in this hour; usual for it: 3 to 9`.
impl fmt::Display for Unusual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = self.range();
        match self.days {
            0 => write!(f, "{} in this hour; usual for it: {usual}", thousands(self.count)),
            1 => write!(f, "{} today so far; usual for the whole day: {usual}", thousands(self.count)),
            days => write!(f, "{} in {days} days; usual for one of them: {usual}", thousands(self.count)),
        }
    }
}
