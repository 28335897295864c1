//! What goes to the couriers, and what they bring back.

use super::Engine;
use crate::model::shown_text;
use crate::runtime::live::clocks::wall;
use crate::sink::Failure;

impl Engine {
    /// Takes what couriers bring back, and hands them what is due.
    pub(super) fn deliver(&mut self) {
        let now = wall();
        for outcome in self.couriers.outcomes() {
            let (sink, numbers) = (&*outcome.sink, &outcome.numbers[..]);
            match outcome.result {
                Ok(()) => {
                    tracing::debug!("{sink} has taken {} of them", numbers.len());
                    self.dispatch.delivered(numbers, now);
                }
                Err(Failure::Later { why, after }) => {
                    tracing::warn!("{sink}: {}; it is tried again", shown_text(&why));
                    self.dispatch.failed_later(numbers, &why, after, now);
                }
                Err(Failure::Refused { why }) => {
                    tracing::error!(
                        "{sink} refuses: {}; see `relaywatch alerts list --dead`",
                        shown_text(&why)
                    );
                    self.dispatch.refused(numbers, &why, now);
                }
                Err(Failure::Gone { why }) => {
                    tracing::error!(
                        "{sink} is gone: {}; nothing is sent there until its configuration is corrected and read again, \
                         or `relaywatch alerts retry`",
                        shown_text(&why)
                    );
                    self.dispatch.gone(sink, numbers, &why, now);
                }
            }
        }
        let even_unstored = self.store.failure().is_some();
        for courier in self.couriers.all.iter_mut().filter(|courier| !courier.is_busy) {
            let entries = self.dispatch.next(&courier.sink, courier.most, now, even_unstored);
            if entries.is_empty() {
                continue;
            }
            let numbers: Vec<u64> = entries.iter().map(|entry| entry.number).collect();
            if !courier.hand(entries) {
                self.dispatch.failed_later(&numbers, "its thread has ended", None, now);
            }
        }
        self.urge();
    }
}
