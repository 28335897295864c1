//! `--since`, `--until`, `--host`, `--source`: what counts, and what is known all the same.

use std::fs;

use serde_json::Value;

use super::program::{code, err, run};

/// A stranger's message that enters at noon and goes out in two deliveries, before and after one o'clock; and one
/// that comes later.
const LOG: &str = "\
2026-03-01T12:00:01Z mx1 postfix/smtpd[101]: 4F2A1B3C5D: client=unknown[203.0.113.66]
2026-03-01T12:00:02Z mx1 postfix/qmgr[103]: 4F2A1B3C5D: from=<a@spam.example>, size=900, nrcpt=2 (queue active)
2026-03-01T12:00:03Z mx1 postfix/smtp[104]: 4F2A1B3C5D: to=<u@victim.example>, relay=mx.victim.example[198.51.100.7]:25, delay=1, delays=0.1/0/0.4/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-01T13:30:00Z mx1 postfix/smtp[104]: 4F2A1B3C5D: to=<v@other.example>, relay=mx.other.example[198.51.100.8]:25, delay=1, delays=0.1/0/0.4/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-01T13:30:01Z mx1 postfix/qmgr[103]: 4F2A1B3C5D: removed
2026-03-01T14:00:01Z mx1 postfix/smtpd[101]: 4F2A1B3C6D: client=unknown[203.0.113.67]
2026-03-01T14:00:02Z mx1 postfix/qmgr[103]: 4F2A1B3C6D: from=<b@spam.example>, size=900, nrcpt=1 (queue active)
2026-03-01T14:00:03Z mx1 postfix/smtp[104]: 4F2A1B3C6D: to=<w@victim.example>, relay=mx.victim.example[198.51.100.7]:25, delay=1, delays=0.1/0/0.4/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-01T14:00:04Z mx1 postfix/qmgr[103]: 4F2A1B3C6D: removed
";

/// Runs a command on the log of a site that is corp.example; every line of the result.
fn told(arguments: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("mail.log"), LOG).unwrap();
    fs::write(path("config.toml"), "[site]\nlocal_domains = [\"corp.example\"]\nrelay_domains = []\n")
        .unwrap();
    let output =
        run(&[&["--config", &path("config.toml"), "--output"], arguments, &[&path("mail.log")]].concat());
    assert_eq!(code(&output), 0, "{}", err(&output));
    serde_json::Deserializer::from_slice(&output.stdout).into_iter().map(Result::unwrap).collect()
}

#[test]
fn a_message_that_entered_before_is_known_from_its_beginning() {
    let since = ["--since", "2026-03-01T13:00:00Z"];
    let report = told(&[&["json", "analyze"], &since[..]].concat()).remove(0);
    assert_eq!(report["input"]["events"], 6, "lines before do not count");
    assert_eq!(report["traffic"]["delivered"], 2);
    let relay = &report["relay"];
    assert_eq!((&relay["attempts"], &relay["unauthorised"]), (&2.into(), &2.into()), "{relay:#}");
    let alerts = report["alerts"].as_array().unwrap();
    let sources: Vec<_> = alerts.iter().map(|alert| &alert["subject"]["value"]).collect();
    assert_eq!(sources, ["203.0.113.66", "203.0.113.67"]);
    let attempts = told(&[&["ndjson", "parse", "--attempts"], &since[..]].concat());
    let first = &attempts[0];
    assert_eq!(
        (attempts.len(), &first["client_ip"], &first["recipient"]),
        (2, &"203.0.113.66".into(), &"v@other.example".into())
    );
}

#[test]
fn what_counts_before_and_after_a_moment_is_everything_together() {
    let moment = "2026-03-01T13:00:00Z";
    let count = |flags: &[&str]| {
        let report = told(&[&["json", "analyze"], flags].concat()).remove(0);
        let figure = |part: &str, name: &str| report[part][name].as_u64().unwrap();
        [figure("input", "events"), figure("traffic", "messages"), figure("relay", "attempts")]
    };
    let (all, before, after) = (count(&[]), count(&["--until", moment]), count(&["--since", moment]));
    assert_eq!(all, [9, 2, 3]);
    for (n, total) in all.into_iter().enumerate() {
        assert_eq!(before[n] + after[n], total, "{before:?} and {after:?}");
    }
}

#[test]
fn a_source_is_told_of_alone() {
    for (source, victims) in [
        ("203.0.113.67", &["w@victim.example"][..]),
        ("203.0.113.64/31", &[]),
        ("203.0.113.64/30", &["u@victim.example", "v@other.example", "w@victim.example"]),
    ] {
        let flags = ["--source", source];
        let report = told(&[&["json", "analyze"], &flags[..]].concat()).remove(0);
        let sources = if victims.len() == 3 { 2 } else { victims.len() };
        // Lines that name no client are nobody's.
        assert_eq!(report["input"]["events"], sources, "{source}");
        assert_eq!(report["relay"]["attempts"], victims.len(), "{source}");
        assert_eq!(report["alerts"].as_array().unwrap().len(), sources, "{source}");
        let attempts = told(&[&["ndjson", "parse", "--attempts"], &flags[..]].concat());
        let recipients: Vec<_> =
            attempts.iter().map(|attempt| attempt["recipient"].as_str().unwrap()).collect();
        assert_eq!(recipients, victims, "{source}");
        let events = told(&[&["ndjson", "parse"], &flags[..]].concat());
        assert!(events.iter().all(|event| event["kind"] == "accept"), "{events:?}");
        assert_eq!(events.len(), sources);
        // A story is whole, and there are fewer.
        let stories = told(&[&["ndjson", "trace"], &flags[..], &["203.0.113.0/24"]].concat());
        let lines: Vec<_> = stories.iter().map(|story| story["lines"].as_array().unwrap().len()).collect();
        let want = match victims.len() {
            0 => vec![],
            1 => vec![4],
            _ => vec![5, 4],
        };
        assert_eq!(lines, want, "{source}");
    }
}

#[test]
fn what_is_no_source_is_said_to_be_none() {
    let output = run(&["analyze", "--source", "203.0.113.66/24", "mail.log"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("did you mean `203.0.113.0/24`"), "{}", err(&output));
}
