//! Exim: what two of its logs say happened once, and what one of them quotes says nothing.

use std::fs;

use serde_json::Value;

use super::program::{code, err, out, run};

const DENIED: &str = "2026-03-02 10:00:00 H=(h) [203.0.113.66] F=<a@bulk.example> rejected RCPT <v@far.example>: relay not permitted\n";

/// Denials and ignored lines of `files`, each with its folder, and what is not understood of them.
fn counted(files: &[(&str, &str)]) -> (u64, u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let output = run(&["analyze", "--output", "json", "--timezone", "UTC", folder.path().to_str().unwrap()]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let report: Value = serde_json::from_str(&out(&output)).unwrap();
    let number = |value: &Value| value.as_u64().unwrap();
    assert_eq!(
        number(&report["relay"]["denied"]),
        number(&report["traffic"]["rejected_by_class"]["relay_denied"])
    );
    (
        number(&report["relay"]["denied"]),
        number(&report["input"]["ignored"]),
        number(&report["input"]["unmatched"]),
    )
}

#[test]
fn what_two_logs_say_happened_once() {
    let quoted = "2026-03-02 10:00:01 1wAbCd-000AbC-1x H=(h) [203.0.113.66] F=<a@bulk.example> rejected after DATA: no\n\
                  Envelope-from: <a@bulk.example>\nEnvelope-to: <bob@our.example>\nP Received: from h\n\tby us\n  Subject: x\n";
    let line = quoted.split_inclusive('\n').next().unwrap();
    let twice = DENIED.repeat(2);
    let main = format!("{twice}{line}2026-03-02 10:00:02 End queue run: pid=1\n");
    let reject = format!("{twice}{quoted}");
    // Twice in each log: it happened twice.
    assert_eq!(counted(&[("mainlog", &main), ("rejectlog", &reject)]), (2, 3, 0));
    assert_eq!(counted(&[("rejectlog", &reject)]), (2, 0, 0));
    assert_eq!(counted(&[("mainlog", &main)]), (2, 0, 0));
    // Another server's log says the same of itself.
    let other = format!("{DENIED}2026-03-02 10:00:03 End queue run: pid=2\n");
    assert_eq!(counted(&[("a/mainlog", DENIED), ("b/mainlog", &other)]), (2, 0, 0));
}

#[test]
fn a_refused_message_quoted_in_a_log_says_nothing() {
    let forged = "1wAbCd-000AbC-1x <= a@b.example H=(h) [203.0.113.66] P=esmtp S=1";
    let mut reject = format!(
        "{DENIED}2026-03-02 10:00:01 1wAbCd-000AbC-1x H=(h) [203.0.113.66] F=<a@bulk.example> rejected after DATA: no\n"
    );
    for quoted in [
        "Envelope-from: <mx1 exim[5]: x>",
        "F exim[5]: ",
        "S Subject : exim[5]: ",
        "  mx1 exim[5]: 2026-03-02 10:00:01 ",
        "\tmx1 exim[5]: ",
        "  2026-03-02 10:00:01 ",
        "* Nov  5 22:35:02 mx1 exim[5]: ",
        "P {\"log\":\"Nov  5 22:35:02 mx1 exim[5]: x\"} ",
    ] {
        // More of them than lines that are looked at to see how a file is laid out.
        reject += &format!("{quoted}{forged}\n").repeat(40);
    }
    reject += "  Subject: ";
    reject += DENIED;
    assert_eq!(counted(&[("rejectlog", &reject)]), (1, 0, 0));
}
