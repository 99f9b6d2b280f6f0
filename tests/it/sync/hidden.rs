//! Groups that hide their members, with and without the permission to see them.

use std::collections::BTreeSet;

use throng::connector::Connector;
use throng::model::{ExternalId, MemberKind, Owner, UserId};
use throng::sync::RunState;

use super::simulated::{Company, company};
use crate::connector::connector;

const PERMISSION: &str = "Member.Read.Hidden";

impl Company {
    /// Who is in a group, as it is served.
    fn members(&self, group: &str) -> BTreeSet<ExternalId> {
        let snapshot = self.directory.snapshot();
        let group = snapshot.group_id(&group.into()).unwrap();
        let users = snapshot.members(group, MemberKind::User, Owner::Source).iter();
        users
            .filter_map(|user| snapshot.user_external(UserId(*user)).cloned())
            .collect()
    }

    /// Who is in it at the source.
    fn truly(&self, group: &str) -> BTreeSet<ExternalId> {
        let truth = self.running.tenant().truth();
        let of = truth.members.iter().filter(|(of, _)| **of == *group);
        of.map(|(_, member)| (&**member).into()).collect()
    }

    /// How many groups the run could not see into.
    async fn unseen(&self, full: bool) -> (bool, u64) {
        let run = self.sync(full).await;
        assert_eq!(run.state, RunState::Succeeded, "{run:?}");
        let unresolved = run.read.unwrap().unresolved;
        let hidden = unresolved
            .iter()
            .find(|one| one.what.contains("not to be seen: theirs"));
        (run.full, hidden.map_or(0, |one| one.count))
    }
}

#[tokio::test]
async fn hidden_members_are_kept_until_the_permission_shows_them_and_after_it_is_gone() {
    let company = company().await;
    let tenant = company.running.tenant();
    let truth = tenant.truth();
    let (group, member) = truth.members.first().unwrap();
    company.sync(false).await;
    let known = company.members(group);
    assert_eq!(known, company.truly(group));
    // Hidden: whatever happens there, what is known stays.
    tenant.hide_members(group, true).unwrap();
    tenant.leave(group, member).unwrap();
    let person = tenant.create_user("hidden.person").unwrap();
    tenant.join(group, &person).unwrap();
    assert!(!company.unseen(false).await.0);
    assert_eq!(company.unseen(true).await, (true, 1));
    assert_eq!(company.members(group), known);
    // Who was away and is back is told with its groups, but for this one.
    let away = known
        .iter()
        .find(|id| id.as_str() != &**member)
        .unwrap()
        .to_string();
    tenant.delete_user(&away).unwrap();
    assert!(!company.unseen(false).await.0);
    tenant.restore_user(&away).unwrap();
    assert!(!company.unseen(false).await.0);
    assert_eq!(company.members(group), known);
    // Granted: the next token says so, and a cursor of before is none for what may be seen now.
    tenant.grant_permission(PERMISSION);
    assert!(!company.unseen(false).await.0, "an old token does not tell it");
    tenant.revoke_access_tokens();
    assert_eq!(company.unseen(false).await, (true, 0));
    assert_eq!(company.members(group), company.truly(group));
    assert!(
        company
            .members(group)
            .contains(&ExternalId::from(person.as_str()))
    );
    tenant.leave(group, &person).unwrap();
    assert!(!company.unseen(false).await.0);
    let known = company.members(group);
    assert_eq!(known, company.truly(group), "changes are told as well");
    // Withdrawn: what was seen stays.
    tenant.revoke_permission(PERMISSION);
    tenant.revoke_access_tokens();
    tenant.join(group, &person).unwrap();
    assert_eq!(company.unseen(false).await, (true, 1));
    assert_eq!(company.members(group), known);
}

#[tokio::test]
async fn a_check_says_what_hidden_members_need() {
    let company = company().await;
    let tenant = company.running.tenant();
    let said = async || {
        let report = connector(&company.running, "simulated-secret").check().await;
        assert!(report.ok(), "{report:?}");
        let item = report
            .items
            .into_iter()
            .find(|item| item.what == "read hidden members");
        item.unwrap().outcome.unwrap()
    };
    let lacking = said().await;
    assert!(
        lacking.starts_with("not allowed") && lacking.contains("`Member.Read.Hidden`"),
        "{lacking}"
    );
    tenant.grant_permission(PERMISSION);
    assert_eq!(said().await, "allowed");
}
