//! The answer, in front of everything else.

use super::page::{Page, Role};
use super::{Options, Report};
use crate::report::verdict::{self, Tone};

pub(super) fn write(report: &Report, options: &Options, page: &mut Page) {
    let verdict = verdict::of(report, options.min_severity);
    let role = match verdict.tone {
        Tone::Good => Role::Good,
        Tone::Attention => Role::Attention,
        Tone::Alarm => Role::Alarm,
    };
    page.styled_paragraph(role, 0, &verdict.sentence);
    if let Some(setting) = verdict.setting {
        page.gap();
        page.advice(2, setting);
    }
}
