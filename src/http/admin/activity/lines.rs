//! The body of a report: a JSON array, or a table in CSV with a line of headers.

use chrono::DateTime;
use serde::Deserialize;

use crate::directory::activity::{Reported, Who};

/// One element of the array.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Element {
    user: Option<String>,
    email: Option<String>,
    seen: Option<Time>,
    application: Option<String>,
}

/// A time: RFC 3339, or milliseconds since 1970 as databases have them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Time {
    Millis(i64),
    Text(String),
}

/// Reads a JSON array; `application` is that of lines that name none.
pub(super) fn json(body: &[u8], application: Option<&str>) -> Result<Vec<Reported>, String> {
    let elements: Vec<Element> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let mut report = Vec::with_capacity(elements.len());
    for (at, element) in elements.into_iter().enumerate() {
        let told = reported(element, application);
        report.push(told.map_err(|what| format!("element {} {what}", at + 1))?);
    }
    Ok(report)
}

/// Reads a table with the columns `user` or `email`, `seen`, `application`, in any order.
pub(super) fn csv(body: &[u8], application: Option<&str>) -> Result<Vec<Reported>, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(body);
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let known = ["user", "email", "seen", "application"];
    let mut columns = [None; 4];
    for (place, header) in headers.iter().enumerate() {
        let column = known.iter().position(|known| known.eq_ignore_ascii_case(header));
        let Some(column) = column else {
            return Err(format!(
                "column `{header}` is not known; hint: the columns are {}",
                known.join(", ")
            ));
        };
        if columns[column].replace(place).is_some() {
            return Err(format!("column `{header}` stands twice"));
        }
    }
    if columns[2].is_none() {
        return Err("column `seen` is missing; hint: begin with a line of headers".to_owned());
    }
    let mut report = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let cell = |column: usize| {
            let text = columns[column].and_then(|place: usize| record.get(place));
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let element = Element {
            user: cell(0),
            email: cell(1),
            seen: cell(2).map(Time::Text),
            application: cell(3),
        };
        let line = record.position().map_or(0, csv::Position::line);
        let told = reported(element, application);
        report.push(told.map_err(|what| format!("line {line} {what}"))?);
    }
    Ok(report)
}

fn reported(element: Element, application: Option<&str>) -> Result<Reported, String> {
    let who = match (element.user, element.email) {
        (Some(user), _) => Who::User(user),
        (None, Some(email)) => Who::Email(email),
        (None, None) => return Err("names neither a `user` nor an `email`".to_owned()),
    };
    let application = element.application.or_else(|| application.map(str::to_owned));
    let application = application.ok_or_else(|| {
        "names no application; hint: add `application`, or `?application=` for all lines".to_owned()
    })?;
    let at = element.seen.map(millis).transpose()?.flatten();
    Ok(Reported { who, at, application })
}

/// `None`: never, as databases without a time say it.
fn millis(time: Time) -> Result<Option<i64>, String> {
    let text = match time {
        Time::Millis(millis) => return Ok((millis > 0).then_some(millis)),
        Time::Text(text) => text,
    };
    let text = text.trim();
    if text.is_empty()
        || ["null", "never", "unknown"]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(text))
    {
        return Ok(None);
    }
    if let Ok(millis) = text.parse::<i64>() {
        return Ok((millis > 0).then_some(millis));
    }
    let moment = DateTime::parse_from_rfc3339(text).map_err(|_| {
        "has a `seen` that is no time; hint: write it as `2027-01-15T08:00:00Z`, or as milliseconds since 1970".to_owned()
    })?;
    Ok(Some(moment.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(who: Who, at: Option<i64>) -> Vec<Reported> {
        let application = "jira".to_owned();
        vec![Reported { who, at, application }]
    }

    #[test]
    fn both_forms_say_the_same() {
        let ann = || Who::User("ann".to_owned());
        for (seen, at) in [
            ("\"2027-01-15T09:00:00+01:00\"", Some(1_800_000_000_000)),
            ("1800000000000", Some(1_800_000_000_000)),
            ("\"1800000000000\"", Some(1_800_000_000_000)),
            ("null", None),
            ("0", None),
            ("-5", None),
            ("\"Unknown\"", None),
        ] {
            let array = format!(r#"[{{ "user": "ann", "seen": {seen}, "application": "jira" }}]"#);
            assert_eq!(json(array.as_bytes(), None), Ok(one(ann(), at)), "{array}");
            let table = format!("\u{feff}Seen, user ,application\r\n{seen},ann,jira\r\n");
            assert_eq!(csv(table.as_bytes(), None), Ok(one(ann(), at)), "{table}");
        }
        let email = Who::Email("ann@corp.example".to_owned());
        let table = b"email,seen\nann@corp.example,\n";
        assert_eq!(csv(table, Some("jira")), Ok(one(email, None)));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        for (table, told) in [
            ("user,shoe\nann,44\n", "column `shoe`"),
            ("user\nann\n", "column `seen`"),
            ("user,seen,user\n", "stands twice"),
            ("user,seen\nann,1\nbob,yesterday\n", "line 3 has a `seen`"),
            ("user,seen\n,1\n", "line 2 names neither"),
            ("user,seen\nann,1,2\n", "line: 2"),
        ] {
            let error = csv(table.as_bytes(), Some("jira")).unwrap_err();
            assert!(error.contains(told), "{table}: {error}");
        }
        for (array, told) in [
            (
                r#"[{ "user": "ann", "seen": 1 }]"#,
                "element 1 names no application",
            ),
            (r#"[{ "users": "ann" }]"#, "unknown field"),
            (r#"{ "user": "ann" }"#, "expected a sequence"),
            (r#"[{ "user": "ann", "seen": true }]"#, "column"),
            ("", "EOF"),
        ] {
            let error = json(array.as_bytes(), None).unwrap_err();
            assert!(error.contains(told), "{array}: {error}");
        }
    }
}
