//! What is said of failed logins, in words.

use std::net::IpAddr;

use super::{AuthBruteForce, ID, Settings, Source};
use crate::detect::account::AccountId;
use crate::detect::remedy;
use crate::detect::spike::{QUIET_SECONDS, Spike};
use crate::detect::words::{counted, listed, within};
use crate::model::{Finding, Mta, Network, Severity, Subject};

/// What differs between findings.
struct Words {
    title: String,
    summary: String,
    remedy: String,
}

impl AuthBruteForce {
    pub(super) fn source_finding(&self, ip: IpAddr) -> Option<Finding> {
        let source = self.sources.get(&ip)?;
        let spike = &source.spike;
        let names: Vec<Box<[u8]>> =
            source.accounts.iter().filter_map(|&id| self.known.name(id)).map(Box::from).collect();
        let names = listed(names.iter(), names.len());
        let failed = format!(
            "{ip} failed to log in {}{}",
            counted(spike.count, "time"),
            within(spike.first, spike.last)
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
            return finding(Subject::ip(ip), spike, Severity::Info, words);
        }
        let tried =
            if names.is_empty() { String::new() } else { format!(" It tried accounts of yours: {names}.") };
        let words = Words {
            title: counted(spike.count, "failed login"),
            summary: format!("{failed}.{tried}"),
            remedy: self.remedy(spike),
        };
        finding(Subject::ip(ip), spike, self.severity(source.strange), words)
    }

    pub(super) fn network_finding(&self, network: Network) -> Option<Finding> {
        let spike = self.networks.get(&network)?;
        let words = Words {
            title: format!("{} from many addresses of one network", counted(spike.count, "failed login")),
            summary: format!(
                "From {} or more addresses of network {network}, logins failed {}{}.",
                self.settings.network_sources,
                counted(spike.count, "time"),
                within(spike.first, spike.last),
            ),
            remedy: self.remedy(spike),
        };
        finding(Subject::network(network), spike, self.severity(spike.count), words)
    }

    pub(super) fn account_finding(&self, account: AccountId) -> Option<Finding> {
        let spike = self.accounts.get(&account)?;
        let subject = Subject::account(self.known.name(account)?);
        let words = Words {
            title: "Many addresses try passwords of one account".to_owned(),
            summary: format!(
                "Logins as {} failed {}{}, from {} or more networks that it does not log in from.",
                subject.value,
                counted(spike.count, "time"),
                within(spike.first, spike.last),
                self.settings.account_networks,
            ),
            remedy: format!(
                "Give the account a long password that is used nowhere else, and look whether any of these addresses got \
                 in. {}",
                self.remedy(spike),
            ),
        };
        finding(subject, spike, Severity::Warning, words)
    }

    pub(super) fn site_finding(&self) -> Option<Finding> {
        let spike = &self.site;
        let words = Words {
            title: format!("{} from many addresses", counted(spike.count, "failed login")),
            summary: format!(
                "From {} or more addresses, logins failed {}{}, few from each. The log does not say whose passwords they \
                 tried, or the names are no known accounts.",
                self.settings.site_sources,
                counted(spike.count, "time"),
                within(spike.first, spike.last),
            ),
            remedy: self.remedy(spike),
        };
        finding(Subject::site(), spike, self.severity(spike.count), words)
    }

    fn severity(&self, failures: u64) -> Severity {
        if failures >= self.settings.warning_failures { Severity::Warning } else { Severity::Info }
    }

    fn remedy(&self, spike: &Spike) -> String {
        let Settings { source_failures, window_seconds, .. } = &self.settings;
        remedy::brute_force(spike.mta.unwrap_or(Mta::Postfix), *source_failures, *window_seconds)
    }
}

/// Whether a stored password explains all that failed.
fn is_stale(source: &Source) -> bool {
    source.strange == 0
}

/// A finding about `subject`, whose spike has a trigger.
fn finding(subject: Subject, spike: &Spike, severity: Severity, words: Words) -> Option<Finding> {
    Some(Finding {
        detector: ID,
        subject,
        severity,
        title: words.title,
        summary: words.summary,
        count: spike.count,
        first_seen: spike.first,
        last_seen: spike.last,
        mta: spike.mta.unwrap_or(Mta::Postfix),
        trigger: spike.trigger.clone()?,
        evidence: spike.proofs.iter().cloned().collect(),
        remedy: words.remedy,
        quiet_seconds: QUIET_SECONDS,
    })
}
