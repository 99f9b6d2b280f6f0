//! One connection: messages over TCP, with TLS from the first byte on or begun later. Nothing runs beside it: dropped, it is closed.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::config::Place;
use super::error::LdapError;
use crate::client::Broken;
use crate::protocol::ldap::{Control, Message, Request, Response, ber};

/// How long a connection may take to stand, and to be secured.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may be silent within an answer.
const SILENCE: Duration = Duration::from_mins(1);
/// The longest message that is read: a group of half a million members.
const CAP: usize = 64 << 20;

type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// How the connection is secured.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    /// Begun on a connection without it.
    pub(super) later: bool,
}

/// The connection.
pub(super) struct Wire {
    stream: Stream,
    input: BytesMut,
    last: i64,
}

impl Wire {
    pub(super) async fn connect(place: &Place, tls: Option<&Tls>) -> Result<Self, LdapError> {
        let whom = format!("`{}:{}`", place.host, place.port);
        let unreachable = |why: String, broken: Broken| {
            LdapError::Unreachable(format!(
                "{whom} cannot be reached: {why}; hint: {}",
                broken.hint()
            ))
        };
        let connecting = TcpStream::connect((place.host.as_str(), place.port));
        let stream = timeout(CONNECT, connecting)
            .await
            .map_err(|_| unreachable("it does not answer".to_owned(), Broken::Otherwise))?
            .map_err(|error| unreachable(error.to_string(), Broken::of(&error)))?;
        stream.set_nodelay(true).ok();
        let mut wire = Self {
            stream: Either::Left(stream),
            input: BytesMut::new(),
            last: 0,
        };
        let Some(tls) = tls else { return Ok(wire) };
        if tls.later {
            let (response, _) = wire.ask(Request::StartTls).await?;
            let Response::Extended(outcome) = response else {
                return Err(LdapError::Malformed(
                    "StartTLS was answered by something else".to_owned(),
                ));
            };
            LdapError::judge("StartTLS", &outcome)?;
            if !wire.input.is_empty() {
                // Whoever sits between could have put it there.
                return Err(LdapError::Malformed(
                    "something came between StartTLS and TLS".to_owned(),
                ));
            }
        }
        wire.secure(place, tls).await
    }

    async fn secure(self, place: &Place, tls: &Tls) -> Result<Self, LdapError> {
        let Either::Left(stream) = self.stream else {
            return Ok(self);
        };
        let name = ServerName::try_from(place.host.clone())
            .map_err(|_| LdapError::Malformed(format!("`{}` is no name of a server", place.host)))?;
        let connector = TlsConnector::from(Arc::clone(&tls.config));
        let secured = timeout(CONNECT, connector.connect(name, stream)).await;
        let secured = secured
            .map_err(|_| LdapError::Unreachable(format!("`{}` does not answer to TLS", place.host)))?
            .map_err(|error| untrusted(&place.host, &error))?;
        Ok(Self {
            stream: Either::Right(Box::new(secured)),
            ..self
        })
    }

    /// Sends a request; answers its number.
    pub(super) async fn send(&mut self, op: Request, controls: Vec<Control>) -> Result<i64, LdapError> {
        self.last += 1;
        let message = Message {
            id: self.last,
            op,
            controls,
        };
        let bytes = message.write();
        let sending = self.stream.write_all(&bytes);
        let sent = timeout(SILENCE, sending).await;
        sent.map_err(|_| broken("it takes nothing"))?
            .map_err(|error| broken(&error.to_string()))?;
        timeout(SILENCE, self.stream.flush())
            .await
            .map_err(|_| broken("it takes nothing"))?
            .map_err(|error| broken(&error.to_string()))?;
        Ok(self.last)
    }

    /// The next message of a request's answer, with its controls and its size.
    pub(super) async fn receive(&mut self, id: i64) -> Result<(Response, Vec<Control>, usize), LdapError> {
        let bytes = self.message().await?;
        // What cannot be read came from something between, or broke on its way.
        let message = Message::<Response>::read(&bytes).map_err(|error| broken(&error.to_string()))?;
        if message.id == 0 {
            return Err(broken("the server ends the connection"));
        }
        if message.id != id {
            return Err(LdapError::Malformed(
                "the server answers what was not asked".to_owned(),
            ));
        }
        Ok((message.op, message.controls, bytes.len()))
    }

    /// A request with one answer.
    pub(super) async fn ask(&mut self, op: Request) -> Result<(Response, Vec<Control>), LdapError> {
        let id = self.send(op, Vec::new()).await?;
        let (response, controls, _) = self.receive(id).await?;
        Ok((response, controls))
    }

    async fn message(&mut self) -> Result<BytesMut, LdapError> {
        loop {
            let length = ber::length(&self.input, CAP).map_err(|error| broken(&error.to_string()))?;
            if let Some(length) = length.filter(|length| *length <= self.input.len()) {
                return Ok(self.input.split_to(length));
            }
            self.input.reserve(16 << 10);
            let read = timeout(SILENCE, self.stream.read_buf(&mut self.input)).await;
            let read = read.map_err(|_| broken("it has been silent for a minute"))?;
            if read.map_err(|error| broken(&error.to_string()))? == 0 {
                return Err(broken("it ended in the middle"));
            }
        }
    }
}

fn broken(why: &str) -> LdapError {
    LdapError::Transient(format!("the connection to the server broke: {why}"))
}

fn untrusted(host: &str, error: &std::io::Error) -> LdapError {
    match Broken::of(error) {
        broken @ (Broken::Expired | Broken::Untrusted) => LdapError::Denied(
            broken.into(),
            format!(
                "the certificate of `{host}` is not trusted: {error}; hint: {}",
                broken.hint()
            ),
        ),
        _ => LdapError::Unreachable(format!(
            "`{host}` does not speak TLS with us: {error}; hint: check the port, and `start_tls`"
        )),
    }
}
