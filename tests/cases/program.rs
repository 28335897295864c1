//! Running the program, and looking at what it says.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The program with nothing of this machine's own settings around it.
pub(crate) fn relaywatch() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relaywatch"));
    command.env_clear().env("HOME", "/nonexistent").env("TZ", "UTC").stdin(Stdio::null());
    command
}

/// Runs the program with these arguments.
pub(crate) fn run(arguments: &[&str]) -> Output {
    relaywatch().args(arguments).output().unwrap()
}

/// Runs the program with these arguments and `input` on standard input.
pub(crate) fn run_with(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = relaywatch();
    let mut child = command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // From a thread: a child that writes before it has read everything must not block both.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    // A child that stops reading early is the case under test now and then.
    let _ = writer.join().unwrap();
    output
}

/// Standard output, as text.
pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error, as text.
pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The exit code.
pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}
