//! `analyze --learn`, and `analyze --state`.

use std::fs;

use super::logs::{Log, monday};
use super::{Place, told};
use crate::cases::program::{code, err, out};

/// The site's denials, as the alert about them says.
fn site_denials(report: &serde_json::Value) -> Vec<String> {
    told(report, "relay-denied-spike", "site")
}

#[test]
fn an_attack_is_measured_by_what_was_learned_before() {
    let place = Place::new();
    let mut log = Log::new(monday());
    let weeks = log.weeks(3).take();
    // Spread over the hour: no window of ten minutes has what the fixed rule asks for.
    let attack = log.hours(24, 0).hours(1, 60).hours(5, 0).take();
    assert_eq!(site_denials(&place.report(&attack, &[])), [""; 0], "by fixed rules");

    let report = place.learn(&weeks);
    assert_eq!(site_denials(&report), [""; 0], "three quiet weeks");
    let learned = &report["learned"];
    assert_eq!((&learned["days"], &learned["days_needed"]), (&21.into(), &14.into()), "{learned}");
    assert_eq!((&learned["sources"], &learned["accounts"]), (&1.into(), &1.into()), "{learned}");
    assert_eq!(learned["saved"], true);

    let before = fs::read(place.database()).unwrap();
    let report = place.report(&attack, &[]);
    let [told] = &site_denials(&report)[..] else { panic!("{report:#}") };
    assert!(told.contains("in this hour; usual for it: "), "{told}");
    assert_eq!(report["learned"]["saved"], false);
    assert_eq!(fs::read(place.database()).unwrap(), before, "it is written only by --learn");
}

#[test]
fn until_two_weeks_are_known_fixed_rules_hold_and_the_report_says_so() {
    let place = Place::new();
    let mut log = Log::new(monday());
    let text = log.hours(13 * 24, 0).hours(1, 60).take();
    assert_eq!(site_denials(&place.learn(&text)), [""; 0]);
    let path = place.path("mail.log");
    let text = out(&place.run(&["analyze", path.to_str().unwrap()]))
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        text.contains(
            "Learned 313 hours of log, 1 source, 1 account. Fixed rules hold: 13 of 14 days are known."
        ),
        "{text}"
    );
    assert!(text.contains("see --learn"), "{text}");
}

#[test]
fn the_same_log_teaches_the_same_however_often_it_is_read() {
    let place = Place::new();
    let log = Log::new(monday()).weeks(2).take();
    place.learn(&log);
    let once = place.known();
    place.learn(&log);
    assert_eq!(place.known(), once);
    let denials =
        once["usual"].as_array().unwrap().iter().find(|usual| usual["measure"] == "denials").unwrap();
    let counts = denials["hours"].as_array().unwrap();
    // Of the last hour nobody knows whether it is over.
    assert_eq!(counts.len(), 2 * 168 - 1);
    assert!(counts.iter().all(|count| (3..=9).contains(&count.as_u64().unwrap())), "{denials}");
}

#[test]
fn two_halves_teach_what_the_whole_teaches() {
    let (whole, halves) = (Place::new(), Place::new());
    let mut log = Log::new(monday());
    let (first, second) = (log.weeks(1).take(), log.weeks(1).take());
    whole.learn(&format!("{first}{second}"));
    // The last hour of the first half is in both: it was not over.
    let shared = first
        .lines()
        .filter(|line| line.starts_with("2026-01-11T23:"))
        .fold(String::new(), |all, line| all + line + "\n");
    halves.learn(&first);
    halves.learn(&format!("{shared}{second}"));
    assert_eq!(halves.known(), whole.known());
}

#[test]
fn an_attacked_week_does_not_become_the_usual_one() {
    let place = Place::new();
    let mut log = Log::new(monday());
    place.learn(&log.weeks(3).take());
    assert_ne!(site_denials(&place.learn(&log.hours(168, 80).take())), [""; 0]);
    let report = place.report(&log.hours(24, 80).take(), &[]);
    let [told, ..] = &site_denials(&report)[..] else { panic!("{report:#}") };
    let (_, usual) = told.split_once("usual for it: ").unwrap_or_else(|| panic!("{told}"));
    let most = usual.split(' ').nth(2).unwrap().trim_end_matches(['.', '"']);
    assert!(most.parse::<u32>().unwrap() < 20, "{told}");
}

#[test]
fn without_a_word_nothing_is_read_or_written() {
    let place = Place::new();
    let log = Log::new(monday()).hours(30, 0).take();
    fs::write(place.path("mail.log"), log).unwrap();
    let home = place.path("home");
    let mut command = super::relaywatch();
    command.env("XDG_STATE_HOME", &home).env("HOME", &home).arg("analyze").arg(place.path("mail.log"));
    let output = command.output().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(!home.exists() && !out(&output).contains("Learned"), "{}", out(&output));
    // Where somebody asks for what was learned and nothing was, nothing is made either.
    assert!(place.report("", &[]).get("learned").is_none());
    assert!(!place.path("state").exists());
}

#[test]
fn what_cannot_be_used_is_told_before_anything_is_read_and_left_as_it_is() {
    let place = Place::new();
    let log = Log::new(monday()).hours(30, 0).take();
    place.learn(&log);
    for (bytes, expected) in [
        (b"garbage".repeat(1000), "is no state of relaywatch"),
        (fs::read(place.database()).unwrap(), "is damaged"),
    ] {
        let mut bytes = bytes;
        if expected == "is damaged" {
            bytes[4096..].fill(0xaa);
        }
        let original = fs::read(place.database()).unwrap();
        fs::write(place.database(), &bytes).unwrap();
        let path = place.path("mail.log");
        for arguments in [
            &["analyze", "--learn", path.to_str().unwrap()][..],
            &["analyze", path.to_str().unwrap()],
            &["sources", "list"],
        ] {
            let output = place.run(arguments);
            assert_eq!((code(&output), out(&output).as_str()), (2, ""), "{arguments:?}: {}", err(&output));
            assert!(err(&output).contains(expected), "{arguments:?}: {}", err(&output));
            assert!(err(&output).contains("without it, learning begins anew"), "{}", err(&output));
        }
        assert_eq!(fs::read(place.database()).unwrap(), bytes);
        fs::write(place.database(), original).unwrap();
    }
}
