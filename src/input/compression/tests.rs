//! All compressions, held to the same promises.

use std::io::{Read, Write};

use super::Compression;

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(1));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

type Compress = fn(&[u8]) -> Vec<u8>;

/// Each compression, and how much it may hold back in front of a fault: a block that has to be there as a whole.
const ALL: [(Compression, Compress, usize); 4] = [
    (Compression::Gzip, gzip, 300),
    (Compression::Bzip2, bzip2, 200_000),
    (Compression::Xz, xz, 300),
    (Compression::Zstd, zstd, 128 * 1024),
];

/// Text that does not compress to nothing.
pub(crate) fn lines(count: u64) -> Vec<u8> {
    (0..count)
        .flat_map(|n| format!("{n} {:x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).into_bytes())
        .collect()
}

/// What comes out, read in pieces of `size` bytes, and the error behind it.
fn read_by(compressed: &[u8], size: usize) -> (Vec<u8>, Option<String>) {
    let compression = Compression::of(compressed).unwrap();
    let mut from = compression.decompressed(std::io::Cursor::new(compressed.to_vec()));
    let (mut out, mut piece) = (Vec::new(), vec![0; size]);
    loop {
        match from.read(&mut piece) {
            Ok(0) => return (out, None),
            Ok(read) => out.extend_from_slice(&piece[..read]),
            Err(error) => return (out, Some(error.to_string())),
        }
    }
}

fn read(compressed: &[u8]) -> (Vec<u8>, Option<String>) {
    read_by(compressed, 100_000)
}

#[test]
fn members_follow_each_other_and_zeros_pad() {
    let (a, b) = (lines(50_000), lines(3));
    for (compression, compress, _) in ALL {
        let whole = [compress(&a), compress(b""), compress(&b), vec![0; 700]].concat();
        for size in [1 << 20, 1000, 7] {
            let (got, error) = read_by(&whole, size);
            assert!(got == [&a[..], &b].concat() && error.is_none(), "{compression:?}: {error:?}");
        }
        let empty = compress(b"");
        assert_eq!((Compression::of(&empty), read(&empty)), (Some(compression), (Vec::new(), None)));
    }
    assert_eq!(Compression::of(b""), None);
    assert_eq!(Compression::of(b"BZh9 is how bzip2 begins"), None);
}

#[test]
fn zstd_frames_that_are_to_be_skipped_are() {
    let skipped = [&[0x5a, 0x2a, 0x4d, 0x18, 6, 0, 0, 0][..], b"hidden"].concat();
    let whole = [&skipped[..], &zstd(b"one\n"), &skipped, &skipped, &zstd(b"two\n"), &skipped].concat();
    assert_eq!(read(&whole), (b"one\ntwo\n".to_vec(), None));
}

#[test]
fn everything_before_a_fault_is_handed_out() {
    let text = lines(100_000);
    for (compression, compress, held_back) in ALL {
        let whole = compress(&text);
        let (first, error) = read(&whole[..whole.len() / 2]);
        assert_eq!(error.as_deref(), Some("the compressed data ends too early"), "{compression:?}");
        assert!(text.starts_with(&first) && first.len() > text.len() / 3, "{compression:?}: {}", first.len());

        // What comes out must not depend on how it is asked for.
        let mut corrupt = whole.clone();
        let middle = corrupt.len() / 2;
        corrupt[middle..middle + 2000].fill(0xff);
        let told = [1 << 20, 100_000, 4096, 1].map(|size| read_by(&corrupt, size));
        let (got, error) = &told[0];
        assert!(told.iter().all(|other| *other == told[0]), "{compression:?}");
        assert_eq!(error.as_deref(), Some("the compressed data is corrupt"), "{compression:?}");
        let good = text.iter().zip(got).take_while(|(a, b)| a == b).count();
        assert!(good + held_back >= first.len(), "{compression:?}: {good}, {}", first.len());

        // At the very end: all of the data is there.
        let garbage = [&whole[..], b"garbage"].concat();
        let (got, error) = read(&garbage);
        assert!(
            got == text && error.is_some_and(|error| error.contains("what follows is not")),
            "{compression:?}"
        );
        for cut in [1, 2, 3, 4] {
            let (got, error) = read(&whole[..whole.len() - cut]);
            assert!(
                got == text && error.is_some_and(|error| error.contains("too early")),
                "{compression:?} {cut}"
            );
        }
    }
}

#[test]
fn a_wrong_checksum_is_told_behind_the_data() {
    let text = lines(50_000);
    // Where each keeps the checksum of the data, counted from the end.
    for (compress, at) in [(gzip as Compress, 5), (bzip2, 2), (zstd, 1)] {
        let mut wrong = compress(&text);
        let place = wrong.len() - at;
        wrong[place] ^= 0x10;
        let (got, error) = read(&wrong);
        assert!(got == text && error.as_deref() == Some("the compressed data is corrupt"), "{error:?}");
    }
}

#[test]
fn memory_that_is_asked_for_is_bounded() {
    let options = |dictionary| {
        let mut options = liblzma::stream::LzmaOptions::new_preset(0).unwrap();
        options.dict_size(dictionary);
        let mut filters = liblzma::stream::Filters::new();
        filters.lzma2(&options);
        let stream =
            liblzma::stream::Stream::new_stream_encoder(&filters, liblzma::stream::Check::Crc32).unwrap();
        let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
        encoder.write_all(b"a line\n").unwrap();
        encoder.finish().unwrap()
    };
    let windows = |log| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(log).unwrap();
        encoder.write_all(b"a line\n").unwrap();
        encoder.finish().unwrap()
    };
    let xz_like_9 = options(64 << 20);
    assert_eq!(read(&xz_like_9), (b"a line\n".to_vec(), None));
    assert_eq!(read(&windows(27)), (b"a line\n".to_vec(), None));
    for greedy in [options(512 << 20), windows(29)] {
        let (got, error) = read(&greedy);
        assert!(got.is_empty() && error.is_some_and(|error| error.contains("more than 256 MiB of memory")));
    }
}
