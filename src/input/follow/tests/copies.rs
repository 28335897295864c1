//! Files that begin alike: some are copies, some have only a long header in common.

use super::*;

#[test]
fn a_compressed_copy_of_what_was_read_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    append(&path, &text(0..1000));
    let mut case = Case::new(&[&folder.path().join("mail.log*")], From::Start, Vec::new());
    same(&case.read(1000), &want(0..1000));
    rename_and_create(&path);
    append(&path, &text(1000..1010));
    same(&case.read(10), &want(1000..1010));
    fs::write(folder.path().join("mail.log.1.gz"), gzip(text(0..1000).as_bytes())).unwrap();
    case.quiet();
    fs::remove_file(first(&path)).unwrap();
    append(&path, &text(1010..1020));
    same(&case.read(10), &want(1010..1020));
    // One that nobody has read is read, once it is whole.
    let packed = gzip(text(5000..6000).as_bytes());
    append_bytes(&folder.path().join("mail.log.2.gz"), &packed[..packed.len() / 2]);
    case.round();
    append_bytes(&folder.path().join("mail.log.2.gz"), &packed[packed.len() / 2..]);
    same(&case.read(1000), &want(5000..6000));
}

/// Longer than what is known of a file by heart.
fn header() -> String {
    format!("#Fields: {}\n", "date-time,".repeat(200))
}

/// The numbered lines of `got`, in order, and how many headers stand between them.
fn told(got: Vec<String>) -> (Vec<String>, usize) {
    let (headers, mut lines): (Vec<String>, Vec<String>) =
        got.into_iter().partition(|line| line.starts_with('#'));
    lines.sort_by_cached_key(|line| line.split_once("line ").map(|(_, number)| number.to_owned()));
    (lines, headers.len())
}

#[test]
fn files_with_one_long_header_are_all_read() {
    let folder = tempfile::tempdir().unwrap();
    let glob = folder.path().join("MSGTRK*.LOG");
    let hour = |n: usize| folder.path().join(format!("MSGTRK202603011{n}-1.LOG"));
    append(&hour(0), &(header() + &text(0..10)));
    let mut case = Case::new(&[&glob], From::Start, Vec::new());
    assert_eq!(told(case.read(11)), (want(0..10), 1));
    // Begun with lines, or with the header alone.
    append(&hour(1), &(header() + &text(10..20)));
    assert_eq!(told(case.read(11)), (want(10..20), 1));
    append(&hour(2), &header());
    case.quiet();
    append(&hour(2), &text(20..30));
    assert_eq!(told(case.read(11)), (want(20..30), 1));
    append(&hour(1), &text(30..40));
    assert_eq!(told(case.read(10)), (want(30..40), 0));
    // A real copy, of a file that grows on.
    fs::copy(hour(2), folder.path().join("MSGTRK2026030100-9.LOG")).unwrap();
    case.quiet();
    thread::sleep(Duration::from_millis(20));
    append(&hour(2), &text(40..50));
    assert_eq!(told(case.read(10)), (want(40..50), 0));
    let position = case.position();
    drop(case);

    append(&hour(2), &text(50..60));
    for n in 3..5 {
        thread::sleep(Duration::from_millis(20));
        append(&hour(n), &(header() + &text(n * 10 + 30..n * 10 + 40)));
    }
    thread::sleep(Duration::from_millis(20));
    append(&hour(5), &header());
    let mut case = Case::new(&[&glob], From::Start, position);
    let (lines, _) = told(case.read(32));
    same(&lines, &want(50..80));
    append(&hour(5), &text(80..90));
    same(&told(case.read(10)).0, &want(80..90));
}

#[test]
fn a_log_that_begins_with_one_banner_each_day_is_read_each_day() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    let old = gzip((header() + &text(900..910)).as_bytes());
    fs::write(folder.path().join("mail.log.9.gz"), old).unwrap();
    let mut case = Case::new(&[&path], From::Start, Vec::new());
    for day in 0..4 {
        append(&path, &header());
        // What is already there when the new day is come upon, and what is not.
        append(&path, &text(day * 20..day * 20 + day % 2 * 5));
        case.quiet();
        append(&path, &text(day * 20 + day % 2 * 5..day * 20 + 20));
        assert_eq!(told(case.read(21)), (want(day * 20..day * 20 + 20), 1), "{day}");
        // The day before is given back after a while, and compressed.
        case.until(|case| {
            let Source::Series(series) = &case.follower.sources[0] else { panic!() };
            series.contents.iter().filter(|content| content.file.is_some()).count() <= 1
        });
        if day > 0 {
            let (plain, packed) = (first(&path), PathBuf::from(format!("{}.{day}.gz", path.display())));
            fs::write(&packed, gzip(&fs::read(&plain).unwrap())).unwrap();
            fs::remove_file(&plain).unwrap();
        }
        rename_and_create(&path);
    }
}
