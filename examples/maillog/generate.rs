//! A log of a wanted size: attacks are planned, the pace of everyday traffic follows what is still to be written, and
//! every line is counted.

use std::io::{self, Write};

use crate::maillog::cost;
use crate::maillog::episodes::{self, Episode};
use crate::maillog::rhythm::Rhythm;
use crate::maillog::truth::Truth;
use crate::simulation::clock::{HOUR, Micros};
use crate::simulation::layout::Sheet;
use crate::simulation::play::{Director, Play};
use crate::simulation::server::{QueueIdStyle, ServerName};
use crate::simulation::timeline::Line;
use crate::simulation::traffic::{Traffic, World};

/// What to write.
pub(crate) struct Plan {
    pub(crate) server: ServerName,
    pub(crate) queue_ids: QueueIdStyle,
    pub(crate) size: u64,
    pub(crate) seed: u64,
    pub(crate) start: Micros,
    pub(crate) span: Micros,
    pub(crate) world: World,
    pub(crate) in_flight: u32,
    pub(crate) attacks: bool,
}

/// Bytes of log for each message, all other lines included, about.
const MESSAGE_BYTES: f64 = 2000.0;
/// Bytes that an arrival costs, about; measured while writing.
const ARRIVAL_BYTES: u64 = 950;

/// Writes the log into `files`; what is true of all of them together, and the attacks that were planned.
pub(crate) fn run<W: Write>(plan: &Plan, files: Vec<(Sheet, W)>) -> io::Result<(Truth, Vec<Episode>)> {
    let &Plan { server: name, queue_ids, size, seed, start, span, world, in_flight, attacks } = plan;
    let server = name.start(seed, queue_ids);
    let rounds = if attacks { episodes::rounds(size, span) } else { 0 };
    let mut episodes = episodes::plan(seed, start, span, rounds, world.domains);
    let (mut planned, mut to_come) = (Vec::new(), Vec::new());
    for episode in &mut episodes {
        let due = std::mem::take(&mut episode.due);
        episode.due = due.into_iter().filter_map(|due| server.owes(due)).collect();
        let cost = episode.visits.iter().map(|(_, visit)| cost::bytes(name, visit)).sum();
        to_come.push((episode.begin, cost));
        planned.append(&mut episode.visits);
    }
    to_come.reverse();
    let mut traffic = Traffic::new(seed, world);
    // The mean wait is half the longest (Little's law: messages in the queue = their rate times their stay).
    let messages = size as f64 / MESSAGE_BYTES;
    let wait = 2.0 * f64::from(in_flight) * (span as f64 / messages.max(1.0));
    traffic.longest_wait = (wait as Micros).min(span / 2);
    let mut pace = Pace {
        size,
        rhythm: Rhythm::new(start, span),
        least: size as f64 / ARRIVAL_BYTES as f64 / (span / HOUR) as f64,
        reserved: to_come.iter().map(|(_, cost)| cost).sum(),
        to_come,
        arrivals: 0,
        truth: Truth::default(),
    };
    Play { seed, start, server, traffic, planned }.run(files, &mut pace)?;
    Ok((pace.truth, episodes))
}

/// Counts what is written, and sees to it that it becomes so much by the end.
struct Pace {
    size: u64,
    rhythm: Rhythm,
    /// Arrivals in an hour, at least.
    least: f64,
    /// When attacks still to come begin, the last first, and the bytes that each will take.
    to_come: Vec<(Micros, u64)>,
    /// What all of them will take.
    reserved: u64,
    arrivals: u64,
    truth: Truth,
}

impl Director for Pace {
    /// The pace follows what is still to be written, by the cost of an arrival so far; it never dies down.
    fn gap(&mut self, now: Micros, waiting: usize) -> f64 {
        while let Some((_, cost)) = self.to_come.pop_if(|(begin, _)| *begin <= now) {
            self.reserved -= cost;
        }
        let line = (self.truth.bytes() + 130) / (self.truth.lines() + 1);
        let said = self.truth.bytes() + line * waiting as u64;
        let cost = (said + 1000 * ARRIVAL_BYTES) as f64 / (self.arrivals + 1000) as f64;
        self.arrivals += 1;
        let left = self.size.saturating_sub(said + self.reserved) as f64;
        self.rhythm.gap(now, (left / cost).max(self.least))
    }

    fn takes(&mut self, at: Micros, line: &Line, text: &[u8]) -> bool {
        let has_room = self.truth.bytes() + text.len() as u64 <= self.size;
        if has_room {
            self.truth.count(at, line, text);
        }
        has_room
    }
}
