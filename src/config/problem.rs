//! What is wrong with a configuration, as sentences for the person who wrote it.

use std::fmt;
use std::path::{Path, PathBuf};

/// One problem at one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; `None` where the whole file is concerned.
    pub line: Option<usize>,
    /// What is wrong, the key in backticks.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    pub(super) fn new(line: usize, what: String) -> Self {
        Self {
            line: Some(line),
            what,
            hint: None,
        }
    }

    /// From a sentence that may carry its hint.
    pub(super) fn told(line: usize, path: &str, sentence: &str) -> Self {
        match sentence.split_once("; hint: ") {
            Some((what, hint)) => Self::new(line, format!("`{path}`: {what}")).hint(hint),
            None => Self::new(line, format!("`{path}`: {sentence}")),
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Why a configuration cannot be used: all its problems, in the order of their lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// At least one.
    pub problems: Vec<Problem>,
}

impl ConfigError {
    pub(super) fn new(file: &Path, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.line);
        let file = file.to_owned();
        Self { file, problems }
    }

    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        "CONFIG_INVALID"
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            let file = self.file.display();
            match problem.line {
                Some(line) => write!(f, "{file}:{line}: {}", problem.what)?,
                None => write!(f, "{file}: {}", problem.what)?,
            }
            if let Some(hint) = &problem.hint {
                write!(f, "\nhint: {hint}")?;
            }
        }
        Ok(())
    }
}
