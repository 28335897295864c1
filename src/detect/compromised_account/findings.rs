//! What is said of an account, in words.

use super::attack::Suspicion;
use super::signs::Signs;
use super::{CompromisedAccount, ID};
use crate::detect::account::AccountId;
use crate::detect::remedy;
use crate::detect::spell::Words;
use crate::detect::words::counted;
use crate::model::{EventTime, Finding, Severity, Subject, duration_in_words};

impl CompromisedAccount {
    /// What is to be said of `account` as of `now`, at least as grave as what was said before.
    pub(super) fn finding(&mut self, account: AccountId, now: EventTime) -> Option<Finding> {
        let usage = self.accounts.get_mut(&account)?;
        let settings = self.settings.account(&usage.name);
        let signs = Signs::of(usage, settings, now);
        let severity = signs.severity().max(usage.spell.gravest())?;
        let subject = Subject::account(&usage.name);
        let reasons = reasons(&signs, settings.window_seconds);
        let words = Words {
            title: match severity {
                Severity::Critical => "Somebody else uses an account".to_owned(),
                Severity::Warning => "Somebody else may use an account".to_owned(),
                Severity::Info => "A login that could be somebody else's".to_owned(),
            },
            summary: format!("{}: {}.", subject.value, reasons.join("; ")),
            remedy: match severity {
                Severity::Info => "Nothing has to be changed if its owner logged in. Ask, if in doubt.".to_owned(),
                _ => remedy::compromised_account(usage.spell.mta()),
            },
        };
        usage.spell.finding(ID, subject, severity, words)
    }
}

/// The signs in words, the gravest first.
fn reasons(signs: &Signs, window: i64) -> Vec<String> {
    let span = duration_in_words(window);
    let mut reasons = Vec::new();
    let login = signs.login.map(|suspicion| match suspicion {
        Suspicion::Guessed => "a login succeeded from where passwords had been tried before",
        Suspicion::Corrected => "a login succeeded after the same address had failed again and again",
        Suspicion::Attacked => "it logged in from a new network while others were trying its password",
    });
    reasons.extend(login.map(str::to_owned));
    if let Some(wrote) = signs.wrote {
        reasons.push(format!("since then mail to {} elsewhere, from where it is not at home", counted(wrote, "recipient")));
    }
    if let Some(networks) = signs.networks {
        reasons.push(format!("logins from {} within {span}", counted(networks, "new network")));
    }
    if let Some(senders) = signs.senders {
        reasons.push(format!("mail from {} that it never used before", counted(senders, "sender domain")));
    }
    if let Some(bounced) = signs.bounced {
        reasons.push(format!("mail to {} came back within {span}", counted(bounced, "recipient")));
    }
    if signs.recipients > 0 {
        reasons.push(format!("mail to {} elsewhere within {span}", counted(signs.recipients, "recipient")));
    }
    if reasons.is_empty() {
        reasons.push("it is used again as before".to_owned());
    }
    reasons
}
