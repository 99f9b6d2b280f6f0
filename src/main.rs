//! The program's entry: runtime with exit code.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match Box::pin(throng::cli::run(throng::cli::Cli::parse())).await {
        Ok(exit) => exit.into(),
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "errors are for the person at the terminal")]
fn tell(error: &anyhow::Error) {
    let (what, hints) = sentences(error);
    eprintln!("throng: {what}");
    for hint in hints {
        eprintln!("hint: {hint}");
    }
    if let Some(code) = throng::cli::code(error) {
        eprintln!("code: {code}, see `throng explain error {code}`");
    }
}

/// The causes in one sentence, none told twice; then the hints.
fn sentences(error: &anyhow::Error) -> (String, Vec<String>) {
    let (mut what, mut hints) = (String::new(), Vec::new());
    for cause in error.chain().map(ToString::to_string) {
        // A hint may stand behind a sentence or on a line of its own.
        let mut parts = cause.split("; hint: ");
        let sentence = parts.next().unwrap_or_default();
        if !what.contains(sentence) {
            what = if what.is_empty() {
                sentence.to_owned()
            } else {
                format!("{what}: {sentence}")
            };
        }
        let new: Vec<_> = parts
            .filter(|hint| !hints.iter().any(|told| told == hint))
            .map(str::to_owned)
            .collect();
        hints.extend(new);
    }
    (what, hints)
}
