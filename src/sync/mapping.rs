//! Mapping: from a source's attributes to the fields that applications know.

use std::sync::Arc;

use crate::model::change::{GroupWish, UserWish};
use crate::model::record::{SourceGroup, SourceUser};

/// A change of a value's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transform {
    /// What is before the last `@`.
    StripDomain,
    /// In lower case.
    Lower,
    /// In upper case.
    Upper,
    /// Without blanks at the ends.
    Trim,
}

/// One field: the first attribute that is not empty, transformed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Attribute names, in order of preference.
    pub from: Vec<String>,
    /// Applied in order.
    pub transform: Vec<Transform>,
}

impl Rule {
    fn of(from: &[&str]) -> Self {
        Self {
            from: from.iter().map(|name| (*name).to_owned()).collect(),
            transform: Vec::new(),
        }
    }

    fn read(&self, user: &SourceUser) -> Arc<str> {
        let found = self
            .from
            .iter()
            .find_map(|name| user.attributes.get(name.as_str()).filter(|text| !text.is_empty()));
        let Some(found) = found else { return "".into() };
        let mut text = Arc::clone(found);
        for transform in &self.transform {
            text = match transform {
                Transform::StripDomain => text
                    .rsplit_once('@')
                    .map_or_else(|| Arc::clone(&text), |(local, _)| local.into()),
                Transform::Lower => text.to_lowercase().into(),
                Transform::Upper => text.to_uppercase().into(),
                Transform::Trim => text.trim().into(),
            };
        }
        text
    }
}

/// How a directory's users are mapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The username.
    pub username: Rule,
    /// The name to show.
    pub display_name: Rule,
    /// E-mail address.
    pub email: Rule,
}

impl Mapping {
    /// What Entra's users are by default: the username is `userPrincipalName`, verbatim.
    pub fn entra() -> Self {
        Self {
            username: Rule::of(&["userPrincipalName"]),
            display_name: Rule::of(&["displayName"]),
            email: Rule::of(&["mail"]),
        }
    }

    /// A user as wished.
    pub fn user(&self, user: &SourceUser) -> UserWish {
        let plain = |name: &str| user.attributes.get(name).map_or_else(|| "".into(), Arc::clone);
        UserWish {
            external_id: user.id.clone(),
            name: self.username.read(user),
            first_name: plain("givenName"),
            last_name: plain("surname"),
            display_name: self.display_name.read(user),
            email: self.email.read(user),
            active: user.active,
            created_at: user.created_at,
        }
    }

    /// A group as wished.
    pub fn group(group: &SourceGroup) -> GroupWish {
        GroupWish {
            external_id: group.id.clone(),
            name: Arc::clone(&group.name),
            nickname: Arc::clone(&group.nickname),
            description: Arc::clone(&group.description),
            created_at: group.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_filled_attribute_is_transformed() {
        let attributes = [("mail", ""), ("userPrincipalName", "Zoe@Corp.example")];
        let attributes = attributes
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let user = SourceUser {
            id: "1".into(),
            active: true,
            created_at: None,
            attributes,
        };
        let transform = vec![Transform::StripDomain, Transform::Lower];
        let rule = Rule {
            transform,
            ..Rule::of(&["mail", "userPrincipalName"])
        };
        assert_eq!(&*rule.read(&user), "zoe");
    }
}
