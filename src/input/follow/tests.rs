//! Real files, real writers, each way of rotation: every line exactly once.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Arc;
use std::thread;

mod copies;
mod folders;
#[cfg(unix)]
mod links;
#[cfg(unix)]
mod streams;
mod writers;

use super::*;
use crate::input::compression::tests::gzip;
use crate::model::Format;

const PACE: Pace = Pace {
    poll: Duration::from_millis(50),
    settle: Duration::from_millis(150),
    linger: Duration::from_secs(2),
    late: Duration::from_secs(30),
};
/// Nothing takes so long, on the slowest machine.
const DEADLINE: Duration = Duration::from_secs(60);

fn settings(batch_bytes: usize) -> Settings {
    Settings { batch_bytes, consumed: Arc::default(), format: |_| Format::Syslog, stated: None }
}

/// A follower, and what came of it.
struct Case {
    follower: Follower,
    files: Files,
    lines: Vec<String>,
    /// Chunks: where they began and ended, and how many lines there were in front of them.
    marks: Vec<(Position, Position, usize)>,
    ended: bool,
}

impl Case {
    fn new(inputs: &[&Path], from: From, positions: Vec<Position>) -> Self {
        let inputs: Vec<String> = inputs.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        let follower =
            Follower::with(&inputs, from, positions, settings(4096), PACE, Path::new("no-journalctl-here"));
        Self { follower, files: Files::default(), lines: Vec::new(), marks: Vec::new(), ended: false }
    }

    /// One round of looking and reading all there is.
    fn round(&mut self) {
        self.follower.look(&mut self.files);
        for source in 0..self.follower.sources() {
            loop {
                match self.follower.read(source, &mut self.files, b"recycled\n".repeat(self.marks.len() % 3))
                {
                    Read::Chunk(chunk) => self.take(*chunk),
                    Read::Waiting | Read::Settling => break,
                    Read::Ended => {
                        self.ended = true;
                        break;
                    }
                }
            }
        }
    }

    fn take(&mut self, chunk: Chunk) {
        let Chunk { batch, begin, end } = chunk;
        // What is stored comes back as it was.
        let stored: Position = postcard::from_bytes(&postcard::to_stdvec(&begin).unwrap()).unwrap();
        assert_eq!(stored, begin);
        self.marks.push((stored, end, self.lines.len()));
        let text = String::from_utf8(batch.bytes).unwrap();
        assert_eq!(text.lines().count(), batch.lines as usize);
        self.lines.extend(text.lines().map(str::to_owned));
    }

    #[allow(clippy::disallowed_methods)] // a deadline
    fn until(&mut self, done: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        loop {
            self.round();
            if done(self) {
                return;
            }
            if begin.elapsed() > DEADLINE {
                let last = &self.lines[self.lines.len().saturating_sub(3)..];
                panic!("{} lines, last {last:?}; {:#?}", self.lines.len(), self.follower);
            }
            self.follower.wait(Duration::from_millis(50));
        }
    }

    /// Reads until so many lines are there, and a while longer: none may come twice.
    #[allow(clippy::disallowed_methods)] // a while
    fn read(&mut self, count: usize) -> Vec<String> {
        self.until(|case| case.lines.len() >= count);
        self.quiet();
        std::mem::take(&mut self.lines)
    }

    #[allow(clippy::disallowed_methods)] // a while
    fn quiet(&mut self) {
        let begin = Instant::now();
        while begin.elapsed() < 3 * PACE.settle {
            self.round();
            self.follower.wait(Duration::from_millis(20));
        }
    }

    /// The position behind the last chunk.
    fn position(&self) -> Vec<Position> {
        self.marks.last().map(|(_, end, _)| end.clone()).into_iter().collect()
    }
}

fn line(n: usize) -> String {
    format!("2026-03-01T12:00:00 mx1 postfix/smtpd[{}]: line {n:06} {}", n % 977, "x".repeat(n % 50))
}

fn text(numbers: std::ops::Range<usize>) -> String {
    numbers.fold(String::new(), |text, n| text + &line(n) + "\n")
}

fn want(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(line).collect()
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn same(got: &[String], want: &[String]) {
    if got != want {
        let at =
            got.iter().zip(want).position(|(got, want)| got != want).unwrap_or(got.len().min(want.len()));
        let near = |lines: &[String]| {
            lines[at.saturating_sub(2).min(lines.len())..(at + 3).min(lines.len())].to_vec()
        };
        panic!("{} of {} lines, from {at} on {:#?} not {:#?}", got.len(), want.len(), near(got), near(want));
    }
}

/// Moves `mail.log.1` to `mail.log.2` and so on, to make room.
fn shift(path: &Path) {
    let name = |n: usize| PathBuf::from(format!("{}.{n}", path.display()));
    for n in (1..60).rev() {
        if name(n).exists() {
            fs::rename(name(n), name(n + 1)).unwrap();
        }
    }
}

fn first(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.1", path.display()))
}

fn rename_and_create(path: &Path) {
    shift(path);
    fs::rename(path, first(path)).unwrap();
    fs::write(path, "").unwrap();
}

fn copy_and_truncate(path: &Path) {
    shift(path);
    fs::copy(path, first(path)).unwrap();
    fs::write(path, "").unwrap();
}

fn delete_and_create(path: &Path) {
    fs::remove_file(path).unwrap();
    fs::write(path, "").unwrap();
}

/// Compresses what it has renamed while the new file is written already.
fn rename_and_compress(path: &Path) {
    let name = |n: usize| PathBuf::from(format!("{}.{n}.gz", path.display()));
    for n in (1..60).rev().filter(|&n| name(n).exists()) {
        fs::rename(name(n), name(n + 1)).unwrap();
    }
    fs::rename(path, first(path)).unwrap();
    fs::write(path, "").unwrap();
    let old = first(path);
    // As gzip does: piece by piece into a file beside it, which has the old one's times in the end.
    let compress = move || {
        let packed = gzip(&fs::read(&old).unwrap());
        let new = PathBuf::from(format!("{}.gz", old.display()));
        let mut file = fs::File::create(&new).unwrap();
        for piece in packed.chunks(packed.len() / 8 + 1) {
            file.write_all(piece).unwrap();
            thread::sleep(Duration::from_millis(5));
        }
        file.set_modified(fs::metadata(&old).unwrap().modified().unwrap()).unwrap();
        fs::remove_file(&old).unwrap();
    };
    thread::spawn(compress);
    thread::sleep(Duration::from_millis(60));
}

type Rotation = (&'static str, fn(&Path));

const ROTATIONS: [Rotation; 4] = [
    ("rename", rename_and_create),
    ("copy", copy_and_truncate),
    ("delete", delete_and_create),
    ("compress", rename_and_compress),
];

/// Writes lines at full speed, a few at a time, and half a line between; rotates now and then.
fn writer(
    path: PathBuf,
    rotate: fn(&Path),
    rounds: usize,
    pause: Duration,
) -> (thread::JoinHandle<()>, usize) {
    const EACH: usize = 600;
    let write = move || {
        for round in 0..rounds {
            let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
            for part in 0..EACH / 20 {
                let begin = round * EACH + part * 20;
                let text = text(begin..begin + 20);
                let (front, behind) = text.as_bytes().split_at(text.len() * (part % 7) / 7);
                file.write_all(front).unwrap();
                file.write_all(behind).unwrap();
                if part % 5 == 0 {
                    thread::sleep(pause / 6);
                }
            }
            if round + 1 < rounds {
                rotate(&path);
            }
        }
    };
    (thread::spawn(write), rounds * EACH)
}

#[test]
fn no_way_of_rotation_loses_or_doubles_a_line() {
    for (name, rotate) in ROTATIONS {
        for glob in [false, true] {
            // Of deleted files nothing is left for who comes late: they are given time.
            let pause = Duration::from_millis(if name == "delete" { 300 } else { 60 });
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("mail.log");
            let typed = if glob { folder.path().join("mail.log*") } else { path.clone() };
            let mut case = Case::new(&[&typed], From::End, Vec::new());
            case.round();
            let (writer, count) = writer(path, rotate, 8, pause);
            let got = case.read(count);
            writer.join().unwrap();
            println!("{name} {glob}");
            same(&got, &want(0..count));
            assert_eq!(case.follower.sources(), 1);

            // From any place that was stored everything behind it comes again.
            if name != "delete" {
                let step = case.marks.len() / 3;
                for (begin, _, lines) in case.marks.iter().step_by(step.max(1)) {
                    let mut again = Case::new(&[&typed], From::End, vec![begin.clone()]);
                    let got = again.read(count - lines);
                    println!("{name} {glob} from line {lines}: {begin:?}");
                    same(&got, &want(*lines..count));
                }
            }
        }
    }
}

#[test]
fn a_copy_that_was_come_upon_before_it_was_written_has_the_rest_of_what_was_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    append(&path, &text(0..500));
    let mut case = Case::new(&[&folder.path().join("mail.log*")], From::Start, Vec::new());
    same(&case.read(500), &want(0..500));
    // The copy is begun, and seen, before there is anything in it.
    append(&first(&path), "");
    case.round();
    append(&path, &text(500..1000));
    append(&first(&path), &text(0..1000));
    fs::write(&path, text(1000..1500)).unwrap();
    same(&case.read(1000), &want(500..1500));
}

#[test]
fn what_is_rotated_while_nobody_follows_is_read_later() {
    for packed in [false, true] {
        for (_, rotate) in &ROTATIONS[..2] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("mail.log");
            append(&path, &text(0..1000));
            let mut case = Case::new(&[&path], From::Start, Vec::new());
            same(&case.read(1000), &want(0..1000));
            let position = case.position();
            drop(case);
            append(&path, &text(1000..2000));
            rotate(&path);
            append(&path, &text(2000..3000));
            thread::sleep(Duration::from_millis(20));
            rotate(&path);
            append(&path, &text(3000..4000));
            if packed {
                for n in 1..=2 {
                    let from = PathBuf::from(format!("{}.{n}", path.display()));
                    let time = fs::metadata(&from).unwrap().modified().unwrap();
                    let to = PathBuf::from(format!("{}.{n}.gz", path.display()));
                    fs::write(&to, gzip(&fs::read(&from).unwrap())).unwrap();
                    fs::File::options().append(true).open(&to).unwrap().set_modified(time).unwrap();
                    fs::remove_file(&from).unwrap();
                }
            }
            let mut case = Case::new(&[&path], From::Start, position);
            same(&case.read(3000), &want(1000..4000));
            assert_eq!(case.follower.problems(), []);
        }
    }
}

fn append_bytes(path: &Path, bytes: &[u8]) {
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(bytes).unwrap();
}

#[test]
fn half_a_line_waits_for_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    append(&path, "one\ntw");
    let mut case = Case::new(&[&path], From::Start, Vec::new());
    assert_eq!(case.read(1), ["one"]);
    append(&path, "o\nthree");
    assert_eq!(case.read(1), ["two"]);
    let health = case.follower.health(0);
    assert_eq!((health.exists, health.bytes_behind, health.last_read), (true, 5, 8));
    // From the position in front of it, too.
    let mut again = Case::new(&[&path], From::End, case.position());
    // Once its file is left behind, nothing comes any more.
    rename_and_create(&path);
    append(&path, "four\n");
    assert_eq!(case.read(2), ["three", "four"]);
    assert_eq!(again.read(2), ["three", "four"]);
    // Whoever still writes into the old one is heard.
    append(&first(&path), " late\n");
    assert_eq!(case.read(1), [" late"]);
}

#[test]
fn reading_begins_behind_the_last_whole_line_and_counts_those_in_front() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    append(&path, &(text(0..5000) + "begun"));
    let mut case = Case::new(&[&path], From::End, Vec::new());
    case.quiet();
    assert_eq!(case.lines, [""; 0]);
    let stored = case.follower.position(0).unwrap();
    append(&path, " and ended\nnext\n");
    for mut case in [case, Case::new(&[&path], From::End, vec![stored])] {
        assert_eq!(case.read(2), ["begun and ended", "next"]);
        let (_, end, _) = &case.marks[0];
        let At::Files(places) = &end.at else { panic!() };
        assert_eq!(places[0].mark.as_ref().unwrap().lines, 5002);
    }
}

#[test]
fn a_file_that_is_emptied_and_grows_beyond_where_reading_stood() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    append(&path, &text(0..10));
    let mut case = Case::new(&[&path], From::Start, Vec::new());
    same(&case.read(10), &want(0..10));
    fs::write(&path, text(100..200)).unwrap();
    same(&case.read(100), &want(100..200));
    // Cut back to what was read already: only what is new comes.
    fs::write(&path, text(100..150)).unwrap();
    case.quiet();
    append(&path, &text(300..310));
    same(&case.read(10), &want(300..310));
    // Zeros where a writer went on at its old offset.
    fs::write(&path, [vec![0; 200_000], text(400..410).into_bytes()].concat()).unwrap();
    let got = case.read(10);
    same(&got[got.len() - 9..], &want(401..410));
    assert!(got[got.len() - 10].ends_with(&line(400)));
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_told_once_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    // A link that leads to itself, since root may read anything.
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let mut case = Case::new(&[&path], From::Start, Vec::new());
    case.quiet();
    let problems = case.follower.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].unreadable && problems[0].message.contains("cannot read it"), "{problems:?}");
    fs::remove_file(&path).unwrap();
    append(&path, &text(0..10));
    same(&case.read(10), &want(0..10));
}

#[test]
fn what_appears_and_is_rotated_before_anybody_looks_is_read() {
    for rotate in [rename_and_create, copy_and_truncate] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        // It was there before, and is none of ours.
        append(&folder.path().join("mail.log.1"), &text(5000..5100));
        let mut case = Case::new(&[&path], From::End, Vec::new());
        case.round();
        append(&path, &text(0..100));
        rotate(&path);
        append(&path, &text(100..200));
        rotate(&path);
        append(&path, &text(200..300));
        let mut got = case.read(300);
        // What was copied is newer than what was written behind it: the order is that of the names then.
        got.sort_unstable();
        let mut all = want(0..300);
        all.sort_unstable();
        same(&got, &all);
    }
}

#[test]
fn a_place_is_known_again_where_its_file_has_grown_or_was_copied() {
    for rotate in [None, Some(rename_and_create as fn(&Path)), Some(copy_and_truncate)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        append(&path, &text(0..500));
        let mut case = Case::new(&[&path], From::Start, Vec::new());
        case.read(500);
        let (begin, _, lines) = case.marks[case.marks.len() / 2].clone();
        drop(case);
        append(&path, &text(500..600));
        if let Some(rotate) = rotate {
            rotate(&path);
        }
        let mut again = Case::new(&[&path], From::Start, vec![begin.clone()]);
        same(&again.read(600 - lines), &want(lines..600));
        let first = &again.marks[0].0;
        assert!(first.is_at(&begin), "{first:?} {begin:?}");
        assert!(!again.marks[1].0.is_at(&begin));
    }
}
