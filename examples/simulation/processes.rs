//! The host's process ids, handed out as the kernel does: each a little higher than the last, then from the start again.

use std::ops::RangeInclusive;

use crate::simulation::random::Random;
use crate::simulation::timeline::Process;

/// Process ids of a host that has been up for a while, up to `kernel.pid_max` on 64-bit Linux, proc(5).
pub(crate) const ALL: RangeInclusive<u32> = 1100..=4_194_304;

/// The host's process ids.
pub(crate) struct Processes {
    random: Random,
    last: u32,
    range: RangeInclusive<u32>,
}

impl Processes {
    /// Ids within `range`, from its start on.
    pub(crate) fn new(seed: u64, range: RangeInclusive<u32>) -> Self {
        Self { random: Random::new(seed, 0x91D), last: *range.start(), range }
    }

    /// A new process.
    pub(crate) fn spawn(&mut self, program: &'static str) -> Process {
        self.last += self.random.between(1, 24);
        if self.last > *self.range.end() {
            self.last = *self.range.start();
        }
        Process { program, pid: self.last }
    }
}
