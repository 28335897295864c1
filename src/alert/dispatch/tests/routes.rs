//! Who is told what, and what becomes of it where sinks come and go.

use super::*;

#[test]
fn routes_lead_by_severity_detector_subject_and_host() {
    let text = "[[route]]\nsinks = ['phone']\nmin_severity = 'critical'\n\
                [[route]]\nsinks = ['chat']\nsubjects = ['203.0.113.0/24', 'Ann@harbour.example']\nhosts = ['MX1']\n\
                [[route]]\nsinks = ['log']\nmin_severity = 'info'\ndetectors = ['open-relay']\n";
    let mut dispatch = routed(prompt(), text, &["phone", "chat", "log"]);
    let mut go = |alert: Alert| -> Vec<&str> {
        dispatch.changed(vec![alert], at(0));
        ["phone", "chat", "log"]
            .into_iter()
            .filter(|sink| !told(&mut dispatch, sink, at(0)).is_empty())
            .collect()
    };
    assert_eq!(go(critical("a")), ["phone", "chat", "log"]);
    assert_eq!(go(warning("b")), ["chat", "log"]);
    assert_eq!(go(alert("c", Severity::Info)), ["log"], "a route may ask for less than is usual");
    assert_eq!(go(Alert { host: "mx2".into(), ..warning("d") }), ["log"]);
    let account = Subject::account(b"ANN@harbour.example");
    assert_eq!(
        go(Alert { subject: account, detector: "compromised-account".into(), ..warning("e") }),
        ["chat"]
    );
}

#[test]
fn routes_that_lead_nowhere_are_mistakes() {
    let sinks = ["chat".to_owned(), "log".to_owned()];
    assert_eq!(check(&routes("[[route]]\nsinks = ['chat']"), &sinks), Ok(()));
    let message = check(&routes("[[route]]\nsinks = ['chat', 'phone']"), &sinks).unwrap_err();
    assert!(message.contains("sink `phone`") && message.contains("`chat`, `log`"), "{message}");
    for (text, want) in [
        ("sinks = []", "at least one sink"),
        ("sinks = ['chat']\nsubjects = ['192.0.2.5/24']", "192.0.2.0/24"),
        ("sinks = ['chat']\ndetector = ['x']", "unknown field `detector`"),
        ("min_severity = 'info'", "missing field `sinks`"),
    ] {
        let error = toml::from_str::<Route>(text).unwrap_err().to_string();
        assert!(error.contains(want), "{text}: {error}");
    }
}

#[test]
fn what_sinks_are_told_at_once_has_one_id_and_what_differs_has_two() {
    let text = "[[route]]\nsinks = ['chat']\n[[route]]\nsinks = ['phone']\nmin_severity = 'critical'\n\
                [[route]]\nsinks = ['log']\n";
    let mut dispatch = routed(prompt(), text, &["chat", "phone", "log"]);
    assert_eq!(tells(&mut dispatch, warning("a"), at(0)), one("a.1", News::Firing));
    assert_eq!(told(&mut dispatch, "log", at(0)), one("a.1", News::Firing));
    assert_eq!(tells(&mut dispatch, critical("a"), at(1)), one("a.2", News::Updated));
    assert_eq!(told(&mut dispatch, "phone", at(1)), one("a.3", News::Firing));
    assert_eq!(told(&mut dispatch, "log", at(1)), one("a.2", News::Updated));
}

#[test]
fn what_waits_for_a_sink_that_is_no_more_is_dead() {
    let mut dispatch = routed(prompt(), "", &["chat", "log"]);
    dispatch.changed(vec![warning("a")], at(0));
    store(&mut dispatch);
    let in_flight = dispatch.next("chat", 1, at(0), false);
    dispatch.reconfigure(prompt(), Vec::new(), vec!["log".to_owned(), "new".to_owned()]);
    dispatch.failed_later(&numbers(&in_flight), "late", None, at(1));
    let statistics = of_chat(&dispatch);
    assert_eq!((statistics.waiting, statistics.dead), (0, 1));
    assert_eq!(dispatch.next("chat", 1, at(9), false), []);
    assert_eq!(dispatch.retry(None, at(9)), 0);
    dispatch.tick(at(9));
    assert_eq!(told(&mut dispatch, "new", at(9)), one("a.2", News::Firing), "a new sink learns what fires");
    assert_eq!(told(&mut dispatch, "log", at(9)), one("a.1", News::Firing));
    let puts = dispatch.snapshot().unwrap();
    let mut restored = routed(prompt(), "", &["chat"]);
    let [dead] = &in_flight[..] else { panic!("one entry") };
    restored.restore(vec![Entry { dead: Some(NO_SINK.to_owned()), ..dead.clone() }], &puts).unwrap();
    assert_eq!(restored.retry(None, at(10)), 1, "the sink is there again");
}
