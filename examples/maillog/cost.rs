//! About how many bytes of log a visit costs, so that room is kept for attacks still to come.

use crate::simulation::server::ServerName;
use crate::simulation::visit::Visit;

/// In all the files of `server` together.
pub(crate) fn bytes(server: ServerName, visit: &Visit) -> u64 {
    match server {
        ServerName::Postfix => session(visit, 300, 230, 160) + mails(visit, 550, 220),
        ServerName::Sendmail => session(visit, 170, 210, 230) + mails(visit, 330, 260),
        ServerName::Exim => session(visit, 320, 230, 200) + mails(visit, 390, 300),
        ServerName::Exchange => receive(visit) + agent(visit) + send(visit) + tracking(visit),
        ServerName::ExchangeTracking => tracking(visit),
        ServerName::ExchangeProtocol => receive(visit),
        ServerName::ExchangeSend => send(visit),
        ServerName::ExchangeAgent => agent(visit),
        ServerName::ExchangeTrace => mails(visit, 0, 420),
        ServerName::Exchange2003 => mails(visit, 0, 1700),
        ServerName::Iis | ServerName::IisNcsa => session(visit, 250, 140, 130) + mails(visit, 280, 1700),
    }
}

/// What is said of a client: this for coming and going, for each refusal, for each failed login.
fn session(visit: &Visit, opening: u64, refusal: u64, failed_login: u64) -> u64 {
    opening + refusal * visit.refusals.len() as u64 + failed_login * u64::from(visit.failed_logins)
}

/// What is said of its messages: this for each, and for each of their recipients.
fn mails(visit: &Visit, mail: u64, recipient: u64) -> u64 {
    visit.mails.iter().map(|it| mail + recipient * it.recipients.len() as u64).sum()
}

fn receive(visit: &Visit) -> u64 {
    session(visit, if visit.tls { 3300 } else { 1500 }, 450, 900) + mails(visit, 1500, 280)
}

fn agent(visit: &Visit) -> u64 {
    320 * (visit.refusals.len() + visit.mails.len()) as u64
}

fn send(visit: &Visit) -> u64 {
    mails(visit, 0, 2200)
}

fn tracking(visit: &Visit) -> u64 {
    mails(visit, 1700, 600)
}
