//! What is said of a trusted source or a local user, in words.

use std::net::IpAddr;

use super::usage::{Signs, Usage};
use super::{ID, Settings, TrustedSourceAbuse, UserId};
use crate::detect::remedy;
use crate::detect::spell::Words;
use crate::detect::words::counted;
use crate::model::{Finding, Severity, Subject, duration_in_words};

impl TrustedSourceAbuse {
    pub(super) fn source_finding(&mut self, ip: IpAddr) -> Option<Finding> {
        finding(Subject::ip(ip), self.sources.get_mut(&ip)?, self.settings.ip(ip))
    }

    pub(super) fn user_finding(&mut self, user: UserId) -> Option<Finding> {
        let settings = self.settings.account(user.name());
        finding(Subject::local_user(user.name()), self.users.get_mut(&user)?, settings)
    }
}

/// What is to be said of `subject`, at least as grave as what was said before.
fn finding(subject: Subject, usage: &mut Usage, settings: &Settings) -> Option<Finding> {
    let signs = Signs::of(usage, settings, usage.spell.last);
    let severity = signs.severity().max(usage.spell.gravest())?;
    let mta = usage.spell.mta();
    let title = match severity {
        _ if signs.is_gateway() => "A trusted address hides many machines",
        Severity::Info => "Much mail from a trusted source",
        _ => "A trusted source sends what it should not",
    };
    let mut said = vec![format!(
        "{subject} sent mail to {} elsewhere within {}",
        counted(signs.recipients, "recipient"),
        duration_in_words(settings.window_seconds)
    )];
    said.extend(signs.messages.map(|unusual| format!("in more messages than was learned ({unusual})")));
    said.extend(signs.bounced.map(|bounced| format!("{} of them came back", counted(bounced, "mail"))));
    said.extend(signs.senders.map(|many| format!("senders in {}", many.of("domains not stated to be yours"))));
    said.extend(signs.helo.map(|many| many.of("HELO names")));
    let consequence = if signs.is_gateway() {
        " So it is no single machine, but a gateway or the bridge of a container network: whoever is behind it may relay."
    } else {
        ""
    };
    let summary = format!("{}.{}{consequence}", said.join("; "), usage.verdict);
    let remedy = match severity {
        _ if signs.is_gateway() => remedy::gateway(mta),
        Severity::Info => "Nothing has to be changed if this is a newsletter, a mailing list or forwarded mail. An \
                           override of recipients for this source makes it quiet."
            .to_owned(),
        _ => remedy::trusted_source(mta, &subject),
    };
    usage.spell.finding(ID, subject, severity, Words { title: title.to_owned(), summary, remedy })
}
