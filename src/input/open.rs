//! Opening an input: what its first bytes say about how to read it.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::gzip::{Gzip, MAGIC};
use super::{Input, Source};

/// How much of an input [`peek`] shows, decompressed.
pub const PEEK: usize = 64 * 1024;

/// The first [`PEEK`] bytes of a regular file, decompressed; fewer, or none, where it cannot be read. Pipes and
/// standard input give nothing: what is read from them is gone.
pub fn peek(input: &Input) -> Vec<u8> {
    let mut bytes = Vec::new();
    if input.size.is_some()
        && let Ok(opened) = open(input, &Arc::default())
        && opened.foreign.is_none()
    {
        // What an error leaves is what there is to see; reading the file will tell the error.
        let _ = opened.bytes.take(PEEK as u64).read_to_end(&mut bytes);
    }
    bytes
}

pub(super) struct Opened {
    pub(super) bytes: Box<dyn Read + Send>,
    pub(super) compressed: bool,
    /// The program that reads a compression we do not.
    pub(super) foreign: Option<&'static str>,
}

pub(super) fn open(input: &Input, consumed: &Arc<AtomicU64>) -> io::Result<Opened> {
    let from: Box<dyn Read + Send> = match &input.source {
        Source::Path(path) => Box::new(File::open(path)?),
        Source::Stdin => Box::new(io::stdin()),
    };
    let mut from = Counted { from, consumed: consumed.clone() };
    let mut head = Vec::with_capacity(6);
    from.by_ref().take(6).read_to_end(&mut head)?;
    let compressed = head.starts_with(&MAGIC);
    let foreign = match head.as_slice() {
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A'] => Some("bzip2"),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Some("xz"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        _ => None,
    };
    let from = io::Cursor::new(head).chain(from);
    let bytes: Box<dyn Read + Send> = if compressed { Box::new(Gzip::new(from)) } else { Box::new(from) };
    Ok(Opened { bytes, compressed, foreign })
}

/// Counts what passes.
struct Counted {
    from: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(out)?;
        self.consumed.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
