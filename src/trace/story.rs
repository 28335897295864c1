//! What is told: lines in their order, in stories; and which of them belong together.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::fate::Fate;
use crate::aggregate::without_claimed_name;
use crate::model::{Class, Event, EventTime, Field, HostId, Origin, QueueId};

/// A line of a story.
#[derive(Clone, Debug)]
pub struct Line {
    /// Where it stands.
    pub origin: Origin,
    /// When it was written.
    pub time: EventTime,
    /// The line. The name of a login that failed may be a password, and is not shown.
    pub text: Box<[u8]>,
    /// Its number among all lines that were read.
    pub(super) number: u64,
}

impl Line {
    pub(super) fn of(event: &Event<'_>, number: u64) -> Self {
        let is_failed = event.class() == Some(Class::AuthFailed) || event.get(Field::ClaimedUser).is_some();
        let text = if is_failed { without_claimed_name(event) } else { event.line().into() };
        Self { origin: event.origin(), time: event.time(), text: text.into(), number }
    }
}

/// Lines that belong together: those of a session, of the messages that came in it, and of what these became.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// The queue ids of its messages, in the order in which they turned up.
    pub queue_ids: Vec<(HostId, QueueId)>,
    /// What became of each recipient.
    pub fates: Vec<Fate>,
    /// Its lines, in the order of the log.
    pub lines: Vec<Line>,
}

impl Story {
    /// Whether a client of this network sent something of it.
    pub fn came_from(&self, source: IpNet) -> bool {
        let client = |fate: &Fate| fate.attempt().client_ip;
        self.fates.iter().filter_map(client).any(|ip| source.contains(&ip))
    }
}

/// All stories about what was looked for, in the order of their first lines.
#[derive(Clone, Debug, Default)]
pub struct Stories {
    /// The stories.
    pub all: Vec<Story>,
    /// There is more than is kept: too many messages or lines.
    pub is_cut: bool,
}

/// Things that turn out to belong together: a forest of numbers, each of which leads to the first one of its tree.
#[derive(Debug, Default)]
pub(super) struct Together(Vec<usize>);

impl Together {
    /// Something new, which belongs to nothing yet.
    pub(super) fn add(&mut self) -> usize {
        self.0.push(self.0.len());
        self.0.len() - 1
    }

    /// What stands for all that `one` belongs to.
    pub(super) fn root(&mut self, one: usize) -> usize {
        let mut at = one;
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    /// Both belong together.
    pub(super) fn join(&mut self, one: usize, other: usize) -> usize {
        let (one, other) = (self.root(one), self.root(other));
        let (first, second) = (one.min(other), one.max(other));
        self.0[second] = first;
        first
    }
}

/// Lines, messages and fates with the numbers of what they belong to, as stories.
pub(super) fn told(
    mut together: Together,
    mut lines: Vec<(usize, Line)>,
    messages: Vec<(usize, (HostId, QueueId))>,
    fates: Vec<(usize, Fate)>,
) -> Vec<Story> {
    lines.sort_by_key(|(_, line)| line.number);
    // What one line says of several recipients is one line.
    lines.dedup_by_key(|(_, line)| line.origin);
    let mut order: Vec<usize> = Vec::new();
    let mut stories: BTreeMap<usize, Story> = BTreeMap::new();
    for (of, line) in lines {
        let of = together.root(of);
        stories.entry(of).or_insert_with(|| {
            order.push(of);
            Story::default()
        });
        stories.entry(of).or_default().lines.push(line);
    }
    for (of, message) in messages {
        if let Some(story) = stories.get_mut(&together.root(of)) {
            story.queue_ids.push(message);
        }
    }
    for (of, fate) in fates {
        if let Some(story) = stories.get_mut(&together.root(of)) {
            story.fates.push(fate);
        }
    }
    order.into_iter().filter_map(|of| stories.remove(&of)).collect()
}
