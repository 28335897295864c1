//! Whole stories, as data: `tests/scenarios/<what_it_shows>.toml` holds a log, what was stated about the site, and
//! the attempts and alerts that must come out of it, no more and no less.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    about: String,
    log: String,
    /// The configuration file.
    config: Option<String>,
    /// The server's own configuration, for `[site] postfix_config`.
    main_cf: Option<String>,
    /// The files of `[site] sendmail_config`, by name.
    #[serde(default)]
    etc_mail: BTreeMap<String, String>,
    /// Figures of the report's `traffic`.
    #[serde(default)]
    traffic: BTreeMap<String, u64>,
    /// Every attempt at its last telling, in any order; fields not listed are not compared, those listed as empty must
    /// be absent (or empty).
    #[serde(default)]
    attempt: Vec<toml::Table>,
    /// Every alert; `remedy`, `summary` and `evidence` are parts of it.
    #[serde(default)]
    alert: Vec<toml::Table>,
}

#[test]
fn every_scenario_ends_as_told() {
    let mut wrong = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 30, "the scenarios are gone");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let scenario: Scenario =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(!scenario.about.is_empty());
        if let Err(how) = check(&scenario) {
            wrong.push(format!("{}: {how}", file.file_stem().unwrap().to_string_lossy()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

fn check(scenario: &Scenario) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("mail.log");
    fs::write(&log, &scenario.log).unwrap();
    let mut config = scenario.config.clone().unwrap_or_default();
    if let Some(main_cf) = &scenario.main_cf {
        fs::write(folder.path().join("main.cf"), main_cf).unwrap();
        config = format!("[site]\npostfix_config = {:?}\n", folder.path());
    }
    if !scenario.etc_mail.is_empty() {
        for (name, text) in &scenario.etc_mail {
            fs::write(folder.path().join(name), text).unwrap();
        }
        config = format!("[site]\nsendmail_config = {:?}\n", folder.path());
    }
    let config_file = folder.path().join("config.toml");
    fs::write(&config_file, config).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_relaywatch"))
            .args(["--config", config_file.to_str().unwrap(), "--timezone", "UTC"])
            .args(arguments)
            .arg(&log)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let attempts: Vec<Value> = run(&["parse", "--attempts", "--output", "ndjson"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let report: Value = serde_json::from_str(&run(&["analyze", "--output", "json"])).unwrap();
    if report["input"]["unmatched"] != 0 {
        return Err(format!("unmatched lines: {}", report["input"]));
    }
    for (figure, count) in &scenario.traffic {
        let told = &report["traffic"][figure];
        if told != count {
            return Err(format!("{figure}: the report says {told}, not {count}"));
        }
    }
    compare("attempt", &scenario.attempt, &attempts)?;
    let alerts: Vec<Value> = report["alerts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| {
            let mut alert = alert.clone();
            alert["subject"] = alert["subject"]["value"].clone();
            let evidence = alert["evidence"].as_array().unwrap().iter();
            let lines: Vec<&str> = evidence.map(|line| line["text"].as_str().unwrap()).collect();
            alert["evidence"] = lines.join("\n").into();
            alert
        })
        .collect();
    compare("alert", &scenario.alert, &alerts)
}

/// Each expected table needs one found object of its own, and nothing may be left over.
fn compare(what: &str, expected: &[toml::Table], found: &[Value]) -> Result<(), String> {
    let mut left: Vec<&Value> = found.iter().collect();
    for table in expected {
        let Some(at) = left.iter().position(|object| agrees(table, object)) else {
            return Err(format!("no {what} like {table:?} among\n  {}", listed(&left)));
        };
        left.remove(at);
    }
    if left.is_empty() { Ok(()) } else { Err(format!("unexpected {what}:\n  {}", listed(&left))) }
}

fn agrees(table: &toml::Table, object: &Value) -> bool {
    table.iter().all(|(key, value)| {
        let Some(want) = value.as_str() else { return object[key].as_i64() == value.as_integer() };
        let have = object[key].as_str();
        match key.as_str() {
            "remedy" | "summary" | "evidence" => have.is_some_and(|text| text.contains(want)),
            _ if want.is_empty() => have.is_none_or(str::is_empty),
            _ => have == Some(want),
        }
    })
}

fn listed(objects: &[&Value]) -> String {
    objects.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
}
