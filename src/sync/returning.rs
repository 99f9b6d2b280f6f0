//! Who returns: what a read of changes told of and the directory had not, or had as gone.

use super::stage::Stage;
use crate::connector::api::Returning;
use crate::directory::Snapshot;
use crate::model::{ExternalId, GroupId};

/// Whose memberships the source is to be asked for ([`crate::connector::api::Connector::memberships_of`]) after a read of changes.
pub(super) fn returning(snapshot: &Snapshot, stage: &Stage) -> Returning {
    let away = |id: &ExternalId| {
        let row = snapshot.user_id(id).and_then(|id| snapshot.user(id));
        // Who has waited for a name since an earlier read was asked for then: whatever happened since was told.
        let new = row.is_none() && !stage.remembers(id);
        new || row.is_some_and(|row| row.vanished) || stage.user_returned(id)
    };
    let unknown = |id: &ExternalId| {
        let row = snapshot.group_id(id).and_then(|id| snapshot.group(id));
        row.is_none() || stage.group_returned(id)
    };
    let users = stage.users.present().filter(|id| away(id)).cloned();
    let groups = stage.groups.present().filter(|id| unknown(id)).cloned();
    let mut returning = Returning {
        users: users.collect(),
        groups: groups.collect(),
    };
    // The order of first sight differs from read to read; that of requests should not.
    returning.users.sort();
    returning.groups.sort();
    returning
}

/// Turns what [`crate::model::record::Record::GroupsComplete`] leaves unsaid into edges that are gone.
pub(super) fn complete_groups(snapshot: &Snapshot, stage: &mut Stage) {
    for place in stage.take_whole_users() {
        let user = snapshot.user_id(stage.users.id(place));
        for group in user.map_or(&[][..], |id| snapshot.groups_of(id)) {
            if let Some(group) = snapshot.group_external(GroupId(*group)) {
                stage.presume_gone(group, place);
            }
        }
    }
    // A group that was carried as gone is still where it was: where it is now was asked for.
    for place in stage.places_of_groups() {
        let id = stage.groups.id(place);
        let group = snapshot.group_id(id).filter(|_| stage.group_returned(id));
        for parent in group.map_or(&[][..], |id| snapshot.parents_of(id)) {
            if let Some(parent) = snapshot.group_external(GroupId(*parent)) {
                stage.presume_child_gone(parent, place);
            }
        }
    }
    // Of whom the directory never had a row nothing is frozen: what pointed at them points at nobody.
    for place in stage.gone_users() {
        let user = snapshot.user_id(stage.users.id(place));
        let user = user.filter(|id| snapshot.user(*id).is_none());
        for group in user.map_or(&[][..], |id| snapshot.groups_of(id)) {
            if let Some(group) = snapshot.group_external(GroupId(*group)) {
                stage.presume_gone(group, place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::rules::Draft;
    use crate::model::Change;
    use crate::model::MemberKind;
    use crate::model::Owner;
    use crate::model::change::UserWish;
    use crate::model::record::{Record, SourceUser};
    use crate::sync::{Completeness, Mapping, plan};

    fn wish(id: &str) -> Change {
        Change::PutUser(UserWish {
            owner: Owner::Source,
            external_id: id.into(),
            name: id.into(),
            first_name: "".into(),
            last_name: "".into(),
            display_name: "".into(),
            email: "".into(),
            active: true,
            created_at: None,
        })
    }

    fn told(id: &str) -> Record {
        Record::User(SourceUser {
            id: id.into(),
            active: true,
            created_at: None,
            attributes: [("userPrincipalName".into(), id.into())].into(),
        })
    }

    /// `here` lives in `g1` and `g2`, `away` has vanished from both.
    fn snapshot() -> Snapshot {
        let mut draft = Draft::new(&Snapshot::empty("corp".into()), 0);
        let join = |group: &str| Change::Members {
            owner: Owner::Source,
            group: group.into(),
            add_users: vec!["here".into(), "away".into()],
            remove_users: Vec::new(),
            add_groups: Vec::new(),
            remove_groups: Vec::new(),
        };
        draft.apply(&[wish("here"), wish("away"), join("g1"), join("g2")]);
        draft.apply(&[Change::VanishUser { user: "away".into() }]);
        draft.snapshot().clone()
    }

    #[test]
    fn vanished_and_unknown_users_return_living_ones_do_not() {
        let mut stage = Stage::new(Mapping::entra());
        for record in [
            told("here"),
            told("away"),
            told("new"),
            Record::UserGone("gone".into()),
        ] {
            stage.take(record);
        }
        let found = returning(&snapshot(), &stage);
        assert_eq!(
            (found.users, found.groups),
            (vec!["away".into(), "new".into()], Vec::new())
        );
    }

    #[test]
    fn groups_that_a_returning_user_is_not_told_in_are_left() {
        let mut stage = Stage::new(Mapping::entra());
        let joins = |group: &str| Record::Member {
            group: group.into(),
            member: "away".into(),
            kind: MemberKind::User,
        };
        for record in [
            told("away"),
            joins("g1"),
            joins("g3"),
            Record::GroupsComplete("away".into()),
        ] {
            stage.take(record);
        }
        complete_groups(&snapshot(), &mut stage);
        let plan = plan(&snapshot(), &stage, &Completeness::ChangesOnly.into());
        let members = plan.steps.iter().filter_map(|step| match &step.change {
            Change::Members {
                group,
                add_users,
                remove_users,
                ..
            } => Some((group.as_str(), add_users.len(), remove_users.len())),
            _ => None,
        });
        assert_eq!(members.collect::<Vec<_>>(), [("g3", 1, 0), ("g2", 0, 1)]);
    }
}
