//! What a service manager is told: systemd's notifications (`sd_notify(3)`). Without one, nothing happens.

use std::time::Duration;

/// The manager, if there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manager {
    /// How often it wants to hear that all is well.
    pub(super) watchdog: Option<Duration>,
}

#[cfg(unix)]
impl Manager {
    /// Of this process.
    pub(super) fn of_process() -> Self {
        // Twice as often as asked, as sd_watchdog_enabled(3) says.
        Self { watchdog: sd_notify::watchdog_enabled().map(|period| period / 2) }
    }

    /// All is up; or again, after a reload.
    pub(super) fn ready(self, status: &str) {
        tell(&[sd_notify::NotifyState::Ready, sd_notify::NotifyState::Status(status)]);
    }

    /// The configuration is read again.
    pub(super) fn reloading(self) {
        if let Ok(now) = sd_notify::NotifyState::monotonic_usec_now() {
            tell(&[sd_notify::NotifyState::Reloading, now]);
        }
    }

    /// Still alive.
    pub(super) fn alive(self) {
        tell(&[sd_notify::NotifyState::Watchdog]);
    }

    /// The end is near.
    pub(super) fn stopping(self) {
        tell(&[sd_notify::NotifyState::Stopping]);
    }
}

#[cfg(unix)]
fn tell(state: &[sd_notify::NotifyState<'_>]) {
    // A manager that does not listen is no reason to stop.
    let _ = sd_notify::notify(state);
}

/// Windows' services are told by the program that wraps them.
#[cfg(not(unix))]
impl Manager {
    pub(super) fn of_process() -> Self {
        Self { watchdog: None }
    }

    pub(super) fn ready(self, _: &str) {}

    pub(super) fn reloading(self) {}

    pub(super) fn alive(self) {}

    pub(super) fn stopping(self) {}
}
