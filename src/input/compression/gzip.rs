//! gzip (RFC 1952), and deflate (RFC 1951) as zip archives hold it.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};

use super::stream::{CORRUPT, Codec, Step, corrupt};

/// RFC 1952 section 2.3.1: ID1, ID2.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Base-2 logarithm of the largest window a member may use (RFC 1951 section 2: 32 KiB).
const WINDOW_BITS: u8 = 15;

/// Members of a gzip file.
pub(super) struct Gzip(Decompress);

impl Gzip {
    pub(super) fn new() -> Self {
        Self(Decompress::new_gzip(WINDOW_BITS))
    }
}

impl Codec for Gzip {
    const NAME: &'static str = "gzip";

    fn begin(&mut self, first: u8) -> io::Result<bool> {
        if self.0.total_in() > 0 {
            self.0 = Decompress::new_gzip(WINDOW_BITS);
        }
        Ok(first == MAGIC[0])
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        inflate(&mut self.0, input, out)
    }
}

/// A single deflate stream.
pub(super) struct Deflate(Decompress);

impl Deflate {
    pub(super) fn new() -> Self {
        Self(Decompress::new(false))
    }
}

impl Codec for Deflate {
    const NAME: &'static str = "part of the member";

    fn begin(&mut self, _: u8) -> io::Result<bool> {
        Ok(self.0.total_in() == 0)
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        inflate(&mut self.0, input, out)
    }
}

fn inflate(stream: &mut Decompress, input: &[u8], out: &mut [u8]) -> Step {
    let (had, gave) = (stream.total_in(), stream.total_out());
    let ended = match stream.decompress(input, out, FlushDecompress::None) {
        Ok(status) => Ok(status == Status::StreamEnd),
        Err(_) => Err(corrupt(CORRUPT)),
    };
    Step { read: (stream.total_in() - had) as usize, written: (stream.total_out() - gave) as usize, ended }
}
