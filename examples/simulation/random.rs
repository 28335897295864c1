//! Random numbers that are the same on every machine: integers and basic arithmetic only, never a function of the
//! C library and never a crate whose next version draws otherwise.

/// `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
pub(crate) struct Random(u64);

/// Spreads the bits of `n`: a fixed property of a numbered source or domain is read from these.
pub(crate) fn spread(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Random {
    /// A generator of its own for each `purpose`, so that a change in one part leaves the others as they were.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(spread(seed ^ spread(purpose)))
    }

    pub(crate) fn next(&mut self) -> u64 {
        let drawn = spread(self.0);
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        drawn
    }

    /// A number below `limit` (0 for a limit of 0).
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        (((self.next() >> 32) * u64::from(limit)) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// A duration in microseconds from `low` to `high` milliseconds.
    pub(crate) fn millis(&mut self, low: u32, high: u32) -> i64 {
        i64::from(self.between(low, high)) * 1000 + i64::from(self.below(1000))
    }

    /// True `share` times in a thousand.
    pub(crate) fn permille(&mut self, share: u32) -> bool {
        self.below(1000) < share
    }

    /// One of `items`, which must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u32) as usize]
    }

    /// A rank below `count`, rank `k` about as often as `1 / (k + 1)`: Zipf's law with exponent 1, in steps of one
    /// octave, so that neither tables nor logarithms are needed.
    pub(crate) fn zipf(&mut self, count: u32) -> u32 {
        let octaves = 32 - count.max(1).leading_zeros();
        loop {
            let first = 1_u32 << self.below(octaves);
            let rank = first + self.below(first);
            if rank <= count.max(1) {
                return rank - 1;
            }
        }
    }

    /// An exponentially distributed number of mean 1 (von Neumann 1951: comparisons of uniform numbers, no logarithm).
    pub(crate) fn exponential(&mut self) -> f64 {
        let mut whole = 0.0;
        loop {
            let first = self.next();
            let (mut last, mut run) = (first, 1_u32);
            loop {
                let drawn = self.next();
                if drawn > last {
                    break;
                }
                last = drawn;
                run += 1;
            }
            if run % 2 == 1 {
                return whole + (first >> 11) as f64 / (1_u64 << 53) as f64;
            }
            whole += 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_everywhere() {
        let mut random = Random::new(1, 2);
        let drawn: Vec<u32> = (0..6).map(|_| random.below(1000)).collect();
        let mut again = Random::new(1, 2);
        assert_eq!(drawn, (0..6).map(|_| again.below(1000)).collect::<Vec<_>>());
        assert_eq!(spread(0), 0xE220_A839_7B1D_CDAF, "the published first value of SplitMix64 seeded with 0");
    }

    #[test]
    fn low_ranks_come_most_often() {
        let mut random = Random::new(3, 0);
        let mut seen = [0_u32; 100];
        for _ in 0..100_000 {
            seen[random.zipf(100) as usize] += 1;
        }
        assert!(seen[0] > 5 * seen[20] && seen[20] > 2 * seen[80] && seen[99] > 0, "{seen:?}");
    }

    #[test]
    fn gaps_have_the_mean_of_one() {
        let mut random = Random::new(4, 0);
        let sum: f64 = (0..100_000).map(|_| random.exponential()).sum();
        assert!((sum / 100_000.0 - 1.0).abs() < 0.02, "{sum}");
    }
}
