//! Ctrl-C: the first one asks the run to end and to say what it has; the second one ends the program.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A flag that the first Ctrl-C sets.
///
/// Where the handler cannot be installed the flag stays false and Ctrl-C ends the program as usual.
pub(super) fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let (signal, code) = (signal_hook::consts::SIGINT, 130);
    // The order matters: the second Ctrl-C must find the flag set by the first, so the exit is registered in front.
    let _ = signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&flag))
        .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)));
    flag
}
