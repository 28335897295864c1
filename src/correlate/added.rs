//! Recipients that the server added itself: `always_bcc`, `recipient_bcc_maps`, a milter. They look like a client's,
//! and are nobody's relay attempt.
//!
//! The end of a session says how many recipients the client got accepted (`rcpt=2`), the queue manager how many a
//! message has (`nrcpt=3`). Where a stranger's message has more than one, those in foreign domains are held until
//! both are known; if they are no more than what was added, nobody but the server chose them. An alias that leads to
//! many recipients explains a difference, too: what it makes is taken off, or a client could hide behind a list.

use super::intake::text_hash;
use super::message::{Message, MessageKey};
use super::session::MAX_MESSAGES;
use super::{Correlator, Tell};
use crate::aggregate::Slot;
use crate::model::Authority;

impl Correlator {
    /// A session is over, and says how many recipients its client got accepted.
    pub(super) fn count_recipients(&mut self, session: Slot, commands: &[u8], tell: Tell<'_>) {
        if self.sessions[session].messages.is_empty() {
            return;
        }
        let host = self.sessions.key(session).host;
        let ids = &self.sessions[session].messages;
        let mut slots = [None; MAX_MESSAGES + 1];
        for (slot, &id) in slots.iter_mut().zip(ids) {
            *slot = self.messages.find(&MessageKey { host, id });
        }
        let slots = &slots[..ids.len().min(MAX_MESSAGES + 1)];
        let recipients =
            |slot: &Option<Slot>| slot.map(|slot| self.messages[slot].recipients).filter(|&n| n > 0);
        let queued: Option<u32> = slots.iter().map(recipients).sum();
        let added = match (accepted_recipients(commands), queued) {
            (Some(accepted), Some(queued)) if slots.len() <= MAX_MESSAGES => {
                // Whoever adds recipients adds as many to each message.
                let more = queued.saturating_sub(accepted);
                if (more as usize).is_multiple_of(slots.len()) { more / slots.len() as u32 } else { 0 }
            }
            _ => 0,
        };
        for &slot in slots.iter().flatten() {
            self.messages[slot].added = Some(added);
            self.release_if_not_added(slot, tell);
            if self.messages[slot].removed.is_some() && !self.messages[slot].may_come_back() {
                self.close(slot, tell);
            }
        }
    }

    /// Tells what was held, once there is more of it than the server added.
    pub(super) fn release_if_not_added(&mut self, slot: Slot, tell: Tell<'_>) {
        let message = &mut self.messages[slot];
        let Some(added) = message.added else { return };
        if message.held.len() > added as usize && !message.is_copy() && !message.may_come_back() {
            message.added = Some(0);
            self.release(slot, true, tell);
        }
    }
}

/// More aliases in one message than this count as made by one of them: that only makes less be explained.
const MAX_ALIASES: usize = 100;

impl Message {
    /// Whether a foreign recipient may be one that the server added.
    pub(super) fn may_be_added(&self) -> bool {
        self.entry.authority == Some(Authority::None)
            && !self.is_copy()
            && self.recipients > 1
            && self.added != Some(0)
    }

    /// Whether it holds recipients until its session ends.
    pub(super) fn waits_for_count(&self) -> bool {
        self.added.is_none() && self.recipients > 1 && !self.is_copy() && !self.held.is_empty()
    }

    /// Whether all that it holds is what the server added.
    pub(super) fn explained_by_addition(&self) -> bool {
        self.added.is_some_and(|added| {
            let alone = added.saturating_sub(self.expanded);
            alone > 0 && self.held.len() <= alone as usize
        })
    }

    /// A recipient was told that the client named as `original`.
    pub(super) fn count_expansion(&mut self, original: &[u8]) {
        let alias = text_hash(original);
        if self.aliases.contains(&alias) || self.aliases.len() >= MAX_ALIASES {
            self.expanded += 1;
        } else {
            self.aliases.push(alias);
        }
    }

    /// Whether it holds what a filter run by pipe(8) may give back.
    pub(super) fn may_come_back(&self) -> bool {
        self.id_hash != 0 && self.held.iter().any(|held| held.proves_local)
    }
}

/// The `2` of `rcpt=2` or `rcpt=2/5`; 0 where no RCPT was sent. Postfix before 3.0 gives no counts.
fn accepted_recipients(commands: &[u8]) -> Option<u32> {
    if commands.is_empty() {
        return None;
    }
    for word in commands.split(|&byte| byte == b' ') {
        if let Some(counts) = word.strip_prefix(b"rcpt=") {
            let digits = counts.iter().take_while(|byte| byte.is_ascii_digit()).count();
            return std::str::from_utf8(&counts[..digits]).ok()?.parse().ok();
        }
    }
    Some(0)
}

#[cfg(test)]
mod tests {
    use super::accepted_recipients;

    #[test]
    fn accepted_recipients_stand_before_the_slash() {
        assert_eq!(accepted_recipients(b"ehlo=1 mail=1 rcpt=2/5 data=1 commands=4/7"), Some(2));
        assert_eq!(accepted_recipients(b"ehlo=1 rcpt=3"), Some(3));
        assert_eq!(accepted_recipients(b"ehlo=1 quit=1 commands=2"), Some(0));
        assert_eq!(accepted_recipients(b""), None);
        assert_eq!(accepted_recipients(b"rcpt=99999999999999999999"), None);
    }
}
