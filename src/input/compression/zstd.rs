//! Zstandard (RFC 8878): frames that state how large a window they need, and frames to be skipped.

use std::io;

use zstd::stream::raw::{DParameter, Decoder, Operation};
use zstd::zstd_safe::zstd_sys::ZSTD_ErrorCode;

use super::stream::{CORRUPT, Codec, Step, corrupt};
use super::{MEMORY_LIMIT, TOO_MUCH_MEMORY};

/// RFC 8878 section 3.1.1: the magic number of a frame. A skippable frame (3.1.2) has another one, of sixteen.
pub(super) fn begins(head: &[u8]) -> bool {
    matches!(head, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// So many bytes of a frame say how long its header is (RFC 8878 section 3.1.1: magic number, frame header descriptor).
const FIRST: usize = 5;

/// Frames of a zstd file.
pub(super) struct Zstd {
    decoder: Option<Decoder<'static>>,
    /// Bytes that complete the next part of the frame.
    wanted: usize,
    /// The last call filled all of the memory it was given: there may be more.
    full: bool,
}

impl Zstd {
    pub(super) fn new() -> Self {
        Self { decoder: None, wanted: FIRST, full: false }
    }
}

impl Codec for Zstd {
    const NAME: &'static str = "zstd";

    fn begin(&mut self, first: u8) -> io::Result<bool> {
        if let Some(decoder) = &mut self.decoder {
            decoder.reinit()?;
        } else {
            let mut decoder = Decoder::new()?;
            decoder.set_parameter(DParameter::WindowLogMax(MEMORY_LIMIT.ilog2()))?;
            self.decoder = Some(decoder);
        }
        (self.wanted, self.full) = (FIRST, false);
        Ok(matches!(first, 0x28 | 0x50..=0x5f))
    }

    /// The library forgets what it has written in a call that meets a fault. So it gets one block at a time, and nothing
    /// while it may still have to write what it has.
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let input = &input[..input.len().min(self.wanted)];
        let held = if self.full { self.run(&[], out) } else { Ok(NOTHING) };
        let status = match held {
            Ok(NOTHING) => self.run(input, out),
            held => held,
        };
        match status {
            Ok((read, written, ended)) => Step { read, written, ended: Ok(ended) },
            Err(error) => Step { read: 0, written: 0, ended: Err(error) },
        }
    }
}

/// Bytes read, bytes written, whether the frame is at its end.
type Status = (usize, usize, bool);
const NOTHING: Status = (0, 0, false);

impl Zstd {
    fn run(&mut self, input: &[u8], out: &mut [u8]) -> io::Result<Status> {
        let Some(decoder) = &mut self.decoder else { return Ok(NOTHING) };
        let status = decoder.run_on_buffers(input, out).map_err(|error| told(&error))?;
        self.wanted = status.remaining.max(1);
        self.full = status.bytes_written == out.len();
        Ok((status.bytes_read, status.bytes_written, status.remaining == 0))
    }
}

fn told(error: &io::Error) -> io::Error {
    let error = error.get_ref().and_then(|error| error.downcast_ref::<zstd::Error>());
    let is = |kind| error.is_some_and(|error| error.is(kind));
    if is(ZSTD_ErrorCode::ZSTD_error_frameParameter_windowTooLarge) {
        corrupt(TOO_MUCH_MEMORY)
    } else if is(ZSTD_ErrorCode::ZSTD_error_memory_allocation) {
        io::Error::from(io::ErrorKind::OutOfMemory)
    } else if is(ZSTD_ErrorCode::ZSTD_error_dictionary_wrong) {
        corrupt("it needs the dictionary it was compressed with: decompress it with `zstd -d -D DICTIONARY`")
    } else {
        corrupt(CORRUPT)
    }
}
