//! One file per topic.

mod architecture;
mod configuration;
mod patterns;
mod program;
mod scenarios;
