//! What tells others of what happened: the receivers that the configuration names, and the outbox on the way to them.

use std::collections::HashMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::AppError;
use crate::cleanup::PolicyConfig;
use crate::clock::Clock;
use crate::config::Config;
use crate::notify::{MAIL, Mailer, NotifyConfig, Outbox, Signed, SmtpConfig, Target};
use crate::secret::SecretSource;
use crate::store::Store;

/// The target of the webhook of `[notify]`. No policy can have this name.
pub(super) const USUAL: &str = "@notify";

/// The outbox, which sends from now on. The webhook of a policy has the policy's name.
pub(super) async fn open(
    config: &Config,
    (store, clock): (&Arc<dyn Store>, &Arc<dyn Clock>),
    (tasks, stop): (&TaskTracker, &CancellationToken),
) -> Result<Arc<Outbox>, AppError> {
    let mut targets = HashMap::new();
    for policy in &config.cleanup {
        if let Some(webhook) = webhook(config, policy)? {
            targets.insert(policy.name.clone(), Target::Webhook(webhook));
        }
    }
    if let Some(webhook) = usual(&config.notify)? {
        targets.insert(USUAL.to_owned(), Target::Webhook(webhook));
    }
    if let Some(smtp) = &config.smtp {
        targets.insert(MAIL.to_owned(), Target::Mail(mailer(smtp)?));
    }
    let outbox = Outbox::open(Arc::clone(store), Arc::clone(clock), targets).await?;
    tasks.spawn(Arc::clone(&outbox).run(stop.clone()));
    Ok(outbox)
}

/// The webhook that a policy names, else the usual one, if there is any.
pub(super) fn webhook(config: &Config, policy: &PolicyConfig) -> Result<Option<Signed>, AppError> {
    let own = &policy.notify;
    match own.webhook.as_deref() {
        None => usual(&config.notify),
        Some(address) => signed(
            &format!("policy `{}`", policy.name),
            address,
            own.webhook_secret.as_ref(),
        ),
    }
}

/// The webhook of `[notify]`, where it names one.
pub(super) fn usual(notify: &NotifyConfig) -> Result<Option<Signed>, AppError> {
    signed("`notify`", &notify.webhook, notify.webhook_secret.as_ref())
}

fn signed(of: &str, address: &str, secret: Option<&SecretSource>) -> Result<Option<Signed>, AppError> {
    if address.is_empty() {
        return Ok(None);
    }
    let secret = secret.map(SecretSource::read).transpose();
    let secret = secret.map_err(|message| AppError::NoticeSecret {
        of: of.to_owned(),
        message,
    })?;
    Ok(Some(Signed::new(address, secret.as_ref())?))
}

/// What hands mails to the configured server.
pub(super) fn mailer(smtp: &SmtpConfig) -> Result<Mailer, AppError> {
    Ok(Mailer::new(smtp)?)
}
