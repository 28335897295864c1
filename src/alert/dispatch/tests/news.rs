//! Which changes of an alert are news, and when they are told again.

use super::*;

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

    let mut never = super::dispatch(Settings { repeat_interval: Period::of_seconds(0), ..prompt() });
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
    let mut quiet = super::dispatch(Settings { resolved: false, ..prompt() });
    tells(&mut quiet, warning("a"), at(0));
    assert_eq!(tells(&mut quiet, resolved(warning("a")), at(1)), []);
    assert_eq!(tells(&mut quiet, warning("a"), at(2)), one("a.2", News::Firing));
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
