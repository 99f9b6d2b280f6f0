//! Who returns: what a read of changes told of and the directory had not, or had as gone.

use super::stage::Stage;
use crate::connector::api::Returning;
use crate::directory::Snapshot;
use crate::model::{ExternalId, GroupId, MemberKind};

/// Whose memberships the source is to be asked for ([`crate::connector::api::Connector::memberships_of`]) after a read of changes.
pub fn returning(snapshot: &Snapshot, stage: &Stage) -> Returning {
    let away = |id: &ExternalId| {
        let row = snapshot.user_id(id).and_then(|id| snapshot.user(id));
        row.is_none_or(|row| row.vanished)
    };
    let unknown = |id: &ExternalId| {
        let row = snapshot.group_id(id).and_then(|id| snapshot.group(id));
        row.is_none()
    };
    let users = stage.users.iter().filter(|(id, told)| told.is_some() && away(id));
    let groups = stage
        .groups
        .iter()
        .filter(|(id, told)| told.is_some() && unknown(id));
    let mut returning = Returning {
        users: users.map(|(id, _)| id.clone()).collect(),
        groups: groups.map(|(id, _)| id.clone()).collect(),
    };
    // Hash maps have no order; requests should have one.
    returning.users.sort();
    returning.groups.sort();
    returning
}

/// Turns what [`crate::model::record::Record::GroupsComplete`] leaves unsaid into edges that are gone.
pub fn complete_groups(snapshot: &Snapshot, stage: &mut Stage) {
    for user in std::mem::take(&mut stage.whole_users) {
        let groups = snapshot
            .user_id(&user)
            .map_or(&[][..], |id| snapshot.groups_of(id));
        for group in groups
            .iter()
            .filter_map(|id| snapshot.group_external(GroupId(*id)))
        {
            let edges = &mut stage.members.entry(group.clone()).or_default().edges;
            edges.entry((MemberKind::User, user.clone())).or_insert(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::rules::Draft;
    use crate::model::Change;
    use crate::model::change::UserWish;
    use crate::model::record::{Record, SourceUser};

    fn wish(id: &str) -> Change {
        Change::PutUser(UserWish {
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
            attributes: [].into(),
        })
    }

    /// `here` lives in `g1` and `g2`, `away` has vanished from both.
    fn snapshot() -> Snapshot {
        let mut draft = Draft::new(&Snapshot::empty("corp".into()), 0);
        let join = |group: &str| Change::Members {
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
        let mut stage = Stage::default();
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
        let mut stage = Stage::default();
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
        let edge = |group: &str| {
            stage.members[group]
                .edges
                .get(&(MemberKind::User, "away".into()))
                .copied()
        };
        assert_eq!(
            (edge("g1"), edge("g2"), edge("g3")),
            (Some(true), Some(false), Some(true))
        );
    }
}
