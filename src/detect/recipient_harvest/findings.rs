//! What is said of names that were tried, in words.

use std::net::IpAddr;

use super::{Guesses, ID, RecipientHarvest, Settings};
use crate::detect::remedy;
use crate::detect::spell::Words;
use crate::detect::words::{counted, within};
use crate::model::{EventTime, Finding, Network, Severity, Subject};

impl RecipientHarvest {
    pub(super) fn source_finding(&self, source: IpAddr) -> Option<Finding> {
        finding(Subject::ip(source), self.sources.get(&source)?, self.settings.ip(source))
    }

    pub(super) fn network_finding(&self, network: Network) -> Option<Finding> {
        finding(Subject::network(network), self.networks.get(&network)?, self.settings.network(network))
    }
}

fn finding(subject: Subject, guesses: &Guesses, settings: &Settings) -> Option<Finding> {
    let spell = &guesses.spike.spell;
    let (count, bounces) = (spell.count, guesses.bounces.min(spell.count));
    // Who takes days for it costs nothing.
    let others = guesses.day.part(spell, count).saturating_sub(bounces);
    let is_much = others.max(guesses.day.total()) >= settings.warning_recipients;
    let severity = if is_much { Severity::Warning } else { Severity::Info };
    let (time, remedy) = (within(spell.first, spell.last), remedy::harvest(spell.mta()));
    let words = if bounces * 2 > count {
        Words {
            title: "Bounces to addresses that do not exist".to_owned(),
            summary: format!(
                "{subject} sent bounces, or asked by callout, for {} here{time}: the answer to mail \
                 that somebody sends in your name, as a rule.",
                counted(count, "unknown recipient"),
            ),
            remedy: "Nothing has to be changed on this server. An SPF record that ends in -all and a DMARC policy keep \
                     others from accepting mail in your name, and so from bouncing it."
                .to_owned(),
        }
    } else {
        let probes = match guesses.probes.min(count) {
            0 => String::new(),
            probes => format!(", {probes} of them by VRFY or EXPN"),
        };
        let hits = match guesses.existing.since(EventTime::MIN) {
            0 => " None that exists was among them.".to_owned(),
            hits => format!(" It also wrote to {} that exist.", counted(hits as u64, "recipient")),
        };
        Words {
            title: format!("{} tried", counted(count.max(guesses.day.total()), "unknown recipient")),
            summary: format!(
                "{subject} tried {} unknown here{time}{}{probes}: somebody guesses addresses, or writes to a very \
                 old list.{hits}",
                counted(count, "name"),
                guesses.day.beside(count),
            ),
            remedy,
        }
    };
    spell.finding(ID, subject, severity, words)
}
