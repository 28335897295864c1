//! What goes together, and what goes first.

use super::*;

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
