//! Archives as inputs: which files come out, under which names, and what is said about the rest.

use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::compression::tests::{bzip2, gzip, lines, xz, zstd};
use super::super::open::open;
use super::super::{Input, Problem, find};
use super::expand::{expand, expand_into};
use super::spool::{LIMIT, Spool};

/// 2026-01-02T03:04:06Z.
const WRITTEN: u64 = 1_767_323_046;

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        append(&mut builder, name, content, tar::EntryType::Regular);
    }
    builder.into_inner().unwrap()
}

fn append(builder: &mut tar::Builder<Vec<u8>>, name: &str, content: &[u8], kind: tar::EntryType) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mtime(WRITTEN);
    header.set_size(content.len() as u64);
    if name.starts_with('/') || name.contains("..") {
        // What a builder would not write.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, content).unwrap();
    } else {
        builder.append_data(&mut header, name, content).unwrap();
    }
}

fn zipped(files: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, method) in files {
        let time = zip::DateTime::from_date_and_time(2026, 1, 2, 3, 4, 6).unwrap();
        let options = SimpleFileOptions::default().compression_method(*method).last_modified_time(time);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// What comes of archives in a folder: each member's name behind the folder's, with its content; and the problems.
struct Told {
    files: Vec<(String, Vec<u8>)>,
    problems: Vec<Problem>,
    inputs: Vec<Input>,
}

impl Told {
    fn names(&self) -> Vec<&str> {
        self.files.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn said(&self) -> String {
        let said = self.problems.iter().map(|problem| format!("{}: {}", problem.name, problem.message));
        said.collect::<Vec<_>>().join("\n")
    }
}

fn told_with(files: &[(&str, &[u8])], spool: Spool) -> Told {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let root = folder.path().to_string_lossy().into_owned();
    let (inputs, problems) = expand_into(find(std::slice::from_ref(&root)).0, spool, &AtomicBool::new(false));
    let short = |name: &str| name.strip_prefix(&format!("{root}/")).unwrap_or(name).to_owned();
    let read = |input: &Input| {
        let mut content = Vec::new();
        let _ = open(input, &Arc::default()).unwrap().bytes.read_to_end(&mut content);
        (short(&input.name), content)
    };
    let files = inputs.iter().map(read).collect();
    let problems =
        problems.into_iter().map(|problem| Problem { name: short(&problem.name), ..problem }).collect();
    Told { files, problems, inputs }
}

fn told(files: &[(&str, &[u8])]) -> Told {
    told_with(files, Spool::new(LIMIT))
}

#[test]
fn members_are_files_whatever_is_wrapped_around_them() {
    let log = lines(20_000);
    let packed = gzip(&log);
    let inner = tar(&[("mail.log", &log), ("var/log/mail.log.1", b"one\n"), ("mail.log.2.gz", &packed)]);
    let zip_of = |method| {
        zipped(&[
            ("mail.log", &log, method),
            ("var/log/mail.log.1", b"one\n", method),
            ("mail.log.2.gz", &packed, method),
        ])
    };
    for (what, archive) in [
        ("tar", inner.clone()),
        ("tar.gz", gzip(&inner)),
        ("tar.bz2", bzip2(&inner)),
        ("tar.xz", xz(&inner)),
        ("tar.zst", zstd(&inner)),
        ("zip, stored", zip_of(CompressionMethod::Stored)),
        ("zip, deflate", zip_of(CompressionMethod::Deflated)),
        ("zip, bzip2", zip_of(CompressionMethod::Bzip2)),
        ("zip, zstd", zip_of(CompressionMethod::Zstd)),
    ] {
        let told = told(&[("backup", &archive)]);
        let want = ["backup/mail.log", "backup/var/log/mail.log.1", "backup/mail.log.2.gz"];
        assert_eq!((told.names(), told.said()), (want.to_vec(), String::new()), "{what}");
        assert!(told.files[0].1 == log && told.files[1].1 == b"one\n" && told.files[2].1 == log, "{what}");
        for input in &told.inputs {
            assert_eq!(input.modified.unwrap().seconds(), WRITTEN as i64, "{what}");
        }
    }
}

#[test]
fn what_is_no_log_is_left_out() {
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, "logs/", b"", tar::EntryType::Directory);
    append(&mut builder, "logs/mail.log", b"a\n", tar::EntryType::Regular);
    append(&mut builder, "logs/._mail.log", b"a resource fork", tar::EntryType::Regular);
    append(&mut builder, ".git/config", b"hidden", tar::EntryType::Regular);
    append(&mut builder, "pipe", b"", tar::EntryType::Fifo);
    append(&mut builder, "/etc/../../passwd", b"b\n", tar::EntryType::Regular);
    append(&mut builder, &format!("{}/mail.log", "long".repeat(60)), b"c\n", tar::EntryType::Regular);
    append(&mut builder, "end", b"d\n", tar::EntryType::Continuous);
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder.append_link(&mut link, "link", "logs/mail.log").unwrap();
    let told = told(&[("a.tar", &builder.into_inner().unwrap())]);
    let long = format!("a.tar/{}/mail.log", "long".repeat(60));
    assert_eq!(told.names(), ["a.tar/logs/mail.log", "a.tar/etc/../../passwd", &long, "a.tar/end"]);
    assert_eq!(told.said(), "");
}

#[test]
fn extended_headers_are_believed() {
    let records = b"30 mtime=1767323046.123456789\n27 path=from/the/extension\n";
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, "x", records, tar::EntryType::XHeader);
    let mut header = tar::Header::new_ustar();
    header.set_path("short").unwrap();
    header.set_size(4);
    header.set_cksum();
    builder.append(&header, &b"abc\n"[..]).unwrap();
    append(&mut builder, "x", b"22 GNU.sparse.major=1\n", tar::EntryType::XHeader);
    append(&mut builder, "holes", b"x\n", tar::EntryType::Regular);
    append(&mut builder, "next", b"y\n", tar::EntryType::Regular);
    let told = told(&[("a.tar", &builder.into_inner().unwrap())]);
    assert_eq!(told.names(), ["a.tar/from/the/extension", "a.tar/next"]);
    assert_eq!(told.inputs[0].modified.unwrap().seconds(), WRITTEN as i64);
    assert!(
        told.said().starts_with("a.tar/holes: it is stored as a sparse file: unpack it"),
        "{}",
        told.said()
    );
}

#[test]
fn archives_in_archives_are_looked_into_once() {
    let log = lines(100);
    let innermost = tar(&[("deep.log", &log)]);
    let inner = gzip(&tar(&[("mail.log", &log), ("third.tar", &innermost)]));
    for outer in [
        zipped(&[
            ("inner.tar.gz", &inner, CompressionMethod::Stored),
            ("b.log", b"b\n", CompressionMethod::Stored),
        ]),
        zipped(&[
            ("inner.tar.gz", &inner, CompressionMethod::Deflated),
            ("b.log", b"b\n", CompressionMethod::Stored),
        ]),
        tar(&[("inner.tar.gz", &inner), ("b.log", b"b\n")]),
        xz(&tar(&[("inner.tar.gz", &inner), ("b.log", b"b\n")])),
    ] {
        let told = told(&[("outer", &outer)]);
        assert_eq!(told.names(), ["outer/inner.tar.gz/mail.log", "outer/b.log"]);
        assert!(told.files[0].1 == log);
        assert!(
            told.said().starts_with("outer/inner.tar.gz/third.tar: it is an archive in"),
            "{}",
            told.said()
        );
    }
}

#[test]
fn damaged_archives_give_what_stands_in_front() {
    let log = lines(20_000);
    let whole = tar(&[("a.log", &log), ("b.log", &log), ("c.log", &log)]);
    let second = whole.len() / 3 + 1000;
    let cut = told(&[("a.tar", &whole[..second])]);
    assert_eq!(cut.names(), ["a.tar/a.log", "a.tar/b.log"]);
    assert!(cut.files[0].1 == log && log.starts_with(&cut.files[1].1) && cut.files[1].1.len() < log.len());
    assert!(
        cut.said().contains("a.tar: it ends too early") && cut.said().contains("`tar -tf`"),
        "{}",
        cut.said()
    );

    let packed = gzip(&whole);
    let cut = told(&[("a.tar.gz", &packed[..packed.len() / 2])]);
    assert!(cut.files[0].1 == log && cut.problems.len() == 1, "{}", cut.said());
    assert!(cut.said().contains("the compressed data ends too early") && cut.said().contains("`gzip -t`"));

    let mut header = whole.clone();
    let at = 512 + log.len().next_multiple_of(512);
    header[at + 100] ^= 1;
    let damaged = told(&[("a.tar", &header)]);
    assert_eq!(damaged.names(), ["a.tar/a.log"]);
    assert!(damaged.said().contains(&format!("there is no header at byte {at}")), "{}", damaged.said());

    let files =
        zipped(&[("a.log", &log, CompressionMethod::Deflated), ("b.log", &log, CompressionMethod::Deflated)]);
    let cut = told(&[("a.zip", &files[..files.len() - 30])]);
    assert!(cut.files.is_empty() && cut.said().contains("is missing") && cut.said().contains("`unzip -t`"));
    let mut wrong = files.clone();
    wrong[files.len() / 4..][..200].fill(0xff);
    let wrong = told(&[("a.zip", &wrong)]);
    assert!(wrong.files[0].1 != log && wrong.files[1].1 == log);
}

#[test]
fn zip_members_that_are_not_read_are_told_together() {
    let stored = CompressionMethod::Stored;
    let mut bytes =
        zipped(&[("a", b"a\n", stored), ("b", b"b\n", stored), ("c", b"c\n", stored), ("d", b"d\n", stored)]);
    let central: Vec<_> = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").collect();
    bytes[central[0] + 8] |= 1;
    bytes[central[1] + 8] |= 1;
    bytes[central[2] + 10] = 14;
    let told = told(&[("a.zip", &bytes)]);
    assert_eq!(told.names(), ["a.zip/d"]);
    let said = told.said();
    assert!(said.contains("a.zip/a: it is encrypted, and so is another file in "), "{said}");
    assert!(
        said.contains("a.zip/c: it is compressed with method 14, which is not read: unpack it"),
        "{said}"
    );
    assert!(told.problems.iter().all(|problem| problem.unreadable));
}

/// A zip with one stored file, all of whose sizes and places stand in the wide fields of ZIP64 (APPNOTE 4.3.14, 4.5.3).
fn wide_zip(name: &str, content: &[u8]) -> Vec<u8> {
    let len = content.len() as u64;
    let name_len = (name.len() as u16).to_le_bytes();
    let (none, all) = ([0; 4], [0xff; 4]);
    let header = [&[0; 12][..], &all, &all, &name_len].concat();
    let local = [b"PK\x03\x04\x2d\0", &header[..], &[0; 2], name.as_bytes(), content].concat();
    let wide = [&[1, 0, 24, 0][..], &len.to_le_bytes(), &len.to_le_bytes(), &[0; 8]].concat();
    let extra_len = (wide.len() as u16).to_le_bytes();
    let central =
        [b"PK\x01\x02\x2d\0\x2d\0", &header[..], &extra_len, &[0; 10], &all, name.as_bytes(), &wide].concat();
    let end = (local.len() + central.len()) as u64;
    let one = 1_u64.to_le_bytes();
    [
        &local[..],
        &central,
        b"PK\x06\x06",
        &44_u64.to_le_bytes(),
        &[0x2d, 0, 0x2d, 0],
        &none,
        &none,
        &one,
        &one,
        &(central.len() as u64).to_le_bytes(),
        &(local.len() as u64).to_le_bytes(),
        b"PK\x06\x07",
        &none,
        &end.to_le_bytes(),
        &[1, 0, 0, 0],
        b"PK\x05\x06",
        &[0xff; 16],
        &[0; 2],
    ]
    .concat()
}

#[test]
fn a_zip_may_have_wide_fields_or_stand_behind_a_program() {
    assert_eq!(
        told(&[("a.zip", &wide_zip("w.log", b"wide\n"))]).files,
        [("a.zip/w.log".to_owned(), b"wide\n".to_vec())]
    );
    // It begins like a zip, and its offsets are counted from the second one.
    let shifted =
        [b"PK\x03\x04 a program", &zipped(&[("a", b"a\n", CompressionMethod::Stored)])[..]].concat();
    assert_eq!(told(&[("a.zip", &shifted)]).files, [("a.zip/a".to_owned(), b"a\n".to_vec())]);
}

#[test]
fn empty_archives_are_told_and_lose_nothing() {
    let told = told(&[("a.zip", &zipped(&[])), ("b.tar", &tar(&[(".hidden", b"x")])), ("c.log", b"c\n")]);
    assert_eq!(told.names(), ["c.log"]);
    assert_eq!(told.problems.len(), 2, "{}", told.said());
    assert!(
        told.problems
            .iter()
            .all(|problem| !problem.unreadable && problem.message.contains("no file in this"))
    );
}

#[test]
fn what_a_bomb_may_write_is_bounded_and_what_is_plain_is_read_anyway() {
    let zeros = vec![0; 3 << 20];
    let bomb = zstd(&tar(&[("a.log", b"a\n"), ("zeros", &zeros)]));
    let small = gzip(&tar(&[("b.log", b"b\n")]));
    let told =
        told_with(&[("1.tar.zst", &bomb), ("2.tar.gz", &small), ("3.log", b"c\n")], Spool::new(1 << 20));
    assert_eq!(told.names(), ["2.tar.gz/b.log", "3.log"]);
    assert!(told.said().starts_with("1.tar.zst: what is in it takes more than"), "{}", told.said());
    assert!(told.said().contains("unpack it yourself and name the folder"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_what_to_do() {
    let full = || Spool::of(File::options().read(true).write(true).open("/dev/full").unwrap(), LIMIT);
    let packed = gzip(&tar(&[("b.log", b"b\n")]));
    let told = told_with(&[("2.tar.gz", &packed), ("3.log", b"c\n")], full());
    assert_eq!(told.names(), ["3.log"]);
    let want = "2.tar.gz: cannot unpack it into a temporary file: No space left on device: unpack it yourself and name \
                the folder, or set TMPDIR to a folder with more room";
    assert_eq!(told.said(), want);
}

#[test]
fn many_members_are_bounded() {
    let names: Vec<String> = (0..20_010).map(|n| format!("{n}.log")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.tar");
    fs::write(&path, tar(&files)).unwrap();
    let arguments = [path.to_string_lossy().into_owned()];
    let (inputs, problems) = expand(find(&arguments).0, &AtomicBool::new(false));
    assert_eq!((inputs.len(), problems.len()), (20_000, 1));
    assert!(problems[0].message.starts_with("it holds more than 20000 files; unpack it yourself"));
}

#[test]
fn an_interruption_ends_the_looking() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.tar"), tar(&[("a.log", b"a\n")])).unwrap();
    let arguments = [folder.path().to_string_lossy().into_owned()];
    let (inputs, problems) = expand(find(&arguments).0, &AtomicBool::new(true));
    assert!(inputs.len() == 1 && inputs[0].name.ends_with("a.tar") && problems.is_empty());
    assert!(Path::new(&inputs[0].name).exists());
}
