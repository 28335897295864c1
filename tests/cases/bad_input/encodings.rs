//! Byte order marks, and logs that Windows wrote.

use super::compressed::xz;
use super::{Folder, expected, line, lines};
use crate::cases::program::{code, run_with};

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn marks_and_wide_characters_change_nothing() {
    let text = lines(2000);
    let marked = format!("\u{feff}{text}");
    for bytes in [
        marked.clone().into_bytes(),
        utf16(&marked, u16::to_le_bytes),
        utf16(&marked, u16::to_be_bytes),
        utf16(&text, u16::to_le_bytes),
        utf16(&text.replace('\n', "\r\n"), u16::to_be_bytes),
        xz(&utf16(&marked, u16::to_le_bytes)),
    ] {
        let folder = Folder::new(&[("mail.log", &bytes)]);
        assert_eq!(folder.clients(&["mail.log"]), expected(2000));
        let (report, exit, said) = folder.analyze(&["mail.log"]);
        assert_eq!((exit, said.as_str(), &report["input"]["lines"]), (0, "", &2000.into()));
        assert_eq!(code(&run_with(&["parse", "-"], &bytes)), 0);
    }
    // The same lines are the same file, however they are written.
    let folder =
        Folder::new(&[("mail.log", text.as_bytes()), ("wide.log", &utf16(&marked, u16::to_le_bytes))]);
    let (report, exit, said) = folder.analyze(&[""]);
    assert_eq!((exit, &report["input"]["lines"]), (0, &2000.into()), "{said}");
}

#[test]
fn an_encoding_that_breaks_loses_no_line() {
    let broken = [
        utf16(&lines(100), u16::to_le_bytes),
        // Half of a character outside the basic plane.
        vec![0x3d, 0xd8],
        utf16(&line(100), u16::to_le_bytes),
        vec![0x3d, 0xd8],
        utf16(&format!("\n{}", line(101)), u16::to_le_bytes),
        vec![b'x'],
    ];
    let folder = Folder::new(&[("mail.log", &broken.concat())]);
    let (report, exit, said) = folder.analyze(&["mail.log"]);
    assert_eq!((exit, &report["input"]["lines"], said.lines().count()), (0, &104.into(), 1), "{said}");
    assert!(said.contains("mail.log: 3 of its characters are no UTF-16"), "{said}");
    let found = folder.clients(&["mail.log"]);
    assert!(found[..100] == expected(100) && found.contains(&expected(102)[101]), "{found:?}");
}
