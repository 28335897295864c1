//! The loop: background arrivals at a given pace, planned visits and returns at their times, and every line written when
//! its time has come.
//!
//! A server with several logs plays its world once, in one order of time, and each line goes into the file of the
//! program that says it. So what several files tell of one message agrees, and all of them end at the same moment.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};

use crate::simulation::clock::{MINUTE, Micros};
use crate::simulation::layout::Sheet;
use crate::simulation::noise::Noise;
use crate::simulation::random::Random;
use crate::simulation::server::Server;
use crate::simulation::timeline::{Line, Timeline};
use crate::simulation::traffic::Traffic;
use crate::simulation::visit::Visit;

/// Arrivals that are noise of other programs, in thousandths.
const NOISE: u32 = 360;

/// What happens.
pub(crate) struct Play {
    pub(crate) seed: u64,
    pub(crate) start: Micros,
    pub(crate) server: Box<dyn Server>,
    /// Everyday traffic.
    pub(crate) traffic: Traffic,
    /// What happens besides.
    pub(crate) planned: Vec<(Micros, Visit)>,
}

/// Who decides how it goes on, and when it is over.
pub(crate) trait Director {
    /// The mean distance between two arrivals at `now`, in microseconds; so many lines are said and wait for their time.
    fn gap(&mut self, now: Micros, waiting: usize) -> f64;

    /// What else befalls a visit that begins at `at`.
    fn befall(&self, _at: Micros, _visit: &mut Visit) {}

    /// Whether `line` is still written, which its file will have as `text`. If not, the log is complete.
    fn takes(&mut self, at: Micros, line: &Line, text: &[u8]) -> bool;
}

impl Play {
    /// Writes the log into `files`.
    pub(crate) fn run<W: Write>(
        self,
        mut files: Vec<(Sheet, W)>,
        director: &mut impl Director,
    ) -> io::Result<()> {
        let Self { seed, start, mut server, mut traffic, planned } = self;
        let mut waiting = Waiting::default();
        for (at, visit) in planned {
            waiting.push(at, visit);
        }
        let is_shared = files.iter().any(|(sheet, _)| sheet.layout.is_shared());
        let noise_share = if is_shared { NOISE } else { 0 };
        let (mut noise, mut random) = (Noise::new(seed), Random::new(seed, 0x6E4));
        let mut timeline = Timeline::of(files.iter().map(|(sheet, _)| sheet.of).collect());
        let mut buffer = Vec::with_capacity(1024);
        let (mut next_housekeeping, mut has_started) = (start + 10 * MINUTE, false);
        let mut now = start;
        loop {
            let gap = director.gap(now, timeline.waiting());
            now += ((gap * random.exponential()) as Micros).max(1);
            while let Some((at, mut visit)) = waiting.next(now) {
                director.befall(at, &mut visit);
                server.visit(&visit, at, &mut timeline);
            }
            while next_housekeeping <= now {
                next_housekeeping = if has_started {
                    server.housekeeping(next_housekeeping, &mut timeline)
                } else {
                    server.started(next_housekeeping, &mut timeline)
                };
                has_started = true;
            }
            while let Some((at, line)) = timeline.next(now) {
                let is_of =
                    |(sheet, _): &&mut (Sheet, W)| sheet.of.is_none_or(|of| of == line.process.program);
                let Some((sheet, out)) = files.iter_mut().find(is_of) else { continue };
                buffer.clear();
                sheet.layout.write(at, line, &mut buffer);
                if !director.takes(at, line, &buffer) {
                    return files.iter_mut().try_for_each(|(_, out)| out.flush());
                }
                out.write_all(&buffer)?;
            }
            if random.permille(noise_share) {
                noise.make(now, &mut timeline);
                continue;
            }
            let (mut visit, later) = traffic.visit(now);
            director.befall(now, &mut visit);
            server.visit(&visit, now, &mut timeline);
            if let Some((at, visit)) = later {
                waiting.push(at, visit);
            }
        }
    }
}

/// Visits that wait for their time.
#[derive(Default)]
struct Waiting {
    order: BinaryHeap<Reverse<(Micros, u32)>>,
    visits: Vec<Option<Visit>>,
    free: Vec<u32>,
}

impl Waiting {
    fn push(&mut self, at: Micros, visit: Visit) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.visits.push(None);
            self.visits.len() as u32 - 1
        });
        self.visits[slot as usize] = Some(visit);
        self.order.push(Reverse((at, slot)));
    }

    fn next(&mut self, until: Micros) -> Option<(Micros, Visit)> {
        let &Reverse((at, slot)) = self.order.peek()?;
        if at > until {
            return None;
        }
        self.order.pop();
        self.free.push(slot);
        self.visits[slot as usize].take().map(|visit| (at, visit))
    }
}
