//! Daemons of the system that a test starts for itself, if they are installed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program `name`, which Debian has in `package`. `None`, and a message, where it is not installed; a failure where
/// `RELAYWATCH_REQUIRE_DAEMONS=1` says that it must be.
pub(crate) fn find(name: &str, package: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/bin")]);
    let found = folders.map(|folder| folder.join(name)).find(|program| program.is_file());
    if found.is_none() {
        absent(name, package);
    }
    found
}

/// Says that a test is skipped, or fails where it must not be.
pub(crate) fn absent(name: &str, package: &str) {
    skip(&format!("{name} is not installed; install the package {package}"));
}

/// The same for whatever else is missing.
pub(crate) fn skip(why: &str) {
    assert_ne!(std::env::var("RELAYWATCH_REQUIRE_DAEMONS").as_deref(), Ok("1"), "{why}");
    eprintln!("skipped: {why}");
}

/// A daemon in the foreground, ended with the test.
pub(crate) struct Daemon(Child);

impl Daemon {
    /// Starts it; what it says goes into the file `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let log = std::fs::File::create(log).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap())
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.0.id()
    }

    /// Whether it still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Ends it.
    pub(crate) fn stop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Asks until there is an answer; a machine under load may take its time.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "waited too long: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A port where nobody listens, of this moment.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
