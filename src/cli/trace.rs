//! `trace`: the story of a message.

use std::io::Write;
use std::sync::atomic::Ordering::Relaxed;

use super::args::{Output, Trace};
use super::beside::watched;
use super::context::Context;
use super::ending::Ending;
use super::{Error, Exit, warn};
use crate::model::{counted, shown_text};
use crate::report;
use crate::runtime;
use crate::trace::Search;

/// Reads, and tells the stories.
pub(super) fn run(arguments: &Trace, context: &Context, out: &mut impl Write) -> Result<Exit, Error> {
    let output = context.output("trace", &[Output::Text, Output::Ndjson])?;
    let Some(search) = Search::of(&arguments.what) else {
        return Err(Error::Usage(
            "nothing is named by that: give a queue id, an address or a Message-ID".to_owned(),
        ));
    };
    if arguments.files.iter().any(|file| file == "-") {
        return Err(Error::Usage(
            "a story takes several readings, and standard input can be read only once: save it to a file"
                .to_owned(),
        ));
    }
    let options = context.run_options(&arguments.files);
    let (traced, lines) = watched(|progress| {
        let traced = runtime::trace(&options, progress, search.clone());
        (traced, progress.lines.load(Relaxed))
    });
    let traced = traced?;
    let (stories, names) = (&traced.stories.all, (&traced.files, &traced.hosts));
    match output {
        Output::Ndjson => report::trace::write_ndjson(stories, names, out)?,
        _ => report::trace::write(stories, names, context.color, out)?,
    }
    out.flush()?;
    if stories.is_empty() {
        let read = counted(lines, "line", "lines");
        warn(format_args!(
            "{read} read, none of them a mail server's that names {}",
            shown_text(&arguments.what)
        ));
    }
    if traced.stories.is_cut {
        warn(format_args!(
            "there is more about {} than is shown: narrow it with --since, --until or --host",
            shown_text(&arguments.what)
        ));
    }
    let ending = Ending {
        inputs: &options.inputs,
        problems: &traced.outcome.problems,
        interrupted: traced.outcome.interrupted,
        lines,
        mail_lines: traced.outcome.mail_lines,
        failed: false,
    };
    Ok(ending.tell())
}
