//! `/metrics` and `/healthz`.

use std::fs;

use regex::Regex;

use super::lines::{AT_ONCE, SITE, at, denials, relay};
use super::service::Place;
use crate::cases::sinks::daemon::until;

#[test]
fn figures_are_told_in_the_form_of_prometheus() {
    let sink = "[[sink]]\nname = \"file\"\ntype = \"file\"\npath = \"FOLDER/alerts\"\n";
    let place = Place::new(&format!("{SITE}{AT_ONCE}{sink}"));
    place.write(&(denials(at(-60), "192.0.2.7", 5) + &relay(at(-50), "203.0.113.66", 1)));
    let _service = place.started();
    let delivered = "relaywatch_notices_delivered_total{sink=\"file\"}";
    until("it is told", || (place.figure(delivered)? == 1).then_some(()));
    let (_, text) = place.get("/metrics").unwrap();
    let sample =
        Regex::new(r#"^[a-z_]+(\{[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*\})? [0-9]+$"#).unwrap();
    let about = Regex::new("^# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge))$").unwrap();
    for line in text.lines() {
        assert!(sample.is_match(line) || about.is_match(line), "{line}");
    }
    for (name, value) in [
        ("relaywatch_lines_total", 12),
        ("relaywatch_alerts_firing{severity=\"critical\"}", 1),
        ("relaywatch_alerts_firing{severity=\"info\"}", 1),
        ("relaywatch_spool_waiting{sink=\"file\"}", 0),
    ] {
        assert_eq!(place.figure(name), Some(value), "{name}\n{text}");
    }
    assert!(place.figure("relaywatch_event_time_lag_seconds").unwrap() < 600, "{text}");
    assert_eq!(place.get("/"), Some((404, "here are /metrics and /healthz\n".to_owned())));
}

#[test]
fn health_is_whether_the_log_can_be_read() {
    let place = Place::new("");
    let _service = place.started();
    let health = |want: u16| {
        until(&format!("health {want}"), || place.get("/healthz").filter(|(status, _)| *status == want))
    };
    let (_, why) = health(503);
    assert!(why.contains("mail.log cannot be read"), "{why}");
    place.write(&denials(at(0), "192.0.2.7", 1));
    assert_eq!(health(200).1, "ok\n");
    fs::remove_file(place.log()).unwrap();
    health(503);
    place.write(&denials(at(0), "192.0.2.7", 1));
    health(200);
}
