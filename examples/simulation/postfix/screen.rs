//! postscreen and its dnsblog, before a client reaches smtpd.

use crate::simulation::clock::{Micros, SECOND};
use crate::simulation::fact::Fact;
use crate::simulation::names;
use crate::simulation::timeline::Timeline;
use crate::simulation::visit::{Class, Screening, Visit};

use super::Postfix;

impl Postfix {
    /// Says the lines of the screening; the time at which the client is handed to smtpd, if it is.
    pub(super) fn screen(&mut self, visit: &Visit, at: Micros, timeline: &mut Timeline) -> Option<Micros> {
        if visit.screening == Screening::Absent {
            return Some(at);
        }
        let address = visit.client.address;
        let peer = format!("[{address}]:{}", self.random.between(1025, 65_535));
        let server = names::listener(address);
        let mut at = at;
        timeline.say(
            at,
            self.postscreen,
            Fact::Screened,
            format_args!("CONNECT from {peer} to [{server}]:25"),
        );
        match visit.screening {
            Screening::Absent => {}
            Screening::Known => {
                timeline.say(at + 60, self.postscreen, Fact::None, format_args!("PASS OLD {peer}"));
                return Some(at + 200);
            }
            Screening::Passed => {
                at += 6 * SECOND + self.random.millis(1, 9);
                timeline.say(at, self.postscreen, Fact::None, format_args!("PASS NEW {peer}"));
                return Some(at + 200);
            }
            Screening::Listed(rank) => {
                for list in ["zen.blocklist.example", "bl.dnslist.example"].iter().take(rank as usize) {
                    let dnsblog = self.dnsblog.any(&mut self.random, &mut self.processes);
                    let code = self.random.between(2, 11);
                    timeline.say(
                        at + self.random.millis(10, 300),
                        dnsblog,
                        Fact::None,
                        format_args!("addr {address} listed by domain {list} as 127.0.0.{code}"),
                    );
                }
                at += 6 * SECOND + self.random.millis(1, 9);
                timeline.say(at, self.postscreen, Fact::None, format_args!("DNSBL rank {rank} for {peer}"));
                self.screened_refusals(visit, &peer, &mut at, timeline);
            }
            Screening::SpokeFirst => {
                at += self.random.millis(20, 400);
                let helo = &visit.helo;
                let (length, after) = (helo.len() + 7, self.random.between(2, 40));
                timeline.say(
                    at,
                    self.postscreen,
                    Fact::None,
                    format_args!("PREGREET {length} after 0.{after:02} from {peer}: EHLO {helo}\\r\\n"),
                );
                self.screened_refusals(visit, &peer, &mut at, timeline);
            }
            Screening::HungUp => {
                let seconds = self.random.between(1, 5);
                at += i64::from(seconds) * SECOND;
                timeline.say(
                    at,
                    self.postscreen,
                    Fact::None,
                    format_args!("HANGUP after {seconds} from {peer} in tests before SMTP handshake"),
                );
            }
        }
        at += self.random.millis(1, 900);
        timeline.say(at, self.postscreen, Fact::None, format_args!("DISCONNECT {peer}"));
        None
    }

    fn screened_refusals(&mut self, visit: &Visit, peer: &str, at: &mut Micros, timeline: &mut Timeline) {
        for refusal in &visit.refusals {
            *at += self.random.millis(100, 900);
            let (sender, recipient, helo) = (&refusal.sender, &refusal.recipient, &visit.helo);
            let fact = Fact::Refused(refusal.class, None);
            let reply = if refusal.class == Class::Blocklisted {
                format!(
                    "550 5.7.1 Service unavailable; client [{}] blocked using zen.blocklist.example",
                    visit.client.address
                )
            } else {
                "550 5.5.1 Protocol error".to_owned()
            };
            timeline.say(
                *at,
                self.postscreen,
                fact,
                format_args!(
                    "NOQUEUE: reject: RCPT from {peer}: {reply}; \
                     from=<{sender}>, to=<{recipient}>, proto=ESMTP, helo=<{helo}>"
                ),
            );
        }
    }
}
