//! When groups of notices go: the first of a group soon, the others together, a while after.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Settings;
use crate::model::EventTime;

/// Groups remembered; where there are more, some wait less.
const MOST: usize = 20_000;

/// When each group of each sink goes next, or went last.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Groups {
    flush: BTreeMap<(String, String), EventTime>,
}

impl Groups {
    /// When what is said at `now` goes.
    pub(super) fn due(&mut self, sink: &str, group: &str, settings: &Settings, now: EventTime) -> EventTime {
        let (wait, interval) = (settings.group_wait.seconds(), settings.group_interval.seconds());
        let first = now.plus_seconds(wait);
        let key = (sink.to_owned(), group.to_owned());
        let due = match self.flush.get(&key) {
            // Later than any time that was ever set: the clock was set back.
            Some(&flush) if flush > now.plus_seconds(wait.max(interval)) => first,
            Some(&flush) if flush > now => return flush,
            Some(&flush) => flush.plus_seconds(interval).max(first),
            None => first,
        };
        if self.flush.len() >= MOST {
            self.prune(settings, now);
            if self.flush.len() >= MOST {
                self.flush.pop_first();
            }
        }
        self.flush.insert(key, due);
        due
    }

    /// Forgets the groups that went so long ago that the next of them is a first one again.
    pub(super) fn prune(&mut self, settings: &Settings, now: EventTime) {
        let interval = settings.group_interval.seconds();
        self.flush.retain(|_, flush| flush.plus_seconds(interval) > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_group_waits_a_little_and_the_others_for_each_other() {
        let (mut groups, settings) = (Groups::default(), Settings::default());
        let at = EventTime::from_seconds;
        let mut due = |group, now| groups.due("chat", group, &settings, at(now)).seconds();
        assert_eq!([due("a", 1000), due("a", 1002), due("b", 1002)], [1003, 1003, 1005]);
        assert_eq!([due("a", 1004), due("a", 1062)], [1063, 1063], "a minute after the last");
        assert_eq!(due("a", 5000), 5003, "it is a first one again");
        assert_eq!(due("a", 100), 103, "the clock was set back");
        groups.prune(&settings, at(9000));
        assert_eq!(groups, Groups::default());
    }
}
