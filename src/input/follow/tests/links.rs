//! Names that are symbolic links.

use super::*;

/// Makes `link` lead to `target`, at once.
fn switch(link: &Path, target: &Path) {
    let new = link.with_extension("new");
    std::os::unix::fs::symlink(target, &new).unwrap();
    fs::rename(new, link).unwrap();
}

#[test]
fn a_link_that_is_switched_leads_on() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("current");
    let of_day = |day: usize| folder.path().join(format!("mail-2026030{day}.log"));
    let switch = |day: usize| {
        let new = folder.path().join("new");
        std::os::unix::fs::symlink(of_day(day), &new).unwrap();
        fs::rename(new, &link).unwrap();
    };
    append(&of_day(1), &text(0..10));
    switch(1);
    let mut case = Case::new(&[&link], From::Start, Vec::new());
    same(&case.read(10), &want(0..10));
    append(&of_day(1), &text(10..20));
    append(&of_day(2), &text(20..30));
    switch(2);
    same(&case.read(20), &want(10..30));
    let position = case.position();
    drop(case);
    append(&of_day(2), &text(30..40));
    append(&of_day(3), &text(40..50));
    switch(3);
    let mut case = Case::new(&[&link], From::Start, position);
    same(&case.read(20), &want(30..50));
}

#[test]
fn a_link_that_is_switched_several_times_before_anybody_looks_skips_nothing() {
    for name in ["mail-2026030{}.log", "log.{}"] {
        for restart in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let link = folder.path().join("current");
            let below = folder.path().join("logs");
            fs::create_dir(&below).unwrap();
            let file = |n: usize| below.join(name.replace("{}", &n.to_string()));
            // What was there before is none of ours, nor is another log.
            append(&file(1), &text(900..910));
            append(&file(2), &text(0..10));
            switch(&link, &file(2));
            let mut case = Case::new(&[&link], From::Start, Vec::new());
            same(&case.read(10), &want(0..10));
            let position = case.position();
            if restart {
                drop(case);
                case = Case::new(&[&link], From::Start, position);
            }
            append(&file(2), &text(10..20));
            append(&below.join("other.log"), &text(910..920));
            for n in 3..6 {
                thread::sleep(Duration::from_millis(20));
                append(&file(n), &text(n * 10 - 10..n * 10));
                switch(&link, &file(n));
            }
            same(&case.read(40), &want(10..50));
            assert_eq!(case.follower.sources(), 1);
        }
    }
}

#[test]
fn a_link_that_leads_to_another_folder_brings_nothing_old_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("current");
    let file = |day: &str, n: usize| {
        let below = folder.path().join(day);
        fs::create_dir_all(&below).unwrap();
        below.join(format!("log.{n}"))
    };
    append(&file("monday", 1), &text(0..10));
    append(&file("tuesday", 1), &text(900..910));
    switch(&link, &file("monday", 1));
    let mut case = Case::new(&[&link], From::Start, Vec::new());
    same(&case.read(10), &want(0..10));
    append(&file("tuesday", 2), &text(10..20));
    switch(&link, &file("tuesday", 2));
    same(&case.read(10), &want(10..20));
    // From now on it is known there.
    for n in 3..5 {
        thread::sleep(Duration::from_millis(20));
        append(&file("tuesday", n), &text(n * 10 - 10..n * 10));
        switch(&link, &file("tuesday", n));
    }
    same(&case.read(20), &want(20..40));
}
