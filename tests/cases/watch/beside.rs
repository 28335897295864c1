//! Beside a monitor: its alerts and silences are shown, and it is asked to be silent.

use std::process::{Child, Output, Stdio};

use super::terminal::Terminal;
use crate::cases::program::{out, relaywatch};

const LOG: &[u8] = include_bytes!("../../../samples/postfix/open-relay.log");

/// A monitor of the same log, until it is dropped.
struct Monitor(Child);

impl Monitor {
    fn start(terminal: &Terminal) -> Self {
        let mut command = relaywatch();
        command.args(["monitor", "--config", "samples/config.toml", "--from", "start", "--state"]);
        command.arg(terminal.state_folder()).arg(terminal.log());
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn silence(terminal: &Terminal, arguments: &[&str]) -> Output {
    let mut command = relaywatch();
    command.args(["alerts", "silence", "--state"]).arg(terminal.state_folder()).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

#[test]
fn silences_are_those_of_the_monitor_and_without_one_there_are_none() {
    let Some(terminal) = Terminal::watch(120, 40, LOG, "--from start") else { return };
    terminal.text("2");
    terminal.shows("CRITICAL");
    assert!(!terminal.screen().contains("x silence"), "{}", terminal.screen());
    terminal.text("x");
    terminal.shows("Nobody is told of it: there is no state in");
    terminal.text("a");
    terminal.shows("taken");

    // One that comes later is found, and what both know of is one alert.
    let _monitor = Monitor::start(&terminal);
    // What was said gives way to the keys.
    terminal.text("j");
    let alone = terminal.shows("x silence");
    assert!(alone.contains(" 1 alert ") && alone.contains("taken"), "{alone}");
    silence(&terminal, &["--subject", "203.0.113.66", "--for", "2h", "--comment", "a test of ours"]);
    terminal.shows("silenced");
    terminal.until("how long, and why", |screen| {
        (screen.contains("Silenced for 2 h more: a test of ours")
            || screen.contains("Silenced for 1 h 59 min more: a test of ours"))
        .then_some(())
    });
    silence(&terminal, &["--remove", "1"]);
    terminal.hides("silenced");
    terminal.shows("taken");

    terminal.text("xours");
    terminal.key("Enter");
    let said = terminal.shows("The monitor is silent about it for 1 h.");
    assert!(said.contains("silenced"), "{said}");
    let listed = out(&silence(&terminal, &["--list"]));
    assert!(listed.contains("subject 203.0.113.66: ours"), "{listed}");

    // It holds for whoever looks next; who looks after it is forgotten.
    terminal.text("q");
    terminal.is_sane();
    terminal.start("--from start");
    terminal.shows("203.0.113.66 relays");
    terminal.text("2");
    terminal.shows("silenced");
    silence(&terminal, &["--remove", "2"]);
    terminal
        .until("it fires", |screen| (screen.contains("firing") && !screen.contains("taken")).then_some(()));
}

#[test]
fn a_replay_knows_nothing_of_today() {
    let Some(terminal) = Terminal::open(120, 40) else { return };
    std::fs::write(terminal.log(), LOG).unwrap();
    let _monitor = Monitor::start(&terminal);
    // Once the monitor has an alert, a dashboard that looked would show it.
    crate::cases::sinks::daemon::until("an alert of the monitor", || {
        let mut command = relaywatch();
        command.args(["alerts", "list", "--all", "--state"]).arg(terminal.state_folder());
        out(&command.output().unwrap()).contains("203.0.113.66").then_some(())
    });
    terminal.start("--replay 1x");
    terminal.shows("replay 1x");
    terminal.text("2");
    assert!(!terminal.shows("No alert").contains("203.0.113.66"));
}
