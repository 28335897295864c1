//! Queue ids: short ones are microseconds and inode in hexadecimal (`4C3A91B02C7`), long ones seconds, microseconds and
//! inode in a safe alphabet (`4fXk2b3Rw1z9Kd`; `enable_long_queue_ids`, postconf(5)). No two messages in the queue share one; a short
//! one now and then returns after its message was removed, as it does on small, busy file systems.

use std::collections::VecDeque;

use crate::simulation::clock::{Micros, SECOND};
use crate::simulation::random::Random;
use crate::simulation::server::QueueIdStyle;

/// Digits of base 52: no vowels. The first 51 are those of the inode, which must not hold the separator `z`.
const ALPHABET: &[u8; 52] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

/// Hands out queue ids.
pub(super) struct QueueIds {
    style: QueueIdStyle,
    random: Random,
    inode: u32,
    removed: VecDeque<(Micros, String)>,
}

impl QueueIds {
    pub(crate) fn new(style: QueueIdStyle, seed: u64) -> Self {
        Self { style, random: Random::new(seed, 0x1D5), inode: 0, removed: VecDeque::new() }
    }

    /// The id of a message that enters the queue at `at`.
    pub(crate) fn new_id(&mut self, at: Micros) -> String {
        if self.style == QueueIdStyle::Short
            && self.random.permille(3)
            && self.removed.front().is_some_and(|&(removed, _)| removed + SECOND < at)
            && let Some((_, id)) = self.removed.pop_front()
        {
            return id;
        }
        // 2^22 inodes: one comes back only after millions of messages, then with other microseconds.
        self.inode = (self.inode + 1) & 0x003F_FFFF;
        let inode = 0x0010_0000 + self.inode;
        let micros = at.rem_euclid(SECOND);
        match self.style {
            QueueIdStyle::Short => format!("{micros:05X}{inode:X}"),
            QueueIdStyle::Long => {
                let mut id = Vec::with_capacity(16);
                digits(at.div_euclid(SECOND) as u64, 52, 6, &mut id);
                digits(micros as u64, 52, 4, &mut id);
                id.push(b'z');
                digits(u64::from(inode), 51, 1, &mut id);
                id.into_iter().map(char::from).collect()
            }
        }
    }

    /// The message `id` leaves the queue at `at`.
    pub(crate) fn removed(&mut self, id: &str, at: Micros) {
        if self.removed.len() < 16 {
            self.removed.push_back((at, id.to_owned()));
        }
    }
}

/// Appends `number` in `base`, at least `width` digits.
fn digits(mut number: u64, base: u64, width: usize, out: &mut Vec<u8>) {
    let start = out.len();
    while number > 0 || out.len() - start < width {
        out.push(ALPHABET[(number % base) as usize]);
        number /= base;
    }
    out[start..].reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_shape() {
        let at = 1_772_409_661 * SECOND + 4660;
        assert_eq!(QueueIds::new(QueueIdStyle::Short, 1).new_id(at), "01234100001");
        let long = QueueIds::new(QueueIdStyle::Long, 1).new_id(at);
        assert_eq!(
            long.find('z').filter(|&at| at >= 10),
            long.rfind('z'),
            "one separator behind the time: {long}"
        );
    }

    #[test]
    fn a_short_id_returns_only_after_its_message_was_removed() {
        let mut ids = QueueIds::new(QueueIdStyle::Short, 1);
        let id = ids.new_id(0);
        ids.removed(&id, 500 * SECOND);
        assert!((1..4000).all(|at| ids.new_id(at * SECOND / 10) != id));
        assert!((5020..20_000).any(|at| ids.new_id(at * SECOND / 10) == id));
    }
}
