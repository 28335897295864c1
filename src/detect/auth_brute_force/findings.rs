//! What is said of failed logins, in words.

use std::net::IpAddr;

use super::{AuthBruteForce, ID, Source, Tried};
use crate::detect::account::AccountId;
use crate::detect::remedy;
use crate::detect::spell::{Spell, Words};
use crate::detect::words::{counted, listed, within};
use crate::model::{Finding, Network, Severity, Subject};

impl AuthBruteForce {
    pub(super) fn source_finding(&self, ip: IpAddr) -> Option<Finding> {
        let source = self.sources.get(&ip)?;
        let spell = &source.spike.spell;
        let names: Vec<Box<[u8]>> =
            source.accounts.iter().filter_map(|&id| self.known.name(id)).map(Box::from).collect();
        let names = listed(names.iter(), names.len());
        let failed = format!(
            "{ip} failed to log in {}{}{}",
            counted(spell.count, "time"),
            within(spell.first, spell.last),
            source.day.beside(spell.count)
        );
        if is_stale(source) {
            let whose = if names.is_empty() { String::new() } else { format!(" as {names}") };
            let words = Words {
                title: "A stored password is out of date".to_owned(),
                summary: format!("{failed}{whose}, from where such logins succeed otherwise."),
                remedy: "Ask the user to correct the password stored in the phone or mail program that sits there. Nothing \
                         has to be changed on the server."
                    .to_owned(),
            };
            return spell.finding(ID, Subject::ip(ip), Severity::Info, words);
        }
        let tried =
            if names.is_empty() { String::new() } else { format!(" It tried accounts of yours: {names}.") };
        let words = Words {
            title: counted(spell.count.max(source.day.total()), "failed login"),
            summary: format!("{failed}.{tried}"),
            remedy: self.remedy(spell),
        };
        // Who takes days for it costs nothing.
        let much = source.day.part(spell, source.strange);
        spell.finding(ID, Subject::ip(ip), severity(much, self.settings.ip(ip).warning_failures), words)
    }

    pub(super) fn network_finding(&self, network: Network) -> Option<Finding> {
        let Tried { spike, spread } = self.networks.get(&network)?;
        let (spell, settings) = (&spike.spell, self.settings.network(network));
        let words = Words {
            title: format!("{} from many addresses of one network", counted(spell.count, "failed login")),
            summary: format!(
                "From {} of network {network}, logins failed {}{}{}.",
                if spell.is_slow() { spread.addresses(spell.last) } else { spike.addresses() },
                counted(spell.count, "time"),
                within(spell.first, spell.last),
                spread.day().beside(spell.count),
            ),
            remedy: self.remedy(spell),
        };
        let much = spread.day().part(spell, spell.count);
        spell.finding(ID, Subject::network(network), severity(much, settings.warning_failures), words)
    }

    pub(super) fn account_finding(&self, account: AccountId) -> Option<Finding> {
        let spike = &self.accounts.get(&account)?.spike;
        let spell = &spike.spell;
        let subject = Subject::account(self.known.name(account)?);
        let words = Words {
            title: "Many addresses try passwords of one account".to_owned(),
            summary: format!(
                "Logins as {} failed {}{}, from {} in networks that it does not log in from.",
                subject.value,
                counted(spell.count, "time"),
                within(spell.first, spell.last),
                spike.addresses(),
            ),
            remedy: format!(
                "Give the account a long password that is used nowhere else, and look whether any of these addresses got \
                 in. {}",
                self.remedy(spell),
            ),
        };
        spell.finding(ID, subject, Severity::Warning, words)
    }

    pub(super) fn site_finding(&self) -> Option<Finding> {
        let spell = &self.site.spell;
        let words = Words {
            title: format!("{} from many addresses", counted(spell.count, "failed login")),
            summary: format!(
                "From {}, logins failed {}{}, few from each. The log does not say whose passwords they \
                 tried, or the names are no known accounts.{}",
                self.site.addresses(),
                counted(spell.count, "time"),
                within(spell.first, spell.last),
                self.verdict,
            ),
            remedy: self.remedy(spell),
        };
        spell.finding(ID, Subject::site(), severity(spell.count, self.settings.usual.warning_failures), words)
    }

    fn remedy(&self, spell: &Spell) -> String {
        let settings = &self.settings.usual;
        remedy::brute_force(spell.mta(), settings.source_failures, settings.window_seconds)
    }
}

fn severity(failures: u64, warning: u64) -> Severity {
    if failures >= warning { Severity::Warning } else { Severity::Info }
}

/// Whether a stored password explains all that failed.
fn is_stale(source: &Source) -> bool {
    source.strange == 0
}
