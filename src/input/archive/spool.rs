//! Unpacked archives: one temporary file without a name for all of them, gone when the program is.
//!
//! What a bomb may write is bounded, and what does not fit is taken back: a full disk stops others, too.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::extent::Extent;

/// How much is unpacked in one run: a year of a server that logs 40 MB a day fits, and most disks hold it.
pub(super) const LIMIT: u64 = 16 << 30;
/// Bytes copied at a time.
const BLOCK: usize = 256 * 1024;

/// The temporary file.
pub(super) struct Spool {
    file: Option<Arc<Mutex<File>>>,
    len: u64,
    limit: u64,
}

/// Why an archive is not, or not completely, unpacked.
pub(super) enum Trouble {
    /// It is damaged; what stands in front of that is there.
    Damaged(io::Error),
    /// The temporary file cannot be written; nothing is there.
    Unwritten(io::Error),
    /// It is too large; nothing is there.
    TooLarge,
    /// Somebody wants to end.
    Stopped,
}

impl Spool {
    pub(super) fn new(limit: u64) -> Self {
        Self { file: None, len: 0, limit }
    }

    #[cfg(test)]
    pub(super) fn of(file: File, limit: u64) -> Self {
        Self { file: Some(Arc::new(Mutex::new(file))), len: 0, limit }
    }

    /// Unpacks `from`: where it is then, and what went wrong.
    pub(super) fn keep(
        &mut self,
        from: &mut dyn Read,
        stop: &AtomicBool,
    ) -> (Option<Extent>, Option<Trouble>) {
        let shared = match self.file() {
            Ok(file) => file,
            Err(error) => return (None, Some(Trouble::Unwritten(error))),
        };
        let start = self.len;
        let trouble = self.copy(from, &shared, stop);
        if matches!(trouble, Some(Trouble::Unwritten(_) | Trouble::TooLarge | Trouble::Stopped)) {
            self.len = start;
            // If that fails the space is lost until the program ends, no more.
            let _ = locked(&shared).set_len(start);
            return (None, trouble);
        }
        (Some(Extent::of_file(&shared, start, self.len - start)), trouble)
    }

    fn copy(&mut self, from: &mut dyn Read, to: &Mutex<File>, stop: &AtomicBool) -> Option<Trouble> {
        let mut block = vec![0; BLOCK];
        loop {
            if stop.load(Ordering::Relaxed) {
                return Some(Trouble::Stopped);
            }
            let read = match from.read(&mut block) {
                Ok(0) => return None,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Some(Trouble::Damaged(error)),
            };
            if self.len + read as u64 > self.limit {
                return Some(Trouble::TooLarge);
            }
            // Locked for the writing only: `from` may be read from this same file.
            let mut to = locked(to);
            let written = to.seek(SeekFrom::Start(self.len)).and_then(|_| to.write_all(&block[..read]));
            if let Err(error) = written {
                return Some(Trouble::Unwritten(error));
            }
            self.len += read as u64;
        }
    }

    fn file(&mut self) -> io::Result<Arc<Mutex<File>>> {
        if let Some(file) = &self.file {
            return Ok(file.clone());
        }
        let file = Arc::new(Mutex::new(tempfile::tempfile()?));
        self.file = Some(file.clone());
        Ok(file)
    }
}

fn locked(file: &Mutex<File>) -> MutexGuard<'_, File> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}
