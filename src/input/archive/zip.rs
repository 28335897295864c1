//! zip (PKWARE's APPNOTE.TXT, 6.3): its directory, which stands at its end.
//!
//! Own code, because the directory is read entry by entry, however long it claims to be, and members by whoever wants
//! them, at the same time.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use chrono::NaiveDate;
use memchr::memmem;

use super::super::compression::Compression;
use super::super::extent::Window;
use super::{Entry, Item, Packing};
use crate::model::EventTime;

/// APPNOTE 4.3.7, 4.3.12, 4.3.14, 4.3.15, 4.3.16: what the parts of a zip begin with.
const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END64: &[u8] = b"PK\x06\x06";
const LOCATOR64: &[u8] = b"PK\x06\x07";
const END: &[u8] = b"PK\x05\x06";
/// Their lengths, without what varies.
const LOCAL_LEN: usize = 30;
const CENTRAL_LEN: usize = 46;
const END64_LEN: usize = 56;
const LOCATOR64_LEN: u64 = 20;
const END_LEN: usize = 22;
/// Longest comment at the end.
const COMMENT: u64 = 65_535;

/// Whether a zip begins with `head`: with a file, or with the end of an empty one.
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(LOCAL) || head.starts_with(END)
}

/// The files in a zip.
pub(super) struct Zip {
    directory: BufReader<Window>,
    /// Entries that are left.
    left: u64,
    /// What stands in front of the archive (a program that unpacks it): offsets are counted from behind it.
    shift: u64,
    files: Window,
}

impl Zip {
    /// Finds the directory; says why there is none.
    pub(super) fn new(from: Window) -> Result<Self, String> {
        let found = directory(&mut from.clone()).ok().flatten();
        let lost = "its end, which says what is in it, is missing: it is cut off, or damaged";
        let (left, start, shift) = found.ok_or_else(|| lost.to_owned())?;
        if left == u64::MAX {
            return Err(
                "it is one part of several: join them with `zip -s 0 ARCHIVE --out WHOLE.zip`".to_owned()
            );
        }
        let mut directory = BufReader::new(from.clone());
        directory.seek(SeekFrom::Start(start)).map_err(|error| error.to_string())?;
        Ok(Self { directory, left, shift, files: from })
    }

    fn item(&mut self) -> io::Result<Option<Item>> {
        let mut fixed = [0; CENTRAL_LEN];
        self.directory.read_exact(&mut fixed)?;
        let fixed = Fields(&fixed);
        if !fixed.0.starts_with(CENTRAL) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut name = vec![0; usize::from(fixed.u16(28))];
        self.directory.read_exact(&mut name)?;
        let mut extra = vec![0; usize::from(fixed.u16(30))];
        self.directory.read_exact(&mut extra)?;
        self.directory.seek_relative(i64::from(fixed.u16(32)))?;

        if name.ends_with(b"/") || !is_regular(fixed) {
            return Ok(None);
        }
        let unreadable = |why: &str, name| Ok(Some(Item::Unreadable(name, why.to_owned())));
        // Bit 0: encrypted. Bit 13: even the directory is.
        if fixed.u16(8) & 0x2001 != 0 {
            return unreadable("it is encrypted", name);
        }
        let checksum = fixed.u32(16);
        let compression = match fixed.u16(10) {
            0 => None,
            8 => Some(Compression::Deflate),
            12 => Some(Compression::Bzip2),
            93 => Some(Compression::Zstd),
            95 => Some(Compression::Xz),
            other => {
                return unreadable(&format!("it is compressed with method {other}, which is not read"), name);
            }
        };
        let extra = Extra::of(&extra, fixed);
        let Some((start, len)) = self.data(extra.offset.saturating_add(self.shift), extra.packed)? else {
            return unreadable("it is not where the archive says", name);
        };
        let packing = compression.map(|compression| Packing { compression, checksum });
        let modified = extra.modified.or_else(|| dos_time(fixed.u16(14), fixed.u16(12)));
        Ok(Some(Item::File(Entry { name, start, len, packing, modified })))
    }

    /// Where the bytes of the member are whose own header is at `offset`.
    fn data(&mut self, offset: u64, len: u64) -> io::Result<Option<(u64, u64)>> {
        let mut fixed = [0; LOCAL_LEN];
        self.files.seek(SeekFrom::Start(offset))?;
        if self.files.read_exact(&mut fixed).is_err() || !fixed.starts_with(LOCAL) {
            return Ok(None);
        }
        let fixed = Fields(&fixed);
        let start = offset + LOCAL_LEN as u64 + u64::from(fixed.u16(26)) + u64::from(fixed.u16(28));
        let fits = start.checked_add(len).is_some_and(|end| end <= self.files.len());
        Ok(fits.then_some((start, len)))
    }
}

impl Iterator for Zip {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while self.left > 0 {
            self.left -= 1;
            match self.item() {
                Ok(None) => {}
                Ok(item) => return item,
                Err(_) => {
                    let damage = format!("its directory is damaged: {} entries are lost", self.left + 1);
                    self.left = 0;
                    return Some(Item::Damaged(damage));
                }
            }
        }
        None
    }
}

/// Number of entries, where the first one stands, and what stands in front of the archive. The number is `u64::MAX` if
/// this is one of several parts.
fn directory(from: &mut Window) -> io::Result<Option<(u64, u64, u64)>> {
    let tail_start = from.len().saturating_sub(COMMENT + END_LEN as u64);
    from.seek(SeekFrom::Start(tail_start))?;
    let mut tail = Vec::new();
    from.read_to_end(&mut tail)?;
    // The last one that leaves room for the comment it states.
    let fits = |&at: &usize| {
        let end = Fields(&tail[at..]);
        end.0.len() >= END_LEN && at + END_LEN + usize::from(end.u16(20)) <= tail.len()
    };
    let Some(at) = memmem::rfind_iter(&tail, END).find(fits) else { return Ok(None) };
    let end = Fields(&tail[at..]);
    let mut disk = u32::from(end.u16(4));
    let (mut entries, mut len, mut offset) =
        (u64::from(end.u16(10)), u64::from(end.u32(12)), u64::from(end.u32(16)));
    let mut behind = tail_start + at as u64;
    // APPNOTE 4.4.1.4: what is too large for its field stands in another record.
    if disk == 0xffff || entries == 0xffff || len == 0xffff_ffff || offset == 0xffff_ffff {
        let mut locator = [0; LOCATOR64_LEN as usize];
        from.seek(SeekFrom::Start(behind.saturating_sub(LOCATOR64_LEN)))?;
        from.read_exact(&mut locator)?;
        if locator.starts_with(LOCATOR64) {
            let mut record = [0; END64_LEN];
            from.seek(SeekFrom::Start(Fields(&locator).u64(8)))?;
            from.read_exact(&mut record)?;
            let record = Fields(&record);
            if !record.0.starts_with(END64) {
                return Ok(None);
            }
            (disk, entries, len, offset) = (record.u32(16), record.u64(32), record.u64(40), record.u64(48));
            behind = Fields(&locator).u64(8);
        }
    }
    if disk != 0 {
        return Ok(Some((u64::MAX, 0, 0)));
    }
    let Some(start) = behind.checked_sub(len) else { return Ok(None) };
    Ok(start.checked_sub(offset).map(|shift| (entries, start, shift)))
}

/// What extra fields (APPNOTE 4.5) add to the fixed ones.
struct Extra {
    /// Bytes the member takes.
    packed: u64,
    /// Where its own header is.
    offset: u64,
    modified: Option<EventTime>,
}

impl Extra {
    fn of(mut extra: &[u8], fixed: Fields<'_>) -> Self {
        let mut found =
            Self { packed: u64::from(fixed.u32(20)), offset: u64::from(fixed.u32(42)), modified: None };
        while let [a, b, c, d, rest @ ..] = extra {
            let (id, len) = (u16::from_le_bytes([*a, *b]), usize::from(u16::from_le_bytes([*c, *d])));
            let (field, rest) = rest.split_at(len.min(rest.len()));
            extra = rest;
            match id {
                // 4.5.3: those of unpacked size, packed size and offset that do not fit their fields, in this order.
                0x0001 => {
                    let mut wide = field.chunks_exact(8).map(|field| Fields(field).u64(0));
                    if fixed.u32(24) == u32::MAX {
                        wide.next();
                    }
                    if fixed.u32(20) == u32::MAX {
                        found.packed = wide.next().unwrap_or(found.packed);
                    }
                    if fixed.u32(42) == u32::MAX {
                        found.offset = wide.next().unwrap_or(found.offset);
                    }
                }
                // Info-ZIP's extended timestamp: flags, then seconds since 1970 if bit 0 is set.
                0x5455 if field.len() >= 5 && field[0] & 1 == 1 => {
                    let seconds = i64::from(Fields(field).u32(1).cast_signed());
                    found.modified = Some(EventTime::from_seconds(seconds)).filter(|_| seconds > 0);
                }
                _ => {}
            }
        }
        found
    }
}

/// Little-endian numbers at fixed places; zero where there is nothing.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn bytes<const N: usize>(self, at: usize) -> [u8; N] {
        self.0.get(at..).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or([0; N])
    }

    fn u16(self, at: usize) -> u16 {
        u16::from_le_bytes(self.bytes(at))
    }

    fn u32(self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes(at))
    }

    fn u64(self, at: usize) -> u64 {
        u64::from_le_bytes(self.bytes(at))
    }
}

/// Unix keeps the type of a file in the upper half of its attributes (stat(2), `S_IFMT`); others say nothing of it.
fn is_regular(central: Fields<'_>) -> bool {
    let unix = central.u16(4) >> 8 == 3;
    let kind = (central.u32(38) >> 16) & 0o170_000;
    !unix || kind == 0 || kind == 0o100_000
}

/// MS-DOS date and time (APPNOTE 4.4.6), which name no zone: taken for UTC, which is right to the day.
fn dos_time(date: u16, time: u16) -> Option<EventTime> {
    let (year, month, day) = (1980 + i32::from(date >> 9), u32::from(date >> 5 & 15), u32::from(date & 31));
    let (hour, minute, second) = (u32::from(time >> 11), u32::from(time >> 5 & 63), u32::from(time & 31) * 2);
    let at = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(hour, minute, second.min(59))?;
    // What has no time is stamped with the first day there is.
    (at.and_utc().timestamp() > DOS_EPOCH).then(|| EventTime::from_seconds(at.and_utc().timestamp()))
}

/// 1980-01-01T00:00:00Z.
const DOS_EPOCH: i64 = 315_532_800;
