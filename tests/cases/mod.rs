//! One file per topic.

mod architecture;
mod commands;
mod configuration;
mod hostile;
mod patterns;
mod program;
mod restart;
mod scenarios;
