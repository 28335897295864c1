//! How something that has only begun is laid out.

use super::super::Settings;
use super::super::open::PEEK;
use crate::model::Format;

/// The layout of what begins with `head`; `None` where more must come before that can be told. `settled`: nothing more
/// comes, as far as anybody knows.
pub(super) fn of(head: &[u8], settings: &Settings, settled: bool) -> Option<Format> {
    if let Some(stated) = settings.stated {
        return Some(stated);
    }
    if head.is_empty() {
        return None;
    }
    let enough = settled || head.len() >= PEEK;
    // Comments in front of the first line name its columns, and there may be more of them to come.
    let told = head
        .split_inclusive(|&byte| byte == b'\n')
        .any(|line| line.ends_with(b"\n") && !line.starts_with(b"#") && !line.trim_ascii().is_empty());
    if !told && !enough {
        return None;
    }
    Some((settings.format)(head)).filter(|&format| enough || format != Format::Unknown)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_layout_is_told_by_a_whole_line_or_by_silence() {
        let format = |head: &[u8]| if head.starts_with(b"?") { Format::Unknown } else { Format::Exim };
        let settings = Settings { batch_bytes: 1, consumed: Arc::default(), format, stated: None };
        for (head, settled, want) in [
            (&b""[..], true, None),
            (b"half", false, None),
            (b"half", true, Some(Format::Exim)),
            (b"whole\nha", false, Some(Format::Exim)),
            (b"#Software: x\n\n", false, None),
            (b"#Fields: x\n1\n", false, Some(Format::Exim)),
            (b"?\n", false, None),
            (b"?\n", true, Some(Format::Unknown)),
        ] {
            assert_eq!(of(head, &settings, settled), want, "{head:?}");
        }
    }
}
