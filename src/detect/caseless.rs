//! Names that are compared without their case: logins, domains, HELO names.

use std::hash::{Hash, Hasher};

/// A name that hashes without its case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caseless<'n>(pub(super) &'n [u8]);

impl Hash for Caseless<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        for byte in self.0 {
            hasher.write_u8(byte.to_ascii_lowercase());
        }
    }
}
