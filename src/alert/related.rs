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

/// Who is related to whom, among alerts in their order of gravity.
pub(super) struct Related {
    about: Groups,
    within: Groups,
}

impl Related {
    /// Among `alerts`.
    pub(super) fn among(alerts: &[&Alert]) -> Self {
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
        Self { about, within }
    }

    /// A copy of the alert at place `at` of `alerts` that names the others it is related to, the gravest first.
    pub(super) fn told(&self, alerts: &[&Alert], at: usize) -> Alert {
        let subject = &alerts[at].subject;
        let around = network_of(subject).and_then(|network| self.about.get(&network));
        let groups = [self.about.get(subject), around, self.within.get(subject)];
        let mut others: Vec<usize> =
            groups.into_iter().flatten().flatten().copied().filter(|&other| other != at).collect();
        others.sort_unstable();
        let related = others.into_iter().take(MOST).map(|other| alerts[other].id.clone()).collect();
        Alert { related, ..alerts[at].clone() }
    }
}

fn network_of(subject: &Subject) -> Option<Subject> {
    let ip: IpAddr = (subject.kind == SubjectKind::Ip).then(|| subject.value.parse().ok())??;
    Some(Subject::network(Network::of(ip)))
}
