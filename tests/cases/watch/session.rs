//! Key by key, as somebody who has never seen it may go on.

use super::terminal::{PROMPT, Terminal};

const LOG: &[u8] = include_bytes!("../../../samples/postfix/open-relay.log");

fn watching(width: u16, height: u16) -> Option<Terminal> {
    let terminal = Terminal::watch(width, height, LOG, "--from start")?;
    // All of the log: its verdict stands, and nothing is left to be read.
    terminal.until("the verdict", |screen| {
        (screen.contains("203.0.113.66 relays") && screen.contains("live")).then_some(())
    });
    Some(terminal)
}

/// A connection at a second of 04:00, behind the end of the sample.
fn connection(second: u32) -> String {
    format!(
        "Mar  3 04:00:{second:02} mx postfix/smtpd[9000]: connect from late{second}.example[192.0.2.200]\n"
    )
}

#[test]
fn the_attacker_the_proof_and_the_remedy_are_found() {
    let Some(terminal) = watching(80, 24) else { return };
    terminal.text("2");
    terminal.until("the alert", |screen| {
        (screen.contains("CRITICAL") && screen.contains("203.0.113.66")).then_some(())
    });
    terminal.key("Enter");
    terminal.shows("smtpd_relay_restrictions");
    terminal.text("G");
    // A line of the log, as it stands there.
    terminal.shows("status=sent (250 2.0.0 Ok: queued as");
    terminal.key("Escape");
    terminal
        .until("the list", |screen| (screen.contains("CRITICAL") && screen.contains("1 of 1")).then_some(()));
}

#[test]
fn sources_are_filtered_sorted_and_followed_to_their_messages() {
    let Some(terminal) = watching(100, 40) else { return };
    terminal.text("3");
    let both = |screen: &str| screen.contains("203.0.113.66") && screen.contains("198.51.100.25");
    let all = terminal.until("both sources", |screen| both(screen).then(|| screen.to_owned()));
    terminal.text("/203.0");
    terminal.hides("198.51.100.25");
    terminal.key("Enter");
    // The inverse, in place of what was typed before.
    terminal.text("/");
    terminal.shows("Filter");
    terminal.key("C-u");
    terminal.text("!203.0");
    terminal.until("the others", |screen| {
        (screen.contains("198.51.100.25") && !screen.contains("203.0.113.66")).then_some(())
    });
    terminal.key("Enter");
    terminal.key("Escape");
    terminal.until("both again", |screen| both(screen).then_some(()));

    // Sorted the other way round, what was first is last.
    let order = |screen: &str| {
        // The rows, not what is said of the selected one below them.
        let rows: String = screen.lines().take_while(|line| !line.starts_with('─')).collect();
        rows.find("203.0.113.66") < rows.find("198.51.100.25")
    };
    let before = order(&all);
    terminal.text("S");
    terminal.until("another order", |screen| (both(screen) && order(screen) != before).then_some(()));
    terminal.text("S");
    terminal.until("the order before", |screen| (both(screen) && order(screen) == before).then_some(()));
    let header = terminal.screen().lines().nth(2).map(str::to_owned);
    terminal.text("s");
    terminal.until("another column", |screen| {
        (screen.lines().nth(2).map(str::to_owned) != header || order(screen) != before).then_some(())
    });

    terminal.text("/203.0");
    terminal.key("Enter");
    terminal.hides("198.51.100.25");
    terminal.text("g");
    terminal.key("Enter");
    terminal.until("its messages", |screen| {
        (screen.contains("support@bank") && screen.contains("delivered") && !screen.contains("rigging"))
            .then_some(())
    });
    terminal.key("Escape");
    terminal.until("sources", |screen| (!screen.contains("support@bank")).then_some(()));
}

#[test]
fn a_message_is_shown_from_its_arrival_to_its_end() {
    let Some(terminal) = watching(120, 50) else { return };
    terminal.text("6");
    terminal.shows("support@bank");
    terminal.text("/paula");
    terminal.hides("198.51.100.25");
    terminal.key("Enter");
    terminal.hides("Filter");
    terminal.key("Enter");
    let message = terminal.shows("Recipients");
    assert!(message.contains("7E4B34A0D8"), "{message}");
    for part in ["203.0.113.66", "support@bank.example", "paula@foreign-one", "otto@foreign-four", "bounced"]
    {
        assert!(message.contains(part), "{part} is missing:\n{message}");
    }
    terminal.key("Escape");
    terminal.hides("Recipients");
}

#[test]
fn lines_follow_and_a_pause_holds_them() {
    let Some(terminal) = watching(120, 30) else { return };
    terminal.text("7");
    terminal.shows("92C7D4A0DE: removed");
    terminal.write(&connection(1));
    terminal.shows("late1.example");

    terminal.text(" ");
    terminal.shows("PAUSED");
    for second in 2..=6 {
        terminal.write(&connection(second));
    }
    let paused = terminal.shows("5 lines");
    assert!(paused.contains("PAUSED") && !paused.contains("late2.example"), "{paused}");
    // Other panes may be looked at, and stand still as well.
    terminal.text("3");
    terminal.shows("203.0.113.66");
    terminal.shows("PAUSED");
    terminal.text("7");
    assert!(!terminal.shows("late1.example").contains("late2.example"));
    terminal.text(" ");
    terminal.shows("late6.example");
    terminal.hides("PAUSED");
}

#[test]
fn addresses_are_masked_help_helps_and_a_time_is_gone_to() {
    let Some(terminal) = watching(100, 50) else { return };
    terminal.text("p");
    terminal.until("masked addresses", |screen| {
        (screen.contains("203.0.x.x") && !screen.contains("203.0.113.66")).then_some(())
    });
    terminal.text("7");
    terminal.shows("removed");
    let lines = terminal.screen();
    assert!(!lines.contains("198.51.100") && !lines.contains("anna@"), "{lines}");
    terminal.text("1p");
    terminal.shows("203.0.113.66");

    terminal.text("?");
    terminal.until("the help", |screen| {
        ["this help", "quit", "privacy"].iter().all(|text| screen.contains(text)).then_some(())
    });
    terminal.key("Escape");
    terminal.hides("this help");

    // A time of Lines: the line of that time is selected; in Berlin it was an hour later.
    terminal.text("7:");
    terminal.shows("Go to");
    terminal.text("01:45");
    terminal.key("Enter");
    terminal.until("the lines of that time", |screen| {
        let selected = screen.lines().find(|line| line.starts_with('▌'))?;
        selected.contains("02:45:57").then_some(())
    });
    terminal.text(":noon");
    terminal.key("Enter");
    terminal.shows("`noon` is no time");
}

#[test]
fn any_size_is_drawn_at_once() {
    let Some(terminal) = watching(160, 50) else { return };
    for (width, height) in [(80, 24), (40, 10), (160, 50), (80, 24)] {
        terminal.resize(width, height);
        terminal.until("the new size", |screen| {
            let last = screen.lines().nth(usize::from(height) - 1)?;
            let is_whole = screen.starts_with(" 1 Overview") && screen.contains("203.0.113.66 relays");
            (is_whole && screen.lines().count() == usize::from(height) && last.contains("quit")).then_some(())
        });
    }
}

#[test]
fn it_is_suspended_comes_back_and_leaves_the_terminal_as_it_was() {
    let Some(terminal) = watching(80, 24) else { return };
    assert_eq!((terminal.state("alternate_on"), terminal.state("cursor_flag")), ("1".into(), "0".into()));
    terminal.key("C-z");
    terminal.shows("Stopped");
    terminal.is_sane();
    terminal.write(&connection(1));
    terminal.line("fg");
    terminal.shows("203.0.113.66 relays");
    assert_eq!((terminal.state("alternate_on"), terminal.state("cursor_flag")), ("1".into(), "0".into()));
    terminal.text("7");
    terminal.shows("late1.example");
    terminal.text("q");
    terminal.shows(PROMPT);
    terminal.is_sane();
    terminal.line("echo ended with $?");
    terminal.shows("ended with 0");
}
