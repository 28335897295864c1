//! Archives as folders, and folders in which everything lies side by side.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::compressed::{bzip2, gzip, xz, zstd};
use super::{Folder, clients, expected, line, lines, report, sound};
use crate::cases::program::{code, err, relaywatch, run_with};

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mtime(1_767_323_046);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Lines from `from` up to `to`.
fn some(from: usize, to: usize) -> Vec<u8> {
    (from..to).map(line).collect::<String>().into_bytes()
}

#[test]
fn a_folder_with_everything_in_it_is_read_once() {
    let rotated = tar(&[
        ("var/log/mail.log.4", &some(100, 200)),
        ("var/log/mail.log.5.gz", &gzip(&some(0, 100))),
        // Also there as a file of its own.
        ("var/log/mail.log.3", &some(200, 300)),
    ]);
    let folder = Folder::new(&[
        ("mail.log", &some(500, 600)),
        ("mail.log.1.bz2", &bzip2(&some(400, 500))),
        ("mail.log.2.xz", &xz(&some(300, 400))),
        ("mail.log.3.zst", &zstd(&some(200, 300))),
        ("copy of mail.log.2", &some(300, 400)),
        ("old.tar.gz", &gzip(&rotated)),
        ("again.tar", &rotated),
        ("again.zip", &zipped(&[("mail.log.1", &some(400, 500)), ("__MACOSX/._mail.log.1", b"fork")])),
        (".hidden.tar", &rotated),
    ]);
    let output = folder.run(&["parse"], &[""]);
    assert_eq!((clients(&output), code(&output)), (expected(600), 0), "{}", err(&output));
    let (report, exit, said) = folder.analyze(&[""]);
    assert_eq!(
        (exit, &report["input"]["events"], &report["input"]["files"]),
        (0, &600.into(), &6.into()),
        "{said}"
    );
    assert!(said.lines().count() == 6 && said.lines().all(|line| line.ends_with("read once")), "{said}");
}

#[test]
fn a_member_is_named_behind_its_archive() {
    let folder = Folder::new(&[("old.tar.xz", &xz(&tar(&[("var/log/mail.log.1", &some(0, 3))])))]);
    let output = folder.run(&["parse"], &["old.tar.xz"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert!(last["file"].as_str().unwrap().ends_with("old.tar.xz/var/log/mail.log.1"), "{last}");
    assert_eq!((&last["line"], &last["offset"]), (&3.into(), &(2 * line(0).len()).into()));
}

#[test]
fn rotation_and_years_work_inside_of_an_archive() {
    let yearless = |stamp: &str, n: usize| {
        format!("{stamp} mx1 postfix/smtpd[1]: connect from client{n}.partner.example[198.51.100.9]\n")
            .into_bytes()
    };
    // Written on 2 January 2026.
    let files = [
        ("log/mail.log", &*yearless("Jan  1 10:00:00", 2)),
        ("log/mail.log.1", &*yearless("Dec 31 10:00:00", 1)),
        ("log/mail.log.2.zst", &*zstd(&yearless("Dec 24 10:00:00", 0))),
    ];
    let folder = Folder::new(&[("old.tar.bz2", &bzip2(&tar(&files)))]);
    assert_eq!(folder.clients(&["old.tar.bz2"]), expected(3));
    let input = &folder.analyze(&["old.tar.bz2"]).0["input"];
    assert_eq!(input["first_time"], "2025-12-24T10:00:00Z");
    assert_eq!(input["last_time"], "2026-01-01T10:00:00Z");
}

#[test]
fn damaged_archives_are_named_with_what_checks_them() {
    let whole = tar(&[("a.log", &some(0, 2000)), ("b.log", &some(2000, 4000))]);
    let gz = gzip(&whole);
    let packed = zipped(&[("a.log", &some(0, 2000)), ("b.log", &some(2000, 4000))]);
    let mut corrupt = packed.clone();
    let late = corrupt.len() * 3 / 4;
    corrupt[late..late + 50].fill(0xff);
    for (name, content, good, want) in [
        ("cut.tar", &whole[..whole.len() * 3 / 4], 2000, "cut.tar: it ends too early: what stands in front"),
        (
            "cut.tar.gz",
            &gz[..gz.len() * 3 / 4],
            1000,
            "cut.tar.gz: the compressed data ends too early: what stands",
        ),
        ("cut.zip", &packed[..packed.len() / 2], 0, "cut.zip: its end, which says what is in it, is missing"),
        ("bad.zip", &corrupt, 2000, "bad.zip/b.log: "),
    ] {
        let folder = Folder::new(&[(name, content)]);
        let (_, exit, said) = folder.analyze(&[name]);
        assert!(exit == 3 && said.contains(want), "{name}: {said}");
        assert!(["`tar -tf`", "`gzip -t`", "`unzip -t`"].iter().any(|check| said.contains(check)), "{said}");
        let found = folder.clients(&[name]);
        assert!(found.len() >= good && found[..good] == expected(good), "{name}: {}", found.len());
    }
}

#[test]
fn an_archive_on_standard_input_says_what_to_do() {
    for (name, bytes) in
        [("tar", gzip(&tar(&[("a.log", &some(0, 3))]))), ("zip", zipped(&[("a.log", &some(0, 3))]))]
    {
        let output = sound(run_with(&["analyze", "-"], &bytes));
        assert_eq!(code(&output), 3);
        let want = format!(
            "-: it is a {name} archive, which can be read only from a file: save it as one and name that"
        );
        assert!(err(&output).contains(&want), "{}", err(&output));
    }
}

#[cfg(unix)]
#[test]
fn where_nothing_can_be_unpacked_it_is_said() {
    let folder =
        Folder::new(&[("old.tar.gz", &gzip(&tar(&[("a.log", &some(0, 3))]))), ("mail.log", &some(0, 2))]);
    let mut program = relaywatch();
    program.env("TMPDIR", folder.path("nowhere")).args(["analyze", "--output", "json"]).arg(folder.path(""));
    let (report, exit, said) = report(&sound(program.output().unwrap()));
    assert_eq!((exit, &report["input"]["events"]), (3, &2.into()), "{said}");
    assert!(
        said.contains("old.tar.gz: cannot unpack it into a temporary file: ") && said.contains("set TMPDIR")
    );
}

#[test]
fn nothing_is_left_behind_or_written_where_a_name_says() {
    let folder = Folder::new(&[]);
    std::fs::create_dir(folder.path("tmp")).unwrap();
    std::fs::create_dir(folder.path("work")).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_size(lines(3).len() as u64);
    header.as_old_mut().name[..11].copy_from_slice(b"../evil.log");
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&header, lines(3).as_bytes()).unwrap();
    std::fs::write(folder.path("work/a.tar.gz"), gzip(&builder.into_inner().unwrap())).unwrap();
    let mut program = relaywatch();
    program.env("TMPDIR", folder.path("tmp")).current_dir(folder.path("work")).args(["parse", "a.tar.gz"]);
    let output = sound(program.output().unwrap());
    assert_eq!((clients(&output), code(&output)), (expected(3), 0), "{}", err(&output));
    assert_eq!(std::fs::read_dir(folder.path("tmp")).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(folder.path("work")).unwrap().count(), 1);
    assert!(!folder.path("evil.log").exists());
}

#[test]
fn no_word_of_a_client_makes_an_archive_of_a_log() {
    let start = line(0).trim_end().to_owned();
    let word = format!("{start}{}ustar  00{}\n", "x".repeat(257 - start.len()), "y".repeat(300));
    for word in [word.clone(), word.replace("ustar  ", "ustar\0 ")] {
        let folder = Folder::new(&[("mail.log", (word + &lines(3)).as_bytes())]);
        let found = folder.clients(&["mail.log"]);
        assert_eq!(found[found.len() - 3..], expected(3));
    }
}

#[test]
fn names_in_archives_reach_no_terminal_as_they_are() {
    let damaged = gzip(&some(0, 3));
    let name = "\u{1b}[2J\n\u{202e}mail.log";
    let folder = Folder::new(&[("a.tar", &tar(&[(name, &damaged[..damaged.len() - 1])]))]);
    // `sound` looks at what is said.
    let (_, exit, said) = folder.analyze(&["a.tar"]);
    assert!(exit == 3 && said.contains("mail.log: the compressed data ends too early"), "{said}");
    assert!(!said.contains('\u{202e}') && said.lines().count() == 1, "{said}");
    let text = folder.run(&["analyze"], &["a.tar"]);
    assert!(!String::from_utf8_lossy(&text.stdout).contains(['\u{1b}', '\u{202e}']));
}
