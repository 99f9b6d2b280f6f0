//! The check of the answers can fail: each way in which clients cannot read one is found.

use super::check;

const USER: &str = r#"<user name="a"><link href="b" rel="self"/></user>"#;
const GROUP: &str = r#"<group expand="attributes" name="g"><link href="x" rel="self"/><description/><type>GROUP</type><active>true</active><attributes><link href="x" rel="self"/></attributes></group>"#;
const FEED: &str = r#"<events newEventToken="t" incrementalSynchronisationAvailable="true"><userMembershipEvent><operation>UPDATED</operation><childUser name="a"><link href="b" rel="self"/></childUser><parentGroups/></userMembershipEvent></events>"#;
const SESSION: &str = r#"<session expand="user"><token>t</token><user name="a"><link href="x" rel="self"/></user><link href="x" rel="self"/><created-date>D</created-date><expiry-date>2024-01-02T03:04:05.678Z</expiry-date></session>"#;

/// What is replaced in a good document, by what, and the complaint.
const WRONGS: [(&str, &str, &str, &str); 14] = [
    (USER, "user", "role", "`role` is no document"),
    (
        USER,
        r#"<link href="b" rel="self"/>"#,
        "",
        "`/user`: `link` is missing at the end",
    ),
    (
        USER,
        "<user",
        r#"<user xmlns="urn:x""#,
        "attribute `xmlns` is not known",
    ),
    (USER, r#" name="a""#, "", "`/user`: attribute `name` is missing"),
    (
        USER,
        r#"name="a""#,
        r#"name="""#,
        "`/user`: attribute `name` is shorter than 1",
    ),
    (
        USER,
        "</user>",
        "x</user>",
        "`/user`: text `x` between the elements",
    ),
    (GROUP, "GROUP", "group", "`/group/type` is `group`"),
    (GROUP, "true", "TRUE", "`/group/active` is `TRUE`"),
    (
        GROUP,
        "<active>true</active>",
        "",
        "`active` is missing before `attributes`",
    ),
    (
        GROUP,
        "<description/><type>GROUP</type>",
        "<type>GROUP</type><description/>",
        "`/group`: `type` is not expected",
    ),
    (
        FEED,
        "<parentGroups/>",
        "",
        "`parentGroups` is missing at the end",
    ),
    (
        FEED,
        "UPDATED",
        "RENAMED",
        "`/events/userMembershipEvent/operation` is `RENAMED`",
    ),
    (
        FEED,
        "userMembershipEvent",
        "aliasEvent",
        "`/events`: `aliasEvent` is not expected",
    ),
    (
        SESSION,
        "<token>t</token>",
        "",
        "`token` is missing before `user`",
    ),
];

#[test]
fn what_clients_cannot_read_is_found() {
    for good in [
        USER,
        GROUP,
        FEED,
        "<users expand=\"user\"/>",
        "<memberships></memberships>",
    ] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for (document, part, other, complaint) in WRONGS {
        let bad = document.replace(part, other);
        assert_ne!(bad, document);
        let error = check(&bad).expect_err(&bad);
        assert!(error.contains(complaint), "{bad}: {error}");
    }
    let list = format!("<users expand=\"user\">{USER}{USER}</users>");
    assert_eq!(check(&list), Ok(()));
    assert!(
        check(&list.replace("users", "groups"))
            .unwrap_err()
            .contains("attribute `expand` is `user`")
    );
    assert!(check(&list.replace("</users>", "")).is_err());
}

#[test]
fn dates_numbers_and_reasons_are_those_that_clients_know() {
    for (date, good) in [
        ("2024-01-02T03:04:05.678Z", true),
        ("2024-01-02T03:04:05.678+01:00", true),
        ("2024-01-02T03:04:05.678+0000", false),
        ("1704164645678", false),
    ] {
        assert_eq!(check(&SESSION.replace('D', date)).is_ok(), good, "{date}");
    }
    let status = "<status><status-code>N</status-code><message>y</message></status>";
    assert_eq!(check(&status.replace('N', "404")), Ok(()));
    assert!(
        check(status)
            .unwrap_err()
            .contains("is no `xs:nonNegativeInteger`")
    );
    let error = "<error><reason>NO</reason><message>y</message></error>";
    assert_eq!(check(&error.replace("NO", "USER_NOT_FOUND")), Ok(()));
    assert!(check(error).unwrap_err().contains("`/error/reason` is `NO`"));
}
