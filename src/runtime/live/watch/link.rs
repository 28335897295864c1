//! Between the thread that reads and the one that draws: the newest frame one way, wishes the other. Neither waits.

use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::aggregate::board::Want;
use crate::tui::{Act, Engine, Frame};

/// The drawing side.
#[derive(Debug)]
pub(super) struct Link {
    shared: Arc<Mutex<Shared>>,
    acts: Sender<Act>,
}

/// The reading side.
#[derive(Debug)]
pub(super) struct End {
    shared: Arc<Mutex<Shared>>,
    pub(super) acts: Receiver<Act>,
}

#[derive(Debug)]
struct Shared {
    want: Want,
    frame: Option<Frame>,
    /// The last frame was taken, or is for another want.
    is_asked: bool,
    /// What the last frame was made for.
    made_for: Option<Want>,
}

impl Link {
    pub(super) fn new() -> (Self, End) {
        let want = Want::default();
        let shared = Arc::new(Mutex::new(Shared { want, frame: None, is_asked: true, made_for: None }));
        let (sender, acts) = unbounded();
        (Self { shared: shared.clone(), acts: sender }, End { shared, acts })
    }
}

impl Engine for Link {
    fn frame(&mut self, want: &Want) -> Option<Frame> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.want != *want {
            (shared.want, shared.frame) = (*want, None);
        }
        let frame = shared.frame.take();
        shared.is_asked |= frame.is_some() || shared.frame.is_none();
        frame
    }

    fn act(&mut self, act: Act) {
        // Nobody reads any more: the end is near.
        let _ = self.acts.send(act);
    }
}

impl End {
    /// What is wanted, if somebody waits for a frame.
    pub(super) fn asked(&self) -> Option<Want> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.is_asked.then_some(shared.want)
    }

    /// Whether something else is wanted than the last frame was made for.
    pub(super) fn is_another(&self) -> bool {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.made_for != Some(shared.want)
    }

    /// Shows `frame`, which was made for `want`.
    pub(super) fn show(&self, want: Want, frame: Frame) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.made_for = Some(want);
        // Meanwhile another pane may have been turned to.
        if shared.want == want {
            (shared.frame, shared.is_asked) = (Some(frame), false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::board::Picture;
    use crate::tui::{Marks, Reading};

    fn frame(lines_per_second: u64) -> Frame {
        Frame {
            picture: Picture::default(),
            alerts: Vec::new(),
            marks: Marks::default(),
            sources: Vec::new(),
            state: Reading::Live,
            lines_per_second,
        }
    }

    #[test]
    fn a_frame_is_taken_once_and_one_for_another_pane_never() {
        let (mut link, end) = Link::new();
        let tail = Want { tail: 10, ..Want::default() };
        let flows = Want { flows: 10, ..Want::default() };
        assert!(link.frame(&tail).is_none());
        assert_eq!(end.asked(), Some(tail));
        end.show(tail, frame(1));
        assert_eq!(end.asked(), None, "nobody needs two");
        assert_eq!(link.frame(&tail).map(|frame| frame.lines_per_second), Some(1));
        assert!(link.frame(&tail).is_none());
        end.show(tail, frame(2));
        assert!(link.frame(&flows).is_none(), "it is for another pane");
        end.show(tail, frame(3));
        assert!(link.frame(&flows).is_none());
        assert_eq!(end.asked(), Some(flows));
        link.act(Act::Step);
        assert_eq!(end.acts.try_recv(), Ok(Act::Step));
    }
}
