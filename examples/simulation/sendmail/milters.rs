//! The milters and their programs: what they say of an accepted message before it is queued.

use crate::simulation::clock::Micros;
use crate::simulation::fact::Fact;
use crate::simulation::timeline::{Process, Timeline};
use crate::simulation::visit::{Authority, Mail};

use super::Sendmail;

impl Sendmail {
    /// Says what DKIM, spamass-milter's spamd and clamav-milter find, before `at`.
    pub(super) fn scan(
        &mut self,
        mail: &Mail,
        authority: Authority,
        id: &str,
        session: Process,
        at: Micros,
        timeline: &mut Timeline,
    ) {
        let domain = mail.sender.address.rsplit('@').next().unwrap_or("");
        if self.random.permille(300) {
            if authority == Authority::Stranger {
                timeline.say(
                    at - 400,
                    self.dkim,
                    Fact::None,
                    format_args!("{id}: s=mail d={domain} a=rsa-sha256 SSL "),
                );
            } else {
                timeline.say(
                    at - 400,
                    self.dkim,
                    Fact::None,
                    format_args!("{id}: DKIM-Signature field added (s=mail, d={domain})"),
                );
                timeline.say(
                    at - 300,
                    session,
                    Fact::None,
                    format_args!(
                        "{id}: Milter insert (1): header: DKIM-Signature: v=1; a=rsa-sha256; \
                         c=relaxed/simple; d={domain}; s=mail;\\n\\tt={}; h=From:To:Subject",
                        at / 1_000_000
                    ),
                );
            }
        }
        if !mail.filtered {
            return;
        }
        let port = self.random.between(32_768, 60_999);
        let (tenths, bytes) = (self.random.below(9), mail.size);
        timeline.say(
            at - 9000,
            self.spamd,
            Fact::None,
            format_args!("spamd: connection from localhost [127.0.0.1]:{port} to port 783, fd 5"),
        );
        timeline.say(
            at - 8000,
            self.spamd,
            Fact::None,
            format_args!("spamd: processing message <{}> for root:117", mail.message_id),
        );
        timeline.say(
            at - 700,
            self.spamd,
            Fact::None,
            format_args!(
                "spamd: clean message (-1.{tenths}/5.0) for root:117 in 0.{tenths} seconds, {bytes} bytes."
            ),
        );
        timeline.say(
            at - 600,
            session,
            Fact::None,
            format_args!("{id}: Milter add: header: X-Spam-Status: No, score=-1.{tenths} required=5.0"),
        );
        if self.random.permille(400) {
            timeline.say(
                at - 500,
                self.clamav,
                Fact::None,
                format_args!(
                    "Clean message from <{}> with message-id '<{}>'",
                    mail.sender.address, mail.message_id
                ),
            );
            timeline.say(
                at - 450,
                session,
                Fact::None,
                format_args!("{id}: Milter add: header: X-Virus-Status: Clean"),
            );
        }
    }
}
