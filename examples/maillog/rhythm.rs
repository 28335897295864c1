//! The rhythm of day and week, at a pace at which a wanted number of arrivals comes until the end.

use crate::simulation::clock::{HOUR, Micros, level};

/// The rhythm between a start and an end.
pub(crate) struct Rhythm {
    start: Micros,
    /// From the beginning of each hour to the end: level times microseconds.
    left: Vec<f64>,
}

impl Rhythm {
    pub(crate) fn new(start: Micros, span: Micros) -> Self {
        let hours = (span / HOUR).max(1);
        let mut left = vec![0.0; hours as usize];
        let mut sum = 0.0;
        for hour in (0..hours).rev() {
            sum += level(start + hour * HOUR) as f64 * HOUR as f64;
            left[hour as usize] = sum;
        }
        Self { start, left }
    }

    /// The mean distance between two arrivals at `at`, in microseconds, if `arrivals` are to come until the end.
    pub(crate) fn gap(&self, at: Micros, arrivals: f64) -> f64 {
        let hour = ((at - self.start) / HOUR) as usize;
        let level = level(at) as f64;
        let into = ((at - self.start) % HOUR) as f64;
        // After the end, and in the last hour, go on at an even pace: the file must reach its size.
        let left = self.left.get(hour).map_or(0.0, |left| left - level * into).max(HOUR as f64 * level);
        left / (level * arrivals.max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::clock::{DAY, SECOND};

    #[test]
    fn nights_are_quieter_than_mornings() {
        let monday = 1_772_409_600 * SECOND;
        let rhythm = Rhythm::new(monday, 14 * DAY);
        assert!(rhythm.gap(monday + 3 * HOUR, 1e6) > 3.0 * rhythm.gap(monday + 10 * HOUR, 1e6));
    }
}
