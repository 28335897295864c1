//! What the page says, and what it never lets through.

use proptest::prelude::*;

use super::write;
use crate::model::{Alert, Severity};
use crate::report::Report;
use crate::report::fixtures::{alert, at, denied, hostile, report};

fn page(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, Severity::Warning, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The page without its style.
fn body(report: &Report) -> String {
    let page = page(report);
    page[page.find("<body>").unwrap()..].to_owned()
}

/// The names of all elements that are opened, each once.
fn elements(page: &str) -> Vec<String> {
    let starts = page.match_indices('<').map(|(at, _)| &page[at + 1..]);
    let name = |rest: &str| rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
    let mut names: Vec<String> = starts.map(name).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn a_quiet_log_gives_a_short_page() {
    let page = body(&report());
    for said in ["No open relay seen", "12,345 lines in 1 file", "mail.log: syslog, Postfix", "<b>0</b>"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for nothing in ["<article", "<svg", "<details", "Denied addresses", "Assumed"] {
        assert!(!page.contains(nothing), "{nothing}");
    }
}

#[test]
fn alerts_are_told_whole_or_listed_and_point_to_each_other() {
    let mut report = report();
    denied(&mut report, 12);
    report.relay.unauthorised = 19;
    let grave =
        Alert { id: "a1".into(), related: vec!["b2".into()], ..alert("open-relay", Severity::Critical) };
    let again = Alert { id: "c3".into(), ..alert("open-relay", Severity::Critical) };
    let info =
        Alert { id: "b2".into(), title: "Denied".into(), ..alert("relay-denied-spike", Severity::Info) };
    report.alerts = vec![grave, again, info];
    let page = body(&report);
    assert!(page.contains("class=\"verdict alarm\""), "{page}");
    assert_eq!(page.matches("<article class=\"critical\"").count(), 2);
    assert!(
        page.contains("id=\"alert-a1\"")
            && page.contains("<a href=\"#alert-b2\">Denied (relay-denied-spike)</a>")
    );
    assert!(page.contains("<tr class=\"info\" id=\"alert-b2\">") && page.contains("More alerts: 1"));
    assert!(page.contains("mail.log:812") && page.contains("client=unknown[203.0.113.66]"));
    // What is to be copied stands by itself; what was said is not said again.
    assert_eq!(page.matches("<pre>    smtpd_relay_restrictions = permit_mynetworks").count(), 1);
    assert!(page.contains("As said at <a href=\"#alert-a1\">203.0.113.66</a>"));
    assert!(page.contains("Denied addresses") && page.contains("203.0.113.66"));
}

#[test]
fn a_flood_of_alerts_makes_a_page_that_can_be_read() {
    let mut report = report();
    report.alerts = (0..1500)
        .map(|number| Alert { id: number.to_string(), ..alert("relay-denied-spike", Severity::Warning) })
        .collect();
    let page = body(&report);
    assert_eq!(page.matches("<article").count(), 200);
    assert_eq!(page.matches("<tr class=\"warning\"").count(), 1000);
    assert!(page.contains("More alerts: 1,300") && page.contains("300 further alerts in the JSON report."));
    assert_eq!(page.matches("<rect").count(), 0, "nothing was counted, so there is no time to draw");
}

#[test]
fn every_count_that_happened_is_drawn_and_no_other() {
    let mut report = report();
    report.series.start = Some(at(0));
    report.series.names =
        &["connections", "accepted", "delivered", "denied", "rejected", "deferred", "bounced"];
    report.series.step_seconds = 60;
    report.series.rows = vec![[4, 0, 2, 0, 0, 0, 0], [8, 0, 0, 1, 0, 0, 0], [0; 7]];
    report.alerts = vec![alert("open-relay", Severity::Critical)];
    let page = body(&report);
    assert!(page.contains("aria-label=\"connections: 12, at most 8 in 1 min\""), "{page}");
    assert!(
        page.contains("d=\"M0 100H0V50H1V0H2V100H3V100Z\""),
        "half of the most, the most, nothing: {page}"
    );
    assert_eq!(page.matches("<svg viewBox=\"0 0 3 100\"").count(), 3);
    assert!(page.contains("<rect class=\"critical\"") && page.contains("2026-03-02 07:00:00"));
}

proptest! {
    #[test]
    fn whatever_an_attacker_wrote_makes_no_element_and_leaves_none(
        text in prop_oneof![
            ".{0,60}",
            Just("</pre></code><script>alert(1)</script>".to_owned()),
            "[<>\"'&/a-z= ]{0,40}",
        ]
    ) {
        // What begins with a letter is a sentence, and no setting.
        let told = body(&hostile(&format!("x{text}")));
        let harmless = body(&hostile("x"));
        prop_assert_eq!(elements(&told), elements(&harmless));
        prop_assert_eq!(told.matches('<').count(), harmless.matches('<').count());
    }
}
