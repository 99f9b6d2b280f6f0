//! A policy as it is judged by: names folded, lengths in milliseconds.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::config::{CapConfig, Guests, Mode, PolicyConfig, SeatsConfig, What};
use super::lanes::Lane;
use super::warning::Warning;
use super::words::Words;
use crate::clock::Span;
use crate::model::DirectoryId;
use crate::model::name::fold;
use crate::notify::NotifyConfig;

/// What follows the hold, when it is so old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// How long after the hold, in milliseconds.
    pub after: i64,
    /// What.
    pub act: Act,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Takes the user out of these groups, by folded name; `None`: out of all.
    Leave(Option<Arc<BTreeSet<String>>>),
    /// Takes name and address away.
    Anonymise,
    /// No longer serves the user.
    Remove,
}

/// One policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name.
    pub name: Arc<str>,
    /// Its text: the configuration's keys with all defaults, as JSON.
    pub text: Arc<str>,
    /// SHA-256 of the text, in hex.
    pub hash: Arc<str>,
    /// The directories it looks at.
    pub directories: Vec<DirectoryId>,
    /// What a run does.
    pub mode: Mode,
    /// Stale after so long unseen.
    pub inactive_for: Option<i64>,
    /// Stale when never seen so long after the creation.
    pub never_seen_for: Option<i64>,
    /// Stale when gone at the source for so long.
    pub gone_for: Option<i64>,
    /// The lanes of which one must be healthy.
    pub evidence: Vec<Lane>,
    /// How old the newest evidence may be.
    pub fresh_within: i64,
    /// Whether it is about guests.
    pub guests: Guests,
    /// What follows the hold, by age.
    pub stages: Vec<Stage>,
    /// How many at once.
    pub cap: CapConfig,
    /// Whether who returns is released.
    pub reactivate_on_return: bool,
    /// Whether others are told of reports, too.
    pub tells_reports: bool,
    /// How users are warned before a hold, if they are.
    pub warning: Option<Warning>,
    /// The mail addresses that are told of runs.
    pub administrators: Vec<String>,
    /// What mails say.
    pub words: Words,
    /// Whose seats are kept free.
    pub seats: Option<SeatsConfig>,
    /// Folded names of groups whose members are never touched.
    pub excluded_groups: BTreeSet<String>,
    protected: BTreeSet<String>,
    excluded_users: BTreeSet<String>,
    excluded_domains: BTreeSet<String>,
    domains: BTreeSet<String>,
}

impl Policy {
    /// A policy over the configured directories; `protected` are the folded names that nothing may touch.
    pub fn new(config: &PolicyConfig, directories: &[DirectoryId], protected: BTreeSet<String>) -> Self {
        let text = serde_json::to_string(config).expect("a policy has string keys only");
        let hash = hex(&Sha256::digest(text.as_bytes()));
        let folded = |names: &[String]| {
            names
                .iter()
                .map(|name| fold(name.trim()))
                .collect::<BTreeSet<_>>()
        };
        let wanted = |id: &&DirectoryId| {
            let listed = |ids: &[String]| ids.iter().any(|other| other == id.as_str());
            (config.directories.is_empty() || listed(&config.directories))
                && !listed(&config.exclude.directories)
        };
        let stages = config.actions.iter().filter_map(|action| {
            let act = match action.r#do {
                What::Hold => return None,
                What::RemoveFromGroups if action.groups.is_empty() => Act::Leave(None),
                What::RemoveFromGroups => Act::Leave(Some(Arc::new(folded(&action.groups)))),
                What::Anonymise => Act::Anonymise,
                What::Remove => Act::Remove,
            };
            let after = action.after.map_or(0, Span::millis);
            Some(Stage { after, act })
        });
        Self {
            name: config.name.as_str().into(),
            text: text.into(),
            hash: hash.into(),
            directories: directories.iter().filter(wanted).cloned().collect(),
            mode: config.mode,
            inactive_for: config.inactive_for.map(Span::millis),
            never_seen_for: config.never_seen_for.map(Span::millis),
            gone_for: config.gone_for.map(Span::millis),
            evidence: config.evidence.clone(),
            fresh_within: config.fresh_within.millis(),
            guests: config.guests,
            stages: stages.collect(),
            cap: config.max,
            reactivate_on_return: config.reactivate_on_return,
            tells_reports: config.notify.reports,
            warning: config.notify.before.map(|before| Warning {
                before: before.millis(),
                without_mail: config.notify.without_mail,
            }),
            administrators: config.notify.administrators.clone().unwrap_or_default(),
            words: Words::new(&config.notify, &NotifyConfig::default(), &config.time_zone),
            seats: config.seats.clone(),
            excluded_groups: folded(&config.exclude.groups),
            protected,
            excluded_users: folded(&config.exclude.users),
            excluded_domains: domains(&config.exclude.domains),
            domains: domains(&config.domains),
        }
    }

    /// The policy, with what `[notify]` says where its own section says nothing.
    #[must_use]
    pub fn telling(mut self, config: &PolicyConfig, usual: &NotifyConfig) -> Self {
        self.words = Words::new(&config.notify, usual, &config.time_zone);
        if config.notify.administrators.is_none() {
            self.administrators.clone_from(&usual.administrators);
        }
        self
    }

    /// Whether nothing at all may touch the bearer of a folded name.
    pub fn protects(&self, folded: &str) -> bool {
        self.protected.contains(folded)
    }

    /// Whether the policy leaves the bearer of a folded name alone.
    pub fn excludes_user(&self, folded: &str) -> bool {
        self.excluded_users.contains(folded)
    }

    /// Whether the policy leaves this mail domain alone.
    pub fn excludes_domain(&self, domain: &str) -> bool {
        self.excluded_domains.contains(domain)
    }

    /// Whether the policy is about this mail domain.
    pub fn is_about(&self, domain: &str) -> bool {
        self.domains.is_empty() || self.domains.contains(domain)
    }

    /// Whether the domain of an address decides anything.
    pub fn asks_domains(&self) -> bool {
        !self.domains.is_empty() || !self.excluded_domains.is_empty()
    }

    /// How many users one run may hold among so many active ones.
    pub fn cap(&self, active: u64) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of a count of rows, which is far below 2^52 and not negative"
        )]
        let share = (self.cap.percent * active as f64 / 100.0).floor() as u64;
        share.max(self.cap.at_least).min(self.cap.users)
    }
}

/// Domains as compared: without case, and without the `@` that people like to write.
fn domains(written: &[String]) -> BTreeSet<String> {
    let bare = written.iter().map(|domain| domain.trim().trim_start_matches('@'));
    bare.map(fold).collect()
}

/// Bytes in hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes what is written to it");
    }
    text
}
