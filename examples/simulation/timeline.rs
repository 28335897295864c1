//! Lines that will be written, in the order of their time. A life cycle says all its lines at once, each with its own
//! time; here they mix with everybody else's. Memory is bounded by what is in flight.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::{self, Write as _};

use crate::simulation::clock::Micros;
use crate::simulation::fact::Fact;

/// A running program: its name in the log, and its process id (0: it logs none).
#[derive(Clone, Copy)]
pub(crate) struct Process {
    pub(crate) program: &'static str,
    pub(crate) pid: u32,
}

/// A line that waits for its time.
pub(crate) struct Line {
    pub(crate) process: Process,
    /// What the line adds to the truth, once it is written.
    pub(crate) fact: Fact,
    /// The attack episode it belongs to; 0 is none.
    pub(crate) episode: u16,
    pub(crate) text: String,
}

/// The lines that wait.
#[derive(Default)]
pub(crate) struct Timeline {
    order: BinaryHeap<Reverse<(Micros, u32, u32)>>,
    slots: Vec<Line>,
    free: Vec<u32>,
    sequence: u32,
    episode: u16,
    /// Whose lines are kept; `None` is everybody.
    programs: Vec<Option<&'static str>>,
}

impl Timeline {
    /// For lines of these programs. What others say has no file to be written into.
    pub(crate) fn of(programs: Vec<Option<&'static str>>) -> Self {
        Self { programs, ..Self::default() }
    }

    /// Lines said from now on belong to this episode.
    pub(crate) fn set_episode(&mut self, episode: u16) {
        self.episode = episode;
    }

    /// `process` will log `text` at `at`.
    pub(crate) fn say(&mut self, at: Micros, process: Process, fact: Fact, text: fmt::Arguments<'_>) {
        if !self.programs.iter().any(|of| of.is_none_or(|of| of == process.program)) {
            return;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Line { process, fact, episode: 0, text: String::new() });
            self.slots.len() as u32 - 1
        });
        let line = &mut self.slots[slot as usize];
        (line.process, line.fact, line.episode) = (process, fact, self.episode);
        line.text.clear();
        let _ = line.text.write_fmt(text); // writing to a String cannot fail
        self.order.push(Reverse((at, self.sequence, slot)));
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// The next line, if its time is no later than `until`.
    pub(crate) fn next(&mut self, until: Micros) -> Option<(Micros, &Line)> {
        let &Reverse((at, _, slot)) = self.order.peek()?;
        if at > until {
            return None;
        }
        self.order.pop();
        self.free.push(slot);
        Some((at, &self.slots[slot as usize]))
    }

    /// How many lines wait.
    pub(crate) fn waiting(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_in_the_order_of_their_time_and_then_as_said() {
        let mut timeline = Timeline::of(vec![Some("postfix/qmgr")]);
        let process = Process { program: "postfix/qmgr", pid: 1 };
        timeline.say(20, Process { program: "cron", pid: 2 }, Fact::None, format_args!("for another file"));
        for (at, text) in [(30, "last"), (10, "first"), (20, "one"), (20, "two")] {
            timeline.say(at, process, Fact::None, format_args!("{text}"));
        }
        let mut seen = Vec::new();
        while let Some((_, line)) = timeline.next(20) {
            seen.push(line.text.clone());
        }
        assert_eq!(seen, ["first", "one", "two"]);
        assert_eq!(timeline.next(30).map(|(at, _)| at), Some(30));
    }
}
