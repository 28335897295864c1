//! What a service manager is told: systemd's notifications (`sd_notify(3)`). Without one, nothing happens.

#[cfg(unix)]
mod systemd {
    use std::time::Duration;

    use sd_notify::NotifyState;

    /// How often it wants to hear that all is well: twice as often as asked, as its manual says.
    pub(in crate::runtime::live) fn watchdog() -> Option<Duration> {
        sd_notify::watchdog_enabled().map(|period| period / 2)
    }

    /// All is up; or again, after a reload.
    pub(in crate::runtime::live) fn ready(status: &str) {
        tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// The configuration is read again.
    pub(in crate::runtime::live) fn reloading() {
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            tell(&[NotifyState::Reloading, now]);
        }
    }

    /// Still alive.
    pub(in crate::runtime::live) fn alive() {
        tell(&[NotifyState::Watchdog]);
    }

    /// The end is near.
    pub(in crate::runtime::live) fn stopping() {
        tell(&[NotifyState::Stopping]);
    }

    fn tell(state: &[NotifyState<'_>]) {
        // A manager that does not listen is no reason to stop.
        let _ = sd_notify::notify(state);
    }
}

/// Windows' services are told by the program that wraps them.
#[cfg(not(unix))]
mod systemd {
    use std::time::Duration;

    pub(in crate::runtime::live) fn watchdog() -> Option<Duration> {
        None
    }

    pub(in crate::runtime::live) fn ready(_: &str) {}

    pub(in crate::runtime::live) fn reloading() {}

    pub(in crate::runtime::live) fn alive() {}

    pub(in crate::runtime::live) fn stopping() {}
}

pub(super) use systemd::{alive, ready, reloading, stopping, watchdog};
