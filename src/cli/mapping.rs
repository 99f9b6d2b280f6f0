//! `throng mapping test`: one live record through the mapping, step by step.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::operator::Operator;
use super::output::{Output, document, say};
use super::{ConfigArgument, Exit, settings};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    config: ConfigArgument,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Reads one user from the source and shows what becomes of it.
    Test {
        /// The directory's id.
        directory: String,
        /// The user's id at the source, its username or its address.
        #[arg(long)]
        user: String,
        /// Settings to be tried, not saved: a whole configuration, or `[mapping]`, `[scope]` and the like alone.
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
    },
}

pub(super) async fn run(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    let What::Test {
        directory,
        user,
        settings: file,
    } = &arguments.what;
    let operator = Operator::new(&arguments.config)?;
    let mut ask = json!({ "user": user });
    if let Some(file) = file {
        ask["settings"] = settings::read(file, directory)?;
    }
    let tested = operator
        .post(&format!("/directories/{directory}/mapping/test"), &ask)
        .await?;
    match output {
        Output::Json => document(&tested),
        Output::Text => lines(&tested).iter().for_each(|line| say(line)),
    }
    Ok(Exit::Done)
}

/// A test for people.
fn lines(tested: &Value) -> Vec<String> {
    let state = if tested["active"] == true {
        "enabled"
    } else {
        "disabled"
    };
    let mut lines = vec![format!("record {}, {state} at the source", text(&tested["id"]))];
    for (name, value) in tested["attributes"].as_object().into_iter().flatten() {
        lines.push(format!("  {name} = {}", text(value)));
    }
    for field in tested["fields"].as_array().into_iter().flatten() {
        lines.push(format!("{} = `{}`", text(&field["field"]), text(&field["value"])));
        for candidate in field["candidates"].as_array().into_iter().flatten() {
            let value = candidate["value"]
                .as_str()
                .map_or("nothing".to_owned(), |value| format!("`{value}`"));
            let taken = if candidate["taken"] == true { ", taken" } else { "" };
            lines.push(format!("  {}: {value}{taken}", text(&candidate["attribute"])));
        }
        for step in field["steps"].as_array().into_iter().flatten() {
            let transform = step["transform"]
                .as_str()
                .map_or_else(|| step["transform"].to_string(), str::to_owned);
            lines.push(format!("  {transform} makes `{}`", text(&step["value"])));
        }
    }
    lines.push(format!("scope: {}", text(&tested["scope"])));
    lines.push(match tested["served_as"].as_str() {
        Some(name) => format!("served as `{name}`, were it in scope"),
        None => "left out".to_owned(),
    });
    for refused in tested["refused"].as_array().into_iter().flatten() {
        lines.push(format!(
            "  {}: {}",
            text(&refused["what"]),
            text(&refused["reason"])
        ));
    }
    let hints = tested["hints"].as_array().into_iter().flatten();
    lines.extend(hints.map(|hint| text(hint).to_owned()));
    lines
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_told_in_the_order_in_which_a_record_is_mapped() {
        let tested = json!({
            "id": "u1", "active": true, "attributes": { "mail": "Zoe@a.example" },
            "fields": [{ "field": "username", "value": "zoe", "candidates": [
                { "attribute": "nick", "value": null, "taken": false }, { "attribute": "mail", "value": "Zoe@a.example", "taken": true },
            ], "steps": [{ "transform": "lower", "value": "zoe@a.example" }] }],
            "in_scope": false, "scope": "out of scope: guests are left out", "served_as": null,
            "refused": [{ "what": "username `zoe`", "reason": "user u2 has it" }], "hints": ["a hint"],
        });
        let expected = [
            "record u1, enabled at the source",
            "  mail = Zoe@a.example",
            "username = `zoe`",
            "  nick: nothing",
            "  mail: `Zoe@a.example`, taken",
            "  lower makes `zoe@a.example`",
            "scope: out of scope: guests are left out",
            "left out",
            "  username `zoe`: user u2 has it",
            "a hint",
        ];
        assert_eq!(lines(&tested), expected);
    }
}
