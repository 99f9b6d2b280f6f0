//! The check: each thing that a read needs, by one small request.

use super::config::Flavour;
use super::error::LdapError;
use super::place::{self, Place};
use super::source::LdapSource;
use super::talk::Talk;
use crate::connector::api::{CheckItem, ConnectorError, Report, Result};
use crate::connector::denial::Denial;
use crate::protocol::ldap::control::Page;
use crate::protocol::ldap::{Filter, Search, value};

pub(super) async fn run(source: &LdapSource) -> Report {
    let mut report = Report::default();
    let mut tell = |what: &str, outcome: Result<String, LdapError>| {
        let well = outcome.is_ok();
        report.items.push(CheckItem {
            what: what.to_owned(),
            outcome: outcome.map_err(ConnectorError::from),
        });
        well
    };
    let signed = match connect(source).await {
        Ok((signed, how)) => {
            tell("connect", Ok(how.to_owned()));
            signed
        }
        Err(error) => {
            tell("connect", Err(error));
            return report; // what cannot be reached says so once
        }
    };
    if !tell("sign in", signed.map(|()| "allowed".to_owned())) {
        return report;
    }
    let mut talk = source.talk();
    let id = source.rows.id_name().to_owned();
    let users = first(
        &mut talk,
        "read users",
        source.user_search(None, vec![id.clone()]),
    )
    .await;
    tell(
        "read users",
        users.and_then(|some| seen(source, some, "users", "`user_base` and `user_filter`")),
    );
    let groups = first(
        &mut talk,
        "read groups",
        source.group_search(None, source.rows.of_groups()),
    )
    .await;
    tell(
        "read groups",
        groups.and_then(|some| seen(source, some, "groups", "`group_base` and `group_filter`")),
    );
    tell("read changes", changes(source, &mut talk).await);
    if source.config.sign_in_activity {
        tell("read last logins", logins(source, &mut talk).await);
    }
    if source.config.flavour == Flavour::Ad {
        // Who does not tell its time is believed to have the right one.
        let root = place::root(&mut talk, &["currentTime"]).await.ok();
        report.server_time = root.and_then(|root| value::generalized_time(root.text("currentTime")?));
    } else {
        let told = "not compared: OpenLDAP does not tell its time, and nothing here depends on it";
        tell("clock", Ok(told.to_owned()));
    }
    report
}

/// How the sign-in went, over which kind of connection.
async fn connect(source: &LdapSource) -> Result<(Result<(), LdapError>, &'static str), LdapError> {
    let mut wire = source.server.connect().await?;
    let how = if source.server.tls.is_some() {
        "with TLS"
    } else {
        "without TLS, within this machine"
    };
    Ok((source.server.bind(&mut wire).await, how))
}

/// Whether a search finds anything with an id.
async fn first(talk: &mut Talk, what: &str, search: Search) -> Result<Option<bool>, LdapError> {
    let names: Vec<String> = search.attributes.clone();
    let page = Page {
        size: 1,
        cookie: Vec::new(),
    };
    let found = talk
        .ask(what, &search, &[page.control()])
        .await
        .map_err(LdapError::of_list)?;
    let entry = found.entries.first();
    Ok(entry.map(|(entry, _)| names.iter().any(|name| !entry.values(name).is_empty())))
}

fn seen(source: &LdapSource, some: Option<bool>, what: &str, keys: &str) -> Result<String, LdapError> {
    let missing = |what: String| Err(LdapError::Denied(Denial::PermissionMissing, what));
    match some {
        Some(true) => Ok("allowed".to_owned()),
        Some(false) => missing(format!(
            "the server shows {what} without `{}`; hint: let the account of `bind_dn` read it",
            source.rows.id_name()
        )),
        None => missing(format!(
            "the server shows no {what}; hint: let the account of `bind_dn` read them, and look at {keys}"
        )),
    }
}

async fn changes(source: &LdapSource, talk: &mut Talk) -> Result<String, LdapError> {
    let told = match place::now(source, talk).await? {
        Place::Usn { deleted: Some(_), .. } => "by `uSNChanged`, with deleted objects",
        Place::Usn { deleted: None, .. } => {
            "by `uSNChanged`; deletions by lists of ids, since the account may not list `CN=Deleted Objects`"
        }
        Place::Sync { .. } => "by content synchronisation",
        Place::Nowhere => {
            "none, every read is a full one: the account reads no `contextCSN`, or the server has no `syncprov`"
        }
    };
    Ok(told.to_owned())
}

async fn logins(source: &LdapSource, talk: &mut Talk) -> Result<String, LdapError> {
    let kept: &[&str] = match source.config.flavour {
        Flavour::Ad => &["lastLogonTimestamp"],
        Flavour::OpenLdap => &["authTimestamp", "pwdLastSuccess"],
    };
    let any = Filter::Or(kept.iter().map(|name| Filter::present(name)).collect());
    let attributes = kept.iter().map(|name| (*name).to_owned()).collect();
    let found = first(
        talk,
        "read last logins",
        source.user_search(Some(any), attributes),
    )
    .await?;
    let told = if found == Some(true) {
        "allowed"
    } else {
        "nobody has one that the account sees"
    };
    Ok(told.to_owned())
}
