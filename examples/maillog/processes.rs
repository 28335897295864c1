//! The host's process ids, handed out as the kernel does: each a little higher than the last, then from the start again.

use crate::random::Random;
use crate::timeline::Process;

/// The lowest id that is used again, once the highest was reached.
const FIRST: u32 = 1100;
/// `kernel.pid_max` on 64-bit Linux, proc(5).
pub(crate) const HIGHEST: u32 = 4_194_304;

/// The host's process ids.
pub(crate) struct Processes {
    random: Random,
    last: u32,
    highest: u32,
}

impl Processes {
    /// Ids up to `highest`.
    pub(crate) fn new(seed: u64, highest: u32) -> Self {
        Self { random: Random::new(seed, 0x91D), last: FIRST, highest }
    }

    /// A new process.
    pub(crate) fn spawn(&mut self, program: &'static str) -> Process {
        self.last += self.random.between(1, 24);
        if self.last > self.highest {
            self.last = FIRST;
        }
        Process { program, pid: self.last }
    }
}
