//! `reputation-loss`: remote servers refuse our mail, or put it off, for our reputation or because a list has us.
//!
//! Counts recipients per destination: whom the message was for matters, not how often it was tried. A remote server
//! may claim anything in its reply, so that only ever counts for that server's own destination; several destinations
//! at once are what makes it grave.

mod phrases;
mod reply;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::domain::DomainId;
use super::recent::Recent;
use super::settings::{Tuned, settings};
use super::spell::{Hit, Spell, Words};
use super::watched::{self, Watchable, Watched};
use super::words::{counted, within};
use super::{Detector, Setup, remedy};
use crate::aggregate::Reuse;
use crate::model::{
    Event, EventTime, Field, Finding, Kind, Mta, Proof, Severity, SnapshotError, Subject, decode, encode,
};
use phrases::{LISTS, PAGES};
use reply::{Complaint, Reader};

const ID: &str = "reputation-loss";

settings! {
    /// Seconds in which recipients are counted together.
    window_seconds: Seconds = 86_400,
    /// Recipients at one destination from which on it is more than one odd server's opinion (`warning` instead of `info`).
    warning_recipients: Different = 3,
    /// Destinations with so many recipients, from which on it is `critical`.
    critical_destinations: Different = 3,
}

/// What one destination holds against us.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Destination {
    name: Box<[u8]>,
    spell: Spell,
    /// Recipients that it refused.
    recipients: Recent,
    /// How many of these bounced, the others wait.
    bounced: u64,
    /// The lists it named, a bit for each of [`LISTS`].
    lists: u64,
    /// The address it named last.
    address: Option<IpAddr>,
    said: Option<Severity>,
}

impl Reuse for Destination {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Watchable for Destination {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spell
    }
}

#[derive(Debug)]
pub(super) struct ReputationLoss {
    settings: Tuned<Settings>,
    replies: Reader,
    destinations: Watched<DomainId, Destination>,
    /// Destinations that are worth a warning.
    grave: Recent,
}

impl ReputationLoss {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        Self {
            settings,
            replies: Reader::new(),
            destinations: Watched::new(setup.memory),
            grave: Recent::default(),
        }
    }

    fn complained(&mut self, event: &Event<'_>, complaint: &Complaint<'_>, find: &mut Vec<Finding>) {
        let (now, name) = (event.time(), complaint.destination);
        let settings = self.settings.domain(name);
        let key = DomainId::of(name);
        let begin = now.plus_seconds(-settings.window_seconds);
        let destination = self.destinations.subject(key, now);
        if !destination.recipients.see(event.get(Field::Recipient).unwrap_or_default(), now, begin) {
            return;
        }
        let proof = || Some(Proof::new(event.origin(), now, event.host(), event.line()));
        let hit = Hit { time: now, mta: event.mta().unwrap_or(Mta::Postfix), proof: &proof };
        if destination.name.is_empty() {
            destination.name = name.to_ascii_lowercase().into_boxed_slice();
        }
        destination.spell.patience = settings.window_seconds;
        destination.spell.hit(&hit);
        if destination.spell.trigger.is_none() {
            (destination.bounced, destination.lists, destination.said) = (0, 0, None);
        }
        destination.bounced += u64::from(event.get(Field::Status) == Some(b"bounced"));
        destination.lists |= complaint.lists;
        destination.address = complaint.address.or(destination.address);
        let news = destination.spell.go_on(&hit, now, 1, now);
        destination.spell.prove(&hit);
        let severity = if destination.recipients.since(begin) < settings.warning_recipients {
            Severity::Info
        } else {
            self.grave.see(&key, now, begin);
            if self.grave.since(begin) >= settings.critical_destinations {
                Severity::Critical
            } else {
                Severity::Warning
            }
        };
        let graver = Some(severity) > destination.said;
        destination.said = destination.said.max(Some(severity));
        if self.destinations.is_urgent(key, news) || graver {
            find.extend(self.finding(key));
        }
    }

    fn finding(&self, key: DomainId) -> Option<Finding> {
        let destination = self.destinations.get(&key)?;
        let (spell, severity) = (&destination.spell, destination.said?);
        let subject = Subject::destination(&destination.name);
        let named: Vec<_> =
            (0..LISTS.len()).filter(|list| destination.lists >> list & 1 == 1).map(|list| &LISTS[list]).collect();
        let lists = named.iter().map(|list| list.name).collect::<Vec<_>>().join(", ");
        let because = if lists.is_empty() { "for your reputation".to_owned() } else { format!("and names {lists}") };
        let address = match destination.address {
            Some(ip) => format!(" It names the address {ip}."),
            None => String::new(),
        };
        let became = match (destination.bounced, spell.count.saturating_sub(destination.bounced)) {
            (bounced, 0) => format!("{bounced} bounced"),
            (0, waiting) => format!("{waiting} waiting"),
            (bounced, waiting) => format!("{bounced} bounced, {waiting} waiting"),
        };
        let title = match severity {
            Severity::Critical => "Many providers refuse your mail for your reputation",
            _ => "A provider refuses your mail for your reputation",
        };
        let words = Words {
            title: title.to_owned(),
            summary: format!(
                "{} refused mail to {}{} {because} ({became}).{address}",
                subject.value,
                counted(spell.count, "recipient"),
                within(spell.first, spell.last),
            ),
            remedy: remedy(&destination.name, &named, spell.mta()),
        };
        spell.finding(ID, subject, severity, words)
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for key in self.destinations.take_unsaid() {
            find.extend(self.finding(key));
        }
    }
}

/// First the cause, then whom to ask.
fn remedy(destination: &[u8], named: &[&phrases::List], mta: Mta) -> String {
    let lookup = match named {
        [] => String::new(),
        lists => {
            let pages: Vec<_> = lists.iter().map(|list| format!("{} ({})", list.name, list.lookup)).collect();
            format!(" Look up why you are listed, at the list itself: {}.", pages.join(", "))
        }
    };
    let page = PAGES.iter().find(|(domains, _)| domains.iter().any(|domain| domain.as_bytes() == destination));
    let page = page.map_or_else(
        || format!("its postmaster (postmaster@{})", String::from_utf8_lossy(destination)),
        |(_, page)| (*page).to_owned(),
    );
    format!(
        "Find the cause first, or you are listed again: the other alerts may name an account, a host or a script that \
         sends spam; and see whether SPF, DKIM, DMARC and the name of your address (PTR) are right.{lookup} Only then \
         ask to be delisted; for {}, ask {page}. {}",
        String::from_utf8_lossy(destination),
        remedy::sending(mta),
    )
}

impl Detector for ReputationLoss {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Delivery]
    }

    fn event(&mut self, event: &Event<'_>, find: &mut Vec<Finding>) {
        if let Some(complaint) = self.replies.read(event) {
            self.complained(event, &complaint, find);
            if self.destinations.is_crowded() {
                self.say_unsaid(find);
            }
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.destinations.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &(self.destinations.state(), &self.grave))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (destinations, grave): State = decode(ID, VERSION, snapshot)?;
        self.destinations.restore(destinations);
        self.grave = grave;
        Ok(())
    }
}

const VERSION: u32 = 1;

type State = (watched::State<DomainId, Destination>, Recent);
