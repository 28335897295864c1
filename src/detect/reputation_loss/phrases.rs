//! What remote servers say when they refuse somebody for his reputation: names of lists, providers' own words and codes.
//! In lower case; one is looked for anywhere in a reply.

/// A public blocklist.
pub(super) struct List {
    pub(super) name: &'static str,
    /// Where its operator says why an address is listed.
    pub(super) lookup: &'static str,
    pub(super) phrases: &'static [&'static str],
}

const fn list(name: &'static str, lookup: &'static str, phrases: &'static [&'static str]) -> List {
    List { name, lookup, phrases }
}

/// Lists that replies name. At most 64: a destination remembers which ones it named.
pub(super) const LISTS: &[List] = &[
    list("Spamhaus", "check.spamhaus.org", &["spamhaus"]),
    list("SpamCop", "spamcop.net/bl.shtml", &["spamcop"]),
    list("Barracuda", "barracudacentral.org/lookups", &["barracudacentral", "barracudanetworks.com/reputation"]),
    list("Proofpoint", "ipcheck.proofpoint.com", &["ipcheck.proofpoint", "proofpoint.com/dnsbl-lookup"]),
    list("Cloudmark", "csi.cloudmark.com", &["csi.cloudmark", "cloudmark sender intelligence"]),
    list("Trend Micro", "servicecentral.trendmicro.com", &["mail-abuse.com", "ers.trendmicro"]),
    list("Cisco Talos", "talosintelligence.com/reputation_center", &["senderbase", "talosintelligence"]),
    list("Abusix", "lookup.abusix.com", &["abusix"]),
    list("UCEPROTECT", "uceprotect.net", &["uceprotect"]),
    list("Invaluement", "invaluement.com", &["invaluement"]),
    list("PSBL", "psbl.org", &["psbl.org", "psbl.surriel"]),
    list("SpamRATS", "spamrats.com", &["spamrats"]),
    list("Mailspike", "mailspike.org", &["mailspike"]),
    list("Backscatterer", "backscatterer.org", &["backscatterer.org"]),
    list("DroneBL", "dronebl.org", &["dronebl"]),
    list("blocklist.de", "blocklist.de", &["blocklist.de"]),
    list("GBUdb", "gbudb.com", &["gbudb"]),
    list("Symantec", "ipremoval.sms.symantec.com", &["ipremoval.sms.symantec"]),
    // Closed in 2024; old logs have it.
    list("SORBS", "sorbs.net", &["sorbs.net"]),
];

/// Words that speak of our reputation and name no list.
pub(super) const WORDS: &[&str] = &[
    "reputation",
    "blacklist",
    "black list",
    "black-list",
    "blocklist",
    "block list",
    "blocked using",
    "dnsbl",
    " rbl",
    "rbl ",
    "is listed",
    // Google.
    "unusual rate of unsolicited mail",
    // Outlook.com ("SMTP error codes" of its postmaster pages) and Microsoft 365 (5.7.606 to 5.7.649).
    "banned sending ip",
    "(s3140)",
    "(s3150)",
    "sc-001",
    "rp-001",
    "rp-002",
    "rp-003",
    "dy-001",
    "dy-002",
    "ou-001",
    "ou-002",
    // Yahoo and AOL ("SMTP error codes" of their sender hub).
    "[tss04]",
    "[ts01]",
    "[ts02]",
    "[ts03]",
    "[tss05]",
    "[tss06]",
    "[tss09]",
    "unexpected volume or user complaints",
    // T-Online: an unknown address has none.
    "tosa@rx.t-online.de",
    "tobr@rx.t-online.de",
    // Free.
    "too many spams from your ip",
];

/// With these, the reply is not about us, whatever else it says: the list refused to answer the remote server, the
/// message has a link to somebody listed, or one recipient blocks this sender.
pub(super) const OTHERS: &[&str] = &[
    "spamhaus.org/returnc",
    "open resolver",
    "surbl",
    "uribl",
    "url reputation",
    "recipient's",
    "by recipient",
    "by the recipient",
    "by user",
    "by the user",
    "user's",
];

/// Where a provider tells postmasters what it wants, by what its hosts belong to.
pub(super) const PAGES: &[(&[&str], &str)] = &[
    (&["google.com"], "Google: Postmaster Tools (postmaster.google.com)"),
    (
        &["outlook.com", "hotmail.com"],
        "Microsoft: for Outlook.com the postmaster site sendersupport.olc.protection.outlook.com (SNDS shows what it \
         knows of your address), for Microsoft 365 the delist portal sender.office.com",
    ),
    (&["yahoodns.net", "yahoo.com", "aol.com"], "Yahoo and AOL: the Sender Hub (senders.yahooinc.com)"),
    (&["icloud.com"], "Apple: \"Postmaster information for iCloud Mail\" (support.apple.com)"),
    (&["gmx.net", "web.de", "kundenserver.de"], "GMX, WEB.DE and IONOS: postmaster.gmx.net, postmaster.web.de"),
    (&["t-online.de"], "Telekom: postmaster.t-online.de"),
    (&["comcast.net"], "Comcast: postmaster.comcast.net"),
    (&["orange.fr"], "Orange: postmaster.orange.fr"),
    (&["free.fr"], "Free: postmaster.free.fr"),
    (&["laposte.net"], "La Poste: postmaster.laposte.net"),
    (&["mail.ru"], "Mail.ru: postmaster.mail.ru"),
];
