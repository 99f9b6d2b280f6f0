//! `throng explain session`: what became of a single sign-on session.

use std::io::Read;

use anyhow::Context;
use serde_json::{Value, json};

use super::Exit;
use super::operator::Operator;
use super::output::{Output, document, say};

/// More than any token has.
const LONGEST: u64 = 4_096;

/// Asks for a session by its token or id; `-` reads it from stdin.
pub(super) async fn explain(operator: &Operator, asked: &str, output: Output) -> anyhow::Result<Exit> {
    let read = if asked == "-" { Some(read()?) } else { None };
    let question = json!({ "session": read.as_deref().unwrap_or(asked) });
    let told = operator.post("/sessions/explain", &question).await?;
    if output == Output::Json {
        document(&told);
        return Ok(Exit::Done);
    }
    for line in lines(&told) {
        say(&line);
    }
    Ok(Exit::Done)
}

fn read() -> anyhow::Result<String> {
    let mut text = String::new();
    let mut input = std::io::stdin().take(LONGEST);
    input.read_to_string(&mut text).context("cannot read stdin")?;
    Ok(text.trim().to_owned())
}

/// An explained session for people.
fn lines(told: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let client = |value: &Value| match value["address"].as_str() {
        Some(address) => format!("{address} (from {})", text(&value["from"])),
        None => "no address".to_owned(),
    };
    let mut lines = vec![format!("session   {}", text(&told["id"]))];
    if told["state"] == "ended" {
        lines.push(format!("ended     {}", text(&told["ended"])));
        lines.push(format!("because   {}", text(&told["because"])));
        return lines;
    }
    lines.push(format!(
        "user      {} of {}",
        text(&told["user"]),
        text(&told["directory"])
    ));
    lines.push(format!(
        "begun     {} by {}",
        text(&told["created"]),
        text(&told["application"])
    ));
    lines.push(format!("used      {}", text(&told["used"])));
    lines.push(format!("expires   {}", text(&told["expires"])));
    lines.push(format!("client    {}", client(&told["client"])));
    let last = &told["last_mismatch"];
    if last.is_null() {
        lines.push("mismatch  none".to_owned());
        return lines;
    }
    let (at, application) = (text(&last["at"]), text(&last["application"]));
    lines.push(format!(
        "mismatch  {} times, last {at} by {application}: {}{}",
        last["times"],
        client(&last["client"]),
        if last["other_factors_differ"] == true {
            ", other factors differ"
        } else {
            ""
        },
    ));
    lines.push(
        "hint      name the proxies between client and application in `crowd.trusted_proxies`".to_owned(),
    );
    lines
}
