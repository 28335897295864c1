//! Those who try passwords, and those who have found one.

use super::Draft;
use crate::simulation::attack::CROWD;
use crate::simulation::clock::Micros;
use crate::simulation::names::{self, Client, LOCAL_DOMAINS};
use crate::simulation::visit::{Authority, Ending, Fate, Party, Route, Visit};

const DETECTOR: &str = "auth-brute-force";

/// A name that an attacker has from somewhere: some of them are users.
fn anybody(draft: &mut Draft) -> String {
    format!("{}@{}", names::word(draft.planner.random.below(20_000)), LOCAL_DOMAINS[0])
}

/// A user who writes often, and whom no other attack of this world is about.
fn user(draft: &Draft) -> String {
    format!("{}@{}", names::word(4 + draft.planner.index), LOCAL_DOMAINS[0])
}

/// One address, so many failures.
pub(super) fn one(draft: &mut Draft, failures: u32) {
    let client = names::attacker(draft.planner.index);
    let portions = draft.portions(failures, 1, 3);
    for (number, &tries) in (0..).zip(&portions) {
        let at = draft.moment(number, portions.len() as u32);
        let account = anybody(draft);
        let visit = draft.planner.guess(client.clone(), &account, tries);
        draft.story.visits.push((at, visit));
    }
    draft.story.owes(DETECTOR, "ip", client.address.to_string());
}

/// So many addresses of one network.
pub(super) fn network(draft: &mut Draft, addresses: u32) {
    let first = draft.planner.index * CROWD;
    for number in 0..addresses {
        let (at, account) = (draft.moment(number, addresses), anybody(draft));
        let visit = draft.planner.guess(names::crowd(first, 1 + number), &account, 2);
        draft.story.visits.push((at, visit));
    }
    let network = names::crowd(first, 0).address;
    draft.story.owes(DETECTOR, "network", format!("{network}/24"));
}

/// So many networks try passwords of one account.
pub(super) fn account(draft: &mut Draft, networks: u32) {
    let (first, account) = (draft.planner.index * CROWD, user(draft));
    for number in 0..networks {
        let (at, tries) = (draft.moment(number, networks), draft.planner.random.between(1, 2));
        let client = names::crowd(first + number, 1 + draft.planner.random.below(250));
        let visit = draft.planner.guess(client, &account, tries);
        draft.story.visits.push((at, visit));
    }
    draft.story.owes(DETECTOR, "account", account);
}

/// So many addresses, each in a network of its own, try passwords of anybody.
pub(super) fn many(draft: &mut Draft, addresses: u32) {
    let first = draft.planner.index * CROWD;
    for number in 0..addresses {
        let (at, account) = (draft.moment(number, addresses), anybody(draft));
        let (host, tries) = (1 + draft.planner.random.below(250), draft.planner.random.between(1, 2));
        let client = names::crowd(first + number % CROWD, host);
        let visit = draft.planner.guess(client, &account, tries);
        draft.story.visits.push((at, visit));
    }
    draft.story.owes(DETECTOR, "site", "site");
}

/// Somebody gets in, and writes to so many.
pub(super) fn stolen(draft: &mut Draft, recipients: u32) {
    let account = user(draft);
    let first = draft.planner.index * CROWD;
    match draft.planner.random.below(4) {
        0 | 1 => {
            draft.story.way = "guessed by one address, which then writes";
            let client = names::attacker(draft.planner.index);
            for number in 0..draft.planner.random.between(3, 8) {
                let at = draft.planner.moment(number, 8, 0, 25);
                let visit = draft.planner.guess(client.clone(), &account, 2);
                draft.story.visits.push((at, visit));
            }
            let home = [client];
            write(draft, &account, recipients, &home, &[own(&account)]);
        }
        2 => {
            draft.story.way = "password known, many networks write";
            let homes: Vec<Client> = (0..10).map(|number| names::crowd(first + number, 9)).collect();
            write(draft, &account, recipients, &homes, &[own(&account)]);
        }
        _ => {
            draft.story.way = "password known, one address writes under many names";
            let senders: Vec<Party> = (0..12).map(|_| draft.planner.spam_sender()).collect();
            write(draft, &account, recipients, &[names::attacker(draft.planner.index)], &senders);
        }
    }
    draft.story.owes("compromised-account", "account", account);
}

/// The account as a sender.
fn own(account: &str) -> Party {
    Party { address: account.to_owned(), route: Route::Local }
}

/// `account` writes to so many recipients from each of `homes` in turn, under each of `senders` in turn.
fn write(draft: &mut Draft, account: &str, recipients: u32, homes: &[Client], senders: &[Party]) {
    let portions = draft.portions(recipients, 1, 4);
    for (number, &portion) in (0..).zip(&portions) {
        let at: Micros = draft.planner.moment(number, portions.len() as u32, 30, 100);
        let place = number as usize;
        let mut visit: Visit = draft.planner.guess(homes[place % homes.len()].clone(), account, 0);
        visit.authority = Authority::Authenticated;
        visit.ending = Ending::Quit;
        let mut mail = draft.planner.spam(senders[place % senders.len()].clone(), portion);
        // Spammers' lists are old.
        for recipient in &mut mail.recipients {
            if draft.planner.random.permille(250) {
                recipient.fate = Fate::Bounced { listed: false };
            }
        }
        visit.mails.push(mail);
        draft.story.visits.push((at, visit));
    }
}
