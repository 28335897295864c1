//! What was heard, against what is true.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

use relaywatch::model::{Severity, Subject};

use crate::evaluate::attacks::{ATTACKS, Attack, Pace};
use crate::evaluate::rules::RULES;
use crate::evaluate::run::Heard;
use crate::evaluate::story::{Story, What};
use crate::evaluate::world::{OUTSIDE, World};
use crate::simulation::clock::{DAY, HOUR, Micros, SECOND};
use crate::simulation::server::ServerName;
use crate::simulation::traffic;

/// More scanners than come in a world: no more than one in five minutes.
const SCANNERS: u32 = 10_000;

/// After how much of an attack something was heard: lines that tell of it, and seconds from the first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delay {
    pub(crate) lines: u64,
    pub(crate) seconds: i64,
}

/// The attacks of one kind and strength.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) attacks: u64,
    /// Heard of in any severity.
    pub(crate) told: Vec<Delay>,
    /// Heard of in the severity that makes an administrator act.
    pub(crate) alarmed: Vec<Delay>,
    /// How many there were, and how many of them led to such an alert, by pace.
    pub(crate) by_pace: [(u64, u64); Pace::ALL.len()],
    /// By each of the rules.
    pub(crate) by_rule: [Vec<Delay>; RULES.len()],
}

impl Tally {
    fn take(&mut self, other: &Self) {
        self.attacks += other.attacks;
        self.told.extend(&other.told);
        self.alarmed.extend(&other.alarmed);
        for (own, others) in self.by_pace.iter_mut().zip(&other.by_pace) {
            *own = (own.0 + others.0, own.1 + others.1);
        }
        for (own, others) in self.by_rule.iter_mut().zip(&other.by_rule) {
            own.extend(others);
        }
    }

    pub(crate) fn recall(&self, heard: &[Delay]) -> f64 {
        if self.attacks == 0 { f64::NAN } else { heard.len() as f64 / self.attacks as f64 }
    }
}

/// An attack of which nobody was told in the severity that is needed.
pub(crate) struct Missed {
    pub(crate) server: ServerName,
    pub(crate) seed: u64,
    pub(crate) attack: &'static Attack,
    pub(crate) strength: u32,
    pub(crate) pace: &'static str,
    pub(crate) way: &'static str,
    /// It was told of in a lesser one.
    pub(crate) was_told: bool,
    pub(crate) lines: usize,
    pub(crate) minutes: i64,
    pub(crate) due: String,
}

/// An alert of a `warning` and more about no attack.
pub(crate) struct FalseAlarm {
    pub(crate) server: ServerName,
    pub(crate) seed: u64,
    pub(crate) detector: String,
    pub(crate) subject: Subject,
    pub(crate) title: String,
    pub(crate) summary: String,
    /// What innocent story was going on.
    pub(crate) beside: Vec<&'static str>,
}

/// Alerts of a detector, or alarms of a rule.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Claims {
    pub(crate) right: u64,
    pub(crate) wrong: u64,
    /// About something innocent that is as the alert says: a domain whose mail still comes, a provider that is down.
    pub(crate) so: u64,
    /// `info` about no attack.
    pub(crate) noted: u64,
}

impl Claims {
    /// The part of all claims about attacks that were about one.
    pub(crate) fn precision(self) -> f64 {
        if self.right + self.wrong == 0 {
            f64::NAN
        } else {
            self.right as f64 / (self.right + self.wrong) as f64
        }
    }
}

/// All of it.
pub(crate) struct Score {
    pub(crate) variant: &'static str,
    pub(crate) worlds: u64,
    pub(crate) days: u64,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    /// By kind and strength.
    pub(crate) cells: BTreeMap<(usize, u32), Tally>,
    /// By detector.
    pub(crate) claims: BTreeMap<String, Claims>,
    pub(crate) rule_claims: [Claims; RULES.len()],
    /// What the wrong ones were about.
    pub(crate) rule_wrong: [BTreeMap<&'static str, u64>; RULES.len()],
    pub(crate) missed: Vec<Missed>,
    pub(crate) false_alarms: Vec<FalseAlarm>,
    /// Attacks that left no line in a log, by kind and server: nobody can see them.
    pub(crate) unlogged: BTreeMap<(usize, String), u64>,
}

impl Score {
    pub(crate) fn new(variant: &'static str) -> Self {
        Self {
            variant,
            worlds: 0,
            days: 0,
            lines: 0,
            bytes: 0,
            cells: BTreeMap::new(),
            claims: ATTACKS.iter().map(|attack| (attack.detector.to_owned(), Claims::default())).collect(),
            rule_claims: Default::default(),
            rule_wrong: Default::default(),
            missed: Vec::new(),
            false_alarms: Vec::new(),
            unlogged: BTreeMap::new(),
        }
    }

    /// Months of a server's life, of 30 days.
    pub(crate) fn months(&self) -> f64 {
        self.days as f64 / 30.0
    }

    /// Attacks that could be seen.
    pub(crate) fn attacks(&self) -> u64 {
        self.cells.values().map(|tally| tally.attacks).sum()
    }

    /// All attacks of these kinds from the strength on at which an administrator acts.
    pub(crate) fn acted_on(&self, is_meant: impl Fn(&Attack) -> bool) -> Tally {
        let mut sum = Tally::default();
        for (&(kind, strength), tally) in &self.cells {
            if is_meant(&ATTACKS[kind]) && strength >= ATTACKS[kind].act {
                sum.take(tally);
            }
        }
        sum
    }

    pub(crate) fn add(&mut self, world: &World, heard: &Heard) {
        self.worlds += 1;
        self.days += u64::from(world.weeks) * 7;
        self.lines += heard.lines;
        self.bytes += heard.bytes;
        let alarms: Vec<_> = RULES.iter().map(|rule| rule.alarms(&heard.hits)).collect();
        for story in &world.stories {
            let What::Attack(attack, strength, pace) = story.what else { continue };
            let kind = ATTACKS.iter().position(|known| known.name == attack.name).unwrap_or_default();
            if story.lines.is_empty() || story.due.is_empty() {
                *self.unlogged.entry((kind, format!("{:?}", world.server))).or_default() += 1;
                continue;
            }
            let told = first(story, heard, attack, Severity::Info);
            let alarmed = first(story, heard, attack, attack.needs);
            let tally = self.cells.entry((kind, strength)).or_default();
            tally.attacks += 1;
            let of_pace = &mut tally.by_pace[pace as usize];
            *of_pace = (of_pace.0 + 1, of_pace.1 + u64::from(alarmed.is_some()));
            tally.told.extend(told);
            tally.alarmed.extend(alarmed);
            for (alarms, caught) in alarms.iter().zip(&mut tally.by_rule) {
                let is_about = |alarm: &&crate::evaluate::rules::Alarm| {
                    story.sources.contains(&alarm.source) && story.is_recent(alarm.at)
                };
                caught.extend(alarms.iter().find(is_about).map(|alarm| delay(story, alarm.at)));
            }
            if alarmed.is_none() {
                let (begin, end) = story.span().unwrap_or_default();
                let due = story.due.first();
                self.missed.push(Missed {
                    server: world.server,
                    seed: world.seed,
                    attack,
                    strength,
                    pace: pace.name(),
                    way: story.way,
                    was_told: told.is_some(),
                    lines: story.lines.len(),
                    minutes: (end - begin) / SECOND / 60,
                    due: due.map(|due| format!("{} {}", due.kind, due.value)).unwrap_or_default(),
                });
            }
        }
        // Whoever asks once or twice for relaying is no attack of anybody's, but no mistake either.
        let scanners: HashSet<IpAddr> =
            (1..=SCANNERS).map(|number| traffic::scanner(number, OUTSIDE.domains).address).collect();
        let of_rules = self.rule_claims.iter_mut().zip(&mut self.rule_wrong);
        for (alarms, (claims, wrong)) in alarms.iter().zip(of_rules) {
            // What comes again within six hours is one alert of relaywatch's, so here it is one alarm.
            let mut last: HashMap<IpAddr, Micros> = HashMap::new();
            for alarm in alarms {
                let before = last.insert(alarm.source, alarm.at);
                if before.is_some_and(|before| alarm.at - before < 6 * HOUR) {
                    continue;
                }
                let about = |story: &&Story| story.sources.contains(&alarm.source) && near(story, alarm.at);
                if world.stories.iter().filter(about).any(Story::is_attack) {
                    claims.right += 1;
                } else if scanners.contains(&alarm.source) {
                    claims.so += 1;
                } else {
                    claims.wrong += 1;
                    let story = world.stories.iter().find(about).map(|story| story.what);
                    let of = match story {
                        Some(What::Innocent(about)) => about,
                        _ => "everyday traffic",
                    };
                    *wrong.entry(of).or_default() += 1;
                }
            }
        }
        self.claims(world, heard);
    }

    /// Weighs what relaywatch claims.
    fn claims(&mut self, world: &World, heard: &Heard) {
        for alert in &heard.alerts {
            let explains = |story: &&Story| story.explains(alert);
            let explained = world.stories.iter().filter(explains).map(Story::is_attack).reduce(|a, b| a || b);
            let claims = self.claims.entry(alert.detector.clone()).or_default();
            match (explained, alert.severity >= Severity::Warning) {
                (Some(true), true) => claims.right += 1,
                (Some(false), true) => claims.so += 1,
                (Some(_), false) => {}
                (None, false) => claims.noted += 1,
                (None, true) => {
                    claims.wrong += 1;
                    let now = alert.started_at.micros();
                    let beside = world.stories.iter().filter(|story| story.is_recent(now));
                    self.false_alarms.push(FalseAlarm {
                        server: world.server,
                        seed: world.seed,
                        detector: alert.detector.clone(),
                        subject: alert.subject.clone(),
                        title: alert.title.clone(),
                        summary: alert.summary.clone(),
                        beside: beside
                            .map(|story| match story.what {
                                What::Attack(attack, ..) => attack.name,
                                What::Innocent(about) => about,
                            })
                            .collect(),
                    });
                }
            }
        }
    }
}

/// Whether an alarm at `at` may be about `story`: within a day of it.
fn near(story: &Story, at: Micros) -> bool {
    story.span().is_some_and(|(begin, end)| (begin..=end + DAY).contains(&at))
}

/// When the alert that is due for `story` was first as grave as `severity`.
fn first(story: &Story, heard: &Heard, attack: &Attack, severity: Severity) -> Option<Delay> {
    let said = heard.said.iter().find(|said| {
        said.detector == attack.detector
            && said.severity >= severity
            && story.is_recent(said.at)
            && story.is_due(said.detector, &said.subject)
    })?;
    Some(delay(story, said.at))
}

fn delay(story: &Story, at: Micros) -> Delay {
    // Some logs have no parts of seconds.
    let at = at / SECOND;
    let begin = story.lines.first().map_or(at, |first| first / SECOND);
    let lines = story.lines.partition_point(|&line| line / SECOND <= at) as u64;
    Delay { lines, seconds: (at - begin).max(0) }
}
