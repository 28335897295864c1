//! Opening an input: what its first bytes say about how to read it.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::archive::Kind;
use super::compression::{self, Compression};
use super::encoding::{self, Encoding, Transcoded};
use super::peeked::Peeked;
use super::{Input, Source};

/// How much of an input [`peek`] shows, decompressed.
pub const PEEK: usize = 64 * 1024;

/// How much may be appended to a file while it is read, and still be read: more than the busiest server writes in the time
/// that its log of a day takes.
const GROWTH: u64 = 16 * 1024 * 1024;

/// The first [`PEEK`] bytes of a regular file, decompressed; fewer, or none, where it cannot be read. Pipes and
/// standard input give nothing: what is read from them is gone.
pub fn peek(input: &Input) -> Vec<u8> {
    let mut bytes = Vec::new();
    if input.size.is_some()
        && let Ok(opened) = open(input, &Arc::default())
    {
        // What an error leaves is what there is to see; reading the file will tell the error.
        let _ = opened.bytes.take(PEEK as u64).read_to_end(&mut bytes);
    }
    bytes
}

/// An input as text.
pub(super) struct Opened {
    pub(super) bytes: Box<dyn Read + Send>,
    /// The command that checks it, if it is compressed.
    pub(super) check: Option<&'static str>,
    /// How many bytes should come, where that is known before.
    pub(super) expected: Option<u64>,
    /// It is no text but an archive.
    pub(super) archive: Option<Kind>,
    /// Counts characters that are none, where it is transcoded.
    pub(super) broken: Arc<AtomicU64>,
}

pub(super) fn open(input: &Input, consumed: &Arc<AtomicU64>) -> io::Result<Opened> {
    let Unpacked { bytes, check } = unpacked(input, consumed)?;
    let mut bytes = Peeked::new(bytes, encoding::HEAD);
    let archive = Kind::of(bytes.head());
    let (encoding, mark) = Encoding::of(bytes.head());
    bytes.skip(mark);
    let broken = Arc::default();
    let plain = check.is_none() && encoding == Encoding::Bytes;
    let expected = input.size.filter(|_| plain).map(|size| size.saturating_sub(mark as u64));
    let bytes: Box<dyn Read + Send> = match encoding {
        Encoding::Bytes => Box::new(bytes),
        wide => Box::new(Transcoded::new(bytes, wide, Arc::clone(&broken))),
    };
    Ok(Opened { bytes, check, expected, archive, broken })
}

/// A file, with what is appended to it meanwhile up to [`GROWTH`]: a log that grows faster than it is read, or the output of
/// this very run in a folder that it reads, would have no end otherwise. What has no size (a pipe, `/proc`) ends when it
/// ends.
fn to_an_end(file: File) -> io::Result<Box<dyn Read + Send>> {
    let about = file.metadata()?;
    let has_size = about.is_file() && about.len() > 0;
    Ok(Box::new(file.take(if has_size { about.len().saturating_add(GROWTH) } else { u64::MAX })))
}

/// An input, decompressed.
pub(super) struct Unpacked {
    pub(super) bytes: Box<dyn Read + Send>,
    /// The command that checks it; `None`: it is stored as it is.
    pub(super) check: Option<&'static str>,
}

pub(super) fn unpacked(input: &Input, consumed: &Arc<AtomicU64>) -> io::Result<Unpacked> {
    let counted = |from| Counted { from, consumed: consumed.clone() };
    let mut check = None;
    let from: Box<dyn Read + Send> = match &input.source {
        Source::Path(path) => Box::new(counted(to_an_end(File::open(path)?)?)),
        Source::Stdin => Box::new(counted(Box::new(io::stdin()))),
        Source::Member(member) => {
            let stored = counted(Box::new(member.extent.open()?));
            check = member.packing.as_ref().map(|packing| packing.compression.check());
            match &member.packing {
                Some(packing) => packing.unpacked(stored),
                None => Box::new(stored),
            }
        }
    };
    let from = Peeked::new(from, compression::HEAD);
    let Some(compression) = Compression::of(from.head()) else {
        return Ok(Unpacked { bytes: Box::new(from), check });
    };
    Ok(Unpacked { bytes: compression.decompressed(from), check: Some(compression.check()) })
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
