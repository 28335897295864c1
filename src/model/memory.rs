//! How much memory the state of a run may take.

/// A budget of bytes. Capacities of tables are stated for the usual one, and scale with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    megabytes: u64,
}

impl Memory {
    /// The usual budget, in megabytes (10^6 bytes).
    pub const USUAL: u64 = 256;
    /// The least, in which the built-in patterns, the batches in flight and small tables still have room.
    pub const LEAST: u64 = 64;
    /// The most: a terabyte.
    pub const MOST: u64 = 1_000_000;

    /// A budget of so many megabytes, from [`Memory::LEAST`] to [`Memory::MOST`].
    pub fn megabytes(megabytes: u64) -> Self {
        Self { megabytes: megabytes.clamp(Self::LEAST, Self::MOST) }
    }

    /// How many entries a table may have that has `usual` of them in the usual memory.
    pub fn room(self, usual: usize) -> usize {
        // Patterns and batches take their part whatever the budget is.
        let part = |megabytes: u64| megabytes - Self::LEAST * 3 / 4;
        let room = usual as u128 * u128::from(part(self.megabytes)) / u128::from(part(Self::USUAL));
        usize::try_from(room).unwrap_or(usize::MAX).max(1)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self { megabytes: Self::USUAL }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_grow_and_shrink_with_the_budget() {
        assert_eq!(Memory::default().room(20_000), 20_000);
        assert_eq!(Memory::megabytes(64).room(20_000), 20_000 * 16 / 208);
        assert_eq!(Memory::megabytes(0), Memory::megabytes(64));
        assert!(Memory::megabytes(512).room(20_000) > 40_000);
        assert_eq!(Memory::megabytes(64).room(1), 1);
    }
}
