//! Beside a run: the progress bar, and Ctrl-C.

use std::io::IsTerminal;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use super::interrupt;
use super::progress::Bar;
use crate::runtime::Progress;

/// Often enough that a bar moves smoothly, seldom enough to cost nothing.
const INTERVAL: Duration = Duration::from_millis(100);

/// Runs `run` under a progress bar (on a terminal) and with Ctrl-C as a wish to end early.
pub(super) fn watched<T>(run: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress { stop: interrupt::flag(), ..Progress::default() };
    thread::scope(|scope| {
        let watcher = std::io::stderr().is_terminal().then(|| scope.spawn(|| show(&progress)));
        let result = run(&progress);
        progress.done.store(true, Relaxed);
        if let Some(watcher) = watcher {
            watcher.thread().unpark();
        }
        result
    })
}

fn show(progress: &Progress) {
    let bar = Bar::new();
    while !progress.done.load(Relaxed) {
        let total = progress.total.load(Relaxed);
        bar.update(progress.bytes.load(Relaxed), (total > 0).then_some(total));
        thread::park_timeout(INTERVAL);
    }
}
