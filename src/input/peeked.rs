//! Looking at the first bytes of a stream without taking them away from it.

use std::io::{self, Read};

/// A stream whose first bytes were looked at.
pub(super) struct Peeked<R> {
    head: Vec<u8>,
    taken: usize,
    /// What stopped the look: it is told when the bytes in front of it are read.
    fault: Option<io::Error>,
    from: R,
}

impl<R: Read> Peeked<R> {
    /// Looks at up to `len` bytes of `from`.
    pub(super) fn new(mut from: R, len: usize) -> Self {
        let mut head = Vec::with_capacity(len);
        let fault = from.by_ref().take(len as u64).read_to_end(&mut head).err();
        Self { head, taken: 0, fault, from }
    }

    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Leaves out the first `len` bytes.
    pub(super) fn skip(&mut self, len: usize) {
        self.taken = len.min(self.head.len());
    }
}

impl<R: Read> Read for Peeked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = &self.head[self.taken..];
        if !left.is_empty() {
            let len = left.len().min(out.len());
            out[..len].copy_from_slice(&left[..len]);
            self.taken += len;
            if self.taken == self.head.len() {
                // It may be large, and is done with.
                (self.head, self.taken) = (Vec::new(), 0);
            }
            return Ok(len);
        }
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => self.from.read(out),
        }
    }
}
