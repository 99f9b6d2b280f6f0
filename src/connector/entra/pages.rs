//! The parsers of what Graph answers, as one pure function, for whoever throws bytes at them.

use std::sync::Arc;

use serde_json::Value;

use super::batch::Answers;
use super::graph::{judge, parse};
use super::page::{ListPage, MembersPage, Page};
use super::rows::{self, GroupRow, UserRows};
use crate::model::MemberKind;
use crate::model::record::Record;

/// Reads the bytes as each kind of answer, with everything that is done to it before it becomes records. Answers the records.
#[doc(hidden)]
pub fn read_as_anything(body: &[u8]) -> Vec<Record> {
    let users = UserRows(Arc::from(
        ["displayName", "mail", "userPrincipalName"].map(Arc::from),
    ));
    let mut records = Vec::new();
    if let Ok(page) = parse::<ListPage>(body) {
        for row in page.rows().into_iter().flatten() {
            users.changed_user(row, &mut records).ok();
            rows::changed_group(row, &mut records).ok();
            let hidden = GroupRow::read(row).ok().filter(|row| row.hidden);
            records.extend(hidden.map(|row| Record::MembersUnknown(row.group.id)));
        }
    }
    if let Ok(refusal) = parse::<Value>(body) {
        drop(judge(reqwest::StatusCode::BAD_REQUEST, &refusal, None));
    }
    if let Ok(page) = parse::<MembersPage>(body)
        && page.check().is_ok()
    {
        let edge = |group: &str, member: &str, kind| Record::Member {
            group: group.into(),
            member: member.into(),
            kind,
        };
        let members = page.members().unwrap_or_default();
        records.extend(
            members
                .into_iter()
                .map(|(member, kind)| edge("asked", member, kind)),
        );
        let groups = page.groups().unwrap_or_default();
        records.extend(
            groups
                .into_iter()
                .map(|group| edge(group, "asked", MemberKind::User)),
        );
    }
    if let Ok(answers) = parse::<Answers>(body) {
        for outcome in answers.outcomes(20).into_iter().flatten().flatten().flatten() {
            records.extend(read_as_anything(outcome.get().as_bytes()));
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// JSON made of the names that the parsers look for, with values of any shape.
    fn json() -> impl Strategy<Value = Value> {
        let names = [
            "value",
            "id",
            "@removed",
            "members@delta",
            "@odata.type",
            "createdDateTime",
            "responses",
            "body",
            "status",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            prop_oneof![
                Just("#microsoft.graph.group"),
                Just(""),
                Just("0"),
                Just("2026-13-01T00:00:00Z")
            ]
            .prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 4, move |inner| {
            let key = proptest::sample::select(names.to_vec());
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..5).prop_map(|pairs| pairs
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_json_makes_the_parsers_panic(value in json()) {
            read_as_anything(value.to_string().as_bytes());
        }

        #[test]
        fn no_bytes_make_the_parsers_panic(bytes: Vec<u8>) {
            read_as_anything(&bytes);
        }
    }

    #[test]
    fn a_delta_page_becomes_records() {
        let page = r##"{"value":[{"id":"g","displayName":"A","members@delta":[{"@odata.type":"#microsoft.graph.user","id":"u"},{"id":"v","@removed":{"reason":"deleted"}}]},{"id":"h","@removed":{"reason":"changed"}}]}"##;
        let records = read_as_anything(page.as_bytes());
        let told = |wanted: &str| {
            records
                .iter()
                .filter(|record| format!("{record:?}").starts_with(wanted))
                .count()
        };
        assert_eq!(
            (
                told("Group("),
                told("Member { group: \"g\", member: \"u\""),
                told("MemberGone"),
                told("GroupGone")
            ),
            (1, 1, 1, 1)
        );
    }
}
