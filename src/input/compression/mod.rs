//! Compressions, known by content: gzip, bzip2, xz, zstd. One file each; [`stream`] has what they share.
//!
//! None of them holds more than a window of its data, and the window is bounded whatever a header asks for.

mod bzip2;
mod gzip;
mod stream;
mod xz;
mod zstd;

#[cfg(test)]
pub(super) mod tests;

use std::io::Read;

use stream::Decompressed;

/// So many first bytes tell compressions apart.
pub(super) const HEAD: usize = 10;

/// Memory that a header may ask for, in bytes: four times what `xz -9` and twice what `zstd --ultra -22` need. A power
/// of two, because zstd counts windows in such.
const MEMORY_LIMIT: u64 = 256 << 20;
const TOO_MUCH_MEMORY: &str = "it needs more than 256 MiB of memory to decompress, which is refused: decompress it \
                               yourself";

/// How something is compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Compression {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    /// Without a header: only a zip archive's directory tells it.
    Deflate,
}

impl Compression {
    /// How something is compressed that begins with `head`.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            _ if head.starts_with(&gzip::MAGIC) => Some(Self::Gzip),
            _ if head.starts_with(&xz::MAGIC) => Some(Self::Xz),
            _ if bzip2::begins(head) => Some(Self::Bzip2),
            _ if zstd::begins(head) => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The command that checks such a file.
    pub(super) fn check(self) -> &'static str {
        match self {
            Self::Gzip => "gzip -t",
            Self::Bzip2 => "bzip2 -t",
            Self::Xz => "xz -t",
            Self::Zstd => "zstd -t",
            Self::Deflate => "unzip -t",
        }
    }

    /// Decompresses `from`.
    pub(super) fn decompressed(self, from: impl Read + Send + 'static) -> Box<dyn Read + Send> {
        match self {
            Self::Gzip => Box::new(Decompressed::new(from, gzip::Gzip::new())),
            Self::Bzip2 => Box::new(Decompressed::new(from, bzip2::Bzip2::new())),
            Self::Xz => Box::new(Decompressed::new(from, xz::Xz::new())),
            Self::Zstd => Box::new(Decompressed::new(from, zstd::Zstd::new())),
            Self::Deflate => Box::new(Decompressed::new(from, gzip::Deflate::new())),
        }
    }
}
