//! What clients write so that terminals obey it, in every text there is.

use super::busy;
use crate::tui::Frame;

/// What nobody may obey, reorder by or be misaligned by.
const EVIL: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nroot\u{202e}gro.live\u{2028}\u{9b}31m 日本語\u{200b}\u{feff} e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301} 👩‍💻 \t\0 x";

/// What takes two columns each, with an odd one between them.
const WIDE: &str = "日本語のメ-ール送信者";

/// The busy frame, with one or the other in every text.
pub(in crate::tui::tests) fn hostile() -> Frame {
    let mut frame = busy();
    let turn = std::cell::Cell::new(0);
    let evil = |text: &mut String| {
        turn.set(turn.get() + 1);
        *text = format!("{}{text}", if turn.get() % 3 == 0 { EVIL } else { WIDE });
    };
    let picture = &mut frame.picture;
    for row in &mut picture.sources {
        evil(&mut row.name);
        row.helos.iter_mut().chain(&mut row.accounts).for_each(evil);
    }
    picture.accounts.iter_mut().for_each(|row| evil(&mut row.name));
    for row in &mut picture.flows {
        evil(&mut row.who);
        evil(&mut row.to);
    }
    for row in &mut picture.messages {
        [&mut row.queue_id, &mut row.host, &mut row.account, &mut row.sender].into_iter().for_each(evil);
        for one in &mut row.recipients {
            evil(&mut one.address);
            evil(&mut one.next_hop);
        }
        for (file, _, text) in &mut row.lines {
            evil(file);
            evil(text);
        }
    }
    for line in &mut picture.tail {
        evil(&mut line.text);
        evil(&mut line.host);
        line.fields.iter_mut().for_each(|(_, value)| evil(value));
    }
    for alert in &mut frame.alerts {
        let texts = [
            &mut alert.subject.value,
            &mut alert.title,
            &mut alert.summary,
            &mut alert.remedy,
            &mut alert.host,
        ];
        texts.into_iter().for_each(evil);
        for proof in &mut alert.evidence {
            evil(&mut proof.text);
            evil(&mut proof.file);
        }
    }
    for silenced in &mut frame.marks.silenced {
        evil(&mut silenced.comment);
    }
    for source in &mut frame.sources {
        evil(&mut source.name);
        source.problem.iter_mut().for_each(evil);
    }
    frame
}
