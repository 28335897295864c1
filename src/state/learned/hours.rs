//! Counts by hour, packed: most subjects do nothing in most hours.

use crate::model::{Hourly, SnapshotError, decode, encode};

const PART: &str = "hours";
/// Raised when they are packed in another way.
const VERSION: u32 = 1;
/// More hours than anybody keeps (two years): more is damage, which must not take all memory.
const MOST: usize = 2 * 366 * 24;

/// Each count as it is; where there is none, a 0 and the length of the run of such hours. The lowest bit says whether it is
/// excluded, so that numbers are small, which makes them short.
pub(super) fn pack(hours: &[Hourly]) -> Result<Vec<u8>, SnapshotError> {
    let mut numbers: Vec<u64> = Vec::new();
    let mut runs = hours.chunk_by(|one, other| *one == Hourly::default() && one == other);
    for run in &mut runs {
        let number = u64::from(run[0].count()) << 1 | u64::from(run[0].is_excluded());
        numbers.push(number);
        if number == 0 {
            numbers.push(run.len() as u64);
        }
    }
    encode(PART, VERSION, &numbers)
}

/// What [`pack`] packed; `None` where that was damaged.
pub(super) fn unpack(bytes: &[u8]) -> Result<Option<Vec<Hourly>>, SnapshotError> {
    let mut numbers = decode::<Vec<u64>>(PART, VERSION, bytes)?.into_iter();
    let mut hours = Vec::new();
    while let Some(number) = numbers.next() {
        let run =
            if number == 0 { numbers.next().and_then(|run| usize::try_from(run).ok()) } else { Some(1) };
        let Some(run) = run.filter(|&run| run > 0 && hours.len() + run.min(MOST) < MOST) else {
            return Ok(None);
        };
        let count = Hourly::new(number >> 1);
        hours.extend(std::iter::repeat_n(if number & 1 == 1 { count.excluded() } else { count }, run));
    }
    Ok(Some(hours))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hourly() -> impl Strategy<Value = Hourly> {
        let count = prop_oneof![4 => Just(0_u64), 4 => 0..300_u64, 1 => any::<u64>()];
        (count, prop::bool::weighted(0.2)).prop_map(|(count, is_excluded)| {
            let count = Hourly::new(count);
            if is_excluded { count.excluded() } else { count }
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(hours in prop::collection::vec(hourly(), 0..2000)) {
            prop_assert_eq!(unpack(&pack(&hours).unwrap()).unwrap().unwrap(), hours);
        }

        #[test]
        fn damage_is_told_and_takes_no_memory(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(Some(hours)) = unpack(&bytes) {
                prop_assert!(hours.len() <= MOST);
            }
        }
    }

    #[test]
    fn a_run_of_nothing_is_short_and_one_without_end_is_damage() {
        assert!(pack(&[Hourly::default(); 1344]).unwrap().len() < 8);
        for numbers in [vec![0, u64::MAX], vec![0, 0], vec![0], vec![0, 10_000, 0, 10_000]] {
            assert_eq!(unpack(&encode(PART, VERSION, &numbers).unwrap()).unwrap(), None, "{numbers:?}");
        }
    }
}
