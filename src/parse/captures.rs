//! What a pattern found in a line, while it is being matched.

use std::net::IpAddr;
use std::ops::Range;

use super::queue::QueueIdAt;
use crate::model::{Field, FieldSpan, Mta, Stage};

/// Collects the fields of one line. A group that fails is undone by `rewind`, a pattern that fails by `restore`.
pub(super) struct Captures<'f> {
    fields: &'f mut Vec<FieldSpan>,
    first: usize,
    /// The mail server that wrote the line.
    pub(super) mta: Mta,
    /// The queue id at the start of the text, read once for all patterns.
    pub(super) queue_id: Option<(usize, QueueIdAt)>,
    /// The stage the line names.
    pub(super) stage: Option<Stage>,
    /// The client's address, if the line names it.
    pub(super) client_ip: Option<IpAddr>,
    /// The opaque text.
    pub(super) opaque: Range<usize>,
    /// How often a recipient was found, at readings that were undone, too.
    pub(super) recipients: usize,
    /// The opaque text may end elsewhere than it seems to, or its end is lost: it decides nothing.
    pub(super) doubtful: bool,
}

impl<'f> Captures<'f> {
    pub(super) fn new(mta: Mta, fields: &'f mut Vec<FieldSpan>) -> Self {
        let first = fields.len();
        Self {
            fields,
            first,
            mta,
            queue_id: None,
            stage: None,
            client_ip: None,
            opaque: 0..0,
            recipients: 0,
            doubtful: false,
        }
    }

    /// Records `field`. Lines are cut at 65,535 bytes before they are matched, so the numbers fit.
    #[inline]
    pub(super) fn push(&mut self, field: Field, range: Range<usize>) {
        self.recipients += usize::from(field == Field::Recipient);
        let len = range.end.wrapping_sub(range.start);
        self.fields.push(FieldSpan { field, start: range.start as u16, len: len as u16 });
    }

    /// The text of `field`, if it was found.
    pub(super) fn value<'l>(&self, line: &'l [u8], field: Field) -> Option<&'l [u8]> {
        let span = self.fields[self.first..].iter().find(|span| span.field == field)?;
        line.get(usize::from(span.start)..usize::from(span.start) + usize::from(span.len))
    }

    pub(super) fn mark(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn rewind(&mut self, mark: usize) {
        self.fields.truncate(mark);
    }

    pub(super) fn clear(&mut self) {
        let nothing = Saved { mark: self.first, stage: None, client_ip: None, recipients: 0 };
        self.restore(nothing);
    }

    /// What was found so far, left of any opaque text.
    pub(super) fn save(&self) -> Saved {
        let &Self { stage, client_ip, recipients, .. } = self;
        Saved { mark: self.mark(), stage, client_ip, recipients }
    }

    /// Forgets what was found since.
    pub(super) fn restore(&mut self, saved: Saved) {
        self.rewind(saved.mark);
        self.stage = saved.stage;
        self.client_ip = saved.client_ip;
        self.recipients = saved.recipients;
        self.opaque = 0..0;
        self.doubtful = false;
    }

    #[cfg(test)]
    pub(super) fn found(&self) -> &[FieldSpan] {
        &self.fields[self.first..]
    }
}

/// What was found in a line up to some place.
#[derive(Clone, Copy)]
pub(super) struct Saved {
    mark: usize,
    stage: Option<Stage>,
    client_ip: Option<IpAddr>,
    recipients: usize,
}
