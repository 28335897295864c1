//! Examples of lines that no pattern knows: a few of each program, so that one noisy daemon does not hide the rest.

use crate::model::{Event, Evidence, Files, Origin};

/// Examples of one program's lines that look alike to a reader.
const PER_PROGRAM: usize = 3;
/// Enough of a line to write a pattern for it.
const MAX_TEXT: usize = 1_000;
/// Longest program name that is told apart.
const MAX_PROGRAM: usize = 64;

#[derive(Debug)]
struct Sample {
    program: Box<[u8]>,
    origin: Origin,
    text: Box<[u8]>,
}

/// The examples kept so far.
#[derive(Debug)]
pub(super) struct Samples {
    capacity: usize,
    samples: Vec<Sample>,
}

impl Samples {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, samples: Vec::new() }
    }

    /// Keeps the line of `event` if there is room for it.
    pub(super) fn offer(&mut self, event: &Event<'_>) {
        if self.samples.len() >= self.capacity {
            return;
        }
        let program = event.program();
        let program = &program[..program.len().min(MAX_PROGRAM)];
        if self.samples.iter().filter(|sample| *sample.program == *program).count() >= PER_PROGRAM {
            return;
        }
        let line = event.line();
        let text = Box::from(&line[..line.len().min(MAX_TEXT)]);
        self.samples.push(Sample { program: Box::from(program), origin: event.origin(), text });
    }

    pub(super) fn evidence(&self, files: &Files) -> Vec<Evidence> {
        let evidence = |sample: &Sample| Evidence {
            file: files.name(sample.origin.file).to_owned(),
            line: sample.origin.line,
            offset: sample.origin.offset,
            text: String::from_utf8_lossy(&sample.text).into_owned(),
        };
        self.samples.iter().map(evidence).collect()
    }
}
