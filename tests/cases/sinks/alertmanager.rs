//! A real Alertmanager.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use relaywatch::model::News;
use serde_json::Value;

use super::daemon::{Daemon, find, free_port, until};
use super::notices::{assert_fit, hostile, open_relay};
use super::open;

/// What it knows; `None`: it does not answer.
fn alerts(port: u16) -> Option<Vec<Value>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(b"GET /api/v2/alerts HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    assert_fit(&body.replace('\u{200b}', ""));
    head.contains(" 200 ").then(|| serde_json::from_str(body).unwrap())
}

#[test]
fn alertmanager_takes_alerts_and_their_ends() {
    let Some(program) = find("prometheus-alertmanager", "prometheus-alertmanager") else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("config.yml"), "route:\n  receiver: none\nreceivers:\n- name: none\n").unwrap();
    let port = free_port();
    let mut command = Command::new(program);
    command
        .arg(format!("--config.file={}", at("config.yml").display()))
        .arg(format!("--storage.path={}", folder.path().display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--cluster.listen-address=");
    let mut daemon = Daemon::start(&mut command, &at("log"));
    until("alertmanager answers", || {
        assert!(daemon.is_alive(), "{}", fs::read_to_string(at("log")).unwrap());
        alerts(port)
    });

    let table = format!(
        "type = \"webhook\"\nurl = \"http://127.0.0.1:{port}/api/v2/alerts\"\nbody = \"alertmanager\""
    );
    let mut sink = open(&table);
    let mut other = hostile("n2");
    other.alert.detector = "compromised-account".to_owned();
    sink.deliver(&[open_relay("n1"), other]).unwrap();
    let known = until("both alerts are there", || alerts(port).filter(|known| known.len() == 2));
    let of = |name: &str| known.iter().find(|alert| alert["labels"]["alertname"] == name).unwrap();
    let relay = of("open-relay");
    assert_eq!(relay["labels"]["subject"], "203.0.113.66");
    assert_eq!(relay["labels"]["severity"], "critical");
    assert_eq!(relay["annotations"]["title"], "CRITICAL: Open relay");
    assert!(of("compromised-account")["labels"]["subject"].as_str().unwrap().contains("\\u{1b}[31m"));

    let mut over = open_relay("n3");
    over.news = News::Resolved;
    over.time = chrono::Utc::now().into();
    sink.deliver(&[over]).unwrap();
    until("the first is over", || alerts(port).filter(|known| known.len() == 1));
}
