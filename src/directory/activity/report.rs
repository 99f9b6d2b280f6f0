//! Reports from elsewhere: names as an application sees them, each told as a sighting of the user behind it.

use std::collections::HashMap;

use serde::Serialize;

use super::lane::{How, Lane, Sighting};
use super::register::{Activity, Took};
use crate::directory::listing::UserAt;
use crate::directory::{Applications, View};
use crate::model::name::fold;

/// How many names of a kind an answer has.
const SHOWN: usize = 100;

/// Who was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// By username.
    User(String),
    /// By e-mail address, which must be one user's only.
    Email(String),
}

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Who was seen.
    pub who: Who,
    /// Milliseconds since 1970; `None`: never.
    pub at: Option<i64>,
    /// By the name of which application.
    pub application: String,
}

/// Names of which nothing became, the first of them, and how many there were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// How many.
    pub count: usize,
    /// The first hundred.
    pub names: Vec<String>,
}

/// What became of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// How many lines there were.
    pub lines: usize,
    /// Of how many users it is the newest of this lane.
    pub newer: usize,
    /// How many told what was known, or older.
    pub older: usize,
    /// How many said that the user was never seen: they are no evidence of anything.
    pub never: usize,
    /// How many lie ahead of our clock: they are refused.
    pub ahead: usize,
    /// Users whom the application does not see.
    pub unknown: Names,
    /// E-mail addresses of several users.
    pub ambiguous: Names,
    /// Applications that are not configured.
    pub unknown_applications: Names,
}

impl Names {
    fn add(&mut self, name: String) {
        self.count += 1;
        if self.names.len() < SHOWN {
            self.names.push(name);
        }
    }
}

/// One application's view, with its users by address, where any was asked for.
struct Seeing {
    view: View,
    /// `None`: several users have it.
    by_email: Option<HashMap<String, Option<UserAt>>>,
}

/// Why a line names nobody.
enum Nobody {
    Unknown,
    Several,
}

impl Activity {
    /// Takes a whole report; the lines that say nothing are counted.
    pub fn report(&self, applications: &Applications, report: Vec<Reported>) -> Counts {
        let mut counts = Counts {
            lines: report.len(),
            ..Counts::default()
        };
        let mut seeing: HashMap<String, Option<Seeing>> = HashMap::new();
        for line in report {
            let name = line.application.clone();
            let seeing = seeing.entry(line.application).or_insert_with_key(|name| {
                let view = applications.view(name)?;
                Some(Seeing { view, by_email: None })
            });
            match (seeing, line.at) {
                (None, _) => counts.unknown_applications.add(name),
                (Some(seeing), at) => self.line(seeing, line.who, at, &mut counts),
            }
        }
        counts
    }

    fn line(&self, seeing: &mut Seeing, who: Who, at: Option<i64>, counts: &mut Counts) {
        let found = match seeing.user(&who) {
            Ok(found) => found,
            Err(nobody) => {
                let (Who::User(name) | Who::Email(name)) = who;
                return match nobody {
                    Nobody::Unknown => counts.unknown.add(name),
                    Nobody::Several => counts.ambiguous.add(name),
                };
            }
        };
        let (view, Some(at)) = (&seeing.view, at) else {
            counts.never += 1;
            return;
        };
        let Some(user) = view.user_at(found) else {
            return;
        };
        let sighting = Sighting {
            lane: Lane::ActivityApi,
            at,
            how: How::Report,
            application: Some(&view.application().name),
        };
        match self.saw(user.directory(), user.row().id, sighting) {
            Took::Newer => counts.newer += 1,
            Took::Older => counts.older += 1,
            Took::Ahead => counts.ahead += 1,
            Took::Nothing => counts.never += 1,
        }
    }
}

impl Seeing {
    fn user(&mut self, who: &Who) -> Result<UserAt, Nobody> {
        match who {
            Who::User(name) => {
                let found = self.view.user(name.trim());
                found.map(|user| user.at()).ok_or(Nobody::Unknown)
            }
            Who::Email(email) => {
                let view = &self.view;
                let by_email = self.by_email.get_or_insert_with(|| by_email(view));
                let found = by_email.get(&fold(email.trim())).ok_or(Nobody::Unknown)?;
                found.ok_or(Nobody::Several)
            }
        }
    }
}

/// Whom the application sees, by folded address; walked over once in a report.
fn by_email(view: &View) -> HashMap<String, Option<UserAt>> {
    let mut by_email = HashMap::new();
    for at in view.users().iter() {
        let email = view.user_at(*at).map(|user| fold(&user.row().email));
        if let Some(email) = email.filter(|email| !email.is_empty()) {
            by_email
                .entry(email)
                .and_modify(|only| *only = None)
                .or_insert(Some(*at));
        }
    }
    by_email
}
