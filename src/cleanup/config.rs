//! The configuration of the policies: who is stale, what becomes of them, how many at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::lanes::Lane;
use super::words::{REPORT_NAMES, WARNING_NAMES};
use crate::clock::Span;
use crate::notify::{Template, TemplateConfig, admits, no_address};
use crate::secret::SecretSource;

/// More stages than anybody needs.
const MOST_ACTIONS: usize = 16;

/// What a run of a policy does.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Says what it would do.
    #[default]
    Report,
    /// Makes a plan that a person approves, whole or without some users.
    Review,
    /// Does it.
    Apply,
}

/// Whether a policy is about guests.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Guests {
    /// As about anybody.
    #[default]
    Include,
    /// Not about them.
    Exclude,
    /// About nobody else.
    Only,
}

/// What is done to a user.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Deactivates the user, whatever the source says.
    Hold,
    /// Takes the user out of groups.
    RemoveFromGroups,
    /// Takes name and address away from the user.
    Anonymise,
    /// No longer serves the user.
    Remove,
}

/// `actions`: what is done, and how long after the hold.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ActionConfig {
    /// What.
    pub r#do: What,
    /// How long after the hold; absent: with it.
    pub after: Option<Span>,
    /// Of `remove-from-groups`: which; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// `exclude`: whom a policy never touches.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ExcludeConfig {
    /// Usernames.
    pub users: Vec<String>,
    /// Groups, by name: whoever is in one, also through groups in groups.
    pub groups: Vec<String>,
    /// Mail domains.
    pub domains: Vec<String>,
    /// Directories, by id.
    pub directories: Vec<String>,
}

/// `max`: how many users one run may hold, and how many it may anonymise or remove. The smaller number counts, but a
/// few are always allowed, or a small directory would never be cleaned.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct CapConfig {
    /// Never more than so many.
    pub users: u64,
    /// Never more than this part of the active users, from 0 to 100.
    pub percent: f64,
    /// So many are allowed whatever their part, up to `users`.
    pub at_least: u64,
}

impl Default for CapConfig {
    fn default() -> Self {
        Self {
            users: 200,
            percent: 5.0,
            at_least: 5,
        }
    }
}

/// `seats`: no more users are held than are needed to keep seats free, the longest idle first.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SeatsConfig {
    /// Whose seats.
    pub application: String,
    /// Whose active members have a seat.
    pub group: String,
    /// How many seats the licence has.
    pub limit: u64,
    /// How many are to be free.
    #[serde(default)]
    pub keep_free: u64,
}

/// What becomes of a stale user whom no warning can reach.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum WithoutMail {
    /// Held without one, which the plan says.
    #[default]
    Hold,
    /// Left alone.
    Keep,
}

impl WithoutMail {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
    fn is_hold(&self) -> bool {
        *self == Self::Hold
    }
}

/// `notify`: who is told of a run, and whether users are warned. Of this only what decides about a hold is part of a policy's text.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct NotifyConfig {
    /// An address that is told after a run; empty: none; absent: that of `[notify]`. What follows its host may be a secret and is
    /// shown nowhere.
    #[serde(serialize_with = "host_only")]
    pub webhook: Option<String>,
    /// The key that signs what is sent there; absent: nothing is signed.
    #[serde(skip_serializing)]
    pub webhook_secret: Option<SecretSource>,
    /// Mail addresses that are told after a run; absent: those of `[notify]`.
    #[serde(skip_serializing)]
    pub administrators: Option<Vec<String>>,
    /// Whether reports are told of, too.
    #[serde(skip_serializing_if = "is_false")]
    pub reports: bool,
    /// So long before a hold its user is warned by mail, and nobody is held sooner after its warning; absent: nobody is warned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Span>,
    /// What becomes of who has no mail address.
    #[serde(skip_serializing_if = "WithoutMail::is_hold")]
    pub without_mail: WithoutMail,
    /// The mail that warns a user; absent: that of `[notify]`.
    #[serde(skip_serializing)]
    pub warning: Option<TemplateConfig>,
    /// The mail that tells administrators of a run; absent: that of `[notify]`.
    #[serde(skip_serializing)]
    pub report: Option<TemplateConfig>,
}

#[expect(clippy::ref_option, reason = "serde wants a reference")]
fn host_only<S: Serializer>(address: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    let parsed = url::Url::parse(address.as_deref().unwrap_or_default());
    to.serialize_str(&parsed.map_or_else(|_| String::new(), |url| url.origin().ascii_serialization()))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// `[[cleanup]]`: one policy.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct PolicyConfig {
    /// Its name, by which it is run and by which its holds are known.
    pub name: String,
    /// Ids of the directories that it looks at; empty: all.
    #[serde(default)]
    pub directories: Vec<String>,
    /// A cron expression of six fields; absent: only when asked.
    pub schedule: Option<String>,
    /// The time zone of the schedule, by its IANA name.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// What a run does.
    #[serde(default)]
    pub mode: Mode,
    /// Who was last seen so long ago is stale.
    pub inactive_for: Option<Span>,
    /// Who was never seen so long after the account's creation is stale.
    pub never_seen_for: Option<Span>,
    /// Who has been gone at the source for so long is stale.
    pub gone_for: Option<Span>,
    /// Of these at least one must be healthy, or a run does nothing.
    #[serde(default = "all_lanes")]
    pub evidence: Vec<Lane>,
    /// Evidence is fresh while the newest time seen in it is no older.
    #[serde(default = "a_week")]
    pub fresh_within: Span,
    /// Whom it never touches.
    #[serde(default)]
    pub exclude: ExcludeConfig,
    /// Mail domains that it is about; empty: any.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Whether it is about guests.
    #[serde(default)]
    pub guests: Guests,
    /// What is done; the first is `hold`.
    #[serde(default = "only_hold")]
    pub actions: Vec<ActionConfig>,
    /// How many users at once.
    #[serde(default)]
    pub max: CapConfig,
    /// Whether who is seen again, or tries to log in, is released.
    #[serde(default = "yes")]
    pub reactivate_on_return: bool,
    /// Holds only what is needed to keep seats free.
    pub seats: Option<SeatsConfig>,
    /// Who is told.
    #[serde(default)]
    pub notify: NotifyConfig,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn yes() -> bool {
    true
}

fn all_lanes() -> Vec<Lane> {
    Lane::ALL.to_vec()
}

fn a_week() -> Span {
    Span(std::time::Duration::from_hours(7 * 24))
}

fn only_hold() -> Vec<ActionConfig> {
    vec![ActionConfig {
        r#do: What::Hold,
        after: None,
        groups: Vec::new(),
    }]
}

impl NotifyConfig {
    /// What is wrong with it. The address is not repeated: it may be a secret.
    fn flaw(&self) -> Option<(&'static str, String)> {
        let webhook = self.webhook.as_deref().unwrap_or_default();
        if webhook.is_empty() && self.webhook_secret.is_some() {
            let what = "has no `webhook` to sign for; hint: add it, or take `webhook_secret` out";
            return Some(("notify", what.to_owned()));
        }
        if !webhook.is_empty() && admits(webhook).is_err() {
            let what = "has a `webhook` that cannot be used; hint: write https://, or http:// to 127.0.0.1 or localhost, without a password";
            return Some(("notify", what.to_owned()));
        }
        if let Some(what) = no_address(self.administrators.as_deref().unwrap_or_default()) {
            return Some(("notify", what));
        }
        let templates = [
            ("notify.warning", &self.warning, &WARNING_NAMES[..]),
            ("notify.report", &self.report, &REPORT_NAMES[..]),
        ];
        templates.into_iter().find_map(|(key, template, names)| {
            let flaw = Template::new(template.as_ref()?, names).err()?;
            Some((key, flaw))
        })
    }

    /// Whether any of it wants a mail server.
    pub fn mails(&self) -> bool {
        self.before.is_some() || self.administrators.as_ref().is_some_and(|all| !all.is_empty())
    }
}

impl PolicyConfig {
    /// What is wrong with it by itself: the key, with a sentence.
    pub fn flaw(&self) -> Option<(&'static str, String)> {
        if self.inactive_for.is_none() && self.never_seen_for.is_none() && self.gone_for.is_none() {
            let what = "has no condition, so it would be about everybody; hint: add `inactive_for = \"90d\"`";
            return Some(("name", what.to_owned()));
        }
        let lengths = [
            ("inactive_for", self.inactive_for),
            ("never_seen_for", self.never_seen_for),
            ("gone_for", self.gone_for),
            ("fresh_within", Some(self.fresh_within)),
        ];
        let short = |span: Span| span.millis() < 24 * 3_600_000;
        if let Some((key, span)) = lengths
            .into_iter()
            .find_map(|(key, span)| Some((key, span?)).filter(|(_, span)| short(*span)))
        {
            return Some((key, format!("is {span}; hint: write at least a day, `1d`")));
        }
        if self.evidence.is_empty() {
            let what = "names no evidence; hint: without any nobody can be called inactive, write [\"source\", \"crowd\"]";
            return Some(("evidence", what.to_owned()));
        }
        if !(0.0..=100.0).contains(&self.max.percent) {
            let what = format!(
                "has `percent` {}; hint: write a number from 0 to 100",
                self.max.percent
            );
            return Some(("max", what));
        }
        if let Some(flaw) = self.notify.flaw() {
            return Some(flaw);
        }
        if let Some(what) = self.warning_flaw() {
            return Some(("notify", what));
        }
        self.action_flaw().map(|what| ("actions", what))
    }

    /// What is wrong with the time of its warnings.
    fn warning_flaw(&self) -> Option<String> {
        let before = self.notify.before?;
        if before.millis() < 24 * 3_600_000 {
            return Some(format!(
                "has `before` {before}; hint: write at least a day, `14d`"
            ));
        }
        let lengths = [
            ("inactive_for", self.inactive_for),
            ("never_seen_for", self.never_seen_for),
        ];
        let shorter = |(_, length): &(&str, Option<Span>)| {
            length.is_some_and(|length| length.millis() <= before.millis())
        };
        let (key, _) = lengths.into_iter().find(shorter)?;
        Some(format!(
            "has a `before` that is no less than `{key}`: users would be warned while they are active; hint: write less"
        ))
    }

    fn action_flaw(&self) -> Option<String> {
        if self.actions.len() > MOST_ACTIONS {
            return Some(format!(
                "has more than {MOST_ACTIONS} actions; hint: name several groups in one"
            ));
        }
        let first = self.actions.first();
        if first.is_none_or(|action| action.r#do != What::Hold || action.after.is_some()) {
            let what =
                "must begin with `{ do = \"hold\" }` without `after`: the others are stages of the hold";
            return Some(what.to_owned());
        }
        let mut age = 0;
        for action in &self.actions[1..] {
            if action.r#do == What::Hold {
                return Some("has `hold` twice; hint: it is the first action".to_owned());
            }
            let after = action.after.map_or(0, Span::millis);
            if after < age {
                return Some("is not in the order of `after`; hint: write the later stage last".to_owned());
            }
            age = after;
            if matches!(action.r#do, What::Anonymise | What::Remove) && after == 0 {
                let what = "anonymises or removes at once; hint: give it an age, `after = \"180d\"`";
                return Some(what.to_owned());
            }
        }
        let named =
            |action: &ActionConfig| action.r#do != What::RemoveFromGroups && !action.groups.is_empty();
        self.actions.iter().any(named).then(|| {
            "has `groups` where no group is left; hint: they belong to `remove-from-groups`".to_owned()
        })
    }
}
