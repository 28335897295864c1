//! A panic gives the terminal back before it says what went wrong, whoever panics, and where the program aborts behind it as
//! the released one does.

use std::io;
use std::panic;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use relaywatch::aggregate::board::{Picture, Want};
use relaywatch::tui::{Act, Engine, Frame, Marks, Options, Reading, run};

use super::terminal::Terminal;

/// Who panics in the program that this file's test starts: itself, with this set.
const WHO: &str = "RELAYWATCH_TEST_PANIC";
const WORDS: &str = "nobody expected this";

/// Gives a frame, and panics when a key asks for something.
struct Failing {
    given: bool,
    who: String,
}

impl Engine for Failing {
    fn frame(&mut self, _: &Want) -> Option<Frame> {
        let frame = Frame {
            picture: Picture::default(),
            alerts: Vec::new(),
            marks: Marks::default(),
            sources: Vec::new(),
            state: Reading::Replay {
                speed: 1.0,
                at: relaywatch::model::EventTime::from_seconds(0),
                paused: false,
                is_over: false,
            },
            lines_per_second: 0,
        };
        (!std::mem::replace(&mut self.given, true)).then_some(frame)
    }

    fn act(&mut self, _: Act) {
        if self.who == "another" {
            // As where the reading fails: the drawing goes on until it notices.
            thread::spawn(|| panic!("{WORDS}")).join().unwrap_err();
        } else {
            panic!("{WORDS}");
        }
    }
}

/// The program: a dashboard that panics at `.`.
#[test]
#[ignore = "started in a terminal by the test below"]
fn a_dashboard_that_panics() {
    let Ok(who) = std::env::var(WHO) else { return };
    if who == "aborting" {
        // What `panic = "abort"` does: the hooks run, and nothing is dropped.
        let said = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            said(panic);
            std::process::abort();
        }));
    }
    let ended: io::Result<()> = run(Failing { given: false, who }, Options::default(), &Arc::default());
    // Where another thread has failed.
    assert!(ended.unwrap_err().to_string().contains("has failed"));
    println!("it has noticed");
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_read_there() {
    for (who, end) in [("drawing", "FAILED"), ("another", "it has noticed"), ("aborting", "Aborted")] {
        let Some(terminal) = Terminal::open(120, 40) else { return };
        let program = std::env::current_exe().unwrap();
        terminal.line(&format!(
            "{WHO}={who} {} --ignored --exact --nocapture cases::watch::panic::a_dashboard_that_panics",
            program.display()
        ));
        terminal.shows("1 Overview");
        assert_eq!(terminal.state("alternate_on"), "1");
        // Somebody who sees nothing of what he types would not know what to do.
        thread::sleep(Duration::from_millis(100));
        terminal.text(".");
        terminal.shows(end);
        let left = terminal.shows(WORDS);
        assert!(!left.contains("1 Overview"), "{who}: {left}");
        terminal.is_sane();
    }
}
