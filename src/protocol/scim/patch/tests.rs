//! Patches as identity providers send them, the RFC's errors, the laws.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::error::{ScimError, ScimType};
use super::super::members::{Absent, MemberOp, MemberRef, MemberType};
use super::super::schema::{ENTERPRISE_URN, ResourceType, USER_URN};
use super::super::tolerances::Tolerances;
use super::super::{json, resource};
use super::{Patched, apply, read};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other}"),
    }
}

fn user(more: &Value) -> Map<String, Value> {
    let mut body = object(json!({ "schemas": [USER_URN], "userName": "alice@x", "active": true }));
    body.extend(object(more.clone()));
    let read = resource(&ResourceType::user(Vec::new()), body, Tolerances::default()).unwrap();
    read.attributes
}

fn patched(
    kind: &ResourceType,
    before: &Map<String, Value>,
    operations: &Value,
    tolerances: Tolerances,
) -> Result<Patched, ScimError> {
    let body = json!({ "schemas": [super::PATCH_URN], "Operations": operations });
    let body = json::object(body.to_string().as_bytes()).unwrap();
    apply(kind, "g1", before, read(body, tolerances)?, tolerances)
}

fn after(before: &Map<String, Value>, operations: &Value) -> Map<String, Value> {
    let kind = ResourceType::user(Vec::new());
    let told = operations.to_string();
    let patched = patched(&kind, before, operations, Tolerances::default());
    let patched = patched.unwrap_or_else(|error| panic!("{told}: {error}"));
    patched.attributes.unwrap_or_else(|| before.clone())
}

fn refused(before: &Map<String, Value>, operations: &Value, tolerances: Tolerances) -> ScimType {
    let kind = ResourceType::user(Vec::new());
    let told = operations.to_string();
    match patched(&kind, before, operations, tolerances) {
        Err(error) => error.kind,
        Ok(done) => panic!("{told}: {done:?}"),
    }
}

fn members(operations: &Value) -> Vec<MemberOp> {
    let group = object(json!({ "schemas": [], "displayName": "G" }));
    let told = operations.to_string();
    let done = patched(
        &ResourceType::group(Vec::new()),
        &group,
        operations,
        Tolerances::default(),
    );
    done.unwrap_or_else(|error| panic!("{told}: {error}")).members
}

fn of(ids: &[&str]) -> Vec<MemberRef> {
    let member = |id: &&str| MemberRef {
        id: (*id).to_owned(),
        kind: None,
    };
    ids.iter().map(member).collect()
}

fn gone(ids: &[&str]) -> MemberOp {
    MemberOp::Remove(ids.iter().map(|id| (*id).to_owned()).collect(), Absent::IsFine)
}

#[test]
fn entra_writes_one_operation_per_attribute_in_capitals() {
    let before = user(&json!({}));
    let after = after(
        &before,
        &json!([
            { "op": "Replace", "path": "active", "value": "False" },
            { "op": "Add", "path": "nickName", "value": "B" },
            { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "n@x" },
            { "op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Oslo" },
            { "op": "Add", "path": "addresses[type eq \"work\"].country", "value": "NO" },
            { "op": "Add", "path": "roles[primary eq \"True\"].value", "value": "admin" },
            { "op": "Add", "path": format!("{ENTERPRISE_URN}:manager"), "value": "m1" },
        ]),
    );
    assert_eq!(after["active"], json!(false));
    assert_eq!(after["nickName"], "B");
    assert_eq!(after["emails"], json!([{ "type": "work", "value": "n@x" }]));
    assert_eq!(
        after["addresses"],
        json!([{ "type": "work", "locality": "Oslo", "country": "NO" }])
    );
    assert_eq!(after["roles"], json!([{ "primary": true, "value": "admin" }]));
    assert_eq!(after[ENTERPRISE_URN], json!({ "manager": { "value": "m1" } }));
    assert_eq!(after["schemas"], json!([USER_URN, ENTERPRISE_URN]));
}

#[test]
fn entra_of_2020_folds_replacements_into_one_operation() {
    let after = after(
        &user(&json!({ "name": { "familyName": "K" } })),
        &json!([{ "op": "replace", "value": {
            "displayName": "B",
            "name.givenName": "K",
            "active": false,
            "emails[type eq \"work\"].value": "w@x",
            format!("{ENTERPRISE_URN}:employeeNumber"): "8",
            ENTERPRISE_URN: { "department": "IT" },
        }}]),
    );
    assert_eq!(after["displayName"], "B");
    assert_eq!(after["name"], json!({ "familyName": "K", "givenName": "K" }));
    assert_eq!(after["emails"], json!([{ "type": "work", "value": "w@x" }]));
    assert_eq!(
        after[ENTERPRISE_URN],
        json!({ "employeeNumber": "8", "department": "IT" })
    );
}

#[test]
fn entra_sets_and_takes_away_managers_in_many_forms() {
    let path = format!("{ENTERPRISE_URN}:manager");
    let before = user(&json!({ ENTERPRISE_URN: { "manager": { "value": "m0" } } }));
    for value in [
        json!("m1"),
        json!([{ "$ref": null, "value": "m1" }]),
        json!({ "value": "m1" }),
    ] {
        let after = after(
            &before,
            &json!([{ "op": "Replace", "path": path, "value": value }]),
        );
        assert_eq!(after[ENTERPRISE_URN]["manager"], json!({ "value": "m1" }));
    }
    for operation in [
        json!({ "op": "Remove", "path": path }),
        json!({ "op": "Replace", "path": path, "value": "" }),
        json!({ "op": "Replace", "path": path, "value": [] }),
        json!({ "op": "Replace", "path": path, "value": null }),
        json!({ "op": "Replace", "path": format!("{path}.value"), "value": null }),
        json!({ "op": "Remove", "path": ENTERPRISE_URN }),
    ] {
        let after = after(&before, &json!([operation]));
        assert_eq!(after.get(ENTERPRISE_URN), None, "{operation}");
        assert_eq!(after["schemas"], json!([USER_URN]));
    }
}

#[test]
fn an_element_is_made_by_the_vocabulary_only() {
    let before = user(&json!({ "emails": [{ "type": "home", "value": "h@x" }] }));
    let all = Tolerances::default();
    for path in [
        "emails[type eq \"nonexistent\"].value",
        "emails[type eq \"work\" and not (value pr)].value",
        "emails[value eq \"w@x\"].display",
        "emails[type eq \"work\" or type eq \"other\"].value",
        "emails[primary eq true].value",
    ] {
        let operation = json!([{ "op": "replace", "path": path, "value": "x" }]);
        assert_eq!(refused(&before, &operation, all), ScimType::NoTarget, "{path}");
    }
    let operation = json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "x" }]);
    assert_eq!(
        refused(&before, &operation, Tolerances::none()),
        ScimType::NoTarget
    );
    let made = after(
        &before,
        &json!([{ "op": "add", "path": "emails[type eq \"work\"]", "value": { "value": "w@x" } }]),
    );
    assert_eq!(made["emails"][1], json!({ "type": "work", "value": "w@x" }));
}

#[test]
fn okta_activates_and_sets_passwords_without_a_path() {
    let after = after(
        &user(&json!({ "active": false })),
        &json!([{ "op": "replace", "value": { "active": true, "password": "s3cret" } }]),
    );
    assert_eq!(
        (&after["active"], &after["password"]),
        (&json!(true), &json!("s3cret"))
    );
}

#[test]
fn okta_pushes_groups() {
    let done = members(&json!([
        { "op": "replace", "value": { "id": "g1", "displayName": "G" } },
        { "op": "remove", "path": "members[value eq \"a\"]" },
        { "op": "add", "path": "members", "value": [{ "value": "b", "display": "x" }] },
    ]));
    assert_eq!(done, [gone(&["a"]), MemberOp::Add(of(&["b"]))]);
    assert_eq!(
        members(&json!([{ "op": "replace", "path": "members", "value": [] }])),
        [MemberOp::Set(Vec::new())]
    );
    let kind = ResourceType::group(Vec::new());
    let group = object(json!({ "displayName": "G" }));
    let other = json!([{ "op": "replace", "value": { "id": "g2", "displayName": "G" } }]);
    let refused = patched(&kind, &group, &other, Tolerances::default()).unwrap_err();
    assert_eq!(refused.kind, ScimType::Mutability);
}

#[test]
fn entra_and_authentik_remove_members_by_value() {
    for value in [
        json!([{ "$ref": null, "value": "u1" }, { "value": "u2" }]),
        json!(["u1", "u2"]),
    ] {
        let done = members(&json!([{ "op": "Remove", "path": "members", "value": value }]));
        assert_eq!(done, [gone(&["u1", "u2"])]);
    }
    let emptied = json!([{ "op": "remove", "path": "members" }]);
    assert_eq!(members(&emptied), [MemberOp::Set(Vec::new())]);
    let kind = ResourceType::group(Vec::new());
    let group = object(json!({ "displayName": "G" }));
    let by_value = json!([{ "op": "remove", "path": "members", "value": [{ "value": "u1" }] }]);
    let strict = Tolerances {
        remove_by_value: false,
        ..Tolerances::default()
    };
    let refused = patched(&kind, &group, &by_value, strict).unwrap_err();
    assert_eq!(refused.kind, ScimType::InvalidSyntax, "{refused}");
}

#[test]
fn jumpcloud_and_authentik_send_one_member_an_operation() {
    let add = |id: &str| json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
    let remove = |id: &str| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") });
    let done = members(&json!([add("a"), add("a"), add("b"), remove("a"), remove("c")]));
    assert_eq!(done, [MemberOp::Add(of(&["a", "a", "b"])), gone(&["a", "c"])]);
}

#[test]
fn onelogin_sends_one_object_for_a_list() {
    let done =
        members(&json!([{ "op": "add", "path": "members", "value": { "value": "a", "type": "Group" } }]));
    let member = MemberRef {
        id: "a".to_owned(),
        kind: Some(MemberType::Group),
    };
    assert_eq!(done, [MemberOp::Add(vec![member])]);
}

#[test]
fn setting_one_primary_ends_the_other() {
    let before = user(&json!({ "emails": [
        { "value": "a@x", "type": "work", "primary": true }, { "value": "b@x", "type": "home" },
    ]}));
    let after = after(
        &before,
        &json!([{ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }]),
    );
    assert_eq!(
        (&after["emails"][0]["primary"], &after["emails"][1]["primary"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn what_is_there_already_is_no_change() {
    let before =
        user(&json!({ "emails": [{ "value": "a@x", "type": "work" }], "name": { "givenName": "A" } }));
    for operation in [
        json!({ "op": "add", "path": "emails", "value": [{ "type": "work", "value": "a@x" }] }),
        json!({ "op": "replace", "path": "NAME.givenname", "value": "A" }),
        json!({ "op": "replace", "value": { "active": "True" } }),
        json!({ "op": "remove", "path": "nickName" }),
        json!({ "op": "add", "path": "nickName", "value": null }),
    ] {
        let kind = ResourceType::user(Vec::new());
        let done = patched(&kind, &before, &json!([operation]), Tolerances::default()).unwrap();
        assert_eq!(done.attributes, None, "{operation}");
    }
}

#[test]
fn errors_are_those_of_the_rfc() {
    let before = user(&json!({ "emails": [{ "value": "a@x", "type": "work" }] }));
    let all = Tolerances::default();
    for (operation, kind) in [
        (json!({ "op": "remove" }), ScimType::NoTarget),
        (json!({ "op": "move", "path": "title" }), ScimType::InvalidSyntax),
        (json!({ "op": "add", "path": "title" }), ScimType::InvalidValue),
        (
            json!({ "op": "add", "path": "shoe", "value": 1 }),
            ScimType::InvalidPath,
        ),
        (
            json!({ "op": "add", "path": "emails[", "value": 1 }),
            ScimType::InvalidPath,
        ),
        (
            json!({ "op": "add", "path": "title[value eq \"x\"]", "value": 1 }),
            ScimType::InvalidPath,
        ),
        (
            json!({ "op": "add", "path": "active", "value": "perhaps" }),
            ScimType::InvalidValue,
        ),
        (json!({ "op": "add", "value": "x" }), ScimType::InvalidValue),
        (
            json!({ "op": "remove", "path": "userName" }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "replace", "path": "id", "value": "x" }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "add", "path": "groups", "value": [{ "value": "g" }] }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "replace", "value": { "id": "x" } }),
            ScimType::Mutability,
        ),
        (
            json!({ "op": "replace", "path": "userName", "value": "" }),
            ScimType::InvalidValue,
        ),
        (
            json!({ "op": "remove", "path": "emails[type eq \"home\"]" }),
            ScimType::NoTarget,
        ),
    ] {
        let told = operation.to_string();
        assert_eq!(refused(&before, &json!([operation]), all), kind, "{told}");
    }
    assert_eq!(refused(&before, &json!([]), all), ScimType::InvalidSyntax);
}

#[test]
fn strict_patches_name_attributes_by_path_only() {
    let before = user(&json!({}));
    let strict = Tolerances::none();
    for (operation, kind) in [
        (
            json!({ "op": "add", "value": { "shoe": 1 } }),
            ScimType::InvalidPath,
        ),
        (
            json!({ "op": "add", "value": { "name.givenName": "x" } }),
            ScimType::InvalidPath,
        ),
        (
            json!({ "op": "add", "path": "active", "value": "True" }),
            ScimType::InvalidValue,
        ),
    ] {
        let told = operation.to_string();
        assert_eq!(refused(&before, &json!([operation]), strict), kind, "{told}");
    }
}

fn email() -> impl Strategy<Value = Value> {
    ("[a-z]{1,4}", proptest::sample::select(vec!["work", "home", "x"]))
        .prop_map(|(name, kind)| json!({ "value": format!("{name}@x"), "type": kind }))
}

fn operation() -> impl Strategy<Value = Value> {
    let op = proptest::sample::select(vec!["add", "replace"]);
    let path = proptest::sample::select(vec![
        ("title", "text"),
        ("name.givenName", "text"),
        ("emails[type eq \"work\"].value", "text"),
        ("emails", "email"),
        ("active", "flag"),
    ]);
    (op, path, "[a-z]{1,3}", email(), any::<bool>()).prop_map(|(op, (path, kind), text, email, flag)| {
        let value = match kind {
            "text" => json!(text),
            "email" => json!([email]),
            _ => json!(flag),
        };
        json!({ "op": op, "path": path, "value": value })
    })
}

proptest! {
    #[test]
    fn to_add_and_then_to_remove_is_nothing(email in email(), other in email()) {
        prop_assume!(email["value"] != other["value"]);
        let before = user(&json!({ "emails": [other] }));
        let added = after(&before, &json!([{ "op": "add", "path": "emails", "value": [email] }]));
        let path = format!("emails[value eq {}]", email["value"]);
        prop_assert_eq!(after(&added, &json!([{ "op": "remove", "path": path }])), before);
    }

    #[test]
    fn a_patch_sent_twice_is_one(operations in proptest::collection::vec(operation(), 1..4)) {
        // A chain may contradict itself; each operation alone must not.
        for operation in operations {
            let once = after(&user(&json!({})), &json!([operation]));
            prop_assert_eq!(after(&once, &json!([operation])), once);
        }
    }

    #[test]
    fn one_patch_is_its_operations_one_by_one(operations in proptest::collection::vec(operation(), 1..6)) {
        let before = user(&json!({}));
        let at_once = after(&before, &json!(operations));
        let one_by_one = operations.iter().fold(before, |user, operation| after(&user, &json!([operation])));
        prop_assert_eq!(at_once, one_by_one);
    }
}
