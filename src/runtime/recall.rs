//! What a run over archives knows of the usual from earlier ones, and what it leaves to later ones.

use std::path::PathBuf;

use super::Options;
use super::stage::Pipeline;
use crate::model::{Files, Learned, Measure};
use crate::report::Learning;
use crate::state;
use crate::state::learned::{self, Known, Stored};

/// Where learned things are kept, and whether this run adds to them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recall {
    /// The folder of `learned.db`.
    pub folder: PathBuf,
    /// Whether this run saves what it learns.
    pub saves: bool,
}

/// What was learned, while a run goes on.
#[derive(Debug)]
pub(super) struct Recalled {
    known: Known,
    /// Where this run saves, if it does.
    learning: Option<learned::Learning>,
}

impl Recalled {
    /// What was learned where `options` say; `None`: nothing is to be learned, and fixed rules hold.
    pub(super) fn new(options: &Options) -> Result<Option<Self>, state::Error> {
        let Some(recall) = &options.recall else { return Ok(None) };
        if recall.saves {
            let learning = learned::Learning::begin(&recall.folder)?;
            return Ok(Some(Self { known: learning.load()?, learning: Some(learning) }));
        }
        let stored = Stored::look(&recall.folder)?;
        stored.map(|stored| Ok(Self { known: stored.load()?, learning: None })).transpose()
    }

    /// Tells `pipeline` all of it.
    pub(super) fn teach(&self, pipeline: &mut Pipeline) {
        pipeline.teach(&self.known);
    }

    /// Saves what `pipeline` has learned, and says how far that has come; also why it could not be saved.
    pub(super) fn keep(
        &self,
        pipeline: &mut Pipeline,
        is_whole: bool,
        days: i64,
    ) -> (Learning, Option<state::Error>) {
        let learned = pipeline.learned();
        let saved = self.learning.as_ref().filter(|_| is_whole).map(|learning| {
            learning.save(&learned)?;
            learning.settle(&self.known.rulings)
        });
        let is_saved = saved.as_ref().is_some_and(Result::is_ok);
        (summary(&learned, days, is_saved), saved.and_then(Result::err))
    }
}

/// A pipeline that knows what was `recalled`.
pub(super) fn pipeline(options: &Options, files: Files, recalled: Option<&Recalled>) -> Pipeline {
    // Nothing was learned where it was looked for: fixed rules hold.
    if recalled.is_none() && options.recall.is_some() {
        return Pipeline::new(&Options { learn: None, ..options.clone() }, files);
    }
    let mut pipeline = Pipeline::new(options, files);
    if let Some(recalled) = recalled {
        recalled.teach(&mut pipeline);
    }
    pipeline
}

fn summary(learned: &Learned, days: i64, saved: bool) -> Learning {
    let watched = learned.normals.iter().find(|normal| normal.measure == Measure::Lines);
    let hours = watched.map_or(&[][..], |normal| &normal.hours);
    Learning {
        hours: hours.iter().filter(|hour| hour.count() > 0).count() as u64,
        days: hours.len() as u64 / 24,
        days_needed: days.unsigned_abs(),
        sources: learned.sources.len() as u64,
        accounts: learned.accounts.len() as u64,
        intermediaries: learned.intermediaries.iter().filter(|known| known.conduct.is_known).count() as u64,
        saved,
    }
}
