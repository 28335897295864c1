//! Files that hold the same lines: a Debian /var/log has mail.log and mail.info, a rotated log and its compressed
//! copy may both be there. Reading both would count every line twice.
//!
//! A file is left out only if its whole content is another one's, or the beginning of it: no line is ever lost. To
//! find that out costs a look at the first line of each file, and reading those that agree in it as far as they agree.
//! Thousands of files may agree in it, where it names columns: they are put into the order of their contents, in which
//! a file that is the beginning of any other one is the beginning of the next.

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
    let mut alike: HashMap<Box<[u8]>, Vec<Place>, ahash::RandomState> = HashMap::default();
    // One file is nobody's twin.
    let look = inputs.len() > 1;
    for (at, input) in inputs.iter().enumerate() {
        if let Some(line) = look.then(|| first_line(input)).flatten() {
            insert(alike.entry(line).or_default(), &inputs, at, stop);
        }
    }
    let mut read_instead = vec![None; inputs.len()];
    for places in alike.values() {
        for chain in places.chunk_by(|place, _| place.next != Next::Other) {
            let whole = chain.iter().rev().skip(1).take_while(|place| place.next == Next::Equal).count() + 1;
            let whole = chain[chain.len() - whole..].iter().map(|place| place.input);
            let read = whole.min_by_key(|&at| (inputs[at].name.len(), at));
            for place in chain {
                read_instead[place.input] = read.filter(|&read| read != place.input);
            }
        }
    }
    let name = |at: usize| inputs[at].name.clone();
    let twins = read_instead.iter().enumerate();
    let twins =
        twins.filter_map(|(at, read)| Some(Twin { left_out: name(at), read: name((*read)?) })).collect();
    let kept = inputs.into_iter().zip(read_instead).filter(|(_, read)| read.is_none());
    (kept.map(|(input, _)| input).collect(), twins)
}

/// A file among others that begin like it, in the order of their contents.
struct Place {
    /// Its index.
    input: usize,
    next: Next,
}

/// What the next file in order is to one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// It has the same content.
    Equal,
    /// It begins with all the other one has.
    Longer,
    Other,
}

/// Puts the file `at` where its content belongs. A search that a growing file misleads puts it anywhere, no more.
fn insert(places: &mut Vec<Place>, inputs: &[Input], at: usize, stop: &AtomicBool) {
    let (mut low, mut high) = (0, places.len());
    let (mut before, mut next) = (Next::Other, Next::Other);
    while low < high {
        let middle = low.midpoint(high);
        match compare(&inputs[places[middle].input], &inputs[at], stop) {
            (Ordering::Less, relation) => (low, before) = (middle + 1, relation),
            (Ordering::Greater, relation) => (high, next) = (middle, relation),
            (Ordering::Equal, relation) => {
                // What stands in front is to this file what it is to its equal.
                before = middle.checked_sub(1).map_or(Next::Other, |front| places[front].next);
                (low, high, next) = (middle, middle, relation);
            }
        }
    }
    if let Some(front) = low.checked_sub(1) {
        places[front].next = before;
    }
    places.insert(low, Place { input: at, next });
}

/// The beginning of the first line of a regular file, if there are [`LINES`] at its beginning.
fn first_line(input: &Input) -> Option<Box<[u8]>> {
    let bytes = peek(input);
    let end = memchr(b'\n', &bytes).filter(|_| memchr_iter(b'\n', &bytes).nth(LINES - 1).is_some())?;
    Some(Box::from(&bytes[..end.min(FIRST_LINE)]))
}

/// The order of two contents, as far as they can be read, and what the greater one is to the other: nothing to one that
/// cannot be read to its end.
fn compare(first: &Input, second: &Input, stop: &AtomicBool) -> (Ordering, Next) {
    let (mut first, mut second) = (Content::of(first), Content::of(second));
    let (mut a, mut b) = (vec![0; BLOCK], vec![0; BLOCK]);
    while !stop.load(Relaxed) {
        let (read_a, read_b) = (first.fill(&mut a), second.fill(&mut b));
        let both = read_a.min(read_b);
        match (a[..both].cmp(&b[..both]), read_a.cmp(&read_b)) {
            (Ordering::Equal, Ordering::Equal) if both == BLOCK => {}
            (Ordering::Equal, Ordering::Equal) => {
                if first.broken || second.broken {
                    return (second.broken.cmp(&first.broken).then(Ordering::Less), Next::Other);
                }
                return (Ordering::Equal, Next::Equal);
            }
            (Ordering::Equal, order) => {
                let shorter = if order == Ordering::Less { first } else { second };
                return (order, if shorter.broken { Next::Other } else { Next::Longer });
            }
            (order, _) => return (order, Next::Other),
        }
    }
    (Ordering::Less, Next::Other)
}

/// What a file holds, decompressed.
struct Content {
    bytes: Box<dyn Read>,
    /// It ended where it should not.
    broken: bool,
}

impl Content {
    fn of(input: &Input) -> Self {
        match open(input, &Arc::default()) {
            Ok(opened) => Self { bytes: Box::new(opened.bytes), broken: false },
            Err(_) => Self { bytes: Box::new(io::empty()), broken: true },
        }
    }

    /// Reads until `block` is full or the file ends.
    fn fill(&mut self, block: &mut [u8]) -> usize {
        let mut len = 0;
        while len < block.len() && !self.broken {
            match self.bytes.read(&mut block[len..]) {
                Ok(0) => break,
                Ok(read) => len += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.broken = true,
            }
        }
        len
    }
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
    fn among_many_with_one_header_every_twin_is_found() {
        let head = "#Fields: one column\nfirst\n";
        let content = |hour: usize, lines: usize| {
            let rows: Vec<String> = (0..lines).map(|line| format!("hour {hour}, line {line}\n")).collect();
            format!("{head}{}", rows.concat()).into_bytes()
        };
        let mut files: Vec<(String, Vec<u8>)> =
            (0..300).map(|n| (format!("hour{:03}", n * 7 % 300), content(n * 7 % 300, 20))).collect();
        files.insert(150, ("copy".into(), content(211, 20)));
        files.push(("begun".into(), content(17, 5)));
        files.push(("head".into(), head.repeat(2).into_bytes()));
        let mut cut = gzip(&content(99, 20));
        cut.truncate(cut.len() - 4);
        files.insert(20, ("cut.gz".into(), cut));
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (&name[..], &text[..])).collect();
        let (read, left_out) = told(&files);
        assert_eq!(left_out, ["hour211 < copy", "begun < hour017"]);
        assert_eq!(read.len(), files.len() - 2);
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
