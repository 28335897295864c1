//! One file per topic.

mod architecture;
mod bad_input;
mod commands;
mod configuration;
mod exim;
mod forgery;
mod fuzzed;
mod generator;
mod hostile;
mod narrowing;
mod patterns;
mod program;
mod restart;
mod scenarios;
