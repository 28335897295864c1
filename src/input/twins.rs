//! Files that hold the same lines: a Debian /var/log has mail.log and mail.info, a rotated log and its compressed
//! copy may both be there. Reading both would count every line twice.
//!
//! A file is left out only if its whole content is another one's, or the beginning of it: no line is ever lost. To
//! find that out costs a look at the first line of each file, and reading those that agree in it as far as they agree.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use memchr::{memchr, memchr_iter};

use super::Input;
use super::open::{open, peek};

/// Fewer lines in common may be chance, and do no harm.
const LINES: usize = 3;
/// Enough of a first line to tell files apart; the comparison has the last word.
const FIRST_LINE: usize = 256;
/// Bytes compared at a time.
const BLOCK: usize = 64 * 1024;

/// A file that is not read because another one has all its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// The name of the file that is not read.
    pub left_out: String,
    /// The name of the one that has its lines.
    pub read: String,
}

/// `inputs` without those whose lines another one has; and which these are.
///
/// Of two files with one content the one with the shorter name is read (`mail.log`, not `mail.log.gz` or
/// `mail.info`), or else the one that was named first. Pipes and standard input are not looked into.
/// Once `stop` is set everything that was not compared yet is taken for different.
pub fn leave_out_twins(inputs: Vec<Input>, stop: &AtomicBool) -> (Vec<Input>, Vec<Twin>) {
    let mut begins: HashMap<Box<[u8]>, Vec<usize>, ahash::RandomState> = HashMap::default();
    let mut kept: Vec<Option<Input>> = Vec::with_capacity(inputs.len());
    let mut twins = Vec::new();
    // One file is nobody's twin.
    let look = inputs.len() > 1;
    for input in inputs {
        let Some(line) = look.then(|| first_line(&input)).flatten() else {
            kept.push(Some(input));
            continue;
        };
        let alike = begins.entry(line).or_default();
        let mut left_out = false;
        for at in alike.iter_mut() {
            let Some(other) = &kept[*at] else { continue };
            match compare(other, &input, stop) {
                Some(Longer::Equal) if input.name.len() < other.name.len() => {
                    twins.push(Twin { left_out: other.name.clone(), read: input.name.clone() });
                    kept[*at] = None;
                }
                Some(Longer::Second) => {
                    twins.push(Twin { left_out: other.name.clone(), read: input.name.clone() });
                    kept[*at] = None;
                }
                Some(Longer::First | Longer::Equal) => {
                    twins.push(Twin { left_out: input.name.clone(), read: other.name.clone() });
                    left_out = true;
                    break;
                }
                None => {}
            }
        }
        if left_out {
            continue;
        }
        alike.push(kept.len());
        kept.push(Some(input));
    }
    (kept.into_iter().flatten().collect(), twins)
}

/// The beginning of the first line of a regular file, if there are [`LINES`] at its beginning.
fn first_line(input: &Input) -> Option<Box<[u8]>> {
    let bytes = peek(input);
    let end = memchr(b'\n', &bytes).filter(|_| memchr_iter(b'\n', &bytes).nth(LINES - 1).is_some())?;
    Some(Box::from(&bytes[..end.min(FIRST_LINE)]))
}

/// Which of two files has more than the other's lines.
enum Longer {
    Equal,
    First,
    Second,
}

/// `None`: they differ, or one of them cannot be read to its end.
fn compare(first: &Input, second: &Input, stop: &AtomicBool) -> Option<Longer> {
    let mut first = open(first, &Arc::default()).ok()?.bytes;
    let mut second = open(second, &Arc::default()).ok()?.bytes;
    let (mut a, mut b) = (vec![0; BLOCK], vec![0; BLOCK]);
    while !stop.load(Relaxed) {
        let (read_a, read_b) = (fill(&mut first, &mut a).ok()?, fill(&mut second, &mut b).ok()?);
        let both = read_a.min(read_b);
        if a[..both] != b[..both] {
            return None;
        }
        if both < BLOCK {
            return Some(match read_a.cmp(&read_b) {
                Ordering::Less => Longer::Second,
                Ordering::Equal => Longer::Equal,
                Ordering::Greater => Longer::First,
            });
        }
    }
    None
}

/// Reads until `block` is full or the file ends.
fn fill(from: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < block.len() {
        match from.read(&mut block[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

#[cfg(test)]
mod tests {
    use super::super::compression::tests::{gzip, lines};
    use super::*;

    /// The names of what is read, and `left out < read` for the others.
    fn told(files: &[(&str, &[u8])]) -> (Vec<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        for (name, content) in files {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            paths.push(path.to_string_lossy().into_owned());
        }
        let short = |name: &str| name.rsplit('/').next().unwrap().to_owned();
        let (inputs, twins) = leave_out_twins(super::super::find(&paths).0, &AtomicBool::new(false));
        (
            inputs.iter().map(|input| short(&input.name)).collect(),
            twins.iter().map(|twin| format!("{} < {}", short(&twin.left_out), short(&twin.read))).collect(),
        )
    }

    #[test]
    fn one_content_is_read_once_compressed_or_not() {
        let text = lines(20_000);
        let packed = gzip(&text);
        let files: [(&str, &[u8]); 3] =
            [("mail.info", &text), ("mail.log", &text), ("mail.log.1.gz", &packed)];
        let left_out = ["mail.info < mail.log".to_owned(), "mail.log.1.gz < mail.log".to_owned()];
        assert_eq!(told(&files), (vec!["mail.log".to_owned()], left_out.to_vec()));
    }

    #[test]
    fn the_longer_one_is_read() {
        let text = lines(20_000);
        let files: [(&str, &[u8]); 2] = [("copy", &text[..text.len() / 2]), ("log", &text)];
        assert_eq!(told(&files), (vec!["log".to_owned()], vec!["copy < log".to_owned()]));
    }

    #[test]
    fn what_differs_anywhere_is_read() {
        let text = lines(20_000);
        let mut other = text.clone();
        *other.last_mut().unwrap() = b' ';
        let mut cut = gzip(&text);
        cut.truncate(cut.len() - 4);
        let few = b"one\ntwo\n";
        let files: [(&str, &[u8]); 7] =
            [("a", &text), ("b", &other), ("c.gz", &cut), ("d", few), ("e", few), ("f", b""), ("g", b"")];
        let (read, left_out) = told(&files);
        assert_eq!((read.len(), left_out), (7, vec![]));
    }
}
