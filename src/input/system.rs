//! Where a system keeps its mail log.

use std::path::Path;

/// What is looked for, in this order: Debian and its kin, Red Hat and its kin and the BSDs, Exim of Debian, of others.
const LOGS: &[&str] = &[
    "/var/log/mail.log",
    "/var/log/maillog",
    "/var/log/exim4/mainlog",
    "/var/log/exim/mainlog",
    "/var/log/exim_mainlog",
];
/// Exim writes refusals into a log of their own beside that.
const REJECTS: &[(&str, &str)] = &[
    ("/var/log/exim4/mainlog", "/var/log/exim4/rejectlog"),
    ("/var/log/exim/mainlog", "/var/log/exim/rejectlog"),
];
/// Where systemd's journal is running.
const JOURNAL: &str = "/run/systemd/journal/socket";
/// The input that means the journal.
pub const JOURNAL_INPUT: &str = "journal";

/// The inputs that hold this system's mail log, below `root`: every mail log that is there, else the journal; none, where
/// neither is.
pub fn mail_logs(root: &Path) -> Vec<String> {
    let below = |path: &str| root.join(path.trim_start_matches('/'));
    let mut found: Vec<String> = Vec::new();
    for log in LOGS.iter().filter(|log| below(log).exists()) {
        found.push(below(log).to_string_lossy().into_owned());
        let rejects = REJECTS.iter().filter(|(main, reject)| main == log && below(reject).exists());
        found.extend(rejects.map(|(_, reject)| below(reject).to_string_lossy().into_owned()));
    }
    if found.is_empty() && below(JOURNAL).exists() {
        found.push(JOURNAL_INPUT.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_found_and_the_journal_only_where_there_is_none() {
        let root = tempfile::tempdir().unwrap();
        assert!(mail_logs(root.path()).is_empty());
        std::fs::create_dir_all(root.path().join("run/systemd/journal")).unwrap();
        std::fs::write(root.path().join("run/systemd/journal/socket"), "").unwrap();
        assert_eq!(mail_logs(root.path()), ["journal"]);
        std::fs::create_dir_all(root.path().join("var/log/exim4")).unwrap();
        for name in ["maillog", "exim4/mainlog", "exim4/rejectlog"] {
            std::fs::write(root.path().join("var/log").join(name), "").unwrap();
        }
        let names: Vec<String> = mail_logs(root.path())
            .iter()
            .map(|name| name.rsplit_once("/var/log/").unwrap().1.to_owned())
            .collect();
        assert_eq!(names, ["maillog", "exim4/mainlog", "exim4/rejectlog"]);
    }
}
