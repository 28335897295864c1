//! The terminal: taken, and given back whatever happens.

use std::io::{self, IsTerminal, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::app::App;
use super::text::at_most;

/// Terminals drop longer sequences, and nobody wants them in a clipboard.
const MAX_COPY: usize = 8_192;

/// Whether the terminal is ours now: what the panic hook goes by.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours; given back when dropped.
pub(super) struct Tty {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
}

impl Tty {
    /// Takes the terminal.
    pub(super) fn take(mouse: bool) -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            let why = "standard output is no terminal, so there is no place for the dashboard: \
                       run it in one, or let `relaywatch analyze` write a report";
            return Err(io::Error::new(io::ErrorKind::Unsupported, why));
        }
        restore_on_panic();
        enter(mouse).inspect_err(|_| restore())?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout())).inspect_err(|_| restore())?;
        Ok(Self { terminal, mouse })
    }

    /// Whether it is still ours: a panic of another thread has given it back.
    #[allow(clippy::unused_self, reason = "asked of the terminal that was taken, and of no other")]
    pub(super) fn is_ours(&self) -> bool {
        TAKEN.load(SeqCst)
    }

    pub(super) fn draw(&mut self, app: &App) -> io::Result<()> {
        self.terminal.draw(|frame| app.draw(frame)).map(drop)
    }

    /// Draws every cell anew at the next drawing.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// Takes the terminal anew: somebody else may have changed it while the program was stopped.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        restore();
        enter(self.mouse)?;
        self.terminal.clear()
    }

    /// Puts `text` into the clipboard of whoever sits at the terminal: OSC 52 of xterm's control sequences.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        write!(out, "\x1b]52;c;{}\x07", STANDARD.encode(at_most(text, MAX_COPY)))?;
        io::Write::flush(out)
    }

    /// Gives the terminal to the shell and stops, until the shell says `fg`.
    #[cfg(unix)]
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        restore();
        // The handler that notes the signal is ours; this is what the signal does to programs without one.
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.take_again()
    }

    /// Nothing stops a program here.
    #[cfg(not(unix))]
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.clear()
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        restore();
    }
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, Hide)?;
    if mouse {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Gives the terminal back. Does nothing if it is not ours, so that anybody may call it at any time.
fn restore() {
    if TAKEN.swap(false, SeqCst) {
        // Nobody is left to tell of an error: the terminal is gone.
        let _ = execute!(io::stdout(), DisableMouseCapture, LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// A panic's message goes to a terminal that shows it. The release program aborts behind the hook: nothing is dropped.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            before(panic);
        }));
    });
}
