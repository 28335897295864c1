//! `parse`: lines as records, for other programs.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering::Relaxed;

use super::args::{Output, Parse};
use super::beside::watched;
use super::context::Context;
use super::ending::Ending;
use super::{Error, Exit};
use crate::model::{Attempt, Event, Kind};
use crate::report::{csv, events};
use crate::runtime::{self, Names, Sink};

/// Records are gathered up to this many bytes before they are written.
const BLOCK: usize = 1 << 16;

/// Reads, and writes each record as it comes.
pub(super) fn run(arguments: &Parse, context: &Context, out: &mut impl Write) -> Result<Exit, Error> {
    let form = if arguments.attempts {
        context.output("parse --attempts", &[Output::Ndjson, Output::Csv])?
    } else {
        context.output("parse", &[Output::Ndjson, Output::Csv, Output::Text])?
    };
    let wanted = match (arguments.attempts, arguments.all, arguments.unmatched) {
        (true, ..) => Wanted::Attempts,
        (_, true, _) => Wanted::All,
        (.., true) => Wanted::Unmatched,
        _ => Wanted::Events,
    };
    let mut writer = Writer { wanted, form, block: Vec::with_capacity(2 * BLOCK), out, failed: None };
    if form == Output::Csv {
        match wanted {
            Wanted::Attempts => csv::head_of_attempts(&mut writer.block),
            _ => csv::head_of_events(&mut writer.block),
        }
    }
    let options = context.run_options(&arguments.inputs.files);
    let (outcome, lines) = watched(|progress| {
        let outcome = runtime::lines(&options, progress, &mut writer);
        (outcome, progress.lines.load(Relaxed))
    });
    let outcome = outcome?;
    writer.finish()?;
    let ending = Ending {
        inputs: &options.inputs,
        problems: &outcome.problems,
        interrupted: outcome.interrupted,
        lines,
        mail_lines: outcome.mail_lines,
        failed: false,
    };
    Ok(ending.tell())
}

/// Which records are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Events,
    All,
    Unmatched,
    Attempts,
}

impl Wanted {
    fn has(self, kind: Kind) -> bool {
        match self {
            Self::All => true,
            Self::Events => !matches!(kind, Kind::Ignored | Kind::Unmatched),
            Self::Unmatched => kind == Kind::Unmatched,
            Self::Attempts => false,
        }
    }
}

struct Writer<'o, W> {
    wanted: Wanted,
    form: Output,
    block: Vec<u8>,
    out: &'o mut W,
    failed: Option<io::Error>,
}

impl<W: Write> Writer<'_, W> {
    /// Writes the block out when it is full. A failure (a closed pipe) ends the run.
    fn drain(&mut self) -> ControlFlow<()> {
        if self.block.len() < BLOCK {
            return ControlFlow::Continue(());
        }
        let written = self.out.write_all(&self.block);
        self.block.clear();
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.out.write_all(&self.block)?;
        self.out.flush()
    }
}

impl<W: Write> Sink for Writer<'_, W> {
    fn wants_attempts(&self) -> bool {
        self.wanted == Wanted::Attempts
    }

    fn event(&mut self, event: &Event<'_>, names: &Names<'_>) -> ControlFlow<()> {
        if !self.wanted.has(event.kind()) {
            return ControlFlow::Continue(());
        }
        match self.form {
            Output::Text => events::write_event_text(&mut self.block, event, names.files),
            Output::Csv => csv::write_event(&mut self.block, event, names.files),
            _ => events::write_event(&mut self.block, event, names.files),
        }
        self.drain()
    }

    fn attempt(&mut self, attempt: &Attempt<'_>, names: &Names<'_>) -> ControlFlow<()> {
        match self.form {
            Output::Csv => csv::write_attempt(&mut self.block, attempt, names.files, names.hosts),
            _ => events::write_attempt(&mut self.block, attempt, names.files, names.hosts),
        }
        self.drain()
    }
}
