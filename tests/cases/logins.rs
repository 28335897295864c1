//! Failed logins, as a user meets them in a report: what is never shown, and what a flood costs.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::program::{code, err, out, relaywatch};

/// The report about `log`, as text.
fn report(log: &str, output: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    fs::write(&path, log).unwrap();
    let mut command = relaywatch();
    let output = command.args(["analyze", "--output", output]).arg(path).output().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    out(&output)
}

/// The name of a failed login may be a password, typed one prompt too early: whatever the server, and however the line
/// is wrapped, no report has it.
#[test]
fn what_may_be_a_password_is_not_shown() {
    const SECRET: &str = "Tr0ub4dor";
    let lines = [
        format!(
            "postfix/smtpd[7]: warning: unknown[203.0.113.66]: SASL LOGIN authentication failed: authentication failure, \
             sasl_username={SECRET}"
        ),
        format!(
            "sm-mta[7]: 622AxaD000007: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication \
             failure: checkpass failed, user={SECRET}, relay=[203.0.113.66]"
        ),
        format!("sm-mta[7]: AUTH failure (LOGIN): user not found (-20), user={SECRET}, relay=[203.0.113.66]"),
        format!(
            "exim[7]: dovecot_login authenticator failed for (User) [203.0.113.66]:2129: 535 Incorrect authentication \
             data (set_id={SECRET})"
        ),
    ];
    for line in lines {
        let mut plain = String::new();
        let mut wrapped = String::new();
        for minute in 0..6 {
            writeln!(plain, "2026-03-02T08:0{minute}:00+00:00 mx1 {line}").unwrap();
            let (ident, message) = line.split_once("[7]: ").unwrap();
            writeln!(
                wrapped,
                r#"{{"timestamp":"2026-03-02T08:0{minute}:00Z","host":"mx1","programname":"{ident}","procid":"7","msg":"{message}"}}"#
            )
            .unwrap();
        }
        for log in [plain, wrapped] {
            for form in ["json", "ndjson", "text"] {
                let told = report(&log, form);
                assert!(!told.contains(SECRET), "{line}\n{told}");
            }
            let report: Value = serde_json::from_str(&report(&log, "json")).unwrap();
            let alert = &report["alerts"][0];
            assert_eq!(alert["detector"], "auth-brute-force", "{log}");
            let evidence = alert["evidence"][0]["text"].as_str().unwrap();
            assert!(evidence.contains("AUTH failure") || evidence.contains("203.0.113.66"), "{alert}");
        }
    }
}

/// An account that somebody logged in to is no secret: the lines are shown as they are.
#[test]
fn the_lines_about_a_known_account_are_shown_whole() {
    let mut log = "2026-03-02T08:00:00+00:00 mx1 sm-mta[6]: AUTH=server, relay=[198.51.100.7], authid=ann, mech=PLAIN, \
                   bits=256\n"
        .to_owned();
    for minute in 1..7 {
        writeln!(
            log,
            "2026-03-02T08:0{minute}:00+00:00 mx1 sm-mta[7]: 622AxaD000007: AUTH failure (LOGIN): authentication failure \
             (-13) SASL(-13): authentication failure: checkpass failed, user=ann, relay=[203.0.113.66]"
        )
        .unwrap();
    }
    assert!(report(&log, "json").contains("user=ann, relay=[203.0.113.66]"));
}

/// `enabled = false` switches a detector off, and each threshold moves what it is the threshold of.
#[test]
fn thresholds_are_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut log = String::new();
    for minute in 0..4 {
        writeln!(
            log,
            "2026-03-02T08:0{minute}:00+00:00 mx1 postfix/smtpd[7]: disconnect from unknown[203.0.113.66] ehlo=1 auth=0/1 \
             quit=1 commands=2/3"
        )
        .unwrap();
    }
    fs::write(path("mail.log"), log).unwrap();
    for (settings, severities) in [
        ("", &[][..]),
        ("source_failures = 4\n", &["info"]),
        ("source_failures = 4\nwarning_failures = 4\n", &["warning"]),
        ("source_failures = 4\nwindow_seconds = 60\n", &[]),
        ("source_failures = 4\nenabled = false\n", &[]),
    ] {
        fs::write(path("config.toml"), format!("[detect.auth-brute-force]\n{settings}")).unwrap();
        let mut command = relaywatch();
        command.args(["--config", &path("config.toml"), "analyze", "--output", "json", &path("mail.log")]);
        let output = command.output().unwrap();
        assert_eq!(code(&output), 0, "{}", err(&output));
        let report: Value = serde_json::from_str(&out(&output)).unwrap();
        let told: Vec<&str> = report["alerts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|alert| alert["severity"].as_str().unwrap())
            .collect();
        assert_eq!(told, severities, "{settings}");
    }
}
