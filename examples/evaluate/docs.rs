//! Puts the figures into `docs/`: a picture for each detector, and the tables between two marks of `detection.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow};

use crate::evaluate::score::Score;
use crate::evaluate::{curve, table};

const BEGIN: &str =
    "<!-- what `cargo run --release --example evaluate -- --docs docs` writes begins here -->";
const END: &str = "<!-- and ends here -->";

/// Writes them into the folder `docs`. Curves are those of the last of the scores, tables all of them.
pub(crate) fn write(docs: &Path, scores: &[Score]) -> anyhow::Result<()> {
    let Some(last) = scores.last() else { return Ok(()) };
    let pictures = docs.join("detection");
    fs::create_dir_all(&pictures).with_context(|| format!("creating {}", pictures.display()))?;
    let mut text = String::new();
    for score in scores {
        text += &table::markdown(score);
    }
    text += "\n";
    for detector in curve::detectors() {
        let path = pictures.join(format!("{detector}.svg"));
        fs::write(&path, curve::svg(last, detector))
            .with_context(|| format!("writing {}", path.display()))?;
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "**{detector}**\n\n![recall of {detector} against strength](detection/{detector}.svg)\n"
        );
    }
    let page = docs.join("detection.md");
    let old = fs::read_to_string(&page).with_context(|| format!("reading {}", page.display()))?;
    let new = between(&old, &text).ok_or_else(|| {
        anyhow!(
            "{} does not have the lines `{BEGIN}` and `{END}`: put them where the tables belong",
            page.display()
        )
    })?;
    fs::write(&page, new).with_context(|| format!("writing {}", page.display()))
}

/// `page` with `text` between the marks.
fn between(page: &str, text: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_marks_stays() {
        let page = format!("one\n{BEGIN}\nold\n{END}\ntwo\n");
        assert_eq!(between(&page, "new\n"), Some(format!("one\n{BEGIN}\n\nnew\n\n{END}\ntwo\n")));
        assert_eq!(between("no marks", "new"), None);
    }
}
