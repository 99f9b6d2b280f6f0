//! Templates of mails: a subject and a text with a few names in braces, each of which stands for one value.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Deserialize;

/// The longest that one value may be in a mail.
const LONGEST: usize = 200;

/// A template as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct TemplateConfig {
    /// One line. `{name}` stands for a value, `{{` and `}}` for braces.
    pub subject: String,
    /// The text, in the same way.
    pub text: String,
}

/// A template that can be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    subject: Vec<Piece>,
    text: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Words(String),
    /// The place of a name among those that are known.
    Value(usize),
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value(String);

impl Value {
    /// One line, of whatever is said outside: nothing in it can end the line, or turn what stands beside it.
    pub fn line(said: &str) -> Self {
        Self(cleaned(said))
    }

    /// Lines, each cleaned for itself.
    pub fn lines(said: impl Iterator<Item = String>) -> Self {
        let lines: Vec<String> = said.map(|line| cleaned(&line)).collect();
        Self(lines.join("\n"))
    }
}

fn cleaned(said: &str) -> String {
    let blank = |c: char| if c.is_control() || is_unseen(c) { ' ' } else { c };
    let mut line: String = said.chars().map(blank).take(LONGEST).collect();
    if said.chars().count() > LONGEST {
        line.push('…');
    }
    line
}

/// Letters that are not seen but move or hide others: marks of direction, separators of lines and the like; joiners belong to words.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

impl Template {
    /// Reads a template whose names are all among `known`.
    ///
    /// # Errors
    /// A sentence.
    pub fn new(config: &TemplateConfig, known: &[&str]) -> Result<Self, String> {
        if config.subject.trim().is_empty() || config.text.trim().is_empty() {
            return Err(
                "has an empty `subject` or `text`; hint: write both, or take the template out".to_owned(),
            );
        }
        if config.subject.contains(['\r', '\n']) {
            return Err("has a `subject` of several lines; hint: write one".to_owned());
        }
        Ok(Self {
            subject: pieces(&config.subject, known)?,
            text: pieces(&config.text, known)?,
        })
    }

    /// Subject and text with a value for each known name, in their order.
    pub fn fill(&self, values: &[Value]) -> (String, String) {
        let filled = |pieces: &[Piece]| {
            let mut text = String::new();
            for piece in pieces {
                match piece {
                    Piece::Words(words) => text.push_str(words),
                    Piece::Value(at) => text.push_str(values.get(*at).map_or("", |value| &value.0)),
                }
            }
            text
        };
        (filled(&self.subject), filled(&self.text))
    }
}

fn pieces(text: &str, known: &[&str]) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let (mut words, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        words.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            words.push_str(brace);
            rest = after;
            continue;
        }
        let named = rest.split_once('}').filter(|_| brace == "{");
        let Some((name, after)) = named else {
            return Err(format!(
                "has a lonely `{brace}`; hint: a brace that is meant as one is written twice"
            ));
        };
        let place = known
            .iter()
            .position(|one| *one == name)
            .ok_or_else(|| unknown(name, known))?;
        pieces.push(Piece::Words(std::mem::take(&mut words)));
        pieces.push(Piece::Value(place));
        rest = after;
    }
    words.push_str(rest);
    pieces.push(Piece::Words(words));
    Ok(pieces)
}

fn unknown(name: &str, known: &[&str]) -> String {
    let mut all = String::new();
    for one in known {
        write!(all, " `{{{one}}}`").expect("a string takes what is written to it");
    }
    let near = known
        .iter()
        .find(|one| strsim::damerau_levenshtein(one, name) <= 2);
    let hint = near.map_or_else(
        || format!("it can be{all}"),
        |near| format!("did you mean `{{{near}}}`?"),
    );
    let name: String = name.chars().take(40).collect();
    format!("names `{{{name}}}`, which is not known; hint: {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(subject: &str, text: &str) -> Result<Template, String> {
        let config = TemplateConfig {
            subject: subject.to_owned(),
            text: text.to_owned(),
        };
        Template::new(&config, &["user", "days"])
    }

    fn filled(subject: &str, text: &str, values: &[&str]) -> (String, String) {
        let values: Vec<Value> = values.iter().map(|value| Value::line(value)).collect();
        template(subject, text).unwrap().fill(&values)
    }

    #[test]
    fn names_stand_for_their_values_and_doubled_braces_for_themselves() {
        let (subject, text) = filled("{user}: {days} days", "{{user}} is {user}}}\n", &["ann", "14"]);
        assert_eq!(
            (subject.as_str(), text.as_str()),
            ("ann: 14 days", "{user} is ann}\n")
        );
        let (_, text) = filled("s", "{user}", &["{days}", "14"]);
        assert_eq!(text, "{days}", "a value is no template");
    }

    #[test]
    fn what_is_not_known_is_refused_with_what_was_meant() {
        let told = |text: &str| template("s", text).unwrap_err();
        assert_eq!(
            told("{usr}"),
            "names `{usr}`, which is not known; hint: did you mean `{user}`?"
        );
        assert_eq!(
            told("{password}"),
            "names `{password}`, which is not known; hint: it can be `{user}` `{days}`"
        );
        assert!(told("50} of").starts_with("has a lonely `}`"));
        assert!(told("{user").starts_with("has a lonely `{`"));
        assert!(told("{").starts_with("has a lonely `{`"));
        assert!(template("a\nb", "t").unwrap_err().contains("several lines"));
        assert!(template(" ", "t").unwrap_err().contains("empty"));
    }

    #[test]
    fn no_value_ends_a_line_turns_the_text_or_fills_the_mail() {
        let (subject, _) = filled(
            "{user}",
            "t",
            &["a\r\nBcc: eve@evil.example\u{2028}\u{202e}x\u{0}"],
        );
        assert_eq!(subject, "a  Bcc: eve@evil.example  x ");
        let long = "å".repeat(10_000);
        let (subject, _) = filled("{user}", "t", &[&long]);
        assert_eq!(subject.chars().count(), LONGEST + 1);
        let lines = Value::lines(["a\nb".to_owned(), "c".to_owned()].into_iter());
        assert_eq!(lines.0, "a b\nc");
    }

    #[test]
    fn no_text_makes_it_panic() {
        for text in ["}{", "{{{", "{}", "é{é}", "{user}{user}{{}}", "{\u{202e}}"] {
            template("s", text).map(|template| template.fill(&[])).ok();
        }
    }
}
