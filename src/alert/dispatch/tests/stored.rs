//! What is stored before it is told, and known after a restart.

use std::time::Duration;

use super::*;

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
fn what_was_told_is_known_after_a_restart_and_ids_go_on() {
    let mut dispatch = dispatch(prompt());
    tells(&mut dispatch, warning("a"), at(0));
    dispatch.changed(vec![warning("b")], at(1));
    let entries: Vec<Entry> = dispatch.take_changes().into_iter().filter_map(put).collect();
    let state = dispatch.snapshot().unwrap();
    let mut restored = super::dispatch(prompt());
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
