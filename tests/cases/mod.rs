//! One file per topic.

mod architecture;
mod commands;
mod configuration;
mod patterns;
mod program;
mod restart;
mod scenarios;
