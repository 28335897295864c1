//! The dashboard in a real terminal: tmux has the keys pressed, and its screen read.

#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "a terminal is waited for by the clock of this machine")]

mod beside;
mod ends;
mod hostile;
mod panic;
mod pty;
mod replay;
mod session;
mod speed;
mod terminal;
