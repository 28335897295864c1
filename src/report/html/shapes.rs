//! What was not understood, by shape.

use maud::{Markup, html};

use super::shown;
use crate::report::Report;
use crate::report::words::{counted, shorten};

/// Shapes shown; the JSON report has more.
const SHAPES: usize = 20;
/// Enough of a line to see what it is about.
const MAX_LINE: usize = 300;

pub(super) fn write(report: &Report) -> Markup {
    let input = &report.input;
    html! {
        @if input.unmatched > 0 {
            section {
                details {
                    summary { "Not understood: " (counted(input.unmatched, "line", "lines")) }
                    p { "By program and shape; {...} stands for what varies. CONTRIBUTING.md shows how a pattern teaches them." }
                    ul.lines {
                        @for shape in input.unmatched_shapes.iter().take(SHAPES) {
                            li {
                                span.quiet {
                                    @if shape.error > 0 { "at least " }
                                    (counted(shape.count, "line", "lines")) " " (shown(&shape.program))
                                }
                                code { (shown(&shape.shape)) }
                                code.quiet { (shown(&shorten(&shape.example.text, MAX_LINE))) }
                            }
                        }
                    }
                }
            }
        }
    }
}
