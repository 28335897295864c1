//! The bodies of webhooks, as they arrive.

use relaywatch::model::{News, Notice};
use serde_json::Value;

use super::notices::{HOSTILE, assert_fit, hostile, open_relay};
use super::open;
use super::server::{Request, Server};

fn posted(keys: &str, notices: &[Notice]) -> Request {
    let server = Server::answering("HTTP/1.1 200 OK\ncontent-length: 0\n\n");
    open(&format!("type = \"webhook\"\nurl = \"{}\"\n{keys}", server.url())).deliver(notices).unwrap();
    let request = server.asked();
    assert_fit(&request.body);
    request
}

fn json(keys: &str, notice: Notice) -> Value {
    serde_json::from_str(&posted(keys, &[notice]).body).unwrap()
}

#[test]
fn the_standard_body_has_the_alert_as_it_is() {
    let notice = hostile("n1");
    assert_eq!(json("", notice.clone())["data"], serde_json::to_value(&notice.alert).unwrap());
    let mut over = open_relay("n2");
    over.alert.detector = "relay-denied-spike".to_owned();
    over.news = News::Resolved;
    assert_eq!(json("", over)["type"], "relay.denied.spike.resolved");
}

#[test]
fn slack_gets_a_message_that_calls_nobody() {
    let plain = json("body = \"slack\"", open_relay("n1"));
    let text = plain["text"].as_str().unwrap();
    for part in ["*CRITICAL: Open relay*", "203.0.113.66 sent 3", "status=sent", "Remove 0.0.0.0/0", "mx1"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(plain["blocks"][0]["text"]["text"], "CRITICAL: Open relay");

    let request = posted("body = \"slack\"", &[hostile("n1")]);
    assert_eq!(request.header("webhook-id"), None);
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let mut texts = vec![body["text"].as_str().unwrap().to_owned()];
    for block in body["blocks"].as_array().unwrap() {
        let text = block["text"]["text"].as_str().or(block["elements"][0]["text"].as_str()).unwrap();
        if block["text"]["type"] != "plain_text" {
            assert!(!text.contains('<'), "{text}");
        }
        texts.push(text.to_owned());
    }
    assert_eq!(texts.len(), 6);
    for text in texts {
        assert!(!text.contains("@channel"), "{text}");
        assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "{text}");
        assert!(matches!(text.matches('`').count(), 0 | 6), "{text}");
    }
}

#[test]
fn slack_gets_no_block_that_is_too_long() {
    let mut notice = hostile("n1");
    let long = "<&@".repeat(20_000);
    let alert = &mut notice.alert;
    for text in [&mut alert.title, &mut alert.summary, &mut alert.host, &mut alert.remedy, &mut alert.id] {
        long.clone_into(text);
    }
    alert.evidence = vec![alert.evidence[0].clone(); 9];
    alert.evidence.iter_mut().for_each(|evidence| long.clone_into(&mut evidence.text));
    let body = json("body = \"slack\"", notice);
    assert!(body["text"].as_str().unwrap().chars().count() < 12_000);
    for block in body["blocks"].as_array().unwrap() {
        let text = block["text"]["text"].as_str().or(block["elements"][0]["text"].as_str()).unwrap();
        let most = if block["type"] == "header" { 150 } else { 3000 };
        assert!(text.chars().count() <= most, "{text}");
    }
}

#[test]
fn a_template_of_ones_own_is_filled() {
    let keys = r#"
        body = "template"
        template = """{"title": "{{title}}", "n": {{count}}, "id": "{{id}}", "state": "{{state}}",
            "lines": {{evidence}}, "from": "{{first_seen}}"}"""
    "#;
    let body = json(keys, hostile("n1"));
    assert_eq!((&body["title"], &body["n"], &body["id"]), (&HOSTILE.into(), &3.into(), &"alert-n1".into()));
    assert_eq!(body["from"], open_relay("n1").alert.first_seen.to_string());
    assert!(body["lines"][0].as_str().unwrap().starts_with("a\"b'c\\d\\u{d}"));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text");
    std::fs::write(&path, "{{severity}} {{title}} on {{host}}: {{subject}}\n").unwrap();
    let file = format!(
        "body = \"template\"\ntemplate = {{ file = \"{}\" }}\ncontent_type = \"text/plain\"",
        path.display()
    );
    let request = posted(&file, &[open_relay("n1")]);
    assert_eq!(request.body, "critical Open relay on mx1: 203.0.113.66\n");
    assert_eq!(request.header("content-type"), Some("text/plain"));
    assert_eq!(request.header("webhook-id"), Some("n1"));
    std::fs::write(&path, "{{severty}}").unwrap();
    let table = format!("type = \"webhook\"\nurl = \"http://localhost/\"\n{file}");
    let wrong = super::settings(&table).open().unwrap_err().to_string();
    assert!(wrong.contains("text: `{{severty}}`") && wrong.contains("possible: title"), "{wrong}");
}

#[test]
fn alertmanager_gets_a_list() {
    let mut over = hostile("n2");
    over.news = News::Resolved;
    over.time = over.alert.started_at.plus_seconds(-100);
    let request = posted("body = \"alertmanager\"", &[open_relay("n1"), over.clone()]);
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(
        body[0]["labels"],
        serde_json::json!({"alertname": "open-relay", "detector": "open-relay", "severity": "critical",
            "subject": "203.0.113.66", "subject_kind": "ip", "host": "mx1"})
    );
    assert_eq!(body[0]["startsAt"], over.alert.started_at.to_string());
    assert_eq!(body[0]["endsAt"], Value::Null);
    assert_eq!(body[1]["endsAt"], body[1]["startsAt"], "an end before the beginning is refused");
    assert!(open("type = \"webhook\"\nurl = \"http://localhost/\"\nbody = \"alertmanager\"").most() > 1);
}
