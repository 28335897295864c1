//! Sinks that fail, refuse, or are gone.

use std::time::Duration;

use super::*;

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
