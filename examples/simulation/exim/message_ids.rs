//! Message ids: seconds, process id and fraction of a second in base 62 (the specification, "Message identification"):
//! `1tUYzL-0001XX-AB` in 6-6-2 characters, since 4.97 `1tUYzL-0000000HlaV-1Wxy` in 6-11-4.

use crate::simulation::clock::{Micros, SECOND};
use crate::simulation::server::QueueIdStyle;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Hands out ids.
pub(super) struct MessageIds {
    style: QueueIdStyle,
}

impl MessageIds {
    pub(super) fn new(style: QueueIdStyle) -> Self {
        Self { style }
    }

    /// The id of a message that process `pid` begins to receive at `at`. A process begins one in a millisecond at most.
    pub(super) fn new_id(&self, at: Micros, pid: u32) -> String {
        let (seconds, micros) = (at.div_euclid(SECOND) as u64, at.rem_euclid(SECOND) as u64);
        let (widths, fraction) = match self.style {
            QueueIdStyle::Short => ([6, 6, 2], micros / 500),
            QueueIdStyle::Long => ([6, 11, 4], micros),
        };
        let parts = [seconds, u64::from(pid), fraction];
        let parts: Vec<String> =
            parts.into_iter().zip(widths).map(|(number, width)| base_62(number, width)).collect();
        parts.join("-")
    }
}

/// `number` in `width` digits.
fn base_62(mut number: u64, width: usize) -> String {
    let mut digits = vec![b'0'; width];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(number % 62) as usize];
        number /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_shape() {
        let at = 1_772_409_661 * SECOND + 4660;
        assert_eq!(MessageIds::new(QueueIdStyle::Short).new_id(at, 62), "1vwqib-000010-09");
        assert_eq!(MessageIds::new(QueueIdStyle::Long).new_id(at, 62), "1vwqib-00000000010-01DA");
    }
}
