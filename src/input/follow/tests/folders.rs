//! Several files: folders, patterns, archives beside what is written.

use super::*;

#[test]
fn files_in_a_folder_are_series_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    append(&folder.path().join("mx1.log"), &text(0..10));
    append(&folder.path().join("mx2.log"), &text(10..20));
    fs::write(folder.path().join("mx2.log.1.gz"), gzip(text(20..30).as_bytes())).unwrap();
    let mut case = Case::new(&[folder.path()], From::Start, Vec::new());
    let mut got = case.read(30);
    got.sort();
    let mut all = want(0..30);
    all.sort();
    same(&got, &all);
    assert_eq!(case.follower.sources(), 2);
    assert!(case.follower.source_name(1).ends_with("mx2.log"));
}

#[test]
fn many_files_are_followed_with_few_of_them_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = |n: usize| folder.path().join(format!("RECV2026{n:06}-1.LOG"));
    for n in 0..300 {
        append(&path(n), &text(n * 10..n * 10 + 10));
    }
    let mut case = Case::new(&[folder.path()], From::Start, Vec::new());
    let mut got = case.read(3000);
    got.sort();
    let mut all = want(0..3000);
    all.sort();
    same(&got, &all);
    case.quiet();
    let Source::Series(series) = &case.follower.sources[0] else { panic!() };
    assert!(series.contents.iter().filter(|content| content.file.is_some()).count() <= 110);
    append(&path(3), &text(9000..9010));
    append(&path(299), &text(9010..9020));
    let mut got = case.read(20);
    got.sort();
    same(&got, &want(9000..9020));
}

#[test]
fn archives_are_read_in_the_order_of_their_names_whenever_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    append(&folder.path().join("mail.log"), &text(200..300));
    append(&folder.path().join("mail.log.1"), &text(100..200));
    fs::write(folder.path().join("mail.log.2.gz"), gzip(text(0..100).as_bytes())).unwrap();
    let mut case = Case::new(&[&folder.path().join("mail.log*")], From::Start, Vec::new());
    same(&case.read(300), &want(0..300));
}

#[test]
fn what_appears_later_is_read_from_its_start() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("logs");
    let path = below.join("mail.log");
    let glob = folder.path().join("MSGTRK*.LOG");
    let mut case = Case::new(&[&path, &glob], From::End, Vec::new());
    case.round();
    assert_eq!(case.follower.sources(), 1);
    assert!(!case.follower.health(0).exists);
    assert_eq!(case.follower.problems().len(), 1);
    let stored = case.follower.position(0).unwrap();
    fs::create_dir(&below).unwrap();
    append(&path, &text(0..10));
    same(&case.read(10), &want(0..10));
    same(&Case::new(&[&path], From::End, vec![stored]).read(10), &want(0..10));
    // A new file each hour; the old one is flushed late.
    let hour = |n: usize| folder.path().join(format!("MSGTRK202603011{n}-1.LOG"));
    append(&hour(0), &(text(10..20) + "late"));
    same(&case.read(10), &want(10..20));
    append(&hour(1), &text(30..40));
    same(&case.read(10), &want(30..40));
    append(&hour(0), " line\n");
    assert_eq!(case.read(1), ["late line"]);
    append(&hour(1), &text(40..50));
    same(&case.read(10), &want(40..50));
    assert_eq!(case.follower.sources(), 2);
    let position = case.position();
    drop(case);
    append(&hour(0), &text(20..25));
    append(&hour(1), &text(50..60));
    append(&hour(2), &text(60..70));
    let mut case = Case::new(&[&glob], From::End, position);
    let mut got = case.read(25);
    got.sort();
    let mut all = want(20..25);
    all.extend(want(50..70));
    all.sort();
    same(&got, &all);
}

#[test]
fn two_sources_with_the_same_lines_are_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["mail.log", "mail.info", "other.log"].map(|name| folder.path().join(name));
    let mut case = Case::new(&paths.each_ref().map(PathBuf::as_path), From::Start, Vec::new());
    for path in &paths {
        fs::write(path, "").unwrap();
    }
    case.quiet();
    let told = |case: &mut Case| {
        let problems = case.follower.problems();
        problems.iter().filter(|problem| problem.message.contains("the same lines")).count()
    };
    assert_eq!(told(&mut case), 0);
    append(&paths[0], &text(0..10));
    append(&paths[1], &text(0..9));
    append(&paths[2], &text(10..20));
    case.read(29);
    assert_eq!(told(&mut case), 1);
    rename_and_create(&paths[0]);
    append(&paths[0], &text(20..30));
    append(&paths[1], &text(9..30));
    case.read(31);
    assert_eq!(told(&mut case), 0);
}
