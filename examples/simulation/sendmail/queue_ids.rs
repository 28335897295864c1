//! Queue ids: year, month, day, hour, minute, second, a sequence of two characters, and the process id with at least six
//! digits (`queueup.c`, "assign queue id"): `6AMMeQw8020381`.

use crate::simulation::clock::{Micros, civil_time};
use crate::simulation::random::Random;

/// `QueueIdChars`: the first 60 count years and minutes, all 62 the sequence.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Hands out sequences.
pub(super) struct QueueIds {
    random: Random,
}

impl QueueIds {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, 0x51D) }
    }

    /// The ids of a new process: they begin anywhere.
    pub(super) fn of_process(&mut self, pid: u32) -> ProcessIds {
        ProcessIds { pid, sequence: self.random.below(60 * 62) }
    }
}

/// The ids one process hands out, one after another.
pub(super) struct ProcessIds {
    pid: u32,
    sequence: u32,
}

impl ProcessIds {
    /// The id of an envelope begun at `at`.
    pub(super) fn new_id(&mut self, at: Micros) -> String {
        let time = civil_time(at);
        self.sequence = (self.sequence + 1) % (60 * 62);
        let years = (time.year - 1900) % 60;
        [years as usize, time.month - 1, time.day, time.hour, time.minute, time.second]
            .into_iter()
            .chain([self.sequence as usize / 62, self.sequence as usize % 62])
            .map(|digit| char::from(ALPHABET[digit]))
            .chain(format!("{:06}", self.pid).chars())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::clock::SECOND;

    #[test]
    fn an_id_tells_time_and_process() {
        let at = 1_772_409_661 * SECOND; // 2026-03-02T00:01:01Z
        let mut process = QueueIds::new(1).of_process(20_381);
        let (first, second) = (process.new_id(at), process.new_id(at));
        assert!(first.starts_with("622011") && first.ends_with("020381") && first.len() == 14, "{first}");
        assert_ne!(first, second);
        assert_eq!(QueueIds::new(1).of_process(4_000_000).new_id(at).len(), 15);
    }
}
