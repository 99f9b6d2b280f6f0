//! The demo's story: load, change, rename, each looked at from Jira.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use super::{Demo, Say};
use crate::simulator::entra::Edit;
use crate::simulator::jira::Synced;

impl Demo {
    pub(super) async fn first_load(&mut self, say: Say<'_>) -> Result<()> {
        self.jira.test_settings().await.context("Test settings")?;
        say("Jira tested its settings: ok".to_owned());
        let early = self.jira.sync().await;
        ensure!(
            early.is_err(),
            "a listing before the first read must be refused, or Jira deletes whom it does not see"
        );
        say("Jira asked too early and was told to wait".to_owned());
        self.pull(say).await?;
        let synced = self.sync(say).await?;
        let truth = self.company.tenant().truth();
        ensure!(
            synced == Synced::Full && self.jira.cache.users.len() == truth.users.len(),
            "users are missing"
        );
        ensure!(
            self.jira.cache.memberships.len() == truth.members.len(),
            "memberships are missing"
        );
        let name = truth
            .users
            .values()
            .next()
            .map(|user| user.upn.clone())
            .unwrap_or_default();
        let refused = self.jira.log_in(&name, "whatever").await;
        ensure!(refused.is_err(), "nobody has a password here");
        say(format!(
            "Jira tried a log-in of `{name}`: refused, its password is kept by Entra ID"
        ));
        Ok(())
    }

    pub(super) async fn changes(&mut self, say: Say<'_>) -> Result<()> {
        let truth = self.company.tenant().truth();
        let (group, leaver) = truth
            .members
            .first()
            .cloned()
            .context("the company has no memberships")?;
        let mut others = truth
            .users
            .iter()
            .filter(|(id, user)| user.enabled && **id != leaver);
        let (disabled, user) = others.next().context("the company has too few users")?;
        let outside = others.find(|(id, _)| !truth.members.contains(&(Arc::clone(&group), Arc::clone(id))));
        let (joiner, _) = outside.context("everybody is in that group")?;
        let edits = [
            Edit::DisableUser {
                user: disabled.to_string(),
            },
            Edit::Join {
                group: group.to_string(),
                member: joiner.to_string(),
            },
            Edit::Leave {
                group: group.to_string(),
                member: leaver.to_string(),
            },
        ];
        for edit in &edits {
            self.company.tenant().edit(edit)?;
        }
        say(format!(
            "at the source `{}` was disabled, one user joined a group, one left it",
            user.upn
        ));
        self.pull(say).await?;
        let synced = self.sync(say).await?;
        ensure!(
            matches!(synced, Synced::Incremental { events } if events > 0),
            "the change must come by events"
        );
        let cached = self
            .jira
            .cache
            .users
            .get(&user.upn.to_lowercase())
            .context("the disabled user is lost")?;
        ensure!(!cached.active, "the disabled user is still active in Jira");
        Ok(())
    }

    pub(super) async fn rename(&mut self, say: Say<'_>) -> Result<()> {
        let truth = self.company.tenant().truth();
        let (id, user) = truth
            .users
            .iter()
            .find(|(_, user)| user.enabled)
            .context("nobody is enabled")?;
        let key = self
            .jira
            .cache
            .users
            .get(&user.upn.to_lowercase())
            .map(|user| user.key.clone());
        let upn = "renamed.person@corp.example".to_owned();
        self.company.tenant().edit(&Edit::RenameUser {
            user: id.to_string(),
            upn: upn.clone(),
        })?;
        say(format!("at the source `{}` was renamed to `{upn}`", user.upn));
        self.pull(say).await?;
        let synced = self.sync(say).await?;
        ensure!(
            synced == Synced::Full,
            "a rename must lead to a full synchronisation"
        );
        ensure!(
            self.jira.cache.users.get(&upn).map(|user| user.key.clone()) == key,
            "the key must survive a rename"
        );
        Ok(())
    }
}
