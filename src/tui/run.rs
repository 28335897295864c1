//! The loop: keys and frames come in, pictures go out. A key is answered at once; what is read is shown at most twenty times a
//! second.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crossterm::event::{self, Event};

use super::app::{App, Options, Request};
use super::engine::Engine;
use super::terminal::Tty;

/// From one picture to the next, while nobody presses a key.
const INTERVAL: Duration = Duration::from_millis(50);
/// How long to wait for a frame that a key has asked for, so often ...
const SOON: Duration = Duration::from_millis(4);
/// ... before it is taken that none will come: the thread that reads looks for wishes every 20 ms.
const TRIES: u32 = 12;
/// The longest wait while nothing happens: as long as a new line may wait.
const IDLE: Duration = Duration::from_millis(200);

/// Shows what `engine` knows until `q` is pressed or `stop` is set (SIGTERM). Owns the terminal meanwhile, and gives it
/// back whatever happens.
///
/// # Errors
/// If the terminal cannot be taken or written to, or another thread has panicked.
pub fn run(mut engine: impl Engine, options: Options, stop: &Arc<AtomicBool>) -> io::Result<()> {
    let signals = Signals::new()?;
    let mut tty = Tty::take(options.mouse)?;
    let mut app = App::new(options);
    let mut pace = Pace::new();
    while !stop.load(Relaxed) {
        if !tty.is_ours() {
            return Err(io::Error::other("a part of the program has failed; what it said stands above"));
        }
        if signals.suspend.swap(false, Relaxed) {
            tty.suspend()?;
            pace.pressed();
        }
        if signals.resumed.swap(false, Relaxed) {
            tty.take_again()?;
            pace.pressed();
        }
        // Only what is drawn is taken: what a pause holds is what stands on the screen.
        if pace.takes_frames()
            && let Some(frame) = engine.frame(&app.want())
        {
            app.take(frame);
            pace.came();
        }
        if pace.is_due() {
            tty.draw(&app)?;
        }
        if !event::poll(pace.wait())? {
            continue;
        }
        // All keys that are there, before the next picture.
        while event::poll(Duration::ZERO)? {
            let act = match event::read()? {
                Event::Key(key) => app.key(key),
                Event::Mouse(mouse) => app.mouse(mouse),
                _ => None,
            };
            pace.pressed();
            if let Some(act) = act {
                engine.act(act);
            }
            match app.request() {
                Some(Request::Quit) => return Ok(()),
                Some(Request::Suspend) => tty.suspend()?,
                Some(Request::Redraw) => tty.clear()?,
                Some(Request::Copy(text)) => tty.copy(&text)?,
                None => {}
            }
        }
    }
    Ok(())
}

/// When to draw, and how long to sleep.
struct Pace {
    drawn: Option<Instant>,
    changed: bool,
    /// A key may have asked for what no frame has told yet.
    awaits: bool,
    /// How often it was looked for since.
    tries: u32,
    idle: Duration,
}

impl Pace {
    fn new() -> Self {
        Self { drawn: None, changed: true, awaits: true, tries: 0, idle: SOON }
    }

    /// A key was pressed, or the terminal is another one: nobody waits for the next picture.
    fn pressed(&mut self) {
        *self = Self::new();
    }

    /// Whether a frame that is there would be drawn now.
    fn takes_frames(&self) -> bool {
        self.awaits || self.left().is_zero()
    }

    /// A frame has come.
    fn came(&mut self) {
        if std::mem::take(&mut self.awaits) {
            self.drawn = None;
        }
        (self.changed, self.idle) = (true, INTERVAL);
    }

    /// Whether a picture is drawn now.
    #[allow(
        clippy::disallowed_methods,
        reason = "pictures follow each other in the time of who looks at them"
    )]
    fn is_due(&mut self) -> bool {
        let due = self.changed && self.left().is_zero();
        if due {
            self.drawn = Some(Instant::now());
            self.changed = false;
        }
        due
    }

    /// What is left of the time between two pictures.
    fn left(&self) -> Duration {
        self.drawn.map_or(Duration::ZERO, |drawn| INTERVAL.saturating_sub(drawn.elapsed()))
    }

    /// How long a key may be waited for. The longer nothing happens, the longer.
    fn wait(&mut self) -> Duration {
        if self.changed {
            return self.left();
        }
        let wait = self.idle;
        self.tries += 1;
        if !self.awaits || self.tries >= TRIES {
            self.idle = (self.idle * 2).min(IDLE);
        }
        wait
    }
}

/// Flags that signals set.
struct Signals {
    /// SIGTSTP: from elsewhere; the key itself is read as a key.
    suspend: Arc<AtomicBool>,
    /// SIGCONT: after a stop that could not be seen coming.
    resumed: Arc<AtomicBool>,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let signals = Self { suspend: Arc::default(), resumed: Arc::default() };
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGCONT, SIGTSTP};
            signal_hook::flag::register(SIGTSTP, Arc::clone(&signals.suspend))?;
            signal_hook::flag::register(SIGCONT, Arc::clone(&signals.resumed))?;
        }
        Ok(signals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_drawn_once_and_soon_and_idling_has_a_limit() {
        let mut pace = Pace::new();
        assert!(pace.is_due(), "the first picture is not waited for");
        assert!(!pace.is_due(), "nothing has changed");
        assert!(pace.takes_frames() && pace.wait() == SOON, "the first frame is not waited for");
        pace.came();
        assert!(pace.is_due());
        pace.came();
        // Unless the machine was busy for as long.
        if pace.drawn.is_some_and(|drawn| drawn.elapsed() < INTERVAL / 2) {
            assert!(!pace.takes_frames() && !pace.is_due(), "those that follow are");
        }
        assert!(pace.wait() <= INTERVAL);
        std::thread::sleep(pace.wait());
        assert!(pace.takes_frames() && pace.is_due());
        let waits: Vec<Duration> = (0..8).map(|_| pace.wait()).collect();
        assert!(waits.is_sorted() && waits.last() == Some(&IDLE), "{waits:?}");
    }

    #[test]
    fn a_key_is_answered_at_once_and_with_the_first_frame_that_follows() {
        let mut pace = Pace::new();
        pace.came();
        assert!(pace.is_due());
        pace.pressed();
        assert!(pace.is_due(), "a picture was drawn a moment ago, and so is the next");
        assert!(pace.takes_frames());
        assert!((0..TRIES).all(|_| pace.wait() == SOON), "it is on its way");
        assert!(pace.wait() > SOON, "nothing is new, and none will come");
        pace.came();
        assert!(pace.is_due());
    }
}
