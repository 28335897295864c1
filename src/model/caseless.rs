//! Names that are compared without their case: logins, domains, HELO names.

use std::hash::{DefaultHasher, Hasher};

/// The hash of a name without its case. It is the same after a restart.
pub fn caseless_hash(name: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    // A hasher takes long to begin and little to go on: as much at once as nearly any name has.
    for part in name.chunks(64) {
        let mut lower = [0; 64];
        lower[..part.len()].copy_from_slice(part);
        // All of it: a length that is known makes vector instructions.
        lower.make_ascii_lowercase();
        hasher.write(&lower[..part.len()]);
    }
    hasher.finish()
}
