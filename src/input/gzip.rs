//! gzip (RFC 1952) as a stream, any number of members.
//!
//! flate2's own readers drop what they had decoded in the call that meets a fault, up to a whole buffer of good
//! lines. This one hands out every byte in front of the fault, then the error.

use std::io::{self, Read};

use flate2::{Decompress, FlushDecompress, Status};

/// RFC 1952 section 2.3.1: ID1, ID2.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Compressed bytes read at a time.
const BLOCK: usize = 128 * 1024;
/// Base-2 logarithm of the largest window a member may use (RFC 1951 section 2: 32 KiB).
const WINDOW_BITS: u8 = 15;

/// Decompresses what it reads.
pub(super) struct Gzip<R> {
    from: R,
    block: Box<[u8]>,
    start: usize,
    end: usize,
    member: Decompress,
    /// Inside a member: the end of the file here is a fault.
    inside: bool,
    members: u64,
    fault: Option<io::Error>,
}

impl<R: Read> Gzip<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            block: vec![0; BLOCK].into_boxed_slice(),
            start: 0,
            end: 0,
            member: Decompress::new_gzip(WINDOW_BITS),
            inside: false,
            members: 0,
            fault: None,
        }
    }

    /// Makes sure there is compressed input; `false` at its end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.start == self.end {
            self.end = self.from.read(&mut self.block)?;
            self.start = 0;
        }
        Ok(self.start < self.end)
    }

    /// Between members: enters the next one; `false` where only padding follows (tapes and block devices pad with
    /// zeros, gzip(1) skips them).
    fn enter(&mut self) -> io::Result<bool> {
        loop {
            if !self.fill()? {
                return Ok(false);
            }
            match self.block[self.start] {
                0 if self.members > 0 => self.start += 1,
                byte if byte == MAGIC[0] => break,
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "what follows is not gzip")),
            }
        }
        if self.members > 0 {
            self.member = Decompress::new_gzip(WINDOW_BITS);
        }
        self.members += 1;
        self.inside = true;
        Ok(true)
    }

    fn inflate(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.inside && !self.enter()? {
                return Ok(0);
            }
            if !self.fill()? {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "the compressed data ends too early",
                ));
            }
            let (had, gave) = (self.member.total_in(), self.member.total_out());
            let input = &self.block[self.start..self.end];
            let result = self.member.decompress(input, out, FlushDecompress::None);
            self.start += (self.member.total_in() - had) as usize;
            let read = (self.member.total_out() - gave) as usize;
            match result {
                Ok(Status::StreamEnd) => self.inside = false,
                Ok(Status::Ok | Status::BufError) => {}
                Err(_) => {
                    self.fault =
                        Some(io::Error::new(io::ErrorKind::InvalidData, "the compressed data is corrupt"));
                }
            }
            if read > 0 {
                return Ok(read);
            }
            if let Some(fault) = self.fault.take() {
                return Err(fault);
            }
        }
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.fault.take() {
            _ if out.is_empty() => Ok(0),
            Some(fault) => Err(fault),
            None => self.inflate(out),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Text that does not compress to nothing.
    pub(crate) fn lines(count: u64) -> Vec<u8> {
        (0..count)
            .flat_map(|n| format!("{n} {:x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).into_bytes())
            .collect()
    }

    fn read(compressed: &[u8]) -> (Vec<u8>, Option<String>) {
        let mut out = Vec::new();
        let error = Gzip::new(compressed).read_to_end(&mut out).err();
        (out, error.map(|error| error.to_string()))
    }

    #[test]
    fn members_follow_each_other_and_zeros_pad() {
        let (a, b) = (lines(50_000), lines(3));
        let whole = [gzip(&a), gzip(b""), gzip(&b), vec![0; 700]].concat();
        assert_eq!(read(&whole), ([a, b].concat(), None));
        assert_eq!(read(b""), (Vec::new(), None));
    }

    #[test]
    fn everything_before_a_fault_is_handed_out() {
        let text = lines(50_000);
        let whole = gzip(&text);
        let (got, error) = read(&whole[..whole.len() / 2]);
        assert_eq!(error.as_deref(), Some("the compressed data ends too early"));
        assert!(text.starts_with(&got) && got.len() > text.len() / 3, "{} of {}", got.len(), text.len());

        // A wrong checksum: all of the data is there.
        let mut wrong = whole.clone();
        let at = wrong.len() - 5;
        wrong[at] ^= 1;
        assert_eq!(read(&wrong), (text.clone(), Some("the compressed data is corrupt".to_owned())));

        let garbage = [whole, b"garbage".to_vec()].concat();
        assert_eq!(read(&garbage), (text, Some("what follows is not gzip".to_owned())));
    }
}
