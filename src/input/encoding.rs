//! Byte order marks, and UTF-16 (RFC 2781) as UTF-8: what Windows writes when nobody tells it otherwise.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};

/// So many first bytes tell an encoding that has no mark.
pub(super) const HEAD: usize = 1024;
/// Fewer pairs of bytes may look like anything.
const PAIRS: usize = 8;
/// Bytes read at a time.
const BLOCK: usize = 64 * 1024;

/// How text is encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encoding {
    /// UTF-8, or whatever else holds ASCII as it is.
    Bytes,
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    /// The encoding of what begins with `head`, and the length of the mark that says so.
    pub(super) fn of(head: &[u8]) -> (Self, usize) {
        match head {
            [0xef, 0xbb, 0xbf, ..] => (Self::Bytes, 3),
            [0xff, 0xfe, ..] => (Self::Utf16Le, 2),
            [0xfe, 0xff, ..] => (Self::Utf16Be, 2),
            _ if is_wide(head, |pair| (pair[0], pair[1])) => (Self::Utf16Le, 0),
            _ if is_wide(head, |pair| (pair[1], pair[0])) => (Self::Utf16Be, 0),
            _ => (Self::Bytes, 0),
        }
    }
}

/// Whether every second byte is NUL, as far as a log is printable ASCII: three of four characters, and none that is all
/// NUL (those are blocks that were never written).
fn is_wide(head: &[u8], low_and_high: impl Fn(&[u8]) -> (u8, u8)) -> bool {
    let pairs = || head.chunks_exact(2).map(&low_and_high);
    let ascii = pairs().filter(|&(low, high)| matches!(low, b' '..=b'~') && high == 0).count();
    let all = pairs().count();
    all >= PAIRS && ascii * 4 >= all * 3 && pairs().all(|(low, _)| low != 0)
}

/// UTF-16 as UTF-8. What is none becomes U+FFFD and is counted; no line is lost by it.
pub(super) struct Transcoded<R> {
    from: R,
    decoder: Decoder,
    block: Box<[u8]>,
    start: usize,
    end: usize,
    /// The input is at its end; the decoder, too.
    ended: bool,
    done: bool,
    text: Box<[u8]>,
    text_start: usize,
    text_end: usize,
    broken: Arc<AtomicU64>,
}

impl<R: Read> Transcoded<R> {
    /// Reads `from`, behind its mark; counts in `broken` what is no text.
    pub(super) fn new(from: R, encoding: Encoding, broken: Arc<AtomicU64>) -> Self {
        let encoding = if encoding == Encoding::Utf16Be { UTF_16BE } else { UTF_16LE };
        Self {
            from,
            decoder: encoding.new_decoder_without_bom_handling(),
            block: vec![0; BLOCK].into_boxed_slice(),
            start: 0,
            end: 0,
            ended: false,
            done: false,
            text: vec![0; BLOCK].into_boxed_slice(),
            text_start: 0,
            text_end: 0,
            broken,
        }
    }

    fn transcode(&mut self) -> io::Result<()> {
        if self.start == self.end && !self.ended {
            self.end = self.from.read(&mut self.block)?;
            (self.start, self.ended) = (0, self.end == 0);
        }
        let room = self.text.len() - char::REPLACEMENT_CHARACTER.len_utf8();
        let block = &self.block[self.start..self.end];
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(block, &mut self.text[..room], self.ended);
        self.start += read;
        (self.text_start, self.text_end) = (0, written);
        match result {
            DecoderResult::Malformed(..) => {
                self.broken.fetch_add(1, Ordering::Relaxed);
                let replacement = char::REPLACEMENT_CHARACTER.encode_utf8(&mut self.text[written..]);
                self.text_end += replacement.len();
            }
            DecoderResult::InputEmpty => self.done = self.ended,
            DecoderResult::OutputFull => {}
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.text_start == self.text_end && !self.done {
            self.transcode()?;
        }
        let text = &self.text[self.text_start..self.text_end];
        let len = text.len().min(out.len());
        out[..len].copy_from_slice(&text[..len]);
        self.text_start += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::super::compression::tests::lines;
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn encodings_are_known_by_mark_or_by_their_zeros() {
        let text = "2026-03-01T12:00:00Z mx1 postfix/smtpd[1]: connect from j\u{fc}rgen\n";
        let (little, big) = (utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes));
        for (head, want) in [
            (text.as_bytes(), (Encoding::Bytes, 0)),
            (b"\xef\xbb\xbftext", (Encoding::Bytes, 3)),
            (b"\xff\xfea\0", (Encoding::Utf16Le, 2)),
            (b"\xfe\xff\0a", (Encoding::Utf16Be, 2)),
            (&little, (Encoding::Utf16Le, 0)),
            (&big, (Encoding::Utf16Be, 0)),
            (&[0; 1024], (Encoding::Bytes, 0)),
            (&[&[0, 0, 0][..], text.as_bytes()].concat(), (Encoding::Bytes, 0)),
            (b"a\0", (Encoding::Bytes, 0)),
            (&b"\0\n".repeat(500), (Encoding::Bytes, 0)),
            (b"", (Encoding::Bytes, 0)),
        ] {
            assert_eq!(Encoding::of(head), want, "{head:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_replaced_and_counted_wherever_blocks_end() {
        let before = String::from_utf8(lines(9000)).unwrap() + "\u{20ac}\u{1f4e7} ";
        let bytes = [
            utf16(&before, u16::to_le_bytes),
            vec![0x00, 0xd8],
            utf16("\nlast", u16::to_le_bytes),
            vec![b'x'],
        ];
        let broken = Arc::default();
        let mut text = String::new();
        Transcoded::new(&bytes.concat()[..], Encoding::Utf16Le, Arc::clone(&broken))
            .read_to_string(&mut text)
            .unwrap();
        assert!(text == before + "\u{fffd}\nlast\u{fffd}");
        assert_eq!(broken.load(Ordering::Relaxed), 2);
    }
}
