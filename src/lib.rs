//! relaywatch reads mail server logs and says who abuses the server, and whether it relays for strangers.

pub mod aggregate;
pub mod alert;
pub mod audit;
pub mod cli;
pub mod config;
pub mod correlate;
pub mod detect;
pub mod input;
pub mod learn;
pub mod model;
pub mod parse;
pub mod report;
pub mod runtime;
pub mod sink;
pub mod state;
pub mod trace;
pub mod tui;
