//! Mail that goes out, and should not; or should, and does not.

use super::{Draft, Pace};
use crate::evaluate::story::Outage;
use crate::simulation::clock::MINUTE;
use crate::simulation::names::{self, Client, LOCAL_DOMAINS};
use crate::simulation::visit::{Authority, Door, Ending, Fate, Mail, Party, Recipient, Route, Visit};

/// Machines with numbers from here on send nothing otherwise.
const UNUSED_MACHINE: u32 = 40;

fn ours(user: &str, domain: usize) -> Party {
    Party { address: format!("{user}@{}", LOCAL_DOMAINS[domain]), route: Route::Local }
}

/// A machine of ours that does nothing yet.
fn from_machine(client: Client) -> Visit {
    let helo = client.name.clone();
    let mut visit = Visit::stranger(client, helo);
    visit.authority = Authority::TrustedNetwork;
    visit
}

fn from_script(uid: u32) -> Visit {
    let client = Client { name: "localhost".to_owned(), address: std::net::Ipv4Addr::LOCALHOST.into() };
    let mut visit = Visit::stranger(client, "localhost".to_owned());
    visit.door = Door::Command(uid);
    visit.authority = Authority::LocalSubmission;
    visit
}

/// A message to one recipient elsewhere, with this fate.
fn letter(draft: &mut Draft, sender: Party, fate: &Fate) -> Mail {
    let mut mail = draft.planner.spam(sender, 1);
    for recipient in &mut mail.recipients {
        recipient.fate = fate.clone();
    }
    mail
}

/// So many messages of a stranger, who was denied before or was not.
pub(super) fn open_relay(draft: &mut Draft, messages: u32) {
    let client = names::attacker(draft.planner.index);
    if draft.planner.random.permille(500) {
        draft.story.way = "after denials";
        for number in 0..4 {
            let at = draft.planner.moment(number, 4, 0, 20);
            let visit = draft.planner.denial(client.clone(), 1);
            draft.story.visits.push((at, visit));
        }
    }
    for number in 0..messages {
        let at = draft.planner.moment(number, messages, 25, 100);
        let (sender, recipients) = (draft.planner.spam_sender(), draft.planner.random.between(1, 8));
        let mut visit = draft.planner.stranger(client.clone());
        visit.mails.push(draft.planner.spam(sender, recipients));
        draft.story.visits.push((at, visit));
    }
    draft.story.owes("open-relay", "ip", client.address.to_string());
}

/// So many messages from where nobody relayed before.
pub(super) fn new_source(draft: &mut Draft, messages: u32) {
    let index = draft.planner.index;
    let is_machine = draft.planner.random.permille(500);
    let user = names::word(4 + index);
    let account = ours(&user, 0).address;
    let machine = names::machine(UNUSED_MACHINE + index);
    for number in 0..messages {
        let at = draft.moment(number, messages);
        let mut visit = if is_machine {
            from_machine(machine.clone())
        } else {
            let mut visit = draft.planner.guess(names::attacker(index), &account, 0);
            visit.authority = Authority::Authenticated;
            visit.ending = Ending::Quit;
            visit
        };
        let mail = letter(draft, ours(&user, 0), &Fate::Delivered);
        visit.mails.push(mail);
        draft.story.visits.push((at, visit));
    }
    if is_machine {
        draft.story.way = "a machine";
        draft.story.owes("new-relay-source", "ip", machine.address.to_string());
    } else {
        draft.story.way = "an account";
        draft.story.owes("new-relay-source", "account", account);
    }
}

/// Spam to so many, some to a message, of which a third comes back; under names of everybody, unless one is given.
fn spam(draft: &mut Draft, recipients: u32, visit: &Visit, sender: Option<&Party>) {
    let portions = draft.portions(recipients, 1, 8);
    for (number, &portion) in (0..).zip(&portions) {
        let at = draft.moment(number, portions.len() as u32);
        let sender = sender.cloned().unwrap_or_else(|| draft.planner.spam_sender());
        let mut mail = draft.planner.spam(sender, portion);
        for recipient in &mut mail.recipients {
            if draft.planner.random.permille(300) {
                recipient.fate = Fate::Bounced { listed: false };
            }
        }
        draft.story.visits.push((at, Visit { mails: vec![mail], ..visit.clone() }));
    }
}

/// A machine of ours.
pub(super) fn machine(draft: &mut Draft, recipients: u32) {
    let client = names::machine(draft.planner.random.below(30));
    draft.story.owes("trusted-source-abuse", "ip", client.address.to_string());
    spam(draft, recipients, &from_machine(client), None);
}

/// A script of the web server.
pub(super) fn script(draft: &mut Draft, recipients: u32) {
    draft.story.owes("trusted-source-abuse", "local_user", "33");
    draft.story.owes("trusted-source-abuse", "local_user", "www-data");
    spam(draft, recipients, &from_script(33), Some(&ours("www-data", 0)));
}

/// So many recipients of one provider, which refuses us.
pub(super) fn listed(draft: &mut Draft, recipients: u32) {
    // Less than a provider of everybody's, so that no other attack has the same.
    let domain = 300 + draft.planner.index;
    let client = names::machine(draft.planner.random.below(30));
    for number in 0..recipients {
        let at = draft.moment(number, recipients);
        let mut mail = letter(draft, ours("orders", 0), &Fate::Bounced { listed: true });
        for recipient in &mut mail.recipients {
            let user = names::word(draft.planner.random.below(20_000));
            let address = format!("{user}@{}", names::domain(domain));
            recipient.party = Party { address, route: Route::Remote(domain) };
        }
        let visit = Visit { mails: vec![mail], ..from_machine(client.clone()) };
        draft.story.visits.push((at, visit));
    }
    draft.story.owes("reputation-loss", "destination", names::domain(domain));
}

/// So many bounces, and once or twice as many that arrive.
pub(super) fn bounces(draft: &mut Draft, bounces: u32) {
    let client = names::machine(draft.planner.random.below(30));
    let all = bounces + bounces * draft.planner.random.between(5, 20) / 10;
    for number in 0..all {
        let at = draft.moment(number, all);
        // Spread evenly over all of them.
        let is_bounce = (number + 1) * bounces / all > number * bounces / all;
        let fate = if is_bounce { Fate::Bounced { listed: false } } else { Fate::Delivered };
        let mail = letter(draft, ours("offers", 1), &fate);
        let visit = Visit { mails: vec![mail], ..from_machine(client.clone()) };
        draft.story.visits.push((at, visit));
    }
    draft.story.owes("bounce-surge", "domain", LOCAL_DOMAINS[1]);
}

/// So many recipients of one of our domains, a fifth of whom do not exist.
pub(super) fn surge(draft: &mut Draft, recipients: u32) {
    let client = names::machine(draft.planner.random.below(30));
    for number in 0..recipients {
        let at = draft.moment(number, recipients);
        let fate = if draft.planner.random.permille(220) {
            Fate::Bounced { listed: false }
        } else {
            Fate::Delivered
        };
        let mail = letter(draft, ours("offers", 1), &fate);
        let visit = Visit { mails: vec![mail], ..from_machine(client.clone()) };
        draft.story.visits.push((at, visit));
    }
    draft.story.owes("outbound-surge", "domain", LOCAL_DOMAINS[1]);
}

/// Nothing gets out, neither these nor anybody's, until the attack's time is over.
pub(super) fn outage(draft: &mut Draft, recipients: u32) {
    let (from, until) = (draft.planner.begin, draft.planner.begin + draft.planner.length + 30 * MINUTE);
    draft.story.outages.push(Outage { from, until, domain: None });
    let client = names::machine(draft.planner.random.below(30));
    let tries = if draft.pace == Pace::Fast { 3 } else { 5 };
    for number in 0..recipients {
        let at = draft.moment(number, recipients);
        let mut mail = letter(draft, ours("billing", 0), &Fate::DeliveredAfter(tries));
        // To a domain that nobody else has business with: that of each recipient is another.
        let domain = 400 + draft.planner.random.below(2000);
        for Recipient { party, .. } in &mut mail.recipients {
            let user = names::word(draft.planner.random.below(20_000));
            *party =
                Party { address: format!("{user}@{}", names::domain(domain)), route: Route::Remote(domain) };
        }
        let visit = Visit { mails: vec![mail], ..from_machine(client.clone()) };
        draft.story.visits.push((at, visit));
    }
    draft.story.owes("deferral-surge", "site", "site");
}
