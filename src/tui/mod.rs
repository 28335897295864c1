//! The terminal dashboard: what is known is drawn, what is typed is obeyed.
//!
//! Frames come from an [`Engine`], which the runtime makes; wishes go to it. [`App`] is what is shown, without a
//! terminal; [`run`] owns the terminal. Text of a log becomes text of the screen in `scene` alone.

mod app;
mod chart;
mod engine;
mod filter;
mod frame;
mod keymap;
mod panes;
mod privacy;
mod prompt;
mod run;
mod scene;
mod scroll;
mod table;
mod terminal;
mod text;
mod theme;

#[cfg(test)]
mod tests;

pub use app::{App, Options, Request};
pub use engine::{Act, Answer, Engine, Frame, Marks, Reading, Silenced, SourceHealth};
pub use run::run;
pub use theme::Theme;
