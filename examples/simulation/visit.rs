//! What happens at a mail server, whatever server it is: somebody comes, and is refused, or leaves mail with known
//! fates. A [`crate::simulation::server::Server`] writes the lines for it.

use std::net::IpAddr;

use crate::simulation::clock::Micros;
use crate::simulation::names::Client;
use crate::simulation::random::Random;

/// Why a client is refused. The names are those of relaywatch's report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    RelayDenied,
    UnknownRecipient,
    UnknownSender,
    SenderPolicy,
    Blocklisted,
    Greylisted,
    RateLimited,
    HeloInvalid,
    ClientUnresolved,
    Content,
    Size,
    Protocol,
    System,
}

/// On what authority mail enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    TrustedNetwork,
    Authenticated,
    LocalSubmission,
    /// None. Mail for local and relay domains needs none; for any other it is an unauthorised relay.
    Stranger,
    /// One that the log does not tell: nobody's in truth, only in a log.
    Untold,
}

/// The door a visit comes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Port 25.
    Smtp,
    /// Port 587.
    Submission,
    /// The host's own `sendmail` command, run by this uid.
    Command(u32),
}

/// What the guard before port 25 does: postscreen, or whatever a server has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screening {
    /// There is none.
    Absent,
    /// The client has passed before.
    Known,
    /// The client passes its first test.
    Passed,
    /// Refused as listed, with this score; the visit ends there.
    Listed(u32),
    /// Spoke before its turn, and is refused.
    SpokeFirst,
    /// Hangs up while it is tested.
    HungUp,
}

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Quit,
    /// The connection is lost.
    Lost,
    /// The client says nothing for five minutes.
    TimedOut,
}

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Delivered on this host.
    Local,
    /// A domain relayed for, by this number.
    Gateway(usize),
    /// Somebody else's domain, by its number.
    Remote(u32),
}

/// An envelope address and where it leads.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    /// Empty for the null sender.
    pub(crate) address: String,
    pub(crate) route: Route,
}

/// What becomes of one recipient.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    Delivered,
    /// Delivered after so many vain tries.
    DeliveredAfter(u32),
    /// Refused there; because our address is on a blocklist, or because there is no such user.
    Bounced {
        listed: bool,
    },
    /// Never delivered, given up after a day.
    Expired,
    /// A local user's mail goes on to this address.
    Forwarded(Party),
}

/// What a server answers that refuses whoever is on a blocklist.
pub(crate) const LISTED: &str = "Service unavailable; client [192.0.2.25] blocked using zen.spamhaus.org";

/// One recipient of a message.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    pub(crate) party: Party,
    /// The alias it was addressed to.
    pub(crate) alias: Option<String>,
    pub(crate) fate: Fate,
}

/// One accepted message.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) sender: Party,
    pub(crate) message_id: String,
    pub(crate) size: u32,
    pub(crate) recipients: Vec<Recipient>,
    /// It passes through the content filter. Where that stands behind the queue, it comes back under another queue id.
    pub(crate) filtered: bool,
    /// It is refused at the end of its data.
    pub(crate) refused_content: bool,
    /// How long it waits in the queue before its delivery is tried.
    pub(crate) wait: Micros,
}

impl Mail {
    /// The host's own word to `to` that mail was not delivered.
    pub(crate) fn notification(to: Party, message_id: String, size: u32) -> Self {
        Self {
            sender: Party { address: String::new(), route: Route::Local },
            message_id,
            size,
            recipients: vec![Recipient { party: to, alias: None, fate: Fate::Delivered }],
            filtered: false,
            refused_content: false,
            wait: 0,
        }
    }
}

impl Recipient {
    /// The address by which the client named it.
    pub(crate) fn named(&self) -> &str {
        self.alias.as_ref().unwrap_or(&self.party.address)
    }
}

/// One refused command.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) class: Class,
    pub(crate) sender: String,
    pub(crate) recipient: String,
    /// Asked with VRFY instead of RCPT.
    pub(crate) vrfy: bool,
}

/// One client's session, or one use of the `sendmail` command.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) client: Client,
    pub(crate) door: Door,
    pub(crate) screening: Screening,
    pub(crate) helo: String,
    pub(crate) tls: bool,
    pub(crate) authority: Authority,
    /// The account of a login, tried or successful.
    pub(crate) account: String,
    /// So many logins fail first.
    pub(crate) failed_logins: u32,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) mails: Vec<Mail>,
    pub(crate) ending: Ending,
    /// The attack it belongs to; 0 is none.
    pub(crate) episode: u16,
}

impl Refusal {
    /// A recipient whom we do not relay for.
    pub(crate) fn relay_denied(sender: &str, recipient: String) -> Self {
        Self { class: Class::RelayDenied, sender: sender.to_owned(), recipient, vrfy: false }
    }

    /// Whose relaying it denies, if that is what it refuses to `client`.
    pub(crate) fn denied(&self, client: &Client) -> Option<IpAddr> {
        (self.class == Class::RelayDenied).then_some(client.address)
    }
}

impl Visit {
    /// How it logs in: always in the same way with the same account.
    pub(crate) fn login_method(&self) -> &'static str {
        if self.account.len().is_multiple_of(3) { "LOGIN" } else { "PLAIN" }
    }

    /// When each login that fails is answered, if the client begins at `at`: no server hurries with that.
    pub(crate) fn failed_logins(&self, at: Micros, random: &mut Random) -> Vec<Micros> {
        let mut at = at;
        let answers = (0..self.failed_logins).map(|_| {
            at += random.millis(900, 2900);
            at
        });
        answers.collect()
    }

    /// A stranger at port 25 who does nothing yet.
    pub(crate) fn stranger(client: Client, helo: String) -> Self {
        Self {
            client,
            door: Door::Smtp,
            screening: Screening::Absent,
            helo,
            tls: false,
            authority: Authority::Stranger,
            account: String::new(),
            failed_logins: 0,
            refusals: Vec::new(),
            mails: Vec::new(),
            ending: Ending::Quit,
            episode: 0,
        }
    }
}
