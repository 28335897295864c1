//! How far a long run is: on a terminal only, and only when it takes long enough to wonder.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter runs show nothing: a bar that flashes by is noise.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar that shows itself when the time has come. Indicatif draws nothing where standard error is no terminal.
    pub(super) fn new() -> Self {
        Self(ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()))
    }

    /// `done` bytes of `total` are read; a total that nobody knows (a pipe) gives a rate without an end.
    pub(super) fn update(&self, done: u64, total: Option<u64>) {
        if self.0.is_hidden() {
            if self.0.elapsed() < PATIENCE {
                return;
            }
            self.0.set_draw_target(ProgressDrawTarget::stderr());
        }
        if self.0.length() != total || self.0.position() == 0 {
            let template = match total {
                Some(_) => {
                    "{bar:30} {percent:>3}% of {decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left"
                }
                None => "{decimal_bytes} read, {decimal_bytes_per_sec}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.0.set_style(style);
            }
            if let Some(total) = total {
                self.0.set_length(total);
            }
        }
        self.0.set_position(done);
    }
}

/// The bar goes when the run ends, however it ends: what follows starts on a clean line.
impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
