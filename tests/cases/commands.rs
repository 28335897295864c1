//! The commands from end to end: what they print, and how they end.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use super::program::{code, err, out, relaywatch, run, run_with};

/// A server that sends a stranger's mail on: the whole life of one message.
const OPEN_RELAY: &str = "\
2026-03-01T12:00:00.000000+00:00 mx1 postfix/smtpd[101]: connect from unknown[203.0.113.66]
2026-03-01T12:00:01.000000+00:00 mx1 postfix/smtpd[101]: 4F2A1B3C5D: client=unknown[203.0.113.66]
2026-03-01T12:00:01.100000+00:00 mx1 postfix/cleanup[102]: 4F2A1B3C5D: message-id=<1@spam.example>
2026-03-01T12:00:01.200000+00:00 mx1 postfix/qmgr[103]: 4F2A1B3C5D: from=<a@spam.example>, size=900, nrcpt=1 (queue active)
2026-03-01T12:00:02.000000+00:00 mx1 postfix/smtp[104]: 4F2A1B3C5D: to=<v@victim.example>, relay=mx.victim.example[198.51.100.7]:25, delay=1, delays=0.1/0/0.4/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-01T12:00:02.100000+00:00 mx1 postfix/qmgr[103]: 4F2A1B3C5D: removed
2026-03-01T12:00:03.000000+00:00 mx1 postfix/smtpd[101]: disconnect from unknown[203.0.113.66] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5
";

/// A server on which nothing happens that anybody need look at.
const QUIET: &str = "\
2026-03-01T12:00:00.000000+00:00 mx1 postfix/smtpd[101]: connect from mail.partner.example[198.51.100.9]
2026-03-01T12:00:03.000000+00:00 mx1 postfix/smtpd[101]: disconnect from mail.partner.example[198.51.100.9] ehlo=1 quit=1 commands=2
2026-03-01T12:00:04.000000+00:00 mx1 CRON[7]: (root) CMD (true)
";

/// A folder with a log, and with a configuration that says which domain is ours.
struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new(log: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mail.log"), log).unwrap();
        fs::write(
            folder.path().join("config.toml"),
            "[site]\nlocal_domains = [\"corp.example\"]\nrelay_domains = []\n",
        )
        .unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs `command` on the log with the configuration.
    fn run(&self, command: &str, flags: &[&str]) -> std::process::Output {
        let (config, log) = (self.path("config.toml"), self.path("mail.log"));
        let mut arguments = vec![command, "--config", &config, &log];
        arguments.extend_from_slice(flags);
        run(&arguments)
    }
}

#[test]
fn an_open_relay_is_found_and_can_fail_the_run() {
    let case = Case::new(OPEN_RELAY);
    let output = case.run("analyze", &[]);
    let text = out(&output);
    assert_eq!(code(&output), 0, "nothing fails unless asked: {}", err(&output));
    assert!(text.contains("203.0.113.66") && text.contains("victim.example"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours into a pipe: {text:?}");
    for (severity, expected) in [("none", 0), ("info", 1), ("warning", 1), ("critical", 1)] {
        assert_eq!(code(&case.run("analyze", &["--fail-on", severity])), expected, "--fail-on {severity}");
    }
}

#[test]
fn the_report_is_one_object_or_one_per_line() {
    let case = Case::new(OPEN_RELAY);
    let report: serde_json::Value =
        serde_json::from_slice(&case.run("analyze", &["--output", "json"]).stdout).unwrap();
    assert_eq!(report["schema"], "relaywatch.report/1");
    assert_eq!(report["relay"]["unauthorised"], 1, "{report:#}");
    assert_eq!(report["alerts"][0]["detector"], "open-relay");
    assert_eq!(report["alerts"][0]["severity"], "critical");
    let lines = out(&case.run("analyze", &["--output", "ndjson"]));
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn quiet_says_nothing_where_nothing_is_wrong() {
    let output = Case::new(QUIET).run("analyze", &["--quiet", "--fail-on", "info"]);
    assert_eq!((code(&output), out(&output), err(&output)), (0, String::new(), String::new()));
    let output = Case::new(OPEN_RELAY).run("analyze", &["--quiet"]);
    assert!(out(&output).contains("203.0.113.66"), "{}", out(&output));
}

#[test]
fn an_empty_input_is_clean() {
    let output = Case::new("").run("analyze", &[]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let output = run_with(&["parse", "-"], b"");
    assert_eq!((code(&output), out(&output)), (0, String::new()));
}

#[test]
fn a_missing_file_does_not_hide_the_good_ones() {
    let case = Case::new(OPEN_RELAY);
    let missing = case.path("gone.log");
    let output = case.run("analyze", &[&missing]);
    assert_eq!(code(&output), 3);
    assert!(out(&output).contains("203.0.113.66"), "{}", out(&output));
    assert!(err(&output).contains(&missing) && err(&output).contains("cannot"), "{}", err(&output));
}

#[test]
fn what_is_no_mail_log_is_said_to_be_none() {
    let output = Case::new("just\nsome\ntext\n").run("analyze", &[]);
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains("mail log"), "{}", err(&output));
    assert_eq!(code(&run(&["analyze", "/nonexistent/mail.log"])), 3);
}

#[test]
fn a_file_name_cannot_drive_the_terminal() {
    let output = run(&["analyze", "gone\u{1b}[31m.log"]);
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains("gone\\u{1b}[31m.log"), "{}", err(&output));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let case = Case::new(&OPEN_RELAY.repeat(2000));
    for command in ["parse", "analyze"] {
        let mut child = relaywatch()
            .args([command, "--output", "ndjson", &case.path("mail.log")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 10];
        if command == "parse" {
            child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        }
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), err(&output)), (0, String::new()), "{command}");
    }
}

#[test]
fn colour_comes_when_asked_for_and_not_otherwise() {
    let case = Case::new(OPEN_RELAY);
    let coloured = |flags: &[&str]| out(&case.run("analyze", flags)).contains('\u{1b}');
    assert!(coloured(&["--color", "always"]));
    assert!(!coloured(&["--color", "never"]));
    assert!(!coloured(&[]), "standard output is no terminal");
    let log = case.path("mail.log");
    let output = relaywatch().env("NO_COLOR", "1").args(["analyze", &log]).output().unwrap();
    assert!(!out(&output).contains('\u{1b}'));
}

#[test]
fn parse_gives_events_or_attempts() {
    let case = Case::new(&format!("{OPEN_RELAY}{QUIET}"));
    let objects = |flags: &[&str]| -> Vec<serde_json::Value> {
        let output = case.run("parse", flags);
        assert_eq!(code(&output), 0, "{}", err(&output));
        out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let events = objects(&[]);
    assert_eq!(events.len(), 9, "{events:#?}");
    assert_eq!((&events[0]["kind"], &events[0]["client_ip"]), (&"connect".into(), &"203.0.113.66".into()));
    assert_eq!(objects(&["--all"]).len(), 10, "the line of cron too");
    assert_eq!(objects(&["--unmatched"]).len(), 0);
    let attempts = objects(&["--attempts"]);
    assert_eq!(attempts.len(), 1, "{attempts:#?}");
    assert_eq!(attempts[0]["authority"], "none");
    assert_eq!(attempts[0]["outcome"], "delivered");
    assert_eq!(attempts[0]["direction"], "outbound");
    let text = out(&case.run("parse", &["--output", "text"]));
    assert!(text.lines().count() == 9 && text.contains("mx1 smtpd connect"), "{text}");
}

#[test]
fn since_until_and_host_narrow_every_command() {
    let case = Case::new(OPEN_RELAY);
    let lines = |flags: &[&str]| out(&case.run("parse", flags)).lines().count();
    assert_eq!(lines(&["--since", "2026-03-01T12:00:02Z"]), 3);
    assert_eq!(lines(&["--until", "2026-03-01T12:00:01Z"]), 1);
    assert_eq!(lines(&["--since", "2026-03-01 13:00:02", "--timezone", "Europe/Vienna"]), 3);
    assert_eq!(lines(&["--host", "mx2"]), 0);
    assert_eq!(lines(&["--host", "mx1"]), 7);
    let output = case.run("analyze", &["--since", "2026-03-02", "--fail-on", "info"]);
    assert_eq!(code(&output), 0, "nothing happened since: {}", err(&output));
}

#[test]
fn explain_names_the_pattern_and_the_fields() {
    let line = OPEN_RELAY.lines().next().unwrap();
    let output = run(&["explain", line]);
    let text = out(&output);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(
        text.contains("postfix.smtpd.") && text.contains("203.0.113.66") && text.contains("connect"),
        "{text}"
    );
    let piped = run_with(&["explain", "-"], format!("{line}\n").as_bytes());
    assert_eq!(out(&piped), text);
}

#[test]
fn patterns_are_listed_and_pass_their_own_samples() {
    let output = run(&["patterns", "list"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(out(&output).contains("postfix.smtpd."), "{}", out(&output));
    let output = run(&["patterns", "test"]);
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
}

#[test]
fn a_broken_pattern_file_is_a_configuration_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("mine.toml"),
        "mta = \"postfix\"\ndaemons = [\"smtpd\"]\n[[pattern]]\nname = 5\n",
    )
    .unwrap();
    let output = run(&["patterns", "test", folder.path().to_str().unwrap()]);
    assert_eq!(code(&output), 2, "{}", err(&output));
    assert!(err(&output).contains("mine.toml:4:"), "{}", err(&output));
}

#[test]
fn help_is_for_people_and_goes_to_standard_output() {
    for arguments in [&["--help"][..], &["analyze", "--help"], &["parse", "--help"], &["explain", "--help"]] {
        let output = run(arguments);
        assert_eq!(code(&output), 0);
        assert!(
            out(&output).contains("Examples:") && out(&output).contains("--since <TIME>"),
            "{}",
            out(&output)
        );
        assert_eq!(err(&output), "");
    }
    let text = out(&run(&["--help"]));
    for command in ["analyze", "parse", "explain", "patterns", "check-config"] {
        assert!(text.contains(&format!("\n  {command} ")), "{command} in {text}");
    }
    assert!(text.contains("Exit codes: 0 clean, 1 findings"), "{text}");
    let output = run(&["--version"]);
    assert_eq!(out(&output), concat!("relaywatch ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_what_it_has() {
    use std::io::Write;
    let mut child = relaywatch()
        .args(["analyze", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The log never ends by itself: only the interruption ends the run. It comes when more has been taken than may wait
    // to be read, however slow the machine is.
    let (taken, enough) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        let mut left = 16 << 20;
        while stdin.write_all(QUIET.as_bytes()).is_ok() {
            if left > 0 {
                left -= QUIET.len() as i64;
            } else {
                let _ = taken.send(());
            }
        }
    });
    enough.recv().unwrap();
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(code(&output), 130, "{}", err(&output));
    assert!(out(&output).contains("2026-03-01"), "the report so far: {}", out(&output));
    assert!(err(&output).contains("interrupted"), "{}", err(&output));
}
