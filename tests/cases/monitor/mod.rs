//! The service as a user sees it: the program, its files, what it sends, what it answers.

#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "the service runs by the clock of this machine")]

mod clock;
mod delivery;
mod disk;
mod farewell;
mod health;
mod hook;
mod journal;
mod kill;
mod learn;
mod lines;
pub(in crate::cases) mod postfix;
mod reload;
mod rotation;
mod service;
mod several;
