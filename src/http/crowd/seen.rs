//! Evidence of use: who was let in, who tried to be, what clients write of it.

use super::call::Call;
use super::state::CrowdState;
use crate::directory::UserRef;
use crate::directory::activity::{How, Lane, Sighting};
use crate::model::Attributes;

/// Attributes in which clients keep the milliseconds since 1970 of a last log-in: those of Crowd and Bitbucket, then Jira's.
const TIMES: [&str; 4] = [
    "lastAuthenticated",
    "lastActive",
    "lastAuthenticationTimestamp",
    "login.lastLoginMillis",
];

/// Other attributes that clients write at each log-in: Crowd's, then Jira's.
const COUNTS: [&str; 6] = [
    "invalidPasswordAttempts",
    "login.count",
    "login.currentFailedCount",
    "login.lastFailedLoginMillis",
    "login.previousLoginMillis",
    "login.totalFailedCount",
];

/// Whether these attributes tell nothing but when and how often a user logged in.
pub(super) fn tells_of_logins(attributes: &Attributes) -> bool {
    let mut names = attributes.0.keys().map(AsRef::as_ref);
    names.all(|name| TIMES.contains(&name) || COUNTS.contains(&name))
}

impl CrowdState {
    /// The user was let in just now.
    pub(super) fn saw(&self, call: &Call, user: &UserRef<'_>, how: How) {
        if let Some(activity) = &self.activity {
            let at = activity.now();
            self.saw_at(call, user, (at, how));
        }
    }

    fn saw_at(&self, call: &Call, user: &UserRef<'_>, (at, how): (i64, How)) {
        let sighting = Sighting {
            lane: Lane::Crowd,
            at,
            how,
            application: Some(&call.view.application().name),
        };
        if let Some(activity) = &self.activity {
            activity.saw(user.directory(), user.row().id, sighting);
        }
    }

    /// Somebody tried to let the user of this name in, who is inactive.
    pub(super) fn attempted(&self, call: &Call, name: &str, how: How) {
        if let (Some(activity), Some(user)) = (&self.activity, call.view.user(name)) {
            activity.attempted(
                user.directory(),
                user.row().id,
                how,
                &call.view.application().name,
            );
        }
    }

    /// A client has written these attributes of the user of this name.
    pub(super) fn wrote(&self, call: &Call, name: &str, attributes: &Attributes) {
        let Some(user) = call.view.user(name) else { return };
        let times = TIMES.iter().flat_map(|name| attributes.values(name));
        for at in times.filter_map(|time| time.trim().parse().ok()) {
            self.saw_at(call, &user, (at, How::Attribute));
        }
    }
}
