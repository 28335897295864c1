//! What was not understood, by shape: whoever wants to add a pattern sees which, and begins with a template.

use super::Report;
use super::page::{Page, Role};
use crate::aggregate::Shape;
use crate::report::words::{counted, share, shorten};

/// Shapes shown; the JSON report has more.
const SHAPES: usize = 10;
/// Shapes shown whatever they are.
const FEW: usize = 3;
/// Enough of a line to see what it is about.
const MAX_LINE: usize = 300;

pub(super) fn write(report: &Report, page: &mut Page) {
    let input = &report.input;
    if input.unmatched == 0 {
        return;
    }
    page.heading("Not understood");
    let part = share(input.unmatched, input.events + input.ignored + input.unmatched);
    let lines = counted(input.unmatched, "line", "lines");
    page.paragraph(2, &format!("{lines} ({part}), by program and shape: {{...}} stands for what varies."));
    // Shapes that took others' places and hardly came themselves say little.
    let is_telling = |&(index, shape): &(usize, &Shape)| index < FEW || shape.error < shape.count;
    let shown = input.unmatched_shapes.iter().take(SHAPES).enumerate().filter(is_telling);
    for (_, shape) in shown.clone() {
        let at_least = if shape.error > 0 { "at least " } else { "" };
        let lines = counted(shape.count, "line", "lines");
        let of = match &*shape.program {
            "" => "naming no program".to_owned(),
            program => format!("of {program}"),
        };
        let example = &shape.example;
        page.gap();
        page.plain("  ");
        page.styled(Role::Heading, &format!("{at_least}{lines} {of}"));
        page.end();
        page.verbatim(4, &shape.shape);
        let line = format!("{}:{}: {}", example.file, example.line, shorten(&example.text, MAX_LINE));
        page.styled_hanging(Role::Quiet, 4, 2, &line);
    }
    let rest = input.unmatched.saturating_sub(shown.map(|(_, shape)| shape.count).sum());
    page.gap();
    if rest > 0 {
        page.paragraph(2, &format!("{} of other shapes.", counted(rest, "line", "lines")));
    }
    page.paragraph(
        2,
        "A pattern file teaches them, without building anything: CONTRIBUTING.md shows it from start to finish. \
         relaywatch explain 'LINE' says how near the patterns came, relaywatch parse --unmatched FILE lists all \
         such lines.",
    );
}
