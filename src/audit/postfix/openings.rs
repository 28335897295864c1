//! Whether the restrictions refuse what a stranger wants relayed, or what somebody who forges a sender or a HELO does.
//!
//! Without a refusal that it can see in one of the two lists that decide about relaying, smtpd(8) ends instead of taking mail.
//! At RCPT Postfix asks `smtpd_client_restrictions`, `smtpd_helo_restrictions`, `smtpd_sender_restrictions`,
//! `smtpd_relay_restrictions` and `smtpd_recipient_restrictions` (postconf(5)); what one of them refuses is refused. So a
//! server is open only if none does.

use super::Gaps;
use super::lines::{Files, Place};
use super::parameters::Parameters;
use super::restrictions::{grouped, permits};
use super::services::Service;
use super::table::{Table, table};

/// The lists, those that decide about relaying last.
const LISTS: [&str; 5] = [
    "smtpd_client_restrictions",
    "smtpd_helo_restrictions",
    "smtpd_sender_restrictions",
    "smtpd_relay_restrictions",
    "smtpd_recipient_restrictions",
];
/// Those in one of which smtpd(8) wants to see a refusal.
const RELAYING: [&str; 2] = ["smtpd_relay_restrictions", "smtpd_recipient_restrictions"];
/// A class of restrictions may name another one; nobody goes deeper.
const MAX_DEPTH: usize = 10;
/// Restrictions that are looked at: classes that name each other over and over end there.
const MOST: usize = 10_000;

/// How a list ends for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    /// Refused.
    Refused,
    /// Let through, by this.
    Permitted(String),
    /// The list has nothing more to say: the next one is asked.
    Undecided,
}

/// Whom a list is asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Client {
    /// Somebody of whom nothing is known.
    Stranger,
    /// The same, who writes into HELO and sender what is permitted there.
    Forger,
}

/// What lets strangers relay by `main.cf`, if anything does.
pub(super) fn of_server(parameters: &Parameters, files: &Files, gaps: &mut Gaps) -> Option<String> {
    opening(parameters, files, gaps)
}

/// The same for a service of `master.cf` that has lists of its own and listens where strangers reach it.
pub(super) fn of_service(
    service: &Service,
    parameters: &Parameters,
    files: &Files,
    gaps: &mut Gaps,
) -> Option<String> {
    let own = LISTS.iter().any(|list| service.sets(list));
    let found = (own && !service.is_on_loopback()).then(|| opening(parameters, files, gaps)).flatten()?;
    Some(format!("Service {} ({}): {found}", service.name, service.place))
}

fn opening(parameters: &Parameters, files: &Files, gaps: &mut Gaps) -> Option<String> {
    let mut left = MOST;
    if !RELAYING.iter().any(|list| has_refusal(parameters, list, 0, &mut left, gaps)) {
        gaps.note(format!(
            "{}: neither {} nor {} has reject_unauth_destination in front of any `permit`, so Postfix takes no mail at all",
            parameters.place(RELAYING[0]),
            RELAYING[0],
            RELAYING[1]
        ));
        return None;
    }
    for client in [Client::Stranger, Client::Forger] {
        let mut lists = Lists { parameters, files, gaps, client, left: MOST };
        let ends: Vec<End> = LISTS.iter().map(|list| lists.end(list)).collect();
        if ends.contains(&End::Refused) {
            continue;
        }
        // Whatever stands in front of the refusal that is there.
        return ends.into_iter().rev().find_map(|end| match end {
            End::Permitted(by) => Some(by),
            _ => None,
        });
    }
    None
}

/// Whether smtpd(8) sees a refusal in a list: in front of any `permit`, or in a class of restrictions.
fn has_refusal(parameters: &Parameters, name: &str, depth: usize, left: &mut usize, gaps: &mut Gaps) -> bool {
    let mut has_no_effect = false;
    for restriction in grouped(&parameters.value(name, gaps)) {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        if std::mem::take(&mut has_no_effect) {
            continue;
        }
        match &*restriction {
            "warn_if_reject" => has_no_effect = true,
            "permit" => return false,
            "reject"
            | "defer"
            | "reject_unauth_destination"
            | "defer_unauth_destination"
            | "defer_if_permit" => {
                return true;
            }
            class
                if depth < MAX_DEPTH
                    && parameters.is_set(class)
                    && has_refusal(parameters, class, depth + 1, left, gaps) =>
            {
                return true;
            }
            _ => {}
        }
    }
    false
}

struct Lists<'a> {
    parameters: &'a Parameters,
    files: &'a Files,
    gaps: &'a mut Gaps,
    client: Client,
    /// Restrictions that may still be looked at.
    left: usize,
}

impl Lists<'_> {
    fn end(&mut self, list: &str) -> End {
        self.end_of(list, list, 0)
    }

    /// The end of the restrictions in parameter `name`, which `list` is, or leads to.
    fn end_of(&mut self, list: &str, name: &str, depth: usize) -> End {
        let (value, place) = (self.parameters.value(name, self.gaps), self.parameters.place(name));
        let mut has_no_effect = false;
        for restriction in grouped(&value) {
            if self.left == 0 {
                return End::Undecided;
            }
            self.left -= 1;
            let is_tried = std::mem::take(&mut has_no_effect);
            match &*restriction {
                "warn_if_reject" => has_no_effect = true,
                "reject" | "defer" | "reject_unauth_destination" | "defer_unauth_destination"
                    if !is_tried =>
                {
                    return End::Refused;
                }
                "permit" => return End::Permitted(format!("`permit` in {}", self.parameters.stated(name))),
                check if check.starts_with("check_") => {
                    if let Some(by) = self.permitted_by(check, &place) {
                        return End::Permitted(format!("{by} in {}", self.parameters.stated(name)));
                    }
                }
                class if depth < MAX_DEPTH && class != list && self.parameters.is_set(class) => {
                    let end = self.end_of(list, class, depth + 1);
                    if end != End::Undecided {
                        return end;
                    }
                }
                _ => {}
            }
        }
        End::Undecided
    }

    /// What a table of actions permits, whoever asks: everything, or what anybody can write into a sender or a HELO.
    fn permitted_by(&mut self, check: &str, place: &Place) -> Option<String> {
        let (asks, name) = check.split_once(' ')?;
        if let Some(action) = name.strip_prefix("static:") {
            return (permits(action) == Some(true)).then(|| format!("`{check}`"));
        }
        if self.client != Client::Forger || !matches!(asks, "check_sender_access" | "check_helo_access") {
            return None;
        }
        let Table::Keys(keys) = table(name, place, self.files) else { return None };
        let key = keys.into_iter().find(|key| permits(&key.value) == Some(true))?;
        let what = if asks == "check_helo_access" { "HELO" } else { "sender" };
        Some(format!(
            "`{} {}` ({}), which anybody can write as {what}, by {asks}",
            key.text, key.value, key.place
        ))
    }
}
