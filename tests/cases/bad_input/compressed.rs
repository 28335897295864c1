//! Compressed files that are damaged, or more than they seem.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Folder, expected, line, lines};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_truncated_file_gives_what_it_has() {
    let whole = gzip(lines(3000).as_bytes());
    for cut in [8, 1, whole.len() / 2] {
        let folder =
            Folder::new(&[("mail.log.2.gz", &whole[..whole.len() - cut]), ("other.log", line(7).as_bytes())]);
        let (report, exit, said) = folder.analyze(&["mail.log.2.gz", "other.log"]);
        assert_eq!(exit, 3, "a part of it could not be read");
        assert!(said.contains("mail.log.2.gz: the compressed data ends too early"), "{said}");
        assert_eq!((said.lines().count(), &report["input"]["files"]), (1, &2.into()));
        let found = folder.clients(&["mail.log.2.gz"]);
        let good = if cut < 9 { 3000 } else { 1000 };
        assert!(found.len() >= good && found[..good] == expected(3000)[..good], "{}", found.len());
    }
}

#[test]
fn a_corrupt_file_gives_what_stands_before() {
    let whole = gzip(lines(3000).as_bytes());
    let mut corrupt = whole.clone();
    let middle = corrupt.len() * 2 / 3;
    corrupt[middle..middle + 40].fill(0xff);
    let mut checksum = whole.clone();
    let end = checksum.len() - 5;
    checksum[end] ^= 1;
    for (content, good) in [(&corrupt, 1000), (&checksum, 3000), (&[&whole[..], b"garbage"].concat(), 3000)] {
        let folder = Folder::new(&[("mail.log.gz", content)]);
        let (_, exit, said) = folder.analyze(&["mail.log.gz"]);
        assert_eq!(exit, 3, "a part of it could not be read");
        // What a corrupt file decompresses to may have strange stamps, too.
        assert!(said.lines().count() <= 2, "{said}");
        assert!(said.contains("mail.log.gz: ") && said.contains("gzip -t"), "{said}");
        let found = folder.clients(&["mail.log.gz"]);
        assert!(found[..good] == expected(3000)[..good], "{}", found.len());
    }
}

#[test]
fn a_name_says_nothing_about_compression() {
    let folder = Folder::new(&[("mail.log", &gzip(lines(3).as_bytes())), ("mail.gz", lines(3).as_bytes())]);
    assert_eq!(folder.clients(&["mail.log"]), expected(3));
    assert_eq!(folder.clients(&["mail.gz"]), expected(3));
    let folder = Folder::new(&[("mail.log.xz", b"\xfd7zXZ\0\0\x04more"), ("mail.log", lines(3).as_bytes())]);
    let (report, exit, said) = folder.analyze(&["mail.log.xz", "mail.log"]);
    assert_eq!((exit, &report["input"]["events"]), (3, &3.into()));
    assert!(said.contains("mail.log.xz: it is compressed") && said.contains("xz -dc"), "{said}");
}

/// Writes `times` times `block`, compressed, with a good line before and after it. A member (RFC 1952, section 2.2) for
/// each block: compressing once is enough.
fn bomb(path: &Path, block: &[u8], times: usize) {
    let mut file = File::create(path).unwrap();
    file.write_all(&gzip(line(0).as_bytes())).unwrap();
    let member = gzip(block);
    for _ in 0..times {
        file.write_all(&member).unwrap();
    }
    file.write_all(&gzip(format!("\n{}", line(1)).as_bytes())).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_bomb_takes_time_but_no_memory() {
    use std::process::Stdio;
    use std::time::Duration;

    use super::super::program::{code, err, relaywatch};

    // Megabytes. What is in flight is 24 twice, whatever the input; the rest is the program itself.
    const LIMIT: u64 = 150;
    const BLOCK: usize = 4 << 20;
    let mut short = vec![b'x'; BLOCK];
    short.chunks_mut(64).for_each(|line| line[0] = b'\n');
    let cases: [(&str, Vec<u8>, usize); 4] = [
        ("zeros.gz", vec![0; BLOCK], 256),
        ("one line.gz", vec![b'x'; BLOCK], 50),
        ("newlines.gz", vec![b'\n'; BLOCK], 10),
        ("short lines.gz", short, 10),
    ];
    for (name, block, times) in cases {
        let bytes = (block.len() * times) as u64;
        let folder = Folder::new(&[]);
        let path = folder.path(name);
        bomb(&path, &block, times);
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
