//! Where reading stands, to be stored and gone on from.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::reader::Mark;

/// So many first bytes tell files apart: a line or more, with its time.
pub(super) const HEAD: usize = 1024;

/// What a file is as long as it exists, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    #[cfg(unix)]
    pub(super) fn of(about: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: about.dev(), inode: about.ino() }
    }

    /// Where the system tells no such numbers: the time of its creation. First bytes tell the rest.
    #[cfg(not(unix))]
    pub(super) fn of(about: &std::fs::Metadata) -> Self {
        let created = about.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Self { device: 0, inode: created.map_or(0, |since| since.as_nanos() as u64) }
    }
}

/// The first bytes of a file, decompressed: how many of them are known, up to [`HEAD`], and their hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    len: u16,
    hash: [u8; 16],
}

impl Head {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(HEAD)];
        let mut hash = [0; 16];
        // Half of SHA-256 is more than enough: whoever writes log lines does not choose their times.
        hash.iter_mut().zip(Sha256::digest(bytes)).for_each(|(to, byte)| *to = byte);
        Self { len: bytes.len() as u16, hash }
    }

    /// Whether `bytes`, the first ones of a file, begin with these. None begin with nothing.
    pub(super) fn begins(&self, bytes: &[u8]) -> bool {
        let len = usize::from(self.len);
        len > 0 && bytes.get(..len).is_some_and(|bytes| Self::of(bytes) == *self)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Where reading stands in one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) identity: Identity,
    pub(super) head: Head,
    /// `None`: at its beginning, and nothing is known of it.
    pub(super) mark: Option<Mark>,
    /// What stands in front of this offset is not wanted.
    pub(super) wanted_from: u64,
    /// When it was last written, in microseconds.
    pub(super) modified: i64,
}

/// Where reading stands in one source. It survives restarts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub(super) source: String,
    pub(super) at: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum At {
    /// In the file that was read last, and in others of the series that may still grow.
    Files(Vec<Place>),
    /// In what cannot be read again.
    Stream,
    /// Behind the entry of the journal that has this cursor.
    Journal(Option<String>),
}

impl Position {
    /// The source's name.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it is the same place as `other`: reading stands there in the same file, or in a copy of it. That file, and
    /// others of the series, may have grown meanwhile.
    pub fn is_at(&self, other: &Self) -> bool {
        let is_same = match (&self.at, &other.at) {
            (At::Files(here), At::Files(there)) => match (here.first(), there.first()) {
                (Some(here), Some(there)) => {
                    let is_same_file = here.identity == there.identity || here.head == there.head;
                    is_same_file && here.mark == there.mark
                }
                (here, there) => here.is_none() && there.is_none(),
            },
            (here, there) => here == there,
        };
        is_same && self.source == other.source
    }
}
