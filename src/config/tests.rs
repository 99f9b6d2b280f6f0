//! What a person reads when a configuration is wrong.

use std::path::Path;

use super::{Config, SourceConfig};

const GOOD: &str = r#"
[[directory]]
id = "corp"
[directory.source]
kind = "entra"
tenant = "t"
client_id = "c"
client_secret = { value = "s" }
[directory.sync]
schedule = "0 */15 * * * *"

[[application]]
name = "jira"
password = { value = "p" }
directories = ["corp"]
"#;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new("throng.toml")).map_err(|error| error.to_string())
}

/// The complaint about the good configuration with one text put in another's place.
fn complaint(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old));
    parse(&GOOD.replace(old, new)).unwrap_err()
}

#[test]
fn only_ids_kinds_and_credentials_are_required() {
    let config = parse(GOOD).unwrap();
    assert_eq!(config.crowd.listen.to_string(), "127.0.0.1:8095");
    assert_eq!(config.admin.listen.to_string(), "127.0.0.1:8097");
    assert_eq!(config.store.path, Path::new("data"));
    let directory = &config.directories[0];
    assert!(matches!(&directory.source, SourceConfig::Entra(entra) if entra.tenant == "t"));
    assert_eq!(directory.limits.users.max, 500);
    assert!(directory.groups.nested);
    assert!(config.applications[0].nested_groups);
}

#[test]
fn a_wrong_key_is_told_with_line_and_near_miss() {
    let text = format!("[store]\npth = \"x\"\n{GOOD}");
    assert_eq!(
        parse(&text).unwrap_err(),
        "throng.toml:2: `store.pth` is not a known key\nhint: did you mean `store.path`?"
    );
    assert_eq!(
        complaint("tenant", "tenent = \"x\"\ntenant"),
        "throng.toml:6: `directory.source.tenent` is not a known key\nhint: did you mean `directory.source.tenant`?"
    );
    assert_eq!(
        complaint("[directory.sync]", "[directory.snyc]"),
        "throng.toml:9: `directory.snyc` is not a known key\nhint: did you mean `directory.sync`?"
    );
    assert_eq!(
        complaint("[[application]]", "[[aplication]]"),
        "throng.toml:12: `aplication` is not a known key\nhint: did you mean `application`?"
    );
}

#[test]
fn a_wrong_type_is_told_with_line_and_what_to_write() {
    let text = format!("[store]\npath = 5\n{GOOD}");
    assert_eq!(
        parse(&text).unwrap_err(),
        "throng.toml:2: `store.path` has the wrong type: integer instead of path string\nhint: write path string there"
    );
    let told = complaint("directories = [\"corp\"]", "directories = \"corp\"");
    assert!(
        told.starts_with("throng.toml:15: `application.directories` has the wrong type: string instead of"),
        "{told}"
    );
    let told = complaint("[directory.sync]", "[directory.sync]\nfull_every = \"soon\"");
    assert!(
        told.starts_with("throng.toml:10: `directory.sync.full_every`: `soon` is no length of time"),
        "{told}"
    );
    assert!(told.ends_with("hint: write `15m`, `24h` or `90d`"), "{told}");
}

#[test]
fn expressions_of_scope_and_mapping_are_checked_where_they_are_written() {
    let told = complaint(
        "[directory.sync]",
        "[directory.scope]\ngroups_include = [\"a\", \"/(/\"]\n[directory.sync]",
    );
    assert!(
        told.starts_with(
            "throng.toml:10: `directory.scope.groups_include`: `/(/` is not a regular expression"
        ),
        "{told}"
    );
    let rule = "[directory.mapping]\nusername = { from = [\"mail\"], transform = [\"lower\", { regex = \"[\" }] }\n[directory.sync]";
    let told = complaint("[directory.sync]", rule);
    assert!(told.starts_with("throng.toml:10: "), "{told}");
    assert!(told.contains("`[` is not a regular expression"), "{told}");
    let later = "[directory.missing]\nusers = \"keep\"\nremove_after = \"90d\"\n[directory.sync]";
    let told = complaint("[directory.sync]", later);
    assert!(
        told.contains("`directory.missing.remove_after` asks for"),
        "{told}"
    );
}

#[test]
fn a_dangling_directory_is_told_with_line_and_near_miss() {
    let config = parse(&GOOD.replacen("[\"corp\"]", "[\"crop\"]", 1)).unwrap();
    assert!(
        config.missing_but(|id| id == "crop").is_ok(),
        "the store may have it"
    );
    assert_eq!(
        config.missing_but(|_| false).unwrap_err().to_string(),
        "throng.toml:15: application `jira` names the directory `crop`, which does not exist\nhint: did you mean `corp`?"
    );
}

#[test]
fn a_missing_key_is_told_with_its_section() {
    assert_eq!(
        complaint("id = \"corp\"", ""),
        "throng.toml:2: `directory` lacks the key `id`\nhint: add `id = …`"
    );
    let told = complaint("tenant = \"t\"", "");
    assert!(
        told.contains("`directory.source` lacks the key `tenant`"),
        "{told}"
    );
}

#[test]
fn what_this_version_does_not_have_ends_the_start_with_its_line() {
    assert_eq!(
        complaint("\"entra\"", "\"entrra\""),
        "throng.toml:5: `directory.source.kind` cannot be `entrra`\nhint: did you mean `entra`?"
    );
    let told = parse(&format!("{GOOD}\n[audit]\nkeep = \"400d\"\n")).unwrap_err();
    assert!(
        told.starts_with("throng.toml:17: this version does not have `[audit]`"),
        "{told}"
    );
}

#[test]
fn a_run_may_be_late_by_an_hour_at_the_most() {
    let late =
        |jitter: &str| parse(&GOOD.replace("schedule =", &format!("jitter = \"{jitter}\"\nschedule =")));
    let config = late("2m").unwrap();
    let sync = config.directories[0].sync.as_ref().unwrap();
    assert_eq!(sync.jitter.0, std::time::Duration::from_mins(2));
    let told = late("61m").unwrap_err();
    assert!(
        told.contains("`directory.sync.jitter` of `corp` is more than an hour"),
        "{told}"
    );
}

#[test]
fn who_is_assigned_is_known_to_entra_and_to_an_okta_app() {
    let scope = "[directory.scope]\nusers = \"assigned\"\n";
    assert!(parse(&GOOD.replace("[directory.sync]", &format!("{scope}[directory.sync]"))).is_ok());
    let okta = "[[directory]]\nid = \"o\"\n[directory.source]\nkind = \"okta\"\nurl = \"https://o\"\ntoken = { value = \"t\" }\n";
    let config = parse(&format!("{GOOD}{okta}")).unwrap();
    assert!(matches!(&config.directories[1].source, SourceConfig::Okta(okta) if okta.budget_percent == 40));
    let told = parse(&format!("{GOOD}{okta}{scope}")).unwrap_err();
    assert!(
        told.contains("`directory.scope.users` can be `assigned` for sources of kind `entra`, and `okta` with its `app`, only"),
        "{told}"
    );
    assert!(told.contains("hint: name the `app` of an Okta source"), "{told}");
    let app = okta.replace("token =", "app = \"0oa1\"\ntoken =");
    assert!(parse(&format!("{GOOD}{app}{scope}")).is_ok());
    let keycloak = "[[directory]]\nid = \"k\"\n[directory.source]\nkind = \"keycloak\"\nurl = \"https://k\"\nrealm = \"r\"\nclient_id = \"c\"\nclient_secret = { value = \"t\" }\n";
    assert!(parse(&format!("{GOOD}{keycloak}")).is_ok());
    let told = parse(&format!("{GOOD}{keycloak}{scope}")).unwrap_err();
    assert!(
        told.contains("`directory.scope.users` can be `assigned`"),
        "{told}"
    );
    let told = parse(&format!("{GOOD}{}", okta.replace("token", "client_id"))).unwrap_err();
    assert!(told.contains("client_id"), "{told}");
}

#[test]
fn a_local_directory_needs_its_id_alone_and_has_nothing_to_read() {
    let local = "[[directory]]\nid = \"local\"\n[directory.source]\nkind = \"local\"\n";
    let config = parse(&format!("{GOOD}{local}")).unwrap();
    assert!(!config.directories[1].source.is_read() && config.directories[0].source.is_read());
    let told = parse(&format!("{GOOD}{local}[directory.sync]\nfull_every = \"1h\"\n")).unwrap_err();
    assert_eq!(
        told,
        "throng.toml:20: `[directory.sync]` means nothing for a directory of kind `local`, which nothing is read into\n\
         hint: take the section out"
    );
    let told = parse(&format!("{GOOD}{local}path = \"x\"\n")).unwrap_err();
    assert!(
        told.starts_with("throng.toml:20: `directory.source.path` is not a known key"),
        "{told}"
    );
}

#[test]
fn a_pushed_directory_has_tokens_and_nothing_to_read() {
    let push = "[[directory]]\nid = \"push\"\n[directory.source]\nkind = \"scim-push\"\n";
    let token = "tokens = [{ name = \"okta\", secret = { env = \"T\" }, expires = \"2027-06-30\" }]\n";
    let more =
        "allow_from = [\"192.0.2.0/24\"]\ntolerances = { unquoted_values = false }\non_existing = \"link\"\n";
    let mapping = "[directory.mapping]\nusername = { from = [\"emails\"] }\n[directory.limits]\n";
    let config = parse(&format!("{GOOD}{push}{token}{more}{mapping}")).unwrap();
    assert!(!config.directories[1].source.is_read());
    for (wrong, told) in [
        ("", "`directory.source`: has no `tokens`"),
        (
            &format!("{token}[directory.sync]\n"),
            "means nothing for a directory of kind `scim-push`",
        ),
        (&token.replace("2027-06-30", "soon"), "expires"),
        (
            &format!("{token}schemas = [{{ urn = \"badge\", attributes = [] }}]\n"),
            "cannot have a schema `badge`",
        ),
    ] {
        let said = parse(&format!("{GOOD}{push}{wrong}")).unwrap_err();
        assert!(said.contains(told), "{wrong}: {said}");
    }
    let face = parse(&format!("[scim]\nlisten = \"127.0.0.1:8095\"\n{GOOD}")).unwrap_err();
    assert!(
        face.starts_with("throng.toml:1: `scim.listen` is `127.0.0.1:8095`"),
        "{face}"
    );
}

#[test]
fn any_source_may_let_its_users_have_passwords_here() {
    assert!(!parse(GOOD).unwrap().directories[0].local_passwords);
    let text = GOOD.replace("tenant = ", "local_passwords = true\ntenant = ");
    assert!(parse(&text).unwrap().directories[0].local_passwords);
}

#[test]
fn every_problem_is_told_at_once() {
    let told = parse(&format!(
        "[store]\npth = 1\n{}",
        GOOD.replace("schedule = ", "shedule = ")
    ))
    .unwrap_err();
    assert_eq!(
        told.lines()
            .filter(|line| line.starts_with("throng.toml:"))
            .count(),
        2,
        "{told}"
    );
}

#[test]
fn text_that_is_no_toml_is_told_with_its_line() {
    let told = parse("[store]\npath = \n").unwrap_err();
    assert!(told.starts_with("throng.toml:2: "), "{told}");
    assert!(parse("\u{0}\u{1}").is_err());
}

#[test]
fn ids_that_would_break_crowd_keys_are_refused() {
    for bad in ["Corp", "a:b", "", "a b"] {
        let told = complaint("id = \"corp\"", &format!("id = \"{bad}\""));
        assert!(
            told.contains(&format!("`directory.id` cannot be `{bad}`")),
            "{told}"
        );
    }
}

#[test]
fn a_schedule_that_is_none_is_told() {
    let told = complaint("0 */15 * * * *", "every day");
    assert!(
        told.starts_with("throng.toml:10: `directory.sync.schedule` of `corp`"),
        "{told}"
    );
}

#[test]
fn an_application_without_groups_in_groups_cannot_have_them_flattened() {
    let text = "[[directory]]\nid = \"d\"\n[directory.source]\nkind = \"local\"\n[[application]]\nname = \"jira\"\n\
                password = { value = \"p\" }\ndirectories = [\"d\"]\nflatten_groups = true";
    assert!(
        Config::parse(text, Path::new("throng.toml"))
            .unwrap()
            .applications[0]
            .flatten_groups
    );
    let told = Config::parse(
        &format!("{text}\nnested_groups = false"),
        Path::new("throng.toml"),
    )
    .unwrap_err();
    let told = told.to_string();
    assert!(
        told.contains("throng.toml:6: application `jira` has `flatten_groups` without `nested_groups`"),
        "{told}"
    );
}

#[test]
fn what_is_wrong_with_notices_is_told_by_line_and_key() {
    let smtp = "[smtp]\nurl = \"smtps://m\"\nfrom = \"t@corp.example\"";
    let policy = "[[cleanup]]\nname = \"p\"\ninactive_for = \"90d\"";
    let told = |text: &str| parse(&format!("{GOOD}\n{text}\n")).map_or_else(|told| told, |_| String::new());
    for (text, expected) in [
        (
            format!(
                "{smtp}\n{policy}\nnotify = {{ before = \"14d\", administrators = [\"ops@corp.example\"] }}"
            ),
            "",
        ),
        (
            format!("{policy}\nnotify = {{ before = \"14d\" }}"),
            "throng.toml:20: policy `p` mails, but there is no mail server\nhint: add `[smtp]` with `url` and `from`",
        ),
        (
            "[notify]\nadministrators = [\"ops@corp.example\"]".to_owned(),
            "throng.toml:17: `notify` has `administrators`, but there is no mail server\nhint: add `[smtp]` with `url` and `from`",
        ),
        (
            format!("{smtp}\n[notify]\nadministrators = [\"ops\"]"),
            "throng.toml:20: `notify` has `ops` among `administrators`, which is no mail address\nhint: write `ops@corp.example`",
        ),
        (
            format!("{smtp}\n[notify]\n[notify.warning]\nsubject = \"{{usr}}\"\ntext = \"t\""),
            "throng.toml:21: `notify.warning` names `{usr}`, which is not known\nhint: did you mean `{user}`?",
        ),
        (
            format!(
                "{smtp}\n{policy}\n[cleanup.notify]\nreports = true\n[cleanup.notify.report]\nsubject = \"{{what}}\"\ntext = \"50}} {{held}}\""
            ),
            "throng.toml:25: `cleanup.notify.report` of `p` has a lonely `}`\nhint: a brace that is meant as one is written twice",
        ),
        (
            format!("{smtp}\n{policy}\nnotify = {{ before = \"90d\" }}"),
            "throng.toml:23: `cleanup.notify` of `p` has a `before` that is no less than `inactive_for`: users would be warned while they are active\nhint: write less",
        ),
        (
            format!("{smtp}\n{policy}\nnotify = {{ before = \"1h\" }}"),
            "throng.toml:23: `cleanup.notify` of `p` has `before` 1h\nhint: write at least a day, `14d`",
        ),
        (
            smtp.replace("smtps", "smtp"),
            "throng.toml:17: `smtp`: `url` cannot be used: without TLS mail goes to this machine only\nhint: write it as `smtps://mail.corp.example`, or `smtp://mail.corp.example?tls=required`",
        ),
        (
            format!("{smtp}\npasword = {{ value = \"hunter2\" }}"),
            "throng.toml:20: `smtp.pasword` is not a known key\nhint: did you mean `smtp.password`?",
        ),
    ] {
        assert_eq!(told(&text), expected);
    }
}

#[test]
fn what_a_policy_gets_wrong_is_told_by_line_and_key() {
    let told = |policy: &str| {
        parse(&format!("{GOOD}\n[[cleanup]]\nname = \"p\"\n{policy}\n"))
            .map_or_else(|told| told, |_| String::new())
    };
    for (policy, expected) in [
        ("inactive_for = \"90d\"", ""),
        (
            "",
            "throng.toml:18: `cleanup` `p` has no condition, so it would be about everybody\nhint: add `inactive_for = \"90d\"`",
        ),
        (
            "inactive_fore = \"90d\"",
            "throng.toml:19: `cleanup.inactive_fore` is not a known key\nhint: did you mean `cleanup.inactive_for`?",
        ),
        (
            "inactive_for = \"90m\"",
            "throng.toml:19: `cleanup.inactive_for` of `p` is 1h 30m\nhint: write at least a day, `1d`",
        ),
        (
            "inactive_for = \"90d\"\ndirectories = [\"crop\"]",
            "throng.toml:20: policy `p` names the directory `crop`, which does not exist\nhint: did you mean `corp`?",
        ),
        (
            "inactive_for = \"90d\"\nmode = \"aply\"",
            "throng.toml:20: `cleanup.mode` cannot be `aply`\nhint: did you mean `apply`?",
        ),
        (
            "inactive_for = \"90d\"\nevidence = []",
            "throng.toml:20: `cleanup.evidence` of `p` names no evidence\nhint: without any nobody can be called inactive, write [\"source\", \"crowd\"]",
        ),
        (
            "inactive_for = \"90d\"\nactions = [{ do = \"anonymise\" }]",
            "throng.toml:20: `cleanup.actions` of `p` must begin with `{ do = \"hold\" }` without `after`: the others are stages of the hold",
        ),
        (
            "inactive_for = \"90d\"\nactions = [{ do = \"hold\" }, { do = \"remove\" }]",
            "throng.toml:20: `cleanup.actions` of `p` anonymises or removes at once\nhint: give it an age, `after = \"180d\"`",
        ),
        (
            "inactive_for = \"90d\"\nseats = { application = \"jirra\", group = \"g\", limit = 5 }",
            "throng.toml:20: policy `p` counts the seats of application `jirra`, which does not exist\nhint: did you mean `jira`?",
        ),
        (
            "inactive_for = \"90d\"\nschedule = \"0 3 * * *\"",
            "throng.toml:20: `cleanup.schedule` of `p`: ",
        ),
    ] {
        let told = told(policy);
        assert!(
            if expected.ends_with(": ") {
                told.starts_with(expected)
            } else {
                told == expected
            },
            "{told}\n{expected}"
        );
    }
}

#[test]
fn the_shipped_configurations_are_good() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["deploy/throng.example.toml", "deploy/compose.toml"] {
        Config::read(&root.join(file)).unwrap();
    }
}

#[test]
fn every_key_of_the_contract_is_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let error = Config::read(&root.join("fixtures/config/contract.toml")).unwrap_err();
    let told: Vec<&str> = error
        .problems
        .iter()
        .map(|problem| problem.what.as_str())
        .collect();
    let missing: Vec<String> = ["[audit]"]
        .map(|section| format!("this version does not have `{section}`"))
        .to_vec();
    assert_eq!(told, missing);
}

#[test]
fn names_and_addresses_that_cannot_work_are_told() {
    for bad in ["", "a:b"] {
        let told = complaint("name = \"jira\"", &format!("name = \"{bad}\""));
        assert!(
            told.starts_with(&format!("throng.toml:13: `application.name` cannot be `{bad}`")),
            "{told}"
        );
    }
    let told = parse(&format!("[admin]\nlisten = \"127.0.0.1:8095\"\n{GOOD}")).unwrap_err();
    assert!(
        told.starts_with("throng.toml:1: `admin.listen` is `127.0.0.1:8095`"),
        "{told}"
    );
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    for (right, path) in [
        (
            "client_secret = { value = \"s\" }",
            "directory.source.client_secret",
        ),
        ("password = { value = \"p\" }", "application.password"),
    ] {
        let key = right.split(' ').next().unwrap();
        let told = complaint(right, &format!("{key} = \"hunter2\""));
        assert!(
            told.contains(&format!("`{path}` must say where the secret is")),
            "{told}"
        );
        assert!(!told.contains("hunter2"), "{told}");
    }
}
