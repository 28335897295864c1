//! One row: what happened, and the message it happened to.

use crate::simulation::clock::Micros;
use crate::simulation::fact::Fact;
use crate::simulation::names::Client;
use crate::simulation::queued::Queued;
use crate::simulation::random::spread;
use crate::simulation::timeline::{Process, Timeline};

use super::super::{Cell, Guid};
use super::Message;

const TRACKING: Process = Process { program: super::super::TRACKING, pid: 0 };

/// One end of a connection.
#[derive(Clone, Default)]
pub(super) struct Host {
    address: String,
    name: String,
}

impl Host {
    /// This server, by one of its names.
    pub(super) fn here(name: &str) -> Self {
        Self { address: super::super::address().to_string(), name: name.to_owned() }
    }

    pub(super) fn named(name: &str) -> Self {
        Self { address: String::new(), name: name.to_owned() }
    }
}

impl From<Client> for Host {
    fn from(client: Client) -> Self {
        Self { address: client.address.to_string(), name: client.name }
    }
}

/// What happened.
#[derive(Clone, Default)]
pub(super) struct Row<'a> {
    pub(super) client: Host,
    pub(super) server: Host,
    pub(super) context: String,
    pub(super) connector: &'a str,
    pub(super) source: &'a str,
    pub(super) event: &'a str,
    /// Separated by semicolons.
    pub(super) recipients: String,
    /// As many, or one for all.
    pub(super) status: String,
    /// The recipient in whose place these came, or whose failure a notification is about.
    pub(super) related: String,
    /// The message that a notification is about.
    pub(super) reference: String,
    pub(super) original_client: String,
    pub(super) custom: String,
}

impl Row<'_> {
    pub(super) fn say(
        &self,
        message: &Message,
        queued: &Queued<'_>,
        (at, fact): (Micros, Fact),
        timeline: &mut Timeline,
    ) {
        let Self { client, server, connector, source, event, recipients, .. } = self;
        let Message { network_id, directionality, subject, sender, .. } = message;
        let count = 1 + recipients.matches(';').count();
        let log_id = Guid(spread(at as u64 ^ spread(recipients.len() as u64 ^ network_id.0)));
        timeline.say(
            at,
            TRACKING,
            fact,
            format_args!(
                "{},{},{},{},{},{connector},{source},{event},{},{},{network_id},{},{},{},{count},{},{},{},{sender},\
                 {sender},,{directionality},,{},,{},Email,{log_id},15.02.1118.040",
                client.address,
                client.name,
                server.address,
                server.name,
                Cell(&self.context),
                queued.id,
                Cell(&message.id),
                Cell(recipients),
                Cell(&self.status),
                queued.mail.size,
                self.related,
                self.reference,
                Cell(subject),
                self.original_client,
                Cell(&self.custom),
            ),
        );
    }
}
