//! Alerts that are about the same subject, or about an address and its network, belong together: the gravest speaks
//! first, and the others are told beside it.

use std::collections::HashMap;
use std::net::IpAddr;

use ahash::RandomState;

use crate::model::{Alert, Network, Subject, SubjectKind};

/// Related alerts named per alert.
const MOST: usize = 10;

/// Places of alerts, in their order.
type Groups = HashMap<Subject, Vec<usize>, RandomState>;

/// Names in each of `alerts`, which are in their order of gravity, the others that it is related to, in that order.
pub(super) fn relate(alerts: &mut [Alert]) {
    let (mut about, mut within) = (Groups::default(), Groups::default());
    for (at, alert) in alerts.iter().enumerate() {
        // Of a crowd the first few are enough, and one more, as an alert is not related to itself.
        let enter = |groups: &mut Groups, subject: Subject| {
            let group = groups.entry(subject).or_default();
            if group.len() <= MOST {
                group.push(at);
            }
        };
        enter(&mut about, alert.subject.clone());
        if let Some(network) = network_of(&alert.subject) {
            enter(&mut within, network);
        }
    }
    let related: Vec<Vec<String>> = alerts
        .iter()
        .enumerate()
        .map(|(at, alert)| {
            let around = network_of(&alert.subject).and_then(|network| about.get(&network));
            let groups = [about.get(&alert.subject), around, within.get(&alert.subject)];
            let mut others: Vec<usize> =
                groups.into_iter().flatten().flatten().copied().filter(|&other| other != at).collect();
            others.sort_unstable();
            others.into_iter().take(MOST).map(|other| alerts[other].id.clone()).collect()
        })
        .collect();
    for (alert, related) in alerts.iter_mut().zip(related) {
        alert.related = related;
    }
}

fn network_of(subject: &Subject) -> Option<Subject> {
    let ip: IpAddr = (subject.kind == SubjectKind::Ip).then(|| subject.value.parse().ok())??;
    Some(Subject::network(Network::of(ip)))
}
