//! The patterns that hold: built in, and a site's own.

use std::path::Path;

use super::Error;
use crate::parse::{Parser, PatternSet, SampleFailure};

/// A parser with the built-in patterns and those in `folder`.
///
/// # Errors
///
/// [`Error::Patterns`] with file, line and column of what is wrong in a pattern file.
pub fn parser(folder: Option<&Path>) -> Result<Parser, Error> {
    let set = folder.map_or_else(PatternSet::builtin, PatternSet::with_overrides)?;
    Ok(Parser::new(set))
}

/// The samples that are not read as their files say.
pub fn check_samples(parser: &Parser) -> Vec<SampleFailure> {
    crate::parse::check_samples(parser)
}
