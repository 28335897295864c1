//! Archives: a tar or a zip is a folder, and each regular file in it an input of its own.
//!
//! Members are read where they lie, by seeking. An archive that is compressed as a whole is unpacked once, into a
//! temporary file without a name ([`spool`]); nothing is ever written where a member's name says.

mod expand;
mod spool;
mod tar;
mod zip;

#[cfg(test)]
mod tests;

use std::io::{self, Read};

use super::compression::Compression;
use super::extent::Extent;
use crate::model::EventTime;

pub use expand::expand;

/// A member of an archive, and where its bytes are.
#[derive(Clone, Debug)]
pub struct Member {
    pub(super) extent: Extent,
    /// How a zip archive packed it; `None`: it is stored as it is.
    pub(super) packing: Option<Packing>,
}

/// How a zip archive packs a member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing {
    pub(super) compression: Compression,
    /// CRC-32 of what comes out.
    checksum: u32,
}

impl Packing {
    /// Unpacks `from`.
    pub(super) fn unpacked(self, from: impl Read + Send + 'static) -> Box<dyn Read + Send> {
        let from = self.compression.decompressed(from);
        Box::new(Checked { from, crc: flate2::Crc::new(), checksum: self.checksum })
    }
}

/// Compares the checksum at the end.
struct Checked<R> {
    from: R,
    crc: flate2::Crc,
    checksum: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(out)?;
        self.crc.update(&out[..read]);
        if read == 0 && !out.is_empty() && self.crc.sum() != self.checksum {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum is wrong"));
        }
        Ok(read)
    }
}

/// The archives that are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Tar,
    Zip,
}

/// So many first bytes tell what is an archive: a header of tar.
const HEAD: usize = 512;

impl Kind {
    /// The archive that begins with `head`.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        if tar::begins(head) {
            return Some(Self::Tar);
        }
        zip::begins(head).then_some(Self::Zip)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tar => "tar",
            Self::Zip => "zip",
        }
    }

    /// The command that checks it.
    fn check(self) -> &'static str {
        match self {
            Self::Tar => "tar -tf",
            Self::Zip => "unzip -t",
        }
    }
}

/// What an archive says of itself, piece by piece.
enum Item {
    /// A regular file.
    File(Entry),
    /// A regular file that is stored in a way that is not read: its name, and why.
    Unreadable(Vec<u8>, String),
    /// What is wrong with the archive; nothing follows.
    Damaged(String),
}

/// A regular file in an archive.
struct Entry {
    name: Vec<u8>,
    /// Where it lies in the archive.
    start: u64,
    /// Bytes it takes there.
    len: u64,
    packing: Option<Packing>,
    modified: Option<EventTime>,
}
