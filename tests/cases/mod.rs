//! One file per topic.

mod architecture;
//TMP mod commands;
mod configuration;
mod program;
