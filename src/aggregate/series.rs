//! Counts per time step, in a bounded number of rows whatever the time span: the step grows with it.

use std::collections::VecDeque;

use serde::Serialize;

use crate::model::EventTime;

/// What is counted in each row, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Connections,
    Accepted,
    Delivered,
    Denied,
    Rejected,
    Deferred,
    Bounced,
}

const NAMES: [&str; 7] =
    ["connections", "accepted", "delivered", "denied", "rejected", "deferred", "bounced"];

/// One count per name.
type Row = [u64; NAMES.len()];

/// Counts per time step. Row `n` counts what happened from `start + n * step_seconds` on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Series {
    /// When the first row begins: a whole multiple of the step since 1970; absent while nothing was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<EventTime>,
    /// Length of a step in seconds: 60, or 60 doubled as often as it takes.
    pub step_seconds: i64,
    /// What the columns count.
    pub names: &'static [&'static str],
    /// Oldest first, without gaps.
    pub rows: Vec<[u64; NAMES.len()]>,
}

/// The shortest step: shorter ones say more about the network than about mail.
const FIRST_STEP: i64 = 60;

/// The growing rows behind a [`Series`].
#[derive(Debug)]
pub(super) struct Steps {
    step: i64,
    /// Number of the first row, in steps since 1970.
    first: i64,
    rows: VecDeque<Row>,
    max_rows: usize,
    /// The row that the last call fell into, as most calls fall into it again.
    recent: Recent,
}

/// What is counted while time stays within one row, and added to that row when time leaves it.
#[derive(Debug)]
struct Recent {
    from: EventTime,
    to: EventTime,
    index: usize,
    counts: Row,
}

impl Steps {
    /// At most `max_rows` rows, and at least two.
    pub(super) fn new(max_rows: usize) -> Self {
        let max_rows = max_rows.max(2);
        Self {
            step: FIRST_STEP,
            first: 0,
            rows: VecDeque::new(),
            max_rows,
            recent: Recent { from: EventTime::MIN, to: EventTime::MIN, index: 0, counts: Row::default() },
        }
    }

    /// Counts one `column` at `time`. Times may come in any order. What is in front of the first stamp has no time, and no row.
    #[inline]
    pub(super) fn add(&mut self, time: EventTime, column: Column) {
        if time < self.recent.from || time >= self.recent.to {
            if time == EventTime::MIN {
                return;
            }
            self.seek(time.seconds());
        }
        self.recent.counts[column as usize] += 1;
    }

    /// Goes to the row for `seconds`, made if it does not exist yet.
    #[cold]
    fn seek(&mut self, seconds: i64) {
        if let Some(row) = self.rows.get_mut(self.recent.index) {
            add(row, &std::mem::take(&mut self.recent.counts));
        }
        if self.rows.is_empty() {
            self.first = seconds.div_euclid(self.step);
        }
        let mut at = seconds.div_euclid(self.step);
        while self.span_with(at) > self.max_rows as i64 {
            self.widen();
            at = seconds.div_euclid(self.step);
        }
        while at < self.first {
            self.rows.push_front(Row::default());
            self.first -= 1;
        }
        let index = (at - self.first) as usize;
        while self.rows.len() <= index {
            self.rows.push_back(Row::default());
        }
        let begin = |row: i64| EventTime::from_seconds(row * self.step);
        self.recent = Recent { from: begin(at), to: begin(at + 1), index, counts: Row::default() };
    }

    /// Rows there would be with row number `at` among them.
    fn span_with(&self, at: i64) -> i64 {
        let last = self.first + self.rows.len() as i64 - 1;
        last.max(at) - self.first.min(at) + 1
    }

    /// Doubles the step: rows join in pairs.
    fn widen(&mut self) {
        let first = self.first.div_euclid(2);
        let mut rows: VecDeque<Row> = VecDeque::with_capacity(self.rows.len() / 2 + 1);
        for (number, row) in (self.first..).zip(&self.rows) {
            let index = (number.div_euclid(2) - first) as usize;
            if index == rows.len() {
                rows.push_back(*row);
            } else {
                add(&mut rows[index], row);
            }
        }
        (self.step, self.first, self.rows) = (self.step * 2, first, rows);
    }

    pub(super) fn summary(&self) -> Series {
        let mut rows: Vec<_> = self.rows.iter().copied().collect();
        if let Some(row) = rows.get_mut(self.recent.index) {
            add(row, &self.recent.counts);
        }
        Series {
            start: (!self.rows.is_empty()).then(|| EventTime::from_seconds(self.first * self.step)),
            step_seconds: self.step,
            names: &NAMES,
            rows,
        }
    }
}

fn add(sums: &mut Row, counts: &Row) {
    sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_count_is_in_the_row_of_its_time_in_any_order(
            times in prop::collection::vec(
                prop_oneof![0_i64..4_000, -90_000_i64..90_000, -60_000_000_000_i64..250_000_000_000], 1..60),
            max_rows in 2_usize..20,
        ) {
            let mut steps = Steps::new(max_rows);
            for &time in &times {
                steps.add(EventTime::from_seconds(time), Column::Denied);
            }
            let series = steps.summary();
            prop_assert!(series.rows.len() <= max_rows);
            let start = series.start.unwrap().seconds();
            prop_assert_eq!(start.rem_euclid(series.step_seconds), 0);
            for (row, from) in series.rows.iter().zip((0..).map(|n| start + n * series.step_seconds)) {
                let to = from + series.step_seconds;
                let want = times.iter().filter(|&&time| (from..to).contains(&time)).count() as u64;
                prop_assert_eq!(row, &[0, 0, 0, want, 0, 0, 0]);
            }
            let total: u64 = series.rows.iter().map(|row| row[Column::Denied as usize]).sum();
            prop_assert_eq!(total, times.len() as u64);
        }
    }

    #[test]
    fn what_has_no_time_stretches_nothing() {
        let mut steps = Steps::new(4);
        for time in
            [EventTime::MIN, EventTime::from_seconds(60), EventTime::MIN, EventTime::from_seconds(120)]
        {
            steps.add(time, Column::Denied);
        }
        let series = steps.summary();
        assert_eq!((series.start, series.step_seconds), (Some(EventTime::from_seconds(60)), 60));
        assert_eq!(series.rows.iter().map(|row| row[Column::Denied as usize]).collect::<Vec<_>>(), [1, 1]);
    }

    #[test]
    fn the_step_is_a_minute_until_the_rows_are_used_up() {
        let mut steps = Steps::new(4);
        assert_eq!(steps.summary().start, None);
        for minute in 0..4 {
            steps.add(EventTime::from_seconds(minute * 60 + 59), Column::Connections);
        }
        assert_eq!(steps.summary().rows.iter().map(|row| row[0]).collect::<Vec<_>>(), [1, 1, 1, 1]);
        steps.add(EventTime::from_seconds(240), Column::Bounced);
        let series = steps.summary();
        assert_eq!((series.step_seconds, series.rows.len()), (120, 3));
        assert_eq!(series.rows[2], [0, 0, 0, 0, 0, 0, 1]);
    }
}
