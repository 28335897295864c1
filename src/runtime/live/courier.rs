//! A thread per sink, which makes one delivery at a time: a dead sink delays no other.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::model::{Entry, Notice};
use crate::sink::{Failure, Sink};

/// How a delivery went.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Name of the sink.
    pub(super) sink: Arc<str>,
    /// Which courier it was: one that took over the name of another is not done when that one is.
    courier: u64,
    /// Numbers of the entries.
    pub(super) numbers: Vec<u64>,
    /// Why they did not arrive.
    pub(super) result: Result<(), Failure>,
}

/// The thread of one sink. It ends when this is dropped, after the delivery that it is at.
#[derive(Debug)]
pub(super) struct Courier {
    pub(super) sink: Arc<str>,
    number: u64,
    /// Notices it takes at once.
    pub(super) most: usize,
    to: Sender<Vec<Entry>>,
    pub(super) is_busy: bool,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Couriers {
    pub(super) all: Vec<Courier>,
    started: u64,
    outcomes: (Sender<Outcome>, Receiver<Outcome>),
}

impl Default for Couriers {
    fn default() -> Self {
        Self { all: Vec::new(), started: 0, outcomes: unbounded() }
    }
}

impl Couriers {
    /// Starts a thread for `sink`, called `name`; the one that had this name before ends.
    pub(super) fn start(&mut self, name: &str, mut sink: Box<dyn Sink>) -> std::io::Result<()> {
        self.all.retain(|courier| *courier.sink != *name);
        self.started += 1;
        let number = self.started;
        let (to, entries) = bounded::<Vec<Entry>>(1);
        let (sink_name, most, outcomes): (Arc<str>, _, _) =
            (Arc::from(name), sink.most().max(1), self.outcomes.0.clone());
        let courier = Courier { sink: sink_name.clone(), number, most, to, is_busy: false };
        thread::Builder::new().name(format!("sink {name}")).spawn(move || {
            for entries in entries {
                let numbers = entries.iter().map(|entry| entry.number).collect();
                let notices: Vec<Notice> = entries.into_iter().map(|entry| entry.notice).collect();
                let result = sink.deliver(&notices).map(|_| ());
                // Nobody listens when the program has ended: the entries are still in the spool.
                let sink = sink_name.clone();
                let _ = outcomes.send(Outcome { sink, courier: number, numbers, result });
            }
        })?;
        self.all.push(courier);
        Ok(())
    }

    /// Ends the threads of sinks that are not among `names`.
    pub(super) fn keep(&mut self, names: &[String]) {
        self.all.retain(|courier| names.iter().any(|name| **name == *courier.sink));
    }

    /// What has come back.
    pub(super) fn outcomes(&mut self) -> Vec<Outcome> {
        let outcomes: Vec<Outcome> = self.outcomes.1.try_iter().collect();
        for outcome in &outcomes {
            if let Some(courier) = self.all.iter_mut().find(|courier| courier.number == outcome.courier) {
                courier.is_busy = false;
            }
        }
        outcomes
    }

    /// Whether any of them is at a delivery.
    pub(super) fn are_busy(&self) -> bool {
        self.all.iter().any(|courier| courier.is_busy)
    }
}

impl Courier {
    /// Hands it its next delivery; it must not be busy. Whether its thread has taken it.
    pub(super) fn hand(&mut self, entries: Vec<Entry>) -> bool {
        self.is_busy = self.to.try_send(entries).is_ok();
        self.is_busy
    }
}
