//! The mailer: one mail handed to the mail server, each over a connection of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Noop, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use rustls::ClientConfig;
use tokio::time::timeout;

use super::config::{Place, Security, SmtpConfig};
use super::letter::Letter;
use super::line::Line;
use super::mail::Mail;
use super::target::Unsent;
use crate::client::{self, ClientError, Settings};
use crate::secret::{Secret, SecretSource};

/// How long a server may take to say good-bye.
const GOOD_BYE: Duration = Duration::from_secs(2);

/// Why no mail can be handed over, or none at all be made ready.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SmtpError {
    /// The configuration cannot be used.
    #[error("`smtp`: {0}")]
    Config(String),
    /// The password cannot be read.
    #[error("`smtp.password`: {0}")]
    Secret(String),
    /// The server is not there, or does not answer.
    #[error("mail server {0}")]
    Unreachable(String),
    /// Nothing may be said to it.
    #[error("mail server {0}")]
    Tls(String),
    /// It does not let us in.
    #[error("the mail server refuses the account: {0}; hint: look at `smtp.username` and its password")]
    SignIn(String),
    /// It says no.
    #[error("the mail server refuses: {0}")]
    Refused(String),
    /// TLS cannot be set up here.
    #[error("{0}")]
    Client(#[from] ClientError),
}

impl SmtpError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "CONFIG_INVALID",
            Self::Secret(_) => "NOTICE_SECRET_UNREADABLE",
            Self::Unreachable(_) => "SMTP_UNREACHABLE",
            Self::Tls(_) => "SMTP_TLS",
            Self::SignIn(_) => "SMTP_SIGN_IN",
            Self::Refused(_) => "SMTP_REFUSED",
            Self::Client(error) => error.code(),
        }
    }
}

/// Hands mails to a server.
pub struct Mailer {
    place: Place,
    from: Mailbox,
    account: Option<(String, Secret)>,
    tls: Arc<ClientConfig>,
    deadline: Duration,
}

impl Mailer {
    /// With the password and the certificate authority that the configuration names.
    ///
    /// # Errors
    /// What cannot be used or read.
    pub fn new(config: &SmtpConfig) -> Result<Self, SmtpError> {
        config.verify().map_err(SmtpError::Config)?;
        let settings = Settings::trusting(config.ca_file.as_deref())?;
        let only = Some(settings.authorities).filter(|authorities| !authorities.is_empty());
        let password = config.password.as_ref().map(SecretSource::read).transpose();
        let password = password.map_err(SmtpError::Secret)?;
        Ok(Self {
            place: config.place().map_err(SmtpError::Config)?,
            from: config.sender().map_err(SmtpError::Config)?,
            account: config.username.clone().zip(password),
            tls: client::tls(only.as_deref())?,
            deadline: config.timeout.0,
        })
    }

    /// Connects, signs in and asks for nothing.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn check(&self) -> Result<String, SmtpError> {
        let asking = async {
            let mut talk = self.begin().await?;
            let there = talk.command(Noop).await;
            there.map_err(|error| SmtpError::Refused(error.to_string()))?;
            timeout(GOOD_BYE, talk.quit()).await.ok();
            Ok(())
        };
        let asked: Result<(), SmtpError> = timeout(self.deadline, asking).await.map_err(|_| self.silent())?;
        asked?;
        let secured = if self.place.security == Security::None {
            "without TLS"
        } else {
            "over TLS"
        };
        let account = if self.account.is_some() {
            ", with its account"
        } else {
            ""
        };
        Ok(format!(
            "`{}:{}` takes mail {secured}{account}",
            self.place.host, self.place.port
        ))
    }

    /// Hands a letter over whose body is a [`Mail`]; `now` is milliseconds since 1970.
    ///
    /// # Errors
    /// Whether to try again, with a sentence that does not name the address.
    pub(super) async fn send(&self, letter: &Letter, now: i64) -> Result<(), Unsent> {
        let mail: Mail =
            serde_json::from_str(&letter.body).map_err(|error| Unsent::Never(error.to_string()))?;
        let handing = self.hand_over(&mail, &letter.id, now);
        let handed = timeout(self.deadline, handing).await;
        let mut talk = handed
            .unwrap_or_else(|_| Err(self.silent().into()))
            .map_err(|unsent| unsent.without(&mail.to))?;
        // It is the server's now, whatever becomes of the connection.
        timeout(GOOD_BYE, talk.quit()).await.ok();
        Ok(())
    }

    async fn hand_over(&self, mail: &Mail, id: &str, now: i64) -> Result<AsyncSmtpConnection, Unsent> {
        let (envelope, bytes) = mail.written(&self.from, id, now).map_err(Unsent::NoMailbox)?;
        let mut talk = self.begin().await?;
        let mut more = Vec::new();
        let plain = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !envelope.to().iter().chain(envelope.from()).all(plain) {
            if !talk.server_info().supports_feature(Extension::SmtpUtfEight) {
                let what = "the server takes no addresses with letters outside ASCII";
                return Err(Unsent::NoMailbox(what.to_owned()));
            }
            more.push(MailParameter::SmtpUtfEight);
        }
        // A sender that it does not know is for an operator to mend: the mail waits.
        let from = talk.command(MailFrom::new(envelope.from().cloned(), more)).await;
        from.map_err(|error| later(&error))?;
        for to in envelope.to() {
            let known = talk.command(Rcpt::new(to.clone(), Vec::new())).await;
            known.map_err(|error| judge(&error, true))?;
        }
        talk.command(Data).await.map_err(|error| judge(&error, false))?;
        talk.message(&bytes).await.map_err(|error| judge(&error, false))?;
        Ok(talk)
    }

    /// A talk over a secured connection, signed in where there is an account.
    async fn begin(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let line = Line::open(&self.place, &self.tls).await?;
        let hello = hello(line.from());
        let talk = AsyncSmtpConnection::connect_with_transport(Box::new(line), &hello).await;
        let mut talk = talk.map_err(|error| self.broken(&error))?;
        if let Some((name, password)) = &self.account {
            let account = Credentials::new(name.clone(), password.expose().to_owned());
            let signed_in = talk.auth(DEFAULT_MECHANISMS, &account).await;
            signed_in.map_err(|error| match error.status() {
                Some(_) => SmtpError::SignIn(error.to_string()),
                None if error.is_client() => {
                    SmtpError::SignIn(format!("{error}: it offers neither PLAIN nor LOGIN"))
                }
                None => self.broken(&error),
            })?;
        }
        Ok(talk)
    }

    fn broken(&self, error: &Error) -> SmtpError {
        if error.status().is_some() {
            return SmtpError::Refused(error.to_string());
        }
        let Place { host, port, .. } = &self.place;
        SmtpError::Unreachable(format!(
            "`{host}:{port}` breaks off: {error}; hint: does it speak SMTP, by this scheme?"
        ))
    }

    fn silent(&self) -> SmtpError {
        let Place { host, port, .. } = &self.place;
        let seconds = self.deadline.as_secs();
        SmtpError::Unreachable(format!(
            "`{host}:{port}` did not come to an end within {seconds} s"
        ))
    }
}

/// How we greet: as the address that we come from (RFC 5321 §4.1.3), since a machine's own name often is nobody's.
pub(super) fn hello(from: Option<SocketAddr>) -> ClientId {
    match from.map(|from| from.ip()) {
        Some(std::net::IpAddr::V4(ip)) => ClientId::Ipv4(ip),
        Some(std::net::IpAddr::V6(ip)) => ClientId::Ipv6(ip),
        None => ClientId::default(),
    }
}

impl From<SmtpError> for Unsent {
    fn from(error: SmtpError) -> Self {
        Self::Later(error.to_string(), None)
    }
}

fn later(error: &Error) -> Unsent {
    Unsent::Later(error.to_string(), None)
}

/// What a refusal of one mail means: for now, for good, or that nobody has that address.
fn judge(error: &Error, of_address: bool) -> Unsent {
    if !error.is_permanent() {
        return later(error);
    }
    let said = error.to_string();
    // RFC 3463 §3.8: `5.7` is about what we may do, not about whether there is such an address.
    if of_address && !said.contains(" 5.7.") {
        return Unsent::NoMailbox(said);
    }
    Unsent::Never(said)
}
