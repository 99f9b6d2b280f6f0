//! The configuration of a directory in which several others are one: who is the same person, whose word counts.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::name::fold;
use crate::sync::links::{By, LinkRules, is_key, read_map};

/// `[directory.source]` with `kind = "linked"`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct LinkedConfig {
    /// The directories, in order of precedence: each field comes from the first that has it, if `mapping` does not say otherwise.
    pub directories: Vec<String>,
    /// By what two users are one person, in order: `email`, or the name of a custom attribute that the directories map. Never the
    /// name.
    #[serde(default)]
    pub by: Vec<String>,
    /// The mail domains whose addresses all of these sources verify; needed for `email`, which counts in no other.
    #[serde(default)]
    pub email_domains: Vec<String>,
    /// Users who are one person whatever else is known, each as `directory:id`; this comes before `by`.
    #[serde(default)]
    pub same: Vec<Vec<String>>,
    /// A file of more such users, a person a line: `directory:id` two or more times, apart by commas. Read at the start.
    #[serde(default)]
    pub map_file: Option<PathBuf>,
    /// Whose word on who is active counts, in order; those that are not named come after.
    #[serde(default)]
    pub active: Vec<String>,
}

impl LinkedConfig {
    /// Whether it can be followed; otherwise what is wrong, for the sentence that names the section.
    ///
    /// # Errors
    /// The first thing wrong, with a hint.
    pub fn verify(&self) -> Result<(), String> {
        let known = |id: &String| self.directories.contains(id);
        let twice =
            (1..self.directories.len()).any(|at| self.directories[..at].contains(&self.directories[at]));
        if !(2..=64).contains(&self.directories.len()) || twice {
            return Err(
                "`directories` must name two or more, each once; hint: the first one's word counts most"
                    .to_owned(),
            );
        }
        if self.by.is_empty() && self.same.is_empty() && self.map_file.is_none() {
            return Err(
                "none of `by`, `same` and `map_file` says who is one person; hint: `by = [\"employee_id\"]`"
                    .to_owned(),
            );
        }
        if let Some(name) = self
            .by
            .iter()
            .find(|by| ["username", "name", "display_name"].contains(&by.as_str()))
        {
            return Err(format!(
                "`by` cannot be `{name}`: whoever has a name is not therefore the same person; hint: use `email`, or a custom attribute"
            ));
        }
        if self.by.iter().any(|by| by == "email") && self.email_domains.is_empty() {
            return Err("`by = [\"email\"]` needs `email_domains`; hint: name those whose addresses all of the sources verify".to_owned());
        }
        if let Some(id) = self.active.iter().find(|id| !known(id)) {
            return Err(format!(
                "`active` names `{id}`, which is not among `directories`; hint: add it there"
            ));
        }
        let parted = |key: &String| is_key(key, &self.directories);
        match self
            .same
            .iter()
            .find(|same| same.len() < 2 || !same.iter().all(parted))
        {
            Some(same) => Err(format!(
                "`same` has `{}`; hint: name two or more users, each as `directory:id` of one of `directories`",
                same.join(", ")
            )),
            None => Ok(()),
        }
    }

    /// Reads the file of pairs, if there is one: its persons come after those that are written here.
    ///
    /// # Errors
    /// What is wrong with it, line by line.
    pub fn read_map(&mut self) -> Result<(), Vec<String>> {
        if let Some(file) = &self.map_file {
            let persons = read_map(file, &self.directories)?;
            self.same.extend(persons);
        }
        Ok(())
    }

    /// The rules, for who is linked.
    pub fn rules(&self) -> LinkRules {
        let place = |id: &String| self.directories.iter().position(|known| known == id);
        let mut active: Vec<usize> = self.active.iter().filter_map(place).collect();
        for at in 0..self.directories.len() {
            if !active.contains(&at) {
                active.push(at);
            }
        }
        let by = |name: &String| {
            if name == "email" {
                By::Email
            } else {
                By::Attribute(name.as_str().into())
            }
        };
        LinkRules {
            by: self.by.iter().map(by).collect(),
            email_domains: self
                .email_domains
                .iter()
                .map(|domain| fold(domain.trim()))
                .collect(),
            same: self.same.clone(),
            active,
        }
    }

    /// All that decides what is read, as one text.
    pub fn text(&self) -> String {
        format!(
            "{:?}",
            (
                &self.directories,
                &self.by,
                &self.email_domains,
                &self.same,
                &self.active
            )
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: serde_json::Value) -> LinkedConfig {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_cannot_be_followed_is_refused_with_a_hint() {
        let refused = |value| read(value).verify().unwrap_err();
        let two = ["a", "b"];
        assert!(
            refused(serde_json::json!({ "directories": ["a"], "by": ["email"] })).contains("two or more")
        );
        assert!(refused(serde_json::json!({ "directories": ["a", "a"], "by": ["x"] })).contains("each once"));
        assert!(refused(serde_json::json!({ "directories": two })).contains("who is one person"));
        assert!(
            refused(serde_json::json!({ "directories": two, "by": ["username"] }))
                .contains("cannot be `username`")
        );
        assert!(
            refused(serde_json::json!({ "directories": two, "by": ["email"] })).contains("email_domains")
        );
        assert!(
            refused(serde_json::json!({ "directories": two, "by": ["x"], "active": ["c"] })).contains("`c`")
        );
        assert!(
            refused(serde_json::json!({ "directories": two, "same": [["a:1", "c:2"]] })).contains("a:1, c:2")
        );
        let good = serde_json::json!({ "directories": two, "same": [["a:1", "b:2"]], "active": ["b"] });
        assert_eq!(read(good.clone()).verify(), Ok(()));
        assert_eq!(read(good).rules().active, [1, 0]);
    }
}
