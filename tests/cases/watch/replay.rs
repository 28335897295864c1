//! An archive, played as if it happened now.

use std::thread::sleep;
use std::time::Duration;

use super::terminal::Terminal;

const LOG: &[u8] = include_bytes!("../../../samples/postfix/open-relay.log");
const END: &str = "replay: the end";

/// Where the replay stands, as the last line of the screen says it: `HH:MM:SS`.
fn clock(screen: &str) -> Option<String> {
    let words: Vec<&str> = screen.trim_end().lines().last()?.split_whitespace().collect();
    words
        .iter()
        .rev()
        .find(|word| word.len() == 8 && word.matches(':').count() == 2)
        .map(|&word| word.to_owned())
}

/// Where it stands, once time does not go on.
fn stands(terminal: &Terminal) -> String {
    let mut before = None;
    terminal.until("time stands", |screen| {
        sleep(Duration::from_millis(300));
        let now = clock(screen);
        let still = now.clone().filter(|_| now == before);
        before = now;
        still
    })
}

fn go_to(terminal: &Terminal, time: &str) {
    terminal.text(":");
    terminal.shows("Go to");
    terminal.line(time);
}

#[test]
fn an_archive_is_played_stopped_stepped_and_played_again() {
    let Some(terminal) = Terminal::watch(120, 40, LOG, "--replay 20x") else { return };
    terminal.shows("replay 20x");
    // What was written at 01:52 in Berlin.
    let first = terminal.until("a clock", clock);
    assert!(first.starts_with("00:5"), "{first}");
    terminal.until("time goes on", |screen| (clock(screen)? > first).then_some(()));

    terminal.text(".");
    let stopped = stands(&terminal);
    terminal.text("7");
    let count = |screen: &str| {
        let (_, rest) = screen.split_once("The newest ")?;
        rest.split_whitespace().next()?.parse::<u32>().ok()
    };
    let mut lines = terminal.until("lines", count);
    assert_eq!(stands(&terminal), stopped);
    for _ in 0..3 {
        terminal.text(".");
        lines += 1;
        terminal.until("what is next", |screen| count(screen).filter(|now| *now == lines));
    }
    // One line each, also where several were written in one second; and not faster than keys are pressed.
    terminal.text("..........");
    lines += 10;
    terminal.until("ten more", |screen| count(screen).filter(|now| *now == lines));
    sleep(Duration::from_millis(300));
    assert_eq!(count(&terminal.screen()), Some(lines));

    // Ahead, over the attack; `Space` goes on from there.
    terminal.text("1");
    terminal.shows("No open relay seen");
    go_to(&terminal, "02:05");
    terminal.shows("203.0.113.66 relays");
    let there = terminal.until("the time", |screen| clock(screen).filter(|time| time.starts_with("02:05")));
    terminal.text(" ");
    terminal.until("time goes on", |screen| (clock(screen)? > there).then_some(()));

    // Back: what was not known then is not known.
    go_to(&terminal, "01:10");
    terminal.hides("203.0.113.66 relays");
    terminal.until("the time", |screen| clock(screen).filter(|time| time.starts_with("01:1")));
    // However fast they are pressed.
    terminal.text(">>>>>>>><");
    terminal.until("2560x", |screen| (screen.contains("replay 2560x") || screen.contains(END)).then_some(()));
    let end = terminal.shows(END);
    assert!(end.contains("203.0.113.66 relays"), "{end}");
}

#[test]
fn at_the_end_time_stands_and_the_beginning_is_within_reach() {
    let Some(terminal) = Terminal::watch(120, 40, LOG, "--replay 100000x") else { return };
    let end = clock(&terminal.shows(END)).unwrap();
    terminal.text("7");
    assert_eq!(clock(&terminal.shows("92C7D4A0DE: removed")).unwrap(), end);
    terminal.text(" ");
    // Before its first line there is nothing: it begins there.
    go_to(&terminal, "2026-01-01 00:00");
    terminal.until("the beginning", |screen| clock(screen).filter(|time| time == "00:52:10"));
    terminal.text(".");
    assert!(terminal.shows("The newest line").contains("connect from mail.rigging"));
    terminal.text("......");
    assert!(!terminal.shows("3F1C84A0D2: removed").contains("203.0.113.66"));
    terminal.text("q");
    terminal.is_sane();
}
