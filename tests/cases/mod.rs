//! One file per topic.

mod architecture;
mod bad_input;
mod commands;
mod configuration;
mod hostile;
mod narrowing;
mod generator;
mod patterns;
mod program;
mod restart;
mod scenarios;
