//! A terminal with a shell in it, of a tmux of its own.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cases::sinks::daemon::find;

/// How long anything may take on a machine that has more to do.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// What the shell says when it waits.
pub(super) const PROMPT: &str = "shell>";

/// The program under test: with `RELAYWATCH_PROGRAM` another build of it, to be measured.
pub(super) fn program() -> PathBuf {
    std::env::var_os("RELAYWATCH_PROGRAM")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_relaywatch")), PathBuf::from)
}

/// A terminal, its shell, and a folder for the logs that are watched. All end with it.
pub(super) struct Terminal {
    folder: TempDir,
    tmux: PathBuf,
}

impl Terminal {
    /// A terminal of `width` x `height` whose shell waits; `None` where there is no tmux.
    pub(super) fn open(width: u16, height: u16) -> Option<Self> {
        let tmux = find("tmux", "tmux")?;
        let terminal = Self { folder: tempfile::tempdir().unwrap(), tmux };
        let program = program();
        let programs = program.parent().unwrap();
        let shell = format!(
            "exec env -i PATH={}:/usr/bin:/bin HOME=/nonexistent LANG=C.UTF-8 TERM=screen-256color TZ=UTC \
             PS1='{PROMPT} ' /bin/sh",
            programs.display()
        );
        let size = [width.to_string(), height.to_string()];
        terminal.tmux(&["new-session", "-d", "-x", &size[0], "-y", &size[1], &shell]);
        terminal.shows(PROMPT);
        Some(terminal)
    }

    /// The dashboard with these arguments, in a terminal of that size, once it shows what it knows.
    pub(super) fn watch(width: u16, height: u16, log: &[u8], arguments: &str) -> Option<Self> {
        let terminal = Self::open(width, height)?;
        fs::write(terminal.log(), log).unwrap();
        terminal.start(arguments);
        terminal.shows("1 Overview");
        Some(terminal)
    }

    /// Types the command that starts the dashboard on this folder's log.
    pub(super) fn start(&self, arguments: &str) {
        let config = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/config.toml");
        self.line(&format!(
            "relaywatch watch --config {config} --state {} {arguments} {}",
            self.state_folder().display(),
            self.log().display()
        ));
    }

    /// Where a monitor would keep its state.
    pub(super) fn state_folder(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.path().join("mail.log")
    }

    /// Adds to the log.
    pub(super) fn write(&self, lines: &str) {
        let mut log = OpenOptions::new().append(true).open(self.log()).unwrap();
        log.write_all(lines.as_bytes()).unwrap();
    }

    /// Types text, and Enter.
    pub(super) fn line(&self, text: &str) {
        self.text(text);
        self.key("Enter");
    }

    /// Types text as it is.
    pub(super) fn text(&self, text: &str) {
        self.tmux(&["send-keys", "-l", "--", text]);
    }

    /// Presses a key, by tmux's name for it: `Enter`, `Escape`, `C-z`.
    pub(super) fn key(&self, name: &str) {
        self.tmux(&["send-keys", name]);
    }

    /// What stands on the screen.
    pub(super) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// The same with the sequences that give it its looks.
    pub(super) fn sequences(&self) -> String {
        self.tmux(&["capture-pane", "-e", "-p"])
    }

    /// What the screen shows once it is as `wanted`, two looks in a row: the first may have seen it half drawn.
    pub(super) fn until<T>(&self, what: &str, mut wanted: impl FnMut(&str) -> Option<T>) -> T {
        let (start, mut seen) = (Instant::now(), false);
        loop {
            let screen = self.screen();
            match wanted(&screen) {
                Some(found) if seen => return found,
                found => seen = found.is_some(),
            }
            assert!(start.elapsed() < PATIENCE, "waited too long: {what}. The screen:\n{screen}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The screen, once this stands on it.
    pub(super) fn shows(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text).then(|| screen.to_owned()))
    }

    /// The screen, once this stands on it no more.
    pub(super) fn hides(&self, text: &str) -> String {
        self.until(&format!("no {text}"), |screen| (!screen.contains(text)).then(|| screen.to_owned()))
    }

    pub(super) fn resize(&self, width: u16, height: u16) {
        self.tmux(&["resize-window", "-x", &width.to_string(), "-y", &height.to_string()]);
    }

    /// What tmux knows of the terminal, by the name of its variable.
    pub(super) fn state(&self, variable: &str) -> String {
        self.tmux(&["display-message", "-p", &format!("#{{{variable}}}")]).trim().to_owned()
    }

    /// The process of the dashboard: the shell's only child.
    pub(super) fn process(&self) -> i32 {
        let shell = self.state("pane_pid");
        let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
        children.trim().parse().unwrap_or_else(|_| panic!("children of the shell: {children:?}"))
    }

    /// The terminal is the shell's again: its screen, a cursor, and what is typed is seen.
    pub(super) fn is_sane(&self) {
        self.until("the shell's screen", |_| (self.state("alternate_on") == "0").then_some(()));
        self.until("a cursor", |_| (self.state("cursor_flag") == "1").then_some(()));
        self.until("the prompt", |screen| screen.trim_end().ends_with(PROMPT).then_some(()));
        self.text("echo it is $((40+2))");
        self.shows("echo it is $((40+2))");
        self.key("Enter");
        self.shows("\nit is 42");
        assert_eq!(self.state("mouse_any_flag"), "0");
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let socket = self.folder.path().join("tmux");
        let mut command = Command::new(&self.tmux);
        command.env_remove("TMUX").env("LANG", "C.UTF-8").env("SHELL", "/bin/sh");
        let output =
            command.arg("-S").arg(socket).args(["-u", "-f", "/dev/null"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The shell may have ended it all before.
        let socket = self.folder.path().join("tmux");
        let _ = Command::new(&self.tmux).arg("-S").arg(socket).arg("kill-server").output();
    }
}
