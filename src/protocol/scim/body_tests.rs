//! Bodies as identity providers send them.

use serde_json::{Value, json};

use super::error::{ScimError, ScimType};
use super::members::MemberRef;
use super::schema::{Attribute, ENTERPRISE_URN, Extension, GROUP_URN, ResourceType, Schema, USER_URN};
use super::{Tolerances, Wished, resource};

fn read(kind: &ResourceType, body: &Value, tolerances: Tolerances) -> Result<Wished, ScimError> {
    resource(kind, body.as_object().unwrap().clone(), tolerances)
}

fn user(body: &Value) -> Value {
    let read = read(&ResourceType::user(Vec::new()), body, Tolerances::default());
    Value::Object(read.unwrap_or_else(|error| panic!("{body}: {error}")).attributes)
}

fn refused(body: &Value, tolerances: Tolerances) -> ScimType {
    let read = read(&ResourceType::user(Vec::new()), body, tolerances);
    read.map_err(|error| error.kind).expect_err(&body.to_string())
}

#[test]
fn entra_creates_with_what_is_ours_and_with_nothing() {
    let body = json!({
        "schemas": [USER_URN, ENTERPRISE_URN],
        "externalId": "e1", "userName": "alice@x", "active": "True",
        "emails": [{ "primary": true, "type": "work", "value": "alice@x" }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "A B", "familyName": "B", "givenName": "A" },
        "roles": [], "title": null, "id": "mine", "groups": [{ "value": "g" }],
        ENTERPRISE_URN: { "department": "IT", "manager": { "value": null } },
    });
    assert_eq!(
        user(&body),
        json!({
            "externalId": "e1", "userName": "alice@x", "active": true,
            "emails": [{ "primary": true, "type": "work", "value": "alice@x" }],
            "name": { "formatted": "A B", "familyName": "B", "givenName": "A" },
            ENTERPRISE_URN: { "department": "IT" },
            "schemas": [USER_URN, ENTERPRISE_URN],
        })
    );
}

#[test]
fn entra_creates_groups_under_a_schema_of_its_own() {
    let body = json!({
        "schemas": [GROUP_URN, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "o1", "displayName": "G", "meta": { "resourceType": "Group" },
    });
    let read = read(&ResourceType::group(Vec::new()), &body, Tolerances::default()).unwrap();
    assert_eq!(read.members, None);
    assert_eq!(
        Value::Object(read.attributes),
        json!({ "externalId": "o1", "displayName": "G", "schemas": [GROUP_URN] })
    );
}

#[test]
fn members_are_named_once_whatever_their_form() {
    let body =
        json!({ "displayName": "G", "Members": [{ "value": "a" }, "b", { "Value": "a", "display": "x" }] });
    let read = read(&ResourceType::group(Vec::new()), &body, Tolerances::default()).unwrap();
    let of = |id: &str| MemberRef {
        id: id.to_owned(),
        kind: None,
    };
    assert_eq!(read.members, Some(vec![of("a"), of("b")]));
}

#[test]
fn onelogin_may_lack_schemas_and_names_have_no_case() {
    let read =
        user(&json!({ "USERNAME": "a", "name": { "GivenName": "A" }, "emails": ["a@x"], "employeeId": 7 }));
    assert_eq!(
        read,
        json!({ "userName": "a", "name": { "givenName": "A" }, "emails": [{ "value": "a@x" }], "schemas": [USER_URN] })
    );
}

#[test]
fn values_that_do_not_fit_are_refused_by_name() {
    let all = Tolerances::default();
    for more in [
        json!({}),
        json!({ "userName": " " }),
        json!({ "userName": null }),
        json!({ "userName": "a", "active": "yes" }),
        json!({ "userName": "a", "name": "x y" }),
        json!({ "userName": "a", "title": { "value": "x" } }),
        json!({ "userName": "a", "x509Certificates": [{ "value": "no base64!" }] }),
        json!({ "userName": "a", "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] }),
        json!({ "userName": "a", "emails": vec![json!({ "value": "a" }); 501] }),
        json!({ "userName": "a", ENTERPRISE_URN: [] }),
        json!({ "userName": "a", "title": [["x"]] }),
    ] {
        assert_eq!(refused(&more, all), ScimType::InvalidValue, "{more}");
    }
}

#[test]
fn each_tolerance_can_be_switched_off() {
    let of = |more: Value| {
        let mut body = json!({ "schemas": [USER_URN], "userName": "a" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let strict = Tolerances::none();
    for more in [
        json!({ "active": "True" }),
        json!({ "emails": { "value": "a" } }),
        json!({ "title": 7 }),
        json!({ "shoe": 44 }),
        json!({ ENTERPRISE_URN: { "shoe": 44 } }),
        json!({ "name": { "shoe": 44 } }),
    ] {
        assert_eq!(
            refused(&of(more.clone()), strict),
            ScimType::InvalidValue,
            "{more}"
        );
        user(&of(more));
    }
    for schemas in [json!(null), json!([]), json!([USER_URN, "urn:x"]), json!("x")] {
        assert_eq!(
            refused(&json!({ "schemas": schemas, "userName": "a" }), strict),
            ScimType::InvalidSyntax
        );
    }
}

#[test]
fn configured_schemas_are_kept_whole() {
    let attributes = json!([
        { "name": "badge", "type": "integer", "required": true, "mutability": "immutable" },
        { "name": "keys", "multi_valued": true },
        { "name": "issued", "type": "dateTime", "returned": "request" },
    ]);
    let attributes: Vec<Attribute> = serde_json::from_value(attributes).unwrap();
    let urn = "urn:acme:scim:2.0:Badge";
    let custom = Extension {
        schema: Schema {
            urn: urn.to_owned(),
            name: "Badge".to_owned(),
            description: String::new(),
            attributes,
        },
        required: false,
    };
    let kind = ResourceType::user(vec![custom]);
    let body = |badge: Value| json!({ "userName": "a", urn: badge });
    let whole = json!({ "badge": 7, "keys": ["a", "b"], "issued": "2026-01-01T00:00:00Z" });
    let kept = read(&kind, &body(whole.clone()), Tolerances::none());
    assert!(kept.is_err(), "no schemas");
    let kept = read(&kind, &body(whole.clone()), Tolerances::default())
        .unwrap()
        .attributes;
    assert_eq!(kept[urn], whole);
    assert_eq!(kept["schemas"], json!([USER_URN, urn]));
    for wrong in [
        json!({ "keys": ["a"] }),
        json!({ "badge": 7.5 }),
        json!({ "badge": 7, "issued": "now" }),
    ] {
        assert!(
            read(&kind, &body(wrong.clone()), Tolerances::default()).is_err(),
            "{wrong}"
        );
    }
    let other = read(&kind, &body(json!({ "badge": 8 })), Tolerances::default())
        .unwrap()
        .attributes;
    let error = super::body::check_immutable(&kind, &kept, &other).unwrap_err();
    assert_eq!(error.kind, ScimType::Mutability);
}
