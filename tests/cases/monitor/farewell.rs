//! SIGTERM while a delivery is under way: it is finished, or given up within a bound, and nothing is told under two ids.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::hook::{Answer, Hook};
use super::lines::{AT_ONCE, SITE, at, relay};
use super::service::{Place, Service};
use crate::cases::sinks::daemon::until;

const OK: Answer = Answer::Status(200);

/// A service whose first notice, about 203.0.113.1, is under way to a hook that does not answer for now.
fn under_way(hook: &Hook, timeout: &str) -> (Place, Service) {
    let table = hook.table("chat").replace("timeout = \"2s\"", &format!("timeout = \"{timeout}\""));
    let place = Place::new(&format!("{SITE}{AT_ONCE}{table}"));
    let service = place.started();
    place.write(&relay(at(-60), "203.0.113.1", 1));
    until("it is under way", || (!hook.heard().is_empty()).then_some(()));
    (place, service)
}

/// The ids of what was heard, after another start and another alert behind it.
fn ids_after_another_start(place: &Place, hook: &Hook) -> Vec<String> {
    let service = place.started();
    place.write(&relay(at(-50), "203.0.113.2", 2));
    hook.waits_for("open.relay.firing", "203.0.113.2");
    hook.waits_for("open.relay.firing", "203.0.113.1");
    assert!(service.stop().success());
    hook.heard().into_iter().map(|heard| heard.id).collect()
}

#[test]
fn an_answer_that_comes_late_counts() {
    let hook = Hook::new(Answer::Held);
    let (place, mut service) = under_way(&hook, "9s");
    service.signal(Signal::TERM);
    // Whoever does not wait is gone by then.
    thread::sleep(Duration::from_millis(1500));
    assert!(service.runs(), "{}", place.said());
    hook.answer(OK);
    assert!(service.ends().success());
    place.says("0 notices wait in the spool");
    assert_eq!(hook.taken().len(), 1);
    let ids = ids_after_another_start(&place, &hook);
    assert!(ids.len() == 2 && ids[0] != ids[1], "told again: {ids:?}");
}

#[test]
fn no_answer_is_waited_for_ten_seconds_and_asked_for_again_by_the_next_start() {
    let hook = Hook::new(Answer::Hang);
    let (place, service) = under_way(&hook, "5m");
    let start = Instant::now();
    assert!(service.stop().success());
    let took = start.elapsed();
    // Ten seconds, as the documentation says, and what a busy machine adds.
    assert!((Duration::from_secs(9)..Duration::from_secs(20)).contains(&took), "{took:?}");
    place.says("1 notices wait in the spool");
    hook.answer(OK);
    let ids = ids_after_another_start(&place, &hook);
    assert!(ids.len() == 3 && ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
}
