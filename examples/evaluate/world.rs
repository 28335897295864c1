//! A small mail server and some weeks of its life.

use crate::evaluate::attacks::{Cell, LONGEST, cells};
use crate::evaluate::innocent;
use crate::evaluate::story::Story;
use crate::simulation::clock::{DAY, HOUR, Micros, SECOND, level};
use crate::simulation::random::Random;
use crate::simulation::server::ServerName;
use crate::simulation::traffic;

/// The servers, each with all the logs it writes.
pub(crate) const SERVERS: [ServerName; 5] =
    [ServerName::Postfix, ServerName::Sendmail, ServerName::Exim, ServerName::Exchange, ServerName::Iis];

/// Monday, 2 March 2026, midnight.
pub(crate) const START: Micros = 1_772_409_600 * SECOND;
/// Between the end of an attack and the beginning of the next. What fires again within six hours is the same alert.
const BETWEEN: Micros = 6 * HOUR;
/// One world in so many has no attack: what is false there is false beyond doubt.
const QUIET: u32 = 4;
/// A holiday: so many days after the beginning of the third week.
const HOLIDAY: Micros = 3;
/// Parts of a thousand of a working day's traffic that a holiday has.
const HOLIDAY_PERMILLE: i64 = 250;

pub(crate) struct World {
    pub(crate) server: ServerName,
    pub(crate) seed: u64,
    /// Its place among all worlds.
    pub(crate) place: usize,
    pub(crate) weeks: u32,
    pub(crate) stories: Vec<Story>,
    /// Visits on a day, on average.
    pub(crate) visits_a_day: u32,
}

/// How large the rest of the world is, seen from a small server.
pub(crate) const OUTSIDE: traffic::World = traffic::World { sources: 6000, domains: 3000 };

impl World {
    pub(crate) fn new(server: ServerName, seed: u64, place: usize, weeks: u32) -> Self {
        // The seeds of a half are every other number.
        let number = (seed / 2) as u32;
        let attacks =
            if number % QUIET == QUIET - 1 { Vec::new() } else { dealt(server, seed, number, weeks) };
        Self::with(server, seed, place, weeks, &attacks)
    }

    /// One with these attacks, in this order.
    pub(crate) fn with(server: ServerName, seed: u64, place: usize, weeks: u32, attacks: &[Cell]) -> Self {
        // No two servers of a seed have the same world.
        let seed_of_world = seed * 1000 + server as u64;
        let mut random = Random::new(seed_of_world, 0x3041D);
        let visits_a_day = random.between(300, 2000);
        let mut stories = innocent::stories(seed_of_world, START, weeks);
        for (index, &(attack, strength)) in (0..).zip(attacks) {
            let begin =
                first(weeks) + Micros::from(index) * (LONGEST + BETWEEN) + random.millis(0, 3_600_000);
            stories.push(attack.story(strength, (seed_of_world, index), begin, server, OUTSIDE.domains));
        }
        Self { server, seed, place, weeks, stories, visits_a_day }
    }

    pub(crate) fn end(&self) -> Micros {
        START + Micros::from(self.weeks) * 7 * DAY
    }

    /// The mean distance between two arrivals at `at`, in microseconds.
    pub(crate) fn gap(&self, at: Micros) -> f64 {
        let is_holiday = (at - START) / DAY == 14 + HOLIDAY;
        let level = level(at) * if is_holiday { HOLIDAY_PERMILLE } else { 1000 };
        let week: i64 = (0..7 * 24).map(|hour| crate::simulation::clock::level(START + hour * HOUR)).sum();
        let mean = week as f64 * 1000.0 / (7.0 * 24.0);
        DAY as f64 / f64::from(self.visits_a_day) * mean / level as f64
    }
}

/// When attacks begin: what is usual must have been seen by then.
fn first(weeks: u32) -> Micros {
    START + if weeks >= 4 { 7 * DAY + 12 * HOUR } else { Micros::from(weeks) * 2 * DAY }
}

/// How many attacks there is time for.
pub(crate) fn slots(weeks: u32) -> usize {
    let left = START + Micros::from(weeks) * 7 * DAY - first(weeks);
    usize::try_from((left - 2 * HOUR) / (LONGEST + BETWEEN)).unwrap_or_default()
}

/// The attacks of the world of this number. All that a server can tell are dealt out in turn, so that each of them
/// comes as often as any other.
fn dealt(server: ServerName, seed: u64, number: u32, weeks: u32) -> Vec<Cell> {
    let mut deck: Vec<Cell> = cells().filter(|(attack, _)| !attack.untold_by.contains(&server)).collect();
    // The halves of the seeds have each their own order.
    let mut random = Random::new(server as u64, 0xDECC + seed % 2);
    for place in (1..deck.len()).rev() {
        deck.swap(place, random.below(place as u32 + 1) as usize);
    }
    let played = number - number / QUIET;
    let first = played as usize * slots(weeks);
    (first..first + slots(weeks)).map(|card| deck[card % deck.len()]).collect()
}
