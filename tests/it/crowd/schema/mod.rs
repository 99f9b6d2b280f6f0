//! `schemas/crowd.xsd`: every XML answer of these tests is checked against it.

mod check;
mod read;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::LazyLock;

use read::Schema;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/crowd.xsd");
    Schema::read(&std::fs::read_to_string(file).unwrap())
});

/// Whether a document follows the schema; otherwise what is wrong where.
pub(super) fn check(document: &str) -> Result<(), String> {
    SCHEMA.check(document)
}

/// Keeps a document for another reader of the schema: the gate names a folder.
pub(super) fn record(document: &str) {
    let Some(folder) = std::env::var_os("THRONG_RECORD_XML") else {
        return;
    };
    let mut hash = DefaultHasher::new();
    document.hash(&mut hash);
    let file = Path::new(&folder).join(format!("{:016x}.xml", hash.finish()));
    std::fs::write(file, document).unwrap();
}

const USER: &str = "<user name=\"a\"><link href=\"b\" rel=\"self\"/></user>";

#[test]
fn what_clients_cannot_read_is_found() {
    let list = format!("<users expand=\"user\">{USER}{USER}</users>");
    let event = format!(
        "<userMembershipEvent><operation>UPDATED</operation>{}<parentGroups/></userMembershipEvent>",
        USER.replace("user ", "childUser ").replace("/user", "/childUser")
    );
    let feed = |event: &str| {
        format!("<events newEventToken=\"t\" incrementalSynchronisationAvailable=\"true\">{event}</events>")
    };
    let group = "<group expand=\"attributes\" name=\"g\"><link href=\"x\" rel=\"self\"/><description/><type>GROUP</type>\
                 <active>true</active><attributes><link href=\"x\" rel=\"self\"/></attributes></group>";
    for good in [
        USER,
        &list,
        group,
        &feed(""),
        &feed(&event),
        "<users expand=\"user\"/>",
        "<memberships></memberships>",
    ] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for (bad, words) in [
        ("<role/>", "`role` is no document"),
        ("<user name=\"a\"/>", "`/user`: `link` is missing at the end"),
        (
            &list.replace("<users", "<users xmlns=\"urn:x\""),
            "attribute `xmlns` is not known",
        ),
        (&list.replace("users", "groups"), "attribute `expand` is `user`"),
        (
            &list.replace(" name=\"a\"", ""),
            "`/users/user`: attribute `name` is missing",
        ),
        (&list.replace("name=\"a\"", "name=\"\""), "is shorter than 1"),
        (
            &list.replace("</users>", "x</users>"),
            "`/users`: text `x` between the elements",
        ),
        (&group.replace("GROUP", "group"), "`/group/type` is `group`"),
        (&group.replace("true", "TRUE"), "`/group/active` is `TRUE`"),
        (
            &group.replace("<active>true</active>", ""),
            "`active` is missing before `attributes`",
        ),
        (
            &group.replace(
                "<description/><type>GROUP</type>",
                "<type>GROUP</type><description/>",
            ),
            "`/group`: `type` is not expected",
        ),
        (
            &feed(&event.replace("<parentGroups/>", "")),
            "`parentGroups` is missing at the end",
        ),
        (&feed(&event.replace("UPDATED", "RENAMED")), "is `RENAMED`"),
        (&feed("<aliasEvent/>"), "`/events`: `aliasEvent` is not expected"),
        (
            "<status><status-code>x</status-code><message>y</message></status>",
            "is no `xs:nonNegativeInteger`",
        ),
        (
            "<error><reason>NO</reason><message>y</message></error>",
            "`/error/reason` is `NO`",
        ),
    ] {
        let error = check(bad).expect_err(bad);
        assert!(error.contains(words), "{bad}: {error}");
    }
    let dated = "<session expand=\"user\"><token>t</token><user name=\"a\"><link href=\"x\" rel=\"self\"/></user>\
                 <link href=\"x\" rel=\"self\"/><created-date>D</created-date><expiry-date>2024-01-02T03:04:05.678Z</expiry-date></session>";
    for (date, good) in [
        ("2024-01-02T03:04:05.678+01:00", true),
        ("2024-01-02T03:04:05.678+0000", false),
        ("1704164645678", false),
    ] {
        assert_eq!(check(&dated.replace('D', date)).is_ok(), good, "{date}");
    }
}
