//! The samples that the project comes with are read to the last line, whatever their format.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn nothing_in_the_samples_is_unmatched() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = std::fs::read_dir(root.join("samples")).unwrap().map(|entry| entry.unwrap().path());
    let output = Command::new(env!("CARGO_BIN_EXE_relaywatch"))
        .args(["analyze", "--output", "json", "--year", "2026", "--config"])
        .arg(root.join("samples/config.toml"))
        .args(folders.filter(|path| path.is_dir()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["input"]["unmatched"], 0, "{}", report["input"]["unmatched_shapes"]);
    let formats = report["input"]["formats"].as_array().unwrap();
    let formats: BTreeSet<&str> = formats.iter().map(|format| format["format"].as_str().unwrap()).collect();
    let want =
        BTreeSet::from(["exchange", "exchange-json", "exim", "iis", "journal-export", "json", "syslog"]);
    assert_eq!(formats, want);
}

#[test]
fn exports_of_exchange_name_the_connector_that_lets_strangers_relay() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let exports = root.join("docs/exchange-config");
    std::fs::write(&config, format!("[site]\nexchange_config = {exports:?}\n")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_relaywatch"))
        .args(["analyze", "--output", "json", "--config"])
        .arg(config)
        .arg(root.join("samples/exchange"))
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let alerts = report["alerts"].as_array().unwrap();
    let relay = alerts.iter().find(|alert| alert["detector"] == "open-relay").unwrap();
    assert_eq!(
        (&relay["severity"], &relay["subject"]["value"]),
        (&"critical".into(), &"203.0.113.66".into())
    );
    let remedy = relay["remedy"].as_str().unwrap();
    assert!(
        remedy.starts_with("receive connector EX1\\Default Frontend EX1 (ms-Exch-SMTP-Accept-Any-Recipient"),
        "{remedy}"
    );
}
