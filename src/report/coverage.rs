//! How much of each file was understood: few files one by one; many by format, and by name only those that were hardly
//! understood.

use std::collections::BTreeMap;

use super::Report;
use super::words::{counted, list, share, thousands};
use crate::aggregate::{Coverage, FileCoverage, FormatCoverage};
use crate::model::{Format, Mta};

/// So many files are told one by one.
const FILES: usize = 5;
/// Of what was understood, fewer than one line in so many was not.
pub(super) const HARDLY: u64 = 10;

/// A sentence for each file, or for each format.
pub(super) fn sentences(report: &Report) -> Vec<String> {
    let input = &report.input;
    if input.by_file.len() <= FILES && input.by_file_left_out == 0 {
        let mut files: Vec<&FileCoverage> = input.by_file.iter().collect();
        files.sort_by(|a, b| a.file.cmp(&b.file));
        return files.into_iter().map(of_file).collect();
    }
    let of_format = |format: &FormatCoverage| {
        let files = counted(format.files, "file", "files");
        let became = became(&format.coverage, format.format == Format::Exim);
        format!("{files}: {}, {became}.", name(format.format))
    };
    let hardly = || input.by_file.iter().filter(|file| is_hardly_understood(&file.coverage));
    let mut sentences: Vec<String> = input.formats.iter().map(of_format).collect();
    sentences.extend(hardly().take(FILES).map(of_file));
    let more = hardly().count().saturating_sub(FILES) as u64;
    if more > 0 {
        let files = counted(more, "more file was", "more files were");
        sentences.push(format!("{files} hardly understood; --output json has them."));
    }
    sentences
}

/// `mail.log: syslog, Postfix and Sendmail; 99.8 % read, 12 lines not understood.`
fn of_file(file: &FileCoverage) -> String {
    let servers = servers(file.format, &file.servers);
    let became = became(&file.coverage, file.servers.contains_key(&Mta::Exim));
    format!("{}: {}{servers}; {became}.", file.file, name(file.format))
}

fn is_hardly_understood(coverage: &Coverage) -> bool {
    coverage.unmatched > coverage.lines / HARDLY
}

fn name(format: Format) -> String {
    match format.name() {
        "unknown" => "unknown format".to_owned(),
        "json" => "JSON".to_owned(),
        "exim" => "Exim's own log".to_owned(),
        "exchange" => "Exchange's own log".to_owned(),
        "exchange-json" => "Exchange's tracking, exported as JSON".to_owned(),
        "iis" => "log of the IIS SMTP service".to_owned(),
        name => name.replace('-', " "),
    }
}

/// The servers, unless the format says it already.
fn servers(format: Format, servers: &BTreeMap<Mta, u64>) -> String {
    let mut named: Vec<(&Mta, &u64)> = servers.iter().collect();
    named.sort_by(|a, b| b.1.cmp(a.1));
    let named: Vec<String> = named.into_iter().map(|(&mta, _)| server(mta).to_owned()).collect();
    match (format, &*named) {
        (_, []) => ", no mail server".to_owned(),
        (Format::Exim, [only]) if only == server(Mta::Exim) => String::new(),
        (Format::Exchange | Format::ExchangeJson, [only]) if only == server(Mta::Exchange) => String::new(),
        _ => format!(", {}", list(&named)),
    }
}

fn server(mta: Mta) -> &'static str {
    match mta {
        Mta::Postfix => "Postfix",
        Mta::Sendmail => "Sendmail",
        Mta::Exchange => "Exchange",
        Mta::Exim => "Exim",
        Mta::Dovecot => "Dovecot",
    }
}

/// What became of the lines. Exim may say some of them twice: in two logs, or to two priorities of syslog.
fn became(coverage: &Coverage, is_exim: bool) -> String {
    let (all, read) = (coverage.lines, coverage.read());
    let others = if is_exim { "said twice or of other programs" } else { "of other programs" };
    let mut words = Vec::new();
    if read == all {
        words.push("all lines read".to_owned());
    } else if read > 0 {
        words.push(format!("{} read", share(read, all)));
    } else if coverage.ignored < all && coverage.unmatched < all {
        words.push("nothing read".to_owned());
    }
    match coverage.ignored {
        0 => {}
        ignored if ignored == all => words.push(format!("all lines {others}")),
        ignored => words.push(format!("{} {others}", share(ignored, all))),
    }
    match coverage.unmatched {
        0 => {}
        unmatched if unmatched == all => words.push("no line understood".to_owned()),
        1 => words.push("1 line not understood".to_owned()),
        unmatched => words.push(format!("{} lines not understood", thousands(unmatched))),
    }
    words.join(", ")
}
