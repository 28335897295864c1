//! One file per topic.

mod architecture;
mod commands;
mod configuration;
mod program;
