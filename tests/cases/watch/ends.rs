//! However it ends, the terminal is given back. Against SIGKILL nobody can do anything: `reset` helps then.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use super::terminal::Terminal;
use crate::cases::program::{code, err, run, run_with};

const LOG: &[u8] = include_bytes!("../../../samples/postfix/open-relay.log");

fn send(terminal: &Terminal, signal: Signal) {
    kill_process(Pid::from_raw(terminal.process()).unwrap(), signal).unwrap();
}

#[test]
fn a_signal_that_asks_for_the_end_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP] {
        let Some(terminal) = Terminal::watch(80, 24, LOG, "--from start --mouse") else { return };
        send(&terminal, signal);
        terminal.is_sane();
    }
}

#[test]
fn a_stop_from_elsewhere_gives_the_terminal_back_too() {
    let Some(terminal) = Terminal::watch(80, 24, LOG, "--from start") else { return };
    terminal.shows("203.0.113.66");
    send(&terminal, Signal::TSTP);
    terminal.shows("Stopped");
    terminal.is_sane();
    terminal.line("fg");
    terminal.shows("203.0.113.66 relays");
    // Nobody can tell of this one; `fg` takes the terminal anew.
    send(&terminal, Signal::STOP);
    terminal.shows("Stopped");
    // The terminal still makes no line end of Enter, and this shell does not change that.
    terminal.text("fg");
    terminal.key("C-j");
    terminal.until("the whole screen", |screen| screen.starts_with(" 1 Overview").then_some(()));
    terminal.text("q");
    terminal.is_sane();
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let Some(terminal) = Terminal::watch(80, 24, LOG, "--from start") else { return };
    let process = terminal.process();
    drop(terminal);
    let start = std::time::Instant::now();
    while fs::exists(format!("/proc/{process}/exe")).unwrap()
        && fs::read_link(format!("/proc/{process}/exe")).is_ok()
    {
        assert!(start.elapsed().as_secs() < 30, "it lives on without a terminal");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn without_a_terminal_it_says_what_does_without() {
    for output in [run(&["watch", "samples/postfix"]), run_with(&["watch", "-"], LOG)] {
        assert_eq!(code(&output), 2);
        let said = err(&output);
        assert!(said.contains("needs a terminal") && said.contains("analyze"), "{said}");
    }
}

#[test]
fn a_log_that_is_not_there_is_waited_for() {
    let Some(terminal) = Terminal::open(100, 24) else { return };
    terminal.start("--from start");
    terminal.shows("1 Overview");
    terminal.shows("mail.log");
    fs::write(terminal.log(), LOG).unwrap();
    terminal.shows("203.0.113.66 relays");
    terminal.text("q");
    terminal.is_sane();
}
