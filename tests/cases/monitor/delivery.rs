//! Alerts arrive: after outages, in order, each with one id; and who must not be told is not.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::hook::{Answer, Heard, Hook};
use super::lines::{AT_ONCE, SITE, at, calm, denials, relay};
use super::service::{Place, told};
use crate::cases::sinks::daemon::until;

const OK: Answer = Answer::Status(200);

/// Denials that are a warning at once, and become no graver.
const SENSITIVE: &str = "[detect.relay-denied-spike]\nwarning_denials = 5\n\n";

/// A place with this hook as its only sink, `chat`.
fn place(hook: &Hook) -> Place {
    Place::new(&format!("{SITE}{AT_ONCE}{SENSITIVE}{}", hook.table("chat")))
}

fn list(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["alerts", "list", "--output", "json"], arguments].concat();
    let state = place.path("state");
    let output = place.run(&[&arguments[..], &["--state", state.to_str().unwrap()]].concat());
    serde_json::from_str(&told(&output)).unwrap()
}

#[test]
fn an_outage_delays_and_loses_nothing() {
    let mut hook = Hook::new(Answer::Status(500));
    let place = place(&hook);
    let service = place.started();
    let clients: Vec<String> = (1..=5).map(|number| format!("203.0.113.{number}")).collect();
    for (number, client) in (1..).zip(&clients) {
        place.write(&relay(at(-600), client, number));
    }
    until("it fails", || (hook.heard().len() >= 2).then_some(()));
    hook.answer(Answer::Hang);
    let failed = hook.heard().len();
    until("somebody hangs", || (hook.heard().len() > failed).then_some(()));
    hook.leave();
    hook.answer(Answer::Status(503));
    // The end of each: a day and more without a relay.
    place.write(&calm(at(-590), at(-590 + 50 * 3600), 600));
    place.says("does the server listen there?");
    assert!(!list(&place, &["--waiting"]).is_empty());
    hook.come();
    hook.answer(OK);
    told(&place.run(&["alerts", "retry", "--state", place.path("state").to_str().unwrap()]));
    for client in &clients {
        hook.waits_for("open.relay.firing", client);
        hook.waits_for("open.relay.resolved", client);
    }
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut ids: BTreeMap<(String, String), Vec<Heard>> = BTreeMap::new();
    for heard in hook.heard() {
        if heard.answer == OK {
            kinds.entry(heard.subject().to_owned()).or_default().push(heard.kind.clone());
        }
        ids.entry((heard.subject().to_owned(), heard.kind.clone())).or_default().push(heard);
    }
    for client in &clients {
        assert_eq!(kinds[client], ["open.relay.firing", "open.relay.resolved"], "{client}");
    }
    for ((subject, kind), tries) in &ids {
        assert!(tries.iter().all(|heard| heard.id == tries[0].id), "{subject} {kind}: {tries:?}");
        assert!(tries.iter().all(|heard| heard.alert == tries[0].alert), "{subject} {kind}: {tries:?}");
    }
    assert!(ids.values().any(|tries| tries.len() > 1));
    until("nothing waits", || list(&place, &["--waiting"]).is_empty().then_some(()));
    assert!(service.stop().success());
}

#[test]
fn a_dead_sink_delays_no_other() {
    let (dead, alive) = (Hook::new(Answer::Hang), Hook::new(OK));
    let tables = format!("{SITE}{AT_ONCE}{}{}", dead.table("dead"), alive.table("alive"));
    let place = Place::new(&tables.replace("timeout = \"2s\"", "timeout = \"5m\""));
    let service = place.started();
    let start = Instant::now();
    for number in 1..=3 {
        let client = format!("203.0.113.{number}");
        place.write(&relay(at(-60), &client, number));
        alive.waits_for("open.relay.firing", &client);
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    until("only the dead one's wait", || {
        let waiting = list(&place, &["--waiting"]);
        (waiting.len() == 3 && waiting.iter().all(|entry| entry["sink"] == "dead")).then_some(())
    });
    // What hangs is not waited for without end.
    let start = Instant::now();
    assert!(service.stop().success());
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
}

#[test]
fn who_says_gone_is_asked_again_when_somebody_says_so() {
    let hook = Hook::new(Answer::Status(410));
    let place = place(&hook);
    let _service = place.started();
    place.write(&relay(at(-60), "203.0.113.1", 1));
    place.says("chat is gone");
    place.write(&relay(at(-50), "203.0.113.2", 2));
    until("both wait", || (list(&place, &["--waiting"]).len() == 2).then_some(()));
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(hook.heard().len(), 1, "nobody is asked who said that he is gone");
    hook.answer(OK);
    let state = place.path("state");
    told(&place.run(&["alerts", "retry", "--state", state.to_str().unwrap()]));
    hook.waits_for("open.relay.firing", "203.0.113.1");
    hook.waits_for("open.relay.firing", "203.0.113.2");
}

#[test]
fn what_is_refused_is_dead_until_it_is_retried() {
    let hook = Hook::new(Answer::Status(400));
    let place = place(&hook);
    let _service = place.started();
    place.write(&relay(at(-60), "203.0.113.1", 1));
    let dead = until("it is dead", || list(&place, &["--dead"]).pop());
    assert_eq!(dead["notice"]["alert"]["subject"]["value"], "203.0.113.1", "{dead}");
    assert!(dead["dead"].as_str().unwrap().contains("HTTP 400"), "{dead}");
    let text = told(&place.run(&["alerts", "list", "--dead"]));
    assert!(text.contains("chat") && text.contains("HTTP 400"), "{text}");
    hook.answer(OK);
    told(&place.run(&["alerts", "retry", &dead["number"].to_string()]));
    let heard = hook.waits_for("open.relay.firing", "203.0.113.1");
    // No point in it: the signature covers `id.timestamp.body`.
    assert_eq!(heard.id, dead["notice"]["id"].as_str().unwrap().replace('.', "_"));
    until("nothing is dead", || list(&place, &["--dead"]).is_empty().then_some(()));
}

#[test]
fn what_is_silenced_is_told_when_the_silence_ends() {
    let hook = Hook::new(OK);
    let place = place(&hook);
    let service = place.started();
    let silence =
        ["alerts", "silence", "--subject", "203.0.113.7", "--for", "6s", "--comment", "our scanner"];
    let start = Instant::now();
    told(&place.run(&silence));
    let listed = told(&place.run(&["alerts", "silence", "--list"]));
    assert!(listed.contains("subject 203.0.113.7: our scanner"), "{listed}");
    // It is taken over by the next look; what follows is told meanwhile.
    thread::sleep(Duration::from_millis(1200));
    place.write(&(relay(at(-60), "203.0.113.7", 1) + &relay(at(-60), "203.0.113.8", 2)));
    hook.waits_for("open.relay.firing", "203.0.113.8");
    let listed = told(&place.run(&["alerts", "list"]));
    assert!(listed.contains("203.0.113.7") && listed.contains("203.0.113.8"), "{listed}");
    hook.waits_for("open.relay.firing", "203.0.113.7");
    assert!(start.elapsed() >= Duration::from_secs(5), "told in the silence: {:?}", start.elapsed());
    let listed = told(&place.run(&["alerts", "silence", "--list"]));
    assert!(listed.contains("(over)"), "{listed}");
    assert!(service.stop().success());
}

#[test]
fn a_restart_tells_nothing_twice() {
    let hook = Hook::new(OK);
    let place = place(&hook);
    let service = place.started();
    place.write(&(denials(at(-900), "192.0.2.7", 6) + &relay(at(-890), "203.0.113.66", 1)));
    hook.waits_for("open.relay.firing", "203.0.113.66");
    hook.waits_for("relay.denied.spike.firing", "192.0.2.7");
    assert!(service.stop().success());
    let service = place.started();
    // It goes on: more of the same is the same alert, another is told.
    place.write(&(denials(at(-600), "192.0.2.7", 6) + &relay(at(-590), "203.0.113.67", 2)));
    hook.waits_for("open.relay.firing", "203.0.113.67");
    // A count that grows is no news; it is known when the spike is over.
    place.write(&calm(at(-580), at(0), 10));
    until("it is counted on", || {
        let alerts = list(&place, &["--all"]);
        alerts.into_iter().find(|alert| alert["subject"]["value"] == "192.0.2.7" && alert["count"] == 12)
    });
    assert!(service.stop().success());
    let heard = hook.heard();
    assert_eq!(heard.len(), 3, "{heard:?}");
}

#[test]
fn a_test_alert_takes_the_real_way_and_shows_no_secret() {
    let hook = Hook::new(OK);
    let key = "[[sink]]\nname = \"chat\"\ntype = \"webhook\"\nurl = { file = \"FOLDER/url\" }\nheaders = { authorization = { file = \"FOLDER/token\" } }\n";
    let place = Place::new(key);
    let address = hook.table("x").split('"').nth(5).unwrap().replace("/hook", "/hooks/hunter2");
    fs::write(place.path("url"), address).unwrap();
    fs::write(place.path("token"), "Bearer hunter3\n").unwrap();
    let output = place.run(&["test-alert", "chat"]);
    let text = told(&output);
    assert!(text.contains("> POST http://127.0.0.1") && text.contains("< HTTP 200"), "{text}");
    assert!(text.contains("authorization: ***") && text.ends_with("delivered\n"), "{text}");
    let all = text + &String::from_utf8_lossy(&output.stderr);
    assert!(!all.contains("hunter"), "{all}");
    let heard = hook.heard();
    assert_eq!((heard.len(), &*heard[0].kind), (1, "test.alert.test"));
    hook.answer(Answer::Status(403));
    let output = place.run(&["test-alert"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("not delivered: ") && text.contains("HTTP 403") && !text.contains("hunter"),
        "{text}"
    );
}
