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
    // A hint stands on a line of its own.
    eprintln!("throng: {}", format!("{error:#}").replace("; hint: ", "\nhint: "));
    if let Some(code) = throng::cli::code(error) {
        eprintln!("code: {code}, see `throng explain error {code}`");
    }
}
