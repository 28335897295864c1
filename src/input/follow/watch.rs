//! Waking up when something happens: the file system says so, a thread does, or a second is over.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// What happens within this time is one thing: a log that is written without pause is read in pieces of some size.
const GATHER: Duration = Duration::from_millis(10);

/// Wakes whoever waits.
#[derive(Clone, Debug)]
pub(super) struct Waker {
    bell: Sender<()>,
    happened: Arc<Happened>,
}

#[derive(Debug, Default)]
struct Happened {
    /// A file was written.
    written: AtomicBool,
    /// A name came, went, or means another file.
    renamed: AtomicBool,
}

impl Waker {
    pub(super) fn wake(&self) {
        // It is rung already if there is no room.
        let _ = self.bell.try_send(());
    }
}

/// What is to be looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct News {
    pub(super) written: bool,
    pub(super) renamed: bool,
}

/// Watches folders.
#[derive(Debug)]
pub(super) struct Watch {
    waker: Waker,
    bell: Receiver<()>,
    /// `None`: the system has no such service, or no more of it; then looking now and then must do.
    watcher: Option<RecommendedWatcher>,
    folders: HashSet<PathBuf, ahash::RandomState>,
}

impl Watch {
    pub(super) fn new() -> Self {
        let (sender, bell) = bounded(1);
        let waker = Waker { bell: sender, happened: Arc::default() };
        let told = waker.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            match event.map(|event| event.kind) {
                // That somebody reads it, like this program itself.
                Ok(EventKind::Access(_)) => return,
                Ok(EventKind::Modify(ModifyKind::Data(_))) => {
                    told.happened.written.store(true, Ordering::Release);
                }
                // Events that were lost among them.
                _ => told.happened.renamed.store(true, Ordering::Release),
            }
            told.wake();
        });
        Self { waker, bell, watcher: watcher.ok(), folders: HashSet::default() }
    }

    pub(super) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Watches these folders, and no others.
    pub(super) fn watch(&mut self, folders: HashSet<PathBuf, ahash::RandomState>) {
        let Some(watcher) = &mut self.watcher else { return };
        for gone in self.folders.difference(&folders) {
            // It may be gone altogether.
            let _ = watcher.unwatch(gone);
        }
        // What is not there cannot be watched: it is tried again.
        self.folders = folders
            .into_iter()
            .filter(|folder| {
                self.folders.contains(folder) && folder.exists()
                    || watcher.watch(folder, RecursiveMode::NonRecursive).is_ok()
            })
            .collect();
    }

    /// What happened since this was last asked.
    pub(super) fn news(&self) -> News {
        let take = |flag: &AtomicBool| flag.swap(false, Ordering::AcqRel);
        News { written: take(&self.waker.happened.written), renamed: take(&self.waker.happened.renamed) }
    }

    /// Waits until something happens, at most so long.
    pub(super) fn wait(&self, at_most: Duration) {
        if self.bell.recv_timeout(at_most).is_ok() {
            thread::sleep(GATHER.min(at_most));
            let _ = self.bell.try_recv();
        }
    }
}
