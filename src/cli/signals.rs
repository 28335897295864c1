//! Signals of the service: SIGTERM and Ctrl-C end it, SIGHUP has it read its configuration again.

use std::sync::Arc;

use super::Error;
use crate::runtime::live::Control;

/// What signals ask for. A second Ctrl-C or SIGTERM ends the program at once.
pub(super) fn control() -> Result<Control, Error> {
    let control = Control::default();
    let cannot = |error: std::io::Error| Error::Usage(format!("cannot listen to signals: {error}"));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        // The order matters: the second one must find the flag set by the first.
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&control.stop))
            .map_err(cannot)?;
        signal_hook::flag::register(signal, Arc::clone(&control.stop)).map_err(cannot)?;
    }
    #[cfg(unix)]
    signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::clone(&control.reload)).map_err(cannot)?;
    Ok(control)
}
