//! tar (POSIX.1-2024 pax, section "ustar Interchange Format", and GNU's long names): its headers, one after the other.
//!
//! Headers are read one at a time and only as far as they matter here, however long they claim to be.

use std::io::{self, Read, Seek, SeekFrom};

use tar::{EntryType, Header, PaxExtensions};

use super::super::extent::Window;
use super::{Entry, Item};
use crate::model::EventTime;

/// A header, and what everything is padded to.
const BLOCK: u64 = 512;
/// Longest name, as `PATH_MAX` of Linux has it: the rest of a longer one is not looked at.
const NAME: u64 = 4096;
/// Longest extended header. It may hold access lists and labels of security modules beside a name.
const EXTENDED: u64 = 1 << 20;

/// Whether a tar begins with `head`. ustar's magic stands at byte 257, or GNU's, and the checksum is right: no word that a
/// client puts there makes an archive of a log.
pub(super) fn begins(head: &[u8]) -> bool {
    let magic =
        head.get(257..).is_some_and(|rest| rest.starts_with(b"ustar\0") || rest.starts_with(b"ustar  \0"));
    magic && head.get(..BLOCK as usize).is_some_and(|block| is_sound(Header::from_byte_slice(block)))
}

/// The files in a tar.
pub(super) struct Tar {
    from: Window,
    /// Where the next header is.
    at: u64,
    /// Where what the last header announced ends, padding not counted.
    end: u64,
    /// What a header in front of the file's own said.
    said: Said,
    /// An empty block was met: it ends the archive, unless another one was appended.
    blank: bool,
    ended: bool,
}

/// What extended headers say of the file they stand in front of.
#[derive(Default)]
struct Said {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    modified: Option<EventTime>,
    sparse: bool,
}

impl Tar {
    pub(super) fn new(from: Window) -> Self {
        Self { from, at: 0, end: 0, said: Said::default(), blank: false, ended: false }
    }

    fn bytes(&mut self, at: u64, len: u64) -> io::Result<Vec<u8>> {
        self.from.seek(SeekFrom::Start(at))?;
        let mut bytes = Vec::new();
        self.from.by_ref().take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The next file, from its header and those in front of it.
    fn file(&mut self) -> io::Result<Option<Item>> {
        while self.at < self.from.len() {
            let block = self.bytes(self.at, BLOCK)?;
            if block.len() < BLOCK as usize {
                return Ok((!self.blank).then(too_early));
            }
            if block.iter().all(|&byte| byte == 0) {
                self.blank = true;
                self.at += BLOCK;
                continue;
            }
            let header = Header::from_byte_slice(&block);
            let size = header.entry_size();
            let (Ok(size), true) = (size, is_sound(header)) else {
                // Whatever stands behind the end is no part of it.
                let damage = format!("there is no header at byte {}, where one should be", self.at);
                return Ok((!self.blank).then_some(Item::Damaged(damage)));
            };
            self.blank = false;
            if let Some(item) = self.entry(header, size)? {
                return Ok(Some(item));
            }
        }
        Ok((self.end > self.from.len()).then(too_early))
    }

    /// Takes in a header; what it is if it is a file's.
    fn entry(&mut self, header: &Header, size: u64) -> io::Result<Option<Item>> {
        let mut start = self.at + BLOCK;
        match header.entry_type() {
            EntryType::GNULongName => {
                let mut name = self.bytes(start, size.min(NAME))?;
                name.truncate(name.iter().position(|&byte| byte == 0).unwrap_or(name.len()));
                self.said.name = Some(name);
            }
            EntryType::XHeader => {
                let extended = self.bytes(start, size.min(EXTENDED))?;
                self.said.take_in(&extended);
            }
            // They say nothing of single files, or of those they stand behind.
            EntryType::GNULongLink | EntryType::XGlobalHeader => {}
            kind => {
                let said = std::mem::take(&mut self.said);
                let size = said.size.unwrap_or(size);
                let name = said.name.unwrap_or_else(|| header.path_bytes().into_owned());
                if kind == EntryType::GNUSparse {
                    start = self.behind_map(start, header)?;
                }
                self.go_on_behind(start, size);
                return Ok(match kind {
                    EntryType::GNUSparse => Some(sparse(name)),
                    EntryType::Regular | EntryType::Continuous if said.sparse => Some(sparse(name)),
                    // Before POSIX, a directory was a file whose name ends so.
                    EntryType::Regular | EntryType::Continuous if !name.ends_with(b"/") => {
                        let stated = header.mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
                        let stated = stated.filter(|&seconds| seconds > 0).map(EventTime::from_seconds);
                        let len = size.min(self.from.len().saturating_sub(start));
                        let modified = said.modified.or(stated);
                        Some(Item::File(Entry { name, start, len, packing: None, modified }))
                    }
                    _ => None,
                });
            }
        }
        self.go_on_behind(start, size);
        Ok(None)
    }

    fn go_on_behind(&mut self, start: u64, size: u64) {
        self.end = start.saturating_add(size);
        self.at = self.end.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX);
    }

    /// GNU's map of a sparse file goes on in blocks of its own, the last byte but seven saying whether another follows.
    fn behind_map(&mut self, mut start: u64, header: &Header) -> io::Result<u64> {
        let mut more = header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
        while more {
            let block = self.bytes(start, BLOCK)?;
            more = block.get(504).is_some_and(|&byte| byte == 1);
            start += BLOCK;
        }
        Ok(start)
    }
}

impl Iterator for Tar {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if self.ended {
            return None;
        }
        let item = match self.file() {
            Ok(item) => item,
            Err(error) => Some(Item::Damaged(format!("it cannot be read at byte {}: {error}", self.at))),
        };
        self.ended = !matches!(item, Some(Item::File(_) | Item::Unreadable(..)));
        item
    }
}

impl Said {
    /// `LENGTH KEY=VALUE\n` ...
    fn take_in(&mut self, extended: &[u8]) {
        for record in PaxExtensions::new(extended).flatten() {
            let value = record.value_bytes();
            let number = || std::str::from_utf8(value).ok();
            match record.key_bytes() {
                b"path" | b"GNU.sparse.name" => {
                    self.name = Some(value[..value.len().min(NAME as usize)].to_vec());
                }
                b"size" => self.size = number().and_then(|text| text.parse().ok()),
                b"mtime" => {
                    let seconds = number().and_then(|text| text.split('.').next()?.parse().ok());
                    self.modified = seconds.filter(|&seconds: &i64| seconds > 0).map(EventTime::from_seconds);
                }
                key => self.sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
    }
}

/// The checksum is the sum of the header's bytes, its own eight counted as blanks.
fn is_sound(header: &Header) -> bool {
    let bytes = header.as_bytes();
    let sum: u32 = bytes.iter().map(|&byte| u32::from(byte)).sum();
    let own: u32 = bytes[148..156].iter().map(|&byte| u32::from(byte)).sum();
    header.cksum().is_ok_and(|stated| stated == sum - own + 8 * u32::from(b' '))
}

fn sparse(name: Vec<u8>) -> Item {
    Item::Unreadable(name, "it is stored as a sparse file".to_owned())
}

fn too_early() -> Item {
    Item::Damaged("it ends too early".to_owned())
}
