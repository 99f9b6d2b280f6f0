//! The attributes that every resource has (RFC 7643 §3.1); schemas do not list them.

use super::attribute::{Attribute, Kind, Mutability, Returned};

pub(super) fn common() -> Vec<Attribute> {
    let ours = Mutability::ReadOnly;
    let time = |name: &str, what: &str| Attribute::of(Kind::DateTime, name, what).mutable(ours);
    vec![
        Attribute::reference(
            "schemas",
            "The schemas whose attributes the resource has.",
            &["uri"],
        )
        .list()
        .shown(Returned::Always)
        .mutable(ours),
        Attribute::text("id", "The id that we gave.")
            .exact()
            .unique()
            .mutable(ours)
            .shown(Returned::Always),
        Attribute::text("externalId", "The id that the client gave.").exact(),
        Attribute::complex(
            "meta",
            "About the resource.",
            vec![
                Attribute::text("resourceType", "The type's name.")
                    .exact()
                    .mutable(ours),
                time("created", "When it was made."),
                time("lastModified", "When it last changed."),
                Attribute::reference("location", "Where it is.", &["uri"]).mutable(ours),
                Attribute::text("version", "Its entity tag.")
                    .exact()
                    .mutable(ours),
            ],
        )
        .mutable(ours),
    ]
}
