//! Whom throng tells, and by which mail server: `[smtp]` and `[notify]`, read and checked with the policies that tell.

use super::policies::Placed;
use super::problem::Problem;
use super::section::Section;
use crate::cleanup::words::{REPORT_NAMES, WARNING_NAMES};
use crate::notify::{NotifyConfig, SmtpConfig, Template};

/// Both sections.
pub(super) struct Telling {
    pub(super) smtp: Option<SmtpConfig>,
    pub(super) notify: NotifyConfig,
    line: usize,
}

/// Reads both.
pub(super) fn read(root: &mut Section<'_, '_>, problems: &mut Vec<Problem>) -> Telling {
    let (smtp_line, line) = (root.line_of("smtp"), root.line_of("notify"));
    let templates = [("warning", &WARNING_NAMES[..]), ("report", &REPORT_NAMES[..])];
    let lines = templates.map(|(key, _)| root.line_below("notify", key));
    let smtp: Option<SmtpConfig> = root.take("smtp", problems);
    if let Some(Err(sentence)) = smtp.as_ref().map(SmtpConfig::verify) {
        problems.push(Problem::told(smtp_line, "smtp", &sentence));
    }
    let notify: NotifyConfig = root.take("notify", problems).unwrap_or_default();
    if let Some(flaw) = notify.flaw() {
        problems.push(said(line, "notify", &flaw));
    }
    for (((key, names), line), template) in templates
        .into_iter()
        .zip(lines)
        .zip([&notify.warning, &notify.report])
    {
        if let Some(Err(flaw)) = template.as_ref().map(|template| Template::new(template, names)) {
            problems.push(said(line, &format!("notify.{key}"), &flaw));
        }
    }
    Telling { smtp, notify, line }
}

/// Mail goes nowhere without a server.
pub(super) fn check(telling: &Telling, policies: &[Placed], problems: &mut Vec<Problem>) {
    if telling.smtp.is_some() {
        return;
    }
    let hint = "add `[smtp]` with `url` and `from`";
    if !telling.notify.administrators.is_empty() {
        let what = "`notify` has `administrators`, but there is no mail server".to_owned();
        problems.push(Problem::new(telling.line, what).hint(hint));
    }
    for placed in policies.iter().filter(|placed| placed.policy.notify.mails()) {
        let what = format!(
            "policy `{}` mails, but there is no mail server",
            placed.policy.name
        );
        problems.push(Problem::new(placed.line("notify"), what).hint(hint));
    }
}

fn said(line: usize, path: &str, flaw: &str) -> Problem {
    let (what, hint) = flaw.split_once("; hint: ").unwrap_or((flaw, ""));
    let problem = Problem::new(line, format!("`{path}` {what}"));
    if hint.is_empty() {
        problem
    } else {
        problem.hint(hint)
    }
}
