//! Lines, numbers and offsets, whatever the batches; what is damaged, and what is more than a line.

use proptest::prelude::*;
use std::fmt::Write as _;
use std::io::Write as _;

use super::super::compression::tests::{gzip, lines};
use super::super::open::peek;
use super::*;

fn input(path: &std::path::Path) -> Input {
    let arguments = [path.to_string_lossy().into_owned()];
    super::super::find(&arguments).0.remove(0)
}

fn settings(batch_bytes: usize) -> Settings {
    Settings { batch_bytes, consumed: Arc::default(), format: |_| Format::Syslog, stated: None }
}

struct Read {
    batches: Vec<Batch>,
    counters: Counters,
    problem: Option<Problem>,
}

fn read_file(path: &std::path::Path, batch_bytes: usize) -> Read {
    read_all(Reader::open(&input(path), FileId(0), &settings(batch_bytes)).unwrap())
}

fn read_all(mut reader: Reader) -> Read {
    let mut batches = Vec::new();
    // Dirty memory, as it comes back from parsing.
    while let Some(batch) = reader.next(b"recycled\n".repeat(batches.len() % 3)) {
        batches.push(batch);
    }
    Read { batches, counters: reader.counters(), problem: reader.problem().cloned() }
}

fn read(content: &[u8], batch_bytes: usize) -> Read {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    std::fs::write(&path, content).unwrap();
    read_file(&path, batch_bytes)
}

/// Each line with its number and offset, as the batches say.
fn told(read: &Read) -> Vec<(u64, u64, Vec<u8>)> {
    let mut told = Vec::new();
    for batch in &read.batches {
        let mut offset = batch.first_offset;
        for (n, line) in batch.bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
            told.push((
                batch.first_line + n as u64,
                offset,
                line.strip_suffix(b"\n").unwrap_or(line).to_vec(),
            ));
            offset += line.len() as u64;
        }
    }
    told
}

/// The same from the whole content at once.
fn expected(content: &[u8]) -> Vec<(u64, u64, Vec<u8>)> {
    let mut offset = 0;
    let mut lines = Vec::new();
    for (n, line) in content.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        lines.push((n as u64 + 1, offset, text[..text.len().min(MAX_LINE)].to_vec()));
        offset += line.len() as u64;
    }
    lines
}

#[test]
fn lines_numbers_and_offsets_are_exact_whatever_the_batch() {
    let long =
        [b"a\n".to_vec(), vec![b'x'; 1 << 20], b"\nb\r\n\0\0\n\n".to_vec(), vec![b'y'; 70_000]].concat();
    let edge = [vec![b'x'; MAX_LINE], b"\n".to_vec(), vec![b'y'; MAX_LINE + 1], b"\nz".to_vec()].concat();
    for content in [&b""[..], b"\n", b"one", b"one\ntwo", b"one\r\ntwo\r\n\r\n", &long, &edge, &lines(9999)] {
        for batch_bytes in [1, 64, 5000, 65_535, 65_536, 1 << 20] {
            let read = read(content, batch_bytes);
            let expected = expected(content);
            assert!(told(&read) == expected, "{} bytes in batches of {batch_bytes}", content.len());
            assert_eq!(read.problem, None);
            assert_eq!(read.counters.bytes, content.len() as u64);
            assert_eq!(read.counters.lines, expected.len() as u64);
        }
    }
    assert_eq!(read(&long, 1 << 20).counters.cut_lines, 2);
    assert_eq!(read(&edge, 1 << 20).counters.cut_lines, 1);
}

#[test]
fn a_line_behind_many_zeros_is_found_where_it_is() {
    for run in [MAX_LINE, 100_000, 300_000] {
        let nul = vec![0; run];
        let content = [b"one\n", &nul[..], b"two\n", &nul, b"\nfour\n", &nul].concat();
        for batch_bytes in [1, 5000, 65_536, 1 << 20] {
            let read = read(&content, batch_bytes);
            let told: Vec<_> =
                told(&read).into_iter().filter(|(.., line)| line.iter().any(|&b| b != 0)).collect();
            let at = |line, offset, text: &[u8]| (line, offset as u64, text.to_vec());
            if run == MAX_LINE {
                // Just not too long: it is parsing that skips the zeros.
                assert_eq!(read.counters.lines, 5);
            } else {
                let four = 4 + 2 * run + 5;
                assert!(told == [at(1, 0, b"one"), at(2, 4 + run, b"two"), at(4, four, b"four")], "{run}");
            }
            assert_eq!(read.counters.bytes, content.len() as u64);
            assert_eq!(read.counters.cut_lines, 0, "{run}");
        }
    }
}

#[test]
fn batches_hold_whole_lines_and_little_more_than_asked() {
    let read = read(&lines(100_000), 64 * 1024);
    assert!(read.batches.len() > 10);
    for batch in &read.batches {
        assert!(batch.bytes.ends_with(b"\n") && batch.bytes.len() <= 64 * 1024);
    }
}

#[test]
fn gzip_is_known_by_content_and_counted_on_disk() {
    let text = lines(40_000);
    let compressed = [gzip(&text[..1000]), gzip(&text[1000..])].concat();
    let read = read(&compressed, 4096);
    assert!(told(&read) == expected(&text) && read.problem.is_none());

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log.2.gz");
    std::fs::write(&path, &compressed).unwrap();
    let settings = settings(4096);
    let mut reader = Reader::open(&input(&path), FileId(0), &settings).unwrap();
    while reader.next(Vec::new()).is_some() {}
    assert_eq!(settings.consumed.load(Ordering::Relaxed), compressed.len() as u64);
    assert!(peek(&input(&path)) == text[..PEEK]);
}

#[test]
fn a_truncated_gzip_gives_every_whole_line_and_says_where_it_ended() {
    let text = lines(40_000);
    let whole = gzip(&text);
    let read = read(&whole[..whole.len() - whole.len() / 3], 4096);
    let (told, expected) = (told(&read), expected(&text));
    let good = told.len() - 1;
    assert!(good > 20_000 && told[..good] == expected[..good]);
    let problem = read.problem.unwrap();
    assert!(problem.name.ends_with("mail.log") && problem.unreadable);
    let mut where_it_ended = String::new();
    write!(where_it_ended, "ends too early: read up to byte {} (decompressed)", read.counters.bytes).unwrap();
    assert!(problem.message.contains(&where_it_ended), "{}", problem.message);
}

#[test]
fn missing_files_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    std::fs::write(&path, b"").unwrap();
    let settings = settings(64);
    let there = input(&path);
    std::fs::remove_file(&path).unwrap();
    let problem = Reader::open(&there, FileId(0), &settings).unwrap_err();
    assert!(problem.message.contains("check the path"), "{}", problem.message);
    assert_eq!(peek(&there), b"");
}

#[test]
fn a_file_truncated_or_growing_while_read_keeps_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    let text = lines(10_000);
    std::fs::write(&path, &text).unwrap();
    let settings = settings(1000);

    let mut reader = Reader::open(&input(&path), FileId(0), &settings).unwrap();
    let first = reader.next(Vec::new()).unwrap();
    assert!(text.starts_with(&first.bytes));
    std::fs::write(&path, b"").unwrap();
    while reader.next(Vec::new()).is_some() {}
    assert!(reader.problem().unwrap().message.contains("truncated while being read"));

    std::fs::write(&path, &text).unwrap();
    let mut reader = Reader::open(&input(&path), FileId(0), &settings).unwrap();
    let mut got = reader.next(Vec::new()).unwrap().bytes;
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"more\n").unwrap();
    while let Some(batch) = reader.next(Vec::new()) {
        got.extend(batch.bytes);
    }
    assert!(got == [&text[..], b"more\n"].concat() && reader.problem().is_none());
}

/// What comes of a file whose records are framed so, as one text, with the columns of each batch.
fn read_framed(content: &[u8], framing: Framing, batch_bytes: usize) -> Read {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, content).unwrap();
    let mut reader = Reader::open(&input(&path), FileId(0), &settings(batch_bytes)).unwrap();
    reader.framing = framing;
    reader.records = Records::new(framing, content);
    reader.columns = Columns::new(content, framing);
    read_all(reader)
}

type Make<'a> = &'a dyn Fn(usize) -> Vec<u8>;

fn newlines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

#[test]
fn records_are_never_cut_inside_whatever_the_batch() {
    let entry = |n: usize| {
        let value = format!("line {n}\n\nA=1\n").repeat(n % 7);
        [format!("N={n}\nV\n").as_bytes(), &(value.len() as u64).to_le_bytes(), value.as_bytes(), b"\n\n"]
            .concat()
    };
    let record = |n: usize| format!("{n},\"{}\",x\r\n", "a \"\"b\"\"\n".repeat(n % 5)).into_bytes();
    let make: [(Framing, Make<'_>); 2] = [(Framing::Entries, &entry), (Framing::Quoted, &record)];
    for (framing, make) in make {
        let records: Vec<Vec<u8>> = (0..500).map(make).collect();
        let content = records.concat();
        for batch_bytes in [1, 100, 5000, 1 << 20] {
            let read = read_framed(&content, framing, batch_bytes);
            let mut starts: std::collections::HashSet<u64> = [0].into();
            starts.extend(records.iter().scan(0, |at, record| {
                *at += record.len() as u64;
                Some(*at)
            }));
            let mut at = 0;
            for batch in &read.batches {
                assert_eq!(batch.first_offset, at);
                assert!(starts.contains(&at), "{framing:?}: a batch begins in a record");
                let before = newlines(&content[..at as usize]);
                assert_eq!(batch.first_line, before + 1);
                assert_eq!(u64::from(batch.lines), newlines(&batch.bytes));
                let within: Vec<_> = batch.records().collect();
                assert!(
                    within.iter().all(|record| starts.contains(&(at + record.end as u64))),
                    "{framing:?}"
                );
                assert!(within.len() == batch.ends.len() && within.last().unwrap().end == batch.bytes.len());
                at += batch.bytes.len() as u64;
            }
            let bytes: Vec<u8> = read.batches.iter().flat_map(|batch| batch.bytes.clone()).collect();
            assert!(bytes == content && read.counters.bytes == content.len() as u64);
            assert_eq!(read.counters.lines, newlines(&content));
        }
    }
}

#[test]
fn a_line_of_many_records_counts_once() {
    let one = "{\"a\":\"b\"}";
    for (content, lines) in [
        (one.to_owned(), 1),
        (one.repeat(100), 1),
        (format!("[{}]\n", vec![one; 100].join(",")), 1),
        (format!("{one}\n{one}"), 2),
    ] {
        for batch_bytes in [1, 25, 1 << 20] {
            let read = read_framed(content.as_bytes(), Framing::Objects, batch_bytes);
            let told: u32 = read.batches.iter().map(|batch| batch.lines).sum();
            assert_eq!((told, read.counters.lines), (lines, u64::from(lines)), "{content}, {batch_bytes}");
        }
    }
}

#[test]
fn a_record_that_is_too_long_costs_itself_only() {
    let binary =
        [b"V\n", &200_000_u64.to_le_bytes()[..], &b"x\n\nN=forged\n\n".repeat(20_000)[..200_000], b"\n"]
            .concat();
    let entries = [b"N=1\n\n", &binary[..], b"A=2\n\n", b"N=3\n\n"].concat();
    let line = vec![b'y'; 200_000];
    let quoted = [b"a,b\n\"", &line[..], b"\",x\nlast,\"1\n2\"\n"].concat();
    for (framing, content, last) in
        [(Framing::Entries, &entries, &b"N=3\n\n"[..]), (Framing::Quoted, &quoted, b"last,\"1\n2\"\n")]
    {
        for batch_bytes in [1, 70_000, 1 << 20] {
            let read = read_framed(content, framing, batch_bytes);
            let batch = read.batches.last().unwrap();
            let at = content.len() - last.len();
            assert!(batch.bytes == last && batch.first_offset == at as u64, "{framing:?} {batch_bytes}");
            let before = newlines(&content[..at]);
            assert_eq!((batch.first_line, read.counters.cut_lines), (before + 1, 1));
            assert_eq!(read.counters.bytes, content.len() as u64);
            let kept: usize = read.batches.iter().map(|batch| batch.bytes.len()).sum();
            assert!(kept < 70_000 && kept > MAX_LINE);
        }
    }
}

#[test]
fn objects_in_a_single_line_are_read_in_parts() {
    let object = |n: usize| format!("{{\"n\":{n},\"t\":[\"}}{{\",{{}}]}}");
    let objects: Vec<String> = (0..9000).map(object).collect();
    let long = format!("{{\"t\":\"{}\"}}", "x".repeat(2 << 20));
    for batch_bytes in [1, 1000, 70_000] {
        let content = format!("[{}]", objects.join(","));
        let read = read_framed(content.as_bytes(), Framing::Objects, batch_bytes);
        let mut at = 0;
        for batch in &read.batches {
            assert_eq!((batch.first_line, batch.first_offset), (1, at as u64));
            assert!(batch.bytes.len() <= batch_bytes.max(200), "no more than was asked for");
            at += batch.bytes.len();
        }
        let bytes: Vec<u8> = read.batches.iter().flat_map(|batch| batch.bytes.clone()).collect();
        assert!(bytes == content.as_bytes() && read.counters.lines == 1);
        // One that is too long costs itself only.
        let content = format!("[{long},{}]", objects.join(","));
        let read = read_framed(content.as_bytes(), Framing::Objects, batch_bytes);
        let whole = read.batches.iter().flat_map(|batch| batch.records().map(|record| &batch.bytes[record]));
        let found = whole.filter(|record| record.ends_with(b"]}")).count();
        assert_eq!((found, read.counters.cut_lines), (objects.len(), 1));
        assert_eq!(read.counters.bytes, content.len() as u64);
    }
}

#[test]
fn a_quote_that_nothing_closes_swallows_no_file() {
    let content = [b"a,b\n1,\"2\n", &lines(20_000)[..]].concat();
    for batch_bytes in [1, 5000, 1 << 20] {
        let read = read_framed(&content, Framing::Quoted, batch_bytes);
        assert!(told(&read) == expected(&content) && read.counters.cut_lines == 0);
    }
}

#[test]
fn each_batch_knows_the_columns_in_front_of_it() {
    let part = |n: usize| {
        format!("#Software: x\r\n#Fields: a{n} b\r\n{}", format!("{n} #Fields: c\r\n").repeat(3000))
    };
    let directives: String = (0..4).map(part).collect();
    let csv = format!("a,\"b\nc\"\n{}", "1,\"\n#Fields: x\"\n".repeat(3000));
    for batch_bytes in [1, 1000, 1 << 20] {
        for framing in [Framing::Lines, Framing::Quoted] {
            let read = read_framed(directives.as_bytes(), framing, batch_bytes);
            let mut at = 0;
            for batch in &read.batches {
                let want = directives[..at].rmatch_indices("#Fields: a").next();
                let want = want.map(|(start, _)| &directives.as_bytes()[start..start + 13]);
                assert_eq!(batch.header.as_deref(), want, "{framing:?} {batch_bytes}");
                at += batch.bytes.len();
            }
        }
        // Exchange 2003 names its columns in a comment.
        let of_2003 = format!("# Log\r\n# Date\tTime\tx\r\n{}", "1\t# Date\t3\r\n".repeat(3000));
        let read = read_framed(of_2003.as_bytes(), Framing::Quoted, batch_bytes);
        let want = (read.batches.len() > 1).then_some(&b"# Date\tTime\tx"[..]);
        assert_eq!(read.batches.last().unwrap().header.as_deref(), want);
        let read = read_framed(csv.as_bytes(), Framing::Quoted, batch_bytes);
        assert_eq!(read.batches[0].header, None);
        assert!(read.batches[1..].iter().all(|batch| batch.header.as_deref() == Some(b"a,\"b\nc\"")));
        let plain = read_framed(&lines(5000), Framing::Lines, batch_bytes);
        assert!(plain.batches.iter().all(|batch| batch.header.is_none()));
    }
}

proptest! {
    #[test]
    fn any_bytes_in_any_batches(
        parts in proptest::collection::vec(
            (proptest::sample::select(vec![&b"\n"[..], b"a", b"\r\n", b"\0\n", b"\xff"]), 1_usize..40_000), 0..8,
        ),
        batch_bytes in 1_usize..200_000,
    ) {
        let content: Vec<u8> = parts.iter().flat_map(|(part, times)| part.repeat(*times)).collect();
        prop_assert!(told(&read(&content, batch_bytes)) == expected(&content));
    }
}
