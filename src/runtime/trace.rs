//! `trace`: a log is read until all that belongs to what is looked for is known.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::lines::{self, Outcome, Sink};
use super::{Error, Names, Options, Progress};
use crate::model::{Attempt, Event, Files, Hosts};
use crate::trace::{Search, Stories, Tracer};

/// What was found.
#[derive(Debug)]
pub struct Traced {
    /// The stories.
    pub stories: Stories,
    /// The names of files in them.
    pub files: Files,
    /// The names of hosts.
    pub hosts: Hosts,
    /// How the last reading ended.
    pub outcome: Outcome,
}

/// Reads what `options` name, several times, and gathers all about `search`.
///
/// # Errors
///
/// As [`analyze`](super::analyze()).
pub fn trace(options: &Options, progress: &Progress, search: Search) -> Result<Traced, Error> {
    // A story is told whole: whoever is named narrows which ones are told.
    let source = options.source;
    let options = &Options { source: None, ..options.clone() };
    let mut gather = Gather(Tracer::new(search));
    let mut last = None;
    while gather.0.goes_on() {
        // Each reading shows how far it is.
        progress.bytes.store(0, Relaxed);
        progress.lines.store(0, Relaxed);
        let reading = Progress { done: Arc::default(), ..progress.clone() };
        let read = lines::read(options, &reading, &mut gather)?;
        let interrupted = read.0.interrupted;
        last = Some(read);
        if interrupted {
            break;
        }
    }
    progress.done.store(true, Relaxed);
    let (outcome, files, hosts) = last.unwrap_or_default();
    let mut stories = gather.0.stories();
    if let Some(source) = source {
        stories.all.retain(|story| story.came_from(source));
    }
    Ok(Traced { stories, files, hosts, outcome })
}

struct Gather(Tracer);

impl Sink for Gather {
    fn wants_attempts(&self) -> bool {
        true
    }

    fn event(&mut self, event: &Event<'_>, _: &Names<'_>) -> ControlFlow<()> {
        self.0.event(event);
        ControlFlow::Continue(())
    }

    fn attempt(&mut self, attempt: &Attempt<'_>, _: &Names<'_>) -> ControlFlow<()> {
        self.0.attempt(attempt);
        ControlFlow::Continue(())
    }
}
