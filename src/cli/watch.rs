//! `watch`: the dashboard in a terminal.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::args::{Begin, Watch};
use super::context::Context;
use super::monitor::{inputs, state_folder, with_local_server};
use super::{Error, Exit};
use crate::runtime::live::{self, watch};

/// Where a dashboard begins: with an hour behind it there is something to see.
const USUAL_SECONDS: i64 = 3600;

/// Shows the dashboard until it is ended.
pub(super) fn run(arguments: &Watch, context: &Context) -> Result<Exit, Error> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let message = "watch needs a terminal for its standard input and output; `analyze` writes a report, `monitor` sends alerts";
        return Err(Error::Usage(message.to_owned()));
    }
    let inputs = inputs(&arguments.files, &context.settings)?;
    let mut run = with_local_server(context.run_options(&inputs), &context.settings);
    let (from, since) = match arguments.from {
        Some(Begin::End) => (live::From::End, None),
        Some(Begin::Start) => (live::From::Start, None),
        Some(Begin::Time(when)) => (live::From::Start, Some(when.resolve(context.zone, context.now))),
        None if arguments.replay.is_some() => (live::From::Start, None),
        None => (live::From::Start, Some(context.now.plus_seconds(-USUAL_SECONDS))),
    };
    run.since = run.since.or(since);
    run.learn = context.settings.learns();
    let watch = watch::Watch {
        run,
        from,
        replay: arguments.replay,
        state: state_folder(arguments.state.as_deref(), &context.settings),
    };
    let options = watch::Look {
        theme: arguments.theme,
        ascii: arguments.ascii,
        mouse: arguments.mouse,
        privacy: arguments.privacy,
        no_color: !context.color,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let signals = [
        signal_hook::consts::SIGTERM,
        #[cfg(unix)]
        signal_hook::consts::SIGHUP,
    ];
    for signal in signals {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|error| Error::Usage(format!("cannot listen to signals: {error}")))?;
    }
    watch::watch(watch, options, &stop)?;
    Ok(Exit::Clean)
}
