//! Notices on their way, for people to look at.

use super::{Error, Service};
use crate::model::Entry;

impl Service {
    /// Entries that wait, in the order of their numbers, at most `most`.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn waiting(&self, most: usize) -> Result<Vec<Entry>, Error> {
        self.spool(false, most)
    }

    /// Entries that no sink will take, in the order of their numbers, at most `most`.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn dead(&self, most: usize) -> Result<Vec<Entry>, Error> {
        self.spool(true, most)
    }

    fn spool(&self, dead: bool, most: usize) -> Result<Vec<Entry>, Error> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.json("SELECT json FROM spool WHERE dead = ?1 ORDER BY number LIMIT ?2", (dead, most))
    }
}
