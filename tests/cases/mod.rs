//! One file per topic.

mod architecture;
mod commands;
mod configuration;
mod generator;
mod patterns;
mod program;
mod scenarios;
