//! What is silenced.

use super::*;

#[test]
fn what_is_silenced_is_told_when_the_silence_ends_if_it_still_fires() {
    let mut dispatch = dispatch(prompt());
    let silence = |subject: &str, until| Silence {
        id: 1,
        detector: Some("open-relay".to_owned()),
        subject: Some(subject.to_owned()),
        host: Some("MX1".to_owned()),
        until,
        comment: String::new(),
        created: at(0),
    };
    tells(&mut dispatch, warning("before"), at(0));
    dispatch.set_silences(vec![silence("203.0.113.0/24", at(100))]);
    dispatch.tick(at(1));
    assert_eq!(tells(&mut dispatch, critical("a"), at(2)), []);
    assert_eq!(tells(&mut dispatch, critical("b"), at(2)), []);
    assert_eq!(tells(&mut dispatch, resolved(critical("b")), at(3)), []);
    assert_eq!(tells(&mut dispatch, resolved(warning("before")), at(3)), []);
    let other = Alert { detector: "protocol-abuse".into(), ..warning("other") };
    assert_eq!(tells(&mut dispatch, other, at(3)), one("other.1", News::Firing));
    assert_eq!(dispatch.next_due(), Some(at(100)));
    dispatch.tick(at(100));
    let ends = told(&mut dispatch, "chat", at(100));
    assert_eq!(ends, [("a.1".to_owned(), News::Firing), ("before.2".to_owned(), News::Resolved)]);
    // A silence that is taken back ends as well.
    dispatch.set_silences(vec![silence("203.0.113.66", at(1000))]);
    assert_eq!(tells(&mut dispatch, warning("c"), at(101)), []);
    dispatch.set_silences(Vec::new());
    dispatch.tick(at(102));
    assert_eq!(told(&mut dispatch, "chat", at(102)), one("c.1", News::Firing));
}
