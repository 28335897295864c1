//! A message in a server's queue, and what is the same for every server that delivers it.

use crate::simulation::clock::{DAY, Micros};
use crate::simulation::fact::{Attempt, Whose};
use crate::simulation::visit::{Authority, Fate, Mail, Recipient, Route};

/// A message in the queue.
pub(crate) struct Queued<'a> {
    pub(crate) id: String,
    pub(crate) mail: &'a Mail,
    pub(crate) authority: Authority,
    pub(crate) whose: Whose,
    /// When it entered the queue.
    pub(crate) entered: Micros,
}

impl<'a> Queued<'a> {
    /// What a visit left, under this id.
    pub(crate) fn of_client(id: String, mail: &'a Mail, authority: Authority, entered: Micros) -> Self {
        Self { id, mail, authority, whose: Whose::Client, entered }
    }

    /// What a line tells of the way of `recipient`, by whether it is the first to name it.
    pub(crate) fn attempt(&self, recipient: &Recipient, is_first: bool) -> Attempt {
        if is_first { self.whose.attempt(self.authority, recipient.party.route) } else { Attempt::NotCounted }
    }

    /// The same as [`fails_again`] of a message in this queue.
    pub(crate) fn fails_again(&self, at: Micros, done: u32, tries: Option<u32>) -> bool {
        fails_again(self.entered + self.mail.wait, at, done, tries)
    }
}

/// Whether a recipient whom it was tried to reach since `first` is tried in vain once more at `at`, after so many vain
/// tries: until `tries` of them are over, or, where it is never reached, for a day.
pub(crate) fn fails_again(first: Micros, at: Micros, done: u32, tries: Option<u32>) -> bool {
    tries.map_or(at < first + DAY, |tries| done < tries)
}

/// Takes those out of `recipients` who are simply delivered to at somebody else's domain, in groups by domain: such are
/// delivered to together.
pub(crate) fn take_together<'a>(recipients: &mut Vec<&'a Recipient>) -> Vec<(u32, Vec<&'a Recipient>)> {
    let mut together: Vec<(u32, Vec<&Recipient>)> = Vec::new();
    recipients.retain(|recipient| {
        let (Fate::Delivered, Route::Remote(domain)) = (&recipient.fate, recipient.party.route) else {
            return true;
        };
        match together.iter_mut().find(|(known, _)| *known == domain) {
            Some((_, group)) => group.push(recipient),
            None => together.push((domain, vec![recipient])),
        }
        false
    });
    together
}
