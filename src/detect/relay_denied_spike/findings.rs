//! What is said of denials, in words.

use std::net::IpAddr;

use super::denials::Denials;
use crate::detect::domain::DomainId;
use super::{ID, RelayDeniedSpike};
use crate::detect::remedy;
use crate::detect::spell::Words;
use crate::detect::words::{counted, listed, within};
use crate::model::{Finding, Mta, Network, Severity, Subject, SubjectKind};

impl RelayDeniedSpike {
    /// A finding about `subject`, whose spell has a trigger.
    fn finding(&self, subject: Subject, denials: &Denials, severity: Severity) -> Option<Finding> {
        let (spell, domains) = (&denials.spike.spell, &denials.domains);
        let sources = if subject.kind == SubjectKind::Ip { "" } else { " from many addresses" };
        let addresses = match subject.kind {
            SubjectKind::Ip => String::new(),
            _ if spell.is_slow() => format!(", from {}", denials.spread.addresses(spell.last)),
            _ => format!(", from {}", denials.spike.addresses()),
        };
        let domains = if domains.is_empty() {
            String::new()
        } else {
            format!(", to {}", listed(domains.iter(), domains.len()))
        };
        let learned = match subject.kind {
            SubjectKind::Site => self.verdict.to_string(),
            _ => String::new(),
        };
        let words = Words {
            title: format!("{} denied{sources}", counted(spell.count.max(denials.day.total()), "relay attempt")),
            summary: format!(
                "{subject} was refused {}{}{}{addresses}{domains}. The server did not relay for it.{learned}",
                counted(spell.count, "time"),
                within(spell.first, spell.last),
                denials.day.beside(spell.count),
            ),
            remedy: self.remedy(severity, spell.mta()),
        };
        spell.finding(ID, subject, severity, words)
    }

    fn remedy(&self, severity: Severity, mta: Mta) -> String {
        let text = "The server refused, so nothing has to be changed on it.";
        if severity == Severity::Info {
            return text.to_owned();
        }
        format!(
            "{text} To save it the work, block the source at the firewall; fail2ban does so by itself (maxretry = {}, \
             findtime = {} in its jail {}). If the spike goes on, check that every server of the site refuses \
             the same.",
            self.settings.usual.source_denials,
            self.settings.usual.window_seconds,
            remedy::jail(mta),
        )
    }

    pub(super) fn source_finding(&self, source: IpAddr) -> Option<Finding> {
        let denials = self.sources.get(&source)?;
        let spell = &denials.spike.spell;
        // Who takes days for it costs nothing.
        let is_much = denials.day.part(spell, spell.count) >= self.settings.ip(source).warning_denials;
        let severity = if is_much { Severity::Warning } else { Severity::Info };
        self.finding(Subject::ip(source), denials, severity)
    }

    pub(super) fn network_finding(&self, network: Network) -> Option<Finding> {
        self.finding(Subject::network(network), self.networks.get(&network)?, Severity::Warning)
    }

    pub(super) fn site_finding(&self) -> Option<Finding> {
        let severity = if self.site.spike.spell.is_slow() { Severity::Info } else { Severity::Warning };
        self.finding(Subject::site(), &self.site, severity)
    }

    pub(super) fn domain_finding(&self, id: DomainId) -> Option<Finding> {
        let domain = self.domains.get(&id)?;
        let subject = Subject::domain(&domain.name);
        let (name, spell) = (&subject.value, &domain.spell);
        let words = Words {
            title: "Mail of a domain that is not yours still comes here".to_owned(),
            summary: format!(
                "Mail servers of {} or more networks were refused {}{} for {name} alone. They follow its MX record, which \
                 names this server, as a rule because {name} was hosted here once.",
                self.settings.domain(&domain.name).domain_networks,
                counted(spell.count, "time"),
                within(spell.first, spell.last),
            ),
            remedy: format!(
                "See where the record leads:\n  dig +short MX {name}\nIf it names this server, and {name} is hosted elsewhere \
                 now, tell its owner to correct the record: his mail is lost until then. If {name} is yours, {}. If the \
                 record leads elsewhere, others try to relay: nothing has to be changed.",
                remedy::add_domain(spell.mta()),
            ),
        };
        spell.finding(ID, subject, Severity::Warning, words)
    }
}
