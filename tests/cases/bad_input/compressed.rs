//! Compressed files that are damaged, or more than they seem.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::{Folder, expected, line, lines};
use crate::cases::program::{code, err, run_with};

type Compress = fn(&[u8]) -> Vec<u8>;

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(1));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const ALL: [(&str, Compress); 4] = [("gzip", gzip), ("bzip2", bzip2), ("xz", xz), ("zstd", zstd)];

/// Text in members of some thousand lines, so that whatever is damaged, members stand in front of it.
fn members(compress: Compress, count: usize) -> Vec<u8> {
    let text = lines(count);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.chunks(1000).flat_map(|lines| compress(lines.concat().as_bytes())).collect()
}

#[test]
fn a_truncated_file_gives_what_it_has() {
    for (name, compress) in ALL {
        let whole = members(compress, 3000);
        for cut in [4, 1, whole.len() / 2] {
            let folder = Folder::new(&[
                ("mail.log.2", &whole[..whole.len() - cut]),
                ("other.log", line(7).as_bytes()),
            ]);
            let (report, exit, said) = folder.analyze(&["mail.log.2", "other.log"]);
            assert_eq!(exit, 3, "{name}: a part of it could not be read");
            assert!(said.contains("mail.log.2: the compressed data ends too early"), "{said}");
            assert!(said.contains(&format!("`{name} -t` checks the file")), "{said}");
            assert_eq!((said.lines().count(), &report["input"]["files"]), (1, &2.into()));
            let found = folder.clients(&["mail.log.2"]);
            let good = if cut < 9 { 3000 } else { 1000 };
            assert!(
                found.len() >= good && found[..good] == expected(3000)[..good],
                "{name}: {}",
                found.len()
            );
        }
    }
}

#[test]
fn a_corrupt_file_gives_what_stands_before() {
    for (name, compress) in ALL {
        let whole = members(compress, 3000);
        let mut corrupt = whole.clone();
        let middle = corrupt.len() / 2;
        corrupt[middle..middle + 40].fill(0xff);
        let garbage = [&whole[..], b"garbage"].concat();
        for (content, good) in [(&corrupt, 1000), (&garbage, 3000)] {
            let folder = Folder::new(&[("mail.log", content)]);
            let (_, exit, said) = folder.analyze(&["mail.log"]);
            assert_eq!(exit, 3, "{name}: a part of it could not be read");
            // What a corrupt file decompresses to may have strange stamps, too.
            assert!(said.lines().count() <= 2, "{said}");
            assert!(said.contains("mail.log: ") && said.contains(&format!("`{name} -t`")), "{said}");
            let found = folder.clients(&["mail.log"]);
            assert!(found[..good] == expected(3000)[..good], "{name}: {}", found.len());
        }
    }
    let mut checksum = gzip(lines(3000).as_bytes());
    let end = checksum.len() - 5;
    checksum[end] ^= 1;
    let folder = Folder::new(&[("mail.log", &checksum)]);
    assert_eq!((folder.analyze(&["mail.log"]).1, folder.clients(&["mail.log"])), (3, expected(3000)));
}

#[test]
fn a_name_says_nothing_about_compression() {
    for (name, compress) in ALL {
        let packed = compress(lines(3).as_bytes());
        let folder = Folder::new(&[
            ("mail.log", &packed),
            ("mail.gz", lines(4).as_bytes()),
            ("empty", &compress(b"")),
        ]);
        assert_eq!(folder.clients(&["mail.log"]), expected(3));
        assert_eq!(folder.clients(&["mail.gz"]), expected(4));
        let (_, exit, said) = folder.analyze(&["empty"]);
        assert_eq!((exit, said.as_str()), (0, ""), "{name}");
        // Standard input, too.
        let output = run_with(&["parse", "-"], &packed);
        assert_eq!((super::clients(&output), code(&output), err(&output)), (expected(3), 0, String::new()));
    }
}

#[test]
fn what_asks_for_much_memory_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(30).unwrap();
    encoder.write_all(lines(3).as_bytes()).unwrap();
    let folder = Folder::new(&[("greedy", &encoder.finish().unwrap()), ("mail.log", line(0).as_bytes())]);
    let (report, exit, said) = folder.analyze(&["greedy", "mail.log"]);
    assert_eq!((exit, &report["input"]["events"], said.lines().count()), (3, &1.into(), 1));
    assert!(said.contains("greedy: it needs more than 256 MiB of memory to decompress"), "{said}");
}

/// Writes `times` times `block`, compressed, with a good line before and after it. A member (RFC 1952, section 2.2) for
/// each block: compressing once is enough.
fn bomb(path: &Path, compress: Compress, block: &[u8], times: usize) {
    let mut file = File::create(path).unwrap();
    file.write_all(&compress(line(0).as_bytes())).unwrap();
    let member = compress(block);
    for _ in 0..times {
        file.write_all(&member).unwrap();
    }
    file.write_all(&compress(format!("\n{}", line(1)).as_bytes())).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_bomb_takes_time_but_no_memory() {
    use std::process::Stdio;
    use std::time::Duration;

    use super::super::program::relaywatch;

    // Megabytes. What is in flight is 24 twice, whatever the input; the rest is the program itself.
    const LIMIT: u64 = 150;
    const BLOCK: usize = 4 << 20;
    let mut short = vec![b'x'; BLOCK];
    short.chunks_mut(64).for_each(|line| line[0] = b'\n');
    let cases: [(&str, Compress, Vec<u8>, usize); 7] = [
        ("zeros.gz", gzip, vec![0; BLOCK], 256),
        ("zeros.bz2", bzip2, vec![0; BLOCK], 64),
        ("zeros.xz", xz, vec![0; BLOCK], 64),
        ("zeros.zst", zstd, vec![0; BLOCK], 256),
        ("one line.gz", gzip, vec![b'x'; BLOCK], 50),
        ("newlines.gz", gzip, vec![b'\n'; BLOCK], 10),
        ("short lines.gz", gzip, short, 10),
    ];
    for (name, compress, block, times) in cases {
        let bytes = (block.len() * times) as u64;
        let folder = Folder::new(&[]);
        let path = folder.path(name);
        bomb(&path, compress, &block, times);
        assert!(path.metadata().unwrap().len() < bytes / 100, "{name}");
        let mut child = relaywatch()
            .args(["analyze", "--output", "json"])
            .arg(&path)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let high = high.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
            peak = peak.max(high.unwrap_or_default() / 1024);
            std::thread::sleep(Duration::from_millis(5));
        }
        let output = child.wait_with_output().unwrap();
        assert!(peak > 0 && peak < LIMIT, "{name}: {peak} MB");
        assert_eq!(code(&output), 0, "{name}: {}", err(&output));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["traffic"]["connections"], 2, "{name}: {report:#}");
        assert!(report["input"]["bytes"].as_u64().unwrap() > bytes);
    }
}
