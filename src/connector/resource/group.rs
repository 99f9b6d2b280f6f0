//! A SCIM group with its members, read without a tree of values: a group of everybody has 100,000.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Resource, id, moment, text};
use crate::model::record::SourceGroup;
use crate::model::{ExternalId, MemberKind};

/// A group as parsed, its attributes not yet looked at.
#[derive(Debug, Default)]
pub(in crate::connector) struct GroupRow {
    /// Everything but the members.
    pub(in crate::connector) rest: Resource,
    /// The members; `None` where the group says nothing of them.
    pub(in crate::connector) members: Option<Vec<Member>>,
}

/// A member as told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::connector) struct Member {
    /// Its id, or empty.
    pub(in crate::connector) id: String,
    /// What it is, where that is told.
    pub(in crate::connector) kind: Option<MemberKind>,
}

impl GroupRow {
    /// The group; the error says which attribute is not what it should be.
    pub(in crate::connector) fn group(&self, ids: &[&str]) -> Result<SourceGroup, String> {
        let part = |name: &str| Ok::<_, String>(text(&self.rest, name)?.unwrap_or_default());
        Ok(SourceGroup {
            id: self.id(ids)?,
            name: match part("displayName")? {
                "" => return Err("`displayName` is missing".to_owned()),
                name => name.into(),
            },
            nickname: part("nickName")?.into(),
            description: part("description")?.into(),
            created_at: moment(&self.rest, "meta.created"),
        })
    }

    /// Its id: the first of these attributes that is there.
    pub(in crate::connector) fn id(&self, ids: &[&str]) -> Result<ExternalId, String> {
        id(&self.rest, ids)
    }
}

impl<'de> Deserialize<'de> for GroupRow {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Rows)
    }
}

struct Rows;

impl<'de> Visitor<'de> for Rows {
    type Value = GroupRow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a group")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<GroupRow, A::Error> {
        let mut row = GroupRow::default();
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key.eq_ignore_ascii_case("members") {
                row.members = map.next_value::<Members>()?.0;
            } else {
                row.rest.insert(key.into_owned(), map.next_value::<Value>()?);
            }
        }
        Ok(row)
    }
}

/// A list, one member alone, or nothing.
struct Members(Option<Vec<Member>>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ListOrOne).map(Self)
    }
}

struct ListOrOne;

impl<'de> Visitor<'de> for ListOrOne {
    type Value = Option<Vec<Member>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("members")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = seq.next_element()? {
            members.push(member);
        }
        Ok(Some(members))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        One.visit_map(map).map(|member| Some(vec![member]))
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(One)
    }
}

struct One;

impl<'de> Visitor<'de> for One {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member")
    }

    fn visit_str<E>(self, id: &str) -> Result<Member, E> {
        Ok(Member {
            id: id.to_owned(),
            kind: None,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member, A::Error> {
        let (mut id, mut told, mut link) = (None, None, None);
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            let place = match key.to_ascii_lowercase().as_str() {
                "value" => &mut id,
                "type" => &mut told,
                "$ref" => &mut link,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *place = map.next_value::<Option<Cow<'_, str>>>()?;
        }
        Ok(Member {
            kind: kind(told.as_deref(), link.as_deref()),
            id: id.unwrap_or_default().into_owned(),
        })
    }
}

/// By its type, else by the folder in its link.
fn kind(told: Option<&str>, link: Option<&str>) -> Option<MemberKind> {
    let of = |word: &str| match word.to_ascii_lowercase().as_str() {
        "user" | "users" => Some(MemberKind::User),
        "group" | "groups" => Some(MemberKind::Group),
        _ => None,
    };
    let folder = || link?.trim_end_matches('/').rsplit('/').nth(1);
    told.and_then(of).or_else(|| folder().and_then(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> GroupRow {
        serde_json::from_str(text).unwrap()
    }

    fn members(text: &str) -> Option<Vec<Member>> {
        row(&format!("{{\"members\":{text}}}")).members
    }

    #[test]
    fn members_are_read_in_every_shape_that_occurs() {
        let of = |id: &str, kind| Member {
            id: id.to_owned(),
            kind,
        };
        assert_eq!(members("null"), None);
        assert_eq!(members("[]"), Some(vec![]));
        let told = r#"[{"value":"a","type":"User","display":{"x":[1]}},{"Value":"b","$ref":"../Groups/b"},{"value":"c","type":null},"d",{}]"#;
        let expected = vec![
            of("a", Some(MemberKind::User)),
            of("b", Some(MemberKind::Group)),
            of("c", None),
            of("d", None),
            of("", None),
        ];
        assert_eq!(members(told), Some(expected));
        assert_eq!(members(r#"{"value":"a"}"#), Some(vec![of("a", None)]));
        assert!(serde_json::from_str::<GroupRow>(r#"{"members":7}"#).is_err());
        assert!(serde_json::from_str::<GroupRow>(r#"{"members":[{"value":7}]}"#).is_err());
    }

    #[test]
    fn a_group_has_an_id_and_a_name() {
        let told = row(
            r#"{"ID":"g","DisplayName":"Staff","description":"All","meta":{"created":"1970-01-01T00:00:01Z"}}"#,
        );
        let group = told.group(&["id", "externalId"]).unwrap();
        assert_eq!(
            (group.id.as_str(), &*group.name, &*group.description),
            ("g", "Staff", "All")
        );
        assert_eq!(group.created_at, Some(1000));
        let why = |text: &str| row(text).group(&["id"]).unwrap_err();
        assert_eq!(why(r#"{"displayName":"x"}"#), "`id` is missing");
        assert_eq!(why(r#"{"id":"x"}"#), "`displayName` is missing");
        assert_eq!(why(r#"{"id":"x","displayName":[]}"#), "`displayName` is no text");
    }
}
