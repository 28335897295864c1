//! A file that was come upon: what it is, before anybody decides whether it is read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::super::archive::Kind;
use super::super::compression::Compression;
use super::super::encoding::Encoding;
use super::super::open::unpacked;
use super::super::{Input, Source};
use super::names::{self, Age};
use super::position::{HEAD, Identity};
use super::tail::read_whole_at;

/// A regular file.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
    pub(super) size: u64,
    /// When it was last written, in microseconds.
    pub(super) modified: i64,
    /// Its first bytes, decompressed.
    pub(super) head: Vec<u8>,
    /// Compressed, UTF-16 or an archive: nobody appends to it.
    pub(super) packed: bool,
    /// What it is compressed from cannot be read yet: somebody is still writing it.
    pub(super) broken: bool,
    pub(super) file: Arc<File>,
}

impl Candidate {
    /// The file at `path`; `None` where that is no regular file.
    pub(super) fn at(path: &Path) -> io::Result<Option<Self>> {
        // A pipe must not be opened: that may wait for ever.
        if !fs::metadata(path)?.is_file() {
            return Ok(None);
        }
        let file = File::open(path)?;
        let about = file.metadata()?;
        let mut head = vec![0; HEAD];
        let len = read_whole_at(&file, &mut head, 0)?;
        head.truncate(len);
        let compressed = Compression::of(&head).is_some();
        let packed = compressed || Encoding::of(&head).0 != Encoding::Bytes || Kind::of(&head).is_some();
        let mut broken = false;
        if compressed {
            head.clear();
            let read = unpacked(&input(path), &Arc::default())
                .and_then(|unpacked| unpacked.bytes.take(HEAD as u64).read_to_end(&mut head));
            broken = read.is_err();
        }
        Ok(Some(Self {
            path: path.to_owned(),
            identity: Identity::of(&about),
            size: about.len(),
            modified: modified(&about),
            head,
            packed,
            broken,
            file: Arc::new(file),
        }))
    }

    /// Larger is newer.
    pub(super) fn age(&self) -> (i64, Age) {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        (self.modified, names::split(&name).1)
    }
}

/// `path` as something to read from its beginning to its end.
pub(super) fn input(path: &Path) -> Input {
    let name = path.to_string_lossy().into_owned();
    Input { name, source: Source::Path(path.to_owned()), size: None, modified: None }
}

/// When a file was last written, in microseconds.
pub(super) fn modified(about: &fs::Metadata) -> i64 {
    let since = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
