//! One file per topic.

mod architecture;
mod backtest;
mod bad_input;
mod board;
mod commands;
mod configuration;
mod contributing;
mod coverage;
mod exim;
mod exports;
mod flood;
mod forgery;
mod fuzzed;
mod generator;
mod hostile;
mod logins;
mod monitor;
mod narrowing;
mod patterns;
mod program;
mod restart;
mod same_alerts;
mod samples;
mod scenarios;
mod sinks;
mod wrappings;
