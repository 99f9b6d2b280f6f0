//! Notices as they are listed: what was told to whom, and what has become of it; never what was said.

use std::str::FromStr;

use serde::Serialize;

use super::letter::{Ended, Letter, MAIL};
use crate::clock::rfc3339;

/// What has become of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeState {
    /// It is to be sent, perhaps again.
    Waiting,
    /// Its receiver has it.
    Sent,
    /// It is not tried any more.
    Failed,
    /// It was taken back before it was sent.
    Withdrawn,
}

impl FromStr for NoticeState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "waiting" => Ok(Self::Waiting),
            "sent" => Ok(Self::Sent),
            "failed" => Ok(Self::Failed),
            "withdrawn" => Ok(Self::Withdrawn),
            _ => Err(format!(
                "`{text}` is no state of a notice; hint: it is one of `waiting`, `sent`, `failed`, `withdrawn`"
            )),
        }
    }
}

/// One notice.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    /// The id of what it tells of.
    pub id: String,
    /// What it tells of.
    pub event: String,
    /// How it goes: `mail` or `webhook`.
    pub by: &'static str,
    /// Of a webhook, whose: a policy's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// What has become of it.
    pub state: NoticeState,
    /// How it ended.
    pub ended_as: Option<Ended>,
    /// When it was written, RFC 3339.
    pub created: String,
    /// When it ended, RFC 3339.
    pub ended: Option<String>,
    /// How often it failed.
    pub failures: u32,
    /// Why, the last time.
    pub error: Option<String>,
    /// When it is tried next, RFC 3339.
    pub next: Option<String>,
    #[serde(skip)]
    place: (i64, String),
}

impl Notice {
    pub(super) fn of(letter: &Letter) -> Self {
        let state = match letter.ended {
            None => NoticeState::Waiting,
            Some(Ended::Delivered) => NoticeState::Sent,
            Some(Ended::Withdrawn) => NoticeState::Withdrawn,
            Some(Ended::GivenUp | Ended::Refused | Ended::NoMailbox) => NoticeState::Failed,
        };
        let mailed = letter.target == MAIL;
        Self {
            id: letter.id.clone(),
            event: letter.event.clone(),
            by: if mailed { "mail" } else { "webhook" },
            webhook: (!mailed).then(|| letter.target.clone()),
            state,
            ended_as: letter.ended,
            created: rfc3339(letter.created),
            ended: letter.ended_at.map(rfc3339),
            failures: letter.failures,
            error: letter.why.clone(),
            next: letter.ended.is_none().then(|| rfc3339(letter.next_at)),
            place: (letter.created, letter.key()),
        }
    }
}

/// Some notices, the newest first.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// They.
    pub notices: Vec<Notice>,
    /// What the next page goes on after, where there is one.
    pub next: Option<String>,
}

impl Page {
    pub(super) fn of(
        all: impl Iterator<Item = Notice>,
        state: Option<NoticeState>,
        after: Option<&str>,
        most: usize,
    ) -> Self {
        let after = after.and_then(|mark| {
            let (created, key) = mark.split_once('/')?;
            Some((created.parse::<i64>().ok()?, key.to_owned()))
        });
        let asked = all
            .filter(|notice| state.is_none_or(|state| notice.state == state))
            .filter(|notice| after.as_ref().is_none_or(|after| notice.place < *after));
        let mut notices: Vec<Notice> = asked.collect();
        notices.sort_unstable_by(|left, right| right.place.cmp(&left.place));
        let more = notices.len() > most;
        notices.truncate(most);
        let last = notices.last().filter(|_| more);
        let next = last.map(|last| format!("{}/{}", last.place.0, last.place.1));
        Self { notices, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters() -> Vec<Notice> {
        let letter = |number: i64| {
            Letter::new(
                MAIL,
                (&format!("run-{number}"), "cleanup.run"),
                String::new(),
                number / 2,
            )
        };
        let mut all: Vec<Letter> = (0..7).map(letter).collect();
        all[3].end(Ended::NoMailbox, 9);
        all.iter().map(Notice::of).collect()
    }

    #[test]
    fn pages_follow_one_another_without_a_gap_or_a_double() {
        let (mut after, mut ids) = (None, Vec::new());
        loop {
            let page = Page::of(letters().into_iter(), None, after.as_deref(), 3);
            ids.extend(page.notices.into_iter().map(|notice| notice.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<String> = (0..7).rev().map(|number| format!("run-{number}")).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn a_state_is_asked_for_by_its_name() {
        let failed = Page::of(letters().into_iter(), Some("failed".parse().unwrap()), None, 9);
        assert_eq!(failed.notices.len(), 1);
        assert_eq!(failed.notices[0].ended_as, Some(Ended::NoMailbox));
        assert!(
            "lost"
                .parse::<NoticeState>()
                .unwrap_err()
                .contains("hint: it is one of")
        );
    }
}
