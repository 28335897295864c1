//! One file per topic.

mod architecture;
mod commands;
mod configuration;
mod forgery;
mod fuzzed;
mod hostile;
mod patterns;
mod program;
mod scenarios;
