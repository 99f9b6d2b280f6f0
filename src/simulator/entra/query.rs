//! Query options of a request.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::reply::Reply;

const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b',');

/// The properties of a user that can be selected.
const USER: &[&str] = &[
    "id",
    "userPrincipalName",
    "mail",
    "displayName",
    "givenName",
    "surname",
    "accountEnabled",
    "userType",
    "externalUserState",
    "employeeId",
    "mailNickname",
    "onPremisesSamAccountName",
    "onPremisesUserPrincipalName",
    "onPremisesSyncEnabled",
    "onPremisesImmutableId",
    "proxyAddresses",
    "otherMails",
    "department",
    "jobTitle",
    "preferredLanguage",
    "createdDateTime",
    "businessPhones",
    "mobilePhone",
    "officeLocation",
    "signInActivity",
];

/// Those of a user that come unasked.
const USER_DEFAULT: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// The properties of a group that can be selected; `members` in deltas only.
const GROUP: &[&str] = &[
    "id",
    "displayName",
    "description",
    "mail",
    "mailNickname",
    "mailEnabled",
    "securityEnabled",
    "groupTypes",
    "membershipRule",
    "membershipRuleProcessingState",
    "visibility",
    "onPremisesSamAccountName",
    "onPremisesSyncEnabled",
    "createdDateTime",
];

/// What is selected of which kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Users.
    Users,
    /// Groups.
    Groups,
    /// Either.
    Objects,
}

/// Selected properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Select {
    pub(crate) properties: Vec<&'static str>,
    /// `members` was selected, or nothing was.
    pub(crate) members: bool,
}

/// The decoded query of one request, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Of the part after the `?`.
    pub(crate) fn parse(text: &str) -> Self {
        Self(
            url::form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The value of one option; `OData` lets the `$` be left out.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let bare = name.trim_start_matches('$');
        let found = self
            .0
            .iter()
            .find(|(key, _)| key.trim_start_matches('$').eq_ignore_ascii_case(bare));
        found.map(|(_, value)| value.as_str())
    }

    /// Refuses options that are not among `known`.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Reply> {
        let odd = self.0.iter().find(|(key, _)| {
            let bare = key.trim_start_matches('$');
            !known
                .iter()
                .any(|name| name.trim_start_matches('$').eq_ignore_ascii_case(bare))
        });
        odd.map_or(Ok(()), |(key, _)| {
            let message = format!("The query option '{key}' is not supported here.");
            Err(Reply::error(400, "Request_UnsupportedQuery", &message))
        })
    }

    /// The page size.
    pub(crate) fn top(&self) -> Result<usize, Reply> {
        let Some(text) = self.get("$top") else {
            return Ok(100);
        };
        let sign_ins = self
            .get("$select")
            .is_some_and(|select| select.contains("signInActivity"));
        let most = if sign_ins { 500 } else { 999 };
        text.parse()
            .ok()
            .filter(|top| (1..=most).contains(top))
            .ok_or_else(|| {
                let message =
                    format!("Invalid page size specified: '{text}'. Must be between 1 and {most} inclusive.");
                Reply::error(400, "Request_UnsupportedQuery", &message)
            })
    }

    /// The selected properties, or those that come unasked.
    pub(crate) fn select(&self, kind: Kind) -> Result<Select, Reply> {
        select(self.get("$select"), kind)
    }

    /// Everything but the place, as the query of a link, ending in `&` where it is not empty.
    pub(crate) fn without_place(&self) -> String {
        let kept = self
            .0
            .iter()
            .filter(|(key, _)| !key.ends_with("token") && !key.ends_with("count"));
        kept.fold(String::new(), |text, (key, value)| {
            text + key + "=" + &utf8_percent_encode(value, KEPT).to_string() + "&"
        })
    }
}

/// The properties that a `$select` names.
pub(crate) fn select(text: Option<&str>, kind: Kind) -> Result<Select, Reply> {
    let (all, type_name): (Vec<&'static str>, _) = match kind {
        Kind::Users => (USER.to_vec(), "user"),
        Kind::Groups => (GROUP.to_vec(), "group"),
        Kind::Objects => ([USER, GROUP].concat(), "directoryObject"),
    };
    let Some(text) = text else {
        let unasked = match kind {
            Kind::Users => USER_DEFAULT.to_vec(),
            Kind::Groups => GROUP.to_vec(),
            Kind::Objects => [USER_DEFAULT, &["description"]].concat(),
        };
        return Ok(Select {
            properties: unasked,
            members: true,
        });
    };
    let mut picked = Select {
        properties: vec!["id"],
        members: false,
    };
    for name in text.split(',').map(str::trim) {
        match all.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            Some(known) if picked.properties.contains(known) => {}
            Some(known) => picked.properties.push(known),
            None if kind == Kind::Groups && name == "members" => picked.members = true,
            None if kind == Kind::Users && ["aboutMe", "skills", "interests", "birthday"].contains(&name) => {
                return Err(Reply::error(
                    501,
                    "NotImplemented",
                    "The property is stored elsewhere.",
                ));
            }
            None => {
                let message = format!(
                    "Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'."
                );
                return Err(Reply::error(400, "BadRequest", &message));
            }
        }
    }
    Ok(picked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes_have_limits() {
        assert_eq!(Query::parse("").top().unwrap(), 100);
        assert_eq!(Query::parse("%24top=999").top().unwrap(), 999);
        for bad in ["$top=0", "$top=1000", "$top=x"] {
            assert_eq!(Query::parse(bad).top().unwrap_err().status, 400);
        }
    }

    #[test]
    fn unknown_properties_are_refused() {
        assert_eq!(select(Some("id,nickName"), Kind::Users).unwrap_err().status, 400);
        assert_eq!(select(Some("aboutMe"), Kind::Users).unwrap_err().status, 501);
        let picked = select(Some("displayName,members"), Kind::Groups).unwrap();
        assert_eq!(
            (picked.properties, picked.members),
            (vec!["id", "displayName"], true)
        );
    }
}
