//! The settings of a detector: a table of numbers, each with its range and its default, and exceptions for some sources,
//! accounts or domains, in which the numbers that an exception states hold instead.
//!
//! ```toml
//! [detect.relay-denied-spike]
//! source_denials = 10
//!
//! [[detect.relay-denied-spike.override]]
//! sources = ["192.0.2.0/24"]
//! source_denials = 100
//! ```

pub(super) mod ignore;
pub(super) mod range;
pub(super) mod whom;

use std::net::IpAddr;

use serde::Serialize;

use crate::model::Network;
use whom::Whom;

/// Whether a detector is on, its usual settings, and those that hold for some subjects.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tuned<S> {
    /// Off, and nothing is counted.
    pub(super) enabled: bool,
    #[serde(flatten)]
    pub(super) usual: S,
    /// The first that names a subject holds for it.
    #[serde(skip)]
    pub(super) exceptions: Vec<(Whom, S)>,
}

/// The settings of a detector, as [`settings`] declares them.
pub trait Defaults: Default {
    /// Whether the detector is on where nobody says so.
    const ENABLED: bool;
}

impl<S: Defaults> Default for Tuned<S> {
    fn default() -> Self {
        Self { enabled: S::ENABLED, usual: S::default(), exceptions: Vec::new() }
    }
}

impl<S> Tuned<S> {
    /// What holds for an address.
    pub(super) fn ip(&self, ip: IpAddr) -> &S {
        self.first(|whom| whom.names_ip(ip))
    }

    /// What holds for a network.
    pub(super) fn network(&self, network: Network) -> &S {
        self.first(|whom| whom.names_network(network))
    }

    /// What holds for an account.
    pub(super) fn account(&self, name: &[u8]) -> &S {
        self.first(|whom| whom.names_account(name))
    }

    /// What holds for a domain.
    pub(super) fn domain(&self, domain: &[u8]) -> &S {
        self.first(|whom| whom.names_domain(domain))
    }

    fn first(&self, is_named: impl Fn(&Whom) -> bool) -> &S {
        self.exceptions.iter().find(|(whom, _)| is_named(whom)).map_or(&self.usual, |(_, settings)| settings)
    }
}

/// Declares the `Settings` of a detector: `name: Kind = default`, where the kind is one of [`range`]. `off;` in front: the
/// detector is off unless somebody turns it on.
macro_rules! settings {
    (off; $($rest:tt)*) => { $crate::detect::settings::settings! { @enabled = false; $($rest)* } };
    (@enabled = $enabled:literal; $($(#[doc = $about:literal])+ $name:ident: $kind:ident = $default:expr,)+) => {
        /// What this detector counts up to.
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        pub struct Settings {
            $($(#[doc = $about])+ pub(super) $name: <$crate::detect::settings::range::$kind as
                $crate::detect::settings::range::Setting>::Value,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl $crate::detect::settings::Defaults for Settings {
            const ENABLED: bool = $enabled;
        }

        const _: () = {
            use $crate::detect::settings::{range, whom, Tuned};

            /// The detector's table in the configuration file.
            #[derive(serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Table {
                enabled: Option<bool>,
                $($name: Option<range::$kind>,)+
                #[serde(rename = "override", default)]
                exceptions: Vec<Exception>,
            }

            #[derive(serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Exception {
                #[serde(default)]
                sources: Vec<whom::Source>,
                #[serde(default)]
                accounts: Vec<String>,
                #[serde(default)]
                domains: Vec<whom::Domain>,
                $($name: Option<range::$kind>,)+
            }

            impl<'de> serde::Deserialize<'de> for Tuned<Settings> {
                fn deserialize<D: serde::Deserializer<'de>>(table: D) -> Result<Self, D::Error> {
                    let Table { enabled, $($name,)+ exceptions } = Table::deserialize(table)?;
                    let mut usual = Settings::default();
                    $(if let Some(stated) = $name { usual.$name = stated.0; })+
                    let exceptions = exceptions.into_iter().map(|exception| {
                        let Exception { sources, accounts, domains, $($name,)+ } = exception;
                        let whom = whom::Whom::new(sources, accounts, domains);
                        if whom.is_nobody() {
                            return Err(serde::de::Error::custom(
                                "an override is for somebody: name `sources`, `accounts` or `domains`",
                            ));
                        }
                        let mut settings = usual.clone();
                        $(if let Some(stated) = $name { settings.$name = stated.0; })+
                        Ok((whom, settings))
                    });
                    let exceptions = exceptions.collect::<Result<_, D::Error>>()?;
                    Ok(Self { enabled: enabled.unwrap_or($enabled), usual, exceptions })
                }
            }
        };
    };
    ($($rest:tt)*) => { $crate::detect::settings::settings! { @enabled = true; $($rest)* } };
}
pub(super) use settings;
