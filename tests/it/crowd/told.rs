//! Events as bytes: what a feed is compared with.

/// The declaration, the root with the token (`[seqs]`), the events.
pub(super) fn feed(token: &str, events: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><events newEventToken=\"{token}\" \
         incrementalSynchronisationAvailable=\"true\">{}</events>",
        events.concat()
    )
}

pub(super) fn user_deleted(name: &str) -> String {
    format!(
        "<userEvent><operation>DELETED</operation>{}</userEvent>",
        minimal("user", name)
    )
}

pub(super) fn group_deleted(name: &str) -> String {
    format!(
        "<groupEvent><operation>DELETED</operation>{}</groupEvent>",
        minimal("group", name)
    )
}

/// A user whose display name is its username.
pub(super) fn user_updated(key: &str, name: &str, active: bool) -> String {
    format!(
        "<userEvent><operation>UPDATED</operation><user expand=\"attributes\" name=\"{name}\">{link}\
         <first-name></first-name><last-name></last-name><display-name>{name}</display-name><email></email>\
         <password><link href=\"~/user/password?username={name}\" rel=\"edit\"/></password>\
         <key>{key}</key><active>{active}</active>\
         <created-date>1970-01-01T00:00:00.000Z</created-date><updated-date>1970-01-01T00:00:01.000Z</updated-date>\
         <attributes><link href=\"~/user/attribute?username={name}\" rel=\"self\"/></attributes></user></userEvent>",
        link = link("user", name)
    )
}

pub(super) fn group_updated(name: &str) -> String {
    format!(
        "<groupEvent><operation>UPDATED</operation><group expand=\"attributes\" name=\"{name}\">{link}\
         <description></description><type>GROUP</type><active>true</active>\
         <attributes><link href=\"~/group/attribute?groupname={name}\" rel=\"self\"/></attributes></group></groupEvent>",
        link = link("group", name)
    )
}

pub(super) fn nesting(group: &str, parents: &[&str], children: &[&str]) -> String {
    format!(
        "<groupMembershipEvent><operation>UPDATED</operation>{}<parentGroups>{}</parentGroups>\
         <childGroups>{}</childGroups></groupMembershipEvent>",
        minimal("group", group),
        groups(parents),
        groups(children)
    )
}

pub(super) fn groups_of(user: &str, parents: &[&str]) -> String {
    format!(
        "<userMembershipEvent><operation>UPDATED</operation><childUser name=\"{user}\">{}</childUser>\
         <parentGroups>{}</parentGroups></userMembershipEvent>",
        link("user", user),
        groups(parents)
    )
}

fn groups(names: &[&str]) -> String {
    names.iter().map(|name| minimal("group", name)).collect()
}

fn minimal(kind: &str, name: &str) -> String {
    format!("<{kind} name=\"{name}\">{}</{kind}>", link(kind, name))
}

fn link(kind: &str, name: &str) -> String {
    format!("<link href=\"~/{kind}?{kind}name={name}\" rel=\"self\"/>")
}
