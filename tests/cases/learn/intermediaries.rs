//! Forwarders and services that write in our names: told of until they are known, and when they do something else.

use serde_json::Value;

use super::logs::{Log, monday};
use super::{Place, told};
use crate::cases::program::{code, err, out};

/// Addresses of a forwarder, a newsletter's provider and one who forges, each with neighbours.
const FORWARDER: &str = "198.51.100.2";
const PROVIDER: &str = "203.0.113.2";
const FORGER: &str = "192.0.3.2";

/// So many days with mail of a forwarder on each and of a provider on two of a week.
fn days(log: &mut Log, days: u32, extra: impl Fn(&mut Log)) -> String {
    for day in 0..days {
        log.hours(9, 0);
        for (number, sender) in ["bob", "cat", "eve"].into_iter().enumerate() {
            let client = format!("{FORWARDER}{}", (number as u32 + day) % 4);
            log.inbound(&client, &format!("{sender}@harbour.example"), &["dan@harbour.example"]);
        }
        if day % 7 == 1 || day % 7 == 4 {
            let all =
                ["bob", "cat", "dan", "eve", "fay", "guy"].map(|name| format!("{name}@harbour.example"));
            log.inbound(
                &format!("{PROVIDER}{}", day % 5),
                "news@harbour.example",
                &all.each_ref().map(String::as_str),
            );
        }
        extra(log);
        log.hours(15, 0);
    }
    log.take()
}

/// Mail in many names of ours from one address.
fn forged(log: &mut Log, client: &str) {
    for number in 0..14 {
        log.inbound(client, &format!("user{number}@harbour.example"), &["dan@harbour.example"]);
    }
}

/// Severity and summary of what is told of senders of ours from `network`'s addresses.
fn said(report: &Value, network: &str) -> Vec<(String, String)> {
    let alerts = report["alerts"].as_array().unwrap().iter();
    let text = |alert: &Value, name: &str| alert[name].as_str().unwrap().to_owned();
    alerts
        .filter(|alert| alert["detector"] == "forged-local-sender")
        .filter(|alert| alert["subject"]["value"].as_str().unwrap().starts_with(network))
        .map(|alert| (text(alert, "severity"), text(alert, "summary")))
        .collect()
}

#[test]
fn who_sends_as_us_for_weeks_is_known_and_told_of_when_it_does_something_else() {
    let place = Place::new();
    let mut log = Log::new(monday());
    let weeks = days(&mut log, 21, |_| ());
    let week = days(&mut log, 7, |_| ());
    let attack = days(&mut log, 1, |log| forged(log, "198.51.100.20"));
    // Two weeks of infos, and none behind them.
    let report = place.learn(&weeks);
    let infos = said(&report, FORWARDER);
    assert!(!infos.is_empty() && infos.iter().all(|(severity, _)| severity == "info"), "{infos:#?}");
    assert!(place.report(&week, &[]).get("alerts").is_some());
    let report = place.report(&week, &[]);
    assert_eq!((said(&report, FORWARDER), said(&report, PROVIDER)), (vec![], vec![]));
    assert!(!said(&Place::new().report(&week, &[]), PROVIDER).is_empty(), "nobody has learned there");

    let listed = place.listed();
    let line = |start: &str| listed.lines().find(|line| line.trim().starts_with(start)).unwrap().to_owned();
    assert!(listed.contains("\nSenders in your names from outside: 2\n"), "{listed}");
    assert!(
        line("198.51.100.0/24").contains("  forwarder, on 21 days, last seen 2026-01-25T09:"),
        "{listed}"
    );
    assert!(line("203.0.113.0/24").contains("  provider, on 6 days, last seen 2026-01-23T09:"), "{listed}");

    let report = place.report(&attack, &[]);
    let [(severity, summary)] = &said(&report, FORWARDER)[..] else { panic!("{report:#}") };
    assert!(severity == "warning" && summary.contains("Its network was known as a forwarder."), "{summary}");
    assert!(summary.contains("with 1"), "a number of senders: {summary}");
    // What is judged only teaches nothing; what is learned from makes it a stranger.
    assert_eq!(place.known()["intermediaries"][0]["known"], true);
    place.learn(&format!("{week}{attack}"));
    let known = place.known();
    assert_eq!(
        (&known["intermediaries"][0]["known"], &known["intermediaries"][1]["known"]),
        (&false.into(), &true.into())
    );
    assert!(place.listed().contains("outside: 1; not known yet: 1 network\n"), "{}", place.listed());
    let report = place.report(&days(&mut log, 1, |_| ()), &[]);
    assert!(!said(&report, FORWARDER).is_empty());
}

#[test]
fn an_attack_of_weeks_makes_nobody_known() {
    let place = Place::new();
    let mut log = Log::new(monday());
    place.learn(&days(&mut log, 28, |log| forged(log, FORGER)));
    let known = place.known();
    let forger =
        known["intermediaries"].as_array().unwrap().iter().find(|one| one["network"] == "192.0.3.0/24");
    assert_eq!((&forger.unwrap()["known"], &forger.unwrap()["days"]), (&false.into(), &0.into()));
    let report = place.report(
        &days(&mut log, 1, |log| log.inbound(FORGER, "bob@harbour.example", &["dan@harbour.example"])),
        &[],
    );
    assert_eq!(said(&report, FORGER).len(), 1);
    assert_eq!(said(&report, FORWARDER), vec![], "who behaved is known all the same");
}

#[test]
fn what_people_say_of_it_holds() {
    let place = Place::new();
    let mut log = Log::new(monday());
    place.learn(&days(&mut log, 2, |_| ()));
    let day = days(&mut log, 1, |_| ());
    let is_told = || !said(&place.report(&day, &[]), FORWARDER).is_empty();
    assert!(is_told());
    let report = place.report(&day, &[]);
    let alert =
        report["alerts"].as_array().unwrap().iter().find(|alert| alert["detector"] == "forged-local-sender");
    assert!(
        alert.unwrap()["remedy"].as_str().unwrap().contains("relaywatch sources approve 198.51.100.0/24"),
        "{report:#}"
    );
    let output = place.run(&["sources", "approve", "198.51.100.0/24"]);
    assert!(out(&output).starts_with("198.51.100.0/24 is approved"), "{}{}", out(&output), err(&output));
    assert!(!is_told());
    let listed = place.listed();
    assert!(
        listed.lines().any(|line| line.starts_with("  198.51.100.0/24") && line.ends_with(", approved")),
        "{listed}"
    );
    // Whoever learns makes it a part of what is known.
    place.learn(&days(&mut log, 1, |log| forged(log, "198.51.100.20")));
    assert!(!is_told());
    assert_eq!(code(&place.run(&["sources", "forget", "198.51.100.7"])), 0);
    assert!(is_told());
    assert!(!place.known().to_string().contains("198.51.100.0/24"));
}

#[test]
fn the_same_log_and_its_parts_teach_the_same() {
    let (whole, parts) = (Place::new(), Place::new());
    let mut log = Log::new(monday());
    let pieces = [9, 5, 6].map(|count| days(&mut log, count, |_| ()));
    whole.learn(&pieces.concat());
    let once = whole.known();
    whole.learn(&pieces.concat());
    assert_eq!(whole.known()["intermediaries"], once["intermediaries"]);
    for piece in &pieces {
        parts.learn(piece);
        parts.learn(piece);
    }
    assert_eq!(parts.known()["intermediaries"], once["intermediaries"]);
    assert_eq!(once["intermediaries"].as_array().unwrap().len(), 2);
}

#[test]
fn what_an_older_version_learned_is_read_and_goes_on() {
    let place = Place::new();
    let mut log = Log::new(monday());
    place.learn(&days(&mut log, 21, |_| ()));
    let older = "DROP TABLE intermediaries; DELETE FROM normals WHERE measure IN ('messages', 'sender-domains', 'helo-names'); \
                 PRAGMA user_version = 1;";
    rusqlite::Connection::open(place.database()).unwrap().execute_batch(older).unwrap();
    let known = place.known();
    assert_eq!(
        (known["sources"].as_array().unwrap().len(), &known["intermediaries"]),
        (1, &serde_json::json!([]))
    );
    assert!(place.listed().contains("\nSenders in your names from outside: 0\n"));
    let day = days(&mut log, 1, |_| ());
    let report = place.report(&day, &[]);
    assert_eq!(told(&report, "new-relay-source", super::logs::MACHINE), [""; 0], "what was learned holds");
    assert_eq!(report["learned"]["days"], 22);
    place.learn(&day);
    assert_eq!(place.known()["intermediaries"].as_array().unwrap().len(), 1);
}
