//! bzip2: streams of blocks that hold at most 900 kB each, so that memory is bounded by the format.

use std::io;

use bzip2::{Decompress, Status};

use super::stream::{CORRUPT, Codec, Step, corrupt};

/// What a file begins with is `BZh`, the size of its blocks, and then a block, or the end of an empty stream: the first
/// six digits of pi, or of its square root.
pub(super) fn begins(head: &[u8]) -> bool {
    const BLOCK: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
    const END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
    matches!(head, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if rest.starts_with(&BLOCK) || rest.starts_with(&END))
}

/// Streams of a bzip2 file.
pub(super) struct Bzip2(Decompress);

impl Bzip2 {
    pub(super) fn new() -> Self {
        Self(Decompress::new(false))
    }
}

impl Codec for Bzip2 {
    const NAME: &'static str = "bzip2";

    fn begin(&mut self, first: u8) -> io::Result<bool> {
        if self.0.total_in() > 0 {
            self.0 = Decompress::new(false);
        }
        Ok(first == b'B')
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let (had, gave) = (self.0.total_in(), self.0.total_out());
        let ended = match self.0.decompress(input, out) {
            Ok(Status::MemNeeded) => Err(io::Error::from(io::ErrorKind::OutOfMemory)),
            Ok(status) => Ok(status == Status::StreamEnd),
            Err(_) => Err(corrupt(CORRUPT)),
        };
        Step {
            read: (self.0.total_in() - had) as usize,
            written: (self.0.total_out() - gave) as usize,
            ended,
        }
    }
}
