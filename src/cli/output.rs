//! What the command line prints, and how.

use clap::ValueEnum;
use serde_json::Value;

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

/// Prints a line of data.
#[expect(clippy::print_stdout, reason = "the command line's data goes to stdout")]
pub(super) fn say(line: &str) {
    println!("{line}");
}

/// Prints a line of talk.
#[expect(clippy::print_stderr, reason = "the command line's talk goes to stderr")]
pub(super) fn tell(line: &str) {
    eprintln!("{line}");
}

/// Prints a document.
pub(super) fn document(value: &Value) {
    say(&format!("{value:#}"));
}
