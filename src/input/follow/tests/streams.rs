//! What cannot be read again: named pipes, the journal.

use std::process::Command;

use super::*;

#[test]
fn a_named_pipe_is_read_whoever_writes() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut case = Case::new(&[&pipe], From::End, Vec::new());
    for n in 0..3 {
        let (path, begin) = (pipe.clone(), n * 1000);
        let write = thread::spawn(move || {
            let mut pipe = OpenOptions::new().write(true).open(path).unwrap();
            pipe.write_all((text(begin..begin + 999) + "half").as_bytes()).unwrap();
        });
        let got = case.read(1000);
        same(&got[..999], &want(begin..begin + 999));
        assert_eq!(got[999], "half");
        write.join().unwrap();
    }
    assert!(!case.ended);
}

/// A `journalctl` that has `count` entries, shows those behind the cursor, and ends after `shown` of them.
fn journalctl(folder: &Path, count: usize, shown: usize) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("journalctl");
    let script = format!(
        "#!/bin/sh\nn=0\nfor a in \"$@\"; do case \"$a\" in\n--show-cursor) echo '-- cursor: 5'; exit;;\n\
         --after-cursor=*) n=${{a#*=}};; esac; done\n\
         shown=0\nwhile [ $n -lt {count} ] && [ $shown -lt {shown} ]; do n=$((n+1)); shown=$((shown+1))\n\
         echo \"{{\\\"__CURSOR\\\":\\\"$n\\\",\\\"MESSAGE\\\":\\\"entry $n\\\"}}\"; done\n\
         [ $n -lt {count} ] && printf '{{\"__CUR' && echo 'no such journal' >&2 && exit 1\nexec sleep 100\n"
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn the_journal_goes_on_behind_its_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let follow = |from, positions, program: &Path| {
        let follower =
            Follower::with(&["journal".to_owned()], from, positions, settings(4096), PACE, program);
        Case { follower, files: Files::default(), lines: Vec::new(), marks: Vec::new(), ended: false }
    };
    let entries = |numbers: std::ops::Range<usize>| -> Vec<String> {
        numbers.map(|n| format!("{{\"__CURSOR\":\"{n}\",\"MESSAGE\":\"entry {n}\"}}")).collect()
    };
    let program = journalctl(folder.path(), 30, 20);
    let mut case = follow(From::Start, Vec::new(), &program);
    same(&case.read(30), &entries(1..31));
    let problems = case.follower.problems();
    assert!(problems.iter().any(|problem| problem.message.contains("no such journal")), "{problems:?}");
    // It ended behind the twentieth entry, and went on there.
    let begin = case.marks.iter().find(|(_, _, lines)| *lines == 20).unwrap().0.clone();
    drop(case);
    journalctl(folder.path(), 40, 1000);
    let mut case = follow(From::End, vec![begin], &program);
    same(&case.read(20), &entries(21..41));
    drop(case);
    let mut case = follow(From::End, Vec::new(), &program);
    same(&case.read(35), &entries(6..41));
    drop(case);

    let mut case = follow(From::End, Vec::new(), Path::new("/no/such/journalctl"));
    case.quiet();
    let problems = case.follower.problems();
    assert!(problems.len() == 1 && problems[0].message.contains("cannot run"), "{problems:?}");
}
