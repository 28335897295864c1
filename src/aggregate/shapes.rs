//! Lines that no pattern knows, grouped by program and shape: the most frequent ones, each with one example.
//!
//! Every program has places of its own, so a noisy one hides no other; among a program's shapes the rarest makes way
//! for a new one, so a flood of invented shapes hides nothing that is frequent, and memory is bounded.

use std::cmp::Ordering;

use serde::Serialize;

use super::mask::mask;
use super::space_saving::{Entry, SpaceSaving};
use super::top::is_default;
use crate::model::{Event, Evidence, Files, Origin};

/// Programs that have places of their own; all further ones share those of the last.
const PROGRAMS: usize = 32;
/// Longest program name that is told apart.
const MAX_PROGRAM: usize = 64;
/// Enough of a line to write a pattern for it.
const MAX_EXAMPLE: usize = 1_000;

/// Lines of one program that look alike and that no pattern knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// The program as logged; empty where the lines name none.
    pub program: String,
    /// What the lines have in common: a template that captures nothing.
    pub shape: String,
    /// Lines, at least.
    pub count: u64,
    /// By how much `count` may be too low, where there were more shapes than are kept.
    #[serde(skip_serializing_if = "is_default")]
    pub error: u64,
    /// The first of the lines since the shape is kept.
    pub example: Evidence,
}

#[derive(Debug)]
struct Example {
    origin: Origin,
    line: Vec<u8>,
}

#[derive(Debug)]
struct Program {
    name: Box<[u8]>,
    /// Keys are the program, a NUL, and the shape.
    shapes: SpaceSaving<Vec<u8>>,
    /// By the places in `shapes`.
    examples: Vec<Example>,
}

/// The shapes so far.
#[derive(Debug)]
pub(super) struct Shapes {
    per_program: usize,
    programs: Vec<Program>,
    /// Where keys are put together.
    key: Vec<u8>,
}

impl Shapes {
    /// Room for so many shapes of each program.
    pub(super) fn new(per_program: usize) -> Self {
        Self { per_program, programs: Vec::new(), key: Vec::new() }
    }

    /// Counts the line of `event`.
    pub(super) fn offer(&mut self, event: &Event<'_>) {
        let name = event.program();
        let name = &name[..name.len().min(MAX_PROGRAM)];
        self.key.clear();
        self.key.extend_from_slice(name);
        self.key.push(0);
        mask(event.text(), &mut self.key);
        let program = self.program(name);
        let Some(Program { shapes, examples, .. }) = self.programs.get_mut(program) else { return };
        if let Some(place) = shapes.offer(&self.key[..], event.time()) {
            let line = event.line();
            let line = &line[..line.len().min(MAX_EXAMPLE)];
            let origin = event.origin();
            match examples.get_mut(place) {
                Some(example) => {
                    example.origin = origin;
                    line.clone_into(&mut example.line);
                }
                None => examples.push(Example { origin, line: line.to_owned() }),
            }
        }
    }

    /// The number of the program that has the places of `name`.
    fn program(&mut self, name: &[u8]) -> usize {
        if let Some(known) = self.programs.iter().position(|program| *program.name == *name) {
            return known;
        }
        if self.programs.len() < PROGRAMS {
            let shapes = SpaceSaving::new(self.per_program);
            self.programs.push(Program { name: name.into(), shapes, examples: Vec::new() });
        }
        self.programs.len() - 1
    }

    /// The `shown` most frequent shapes, most frequent first. No program shows a second one before every other shows
    /// its first.
    pub(super) fn summary(&self, shown: usize, files: &Files) -> Vec<Shape> {
        let mut ranked = Vec::new();
        for program in &self.programs {
            let kept = program.shapes.entries().iter().zip(&program.examples);
            let mut kept: Vec<_> = kept.filter(|(entry, _)| entry.certain() > 0).collect();
            kept.sort_by(|(a, _), (b, _)| by_count(a, b));
            ranked
                .extend(kept.into_iter().enumerate().map(|(rank, (entry, example))| (rank, entry, example)));
        }
        ranked.sort_by(|(a_rank, a, _), (b_rank, b, _)| {
            (*a_rank > 0).cmp(&(*b_rank > 0)).then_with(|| by_count(a, b))
        });
        ranked.truncate(shown);
        ranked.sort_by(|(_, a, _), (_, b, _)| by_count(a, b));
        ranked.into_iter().map(|(_, entry, example)| shape(entry, example, files)).collect()
    }
}

/// Most frequent first, by what is certain: a shape that has just taken a place has its predecessor's count.
fn by_count(a: &Entry<Vec<u8>>, b: &Entry<Vec<u8>>) -> Ordering {
    b.certain().cmp(&a.certain()).then_with(|| a.key.cmp(&b.key))
}

fn shape(entry: &Entry<Vec<u8>>, example: &Example, files: &Files) -> Shape {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let name = memchr::memchr(0, &entry.key).unwrap_or_default();
    Shape {
        program: text(&entry.key[..name]),
        shape: text(&entry.key[name + 1..]),
        count: entry.certain(),
        error: entry.error,
        example: Evidence {
            file: files.name(example.origin.file).to_owned(),
            line: example.origin.line,
            offset: example.origin.offset,
            text: text(&example.line),
        },
    }
}
