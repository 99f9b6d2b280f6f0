//! A row of the table: a source with something wrong, and what must be said of it.

use std::any::Any;

use serde_json::Value;
use throng::catalogue;

use crate::process::{run, throng};

/// What no answer may show.
const SECRETS: [&str; 4] = [
    "simulated-secret",
    "simulated-token",
    "mistaken-secret",
    "PRIVATE KEY",
];

/// A row.
pub(super) struct Row {
    /// Which simulator.
    pub(super) of: &'static str,
    /// What is wrong.
    pub(super) fault: &'static str,
    /// What stands below `[[directory]]`.
    pub(super) source: String,
    pub(super) code: &'static str,
    /// What the sentence must name.
    pub(super) says: Vec<&'static str>,
    /// What the catalogue's remedy must tell to do.
    pub(super) remedy: &'static str,
    /// How many things fail because of it.
    failures: usize,
    /// Simulators and folders, until the row has been judged.
    kept: Vec<Box<dyn Any + Send + Sync>>,
}

impl Row {
    pub(super) fn new(of: &'static str, fault: &'static str, source: String) -> Self {
        Self {
            of,
            fault,
            source,
            code: "",
            says: Vec::new(),
            remedy: "",
            failures: 1,
            kept: Vec::new(),
        }
    }

    pub(super) fn expect(mut self, code: &'static str, says: &[&'static str], remedy: &'static str) -> Self {
        (self.code, self.says, self.remedy) = (code, says.to_vec(), remedy);
        self
    }

    pub(super) fn failing(mut self, failures: usize) -> Self {
        self.failures = failures;
        self
    }

    pub(super) fn keep(mut self, kept: impl Any + Send + Sync) -> Self {
        self.kept.push(Box::new(kept));
        self
    }

    async fn check(&self, more: &[&str]) -> (i32, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("throng.toml");
        let text = format!(
            "store = {{ engine = \"memory\" }}\n[[directory]]\nid = \"corp\"\n{}",
            self.source
        );
        std::fs::write(&file, text).unwrap();
        let mut command = throng();
        command.env("NO_PROXY", "*").args(["check", "--online"]);
        let (code, out, err) = run(command.args(more).arg("--config").arg(&file)).await;
        (code, format!("{out}{err}"))
    }

    /// What a person sees.
    pub(super) async fn shown(&self) -> (i32, String) {
        self.check(&[]).await
    }

    /// What is not as it must be.
    pub(super) async fn judge(&self) -> Option<String> {
        let (code, out) = self.check(&["--output", "json"]).await;
        let wrong = self.wrong(code, &out)?;
        Some(format!("{}: {}: {wrong} in {out}", self.of, self.fault))
    }

    fn wrong(&self, code: i32, out: &str) -> Option<String> {
        if code != 1 {
            return Some(format!("ended with {code}"));
        }
        if let Some(secret) = SECRETS.iter().find(|secret| out.contains(**secret)) {
            return Some(format!("{secret} is shown"));
        }
        let Ok(told) = serde_json::from_str::<Value>(out) else {
            return Some("no JSON".to_owned());
        };
        let failed: Vec<&Value> = told["checks"]
            .as_array()?
            .iter()
            .filter(|item| item["ok"] == false)
            .collect();
        if failed.len() != self.failures {
            return Some(format!("{} things failed, not {}", failed.len(), self.failures));
        }
        let judged: Vec<_> = failed.iter().map(|item| self.judge_item(item)).collect();
        // Of several one is what the row is about.
        judged.iter().all(Option::is_some).then(|| judged[0].clone())?
    }

    fn judge_item(&self, item: &Value) -> Option<String> {
        if item["code"] != self.code {
            return Some(format!("not {}", self.code));
        }
        let detail = item["detail"].as_str().unwrap_or_default();
        if let Some(part) = self.says.iter().find(|part| !detail.contains(**part)) {
            return Some(format!("`{part}` is not named"));
        }
        if !detail.contains("hint: ") && self.of != "file" {
            return Some("no hint".to_owned());
        }
        let entry = catalogue::find(self.code).map(|entry| entry.remedy);
        if item["remedy"].as_str() != entry || !entry.is_some_and(|remedy| remedy.contains(self.remedy)) {
            return Some(format!("the remedy does not say `{}`", self.remedy));
        }
        None
    }
}
