//! What cannot be read again, and what nobody can look into: standard input, named pipes, the output of a program. A thread
//! waits for its bytes.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use super::super::open::PEEK;
use super::super::reader::{Mark, Reader};
use super::layout;
use super::watch::Waker;
use super::world::World;
use crate::model::{Batch, FileId, Format};

/// Bytes read at a time.
const BLOCK: usize = 64 * 1024;
/// Blocks that wait to be taken: then the thread waits, and so does whoever writes.
const BLOCKS: usize = 16;

/// What a thread tells.
#[derive(Debug)]
pub(super) enum Told {
    Bytes(Vec<u8>),
    /// Whoever wrote is gone; somebody else may come.
    Hangup,
    /// Reading failed.
    Failed(String),
    /// What comes now stands behind this place.
    Place(String),
}

/// Where a thread puts what it has.
pub(super) struct Outlet {
    told: Sender<Told>,
    waker: Waker,
}

impl Outlet {
    /// `false`: nobody wants it any more.
    pub(super) fn tell(&self, told: Told) -> bool {
        let sent = self.told.send(told).is_ok();
        self.waker.wake();
        sent
    }

    /// Hands on all that `from` gives; `false`: nobody wants it any more.
    pub(super) fn drain(&self, mut from: impl Read) -> bool {
        loop {
            let mut block = vec![0; BLOCK];
            match from.read(&mut block) {
                Ok(0) => return true,
                Ok(read) => {
                    block.truncate(read);
                    if !self.tell(Told::Bytes(block)) {
                        return false;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.tell(Told::Failed(error.to_string())),
            }
        }
    }
}

impl Drop for Outlet {
    /// That it has ended is news, too.
    fn drop(&mut self) {
        self.waker.wake();
    }
}

/// What was told, as bytes.
struct Blocks {
    told: Receiver<Told>,
    block: Vec<u8>,
    at: usize,
    notes: Arc<Notes>,
    consumed: Arc<AtomicU64>,
}

/// What was told beside bytes.
#[derive(Debug, Default)]
struct Notes {
    hangup: AtomicBool,
    other: std::sync::Mutex<Vec<Told>>,
}

impl Blocks {
    /// Takes the next block, if one is there; `Ok(false)`: nothing comes any more.
    fn next(&mut self) -> io::Result<bool> {
        loop {
            match self.told.try_recv() {
                Ok(Told::Bytes(block)) => {
                    self.consumed.fetch_add(block.len() as u64, Ordering::Relaxed);
                    (self.block, self.at) = (block, 0);
                    return Ok(true);
                }
                Ok(Told::Hangup) => {
                    self.notes.hangup.store(true, Ordering::Relaxed);
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Ok(other) => {
                    let mut notes =
                        self.notes.other.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    notes.push(other);
                }
                Err(TryRecvError::Empty) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(TryRecvError::Disconnected) => return Ok(false),
            }
        }
    }
}

impl Read for Blocks {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() && !self.next()? {
            return Ok(0);
        }
        let left = &self.block[self.at..];
        let len = left.len().min(out.len());
        out[..len].copy_from_slice(&left[..len]);
        self.at += len;
        Ok(len)
    }
}

/// Bytes that a thread waits for, as lines.
pub(super) struct Stream {
    name: String,
    file: FileId,
    state: State,
    notes: Arc<Notes>,
    pub(super) read: u64,
}

enum State {
    /// Too little came to tell how it is laid out.
    Undecided {
        blocks: Blocks,
        head: Vec<u8>,
        since: Instant,
    },
    Reading(Box<Reader>),
    Ended,
}

/// What comes of asking.
#[derive(Debug)]
pub(super) enum Got {
    Batch(Batch),
    Waiting,
    Ended,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Stream {
    /// Starts `work` on a thread of its own.
    pub(super) fn start(
        name: &str,
        file: FileId,
        world: &World,
        waker: &Waker,
        work: impl FnOnce(Outlet) + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, told) = bounded(BLOCKS);
        let outlet = Outlet { told: sender, waker: waker.clone() };
        thread::Builder::new().name("follow".to_owned()).spawn(move || work(outlet))?;
        let notes = Arc::<Notes>::default();
        let consumed = Arc::clone(&world.settings.consumed);
        let blocks = Blocks { told, block: Vec::new(), at: 0, notes: Arc::clone(&notes), consumed };
        let state = State::Undecided { blocks, head: Vec::new(), since: world.now() };
        Ok(Self { name: name.to_owned(), file, state, notes, read: 0 })
    }

    /// The next lines; `stated`: how they are laid out, where that is known.
    pub(super) fn next(&mut self, world: &World, stated: Option<Format>, recycled: Vec<u8>) -> Got {
        if let State::Undecided { .. } = self.state
            && !self.decide(world, stated)
        {
            return Got::Waiting;
        }
        let State::Reading(reader) = &mut self.state else { return Got::Ended };
        let mut batch = reader.next(recycled);
        if batch.is_none() && self.notes.hangup.swap(false, Ordering::Relaxed) {
            // Whoever comes next begins with a line of his own.
            reader.set_ended(true);
            batch = reader.next(Vec::new());
            reader.set_ended(false);
        }
        match batch {
            Some(batch) => {
                self.read = reader.mark().bytes;
                Got::Batch(batch)
            }
            None if reader.has_ended() => {
                self.state = State::Ended;
                Got::Ended
            }
            None => Got::Waiting,
        }
    }

    /// What was told beside bytes since the last call.
    pub(super) fn notes(&mut self) -> Vec<Told> {
        std::mem::take(&mut *self.notes.other.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    fn decide(&mut self, world: &World, stated: Option<Format>) -> bool {
        let State::Undecided { mut blocks, mut head, mut since } =
            std::mem::replace(&mut self.state, State::Ended)
        else {
            return true;
        };
        let mut ended = false;
        while head.len() < PEEK && !ended {
            match blocks.next() {
                Ok(true) => {
                    if head.is_empty() {
                        since = world.now();
                    }
                    head.append(&mut blocks.block);
                    blocks.at = 0;
                }
                Ok(false) => ended = true,
                Err(_) => break,
            }
        }
        let hangup = self.notes.hangup.load(Ordering::Relaxed);
        let settled = ended || hangup || world.now() - since >= world.pace.settle;
        match stated.or_else(|| layout::of(&head, &world.settings, settled)) {
            Some(format) => {
                let begin = head.clone();
                (blocks.block, blocks.at) = (head, 0);
                let mark = Mark::beginning(format);
                let batch = world.settings.batch_bytes;
                let reader = Reader::resume(&self.name, self.file, Box::new(blocks), &begin, mark, batch);
                self.state = State::Reading(Box::new(reader));
                true
            }
            None if ended => true,
            None => {
                self.state = State::Undecided { blocks, head, since };
                false
            }
        }
    }
}
