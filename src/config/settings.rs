//! Settings of a directory that are tried before they are saved, read as the file's own sections are.

use serde_json::Value;

use super::document::Document;
use super::problem::Problem;
use super::read::unassigned;
use super::section::Section;
use super::sections::DirectoryConfig;
use crate::sync::config::{GroupsConfig, LimitsConfig, MappingConfig, MissingConfig, ScopeConfig};

/// The sections that can be tried.
pub const TRIED: [&str; 5] = ["scope", "mapping", "missing", "limits", "groups"];

/// How a directory's records become its rows; what is absent has its default.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) scope: Option<ScopeConfig>,
    pub(super) mapping: Option<MappingConfig>,
    pub(super) missing: Option<MissingConfig>,
    pub(super) limits: Option<LimitsConfig>,
    pub(super) groups: Option<GroupsConfig>,
}

impl Settings {
    /// Takes them out of a directory's table.
    pub(super) fn take(table: &mut Section<'_, '_>, problems: &mut Vec<Problem>) -> Self {
        Self {
            scope: table.take_built("scope", |_| None, problems),
            mapping: table.take_built("mapping", MappingConfig::unsupported, problems),
            missing: table.take_built("missing", MissingConfig::unsupported, problems),
            limits: table.take("limits", problems),
            groups: table.take("groups", problems),
        }
    }
}

impl DirectoryConfig {
    /// The directory under settings of which nothing is saved: each section that is given takes the place of the saved one as a whole.
    ///
    /// # Errors
    /// What is wrong with them, as a sentence with a hint.
    pub fn under(&self, settings: &Value) -> Result<Self, String> {
        if !settings.is_object() {
            return Err(
                "`settings` must be an object; hint: write `{\"mapping\": {…}}`, as in the file".to_owned(),
            );
        }
        let text = toml::to_string(settings).map_err(|error| {
            format!("`settings` cannot stand in a configuration: {error}; hint: leave out what is `null`")
        })?;
        let document = Document::parse(&text).map_err(|error| error.message().to_owned())?;
        let mut problems = Vec::new();
        let mut table = Section::new(&document, document.root.get_ref().clone(), "settings", 0);
        let read = Settings::take(&mut table, &mut problems);
        table.finish(&mut problems);
        let scope = read.scope.unwrap_or_else(|| self.scope.clone());
        problems.extend(unassigned(&scope, &self.source, 1));
        if let Some(problem) = problems.into_iter().next() {
            let hint = problem
                .hint
                .map_or_else(String::new, |hint| format!("; hint: {hint}"));
            return Err(format!("{}{hint}", problem.what));
        }
        Ok(Self {
            scope,
            mapping: read.mapping.unwrap_or_else(|| self.mapping.clone()),
            missing: read.missing.unwrap_or(self.missing),
            limits: read.limits.unwrap_or_else(|| self.limits.clone()),
            groups: read.groups.unwrap_or_else(|| self.groups.clone()),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::super::Config;
    use super::*;

    const SAVED: &str = r#"
[[directory]]
id = "corp"
[directory.source]
kind = "okta"
url = "https://corp.okta.example"
token = { value = "s" }
[directory.scope]
guests = "exclude"
[directory.mapping]
username = { from = ["profile.login"] }
email = { from = ["profile.email"] }
"#;

    fn saved() -> DirectoryConfig {
        let mut config = Config::parse(SAVED, Path::new("throng.toml")).unwrap();
        config.directories.remove(0)
    }

    #[test]
    fn a_section_that_is_given_takes_the_place_of_the_saved_one_and_others_stay() {
        let saved = saved();
        let mapping =
            json!({ "mapping": { "username": { "from": ["profile.email"], "transform": ["lower"] } } });
        let tried = saved.under(&mapping).unwrap();
        assert_eq!(tried.mapping.username.unwrap().from, ["profile.email"]);
        assert_eq!(tried.mapping.email, None, "the saved section is no background");
        assert_eq!((tried.scope, tried.id), (saved.scope.clone(), saved.id.clone()));
        assert_eq!(saved.under(&json!({})).unwrap().mapping, saved.mapping);
    }

    #[test]
    fn what_is_wrong_is_said_as_of_the_file() {
        let refused = |settings: Value| saved().under(&settings).unwrap_err();
        assert_eq!(
            refused(json!({ "maping": {} })),
            "`settings.maping` is not a known key; hint: did you mean `settings.mapping`?"
        );
        assert!(
            refused(json!({ "mapping": { "usrname": {} } })).contains("did you mean `mapping.username`?")
        );
        assert!(
            refused(json!({ "mapping": { "email": { "from": ["a"], "transform": [{ "regex": "(" }] } } }))
                .contains("`(` is not a regular expression")
        );
        assert!(
            refused(json!({ "source": { "kind": "entra" } }))
                .contains("`settings.source` is not a known key")
        );
        assert!(
            refused(json!({ "scope": { "users": "assigned" } }))
                .contains("for sources of kind `entra`, and `okta`")
        );
        assert!(refused(json!({ "mapping": null })).contains("hint: leave out what is `null`"));
        assert!(refused(json!([1])).contains("must be an object"));
    }
}
