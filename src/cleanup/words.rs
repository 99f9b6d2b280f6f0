//! The words of the mails: what a user is told before a hold, what administrators are told of a run.

use chrono::DateTime;
use chrono_tz::Tz;

use super::config::NotifyConfig;
use super::pack::PackRow;
use super::run::{CleanupRun, RunState};
use super::why::Verdict;
use crate::notify::{self, Mail, Template, TemplateConfig, Value};

/// The names in a template of a warning.
pub const WARNING_NAMES: [&str; 8] = [
    "user",
    "display_name",
    "email",
    "directory",
    "policy",
    "days",
    "date",
    "last_seen",
];

/// The names in a template of a report.
pub const REPORT_NAMES: [&str; 12] = [
    "policy",
    "mode",
    "run",
    "what",
    "held",
    "released",
    "warned",
    "withdrawn",
    "staged",
    "users",
    "left_out",
    "plan",
];

const WARNING: (&str, &str) = (
    "Your account {user} will be deactivated on {date}",
    "Hello {display_name},\n\n\
     your account {user} has not been used for a long time (last seen: {last_seen}).\n\
     It will be deactivated on {date}, {days} days from now, unless you sign in before.\n\n\
     To keep it, sign in to one of the applications that you use it for.\n\
     If you do not need it any more, there is nothing to do.\n\n\
     -- \nSent by throng, by the policy {policy}. Nobody reads answers.\n",
);

const REPORT: (&str, &str) = (
    "throng: cleanup {policy}: {what}",
    "Cleanup policy {policy}, mode {mode}: {what}.\n\n\
     held: {held}, released: {released}, next stage: {staged}, warned: {warned}, warnings withdrawn: {withdrawn}\n\n\
     {users}\n\n\
     Not named here: {left_out}. All facts and decisions: GET /api/v1/cleanup/{policy}/runs/{run}/pack\n",
);

/// So many users are named in a mail.
const MOST_USERS: usize = 50;
const DAY: i64 = 86_400_000;

/// What the mails of a policy say.
#[derive(Clone, Debug)]
pub struct Words {
    warning: Template,
    report: Template,
    zone: Tz,
}

/// Whom a warning is for.
pub(super) struct Whom<'a> {
    pub(super) user: &'a str,
    pub(super) display_name: &'a str,
    pub(super) email: &'a str,
    pub(super) directory: &'a str,
    pub(super) seen: Option<i64>,
}

impl Words {
    /// The policy's own templates; where it has none those of `[notify]`; else throng's.
    pub fn new(own: &NotifyConfig, usual: &notify::NotifyConfig, time_zone: &str) -> Self {
        let chosen = |own: &Option<TemplateConfig>,
                      usual: &Option<TemplateConfig>,
                      names: &[&str],
                      built_in: (&str, &str)| {
            // The configuration has been checked: what cannot be read is not there.
            let written = own
                .as_ref()
                .or(usual.as_ref())
                .and_then(|one| Template::new(one, names).ok());
            written.unwrap_or_else(|| {
                let (subject, text) = (built_in.0.to_owned(), built_in.1.to_owned());
                Template::new(&TemplateConfig { subject, text }, names).expect("it names what is known")
            })
        };
        Self {
            warning: chosen(&own.warning, &usual.warning, &WARNING_NAMES, WARNING),
            report: chosen(&own.report, &usual.report, &REPORT_NAMES, REPORT),
            zone: time_zone.parse().unwrap_or(Tz::UTC),
        }
    }

    /// What a user is told at `now` of a hold at `until`.
    pub(super) fn warning(&self, policy: &str, whom: &Whom<'_>, until: i64, now: i64) -> Mail {
        let name = if whom.display_name.trim().is_empty() {
            whom.user
        } else {
            whom.display_name
        };
        let days = until.saturating_sub(now).saturating_add(DAY - 1).div_euclid(DAY);
        let seen = whom
            .seen
            .map_or_else(|| "never".to_owned(), |seen| self.date(seen));
        let values = [
            whom.user,
            name,
            whom.email,
            whom.directory,
            policy,
            &days.to_string(),
            &self.date(until),
            &seen,
        ];
        let (subject, text) = self.warning.fill(&values.map(Value::line));
        Mail {
            to: whom.email.trim().to_owned(),
            subject,
            text,
        }
    }

    /// What administrators are told of a run, without an address yet.
    pub(super) fn report(&self, run: &CleanupRun, users: &[PackRow], left_out: usize) -> Mail {
        let staged = run
            .verdicts
            .get(Verdict::Stage.name())
            .copied()
            .unwrap_or_default();
        let plan = run
            .plan
            .as_ref()
            .map_or_else(|| "none".to_owned(), ToString::to_string);
        let mode = serde_json::to_value(run.mode).ok();
        let named = users.iter().take(MOST_USERS).map(|row| {
            let decision = row.decision.name();
            format!("{decision}: {} in {}: {}", row.user, row.directory, row.reason)
        });
        let named = if users.is_empty() {
            Value::line("Nobody is concerned.")
        } else {
            Value::lines(named)
        };
        let values = [
            Value::line(&run.policy),
            Value::line(mode.as_ref().and_then(|mode| mode.as_str()).unwrap_or_default()),
            Value::line(run.id.as_str()),
            Value::line(&what(run)),
            Value::line(&run.counts.holds.added.to_string()),
            Value::line(&run.counts.holds.released.to_string()),
            Value::line(&run.warned.to_string()),
            Value::line(&run.withdrawn.to_string()),
            Value::line(&staged.to_string()),
            named,
            Value::line(&(left_out + users.len().saturating_sub(MOST_USERS)).to_string()),
            Value::line(&plan),
        ];
        let (subject, text) = self.report.fill(&values);
        Mail {
            to: String::new(),
            subject,
            text,
        }
    }

    /// What administrators are told of a return that was refused, without an address yet.
    #[expect(clippy::unused_self, reason = "it belongs to the words of a policy")]
    pub(super) fn refused_return(&self, policy: &str, directory: &str, user: &str, reason: &str) -> Mail {
        let template = TemplateConfig {
            subject: "throng: cleanup {policy}: {user} could not come back".to_owned(),
            text: "{user} in {directory} {reason}.\n".to_owned(),
        };
        let names = ["policy", "directory", "user", "reason"];
        let template = Template::new(&template, &names).expect("it names what is known");
        let (subject, text) = template.fill(&[policy, directory, user, reason].map(Value::line));
        Mail {
            to: String::new(),
            subject,
            text,
        }
    }

    fn date(&self, at: i64) -> String {
        let at = DateTime::from_timestamp_millis(at).unwrap_or_default();
        at.with_timezone(&self.zone).format("%Y-%m-%d").to_string()
    }
}

/// A run in a few words.
fn what(run: &CleanupRun) -> String {
    if let Some(error) = &run.error {
        return format!("run {} failed ({})", run.id, error.code);
    }
    if let Some(because) = &run.report {
        return format!("a report, as {because}; nothing was changed");
    }
    match (&run.plan, run.state) {
        (Some(plan), RunState::Held) => {
            format!("plan {plan} waits for approval, see `throng plan show {plan}`")
        }
        (Some(plan), _) => format!("plan {plan} was carried out"),
        (None, _) => format!("run {} is done", run.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whom<'a>(user: &'a str, display_name: &'a str) -> Whom<'a> {
        Whom {
            user,
            display_name,
            email: " ann@corp.example",
            directory: "corp",
            seen: None,
        }
    }

    fn words(zone: &str) -> Words {
        Words::new(&NotifyConfig::default(), &notify::NotifyConfig::default(), zone)
    }

    #[test]
    fn a_warning_says_who_when_and_what_to_do() {
        let now = 1_800_000_000_000; // 2027-01-15T08:00:00Z
        let mail = words("UTC").warning("stale", &whom("ann", "Ann Other"), now + 14 * DAY, now);
        assert_eq!(mail.subject, "Your account ann will be deactivated on 2027-01-29");
        assert!(
            mail.text.contains("Hello Ann Other,\n")
                && mail.text.contains("14 days")
                && mail.text.contains("never"),
            "{}",
            mail.text
        );
        assert_eq!(mail.to, "ann@corp.example");
    }

    #[test]
    fn the_day_is_that_of_the_policys_zone_and_a_name_is_never_a_line() {
        let evening = 1_800_050_400_000; // 2027-01-15T22:00:00Z
        let mail = words("Asia/Tokyo").warning("stale", &whom("a\r\nBcc: x@y", " "), evening, evening - 1);
        assert_eq!(
            mail.subject,
            "Your account a  Bcc: x@y will be deactivated on 2027-01-16"
        );
        assert!(
            mail.text.contains("Hello a  Bcc: x@y,\n") && mail.text.contains(", 1 days"),
            "{}",
            mail.text
        );
    }

    #[test]
    fn a_policys_own_words_win_over_the_usual_ones() {
        let template = |subject: &str| TemplateConfig {
            subject: subject.to_owned(),
            text: "{user}".to_owned(),
        };
        let usual = notify::NotifyConfig {
            warning: Some(template("usual")),
            ..notify::NotifyConfig::default()
        };
        let own = NotifyConfig {
            warning: Some(template("own {date}")),
            ..NotifyConfig::default()
        };
        let subject = |own: &NotifyConfig| {
            Words::new(own, &usual, "UTC")
                .warning("p", &whom("ann", ""), 0, 0)
                .subject
        };
        assert_eq!(subject(&own), "own 1970-01-01");
        assert_eq!(subject(&NotifyConfig::default()), "usual");
    }
}
