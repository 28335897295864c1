//! Files that are missing, closed, in a circle, or change while they are read.

use std::fs;
use std::io::Write;

use super::super::program::{code, err, relaywatch, run};
use super::{Folder, clients, expected, line, lines, report, sound};

#[test]
fn what_is_missing_is_named_and_the_rest_is_read() {
    let folder = Folder::new(&[("mail.log", lines(3).as_bytes())]);
    for missing in ["gone.log", "gone*.log", "gone/mail.log", "mail.log/x"] {
        let (report, exit, said) = folder.analyze(&[missing, "mail.log"]);
        assert_eq!((exit, &report["input"]["events"], said.lines().count()), (3, &3.into(), 1), "{said}");
        assert!(said.contains(missing), "{said}");
    }
    assert_eq!(code(&run(&["analyze", ""])), 3);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_named_with_who_may() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new(&[("closed.log", lines(3).as_bytes()), ("mail.log", lines(4).as_bytes())]);
    let mode =
        |name: &str, mode| fs::set_permissions(folder.path(name), fs::Permissions::from_mode(mode)).unwrap();
    mode("", 0o755);
    mode("mail.log", 0o644);
    mode("closed.log", 0o000);
    let mut command = relaywatch();
    if fs::File::open(folder.path("closed.log")).is_ok() {
        // Root reads everything: try as nobody, who needs a copy of the program where nobody may go.
        fs::copy(env!("CARGO_BIN_EXE_relaywatch"), folder.path("relaywatch")).unwrap();
        mode("relaywatch", 0o755);
        let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
        let mut other = std::process::Command::new("setpriv");
        other.args(nobody).arg(folder.path("relaywatch")).env("TZ", "UTC").arg("--version");
        if !other.output().is_ok_and(|output| output.status.success()) {
            println!("skipped: root reads every file here, and setpriv(1) cannot make anybody else of it");
            return;
        }
        command = std::process::Command::new("setpriv");
        command.args(nobody).arg(folder.path("relaywatch")).env("TZ", "UTC");
    }
    command.args(["analyze", "--output", "json"]);
    command.args([folder.path("closed.log"), folder.path("mail.log")]);
    let (report, exit, said) = report(&sound(command.output().unwrap()));
    assert_eq!((exit, &report["input"]["events"], said.lines().count()), (3, &4.into(), 1), "{said}");
    assert!(
        said.contains("closed.log: cannot read it: Permission denied") && said.contains("`adm`"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_directory_loop_ends_and_lines_are_read_once() {
    let folder = Folder::new(&[("mail.log", lines(3).as_bytes())]);
    fs::create_dir(folder.path("old")).unwrap();
    std::os::unix::fs::symlink("..", folder.path("old/up")).unwrap();
    std::os::unix::fs::symlink("../mail.log", folder.path("old/again.log")).unwrap();
    let (report, exit, said) = folder.analyze(&["", "old/up/old"]);
    assert_eq!((exit, said.as_str(), &report["input"]["events"]), (0, "", &3.into()));
    std::os::unix::fs::symlink("circle", folder.path("circle")).unwrap();
    let (report, exit, said) = folder.analyze(&["circle", "mail.log"]);
    assert_eq!((exit, &report["input"]["events"]), (3, &3.into()));
    assert!(said.contains("circle: cannot find it"), "{said}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_skipped_in_a_directory_and_told_if_named() {
    let folder = Folder::new(&[("mail.log", lines(3).as_bytes())]);
    let _socket = std::os::unix::net::UnixListener::bind(folder.path("socket")).unwrap();
    let (report, exit, said) = folder.analyze(&[""]);
    assert_eq!((exit, said.as_str(), &report["input"]["events"]), (0, "", &3.into()));
    let (report, exit, said) = folder.analyze(&["socket", "mail.log"]);
    assert_eq!((exit, &report["input"]["events"]), (3, &3.into()));
    assert!(said.contains("socket: cannot read it"), "{said}");
}

/// Runs `command` over a pipe and `files`, and does `meanwhile` when reading has begun and waits for the pipe.
#[cfg(unix)]
fn run_beside_a_pipe(
    folder: &Folder,
    command: &[&str],
    files: &[&str],
    meanwhile: impl FnOnce(),
) -> Option<std::process::Output> {
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: mkfifo(1) makes no pipe here");
        return None;
    }
    let child = relaywatch()
        .args(command)
        .arg(&pipe)
        .args(files.iter().map(|name| folder.path(name)))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Opening waits for the reader, who opens it when everything is planned; nothing is merged before it says something.
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let reader = std::thread::spawn(move || child.wait_with_output().unwrap());
    std::thread::sleep(std::time::Duration::from_millis(500));
    meanwhile();
    writer.write_all(line(0).as_bytes()).unwrap();
    drop(writer);
    Some(sound(reader.join().unwrap()))
}

#[cfg(unix)]
#[test]
fn a_file_that_vanishes_is_named_and_the_rest_is_read() {
    let contents: Vec<String> = (1..8).map(line).collect();
    let names: Vec<String> = (1..8).map(|n| format!("host{n}.log")).collect();
    let files: Vec<_> = names.iter().zip(&contents).map(|(name, line)| (&**name, line.as_bytes())).collect();
    let folder = Folder::new(&files);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let vanish = || fs::remove_file(folder.path("host6.log")).unwrap();
    let Some(output) = run_beside_a_pipe(&folder, &["parse"], &names, vanish) else { return };
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains("host6.log: cannot read it") && err(&output).lines().count() == 1);
    let mut want = expected(8);
    want.remove(6);
    assert_eq!(clients(&output), want);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_truncated_while_it_is_read_is_named() {
    let content: String = (1..200_000).map(line).collect();
    let folder = Folder::new(&[("mail.log", content.as_bytes())]);
    let truncate = || fs::write(folder.path("mail.log"), "").unwrap();
    let Some(output) = run_beside_a_pipe(&folder, &["parse"], &["mail.log"], truncate) else { return };
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(err(&output).contains("mail.log: it was truncated while being read"), "{}", err(&output));
    let found = clients(&output);
    assert!((1000..199_999).contains(&found.len()), "{}", found.len());
    // The last one may be cut in the middle.
    let good = found.len() - 1;
    assert_eq!(found[..good], expected(200_000)[..good]);
}

#[test]
fn a_file_that_grows_while_it_is_read_loses_and_doubles_nothing() {
    const THERE: usize = 20_000;
    let folder = Folder::new(&[("mail.log", lines(THERE).as_bytes())]);
    let path = folder.path("mail.log");
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        let mut n = THERE;
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            // In halves, as a writer with a buffer does.
            let line = line(n);
            let (first, second) = line.split_at(line.len() / 2);
            file.write_all(first.as_bytes()).unwrap();
            std::thread::yield_now();
            file.write_all(second.as_bytes()).unwrap();
            n += 1;
        }
    });
    let output = folder.run(&["parse"], &["mail.log"]);
    stop.send(()).unwrap();
    writer.join().unwrap();
    assert_eq!((code(&output), err(&output)), (0, String::new()));
    let found = clients(&output);
    assert!(found.len() >= THERE, "{}", found.len());
    let whole = found.len() - 1;
    assert_eq!(found[..whole], expected(whole + 1)[..whole]);
}

#[test]
fn a_folder_that_the_output_is_written_into_is_read_to_an_end() {
    let folder = Folder::new(&[("mail.log", lines(20_000).as_bytes())]);
    let written = fs::File::create(folder.path("zz-events.log")).unwrap();
    let mut command = relaywatch();
    let status = command.args(["parse", "--all"]).arg(folder.path("")).stdout(written).status().unwrap();
    assert_eq!(status.code(), Some(0));
    // What was read of it is bounded, and so is what that gave.
    let size = fs::metadata(folder.path("zz-events.log")).unwrap().len();
    assert!((1_000_000..200_000_000).contains(&size), "{size}");
}

#[test]
fn the_same_lines_under_two_names_count_once() {
    let folder = Folder::new(&[
        ("mail.info", lines(50).as_bytes()),
        ("mail.log", lines(60).as_bytes()),
        ("other.log", lines(51).replace("mx1", "mx2").as_bytes()),
    ]);
    let (report, exit, said) = folder.analyze(&[""]);
    assert_eq!((exit, &report["traffic"]["connections"]), (0, &111.into()));
    assert_eq!(report["input"]["files"], 2);
    assert_eq!(said.lines().count(), 1);
    assert!(said.contains("mail.info: it holds the same lines as") && said.contains("read once"), "{said}");
    let assumed = report["assumptions"].as_array().unwrap().iter();
    let texts: Vec<_> =
        assumed.filter(|a| a["about"] == "input").map(|a| a["assumed"].as_str().unwrap()).collect();
    assert!(
        texts.len() == 1 && texts[0].contains("mail.info") && texts[0].contains("read once"),
        "{texts:?}"
    );
}
