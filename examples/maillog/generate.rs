//! The loop: background arrivals at the pace of the rhythm, attacks and returns at their times, and every line written
//! and counted when its time has come.
//!
//! A server with several logs plays its world once, in one order of time, and each line goes into the file of the
//! program that says it. So what several files tell of one message agrees, and all of them end at the same moment.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};

use crate::clock::{HOUR, MINUTE, Micros, Rhythm};
use crate::episodes::{self, Episode};
use crate::layout::Sheet;
use crate::noise::Noise;
use crate::random::Random;
use crate::server::Server;
use crate::timeline::{Line, Timeline};
use crate::traffic::{Traffic, World};
use crate::truth::Truth;
use crate::visit::Visit;

/// What to write.
pub(crate) struct Plan {
    pub(crate) size: u64,
    pub(crate) seed: u64,
    pub(crate) start: Micros,
    pub(crate) span: Micros,
    pub(crate) world: World,
    pub(crate) in_flight: u32,
    pub(crate) attacks: bool,
}

/// Arrivals that are noise of other programs, in thousandths.
pub(crate) const NOISE: u32 = 360;
/// Bytes of log for each message, all other lines included, about.
const MESSAGE_BYTES: f64 = 2000.0;
/// Bytes that an arrival costs, about; measured while writing.
const ARRIVAL_BYTES: u64 = 950;

/// Visits that wait for their time.
#[derive(Default)]
pub(crate) struct Waiting {
    order: BinaryHeap<Reverse<(Micros, u32)>>,
    visits: Vec<Option<Visit>>,
    free: Vec<u32>,
}

impl Waiting {
    pub(crate) fn push(&mut self, at: Micros, visit: Visit) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.visits.push(None);
            self.visits.len() as u32 - 1
        });
        self.visits[slot as usize] = Some(visit);
        self.order.push(Reverse((at, slot)));
    }

    pub(crate) fn next(&mut self, until: Micros) -> Option<(Micros, Visit)> {
        let &Reverse((at, slot)) = self.order.peek()?;
        if at > until {
            return None;
        }
        self.order.pop();
        self.free.push(slot);
        self.visits[slot as usize].take().map(|visit| (at, visit))
    }
}

/// Writes and counts lines until the files are full.
struct Writer<W> {
    files: Vec<(Sheet, W)>,
    truth: Truth,
    size: u64,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Writes a line, unless it would not fit any more: then the files are complete, and the answer is false.
    fn write(&mut self, at: Micros, line: &Line) -> io::Result<bool> {
        let of = |(sheet, _): &&mut (Sheet, W)| sheet.of.is_none_or(|of| of == line.process.program);
        let Some((sheet, out)) = self.files.iter_mut().find(of) else { return Ok(true) };
        let buffer = &mut self.buffer;
        buffer.clear();
        sheet.layout.write(at, line, buffer);
        if self.truth.bytes() + buffer.len() as u64 > self.size {
            return Ok(false);
        }
        out.write_all(buffer)?;
        self.truth.count(at, line, buffer);
        Ok(true)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.files.iter_mut().try_for_each(|(_, out)| out.flush())
    }
}

/// Writes the log into `files`; what is true of all of them together, and the attacks that were planned.
pub(crate) fn run<W: Write>(
    plan: &Plan,
    server: &mut dyn Server,
    files: Vec<(Sheet, W)>,
) -> io::Result<(Truth, Vec<Episode>)> {
    let &Plan { size, seed, start, span, world, in_flight, attacks } = plan;
    let rounds = if attacks { episodes::rounds(size, span) } else { 0 };
    let mut planned = episodes::plan(seed, start, span, rounds, world.domains);
    for episode in &mut planned {
        let due = std::mem::take(&mut episode.due);
        episode.due = due.into_iter().filter_map(|due| server.owes(due)).collect();
    }
    // What the attacks still to come will take.
    let mut reserved: u64 =
        planned.iter().flat_map(|episode| &episode.visits).map(|(_, visit)| server.bytes(visit)).sum();
    let mut waiting = Waiting::default();
    let mut traffic = Traffic::new(seed, world);
    // The mean wait is half the longest (Little's law: messages in the queue = their rate times their stay).
    let messages = size as f64 / MESSAGE_BYTES;
    let wait = 2.0 * f64::from(in_flight) * (span as f64 / messages.max(1.0));
    traffic.longest_wait = (wait as Micros).min(span / 2);
    let is_shared = files.iter().any(|(sheet, _)| sheet.layout.is_shared());
    let noise_share = if is_shared { NOISE } else { 0 };
    let mut noise = Noise::new(seed);
    let rhythm = Rhythm::new(start, span);
    let mut random = Random::new(seed, 0x6E4);
    let mut timeline = Timeline::of(files.iter().map(|(sheet, _)| sheet.of).collect());
    let mut writer = Writer { files, truth: Truth::default(), size, buffer: Vec::with_capacity(1024) };
    let (mut now, mut arrivals, mut next_episode) = (start, 0_u64, 0_usize);
    let least = size as f64 / ARRIVAL_BYTES as f64 / (span / HOUR) as f64;
    let (mut next_housekeeping, mut has_started) = (start + 10 * MINUTE, false);
    loop {
        // The pace follows what is still to be written, by the cost of an arrival so far; it never dies down.
        let line = (writer.truth.bytes() + 130) / (writer.truth.lines() + 1);
        let said = writer.truth.bytes() + line * timeline.waiting() as u64;
        let cost = (said + 1000 * ARRIVAL_BYTES) as f64 / (arrivals + 1000) as f64;
        let gap = rhythm.gap(now, (size.saturating_sub(said + reserved) as f64 / cost).max(least));
        let arrival = now + ((gap * random.exponential()) as Micros).max(1);
        while let Some(episode) = planned.get_mut(next_episode).filter(|episode| episode.begin <= arrival) {
            for (at, visit) in std::mem::take(&mut episode.visits) {
                reserved = reserved.saturating_sub(server.bytes(&visit));
                waiting.push(at, visit);
            }
            next_episode += 1;
        }
        while let Some((at, visit)) = waiting.next(arrival) {
            server.visit(&visit, at, &mut timeline);
        }
        while next_housekeeping <= arrival {
            next_housekeeping = if has_started {
                server.housekeeping(next_housekeeping, &mut timeline)
            } else {
                server.started(next_housekeeping, &mut timeline)
            };
            has_started = true;
        }
        while let Some((at, line)) = timeline.next(arrival) {
            if !writer.write(at, line)? {
                writer.flush()?;
                return Ok((writer.truth, planned));
            }
        }
        now = arrival;
        arrivals += 1;
        if random.permille(noise_share) {
            noise.make(now, &mut timeline);
        } else {
            let (visit, later) = traffic.visit(now);
            server.visit(&visit, now, &mut timeline);
            if let Some((at, visit)) = later {
                waiting.push(at, visit);
            }
        }
    }
}
