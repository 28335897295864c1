//! Who becomes known as a forwarder or a service, and what it takes to be a stranger again.

use super::intermediaries::Intermediaries;
use super::*;
use crate::learn;
use crate::model::{
    About, Direction, KnownIntermediary, Memory, Site, Verb, caseless_hash, decode, encode,
};

const DAY: i64 = 86_400;
const WINDOW: i64 = 3600;
const MANY: usize = 10;

fn taught() -> Intermediaries {
    let (site, learn) = (Site::default(), Some(learn::Settings::default()));
    Intermediaries::new(&Setup { site: &site, memory: Memory::default(), learn }).unwrap()
}

fn network(ip: &str) -> Network {
    Network::of(ip.parse().unwrap())
}

/// Mail as `sender` so many seconds after the first day began; whether that was expected.
fn mail(all: &mut Intermediaries, ip: &str, seconds: i64, sender: &str, outcome: Outcome) -> bool {
    let time = EventTime::from_seconds(20_458 * DAY + seconds);
    let attempt = Attempt {
        client_ip: ip.parse().ok(),
        sender: Some(sender.as_bytes()),
        sender_is_ours: true,
        recipient: Some(b"dan@harbour.example"),
        direction: Direction::Inbound,
        authority: Some(Authority::RecipientIsLocal),
        ..Attempt::bare(time, outcome)
    };
    all.expect(network(ip), caseless_hash(sender.as_bytes()), &attempt, WINDOW, MANY)
}

/// Well-behaved mail on each of these days; whether the last of it was expected.
fn days(all: &mut Intermediaries, ip: &str, days: impl IntoIterator<Item = i64>) -> bool {
    let each = days.into_iter().map(|day| mail(all, ip, day * DAY, "ann@harbour.example", Outcome::Delivered));
    each.last().unwrap()
}

fn distrust(all: &mut Intermediaries, ip: &str, day: i64) -> Option<&'static str> {
    let time = EventTime::from_seconds((20_458 + day) * DAY);
    all.distrust(network(ip), time).map(IntermediaryKind::name)
}

#[test]
fn several_days_over_some_weeks_make_it_known_and_fewer_do_not() {
    for (seen, expected) in [
        (vec![0, 3, 6, 10, 14], true),
        (vec![0, 3, 6, 10, 13], false),
        (vec![0, 10, 20, 30], false),
        (vec![0, 7, 14, 21, 28], true),
        ((0..14).collect(), false),
        ((0..15).collect(), true),
        // A day counts once; and what is forgotten in between does not count.
        (vec![0, 0, 0, 0, 20], false),
    ] {
        assert_eq!(days(&mut taught(), "198.51.100.7", seen.clone()), expected, "{seen:?}");
    }
    let mut all = taught();
    assert!(days(&mut all, "198.51.100.7", 0..15));
    assert!(days(&mut all, "198.51.100.99", [15]), "its neighbours are the same service");
    assert!(!days(&mut all, "198.51.101.7", [15]));
}

#[test]
fn a_day_on_which_something_was_wrong_teaches_nothing() {
    let mut all = taught();
    for day in 0..30 {
        assert!(!mail(&mut all, "198.51.100.7", day * DAY, "ann@harbour.example", Outcome::Delivered), "{day}");
        assert!(!mail(&mut all, "198.51.100.7", day * DAY + 60, "ann@harbour.example", Outcome::Rejected));
        for number in 0..20 {
            let (ip, sender) = (format!("192.0.2.{number}"), format!("user{number}@harbour.example"));
            assert!(!mail(&mut all, &ip, day * DAY + 120, &sender, Outcome::Delivered), "spread over a network");
        }
    }
    assert!(all.learned().all(|known| !known.conduct.is_known && known.conduct.days == 0));
}

#[test]
fn who_is_known_is_not_expected_to_be_refused_or_to_have_many_senders() {
    let mut all = taught();
    assert!(days(&mut all, "198.51.100.7", 0..15));
    assert!(!mail(&mut all, "198.51.100.7", 15 * DAY, "ann@harbour.example", Outcome::Rejected));
    let expected = (0..20).filter(|number| {
        let sender = format!("user{number}@harbour.example");
        mail(&mut all, "198.51.100.7", 16 * DAY, &sender, Outcome::Delivered)
    });
    assert_eq!(expected.count(), MANY - 1);
}

#[test]
fn a_warning_makes_it_a_stranger_that_must_begin_anew() {
    let mut all = taught();
    assert_eq!(distrust(&mut all, "198.51.100.7", 0), None, "nobody knew it");
    assert!(days(&mut all, "198.51.100.7", 0..15));
    assert_eq!(distrust(&mut all, "198.51.100.7", 5), Some("regular sender"));
    assert!(days(&mut all, "198.51.100.7", [15]), "what earlier runs judged is not judged again");
    assert_eq!(distrust(&mut all, "198.51.100.7", 15), Some("regular sender"));
    assert_eq!(distrust(&mut all, "198.51.100.7", 15), None);
    assert!(!days(&mut all, "198.51.100.7", 15..30), "the day of the warning does not count");
    assert!(days(&mut all, "198.51.100.7", [30]));
}

#[test]
fn what_people_say_holds_at_once_and_against_a_warning() {
    let mut all = taught();
    let ruling = |verb, about: &str| Ruling { verb, about: about.parse::<About>().unwrap() };
    assert!(!days(&mut all, "198.51.100.7", [0]));
    all.rule(&ruling(Verb::Approve, "198.51.100.0/24"));
    assert!(days(&mut all, "198.51.100.7", [0]));
    assert_eq!(distrust(&mut all, "198.51.100.7", 1), Some("regular sender"));
    assert!(days(&mut all, "198.51.100.7", [2]));
    all.expire(EventTime::from_seconds((20_458 + 400) * DAY));
    assert!(days(&mut all, "198.51.100.7", [400]), "it is never forgotten");
    all.rule(&ruling(Verb::Forget, "198.51.100.7"));
    assert!(!days(&mut all, "198.51.100.7", [401]));
    assert_eq!(all.learned().count(), 1);
}

#[test]
fn a_flood_of_strangers_drives_out_nobody_who_is_known_and_takes_no_more_room() {
    let mut all = taught();
    assert!(days(&mut all, "198.51.100.7", 0..15));
    for number in 0..20_000_u32 {
        let ip = std::net::Ipv4Addr::from_bits(0x0a00_0000 + (number << 8)).to_string();
        days(&mut all, &ip, [15]);
    }
    assert!(days(&mut all, "198.51.100.7", [16]));
    assert!(all.learned().count() <= 3_001);
}

#[test]
fn it_is_kept_and_taken_back() {
    let mut all = taught();
    assert!(days(&mut all, "198.51.100.7", 0..15));
    days(&mut all, "203.0.113.7", [14]);
    let kept: Vec<KnownIntermediary> = all.learned().collect();
    let mut later = taught();
    later.teach(&Learned { intermediaries: kept.clone(), ..Learned::default() });
    assert_eq!(later.learned().collect::<Vec<_>>(), kept);
    // A snapshot that is newer says who is no longer known.
    distrust(&mut all, "198.51.100.7", 15);
    let state = encode("test", 1, &all.state()).unwrap();
    later.restore(decode::<super::intermediaries::Restored>("test", 1, &state).unwrap());
    let known: Vec<bool> = later.learned().map(|known| known.conduct.is_known).collect();
    assert_eq!(known, [false, false]);
    assert!(!days(&mut later, "198.51.100.7", [16]));
}
