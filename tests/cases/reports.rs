//! Reports in other forms than text and JSON: tables that say what the JSON says, a page that a real browser shows.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::program::{out, run};
use super::sinks::daemon;

fn samples() -> String {
    format!("{}/samples/postfix", env!("CARGO_MANIFEST_DIR"))
}

/// Rows by the names of their columns.
fn table(text: &str) -> Vec<Vec<(String, String)>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row =
        |record: csv::StringRecord| names.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What JSON says where a table has one cell.
fn cell(object: &Value, name: &str) -> String {
    let value = match name {
        "subject" => &object["subject"]["value"],
        "subject_kind" => &object["subject"]["kind"],
        "uid" if object["uid"].is_null() => &object["local_user"],
        name => &object[name],
    };
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.is_empty() && name == "sender" => "<>".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Each row says what its object says; columns that are told in another way are named by `apart`.
fn agree(rows: &[Vec<(String, String)>], objects: &[Value], apart: &[&str]) {
    assert_eq!(rows.len(), objects.len());
    assert!(!rows.is_empty());
    for (row, object) in rows.iter().zip(objects) {
        for (name, told) in row.iter().filter(|(name, _)| !apart.contains(&&**name)) {
            // What begins like a formula has a mark in front.
            let told = told.strip_prefix('\'').unwrap_or(told);
            assert_eq!(told, cell(object, name), "{name} of {object}");
        }
        let columns: Vec<&str> = row.iter().map(|(name, _)| &**name).collect();
        let known =
            |key: &str| columns.contains(&key) || matches!(key, "related" | "evidence" | "local_user");
        assert!(object.as_object().unwrap().keys().all(|key| known(key)), "{columns:?}: {object}");
    }
}

#[test]
fn tables_of_events_and_attempts_say_what_the_objects_say() {
    let samples = format!("{}/samples", env!("CARGO_MANIFEST_DIR"));
    for folder in ["postfix", "sendmail", "exim", "exchange", "iis"] {
        let folder = format!("{samples}/{folder}");
        let rows = table(&out(&run(&["parse", "--all", "--output", "csv", &folder])));
        agree(&rows, &objects(&out(&run(&["parse", "--all", &folder]))), &["text"]);
        let rows = table(&out(&run(&["parse", "--attempts", "--output", "csv", &folder])));
        agree(&rows, &objects(&out(&run(&["parse", "--attempts", &folder]))), &["lines"]);
        assert!(rows.iter().all(|row| row.last().unwrap().1.contains(':')), "attempts name their lines");
    }
}

#[test]
fn a_table_of_alerts_says_what_the_objects_say() {
    let rows = table(&out(&run(&["analyze", "--output", "csv", &samples()])));
    let report: Value =
        serde_json::from_str(&out(&run(&["analyze", "--output", "json", &samples()]))).unwrap();
    let alerts = report["alerts"].as_array().unwrap();
    agree(&rows, alerts, &["file", "line", "evidence", "remedy"]);
    for (row, alert) in rows.iter().zip(alerts) {
        let newest = alert["evidence"].as_array().unwrap().last().unwrap();
        let told = |name: &str| &*row.iter().find(|(column, _)| column == name).unwrap().1;
        assert_eq!(told("file"), newest["file"].as_str().unwrap());
        assert_eq!(told("line"), newest["line"].to_string());
        assert_eq!(told("evidence"), newest["text"].as_str().unwrap());
        assert!(!told("remedy").is_empty());
    }
}

/// The page as Chromium has it once everything is loaded, and what it complained about.
fn shown(chromium: &Path, page: &Path) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let complaints = String::from_utf8_lossy(&output.stderr);
    let complaints = complaints.lines().filter(|line| line.contains("CONSOLE"));
    (out(&output), complaints.collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_browser_shows_the_page_and_runs_nothing_that_a_log_says() {
    let Some(chromium) = daemon::find("chromium", "chromium") else { return };
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("mail.log");
    // A client that calls itself a script, and writes to as many as it takes for an alert.
    let evil = "<img/src=x/onerror=document.title='taken'><script>document.title='taken'</script>";
    let line = |number: u32| {
        format!(
            "Mar  2 10:00:{number:02} mx postfix/smtpd[100]: NOQUEUE: reject: RCPT from unknown[203.0.113.66]: 554 5.7.1 \
             <a{number}@far.example>: Relay access denied; from=<{evil}@x.example> to=<a{number}@far.example> proto=ESMTP \
             helo=<{evil}>\n"
        )
    };
    fs::write(&log, (0..30).map(line).collect::<String>()).unwrap();
    let page = folder.path().join("report.html");
    let arguments = ["analyze", "--output", "html", "--min-severity", "info", log.to_str().unwrap()];
    fs::write(&page, out(&run(&arguments))).unwrap();
    let (told, complaints) = shown(&chromium, &page);
    assert_eq!(complaints, "");
    assert!(told.contains("<title>Mail relay report: nothing wrong</title>"), "{told}");
    for said in ["203.0.113.66", "30 relay attempts denied", "&lt;script&gt;", "<svg", "Denied addresses"] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(!told.contains("<script") && !told.contains("<img"), "{told}");
}
