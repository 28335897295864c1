//! `sources`: what people see of what was learned, and what they say of it.

use super::logs::{ACCOUNT, Log, MACHINE, NETWORK, monday};
use super::{Place, told};
use crate::cases::program::{code, err, out};

/// Three weeks, learned, and the log that goes on.
fn taught() -> (Place, Log) {
    let place = Place::new();
    let mut log = Log::new(monday());
    place.learn(&log.weeks(3).take());
    (place, log)
}

#[test]
fn what_was_learned_is_listed() {
    let (place, _) = taught();
    let text = place.listed();
    assert!(text.starts_with(&format!("Addresses that relay: 1\n  {MACHINE} ")), "{text}");
    assert!(
        text.contains(&format!("\nAccounts: 1\n  {ACCOUNT} "))
            && text.contains(&format!(", from {NETWORK}\n")),
        "{text}"
    );
    let seen = |name: &str| {
        text.lines().find(|line| line.contains(name)).unwrap().contains("last seen 2026-01-25T23:")
    };
    assert!(seen(MACHINE) && seen(ACCOUNT), "the last time, not the first: {text}");
    assert!(text.contains("\nWhat is usual: from 504 hours of log in 21 days\n"), "{text}");
    let known = place.known();
    assert_eq!(
        (&known["sources"][0]["ip"], &known["sources"][0]["approved"]),
        (&MACHINE.into(), &false.into())
    );
    assert_eq!(known["accounts"][0]["networks"], serde_json::json!([NETWORK]));
}

#[test]
fn a_new_machine_is_told_unless_it_was_approved() {
    let (place, mut log) = taught();
    let text = log.from("client=new.harbour.example[10.0.0.77]").hours(2, 0).take();
    let is_told = || !told(&place.report(&text, &[]), "new-relay-source", "10.0.0.77").is_empty();
    assert!(is_told());
    let output = place.run(&["sources", "approve", "10.0.0.77"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(out(&output).starts_with("10.0.0.77 is approved"), "{}", out(&output));
    assert!(!is_told());
    let line = place.listed().lines().find(|line| line.contains("10.0.0.77")).unwrap().to_owned();
    assert!(line.ends_with("not seen yet, approved"), "{line}");
    // The next one who learns makes it a part of what is known; and it is not forgotten however long it is silent.
    place.learn(&text);
    place.learn(&log.hours(24 * 40, 0).take());
    let known = place.known();
    let approved = known["sources"].as_array().unwrap().iter().find(|source| source["ip"] == "10.0.0.77");
    assert_eq!(approved.unwrap()["approved"], true, "{known:#}");
}

#[test]
fn what_is_forgotten_is_new_again() {
    let (place, mut log) = taught();
    let text = log.hours(2, 0).take();
    let is_told = || !told(&place.report(&text, &[]), "new-relay-source", MACHINE).is_empty();
    assert!(!is_told());
    assert_eq!(code(&place.run(&["sources", "forget", "10.0.0.0/8", "ANN@harbour.example"])), 0);
    assert!(is_told());
    let known = place.known();
    assert_eq!((&known["sources"], &known["accounts"]), (&serde_json::json!([]), &serde_json::json!([])));
}

#[test]
fn what_was_left_out_is_learned_from_once_it_is_approved() {
    let (place, mut log) = taught();
    place.learn(&log.hours(168, 80).take());
    let left_out = |place: &Place| {
        let known = place.known();
        let usual = known["usual"].as_array().unwrap().iter();
        usual
            .filter(|usual| usual["measure"] == "denials")
            .map(|usual| usual["left_out"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert!(left_out(&place) > 150);
    assert!(place.listed().contains("left out as unusual: the whole site ("), "{}", place.listed());
    assert_eq!(code(&place.run(&["sources", "approve", "site"])), 0);
    assert_eq!(left_out(&place), 0);
    place.learn(&log.hours(3, 0).take());
    assert_eq!(left_out(&place), 0, "and it stays so");
}

#[test]
fn mistakes_say_what_to_write() {
    let (place, _) = taught();
    for (arguments, expected) in [
        (&["sources", "approve", "nobody.example"][..], "nothing is learned of `nobody.example`"),
        (
            &["sources", "forget", MACHINE, "198.51.100.1"],
            "nothing is learned of `198.51.100.1`; `sources list` shows",
        ),
        (&["sources", "forget", "10.0.0.5/8"], "did you mean `10.0.0.0/8`"),
        (&["sources", "approve", ""], "like 192.0.2.7"),
        (&["sources", "approve"], "<SUBJECT>"),
        (&["sources", "list", "--output", "ndjson"], "possible: text, json"),
    ] {
        let output = place.run(arguments);
        assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{arguments:?}");
        assert!(err(&output).contains(expected), "{arguments:?}: {}", err(&output));
    }
    assert!(place.listed().contains(MACHINE), "of several subjects all count, or none");

    let nothing = Place::new();
    let output = nothing.run(&["sources", "list"]);
    assert_eq!(code(&output), 2);
    assert!(
        err(&output).contains("nothing is learned in ") && err(&output).contains("analyze --learn"),
        "{}",
        err(&output)
    );
    assert!(!nothing.path("state").exists());
}

#[test]
fn names_from_a_log_do_nothing_to_a_terminal() {
    let place = Place::new();
    let mut log = Log::new(monday());
    let login =
        "client=home.example[192.0.2.9], sasl_method=PLAIN, sasl_username=a\u{202e}b\u{9b}c@harbour.example";
    place.learn(&log.from(login).hours(2, 0).take());
    assert_eq!(place.known()["accounts"].as_array().unwrap().len(), 2);
    let raw = out(&place.run(&["sources", "list", "--output", "json"]));
    for text in [place.listed(), raw] {
        assert!(!text.contains(['\u{202e}', '\u{9b}']), "{text:?}");
        assert!(text.contains("202e"), "{text:?}");
    }
}
