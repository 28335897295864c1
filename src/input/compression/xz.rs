//! xz: streams that state how much memory they need.

use std::io;

use liblzma::stream::{Action, Error, Status, Stream};

use super::stream::{CORRUPT, Codec, Step, corrupt};
use super::{MEMORY_LIMIT, TOO_MUCH_MEMORY};

/// Header Magic Bytes (The .xz File Format, section 2.1.1.1).
pub(super) const MAGIC: [u8; 6] = [0xfd, b'7', b'z', b'X', b'Z', 0];

/// Streams of an xz file.
pub(super) struct Xz(Option<Stream>);

impl Xz {
    pub(super) fn new() -> Self {
        Self(None)
    }
}

impl Codec for Xz {
    const NAME: &'static str = "xz";

    fn begin(&mut self, first: u8) -> io::Result<bool> {
        self.0 = Some(Stream::new_stream_decoder(MEMORY_LIMIT, 0).map_err(told)?);
        Ok(first == MAGIC[0])
    }

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let Some(stream) = &mut self.0 else { return Step { read: 0, written: 0, ended: Ok(true) } };
        let (had, gave) = (stream.total_in(), stream.total_out());
        let ended = stream.process(input, out, Action::Run);
        let ended = ended.map(|status| status == Status::StreamEnd).map_err(told);
        Step {
            read: (stream.total_in() - had) as usize,
            written: (stream.total_out() - gave) as usize,
            ended,
        }
    }
}

fn told(error: Error) -> io::Error {
    match error {
        Error::MemLimit => corrupt(TOO_MUCH_MEMORY),
        Error::Mem => io::Error::from(io::ErrorKind::OutOfMemory),
        Error::Options => corrupt("it is compressed with options that are not known here"),
        _ => corrupt(CORRUPT),
    }
}
