//! What Exim's lines need joined in a way of their own.
//!
//! With `control = cutthrough_delivery` a message goes on while its client still waits for the answer, so `>>` stands
//! before `<=`: the delivery waits for the line that says whose message it was.

use super::message::Message;
use super::{Correlator, Tell};
use crate::aggregate::Slot;
use crate::model::{Event, Field, Mta};

impl Correlator {
    /// Whether a message was passed on, and how it came in is still to be told.
    pub(super) fn awaits_arrival(&self, slot: Slot) -> bool {
        let message = &self.messages[slot];
        message.mta == Some(Mta::Exim) && message.entry.first_id.is_none() && !message.held.is_empty()
    }

    /// How a message came in is known: tells what waited for that.
    pub(super) fn arrived(&mut self, slot: Slot, tell: Tell<'_>) {
        let message = &self.messages[slot];
        if message.mta == Some(Mta::Exim) && message.maybe_copy_of.is_none() && !message.held.is_empty() {
            self.release(slot, true, tell);
        }
    }
}

impl Message {
    /// Whether this delivery was told before the arrival.
    pub(super) fn is_cut_through(&self, event: &Event<'_>) -> bool {
        self.entry.first_id.is_none() && event.get(Field::Action) == Some(b"cutthrough")
    }
}
