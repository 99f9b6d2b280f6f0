//! One rule of a mapping, step by step: which attributes it looked at, what each transform made of the value.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::mapping::{Mapping, RuleConfig};
use crate::model::record::SourceUser;

/// One field of a user, with the way to its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// `username`, `email`, …; of custom attributes their own name.
    pub field: String,
    /// Whether it is a custom attribute.
    pub custom: bool,
    /// The attributes that the rule names, in order of preference.
    pub candidates: Vec<Candidate>,
    /// The transforms, in order.
    pub steps: Vec<Transformed>,
    /// What comes out; empty where no candidate has a value.
    pub value: Arc<str>,
}

/// One attribute that a rule looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Its name at the source.
    pub attribute: String,
    /// What the record has there; `null`: nothing.
    pub value: Option<Arc<str>>,
    /// Whether this is the one that is taken.
    pub taken: bool,
}

/// One transform with what it made of the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transformed {
    /// The transform, as in the configuration.
    pub transform: Value,
    /// The value after it.
    pub value: Arc<str>,
}

/// All fields of a user: those that every user has, then custom attributes.
pub(super) fn fields(mapping: &Mapping, user: &SourceUser) -> Vec<Field> {
    let own = [
        ("username", &mapping.username),
        ("display_name", &mapping.display_name),
        ("first_name", &mapping.first_name),
        ("last_name", &mapping.last_name),
        ("email", &mapping.email),
    ];
    let own = own.into_iter().map(|(name, rule)| field(name, false, rule, user));
    let custom = mapping
        .attributes
        .iter()
        .map(|(name, rule)| field(name, true, rule, user));
    own.chain(custom).collect()
}

fn field(name: &str, custom: bool, rule: &RuleConfig, user: &SourceUser) -> Field {
    let mut taken: Option<Arc<str>> = None;
    let mut candidates = Vec::with_capacity(rule.from.len());
    for attribute in &rule.from {
        let value = user
            .attributes
            .get(attribute.as_str())
            .filter(|value| !value.is_empty());
        let first = taken.is_none() && value.is_some();
        if first {
            taken = value.cloned();
        }
        candidates.push(Candidate {
            attribute: attribute.clone(),
            value: value.cloned(),
            taken: first,
        });
    }
    let mut steps = Vec::new();
    let mut value = taken.clone().unwrap_or_default();
    // Where there is nothing, nothing is transformed.
    for transform in rule.transform.iter().filter(|_| taken.is_some()) {
        value = transform.apply(&value);
        let transform = serde_json::to_value(transform).unwrap_or_default();
        steps.push(Transformed {
            transform,
            value: Arc::clone(&value),
        });
    }
    Field {
        field: name.to_owned(),
        custom,
        candidates,
        steps,
        value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(attributes: &[(&str, &str)]) -> SourceUser {
        let attributes = attributes
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        SourceUser {
            id: "1".into(),
            active: true,
            created_at: None,
            attributes: attributes.collect(),
        }
    }

    #[test]
    fn the_way_to_a_value_is_shown_and_ends_where_the_mapping_does() {
        let rules = json!({
            "username": { "from": ["mail", "userPrincipalName"], "transform": ["strip_domain", { "regex": "[^a-z]", "replace": "" }, "upper"] },
            "attributes": { "room": { "from": ["officeLocation"], "transform": ["lower"] } },
        });
        let mapping = Mapping::from_config(&serde_json::from_value(rules).unwrap(), Mapping::entra());
        let user = user(&[
            ("mail", ""),
            ("userPrincipalName", "zoe.1@corp.example"),
            ("displayName", "Zoe"),
        ]);
        let fields = fields(&mapping, &user);
        let username = &fields[0];
        let taken: Vec<_> = username
            .candidates
            .iter()
            .map(|one| (&*one.attribute, one.taken))
            .collect();
        assert_eq!(taken, [("mail", false), ("userPrincipalName", true)]);
        let steps: Vec<_> = username.steps.iter().map(|step| &*step.value).collect();
        assert_eq!(steps, ["zoe.1", "zoe", "ZOE"]);
        assert_eq!(
            username.steps[1].transform,
            json!({ "regex": { "text": "[^a-z]", "replace": "" } })
        );
        let room = fields.last().unwrap();
        assert_eq!((room.custom, room.steps.len(), &*room.value), (true, 0, ""));
        let wish = mapping.user(&user);
        let made = [
            &wish.name,
            &wish.display_name,
            &wish.first_name,
            &wish.last_name,
            &wish.email,
        ];
        assert!(
            fields.iter().zip(made).all(|(field, made)| field.value == *made),
            "{fields:?}"
        );
    }
}
