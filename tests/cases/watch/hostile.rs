//! What strangers write into a log changes nothing of the screen but its text.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::terminal::Terminal;

/// Colour 199, which no theme has; a title; an empty screen; the screen of the shell; text from right to left; letters of two
/// columns, of none, and too many of those.
const TEXTS: &[&str] = &[
    "\x1b[38;5;199mpink",
    "\x1b]0;taken\x07title",
    "\x1b[2J\x1b[Hempty",
    "\x1b[?1049lshell",
    "\u{9b}31mred",
    "\u{202e}desrever\u{2066}more",
    "\u{65e5}\u{672c}\u{8a9e}\u{65e5}\u{672c}\u{8a9e}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}family",
    "\r\x08\x7f\tback",
];

fn log() -> Vec<u8> {
    let mut log = String::new();
    let texts = TEXTS.iter().map(|&text| text.to_owned()).chain(["\u{65e5}x".repeat(10_000)]);
    for (second, text) in texts.enumerate() {
        let client = format!("unknown[203.0.113.{}]", second + 1);
        let head = format!("Mar  3 02:02:{second:02} mx postfix/smtpd[8207]:");
        writeln!(log, "{head} connect from {client}").unwrap();
        writeln!(
            log,
            "{head} NOQUEUE: reject: RCPT from {client}: 454 4.7.1 <a@foreign.example>: Relay access denied; \
             from=<{text}@bank.example> to=<a{text}@foreign.example> proto=ESMTP helo=<{text}>"
        )
        .unwrap();
        writeln!(log, "{head} warning: {client}: SASL LOGIN authentication failed: x, sasl_username={text}")
            .unwrap();
        writeln!(log, "{head} {text}").unwrap();
    }
    let mut log = log.into_bytes();
    log.extend_from_slice(b"Mar  3 02:03:00 mx postfix/smtpd[1]: warning: \xff\xfe\x80 no text\n");
    log
}

/// What stands behind every escape of a screen, up to the letter that ends the sequence.
fn sequences(screen: &str) -> impl Iterator<Item = &str> {
    screen.split('\x1b').skip(1).map(|rest| {
        let end =
            rest.find(|character: char| character.is_ascii_alphabetic()).map_or(rest.len(), |at| at + 1);
        &rest[..end]
    })
}

#[test]
fn sequences_of_a_log_reach_no_terminal_and_columns_stay_columns() {
    let Some(terminal) = Terminal::watch(80, 24, &log(), "--from start") else { return };
    let title = terminal.state("pane_title");
    terminal.shows("live");
    for keys in ["1", "2", "3", "4", "5", "6", "7", "7G", "7g"] {
        terminal.text(keys);
        terminal.until("the pane", |screen| screen.starts_with(" 1 Overview").then_some(()));
        for down in 0..12 {
            if down > 0 {
                terminal.text("j");
            }
            let screen = terminal.screen();
            assert!(screen.starts_with(" 1 Overview  2 Alerts"), "{screen}");
            assert_eq!(screen.lines().count(), 24, "{screen}");
            assert!(screen.lines().last().unwrap().contains("q quit"), "{screen}");
            assert!(screen.lines().all(|line| line.width() <= 80), "{screen}");
            let unfit = |character: char| {
                (character.is_control() && character != '\n')
                    || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!screen.contains(unfit), "{screen:?}");
            for sequence in sequences(&terminal.sequences()) {
                let inner = sequence.strip_prefix('[').and_then(|rest| rest.strip_suffix('m'));
                let is_look =
                    inner.is_some_and(|inner| inner.chars().all(|c| c.is_ascii_digit() || c == ';'));
                // The sets of letters between which tmux turns for lines.
                let is_set = matches!(sequence, "(B" | "(0");
                assert!((is_look && !sequence.contains("199")) || is_set, "{sequence:?}\n{screen}");
            }
            assert_eq!(terminal.state("alternate_on"), "1");
        }
    }
    assert_eq!(terminal.state("pane_title"), title);
}

#[test]
fn columns_are_aligned_beside_letters_of_any_width() {
    let Some(terminal) = Terminal::watch(120, 40, &log(), "--from start") else { return };
    terminal.text("6");
    let screen = terminal.until("all messages", |screen| {
        (screen.matches("203.0.113.").count() >= TEXTS.len()).then(|| screen.to_owned())
    });
    let columns: Vec<usize> =
        screen.lines().filter_map(|line| Some(line[..line.rfind("  denied")?].width())).collect();
    assert!(columns.len() >= TEXTS.len(), "{screen}");
    assert!(columns.windows(2).all(|two| two[0] == two[1]), "{columns:?}\n{screen}");
}
