//! A file of pairs: users who are one person whatever else is known, a person a line.
//!
//! Each line has two or more users as `directory:id`, apart by commas; lines that are blank or begin with `#` say nothing. It is
//! read with the configuration, whole or not at all.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest file that is read: some million persons.
const LONGEST: u64 = 128 * 1024 * 1024;
/// Of how many lines it is told what is wrong.
const TOLD: usize = 20;

/// The persons of a file, or what is wrong with it, line by line.
///
/// # Errors
/// Sentences, each with its line.
pub(in crate::sync) fn read(path: &Path, directories: &[String]) -> Result<Vec<Vec<String>>, Vec<String>> {
    let unreadable = |why: String| {
        vec![format!(
            "`map_file` `{}` {why}; hint: name a file of lines such as `corp:8f1c,plant:77`",
            path.display()
        )]
    };
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(unreadable(format!("cannot be read: {error}"))),
        Ok(_) if bytes.len() as u64 > LONGEST => Err(unreadable(format!("is longer than {LONGEST} bytes"))),
        Ok(_) => persons(&bytes, path, directories),
    }
}

fn persons(bytes: &[u8], path: &Path, directories: &[String]) -> Result<Vec<Vec<String>>, Vec<String>> {
    let (mut persons, mut flaws) = (Vec::new(), Flaws::of(path));
    let mut lines: HashMap<String, u64> = HashMap::new();
    for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let text = text.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            continue;
        }
        let Some(users) = users(text) else {
            flaws.add(
                line,
                "is not a line of texts apart by commas",
                "write it in UTF-8",
            );
            continue;
        };
        if users.len() < 2 {
            flaws.add(
                line,
                "names fewer than two users",
                "write two or more, apart by commas",
            );
        }
        for user in &users {
            if !is_key(user, directories) {
                let what = format!("has `{user}`, which is no user of one of `directories`");
                flaws.add(line, &what, "write `directory:id`");
            } else if let Some(before) = lines.insert(user.clone(), line) {
                let what = format!("has `{user}`, which stands in line {before} already");
                flaws.add(
                    line,
                    &what,
                    "name each user once, with all others who are the same person",
                );
            }
        }
        persons.push(users);
    }
    flaws.none().map(|()| persons)
}

/// The users of one line; an id with a comma stands in quotes.
fn users(line: &[u8]) -> Option<Vec<String>> {
    let mut builder = csv::ReaderBuilder::new();
    let builder = builder.has_headers(false).trim(csv::Trim::All);
    let mut reader = builder.buffer_capacity(line.len()).from_reader(line);
    let record = reader.records().next()?.ok()?;
    Some(record.iter().map(str::to_owned).collect())
}

/// Whether a text names a user of one of the directories.
pub(in crate::sync) fn is_key(text: &str, directories: &[String]) -> bool {
    directories.iter().any(|id| {
        let rest = text
            .strip_prefix(id.as_str())
            .and_then(|rest| rest.strip_prefix(':'));
        rest.is_some_and(|rest| !rest.is_empty())
    })
}

/// What is wrong, to a bound.
struct Flaws<'a> {
    path: &'a Path,
    told: Vec<String>,
    more: usize,
}

impl<'a> Flaws<'a> {
    fn of(path: &'a Path) -> Self {
        Self {
            path,
            told: Vec::new(),
            more: 0,
        }
    }

    fn add(&mut self, line: u64, what: &str, hint: &str) {
        if self.told.len() == TOLD {
            self.more += 1;
            return;
        }
        self.told
            .push(format!("{}:{line}: {what}; hint: {hint}", self.path.display()));
    }

    fn none(mut self) -> Result<(), Vec<String>> {
        if self.more > 0 {
            self.told
                .push(format!("{}: {} more flaws", self.path.display(), self.more));
        }
        if self.told.is_empty() {
            Ok(())
        } else {
            Err(self.told)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<Vec<String>>, Vec<String>> {
        let directories = ["corp", "plant"].map(str::to_owned);
        persons(text.as_bytes(), Path::new("people.csv"), &directories)
    }

    #[test]
    fn a_line_is_a_person_of_two_users_or_more() {
        let read = of("# who is who\ncorp:1, plant:a\n\n\"corp:2,x\",plant:b,corp:3\n").unwrap();
        assert_eq!(
            read,
            [vec!["corp:1", "plant:a"], vec!["corp:2,x", "plant:b", "corp:3"]]
        );
        assert_eq!(of("").unwrap(), Vec::<Vec<String>>::new());
    }

    #[test]
    fn whatever_is_wrong_is_told_with_its_line() {
        let flaws = of("corp:1,plant:a\ncorp:2\nmoon:3,plant:b\n# none\ncorp:1,plant:\n").unwrap_err();
        let expected = [
            "people.csv:2: names fewer than two users; hint: write two or more, apart by commas",
            "people.csv:3: has `moon:3`, which is no user of one of `directories`; hint: write `directory:id`",
            "people.csv:5: has `corp:1`, which stands in line 1 already; hint: name each user once, with all others who are the same person",
            "people.csv:5: has `plant:`, which is no user of one of `directories`; hint: write `directory:id`",
        ];
        assert_eq!(flaws, expected);
        let many = of(&"x\n".repeat(100)).unwrap_err();
        assert_eq!(
            (many.len(), many[TOLD].as_str()),
            (TOLD + 1, "people.csv: 180 more flaws")
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_said() {
        let missing = read(Path::new("/nowhere/people.csv"), &[]).unwrap_err();
        assert!(
            missing[0].starts_with("`map_file` `/nowhere/people.csv` cannot be read: "),
            "{missing:?}"
        );
    }
}
