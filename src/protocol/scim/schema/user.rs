//! The User schema (RFC 7643 §4.1).

use super::Schema;
use super::attribute::{Attribute, Kind, Mutability, Returned};

/// Its URN.
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// The User schema.
pub(super) fn user() -> Schema {
    let mut attributes = names();
    attributes.extend(contacts());
    attributes.extend(rights());
    Schema {
        urn: USER_URN.to_owned(),
        name: "User".to_owned(),
        description: "A user account.".to_owned(),
        attributes,
    }
}

fn names() -> Vec<Attribute> {
    let text = Attribute::text;
    vec![
        text(
            "userName",
            "The name the user signs in by; unique in the directory, without case.",
        )
        .required()
        .unique(),
        Attribute::complex(
            "name",
            "The parts of the user's name.",
            vec![
                text("formatted", "The whole name, ready to show."),
                text("familyName", "Family name."),
                text("givenName", "Given name."),
                text("middleName", "Middle names."),
                text("honorificPrefix", "Title before the name."),
                text("honorificSuffix", "Title after the name."),
            ],
        ),
        text("displayName", "The name to show."),
        text("nickName", "What friends say."),
        Attribute::reference("profileUrl", "A page about the user.", &["external"]),
        text("title", "Title, such as `Vice President`."),
        text(
            "userType",
            "The relation to the organisation, such as `Contractor`.",
        ),
        text("preferredLanguage", "Preferred languages, as in Accept-Language."),
        text("locale", "Locale for currency, dates and numbers."),
        text("timezone", "Time zone, as in the IANA database."),
        Attribute::flag("active", "Whether the account may be used."),
        text("password", "Taken, never shown.")
            .mutable(Mutability::WriteOnly)
            .shown(Returned::Never),
    ]
}

/// The usual sub-attributes of a list (RFC 7643 §2.4).
fn plural(value: Attribute, types: &[&str]) -> Vec<Attribute> {
    vec![
        value,
        Attribute::text("display", "The value, ready to show."),
        Attribute::text("type", "What the value is for.").usually(types),
        Attribute::flag(
            "primary",
            "Whether it is the preferred one; one element of the list at most.",
        ),
    ]
}

fn contacts() -> Vec<Attribute> {
    let text = Attribute::text;
    let list = |name: &str, what: &str, sub: Vec<Attribute>| Attribute::complex(name, what, sub).list();
    vec![
        list(
            "emails",
            "E-mail addresses.",
            plural(text("value", "The address."), &["work", "home", "other"]),
        ),
        list(
            "phoneNumbers",
            "Telephone numbers.",
            plural(
                text("value", "The number."),
                &["work", "home", "mobile", "fax", "pager", "other"],
            ),
        ),
        list(
            "ims",
            "Instant messaging addresses.",
            plural(
                text("value", "The address."),
                &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"],
            ),
        ),
        list(
            "photos",
            "Pictures of the user.",
            plural(
                Attribute::reference("value", "Where the picture is.", &["external"]),
                &["photo", "thumbnail"],
            ),
        ),
        list(
            "addresses",
            "Postal addresses.",
            vec![
                text("formatted", "The whole address, ready to print."),
                text("streetAddress", "Street, house, flat."),
                text("locality", "City."),
                text("region", "State or region."),
                text("postalCode", "Postal code."),
                text("country", "Country, as ISO 3166-1 alpha-2."),
                text("type", "What the address is for.").usually(&["work", "home", "other"]),
                Attribute::flag("primary", "Whether it is the preferred one."),
            ],
        ),
    ]
}

fn rights() -> Vec<Attribute> {
    let text = Attribute::text;
    let list = |name: &str, what: &str, sub: Vec<Attribute>| Attribute::complex(name, what, sub).list();
    let ours = Mutability::ReadOnly;
    vec![
        list(
            "groups",
            "The groups that the user is in; changed at the groups.",
            vec![
                text("value", "The group's id.").exact().mutable(ours),
                Attribute::reference("$ref", "Where the group is.", &["Group"]).mutable(ours),
                text("display", "The group's name.").mutable(ours),
                text("type", "Whether by way of another group.")
                    .usually(&["direct", "indirect"])
                    .mutable(ours),
            ],
        )
        .mutable(ours),
        list(
            "entitlements",
            "What the user may have.",
            plural(text("value", "The entitlement."), &[]),
        ),
        list(
            "roles",
            "What the user is.",
            plural(text("value", "The role."), &[]),
        ),
        list(
            "x509Certificates",
            "Certificates of the user.",
            plural(
                Attribute::of(Kind::Binary, "value", "The certificate, DER in base64.").exact(),
                &[],
            ),
        ),
    ]
}
