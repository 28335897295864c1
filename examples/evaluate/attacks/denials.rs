//! Those who ask for relaying and are denied.

use super::Draft;
use crate::simulation::attack::CROWD;
use crate::simulation::names;

const DETECTOR: &str = "relay-denied-spike";

/// One address, so many denials.
pub(super) fn one(draft: &mut Draft, denials: u32) {
    let client = names::attacker(draft.planner.index);
    let portions = draft.portions(denials, 1, 3);
    for (number, &recipients) in (0..).zip(&portions) {
        let at = draft.moment(number, portions.len() as u32);
        let visit = draft.planner.denial(client.clone(), recipients);
        draft.story.visits.push((at, visit));
    }
    draft.story.owes(DETECTOR, "ip", client.address.to_string());
}

/// So many addresses of one network.
pub(super) fn network(draft: &mut Draft, addresses: u32) {
    let first = draft.planner.index * CROWD;
    for number in 0..addresses {
        let at = draft.moment(number, addresses);
        let visit = draft.planner.denial(names::crowd(first, 1 + number), 2);
        draft.story.visits.push((at, visit));
    }
    let network = names::crowd(first, 0).address;
    draft.story.owes(DETECTOR, "network", format!("{network}/24"));
}

/// So many addresses, each in a network of its own.
pub(super) fn many(draft: &mut Draft, addresses: u32) {
    let first = draft.planner.index * CROWD;
    for number in 0..addresses {
        let (host, denials) = (1 + draft.planner.random.below(250), draft.planner.random.between(1, 2));
        let at = draft.moment(number, addresses);
        // Where there are more than networks of its own, two share one.
        let visit = draft.planner.denial(names::crowd(first + number % CROWD, host), denials);
        draft.story.visits.push((at, visit));
    }
    draft.story.owes(DETECTOR, "site", "site");
}
