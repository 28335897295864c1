//! The end of messages: removed from the queue, given up by us, or still there when the log ends.

use std::collections::HashSet;
use std::collections::hash_map::Entry;

use super::intake::message_key;
use super::tell::{Telling, line_of};
use super::{Correlator, MAX_MESSAGES, Tell};
use crate::aggregate::Slot;
use crate::model::{Event, EventTime, LineRef, Outcome};

impl Correlator {
    pub(super) fn removed(&mut self, event: &Event<'_>, tell: Tell<'_>) {
        let Some(slot) = message_key(event).and_then(|key| self.message_of(&key)) else { return };
        let message = &mut self.messages[slot];
        // Delivered by pipe(8), and a filter's copy may still come back through pickup(8); or the session is still
        // open, and its end will say how many recipients the client named.
        if message.may_come_back() || message.waits_for_count() {
            self.linger(slot, event.time());
            return;
        }
        self.release(slot, true, tell);
        self.end_pending(slot, None, line_of(event), tell);
        self.forget(slot);
    }

    /// A message has left the queue, and waits for what may still come of it.
    pub(super) fn linger(&mut self, slot: Slot, time: EventTime) {
        self.messages[slot].removed = Some(time);
        if self.lingering.len() >= 2 * MAX_MESSAGES {
            // Most of these have begun to wait anew since.
            let mut kept = HashSet::new();
            self.lingering.retain(|&(removed, key)| {
                let slot = self.messages.find(&key);
                slot.is_some_and(|slot| self.messages[slot].removed == Some(removed)) && kept.insert(key)
            });
        }
        self.lingering.push_back((time, self.messages.key(slot)));
    }

    /// Tells what is open of a message and forgets it.
    pub(super) fn close(&mut self, slot: Slot, tell: Tell<'_>) {
        self.release(slot, true, tell);
        self.release_waiting(slot, None, tell);
        let key = self.messages.key(slot);
        let message = &self.messages[slot];
        let is_untold = !message.told && message.removed.is_none() && message.entry.authority.is_some();
        // Of most there is nothing left to be told.
        if (is_untold || !message.pending.is_empty())
            && let Some(&origin) = message.lines.last()
        {
            let text =
                message.entry.line.map(|line| message.texts.get(line.text).to_vec()).unwrap_or_default();
            let line = LineRef { origin, time: message.entry.time, text: &text };
            if is_untold {
                let telling = Telling::accepted(message.entry.authority, line);
                message.tell(key, &self.domains, &telling, tell);
            }
            self.end_pending(slot, None, line, tell);
        }
        self.forget(slot);
    }

    /// Tells the recipients that still wait a last time, with `outcome` or as they stand.
    pub(super) fn end_pending(
        &mut self,
        slot: Slot,
        outcome: Option<Outcome>,
        line: LineRef<'_>,
        tell: Tell<'_>,
    ) {
        let key = self.messages.key(slot);
        let message = &self.messages[slot];
        for waiting in &message.pending {
            let telling = Telling {
                recipient: Some(message.texts.get(waiting.recipient)),
                original: waiting.original.map(|original| message.texts.get(original)),
                authority: waiting.authority,
                outcome: outcome.unwrap_or(waiting.outcome),
                class: None,
                status: None,
                next_hop: None,
                line,
                first: false,
                tried: outcome.is_some() && waiting.outcome == Outcome::Accepted,
                last: true,
            };
            message.tell(key, &self.domains, &telling, tell);
        }
        self.messages[slot].pending.clear();
    }

    pub(super) fn forget(&mut self, slot: Slot) {
        let key = self.messages.key(slot);
        let id_hash = self.messages[slot].id_hash;
        if id_hash != 0
            && let Entry::Occupied(newest) = self.by_message_id.entry((key.host, id_hash))
            && *newest.get() == key.id
        {
            newest.remove();
        }
        self.message_bytes = self.message_bytes.saturating_sub(self.messages[slot].weight);
        self.messages.remove(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::MessageKey;
    use super::*;
    use crate::model::{HostId, Memory, QueueId, Site};

    #[test]
    fn messages_that_are_done_again_and_again_wait_in_bounded_memory() {
        let mut correlator = Correlator::new(Site::default(), Memory::default());
        let at = EventTime::from_seconds;
        let slots = [b"4F2A1B3C5D", b"4F2A1B3C61"].map(|id| {
            let key = MessageKey { host: HostId(0), id: QueueId::new(id).unwrap() };
            correlator.messages.insert(key, at(0))
        });
        for n in 0..3 * MAX_MESSAGES {
            correlator.linger(slots[n % 2], at(1));
            correlator.linger(slots[n % 2], at(2));
        }
        assert!(correlator.lingering.len() <= 2 * MAX_MESSAGES);
        correlator.watermark(at(301), &mut |_| {});
        assert_eq!(correlator.messages.slots().len(), 2);
        correlator.watermark(at(302), &mut |_| {});
        assert_eq!(correlator.messages.slots().len(), 0);
    }
}
