//! The loop: background arrivals at the pace of the rhythm, attacks and returns at their times, and every line written
//! and counted when its time has come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};

use crate::clock::{HOUR, MINUTE, Micros, Rhythm, Stamper, Stamps};
use crate::episodes::{self, Episode};
use crate::names;
use crate::noise::Noise;
use crate::random::Random;
use crate::timeline::{Line, Timeline};
use crate::traffic::{Traffic, World};
use crate::truth::Truth;
use crate::visit::{Server, Visit};

/// What to write.
pub(crate) struct Plan {
    pub(crate) size: u64,
    pub(crate) seed: u64,
    pub(crate) stamps: Stamps,
    pub(crate) start: Micros,
    pub(crate) span: Micros,
    pub(crate) world: World,
    pub(crate) in_flight: u32,
    pub(crate) attacks: bool,
}

/// Arrivals that are noise of other programs, in thousandths.
const NOISE: u32 = 360;
/// Bytes of log for each message, all other lines included, about.
const MESSAGE_BYTES: f64 = 2000.0;
/// Bytes that an arrival costs, about; measured while writing.
const ARRIVAL_BYTES: u64 = 950;

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

/// Writes and counts lines until the file is full.
struct Writer<W> {
    out: W,
    stamper: Stamper,
    truth: Truth,
    size: u64,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Writes a line, unless it would not fit any more: then the file is complete, and the answer is false.
    fn write(&mut self, at: Micros, line: &Line) -> io::Result<bool> {
        let buffer = &mut self.buffer;
        buffer.clear();
        self.stamper.write(at, buffer);
        buffer.push(b' ');
        buffer.extend_from_slice(names::HOST.as_bytes());
        buffer.push(b' ');
        buffer.extend_from_slice(line.process.program.as_bytes());
        if line.process.pid > 0 {
            write!(buffer, "[{}]", line.process.pid)?;
        }
        buffer.extend_from_slice(b": ");
        buffer.extend_from_slice(line.text.as_bytes());
        buffer.push(b'\n');
        if self.truth.bytes() + buffer.len() as u64 > self.size {
            return Ok(false);
        }
        self.out.write_all(buffer)?;
        self.truth.count(at, line, buffer.len());
        Ok(true)
    }
}

/// Writes the log; what is true of it, and the attacks that were planned.
pub(crate) fn run(
    plan: &Plan,
    mut server: impl Server,
    out: impl Write,
) -> io::Result<(Truth, Vec<Episode>)> {
    let Plan { size, seed, stamps, start, span, world, in_flight, attacks } = *plan;
    let rounds = if attacks { episodes::rounds(size, span) } else { 0 };
    let mut planned = episodes::plan(seed, start, span, rounds, world.domains);
    // What the attacks still to come will take.
    let mut reserved: u64 =
        planned.iter().flat_map(|episode| &episode.visits).map(|(_, visit)| visit.bytes()).sum();
    let mut waiting = Waiting::default();
    let mut traffic = Traffic::new(seed, world);
    // The mean wait is half the longest (Little's law: messages in the queue = their rate times their stay).
    let messages = size as f64 / MESSAGE_BYTES;
    let wait = 2.0 * f64::from(in_flight) * (span as f64 / messages.max(1.0));
    traffic.longest_wait = (wait as Micros).min(span / 2);
    let mut noise = Noise::new(seed);
    let rhythm = Rhythm::new(start, span);
    let mut random = Random::new(seed, 0x6E4);
    let mut timeline = Timeline::default();
    let mut writer = Writer {
        out,
        stamper: Stamper::new(stamps),
        truth: Truth::default(),
        size,
        buffer: Vec::with_capacity(1024),
    };
    let (mut now, mut arrivals, mut next_episode) = (start, 0_u64, 0_usize);
    let least = size as f64 / ARRIVAL_BYTES as f64 / (span / HOUR) as f64;
    let mut next_housekeeping = start + 10 * MINUTE;
    loop {
        // The pace follows what is still to be written, by the cost of an arrival so far; it never dies down.
        let line = (writer.truth.bytes() + 130) / (writer.truth.lines() + 1);
        let said = writer.truth.bytes() + line * timeline.waiting() as u64;
        let cost = (said + 1000 * ARRIVAL_BYTES) as f64 / (arrivals + 1000) as f64;
        let gap = rhythm.gap(now, (size.saturating_sub(said + reserved) as f64 / cost).max(least));
        let arrival = now + ((gap * random.exponential()) as Micros).max(1);
        while let Some(episode) = planned.get_mut(next_episode).filter(|episode| episode.begin <= arrival) {
            for (at, visit) in std::mem::take(&mut episode.visits) {
                reserved = reserved.saturating_sub(visit.bytes());
                waiting.push(at, visit);
            }
            next_episode += 1;
        }
        while let Some((at, visit)) = waiting.next(arrival) {
            server.visit(&visit, at, &mut timeline);
        }
        while next_housekeeping <= arrival {
            server.housekeeping(next_housekeeping, &mut timeline);
            next_housekeeping += 10 * MINUTE; // anvil_status_update_time, postconf(5)
        }
        while let Some((at, line)) = timeline.next(arrival) {
            if !writer.write(at, line)? {
                writer.out.flush()?;
                return Ok((writer.truth, planned));
            }
        }
        now = arrival;
        arrivals += 1;
        if random.permille(NOISE) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{DAY, SECOND};
    use crate::postfix::{Postfix, QueueIdStyle};

    fn log(seed: u64, stamps: Stamps) -> (String, serde_json::Value) {
        let plan = Plan {
            size: 3_000_000,
            seed,
            stamps,
            start: 1_772_409_600 * SECOND,
            span: 14 * DAY,
            world: World { sources: 400_000, domains: 50_000 },
            in_flight: 0,
            attacks: true,
        };
        let mut out = Vec::new();
        let (truth, episodes) = run(&plan, Postfix::new(seed, QueueIdStyle::Short), &mut out).unwrap();
        (String::from_utf8(out).unwrap(), truth.to_json(&serde_json::Value::Null, &episodes))
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        let (first, truth) = log(1, Stamps::Bsd);
        assert_eq!(log(1, Stamps::Bsd), (first.clone(), truth));
        assert_ne!(log(2, Stamps::Bsd).0, first);
    }

    #[test]
    fn the_truth_is_what_the_lines_say() {
        let (text, truth) = log(3, Stamps::Rfc3339);
        let count = |needle: &str| text.lines().filter(|line| line.contains(needle)).count();
        assert_eq!(truth["input"]["bytes"], text.len());
        assert_eq!(truth["input"]["lines"], text.lines().count());
        assert_eq!(truth["traffic"]["connections"], count(": connect from "));
        assert_eq!(truth["traffic"]["accepted"], count(": client=") + count(": uid="));
        assert_eq!(truth["traffic"]["delivered"], count("status=sent ("));
        assert_eq!(truth["traffic"]["deferred"], count("status=deferred ("));
        assert_eq!(truth["traffic"]["bounced"], count("status=bounced ("));
        assert_eq!(truth["traffic"]["expired"], count("status=expired,"));
        assert_eq!(truth["traffic"]["rejected"], count("reject: "));
        assert_eq!(truth["relay"]["denied"], count("Relay access denied; "));
        assert_eq!(truth["traffic"]["failed_logins"], count("authentication failed: "));
    }

    #[test]
    fn stamps_rise_and_all_attacks_are_there() {
        let (text, truth) = log(4, Stamps::Rfc3339);
        assert!(text.lines().map(|line| &line[..26]).is_sorted());
        assert_eq!(truth["episodes"].as_array().map(Vec::len), Some(episodes::KINDS.len()));
        assert!(truth["relay"]["unauthorised"].as_u64() > Some(0));
    }
}
