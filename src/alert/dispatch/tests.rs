use super::*;
use crate::model::{AlertState, EventTime, Mta, News, Period, Severity, Subject};
use std::time::Duration;

mod lives;

fn at(seconds: i64) -> EventTime {
    EventTime::from_seconds(1_000_000 + seconds)
}

fn alert(id: &str, severity: Severity) -> Alert {
    Alert {
        id: id.to_owned(),
        detector: "open-relay".to_owned(),
        subject: Subject::ip("203.0.113.66".parse().unwrap()),
        severity,
        state: AlertState::Firing,
        title: "title".to_owned(),
        summary: "summary".to_owned(),
        count: 1,
        first_seen: at(0),
        last_seen: at(0),
        started_at: at(0),
        host: "mx1".to_owned(),
        mta: Mta::Postfix,
        evidence: Vec::new(),
        remedy: "remedy".to_owned(),
        related: Vec::new(),
    }
}

fn warning(id: &str) -> Alert {
    alert(id, Severity::Warning)
}

fn critical(id: &str) -> Alert {
    alert(id, Severity::Critical)
}

fn resolved(alert: Alert) -> Alert {
    Alert { state: AlertState::Resolved, ..alert }
}

/// Settings under which everything is told at once.
fn prompt() -> Settings {
    let none = Period::of_seconds(0);
    Settings { group_wait: none, group_interval: none, ..Settings::default() }
}

fn dispatch(settings: Settings) -> Dispatch {
    routed(settings, "", &["chat"])
}

fn routes(text: &str) -> Vec<Route> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(default)]
        route: Vec<Route>,
    }
    toml::from_str::<File>(text).unwrap().route
}

fn routed(settings: Settings, text: &str, sinks: &[&str]) -> Dispatch {
    Dispatch::new(settings, routes(text), sinks.iter().map(|&sink| sink.to_owned()).collect())
}

/// Says that the database has everything.
fn store(dispatch: &mut Dispatch) {
    dispatch.take_changes();
    dispatch.stored();
}

/// All that `sink` can be told at `now`: it is told, and arrives.
fn told(dispatch: &mut Dispatch, sink: &str, now: EventTime) -> Vec<(String, News)> {
    let mut told = Vec::new();
    loop {
        store(dispatch);
        let entries = dispatch.next(sink, 100, now, false);
        if entries.is_empty() {
            return told;
        }
        dispatch.delivered(&entries.iter().map(|entry| entry.number).collect::<Vec<_>>(), now);
        told.extend(entries.into_iter().map(|entry| (entry.notice.id, entry.notice.news)));
    }
}

/// What is told as soon as `alert` has changed.
fn tells(dispatch: &mut Dispatch, alert: Alert, now: EventTime) -> Vec<(String, News)> {
    dispatch.changed(vec![alert], now);
    told(dispatch, "chat", now)
}

fn one(id: &str, news: News) -> Vec<(String, News)> {
    vec![(id.to_owned(), news)]
}

fn numbers(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.number).collect()
}

fn of_chat(dispatch: &Dispatch) -> Statistics {
    dispatch.statistics().into_iter().find(|sink| sink.sink == "chat").unwrap()
}

#[test]
fn an_alert_is_told_when_it_begins_grows_graver_and_ends_and_not_between() {
    let mut dispatch = dispatch(prompt());
    assert_eq!(tells(&mut dispatch, alert("a", Severity::Info), at(0)), []);
    assert_eq!(tells(&mut dispatch, warning("a"), at(1)), one("a.1", News::Firing));
    assert_eq!(tells(&mut dispatch, Alert { count: 9, ..warning("a") }, at(2)), []);
    assert_eq!(tells(&mut dispatch, critical("a"), at(3)), one("a.2", News::Updated));
    assert_eq!(tells(&mut dispatch, resolved(critical("a")), at(4)), one("a.3", News::Resolved));
    assert_eq!(tells(&mut dispatch, resolved(critical("a")), at(5)), []);
    assert_eq!(tells(&mut dispatch, critical("a"), at(6)), one("a.4", News::Firing), "again");
}

#[test]
fn what_fires_for_long_is_told_again() {
    let mut dispatch = dispatch(prompt());
    tells(&mut dispatch, warning("a"), at(0));
    let four_hours = 4 * 3600;
    assert_eq!(dispatch.next_due(), Some(at(four_hours)));
    dispatch.tick(at(four_hours - 1));
    assert_eq!(told(&mut dispatch, "chat", at(four_hours - 1)), []);
    dispatch.tick(at(four_hours));
    // While it waits, it is not told twice.
    dispatch.tick(at(2 * four_hours));
    assert_eq!(told(&mut dispatch, "chat", at(2 * four_hours)), one("a.2", News::Repeated));
    dispatch.tick(at(3 * four_hours));
    assert_eq!(told(&mut dispatch, "chat", at(3 * four_hours)), one("a.3", News::Repeated));
    tells(&mut dispatch, resolved(warning("a")), at(3 * four_hours + 1));
    dispatch.tick(at(5 * four_hours));
    assert_eq!(told(&mut dispatch, "chat", at(5 * four_hours)), []);
    assert_eq!(dispatch.next_due(), None);

    let mut never = super::tests::dispatch(Settings { repeat_interval: Period::of_seconds(0), ..prompt() });
    tells(&mut never, warning("a"), at(0));
    assert_eq!(never.next_due(), None);
}

#[test]
fn an_end_is_told_only_to_whom_was_told_the_beginning_and_after_it() {
    let mut dispatch = dispatch(prompt());
    assert_eq!(tells(&mut dispatch, resolved(warning("never")), at(0)), []);
    // Both wait: the beginning goes first, and the end not before it has arrived.
    dispatch.changed(vec![warning("a")], at(1));
    dispatch.changed(vec![resolved(warning("a"))], at(2));
    store(&mut dispatch);
    let first = dispatch.next("chat", 100, at(3), false);
    assert_eq!((first.len(), first[0].notice.news), (1, News::Firing));
    assert_eq!(dispatch.next("chat", 100, at(3), false), []);
    dispatch.failed_later(&numbers(&first), "down", None, at(3));
    assert_eq!(
        told(&mut dispatch, "chat", at(10)),
        [("a.1".to_owned(), News::Firing), ("a.2".to_owned(), News::Resolved)]
    );
    let mut quiet = super::tests::dispatch(Settings { resolved: false, ..prompt() });
    tells(&mut quiet, warning("a"), at(0));
    assert_eq!(tells(&mut quiet, resolved(warning("a")), at(1)), []);
    assert_eq!(tells(&mut quiet, warning("a"), at(2)), one("a.2", News::Firing));
}

#[test]
fn the_end_of_what_was_refused_is_dead_with_it_and_lives_with_it() {
    let mut dispatch = dispatch(prompt());
    dispatch.changed(vec![warning("a"), warning("b")], at(0));
    store(&mut dispatch);
    for entry in [dispatch.next("chat", 1, at(0), false), dispatch.next("chat", 1, at(0), false)] {
        if entry[0].notice.alert.id == "a" {
            // The end waits already, or comes later: both ways.
            dispatch.changed(vec![resolved(warning("a"))], at(1));
        }
        dispatch.refused(&numbers(&entry), "bad", at(2));
    }
    dispatch.changed(vec![resolved(warning("b"))], at(3));
    assert_eq!(told(&mut dispatch, "chat", at(4)), []);
    assert_eq!((of_chat(&dispatch).dead, of_chat(&dispatch).waiting), (4, 0));
    assert_eq!(dispatch.retry(None, at(5)), 4);
    let all = told(&mut dispatch, "chat", at(6));
    assert_eq!(all.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["a.1", "b.1", "a.2", "b.2"]);
}

#[test]
fn routes_lead_by_severity_detector_subject_and_host() {
    let text = "[[route]]\nsinks = ['phone']\nmin_severity = 'critical'\n\
                [[route]]\nsinks = ['chat']\nsubjects = ['203.0.113.0/24', 'Ann@harbour.example']\nhosts = ['MX1']\n\
                [[route]]\nsinks = ['log']\nmin_severity = 'info'\ndetectors = ['open-relay']\n";
    let mut dispatch = routed(prompt(), text, &["phone", "chat", "log"]);
    let mut go = |alert: Alert| -> Vec<&str> {
        dispatch.changed(vec![alert], at(0));
        ["phone", "chat", "log"]
            .into_iter()
            .filter(|sink| !told(&mut dispatch, sink, at(0)).is_empty())
            .collect()
    };
    assert_eq!(go(critical("a")), ["phone", "chat", "log"]);
    assert_eq!(go(warning("b")), ["chat", "log"]);
    assert_eq!(go(alert("c", Severity::Info)), ["log"], "a route may ask for less than is usual");
    assert_eq!(go(Alert { host: "mx2".into(), ..warning("d") }), ["log"]);
    let account = Subject::account(b"ANN@harbour.example");
    assert_eq!(
        go(Alert { subject: account, detector: "compromised-account".into(), ..warning("e") }),
        ["chat"]
    );
}

#[test]
fn routes_that_lead_nowhere_are_mistakes() {
    let sinks = ["chat".to_owned(), "log".to_owned()];
    assert_eq!(check(&routes("[[route]]\nsinks = ['chat']"), &sinks), Ok(()));
    let message = check(&routes("[[route]]\nsinks = ['chat', 'phone']"), &sinks).unwrap_err();
    assert!(message.contains("sink `phone`") && message.contains("`chat`, `log`"), "{message}");
    for (text, want) in [
        ("sinks = []", "at least one sink"),
        ("sinks = ['chat']\nsubjects = ['192.0.2.5/24']", "192.0.2.0/24"),
        ("sinks = ['chat']\ndetector = ['x']", "unknown field `detector`"),
        ("min_severity = 'info'", "missing field `sinks`"),
    ] {
        let error = toml::from_str::<Route>(text).unwrap_err().to_string();
        assert!(error.contains(want), "{text}: {error}");
    }
}

#[test]
fn what_sinks_are_told_at_once_has_one_id_and_what_differs_has_two() {
    let text = "[[route]]\nsinks = ['chat']\n[[route]]\nsinks = ['phone']\nmin_severity = 'critical'\n\
                [[route]]\nsinks = ['log']\n";
    let mut dispatch = routed(prompt(), text, &["chat", "phone", "log"]);
    assert_eq!(tells(&mut dispatch, warning("a"), at(0)), one("a.1", News::Firing));
    assert_eq!(told(&mut dispatch, "log", at(0)), one("a.1", News::Firing));
    assert_eq!(tells(&mut dispatch, critical("a"), at(1)), one("a.2", News::Updated));
    assert_eq!(told(&mut dispatch, "phone", at(1)), one("a.3", News::Firing));
    assert_eq!(told(&mut dispatch, "log", at(1)), one("a.2", News::Updated));
}

#[test]
fn a_group_goes_together_and_what_is_critical_does_not_wait_for_its_turn() {
    let mut dispatch = dispatch(Settings::default());
    dispatch.changed(vec![warning("a")], at(0));
    dispatch.changed(vec![warning("b"), Alert { detector: "other".into(), ..critical("x") }], at(2));
    assert_eq!(dispatch.next_due(), Some(at(3)));
    assert_eq!(told(&mut dispatch, "chat", at(2)), []);
    store(&mut dispatch);
    let group = dispatch.next("chat", 100, at(3), false);
    assert_eq!(group.iter().map(|entry| entry.notice.alert.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    dispatch.delivered(&numbers(&group), at(3));
    assert_eq!(told(&mut dispatch, "chat", at(5)), one("x.1", News::Firing), "another group");
    dispatch.changed(vec![warning("c"), critical("d"), critical("a")], at(10));
    assert_eq!(
        told(&mut dispatch, "chat", at(13)),
        [("d.1".to_owned(), News::Firing), ("a.2".to_owned(), News::Updated)]
    );
    assert_eq!(told(&mut dispatch, "chat", at(62)), []);
    assert_eq!(told(&mut dispatch, "chat", at(63)), one("c.1", News::Firing));
}

#[test]
fn the_gravest_goes_first_and_carries_what_stands_before_it() {
    let mut dispatch = dispatch(prompt());
    dispatch.changed(vec![warning("a"), warning("b"), critical("c")], at(0));
    dispatch.changed(vec![critical("b")], at(1));
    store(&mut dispatch);
    let order: Vec<String> = std::iter::from_fn(|| {
        let entries = dispatch.next("chat", 1, at(1), false);
        dispatch.delivered(&numbers(&entries), at(1));
        entries.into_iter().next().map(|entry| entry.notice.id)
    })
    .collect();
    assert_eq!(order, ["b.1", "c.1", "b.2", "a.1"]);
}

#[test]
fn nothing_is_handed_out_before_it_is_stored_unless_storing_fails() {
    let mut dispatch = dispatch(prompt());
    dispatch.changed(vec![warning("a")], at(0));
    assert_eq!(dispatch.next("chat", 1, at(0), false), []);
    assert_eq!(dispatch.next_due().filter(|&due| due <= at(0)), None, "nothing to do before it is stored");
    // It was not stored: it is among the changes again.
    let changes = dispatch.take_changes();
    assert!(matches!(&changes[..], [Change::Put(entry)] if entry.notice.id == "a.1"));
    assert_eq!(dispatch.take_changes(), changes);
    assert_eq!(dispatch.next("chat", 1, at(0), false), []);
    dispatch.stored();
    assert_eq!(dispatch.take_changes(), []);
    let entries = dispatch.next("chat", 1, at(0), false);
    dispatch.delivered(&numbers(&entries), at(0));
    assert_eq!(dispatch.take_changes(), [Change::Delete(entries[0].number)]);
    dispatch.stored();
    dispatch.changed(vec![warning("b")], at(1));
    let entries = dispatch.next("chat", 1, at(1), true);
    dispatch.delivered(&numbers(&entries), at(1));
    assert_eq!(dispatch.take_changes(), [], "the database never heard of it");
}

#[test]
fn a_sink_that_fails_rests_and_what_failed_lets_others_pass() {
    let mut dispatch = dispatch(prompt());
    dispatch.changed(vec![warning("poison"), warning("good")], at(0));
    store(&mut dispatch);
    let entries = dispatch.next("chat", 1, at(0), false);
    assert_eq!(entries[0].notice.alert.id, "poison");
    dispatch.failed_later(&numbers(&entries), "500", Some(Duration::from_secs(20)), at(0));
    assert_eq!(dispatch.next("chat", 1, at(19), false), []);
    store(&mut dispatch);
    assert_eq!(dispatch.next_due(), Some(at(20)));
    let entries = dispatch.next("chat", 1, at(20), false);
    assert_eq!((entries[0].notice.alert.id.as_str(), entries[0].attempts), ("good", 0));
    dispatch.delivered(&numbers(&entries), at(20));
    store(&mut dispatch);
    let entries = dispatch.next("chat", 1, at(20), false);
    assert_eq!((entries[0].notice.alert.id.as_str(), entries[0].attempts), ("poison", 1));
    assert_eq!(of_chat(&dispatch).last_error.as_deref(), Some("500"));
}

#[test]
fn of_many_that_are_refused_together_only_the_one_to_blame_dies() {
    let mut dispatch = dispatch(Settings { rate_limit: 1000, ..prompt() });
    dispatch.changed((0..50).map(|n| warning(&format!("{n:02}"))).collect(), at(0));
    let mut rounds = 0;
    while of_chat(&dispatch).waiting > 0 {
        store(&mut dispatch);
        let entries = dispatch.next("chat", 50, at(0), false);
        if entries.iter().any(|entry| entry.notice.alert.id == "17") {
            dispatch.refused(&numbers(&entries), "bad character", at(0));
        } else {
            dispatch.delivered(&numbers(&entries), at(0));
        }
        rounds += 1;
        assert!(rounds < 100);
    }
    let statistics = of_chat(&dispatch);
    assert_eq!((statistics.delivered, statistics.dead), (49, 1));
}

#[test]
fn what_does_not_arrive_for_too_long_is_dead_and_says_why() {
    let mut dispatch = dispatch(Settings { repeat_interval: Period::of_seconds(0), ..prompt() });
    dispatch.changed(vec![warning("a")], at(0));
    let three_days = 3 * 86_400;
    store(&mut dispatch);
    dispatch.tick(at(three_days));
    assert_eq!(of_chat(&dispatch).dead, 0, "it was never tried");
    let entries = dispatch.next("chat", 1, at(three_days), false);
    dispatch.failed_later(&numbers(&entries), "no route to host", None, at(three_days));
    dispatch.tick(at(three_days));
    let [Change::Put(entry)] = &dispatch.take_changes()[..] else { panic!("one entry") };
    assert_eq!(entry.dead.as_deref(), Some("not delivered within 3d: no route to host"));
    dispatch.stored();
    assert_eq!(dispatch.next("chat", 1, at(three_days + 3600), false), []);
    assert_eq!(dispatch.retry(Some(&[entry.number, 999]), at(three_days + 3600)), 1);
    dispatch.tick(at(three_days + 3601));
    assert_eq!(told(&mut dispatch, "chat", at(three_days + 3601)), one("a.1", News::Firing));
}

#[test]
fn a_sink_that_is_gone_is_left_alone_until_somebody_looks() {
    let mut dispatch = dispatch(prompt());
    dispatch.changed(vec![warning("a")], at(0));
    store(&mut dispatch);
    let entries = dispatch.next("chat", 1, at(0), false);
    dispatch.gone("chat", &numbers(&entries), "410 Gone", at(0));
    assert!(of_chat(&dispatch).is_gone);
    assert_eq!(told(&mut dispatch, "chat", at(86_400)), []);
    assert_eq!((of_chat(&dispatch).waiting, of_chat(&dispatch).dead), (1, 0));
    assert_eq!(dispatch.next_due(), Some(at(4 * 3600)), "only the repetition");
    dispatch.retry(None, at(86_400));
    assert_eq!(told(&mut dispatch, "chat", at(86_400)), one("a.1", News::Firing));

    dispatch.gone("chat", &[], "410 Gone", at(86_400));
    dispatch.changed(vec![warning("b")], at(86_400));
    dispatch.tick(at(5 * 86_400));
    assert_eq!(of_chat(&dispatch).dead, 1, "given up");
    dispatch.reconfigure(prompt(), Vec::new(), vec!["chat".to_owned()]);
    assert!(!of_chat(&dispatch).is_gone);
}

#[test]
fn what_was_too_much_is_told_in_one_notice() {
    let mut dispatch = dispatch(Settings { rate_limit: 3, ..prompt() });
    let many = |range: std::ops::Range<u8>| -> Vec<Alert> {
        let one = |n| Alert {
            subject: Subject::ip(std::net::Ipv4Addr::new(192, 0, 2, n).into()),
            detector: if n % 3 == 0 { "protocol-abuse" } else { "open-relay" }.into(),
            ..warning(&format!("w{n:02}"))
        };
        range.map(one).collect()
    };
    dispatch.changed(many(0..12), at(0));
    assert_eq!(told(&mut dispatch, "chat", at(0)).len(), 3);
    assert_eq!(tells(&mut dispatch, critical("c"), at(1)), one("c.1", News::Firing), "never held");
    dispatch.changed(vec![resolved(many(11..12).remove(0))], at(2));
    assert_eq!(told(&mut dispatch, "chat", at(599)), []);
    assert_eq!(dispatch.next_due(), Some(at(600)));
    dispatch.tick(at(600));
    store(&mut dispatch);
    let entries = dispatch.next("chat", 100, at(600), false);
    let [entry] = &entries[..] else { panic!("one notice: {entries:?}") };
    let alert = &entry.notice.alert;
    assert_eq!((alert.title.as_str(), alert.count), ("9 alerts were held back", 9));
    assert_eq!((alert.detector.as_str(), alert.severity), ("held-back", Severity::Warning));
    assert!(alert.summary.contains("8 of open-relay, 1 of protocol-abuse"), "{}", alert.summary);
    assert!(alert.summary.contains("and 4 more"), "{}", alert.summary);
    assert_eq!((alert.id.len(), entry.notice.id.clone()), (32, format!("{}.1", alert.id)));
    dispatch.delivered(&numbers(&entries), at(600));
    assert_eq!((of_chat(&dispatch).waiting, of_chat(&dispatch).held_back), (0, 9));
    // Nobody was told of w10 by name, so nobody is told that it is over; w03 was told.
    assert_eq!(tells(&mut dispatch, resolved(many(10..11).remove(0)), at(601)), []);
    assert_eq!(tells(&mut dispatch, resolved(many(3..4).remove(0)), at(601)), one("w03.2", News::Resolved));
}

#[test]
fn one_alert_that_was_held_back_is_told_itself() {
    let mut dispatch = dispatch(Settings { rate_limit: 1, ..prompt() });
    dispatch.changed(vec![warning("a"), warning("b")], at(0));
    assert_eq!(told(&mut dispatch, "chat", at(0)).len(), 1);
    assert_eq!(told(&mut dispatch, "chat", at(600)), one("b.1", News::Firing));
}

#[test]
fn where_there_are_too_many_the_dead_then_the_least_grave_and_newest_give_way() {
    let mut dispatch = dispatch(Settings { spool: 100, ..prompt() });
    dispatch.changed(vec![critical("dead")], at(0));
    store(&mut dispatch);
    let entries = dispatch.next("chat", 1, at(0), false);
    dispatch.refused(&numbers(&entries), "bad", at(0));
    dispatch.changed((0..99).map(|n| warning(&format!("w{n:02}"))).collect(), at(1));
    assert_eq!((of_chat(&dispatch).dead, of_chat(&dispatch).waiting), (1, 99));
    dispatch.changed(vec![warning("w99")], at(2));
    assert_eq!((of_chat(&dispatch).dead, of_chat(&dispatch).waiting), (0, 100));
    store(&mut dispatch);
    dispatch.changed(vec![critical("c"), warning("late")], at(3));
    let changes = dispatch.take_changes();
    assert!(matches!(&changes[..], [Change::Delete(_), Change::Put(entry)] if entry.notice.id == "c.1"));
    assert_eq!(of_chat(&dispatch).dropped, 3);
    assert_eq!(dispatch.take_dropped(), BTreeMap::from([("chat".to_owned(), 3)]));
    assert_eq!(dispatch.take_dropped(), BTreeMap::new());
    dispatch.stored();
    // The end of what gave way is no news.
    assert_eq!(of_chat(&dispatch).waiting, 100);
    dispatch.changed(vec![resolved(warning("late")), resolved(warning("w99"))], at(4));
    assert_eq!((of_chat(&dispatch).waiting, of_chat(&dispatch).dropped), (100, 3));
}

#[test]
fn what_is_silenced_is_told_when_the_silence_ends_if_it_still_fires() {
    let mut dispatch = dispatch(prompt());
    let silence = |subject: &str, until| Silence {
        id: 1,
        detector: Some("open-relay".to_owned()),
        subject: Some(subject.to_owned()),
        host: Some("MX1".to_owned()),
        until,
        comment: String::new(),
        created: at(0),
    };
    tells(&mut dispatch, warning("before"), at(0));
    dispatch.set_silences(vec![silence("203.0.113.0/24", at(100))]);
    dispatch.tick(at(1));
    assert_eq!(tells(&mut dispatch, critical("a"), at(2)), []);
    assert_eq!(tells(&mut dispatch, critical("b"), at(2)), []);
    assert_eq!(tells(&mut dispatch, resolved(critical("b")), at(3)), []);
    assert_eq!(tells(&mut dispatch, resolved(warning("before")), at(3)), []);
    let other = Alert { detector: "protocol-abuse".into(), ..warning("other") };
    assert_eq!(tells(&mut dispatch, other, at(3)), one("other.1", News::Firing));
    assert_eq!(dispatch.next_due(), Some(at(100)));
    dispatch.tick(at(100));
    let ends = told(&mut dispatch, "chat", at(100));
    assert_eq!(ends, [("a.1".to_owned(), News::Firing), ("before.2".to_owned(), News::Resolved)]);
    // A silence that is taken back ends as well.
    dispatch.set_silences(vec![silence("203.0.113.66", at(1000))]);
    assert_eq!(tells(&mut dispatch, warning("c"), at(101)), []);
    dispatch.set_silences(Vec::new());
    dispatch.tick(at(102));
    assert_eq!(told(&mut dispatch, "chat", at(102)), one("c.1", News::Firing));
}

#[test]
fn what_waits_for_a_sink_that_is_no_more_is_dead() {
    let mut dispatch = routed(prompt(), "", &["chat", "log"]);
    dispatch.changed(vec![warning("a")], at(0));
    store(&mut dispatch);
    let in_flight = dispatch.next("chat", 1, at(0), false);
    dispatch.reconfigure(prompt(), Vec::new(), vec!["log".to_owned(), "new".to_owned()]);
    dispatch.failed_later(&numbers(&in_flight), "late", None, at(1));
    let statistics = of_chat(&dispatch);
    assert_eq!((statistics.waiting, statistics.dead), (0, 1));
    assert_eq!(dispatch.next("chat", 1, at(9), false), []);
    assert_eq!(dispatch.retry(None, at(9)), 0);
    dispatch.tick(at(9));
    assert_eq!(told(&mut dispatch, "new", at(9)), one("a.2", News::Firing), "a new sink learns what fires");
    assert_eq!(told(&mut dispatch, "log", at(9)), one("a.1", News::Firing));
    let puts = dispatch.snapshot().unwrap();
    let mut restored = routed(prompt(), "", &["chat"]);
    let [dead] = &in_flight[..] else { panic!("one entry") };
    restored.restore(vec![Entry { dead: Some(NO_SINK.to_owned()), ..dead.clone() }], &puts).unwrap();
    assert_eq!(restored.retry(None, at(10)), 1, "the sink is there again");
}

#[test]
fn what_was_told_is_known_after_a_restart_and_ids_go_on() {
    let mut dispatch = dispatch(prompt());
    tells(&mut dispatch, warning("a"), at(0));
    dispatch.changed(vec![warning("b")], at(1));
    let entries: Vec<Entry> = dispatch.take_changes().into_iter().filter_map(put).collect();
    let state = dispatch.snapshot().unwrap();
    let mut restored = super::tests::dispatch(prompt());
    restored.restore(entries, &state).unwrap();
    restored.tick(at(2));
    assert_eq!(told(&mut restored, "chat", at(2)), one("b.1", News::Firing));
    assert_eq!(tells(&mut restored, warning("a"), at(3)), [], "lines that are read again are no news");
    assert_eq!(tells(&mut restored, critical("a"), at(4)), one("a.2", News::Updated));
    assert!(restored.restore(Vec::new(), b"nonsense").is_err());
    assert_eq!(tells(&mut restored, resolved(critical("a")), at(5)), one("a.3", News::Resolved));
}

fn put(change: Change) -> Option<Entry> {
    match change {
        Change::Put(entry) => Some(entry),
        Change::Delete(_) => None,
    }
}

#[test]
fn a_clock_that_is_set_back_keeps_nothing_waiting() {
    let mut dispatch = dispatch(Settings::default());
    dispatch.changed(vec![warning("a")], at(100_000));
    store(&mut dispatch);
    let entries = dispatch.next("chat", 1, at(100_003), false);
    dispatch.failed_later(&numbers(&entries), "down", Some(Duration::from_secs(3600)), at(100_003));
    dispatch.changed(vec![warning("b")], at(100_005));
    dispatch.tick(at(0));
    let all = told(&mut dispatch, "chat", at(0));
    assert_eq!(all.len(), 2, "{all:?}");
    dispatch.tick(at(4 * 3600));
    assert_eq!(told(&mut dispatch, "chat", at(4 * 3600 + 60)).len(), 2, "repeated from now on");
}

#[test]
fn of_too_many_alerts_the_resolved_are_forgotten_first_and_no_id_comes_twice() {
    let mut dispatch = dispatch(Settings { rate_limit: 100_000, ..prompt() });
    tells(&mut dispatch, warning("first"), at(0));
    assert_eq!(tells(&mut dispatch, resolved(warning("first")), at(0)), one("first.2", News::Resolved));
    dispatch.changed((0..memory::MOST).map(|n| warning(&n.to_string())).collect(), at(1));
    assert_eq!(dispatch.memory.ids().len(), memory::MOST);
    assert_eq!(tells(&mut dispatch, critical("first"), at(2)).first().unwrap().0, "first.3");
    // What nobody is told of takes no room.
    dispatch.changed((0..100).map(|n| alert(&format!("i{n}"), Severity::Info)).collect(), at(3));
    assert_eq!(dispatch.memory.ids().len(), memory::MOST);
    assert!(dispatch.memory.remove("i1").is_none());
}

#[test]
fn a_sink_that_forgets_is_told_again_soon_however_much_that_is() {
    let mut dispatch = routed(Settings { rate_limit: 1, ..prompt() }, "", &["chat", "manager"]);
    dispatch.set_forgetful(BTreeMap::from([("manager".to_owned(), Period::of_seconds(60))]));
    dispatch.changed(vec![warning("a"), warning("b")], at(0));
    assert_eq!(told(&mut dispatch, "manager", at(0)).len(), 2);
    assert_eq!(told(&mut dispatch, "chat", at(0)).len(), 1, "the other one is held");
    for minute in 1..5 {
        dispatch.tick(at(60 * minute));
        let again = told(&mut dispatch, "manager", at(60 * minute));
        assert_eq!(again.iter().map(|(_, news)| *news).collect::<Vec<_>>(), [News::Repeated; 2]);
        assert_eq!(told(&mut dispatch, "chat", at(60 * minute)), []);
    }
    dispatch.changed(vec![resolved(warning("a"))], at(300));
    dispatch.tick(at(360));
    let last = told(&mut dispatch, "manager", at(360));
    assert_eq!(last.iter().map(|(_, news)| *news).collect::<Vec<_>>(), [News::Resolved, News::Repeated]);
}
