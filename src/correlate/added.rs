//! Recipients that the server added itself: `always_bcc`, `recipient_bcc_maps`, a milter. They look like a client's,
//! and are nobody's relay attempt.
//!
//! The end of a session says how many recipients the client got accepted (`rcpt=2`), the queue manager how many a
//! message has (`nrcpt=3`). Where a stranger's message has more than one, those in foreign domains are held until
//! both are known; if they are no more than what was added, nobody but the server chose them.

use super::delivery::Delivery;
use super::locality::Locality;
use super::message::{Message, MessageKey};
use super::session::{MAX_MESSAGES, SessionKey};
use super::{Correlator, Tell};
use crate::model::Authority;

impl Correlator {
    /// Whether the recipient may be one that the server added.
    pub(super) fn may_be_added(&self, key: MessageKey, delivery: &Delivery<'_>) -> bool {
        self.messages.get(&key).is_some_and(|message| {
            message.entry.authority == Some(Authority::None)
                && !message.is_copy
                && message.recipients > 1
                && message.added != Some(0)
                && delivery.original.is_none()
                && self.domains.of(delivery.recipient) != Locality::Ours
        })
    }

    /// A session is over, and says how many recipients its client got accepted.
    pub(super) fn count_recipients(&mut self, key: SessionKey, commands: &[u8], tell: Tell<'_>) {
        let Some(session) = self.sessions.get(&key).filter(|session| !session.messages.is_empty()) else {
            return;
        };
        let ids = session.messages.clone();
        let key = |id| MessageKey { host: key.host, id };
        let queued: Option<u32> =
            ids.iter().map(|&id| self.messages.get(&key(id)).map(|m| m.recipients).filter(|&n| n > 0)).sum();
        let added = match (accepted_recipients(commands), queued) {
            (Some(accepted), Some(queued)) if ids.len() <= MAX_MESSAGES => {
                // Whoever adds recipients adds as many to each message.
                let more = queued.saturating_sub(accepted);
                if (more as usize).is_multiple_of(ids.len()) { more / ids.len() as u32 } else { 0 }
            }
            _ => 0,
        };
        for id in ids {
            let Some(message) = self.messages.get_mut(&key(id)) else { continue };
            message.added = Some(added);
            let removed = message.removed.is_some();
            self.release_if_not_added(key(id), tell);
            if removed && self.messages.get(&key(id)).is_some_and(|message| !message.may_come_back()) {
                self.close(key(id), tell);
            }
        }
    }

    /// Tells what was held, once there is more of it than the server added.
    pub(super) fn release_if_not_added(&mut self, key: MessageKey, tell: Tell<'_>) {
        let Some(message) = self.messages.get_mut(&key) else { return };
        let Some(added) = message.added else { return };
        if message.held.len() > added as usize && !message.is_copy && !message.may_come_back() {
            message.added = Some(0);
            self.release(key, true, tell);
        }
    }
}

impl Message {
    /// Whether it holds recipients until its session ends.
    pub(super) fn waits_for_count(&self) -> bool {
        self.added.is_none() && self.recipients > 1 && !self.is_copy && !self.held.is_empty()
    }

    /// Whether all that it holds is what the server added.
    pub(super) fn explained_by_addition(&self) -> bool {
        self.added.is_some_and(|added| added > 0 && self.held.len() <= added as usize)
    }

    /// Whether it holds what a filter run by pipe(8) may give back.
    pub(super) fn may_come_back(&self) -> bool {
        self.message_id != 0 && self.held.iter().any(|held| held.proves_local)
    }
}

/// The `2` of `rcpt=2` or `rcpt=2/5`; 0 where no RCPT was sent.
fn accepted_recipients(commands: &[u8]) -> Option<u32> {
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
        assert_eq!(accepted_recipients(b"rcpt=99999999999999999999"), None);
    }
}
