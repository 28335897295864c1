//! `watch`: what `monitor` does, for one person's eyes. It stores nothing and tells nobody; beside a running monitor it shows
//! what that one knows, too.

mod link;
mod reader;
mod replay;
mod stored;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use super::{Error, From};
use crate::runtime::Options;
use crate::tui;
pub use crate::tui::{Options as Look, Theme};
use link::Link;
use reader::Reader;

/// What is watched.
#[derive(Clone, Debug)]
pub struct Watch {
    /// What is read and what is looked for in it.
    pub run: Options,
    /// Where sources begin.
    pub from: From,
    /// Seconds of the log in one second, where an archive is played; `None`: logs are followed.
    pub replay: Option<f64>,
    /// Where a monitor keeps its state, if one does.
    pub state: PathBuf,
}

/// Shows the dashboard until somebody ends it, or `stop` is set.
///
/// # Errors
/// The patterns are wrong, or the terminal cannot be had.
pub fn watch(watch: Watch, options: Look, stop: &Arc<AtomicBool>) -> Result<(), Error> {
    let (link, end) = Link::new();
    let reader = Reader::new(watch, end)?;
    let over = Arc::new(AtomicBool::new(false));
    let (until, asked) = (over.clone(), stop.clone());
    let thread =
        thread::Builder::new().name("engine".to_owned()).spawn(move || reader.run(&until, &asked))?;
    let shown = tui::run(link, options, stop);
    over.store(true, Relaxed);
    // It ends within its longest wait; whatever it died of was said by its panic.
    let _ = thread.join();
    shown.map_err(Error::Terminal)
}
