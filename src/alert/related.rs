//! Alerts that are about the same subject, or about an address and its network, belong together: the gravest speaks
//! first, and the others are told beside it.

use std::collections::HashMap;
use std::net::IpAddr;

use ahash::RandomState;

use crate::model::{Alert, Network, Subject, SubjectKind};

/// Related alerts named per alert.
const MOST: usize = 10;

/// Names in each of `alerts`, which are in their order of gravity, the others that it is related to, in that order.
pub(super) fn relate(alerts: &mut [Alert]) {
    let mut groups: HashMap<Subject, Vec<usize>, RandomState> = HashMap::default();
    for (at, alert) in alerts.iter().enumerate() {
        for subject in [Some(alert.subject.clone()), network_of(&alert.subject)].into_iter().flatten() {
            groups.entry(subject).or_default().push(at);
        }
    }
    let related: Vec<Vec<String>> = alerts.iter().map(|alert| others(alert, alerts, &groups)).collect();
    for (alert, related) in alerts.iter_mut().zip(related) {
        alert.related = related;
    }
}

fn others(
    alert: &Alert,
    alerts: &[Alert],
    groups: &HashMap<Subject, Vec<usize>, RandomState>,
) -> Vec<String> {
    let network = network_of(&alert.subject);
    let same = groups.get(&alert.subject).into_iter().flatten();
    // Of its network: what is about the network itself, not about the neighbours.
    let around = network.iter().flat_map(|network| {
        let group = groups.get(network).into_iter().flatten();
        group.filter(|&&at| alerts[at].subject == *network)
    });
    let mut places: Vec<usize> =
        same.chain(around).copied().filter(|&at| alerts[at].id != alert.id).collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().take(MOST).map(|at| alerts[at].id.clone()).collect()
}

fn network_of(subject: &Subject) -> Option<Subject> {
    let ip: IpAddr = (subject.kind == SubjectKind::Ip).then(|| subject.value.parse().ok())??;
    Some(Subject::network(Network::of(ip)))
}
