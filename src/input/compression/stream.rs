//! Compressed data as a stream: any number of members one after the other, whatever compresses them.
//!
//! The libraries' own readers drop what they had decoded in the call that meets a fault, up to a whole buffer of good
//! lines. This one hands out every byte in front of the fault, then the error.

use std::io::{self, Read};

/// Compressed bytes read at a time.
const BLOCK: usize = 128 * 1024;

/// Decompresses one member (gzip), stream (bzip2, xz) or frame (zstd) after the other.
pub(super) trait Codec {
    /// What it is called in messages.
    const NAME: &'static str;

    /// Prepares for a member that begins with `first`; `false` if none begins so.
    fn begin(&mut self, first: u8) -> io::Result<bool>;

    /// Decompresses some of `input`, which is empty at the end of the file, into `out`.
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step;
}

/// What one call did. Bytes count even if a fault follows them.
pub(super) struct Step {
    /// Bytes of the input that are used up.
    pub(super) read: usize,
    /// Bytes that were written.
    pub(super) written: usize,
    /// Whether the member is at its end; or what is wrong behind the bytes that were written.
    pub(super) ended: io::Result<bool>,
}

/// Decompresses what it reads.
pub(super) struct Decompressed<R, C> {
    from: R,
    codec: C,
    block: Box<[u8]>,
    start: usize,
    end: usize,
    /// Inside a member: the end of the file here is a fault.
    inside: bool,
    members: u64,
    fault: Option<io::Error>,
}

impl<R: Read, C: Codec> Decompressed<R, C> {
    pub(super) fn new(from: R, codec: C) -> Self {
        let block = vec![0; BLOCK].into_boxed_slice();
        Self { from, codec, block, start: 0, end: 0, inside: false, members: 0, fault: None }
    }

    /// Makes sure there is compressed input; `false` at its end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.start == self.end {
            self.end = self.from.read(&mut self.block)?;
            self.start = 0;
        }
        Ok(self.start < self.end)
    }

    /// Between members: enters the next one; `false` where only padding follows (xz pads streams, tapes and block
    /// devices pad files with zeros, gzip(1) skips them).
    fn enter(&mut self) -> io::Result<bool> {
        loop {
            if !self.fill()? {
                return Ok(false);
            }
            match self.block[self.start] {
                0 if self.members > 0 => self.start += 1,
                first if self.codec.begin(first)? => break,
                _ => return Err(corrupt(&format!("what follows is not {}", C::NAME))),
            }
        }
        self.members += 1;
        self.inside = true;
        Ok(true)
    }

    fn decompress(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.inside && !self.enter()? {
                return Ok(0);
            }
            // Where the file ends the decompressor may still hold what it has not written.
            let more = self.fill()?;
            let step = self.codec.step(&self.block[self.start..self.end], out);
            self.start += step.read;
            match step.ended {
                Ok(true) => self.inside = false,
                Ok(false) if step.read + step.written > 0 => {}
                Ok(false) if more => self.fault = Some(corrupt(CORRUPT)),
                Ok(false) => {
                    let early = "the compressed data ends too early";
                    self.fault = Some(io::Error::new(io::ErrorKind::UnexpectedEof, early));
                }
                Err(fault) => self.fault = Some(fault),
            }
            if step.written > 0 {
                return Ok(step.written);
            }
            if let Some(fault) = self.fault.take() {
                return Err(fault);
            }
        }
    }
}

impl<R: Read, C: Codec> Read for Decompressed<R, C> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.fault.take() {
            _ if out.is_empty() => Ok(0),
            Some(fault) => Err(fault),
            None => self.decompress(out),
        }
    }
}

/// What is wrong where nothing better is known.
pub(super) const CORRUPT: &str = "the compressed data is corrupt";

pub(super) fn corrupt(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
