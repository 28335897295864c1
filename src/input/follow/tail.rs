//! A file that is written while it is read.

use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memchr::{memchr, memrchr};

use super::position::HEAD;

/// Lines are looked for so far in front of the end of a file.
const LOOK_BACK: u64 = 64 * 1024;

/// What became of a file since it was last looked at.
#[derive(Debug, Default)]
pub(super) enum Fate {
    /// It is as it was, or longer.
    #[default]
    Same,
    /// It was emptied, and may have been written anew: what was read is not in it any more.
    Emptied,
    /// It was cut back to so many bytes of what was read.
    Cut(u64),
    /// It cannot be read.
    Failed(io::Error),
}

/// What is known of a file, for the reader and for whoever looks after it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Its first bytes, up to [`HEAD`].
    pub(super) head: Vec<u8>,
    pub(super) fate: Fate,
    /// Not read beyond this offset.
    pub(super) until: Option<u64>,
}

/// The same in two hands.
pub(super) type Shared = Arc<Mutex<Seen>>;

pub(super) fn lock(seen: &Shared) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a file from an offset on, and says [`WouldBlock`](io::ErrorKind::WouldBlock) at its end.
pub(super) struct Tail {
    file: Arc<File>,
    at: u64,
    seen: Shared,
    consumed: Arc<AtomicU64>,
}

impl Tail {
    pub(super) fn new(file: Arc<File>, at: u64, seen: Shared, consumed: Arc<AtomicU64>) -> Self {
        Self { file, at, seen, consumed }
    }
}

impl Read for Tail {
    /// What was read counts only if the file is still the same afterwards: one that is emptied and filled again in between
    /// gives bytes of two files.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut seen = lock(&self.seen);
        let left = seen.until.map_or(u64::MAX, |until| until.saturating_sub(self.at));
        let want = out.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if !matches!(seen.fate, Fate::Same) || want == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let read = read_at(&self.file, &mut out[..want], self.at).and_then(|read| {
            look(&self.file, self.at + read as u64, &mut seen)?;
            Ok(read)
        });
        match read {
            Ok(read @ 1..) if matches!(seen.fate, Fate::Same) => {
                self.at += read as u64;
                self.consumed.fetch_add(read as u64, Ordering::Relaxed);
                return Ok(read);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => seen.fate = Fate::Failed(error),
        }
        Err(io::ErrorKind::WouldBlock.into())
    }
}

/// Looks whether `file`, of which `known` bytes are known, is what it was.
pub(super) fn look(file: &File, known: u64, seen: &mut Seen) -> io::Result<()> {
    let mut head = [0; HEAD];
    let mut len = read_whole_at(file, &mut head, 0)?;
    let size = file.metadata()?.len();
    if size < known {
        // It may have been emptied and written anew since its first bytes were read.
        len = read_whole_at(file, &mut head, 0)?;
    }
    let head = &head[..len];
    let same = head.len().min(seen.head.len());
    if head[..same] != seen.head[..same] {
        seen.fate = Fate::Emptied;
    } else if size < known || head.len() < seen.head.len() {
        // A part of a line may be the beginning of any other one.
        let whole = same == HEAD || memchr(b'\n', &head[..same]).is_some();
        seen.fate = if whole { Fate::Cut(size) } else { Fate::Emptied };
    } else if seen.head.len() < HEAD {
        seen.head = head.to_vec();
    }
    Ok(())
}

/// The end of the last whole line in the first `size` bytes of `file`.
pub(super) fn last_line_end(file: &File, size: u64) -> io::Result<u64> {
    let start = size.saturating_sub(LOOK_BACK);
    let mut bytes = vec![0; (size - start) as usize];
    let len = read_whole_at(file, &mut bytes, start)?;
    Ok(match memrchr(b'\n', &bytes[..len]) {
        Some(newline) => start + newline as u64 + 1,
        None => start,
    })
}

/// Reads until `out` is full or the file at its end.
pub(super) fn read_whole_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    let mut len = 0;
    while len < out.len() {
        match read_at(file, &mut out[len..], at + len as u64) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

#[cfg(unix)]
fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, out, at)
}

#[cfg(windows)]
fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, out, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        std::fs::write(&path, "one\ntwo\nthr").unwrap();
        let file = Arc::new(File::open(&path).unwrap());
        let seen = Shared::default();
        let mut tail = Tail::new(Arc::clone(&file), 0, Arc::clone(&seen), Arc::default());
        let mut out = [0; 64];
        assert_eq!(tail.read(&mut out).unwrap(), 11);
        assert_eq!(tail.read(&mut out).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(lock(&seen).head, b"one\ntwo\nthr");
        assert_eq!(last_line_end(&file, 11).unwrap(), 8);

        for (content, emptied) in [("one\ntw", false), ("on", true), ("", true), ("One\ntwo\nthree\n", true)]
        {
            lock(&seen).fate = Fate::Same;
            std::fs::write(&path, content).unwrap();
            assert!(tail.read(&mut out).is_err());
            match &lock(&seen).fate {
                Fate::Emptied => assert!(emptied, "{content}"),
                Fate::Cut(len) => assert!(!emptied && *len == 6, "{content}"),
                other => panic!("{content}: {other:?}"),
            }
        }
    }
}
