//! How many different ones, in fixed memory: exact for few, `HyperLogLog` for many (Flajolet, Fusy, Gandouet, Meunier:
//! `HyperLogLog`: the analysis of a near-optimal cardinality estimation algorithm, `AofA` 2007), with the linear counting
//! that it asks for below 2.5 times its registers.
//!
//! The hash has no secret key, so that the same log gives the same figures. Who knows it can make a count wrong, which
//! decides nothing: thresholds are counted exactly elsewhere.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

/// Counted exactly up to so many: as much memory as the registers take.
const FEW: usize = 32;
/// Bits of a hash that choose a register: 256 registers, a standard error of 1.04 / sqrt(256) = 6.5 %.
const BITS: u32 = 8;
const REGISTERS: usize = 1 << BITS;
/// Corrects the bias of the harmonic mean (the paper, figure 3).
const ALPHA: f64 = 0.7213 / (1.0 + 1.079 / REGISTERS as f64);

/// A number of different values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Distinct {
    /// Their hashes.
    Few(Vec<u64>),
    /// For each register, the most zeros that a hash began with, plus one.
    Many(Vec<u8>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Distinct {
    /// Sees a value.
    pub fn insert(&mut self, value: &(impl Hash + ?Sized)) {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        let hash = hasher.finish();
        match self {
            Self::Few(hashes) if hashes.contains(&hash) => {}
            Self::Few(hashes) if hashes.len() < FEW => hashes.push(hash),
            Self::Few(hashes) => {
                let mut registers = vec![0; REGISTERS];
                hashes.iter().chain([&hash]).for_each(|&hash| register(&mut registers, hash));
                *self = Self::Many(registers);
            }
            Self::Many(registers) => register(registers, hash),
        }
    }

    /// How many different values were seen.
    pub fn count(&self) -> u64 {
        match self {
            Self::Few(hashes) => hashes.len() as u64,
            Self::Many(registers) => estimate(registers),
        }
    }

    /// Whether the count is no estimate.
    pub fn is_exact(&self) -> bool {
        matches!(self, Self::Few(_))
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

fn register(registers: &mut [u8], hash: u64) {
    let place = (hash >> (u64::BITS - BITS)) as usize;
    // A one behind the last bit, so that no more zeros are counted than there are bits.
    let zeros = (hash << BITS | 1 << (BITS - 1)).leading_zeros() as u8;
    if let Some(register) = registers.get_mut(place) {
        *register = (*register).max(zeros + 1);
    }
}

fn estimate(registers: &[u8]) -> u64 {
    let size = REGISTERS as f64;
    let sum: f64 = registers.iter().map(|&zeros| (-f64::from(zeros)).exp2()).sum();
    let raw = ALPHA * size * size / sum;
    let empty = registers.iter().map(|&zeros| usize::from(zeros == 0)).sum::<usize>();
    let estimate = if raw <= 2.5 * size && empty > 0 { size * (size / empty as f64).ln() } else { raw };
    estimate.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_counted_exactly_and_many_nearly() {
        let mut distinct = Distinct::default();
        let mut next = 0_u32;
        for (until, error) in [(1, 0.0), (32, 0.0), (33, 0.1), (500, 0.2), (10_000, 0.2), (1_000_000, 0.2)] {
            while next < until {
                distinct.insert(&next);
                distinct.insert(&(next / 2)); // seen before
                next += 1;
            }
            let count = distinct.count() as f64;
            assert!((count - f64::from(until)).abs() <= error * f64::from(until), "{count} of {until}");
            assert_eq!(distinct.is_exact(), until <= 32);
        }
        distinct.clear();
        assert_eq!((distinct.count(), distinct.is_exact()), (0, true));
    }
}
