//! An attempt as detectors see it: what several of them ask of it is looked up once, when the first one asks.

use std::cell::OnceCell;
use std::ops::Deref;

use super::account::{AccountId, LoginName};
use super::domain::{DomainId, Ours, provider};
use crate::model::{Attempt, domain_of};

/// A domain as it is written, and as it is compared.
pub(super) type Named<'a> = (&'a [u8], DomainId);

/// An attempt, and what is known of its account and domains.
#[derive(Debug)]
pub struct Seen<'s, 'a> {
    attempt: &'s Attempt<'a>,
    ours: &'s Ours,
    account: OnceCell<Option<LoginName<'a>>>,
    sender_domain: OnceCell<Option<Named<'a>>>,
    sent_by_ours: OnceCell<bool>,
    recipient_domain: OnceCell<Option<Named<'a>>>,
    destination: OnceCell<Option<Named<'a>>>,
}

impl<'a> Deref for Seen<'_, 'a> {
    type Target = Attempt<'a>;

    fn deref(&self) -> &Attempt<'a> {
        self.attempt
    }
}

impl<'s, 'a> Seen<'s, 'a> {
    pub(super) fn new(attempt: &'s Attempt<'a>, ours: &'s Ours) -> Self {
        let (account, sender_domain, sent_by_ours, recipient_domain, destination) = Default::default();
        Self { attempt, ours, account, sender_domain, sent_by_ours, recipient_domain, destination }
    }

    /// The account that sends, if one does.
    pub(super) fn account(&self) -> Option<LoginName<'a>> {
        let look = || self.attempt.auth_user.map(|name| (name, AccountId::of(name)));
        *self.account.get_or_init(look)
    }

    /// The domain of the envelope sender, if it has one.
    pub(super) fn sender_domain(&self) -> Option<Named<'a>> {
        let look = || self.attempt.sender.and_then(domain_of).map(named);
        *self.sender_domain.get_or_init(look)
    }

    /// Whether that is a domain of ours.
    pub(super) fn is_sent_by_ours(&self) -> bool {
        let look = || self.sender_domain().is_some_and(|(name, id)| self.ours.contain(name, id));
        *self.sent_by_ours.get_or_init(look)
    }

    /// Whether that is stated to be a domain of ours.
    pub(super) fn is_sent_as_stated(&self) -> bool {
        self.sender_domain().is_some_and(|(name, id)| self.ours.are_stated_with(name, id))
    }

    /// The domain of the recipient, if there is one.
    pub(super) fn recipient_domain(&self) -> Option<Named<'a>> {
        let look = || self.attempt.recipient.and_then(domain_of).map(named);
        *self.recipient_domain.get_or_init(look)
    }

    /// Where the mail is sent: the provider of the next hop, or where the log does not name one outside of our own site,
    /// that of the recipient.
    pub(super) fn destination(&self) -> Option<Named<'a>> {
        *self.destination.get_or_init(|| {
            let outside = |&(name, id): &Named<'a>| !self.ours.contain(name, id);
            let next_hop = self.attempt.next_hop.and_then(provider).map(named).filter(outside);
            next_hop.or_else(|| provider(self.recipient_domain()?.0).map(named))
        })
    }
}

fn named(name: &[u8]) -> Named<'_> {
    (name, DomainId::of(name))
}
