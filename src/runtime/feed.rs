//! Readers and the parsing pool: a series goes in, its parsed batches come out in the order of the file.
//!
//! A reader thread sends, for every batch, the receiving end of a one-shot channel down a bounded queue, and hands
//! the batch to the pool together with the sending end. So batches are parsed on all cores in any order, and still
//! leave the queue in the order they were read; and a reader that is ahead waits. Memory is bounded by the queue.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::order::Series;
use super::{Error, Progress};
use crate::input::{Counters, Problem, Reader, Settings};
use crate::model::{Batch, FileId, Parsed};
use crate::parse::{self, Parser};

/// Bytes in flight, raw. What parsing makes of them is about as much again.
const IN_FLIGHT: usize = 24 << 20;
/// Larger batches gain nothing and leave the processor's caches.
const LARGEST_BATCH: usize = 1 << 20;
/// Smaller ones cost more to hand around than to read.
const SMALLEST_BATCH: usize = 16 << 10;
/// Readers have shallow stacks, and there may be thousands.
const READER_STACK: usize = 256 << 10;

/// What comes out of a series, in order.
#[derive(Debug)]
pub(super) enum Item {
    /// A batch, as soon as it is parsed.
    Batch(Receiver<Parsed>),
    /// A file is at its end.
    End(FileEnd),
}

/// What is known of a file at its end.
#[derive(Debug)]
pub(super) struct FileEnd {
    pub(super) file: FileId,
    pub(super) counters: Counters,
    pub(super) problem: Option<Problem>,
    /// The year in which its stamps began, where that was not known before it was read. Set by the merge.
    pub(super) year: Option<i32>,
}

impl FileEnd {
    fn new(file: FileId, counters: Counters, problem: Option<Problem>) -> Self {
        Self { file, counters, problem, year: None }
    }

    /// The end of a file of which nobody wants to read more, after so many `bytes`.
    pub(super) fn early(file: FileId, bytes: u64) -> Self {
        Self::new(file, Counters { bytes, ..Counters::default() }, None)
    }
}

/// Starts readers.
#[derive(Debug)]
pub(super) struct Feeder {
    pool: Arc<rayon::ThreadPool>,
    parser: Arc<Parser>,
    memory: Recycler,
    settings: Settings,
    depth: usize,
}

impl Feeder {
    /// A feeder for `series` series on `threads` parsing threads.
    pub(super) fn new(
        parser: Arc<Parser>,
        threads: Option<usize>,
        series: usize,
        batch_bytes: Option<usize>,
        progress: &Progress,
    ) -> Result<Self, Error> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .thread_name(|number| format!("parse-{number}"))
            .build()
            .map_err(|error| Error::Threads(error.to_string()))?;
        let series = series.max(1);
        let depth = (2 * pool.current_num_threads() / series).max(2);
        let fitting = (IN_FLIGHT / (series * (depth + 2))).clamp(SMALLEST_BATCH, LARGEST_BATCH);
        let settings = Settings {
            batch_bytes: batch_bytes.unwrap_or(fitting).min(LARGEST_BATCH),
            consumed: progress.bytes.clone(),
        };
        let memory = Recycler::new(depth + pool.current_num_threads());
        Ok(Self { pool: Arc::new(pool), parser, memory, settings, depth })
    }

    /// Reads the files of `series` one after the other, on a thread of its own. The thread ends when the receiver is
    /// dropped, at the latest when the read that it waits for returns.
    pub(super) fn start(&self, series: &Series) -> Result<Receiver<Item>, Error> {
        let (sender, receiver) = bounded(self.depth);
        let files: Vec<_> = series.iter().map(|planned| (planned.input.clone(), planned.file)).collect();
        let (pool, parser) = (self.pool.clone(), self.parser.clone());
        let (memory, settings) = (self.memory.clone(), self.settings.clone());
        let read = move || {
            for (input, file) in files {
                let end = match Reader::open(&input, file, &settings) {
                    Err(problem) => FileEnd::new(file, Counters::default(), Some(problem)),
                    Ok(mut reader) => {
                        let mut format = None;
                        while let Some(mut batch) = reader.next(memory.bytes()) {
                            // By the first lines of the file, whatever comes later.
                            batch.format = *format.get_or_insert_with(|| parse::detect(&batch.bytes));
                            if !submit(batch, &pool, &parser, &memory, &sender) {
                                return;
                            }
                        }
                        FileEnd::new(file, reader.counters(), reader.problem().cloned())
                    }
                };
                if sender.send(Item::End(end)).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new()
            .name("read".to_owned())
            .stack_size(READER_STACK)
            .spawn(read)
            .map_err(|error| Error::Threads(error.to_string()))?;
        Ok(receiver)
    }

    /// The memory that batches are made of.
    pub(super) fn memory(&self) -> &Recycler {
        &self.memory
    }
}

/// Queues a batch and lets the pool parse it; `false` if nobody waits for it any more.
fn submit(
    batch: Batch,
    pool: &rayon::ThreadPool,
    parser: &Arc<Parser>,
    memory: &Recycler,
    queue: &Sender<Item>,
) -> bool {
    let (sender, receiver) = bounded(1);
    // First the queue, then the pool: what waits in the pool is bounded by the queue.
    if queue.send(Item::Batch(receiver)).is_err() {
        return false;
    }
    let (parser, memory) = (parser.clone(), memory.clone());
    pool.spawn_fifo(move || {
        let parsed = match memory.parsed() {
            Some(recycled) => parser.parse_into(batch, recycled),
            None => parser.parse(batch),
        };
        // Nobody waits for it after an interruption.
        let _ = sender.send(parsed);
    });
    true
}

/// Buffers that are done with, on their way back to those who fill them. Never waits: what does not fit is freed.
#[derive(Clone, Debug)]
pub(super) struct Recycler {
    bytes: (Sender<Vec<u8>>, Receiver<Vec<u8>>),
    parsed: (Sender<Parsed>, Receiver<Parsed>),
}

impl Recycler {
    fn new(capacity: usize) -> Self {
        Self { bytes: bounded(capacity), parsed: bounded(capacity) }
    }

    /// Takes back a batch.
    pub(super) fn give(&self, mut parsed: Parsed) {
        let _ = self.bytes.0.try_send(std::mem::take(&mut parsed.batch.bytes));
        let _ = self.parsed.0.try_send(parsed);
    }

    fn bytes(&self) -> Vec<u8> {
        self.bytes.1.try_recv().unwrap_or_default()
    }

    fn parsed(&self) -> Option<Parsed> {
        self.parsed.1.try_recv().ok()
    }
}
