//! Those who do not relay: they guess recipients, forge senders, or do not speak SMTP at all.

use super::Draft;
use crate::simulation::attack::CROWD;
use crate::simulation::names::{self, Client, LOCAL_DOMAINS};
use crate::simulation::server::ServerName;
use crate::simulation::visit::{Class, Fate, Party, Recipient, Refusal, Route, Screening, Visit};

/// Nobody here has a name of three syllables.
const NOBODY: u32 = 6400;

fn guesses(draft: &mut Draft, client: Client, count: u32) -> Visit {
    let sender = draft.planner.spam_sender().address;
    let mut visit = draft.planner.stranger(client);
    for _ in 0..count {
        let guess = names::word(NOBODY + draft.planner.random.below(400_000));
        visit.refusals.push(Refusal {
            class: Class::UnknownRecipient,
            sender: sender.clone(),
            recipient: format!("{guess}@{}", LOCAL_DOMAINS[0]),
            vrfy: false,
        });
    }
    visit
}

/// One address guesses so many recipients.
pub(super) fn harvest(draft: &mut Draft, recipients: u32) {
    let client = names::attacker(draft.planner.index);
    let portions = draft.portions(recipients, 1, 6);
    for (number, &portion) in (0..).zip(&portions) {
        let at = draft.moment(number, portions.len() as u32);
        let visit = guesses(draft, client.clone(), portion);
        draft.story.visits.push((at, visit));
    }
    draft.story.owes("recipient-harvest", "ip", client.address.to_string());
}

/// So many addresses of one network guess.
pub(super) fn harvest_of_network(draft: &mut Draft, addresses: u32) {
    let first = draft.planner.index * CROWD;
    for number in 0..addresses {
        let at = draft.moment(number, addresses);
        let visit = guesses(draft, names::crowd(first, 1 + number), 2);
        draft.story.visits.push((at, visit));
    }
    let network = names::crowd(first, 0).address;
    draft.story.owes("recipient-harvest", "network", format!("{network}/24"));
}

/// So many faults of one address: it speaks before its turn or, where the log does not tell that, talks nonsense.
pub(super) fn faults(draft: &mut Draft, faults: u32) {
    let client = names::attacker(draft.planner.index);
    for number in 0..faults {
        let at = draft.moment(number, faults);
        let mut visit = draft.planner.stranger(client.clone());
        if matches!(draft.server, ServerName::Exchange | ServerName::Iis) {
            let (sender, recipient) = (draft.planner.spam_sender().address, draft.planner.victim().address);
            visit.refusals.push(Refusal { class: Class::Protocol, sender, recipient, vrfy: false });
        } else {
            visit.screening = Screening::SpokeFirst;
        }
        draft.story.visits.push((at, visit));
    }
    draft.story.owes("protocol-abuse", "ip", client.address.to_string());
}

/// So many senders of ours, from one address that is none of ours.
pub(super) fn forged(draft: &mut Draft, senders: u32) {
    let client = names::attacker(draft.planner.index);
    for number in 0..senders {
        let at = draft.moment(number, senders);
        let local = |number| Party {
            address: format!("{}@{}", names::word(number), LOCAL_DOMAINS[0]),
            route: Route::Local,
        };
        let mut visit = draft.planner.stranger(client.clone());
        let mut mail = draft.planner.spam(local(number), 0);
        let party = local(draft.planner.random.below(80));
        mail.recipients.push(Recipient { party, alias: None, fate: Fate::Delivered });
        visit.mails.push(mail);
        draft.story.visits.push((at, visit));
    }
    draft.story.owes("forged-local-sender", "ip", client.address.to_string());
}
