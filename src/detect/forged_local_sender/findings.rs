//! What is said of senders that are not their user's own, in words.

use std::net::IpAddr;

use super::{ForgedLocalSender, ID, Who};
use crate::detect::remedy;
use crate::detect::spell::Words;
use crate::detect::words::{counted, counted_about, within};
use crate::model::{Finding, IntermediaryKind, Network, Severity, Subject};

impl ForgedLocalSender {
    pub(super) fn finding(&self, who: Who) -> Option<Finding> {
        let senders = self.senders.get(&who)?;
        let spell = &senders.spike.spell;
        let (times, time) = (counted(spell.count, "time"), within(spell.first, spell.last));
        let names = counted_about(&senders.all, spell.count, "sender", "senders");
        let (subject, words) = match who {
            Who::Outside(ip) => {
                let (advice, guess) = if senders.grave {
                    let known = |kind: IntermediaryKind| format!(" Its network was known as a {}.", kind.name());
                    (remedy::forged_outside(spell.mta()), senders.was.map(known).unwrap_or_default())
                } else {
                    (self.advice(ip), " A forwarder or a service that writes in your name does the same.".to_owned())
                };
                let refused = match senders.refused_so_far.min(spell.count) {
                    0 => String::new(),
                    refused => format!(" It was refused {}.", counted(refused, "time")),
                };
                let words = Words {
                    title: "Mail from outside in your name".to_owned(),
                    summary: format!(
                        "{ip}, neither trusted nor logged in, brought mail to you {times}{time} with {names} of your \
                         domains.{refused}{guess}",
                    ),
                    remedy: advice,
                };
                (Subject::ip(ip), words)
            }
            Who::Machine(ip) => (Subject::ip(ip), self.inside(&format!("{ip}, a trusted machine,"), &times, &time, &names, who)?),
            Who::Account(_) => {
                let subject = Subject::account(&senders.account);
                let words = self.inside(&subject.to_string(), &times, &time, &names, who)?;
                (subject, words)
            }
        };
        let severity = if senders.grave { Severity::Warning } else { Severity::Info };
        spell.finding(ID, subject, severity, words)
    }

    /// What to do about somebody who may be a forwarder or a service.
    fn advice(&self, ip: IpAddr) -> String {
        let (network, text) = (Network::of(ip), "Nothing has to be changed if it is a forwarder or a service of yours");
        if self.intermediaries.is_some() {
            format!("{text}; `relaywatch sources approve {network}` says so. Some weeks of it are learned without a word.")
        } else {
            format!("{text}; then name it in [ignore.forged-local-sender] sources.")
        }
    }

    fn inside(&self, whom: &str, times: &str, time: &str, names: &str, who: Who) -> Option<Words> {
        let senders = self.senders.get(&who)?;
        let guess = if senders.grave {
            "So many are no mail program with a wrong address: somebody tries whom it can pass for."
        } else {
            "Its mail program has another address as its sender, as a rule."
        };
        Some(Words {
            title: "Senders that are not its own".to_owned(),
            summary: format!("{whom} was refused {times}{time} because of {names} that it may not use. {guess}"),
            remedy: remedy::forged_inside(senders.spike.spell.mta()),
        })
    }
}
