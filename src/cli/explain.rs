//! `throng explain`: what a code of an error means, why a user is as an application sees it, what became of a session.

use anyhow::bail;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::operator::Operator;
use super::output::{Output, document, say};
use super::{ConfigArgument, Exit, session};
use crate::catalogue;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    config: ConfigArgument,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// An error's cause and remedy.
    Error {
        /// Its code, such as `STORE_LOCKED`.
        code: String,
    },
    /// A user: who serves it, why it is active or not, in which groups by which way, what the application was told.
    User {
        /// Its name, present or former.
        name: String,
        /// The application whose view it is; needed where there are several.
        #[arg(long)]
        application: Option<String>,
    },
    /// A single sign-on session: its client, the last that did not fit, why it ended.
    Session {
        /// Its token, or its id as the log shows it; `-` reads it from stdin, where no other user of the machine sees it.
        session: String,
    },
}

pub(super) async fn run(arguments: Arguments, output: Output) -> anyhow::Result<Exit> {
    match &arguments.what {
        What::Error { code } => error(code, output),
        What::User { name, application } => {
            let operator = Operator::new(&arguments.config)?;
            user(&operator, name, application.as_deref(), output).await
        }
        What::Session { session } => {
            let operator = Operator::new(&arguments.config)?;
            session::explain(&operator, session, output).await
        }
    }
}

async fn user(
    operator: &Operator,
    name: &str,
    application: Option<&str>,
    output: Output,
) -> anyhow::Result<Exit> {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let query = application.map_or_else(String::new, |name| format!("?application={}", encoded(name)));
    let told = operator
        .get(&format!("/users/{}/explain{query}", encoded(name)))
        .await?;
    match output {
        Output::Json => document(&told),
        Output::Text => print(&told),
    }
    Ok(Exit::Done)
}

/// Prints an explained user for people.
fn print(told: &Value) {
    let user = &told["user"];
    if user.is_null() {
        let (application, name) = (text(&told["application"]), text(&told["name"]));
        say(&format!("application `{application}` sees no user `{name}`"));
    } else {
        present(user);
    }
    for hidden in list(told, "hidden") {
        let (key, reason) = (text(&hidden["key"]), text(&hidden["reason"]));
        say(&format!("  not served: {key}: {reason}"));
    }
    for waits in list(told, "waiting") {
        let (key, reason) = (text(&waits["key"]), text(&waits["reason"]));
        say(&format!("  waits for the name: {key}: {reason}"));
    }
    for past in list(told, "past") {
        let (key, what) = (text(&past["key"]), text(&past["what"]));
        say(&format!("  had the name before: {key}, {what}"));
    }
    for record in list(told, "audit") {
        let (action, actor) = (text(&record["action"]), text(&record["actor"]));
        say(&format!("  {action} by {actor}: {}", text(&record["reason"])));
    }
}

fn present(user: &Value) {
    let active = if user["active"] == true {
        "active"
    } else {
        "inactive"
    };
    say(&format!(
        "`{}` of directory `{}`, key {}, is {active}: {}",
        text(&user["name"]),
        text(&user["directory"]),
        text(&user["key"]),
        text(&user["reason"])
    ));
    if let Some(username) = user["mapping"]["username"].as_str() {
        say(&format!("  named by {username}"));
    }
    links(user);
    let held = &user["held"];
    if !held.is_null() {
        let until = held["until"].as_str();
        let until = until.map_or_else(String::new, |until| format!(" until {until}"));
        say(&format!(
            "  held by {} since {}{until}: {}",
            text(&held["by"]),
            text(&held["since"]),
            text(&held["reason"])
        ));
    }
    for group in list(user, "groups") {
        let path: Vec<&str> = list(group, "path").map(text).collect();
        say(&format!("  in group {}", path.join(" -> ")));
    }
    for seen in list(user, "last_seen") {
        let (at, lane) = (text(&seen["at"]), text(&seen["lane"]));
        say(&format!("  last seen at {at} ({lane}): {}", text(&seen["words"])));
    }
    let attempt = &user["last_attempt"];
    if attempt.is_object() {
        let (at, application) = (text(&attempt["at"]), text(&attempt["application"]));
        say(&format!(
            "  last tried to sign in while inactive at {at}, application `{application}`"
        ));
    }
    let refused = &user["return_refused"];
    if refused.is_object() {
        let (at, reason) = (text(&refused["at"]), text(&refused["reason"]));
        say(&format!("  stays held: at {at} it {reason}"));
    }
    for answer in list(user, "told") {
        let fresh = if answer["up_to_date"] == true {
            "as it is now"
        } else {
            "not as it is now"
        };
        let (at, kind) = (text(&answer["at"]), text(&answer["answer"]));
        say(&format!("  told at {at} ({kind}): {fresh}"));
    }
}

/// Who the user is in linked directories, and by what it is nobody else.
fn links(user: &Value) {
    let linked: Vec<&str> = list_of_texts(&user["linked"]);
    if !linked.is_empty() {
        say(&format!(
            "  one person with the users {}, by {}",
            linked.join(", "),
            text(&user["linked_by"])
        ));
    }
    if let Some(why) = user["not_linked"].as_str() {
        say(&format!("  not linked by {why}"));
    }
}

fn list_of_texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn error(code: &str, output: Output) -> anyhow::Result<Exit> {
    let Some(entry) = catalogue::find(code) else {
        bail!("there is no error `{code}`; hint: the code is the word in capitals of the message")
    };
    if output == Output::Json {
        document(&json!({ "code": entry.code, "cause": entry.cause, "remedy": entry.remedy }));
    } else {
        say(entry.code);
        say(&format!("cause:  {}", entry.cause));
        say(&format!("remedy: {}", entry.remedy));
    }
    Ok(Exit::Done)
}
