//! `backtest`: what each configuration would have told, side by side.

use std::fs;

use serde_json::Value;

use super::program::{code, err, out, run};

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/postfix/denied-spike.log");

/// Two configurations: the usual one, and one that asks for more denials of everybody but one network.
fn configs() -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let site = "[site]\nlocal_domains = [\"harbour.example\", \"mx.harbour.example\"]\n";
    let now = write("now.toml", site);
    let next = write("next.toml", &format!("{site}[detect.relay-denied-spike]\nsource_denials = 500\n"));
    (folder, now, next)
}

#[test]
fn what_changes_stands_side_by_side() {
    let (_folder, now, next) = configs();
    let output = run(&["backtest", "--config", &now, "--config", &next, "--year", "2026", LOG]);
    assert_eq!((code(&output), err(&output)), (0, String::new()));
    let text = out(&output);
    assert!(text.starts_with(&format!("A  {now}: ")), "{text}");
    let (_, differs) =
        text.split_once("\nrelay-denied-spike: 203.0.113.142\n").unwrap_or_else(|| panic!("{text}"));
    let lines: Vec<&str> = differs.lines().take(2).collect();
    assert!(lines[0].starts_with("  A  info, ") && lines[0].ends_with(" relay attempts denied"), "{text}");
    assert_eq!(lines[1], "  B  nothing", "{text}");
    // The same against itself differs in nothing.
    let text = out(&run(&["backtest", "--config", &now, "--config", &now, "--year", "2026", LOG]));
    assert!(text.contains("\n0 differ, "), "{text}");
    assert!(text.contains("\nAlike:\n  relay-denied-spike: 203.0.113.142, info, "), "{text}");
}

#[test]
fn programs_get_every_alert_of_every_configuration() {
    let (_folder, now, next) = configs();
    let output = run(&["backtest", "--config", &now, "--config", &next, "--output", "json", LOG]);
    let found: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(found["schema"], "relaywatch.backtest/1");
    assert_eq!(found["configurations"], serde_json::json!([now, next]));
    let rows = found["alerts"].as_array().unwrap();
    let row = rows.iter().find(|row| row["subject"]["value"] == "203.0.113.142").unwrap();
    assert_eq!((&row["detector"], &row["told"][1]), (&"relay-denied-spike".into(), &Value::Null));
    assert!(row["told"][0]["evidence"][0]["line"].is_u64(), "{row}");
}

#[test]
fn one_configuration_is_enough_and_only_backtest_takes_more() {
    let (_folder, now, next) = configs();
    let text = out(&run(&["backtest", "--config", &now, LOG]));
    assert!(text.contains("\nrelay-denied-spike: 203.0.113.142\n  A  info, "), "{text}");
    let output = run(&["analyze", "--config", &now, "--config", &next, LOG]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("--config is given 2 times"), "{}", err(&output));
    let output = run(&["backtest", "--config", &now, "--config", &next, "-"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("standard input can be read only once"), "{}", err(&output));
}
