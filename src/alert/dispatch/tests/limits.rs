//! Too much at once: what is held back, and what gives way.

use super::*;

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
