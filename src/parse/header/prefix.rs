//! Names that tools put in front of lines when they show several sources at once.
//!
//! - `mail.log.1:Nov  5 ...`, `mail.log.1:17:Nov  5 ...`: grep(1), `-H` and `-n`.
//! - `postfix-1  | Nov  5 ...`: `docker compose logs`.
//! - `[pod/mail-0/postfix] Nov  5 ...`: `kubectl logs --prefix`.
//! - `mx1.example.com: Nov  5 ...`: exports of log collectors. A program is no host: such a name has a point or a digit.

/// More colons than this are no name.
const COLONS: usize = 8;

/// Where a line may begin behind a name at `at`.
pub(super) fn candidates(line: &[u8], at: usize) -> impl Iterator<Item = usize> {
    let rest = line.get(at..).unwrap_or_default();
    let word = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
    let bracket =
        if rest.starts_with(b"[pod/") && rest[..word].ends_with(b"]") { Some(word + 1) } else { None };
    let service = bar(rest, word);
    let name = &rest[..rest.iter().take(word).take_while(|&&byte| is_of_name(byte)).count()];
    let is_host = name.iter().any(|byte| byte.is_ascii_digit() || *byte == b'.');
    let host = (name.len() == word && name.ends_with(b":") && is_host).then_some(word + 1);
    let colons = name.iter().enumerate().filter(|&(_, &byte)| byte == b':').map(|(colon, _)| colon + 1);
    [bracket, service, host]
        .into_iter()
        .flatten()
        .chain(colons.take(COLONS))
        .filter(|&behind| behind < rest.len())
        .map(move |behind| at + behind)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Of hosts, services, files and programs.
pub(super) fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._-:@+%~".contains(&byte) || !byte.is_ascii()
}

/// `postfix-1  | `: names are padded to the longest.
fn bar(rest: &[u8], word: usize) -> Option<usize> {
    let spaces = rest[word..].iter().take_while(|&&byte| byte == b' ').count();
    let at = word + spaces;
    (word > 0 && spaces > 0 && rest[at..].starts_with(b"| ")).then_some(at + 2)
}
