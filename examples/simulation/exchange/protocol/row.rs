//! The rows of one session: commands, replies and remarks, numbered.

use std::net::SocketAddr;

use crate::simulation::clock::Micros;
use crate::simulation::fact::Fact;
use crate::simulation::timeline::{Process, Timeline};

use super::Cell;

/// The column `event`.
#[derive(Clone, Copy)]
pub(super) enum Event {
    Connected,
    Disconnected,
    /// What the other side says.
    Theirs,
    /// What this server says.
    Ours,
    /// What it remarks.
    Note,
}

/// A session as it goes on.
pub(in crate::simulation::exchange) struct Rows {
    pub(super) process: Process,
    pub(super) connector: &'static str,
    pub(in crate::simulation::exchange) id: u64,
    /// Nothing before there is a connection.
    pub(in crate::simulation::exchange) ours: Option<SocketAddr>,
    pub(in crate::simulation::exchange) theirs: SocketAddr,
    pub(in crate::simulation::exchange) at: Micros,
    pub(in crate::simulation::exchange) sequence: u32,
}

impl Rows {
    pub(super) fn theirs(&mut self, text: &str, timeline: &mut Timeline) {
        self.say(Event::Theirs, text, "", Fact::None, timeline);
    }

    pub(super) fn ours(&mut self, text: &str, timeline: &mut Timeline) {
        self.say(Event::Ours, text, "", Fact::None, timeline);
    }

    pub(super) fn note(&mut self, data: &str, context: &str, timeline: &mut Timeline) {
        self.say(Event::Note, data, context, Fact::None, timeline);
    }

    pub(super) fn say(
        &mut self,
        event: Event,
        data: &str,
        context: &str,
        fact: Fact,
        timeline: &mut Timeline,
    ) {
        let sign = match event {
            Event::Connected => '+',
            Event::Disconnected => '-',
            Event::Theirs => '<',
            Event::Ours => '>',
            Event::Note => '*',
        };
        let ours = self.ours.map(|ours| ours.to_string()).unwrap_or_default();
        timeline.say(
            self.at,
            self.process,
            fact,
            format_args!(
                "{},{:016X},{},{ours},{},{sign},{},{}",
                self.connector,
                self.id,
                self.sequence,
                self.theirs,
                Cell(data),
                Cell(context)
            ),
        );
        self.sequence += 1;
    }
}
