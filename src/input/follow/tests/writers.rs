//! Writers that go on whatever happens to their file.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[test]
fn a_writer_that_never_stops_is_kept_up_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    let stop = Arc::new(AtomicBool::new(false));
    let (told, to) = (Arc::clone(&stop), path.clone());
    let writer = thread::spawn(move || {
        let mut n = 0;
        while !told.load(Ordering::Relaxed) {
            append(&to, &text(n..n + 50));
            n += 50;
            thread::sleep(Duration::from_millis(1));
        }
        n
    });
    let mut case = Case::new(&[&path], From::Start, Vec::new());
    case.until(|case| case.lines.len() > 10_000);
    stop.store(true, Ordering::Relaxed);
    let count = writer.join().unwrap();
    same(&case.read(count), &want(0..count));
}

#[test]
fn a_writer_that_keeps_its_old_file_does_not_hold_up_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    append(&path, &text(0..10));
    let mut case = Case::new(&[&path], From::Start, Vec::new());
    same(&case.read(10), &want(0..10));
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let mut old = OpenOptions::new().append(true).open(&path).unwrap();
    let writer = thread::spawn(move || {
        let mut n = 100_000;
        while !told.load(Ordering::Relaxed) {
            old.write_all(text(n..n + 1).as_bytes()).unwrap();
            n += 1;
            thread::sleep(Duration::from_millis(10));
        }
        n
    });
    rename_and_create(&path);
    append(&path, &text(10..20));
    // It is still writing, and more than once behind these.
    case.until(|case| case.lines.contains(&line(19)));
    let seen = case.lines.len();
    append(&path, &text(20..30));
    case.until(|case| case.lines.contains(&line(29)) && case.lines.len() > seen + 10);
    stop.store(true, Ordering::Relaxed);
    let end = writer.join().unwrap();
    let mut got = case.read(20 + end - 100_000);
    got.sort();
    let mut all = [want(10..30), want(100_000..end)].concat();
    all.sort();
    same(&got, &all);
}
