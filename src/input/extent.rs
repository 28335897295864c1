//! A stretch of a file: what an archive's member is stored as. Read by seeking; nothing is copied.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Where a stretch of bytes lies.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    file: Place,
    start: u64,
    len: u64,
}

#[derive(Clone, Debug)]
enum Place {
    /// Opened whenever it is read: there may be more archives than files may be open.
    Path(Arc<Path>),
    /// A file without a name.
    Open(Arc<Mutex<File>>),
}

impl Extent {
    /// The first `len` bytes of the file at `path`.
    pub(super) fn of_path(path: &Path, len: u64) -> Self {
        Self { file: Place::Path(Arc::from(path)), start: 0, len }
    }

    /// A stretch of an open file.
    pub(super) fn of_file(file: &Arc<Mutex<File>>, start: u64, len: u64) -> Self {
        Self { file: Place::Open(file.clone()), start, len }
    }

    /// `len` bytes from `start` on, as far as there are so many.
    pub(super) fn part(&self, start: u64, len: u64) -> Self {
        let start = start.min(self.len);
        Self { file: self.file.clone(), start: self.start + start, len: len.min(self.len - start) }
    }

    pub(super) fn open(&self) -> io::Result<Window> {
        let file = match &self.file {
            Place::Path(path) => Arc::new(Mutex::new(File::open(path)?)),
            Place::Open(file) => file.clone(),
        };
        Ok(Window { file, start: self.start, len: self.len, at: 0 })
    }
}

/// An [`Extent`] being read. Several may share one file: each knows where it stands.
#[derive(Clone, Debug)]
pub(super) struct Window {
    file: Arc<Mutex<File>>,
    start: u64,
    len: u64,
    at: u64,
}

impl Window {
    pub(super) fn len(&self) -> u64 {
        self.len
    }
}

impl Read for Window {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.len.saturating_sub(self.at);
        let want = out.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if want == 0 {
            return Ok(0);
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.start + self.at))?;
        let read = file.read(&mut out[..want])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_part_is_read_and_nothing_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "0123456789").unwrap();
        let whole = Extent::of_path(&path, 10);
        let told = |extent: &Extent| std::io::read_to_string(extent.open().unwrap()).unwrap();
        assert_eq!(told(&whole.part(2, 6)), "234567");
        assert_eq!(told(&whole.part(2, 6).part(1, 3)), "345");
        assert_eq!(told(&whole.part(2, 6).part(4, 99)), "67");
        assert_eq!(told(&whole.part(99, 1)), "");
        let mut first = whole.open().unwrap();
        let mut second = first.clone();
        first.seek(SeekFrom::Start(8)).unwrap();
        second.seek(SeekFrom::End(-9)).unwrap();
        let mut one = [0];
        first.read_exact(&mut one).unwrap();
        assert_eq!((one, second.stream_position().unwrap()), ([b'8'], 1));
    }
}
