//! The dashboard in a pseudo-terminal of this test's own: what it writes is read at once, so that its answers can be timed.
//!
//! tmux draws a screen for itself and has to be asked for it by other programs, which takes longer than the dashboard does.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};

use super::terminal::{PATIENCE, program};

/// The dashboard, killed with the test.
pub(super) struct Pty {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Screen>,
    /// Open as long as the dashboard runs: its terminal.
    _pair: PtyPair,
}

/// What stands on the screen, and word of each change of it.
struct Screen {
    parser: Mutex<vt100::Parser>,
    changed: Condvar,
}

impl Pty {
    /// Starts the program with these arguments in a terminal of that size.
    pub(super) fn start(columns: u16, rows: u16, arguments: &[&Path]) -> Self {
        let size = PtySize { rows, cols: columns, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program());
        command.args(arguments);
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC")] {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let parser = Mutex::new(vt100::Parser::new(cells(rows), cells(columns), 0));
        let screen = Arc::new(Screen { parser, changed: Condvar::new() });
        let output = pair.master.try_clone_reader().unwrap();
        thread::spawn({
            let screen = Arc::clone(&screen);
            move || screen.follow(output)
        });
        Self { child, keys: pair.master.take_writer().unwrap(), screen, _pair: pair }
    }

    /// The process of the dashboard.
    pub(super) fn process(&self) -> i32 {
        self.child.process_id().unwrap().try_into().unwrap()
    }

    /// Presses a key, by the bytes that a terminal sends for it; how long after that this stands on the screen, on which it
    /// must not stand before.
    pub(super) fn answer(&mut self, key: &str, shows: &str) -> Duration {
        let before = self.screen.parser.lock().unwrap().screen().contents();
        assert!(!before.contains(shows), "{shows:?} stands there before {key:?} is pressed:\n{before}");
        let pressed = Instant::now();
        self.keys.write_all(key.as_bytes()).unwrap();
        self.shows(shows);
        pressed.elapsed()
    }

    /// Waits until this stands on the screen.
    pub(super) fn shows(&self, text: &str) {
        let contents = |parser: &vt100::Parser| parser.screen().contents();
        let parser = self.screen.parser.lock().unwrap();
        let is_missing = |parser: &mut vt100::Parser| !contents(parser).contains(text);
        let (parser, waited) = self.screen.changed.wait_timeout_while(parser, PATIENCE, is_missing).unwrap();
        assert!(!waited.timed_out(), "waited too long for {text:?}. The screen:\n{}", contents(&parser));
    }
}

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap()
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Screen {
    /// Takes what the dashboard writes, until it ends.
    fn follow(&self, mut output: impl Read) {
        let mut bytes = [0; 16 << 10];
        while let Ok(read @ 1..) = output.read(&mut bytes) {
            self.parser.lock().unwrap().process(&bytes[..read]);
            self.changed.notify_all();
        }
    }
}
