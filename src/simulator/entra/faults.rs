//! Faults on request: a queue of things that go wrong at a chosen request.

use serde::{Deserialize, Serialize};

use super::delta::{Expired, refused};
use super::edits::Edit;
use super::page::{Bend, Place};
use super::reply::Reply;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FaultKind {
    /// 429, with `Retry-After` where it is given (a text, since Graph sends fractions).
    Throttle {
        /// Seconds.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// This status with Graph's error object; 500, 502, 503, 504, 403, 404 are usual.
    Error {
        /// The status.
        status: u16,
    },
    /// The connection breaks in the middle of the body.
    Drop,
    /// The JSON ends in the middle, under a good status and a right length.
    Truncate,
    /// A page for people under status 200.
    Html,
    /// A page without `value`.
    MissingValue,
    /// A next link to another host.
    ForeignLink {
        /// Scheme, host and port.
        #[serde(default = "elsewhere")]
        host: String,
    },
    /// A next link to the page itself.
    Loop,
    /// A page without rows whose next link leads to the rows.
    EmptyPage,
    /// The last object of the page comes a second time.
    Duplicate,
    /// The page has no rows, nor a link to those that are still to come.
    Short,
    /// The delta token is not known any more.
    Expire {
        /// How that is said.
        #[serde(default)]
        answer: Expired,
    },
    /// The answer says that this part of the limit is used (`x-ms-throttle-limit-percentage`).
    Pressure {
        /// From 0.8 up.
        part: String,
    },
    /// 401, and the presented access token is void from now on.
    Unauthorized,
    /// Edits happen just before this request is answered.
    Edit {
        /// In this order; an edit that is refused is left out.
        edits: Vec<Edit>,
    },
    /// The answer comes late.
    Delay {
        /// By so many milliseconds.
        millis: u64,
    },
}

fn elsewhere() -> String {
    "http://elsewhere.example".to_owned()
}

fn once() -> u32 {
    1
}

/// One fault in the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// At which requests: `users`, `groups`, `members`, `memberOf`, `user`, `group`, `batch`, `users/delta`,
    /// `groups/delta`, `count`, `servicePrincipals`, `appRoleAssignedTo`, `token`; `batch/…` for inner requests only; `*` for all; with a leading `/` any path
    /// that contains it.
    pub on: String,
    /// How many such requests pass first.
    #[serde(default)]
    pub after: u32,
    /// At how many such requests it happens.
    #[serde(default = "once")]
    pub times: u32,
}

impl Fault {
    /// Happens once, at the next request of that kind.
    pub fn new(kind: FaultKind, on: &str) -> Self {
        Self {
            kind,
            on: on.to_owned(),
            after: 0,
            times: 1,
        }
    }

    /// Lets `requests` pass first.
    #[must_use]
    pub fn after(mut self, requests: u32) -> Self {
        self.after = requests;
        self
    }

    /// Happens `times` times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn matches(&self, class: &str, path: &str, inner: bool) -> bool {
        if self.on == "*" {
            return true;
        }
        if self.on.starts_with('/') {
            return path.contains(&self.on);
        }
        match self.on.strip_prefix("batch/") {
            Some(on) => inner && on == class,
            None => self.on == class,
        }
    }
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        if fault.times > 0 {
            self.0.push(fault);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn waiting(&self) -> Vec<Fault> {
        self.0.clone()
    }

    /// What goes wrong with this request: the first fault that is due; faults that wait count it.
    pub(crate) fn take(&mut self, class: &str, path: &str, inner: bool) -> Option<FaultKind> {
        let mut due = None;
        for fault in self
            .0
            .iter_mut()
            .filter(|fault| fault.matches(class, path, inner))
        {
            if fault.after > 0 {
                fault.after -= 1;
            } else if due.is_none() {
                fault.times = fault.times.saturating_sub(1);
                due = Some(fault.kind.clone());
            }
        }
        self.0.retain(|fault| fault.times > 0);
        due
    }
}

impl FaultKind {
    /// The answer, for faults that are one.
    pub(crate) fn reply(&self, place: &Place) -> Option<Reply> {
        Some(match self {
            Self::Throttle { retry_after } => {
                let reply = Reply::error(429, "TooManyRequests", "Too many requests.");
                match retry_after {
                    Some(seconds) => reply.with("retry-after", seconds.clone()),
                    None => reply,
                }
            }
            Self::Error { status } => {
                let (code, message) = match status {
                    403 => (
                        "Authorization_RequestDenied",
                        "Insufficient privileges to complete the operation.",
                    ),
                    404 => ("Request_ResourceNotFound", "The resource does not exist."),
                    502 => ("BadGateway", "Bad gateway."),
                    503 => ("ServiceUnavailable", "The service is not available."),
                    504 => ("GatewayTimeout", "The request timed out."),
                    _ => ("InternalServerError", "An unexpected error occurred."),
                };
                Reply::error(*status, code, message)
            }
            Self::Html => Reply::html(),
            Self::Expire { answer } => refused(*answer, place),
            Self::Unauthorized => super::token::void(),
            _ => return None,
        })
    }

    /// How the page is bent, for faults that do so.
    pub(crate) fn bend(&self) -> Option<Bend> {
        Some(match self {
            Self::MissingValue => Bend::MissingValue,
            Self::ForeignLink { host } => Bend::ForeignLink(host.clone()),
            Self::Loop => Bend::Loop,
            Self::EmptyPage => Bend::Empty,
            Self::Duplicate => Bend::Duplicate,
            Self::Short => Bend::Short,
            _ => return None,
        })
    }

    /// What becomes of the finished answer.
    pub(crate) fn spoil(&self, mut reply: Reply) -> Reply {
        match self {
            Self::Drop => reply.cut = true,
            Self::Delay { millis } => reply.delay = *millis,
            Self::Pressure { part } => reply = reply.with("x-ms-throttle-limit-percentage", part.clone()),
            Self::Truncate => {
                let half = (0..=reply.body.len() / 2)
                    .rev()
                    .find(|at| reply.body.is_char_boundary(*at));
                reply.body.truncate(half.unwrap_or(0));
            }
            _ => {}
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_then_happens_as_often_as_asked() {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::Html, "users").after(1).times(2));
        let taken: Vec<_> = (0..4)
            .map(|_| faults.take("users", "/v1.0/users", false).is_some())
            .collect();
        assert_eq!(taken, [false, true, true, false]);
        assert!(faults.waiting().is_empty());
    }

    #[test]
    fn inner_requests_can_be_meant_alone() {
        let mut faults = Faults::default();
        faults.add(
            serde_json::from_str(r#"{"kind":"throttle","retry_after":"0.01","on":"batch/members"}"#).unwrap(),
        );
        assert_eq!(faults.take("members", "/v1.0/groups/x/members", false), None);
        let kind = faults.take("members", "/v1.0/groups/x/members", true);
        assert_eq!(
            kind,
            Some(FaultKind::Throttle {
                retry_after: Some("0.01".to_owned())
            })
        );
    }
}
