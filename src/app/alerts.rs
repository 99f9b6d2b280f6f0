//! Alerts: a plan of a synchronisation that waits for a person, and losses that a pushed directory refuses, told to whom `[notify]` names.
//!
//! What waits is looked at, not listened for: whatever a crash has left untold is told by the next look, and the outbox knows what it
//! has told.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::notices::USUAL;
use crate::clock::{Clock, rfc3339};
use crate::config::Config;
use crate::directory::brake::{Brake, Holding};
use crate::http::scim::Realm;
use crate::notify::{Letter, Mail, NotifyConfig, Outbox, Template, TemplateConfig, Value as Said, id_for};
use crate::schedule::{Job, Schedule};
use crate::store::Store;
use crate::store::api::Durability;
use crate::sync::{Engine, HeldPlan, PlanState};

/// How often it is looked.
const EVERY_MINUTE: &str = "30 * * * * *";

/// What looks at what waits.
pub struct Alerts {
    engine: Arc<Engine>,
    brakes: Vec<Arc<Brake>>,
    outbox: Arc<Outbox>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    to: NotifyConfig,
}

/// One thing to tell.
struct News {
    id: String,
    event: &'static str,
    /// Without what is of everything that is told.
    document: Value,
    /// What happened, and what a person can do, each one line.
    lines: [String; 3],
}

impl Alerts {
    pub(super) fn new(
        config: &Config,
        engine: &Arc<Engine>,
        realms: &[Arc<Realm>],
        outbox: &Arc<Outbox>,
        (store, clock): (&Arc<dyn Store>, &Arc<dyn Clock>),
    ) -> Arc<Self> {
        Arc::new(Self {
            engine: Arc::clone(engine),
            brakes: realms.iter().map(|realm| Arc::clone(realm.brake())).collect(),
            outbox: Arc::clone(outbox),
            store: Arc::clone(store),
            clock: Arc::clone(clock),
            to: config.notify.clone(),
        })
    }

    /// Tells of what waits and was not told of.
    pub async fn look(&self) {
        let plans = self.engine.plans();
        let held = plans
            .iter()
            .filter(|plan| plan.state == PlanState::Held)
            .map(of_plan);
        let refused = self.brakes.iter().flat_map(|brake| of_brake(brake));
        for news in held.chain(refused) {
            self.tell(&news).await;
        }
    }

    async fn tell(&self, news: &News) {
        let mut told: Vec<_> = self.webhook(news).into_iter().collect();
        told.extend(self.mails(news));
        if told.is_empty() {
            return;
        }
        let (letters, entries): (Vec<Letter>, Vec<_>) = told.into_iter().unzip();
        match self.store.put_entries(entries, Durability::Now).await {
            Ok(()) => letters.into_iter().for_each(|letter| self.outbox.take(letter)),
            Err(error) => {
                tracing::warn!(id = news.id, code = error.code(), %error, "an alert was not written down");
            }
        }
    }

    fn webhook(&self, news: &News) -> Option<(Letter, crate::model::commit::EntryWrite)> {
        self.outbox.letter(USUAL, (&news.id, news.event), || {
            let mut document = news.document.clone();
            document["id"] = json!(news.id);
            document["event"] = json!(news.event);
            document["at"] = json!(rfc3339(self.clock.now()));
            document.to_string()
        })
    }

    fn mails(&self, news: &News) -> Vec<(Letter, crate::model::commit::EntryWrite)> {
        let config = TemplateConfig {
            subject: "throng: {what}".to_owned(),
            text: "{what}.\n\n{why}\n\n{do}\n".to_owned(),
        };
        let template = Template::new(&config, &["what", "why", "do"]).expect("it names what is known");
        let (subject, text) = template.fill(&news.lines.each_ref().map(|line| Said::line(line)));
        let to = self.to.administrators.iter().filter_map(|to| {
            let id = id_for(&news.id, to);
            let mail = || Mail {
                to: to.trim().to_owned(),
                subject: subject.clone(),
                text: text.clone(),
            };
            self.outbox.mail((&id, news.event), mail)
        });
        to.collect()
    }
}

fn of_plan(plan: &HeldPlan) -> News {
    let (id, directory) = (&plan.id, &plan.directory);
    News {
        id: format!("plan-{id}"),
        event: "sync.plan-held",
        document: json!({ "directory": directory, "plan": id, "reasons": plan.reasons, "counts": plan.counts }),
        lines: [
            format!("a plan for directory `{directory}` waits for approval"),
            plan.reasons.join("; "),
            format!(
                "See `throng plan show {id}`, then `throng plan approve {id}` or `throng plan reject {id}`."
            ),
        ],
    }
}

fn of_brake(brake: &Brake) -> Vec<News> {
    let (standing, directory) = (brake.standing(), brake.directory().id());
    let whole = standing.held.iter().map(|holding| (String::new(), holding));
    let groups = standing
        .groups
        .iter()
        .map(|(group, holding)| (group.to_string(), holding));
    let news = whole.chain(groups).map(|(group, Holding { since, reason })| {
        let of = Sha256::digest(format!("{directory}\0{since}\0{group}").as_bytes());
        let hash = of.first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        News {
            id: format!("brake-{hash:016x}"),
            event: "scim.losses-held",
            document: json!({ "directory": directory, "since": rfc3339(*since), "reason": reason }),
            lines: [
                format!("what is pushed into directory `{directory}` takes away too much, and is refused"),
                reason.clone(),
                format!("See `GET /api/v1/directories/{directory}/requests`; `POST /api/v1/directories/{directory}/release` lets it through."),
            ],
        }
    });
    news.collect()
}

/// The job that looks.
pub(super) fn job(alerts: &Arc<Alerts>) -> Option<Job> {
    let alerts = Arc::clone(alerts);
    let every_minute = Schedule::parse(EVERY_MINUTE, "UTC").ok()?;
    Some(Job::new(every_minute, move || {
        let alerts = Arc::clone(&alerts);
        async move { alerts.look().await }
    }))
}
