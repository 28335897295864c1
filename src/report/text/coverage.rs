//! How much of each file was understood: few files one by one; many by format, and by name only those that were hardly
//! understood.

use std::collections::BTreeMap;

use super::Report;
use super::page::Page;
use crate::aggregate::{Coverage, FileCoverage};
use crate::model::{Format, Mta};
use crate::report::words::{counted, list, share, thousands};

/// So many files are told one by one.
const FILES: usize = 5;
/// Of what was understood, fewer than one line in so many was not.
pub(super) const HARDLY: u64 = 10;

pub(super) fn write(report: &Report, page: &mut Page) {
    let input = &report.input;
    if input.by_file.len() <= FILES && input.by_file_left_out == 0 {
        let mut files: Vec<&FileCoverage> = input.by_file.iter().collect();
        files.sort_by(|a, b| a.file.cmp(&b.file));
        for file in files {
            tell(page, &file.file, file);
        }
        return;
    }
    for format in &input.formats {
        let files = counted(format.files, "file", "files");
        let became = became(&format.coverage, format.format == Format::Exim);
        page.hanging(2, 2, &format!("{files}: {}, {became}.", name(format.format)));
    }
    let hardly = || input.by_file.iter().filter(|file| is_hardly_understood(&file.coverage));
    for file in hardly().take(FILES) {
        tell(page, &file.file, file);
    }
    let more = hardly().count().saturating_sub(FILES) as u64;
    if more > 0 {
        let files = counted(more, "more file was", "more files were");
        page.paragraph(2, &format!("{files} hardly understood; --output json has them."));
    }
}

/// `mail.log: syslog, Postfix and Sendmail; 99.8 % read, 12 lines not understood.`
fn tell(page: &mut Page, label: &str, file: &FileCoverage) {
    let servers = servers(file.format, &file.servers);
    let became = became(&file.coverage, file.servers.contains_key(&Mta::Exim));
    page.hanging(2, 2, &format!("{label}: {}{servers}; {became}.", name(file.format)));
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
