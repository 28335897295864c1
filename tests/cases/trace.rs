//! `trace`: all lines about a message and no others, whatever names it and whoever wrote the log.

use std::fmt::Write;
use std::fs;

use serde_json::Value;

use super::program::{code, err, out, run};

fn samples(folder: &str) -> String {
    format!("{}/samples/{folder}", env!("CARGO_MANIFEST_DIR"))
}

fn stories(arguments: &[&str]) -> Vec<Value> {
    let output = run(&[&["trace", "--output", "ndjson"], arguments].concat());
    assert_eq!(code(&output), 0, "{}", err(&output));
    out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(story: &Value) -> Vec<&str> {
    let ids = story["queue_ids"].as_array().unwrap();
    ids.iter().map(|id| id["queue_id"].as_str().unwrap()).collect()
}

fn numbers(story: &Value) -> Vec<u64> {
    story["lines"].as_array().unwrap().iter().map(|line| line["line"].as_u64().unwrap()).collect()
}

fn texts(story: &Value) -> Vec<&str> {
    story["lines"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect()
}

#[test]
fn a_filter_s_copy_is_the_same_story_whichever_id_names_it() {
    let folder = samples("postfix");
    // Of both messages and of both sessions, but not the filter's own.
    let want: Vec<u64> = (5..=21).filter(|number| ![9, 17].contains(number)).collect();
    for what in
        ["4fPk2w1NqGz2TkP", "4fPk2x3bRLz2TkQ", "<8841.offer@rigging.example>", "8841.Offer@rigging.example"]
    {
        let stories = stories(&[what, &folder]);
        assert_eq!(stories.len(), 1, "{what}");
        assert_eq!(ids(&stories[0]), ["4fPk2w1NqGz2TkP", "4fPk2x3bRLz2TkQ"], "{what}");
        assert_eq!(numbers(&stories[0]), want, "{what}");
    }
}

#[test]
fn attempts_are_those_of_parse() {
    let folder = samples("postfix");
    let output = run(&["parse", "--attempts", &folder]);
    let all: Vec<Value> = out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stories = stories(&["203.0.113.66", &folder]);
    let told: Vec<&Value> = stories.iter().flat_map(|story| story["attempts"].as_array().unwrap()).collect();
    let of_source = |attempt: &&Value| attempt["client_ip"] == "203.0.113.66";
    let want = all.iter().filter(of_source).count();
    assert!(want > 5);
    assert_eq!(told.iter().copied().filter(|attempt| of_source(attempt)).count(), want);
    assert!(told.iter().all(|attempt| all.contains(attempt)), "word for word");
    // Each session is a story, and each line of its in that story alone.
    let mut lines: Vec<_> = stories.iter().flat_map(|story| texts(story)).collect();
    let count = lines.len();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), count);
}

#[test]
fn every_server_has_stories() {
    for (folder, what, ids_of, lines) in [
        ("sendmail", "6227BDkL001312", &["6227BDkL001312"][..], 5),
        ("exim", "1vn0Ba-000Abc-1A", &["1vn0Ba-000Abc-1A"], 3),
        // The session in the frontend's log, and what tracking says.
        ("exchange", "46497315947381", &["46497315947381"], 17),
        ("exchange", "<a1@partner.example>", &["46497315947381"], 17),
        ("exchange-2003", "145936.481651791@faba.example", &[], 6),
        ("exchange-online", "145936.481651791@faba.example", &[], 1),
    ] {
        let stories = stories(&[what, &samples(folder)]);
        assert_eq!(stories.len(), 1, "{what}");
        assert_eq!((ids(&stories[0]), numbers(&stories[0]).len()), (ids_of.to_vec(), lines), "{what}");
    }
}

#[test]
fn a_story_reads_like_one() {
    let output = run(&[
        "trace",
        "--config",
        &samples("config.toml"),
        "6A2D94A0D7",
        &samples("postfix/open-relay.log"),
    ]);
    let text = out(&output);
    let want = "\
6A2D94A0D7 on mx, 2026-03-03 01:45:57 to 01:45:58, 7 lines
  from <support@bank.example> by [203.0.113.66]
  to <check.relay03@mailprobe.example>: delivered, 2.0.0, by mx.mailprobe.example; outbound, authority none
";
    let (head, lines) = text.split_at(want.len());
    assert_eq!(head, want);
    assert_eq!(lines.lines().count(), 7);
    assert!(lines.lines().next().unwrap().ends_with("connect from unknown[203.0.113.66]"), "{lines}");
    assert_eq!((code(&output), err(&output)), (0, String::new()));
}

#[test]
fn who_finds_nothing_is_told() {
    let log = samples("postfix/quiet.log");
    for (arguments, want, exit) in [
        (&["trace", "4F2A1B3C5D", &*log][..], "none of them a mail server's that names 4F2A1B3C5D", 0),
        (&["trace", "4F2A1B3C5D", "-"], "standard input can be read only once", 2),
        (&["trace", "<>", &log], "give a queue id", 2),
        (&["trace", "x", "--output", "html", &log], "possible: text, ndjson", 2),
        (&["trace", "x", "/no/such/file"], "/no/such/file", 3),
    ] {
        let output = run(arguments);
        assert!(err(&output).contains(want), "{arguments:?}: {}", err(&output));
        assert_eq!(code(&output), exit, "{arguments:?}");
    }
}

/// A session in which a client says what it likes in `HELO`, a sender and a recipient.
fn session(log: &mut String, pid: u32, id: &str, said: &str) {
    let client = "unknown[203.0.113.9]";
    for line in [
        format!("smtpd[{pid}]: connect from {client}"),
        format!(
            "smtpd[{pid}]: NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <{said}@v.example>: Relay access denied; \
             from=<{said}@s.example> to=<{said}@v.example> proto=ESMTP helo=<{said}>"
        ),
        format!("smtpd[{pid}]: {id}: client={client}"),
        format!("cleanup[9]: {id}: message-id=<{said}>"),
        format!("qmgr[8]: {id}: from=<{said}@s.example>, size=900, nrcpt=1 (queue active)"),
        format!("qmgr[8]: {id}: removed"),
        format!("smtpd[{pid}]: disconnect from {client} ehlo=1 quit=1 commands=2"),
    ] {
        writeln!(log, "2026-03-01T12:00:00+00:00 mx1 postfix/{line}").unwrap();
    }
}

#[test]
fn a_client_s_words_put_nothing_into_another_s_story() {
    let mut log = String::new();
    session(&mut log, 101, "4F2A1B3C5D", "honest");
    session(&mut log, 102, "4F2A1B3C61", "4F2A1B3C5D");
    session(&mut log, 101, "4F2A1B3C62", "\u{1b}[31mqueued as 4F2A1B3C5D");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    fs::write(&path, log).unwrap();
    let path = path.to_str().unwrap();
    let told = stories(&["4F2A1B3C5D", path]);
    // Who has it as his Message-ID tells a story of his own, and that is all.
    let first = told.iter().find(|story| ids(story).contains(&"4F2A1B3C5D")).unwrap();
    assert_eq!((ids(first), numbers(first)), (vec!["4F2A1B3C5D"], (1..=7).collect()));
    assert!(told.iter().all(|story| !ids(story).contains(&"4F2A1B3C62")));
    let output = run(&["trace", "4F2A1B3C62", path]);
    assert!(
        !out(&output).contains('\u{1b}') && out(&output).contains("\\u{1b}[31mqueued"),
        "{}",
        out(&output)
    );
}

#[test]
fn a_queue_id_that_is_used_again_is_another_story() {
    let mut log = String::new();
    session(&mut log, 101, "4F2A1B3C5D", "first");
    session(&mut log, 102, "4F2A1B3C61", "other");
    session(&mut log, 103, "4F2A1B3C5D", "second");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    fs::write(&path, log).unwrap();
    let told = stories(&["4F2A1B3C5D", path.to_str().unwrap()]);
    let told: Vec<_> = told.iter().map(|story| (ids(story), numbers(story))).collect();
    assert_eq!(
        told,
        [(vec!["4F2A1B3C5D"], (1..=7).collect()), (vec!["4F2A1B3C5D"], (15..=21).collect::<Vec<u64>>())]
    );
}

#[test]
fn what_may_be_a_password_is_masked() {
    let line = "2026-03-01T12:00:00+00:00 mx1 sm-mta[7]: AUTH failure (LOGIN): user not found (-20) SASL(-13): \
                user not found: no secret in database, user=Hunter2!, relay=[203.0.113.9]";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    fs::write(&path, format!("{line}\n")).unwrap();
    for form in ["text", "ndjson"] {
        let output = run(&["trace", "203.0.113.9", "--output", form, path.to_str().unwrap()]);
        let text = out(&output);
        assert!(
            text.contains("AUTH failure") && text.contains("user=") && !text.contains("Hunter2"),
            "{text}"
        );
    }
}

#[test]
fn what_is_too_much_is_cut_and_said() {
    let mut log = String::new();
    for number in 0..1500_u32 {
        session(&mut log, 100 + number, &format!("4F2A1{number:05X}"), "somebody");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    fs::write(&path, log).unwrap();
    let output = run(&["trace", "203.0.113.9", path.to_str().unwrap()]);
    assert!(err(&output).contains("there is more about 203.0.113.9 than is shown"), "{}", err(&output));
    assert_eq!(code(&output), 0);
    let lines = out(&output).lines().filter(|line| line.contains("mail.log:")).count();
    assert!((7000..=10_000).contains(&lines), "{lines}");
}
