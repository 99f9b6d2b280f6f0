//! The line to a mail server: TCP with TLS from the first byte on, or begun by STARTTLS, of which no more than a bounded number of
//! bytes is read.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::config::{Place, Security};
use super::smtp::SmtpError;
use crate::client::Broken;

/// So much is read from one server in all: what it says to one mail is a few lines.
const MOST: usize = 256 << 10;
/// So long may what it says before TLS be.
const LONGEST_REPLY: usize = 16 << 10;

/// A connection that a talk can begin on.
#[derive(Debug)]
pub(super) struct Line {
    stream: Either<TcpStream, Box<TlsStream<TcpStream>>>,
    peer: SocketAddr,
    /// What is read before what comes from the server.
    ahead: &'static [u8],
    left: usize,
}

impl Line {
    /// Connects, and secures the connection as the place says.
    pub(super) async fn open(place: &Place, tls: &Arc<ClientConfig>) -> Result<Self, SmtpError> {
        let connected = TcpStream::connect((place.host.as_str(), place.port)).await;
        let mut stream = connected.map_err(|error| unreachable(place, &error))?;
        stream.set_nodelay(true).ok();
        let peer = stream.peer_addr().map_err(|error| unreachable(place, &error))?;
        let (stream, ahead): (_, &[u8]) = match place.security {
            Security::None => (Either::Left(stream), b""),
            Security::Whole => (secure(place, tls, stream).await?, b""),
            Security::Begun => {
                let from = stream.local_addr().map_err(|error| unreachable(place, &error))?;
                begin_tls(place, &mut stream, from).await?;
                // A server does not greet again after STARTTLS, but every talk begins with a greeting.
                (secure(place, tls, stream).await?, b"220 secured\r\n")
            }
        };
        Ok(Self {
            stream,
            peer,
            ahead,
            left: MOST,
        })
    }

    /// By which of this machine's addresses it goes out.
    pub(super) fn from(&self) -> Option<SocketAddr> {
        let stream = match &self.stream {
            Either::Left(stream) => stream,
            Either::Right(secured) => secured.get_ref().0,
        };
        stream.local_addr().ok()
    }
}

async fn secure(
    place: &Place,
    tls: &Arc<ClientConfig>,
    stream: TcpStream,
) -> Result<Either<TcpStream, Box<TlsStream<TcpStream>>>, SmtpError> {
    let name = ServerName::try_from(place.host.clone())
        .map_err(|_| SmtpError::Tls(format!("`{}` is no name of a server", place.host)))?;
    let secured = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await;
    let secured = secured.map_err(|error| {
        let hint = Broken::of(&error).hint();
        SmtpError::Tls(format!(
            "`{}` cannot be trusted: {error}; hint: {hint}",
            place.host
        ))
    })?;
    Ok(Either::Right(Box::new(secured)))
}

/// Asks for TLS (RFC 3207 §4). What is said before it may come from anybody, so nothing of it is kept.
async fn begin_tls(place: &Place, stream: &mut TcpStream, from: SocketAddr) -> Result<(), SmtpError> {
    let refused = |what: &str, said: &str| {
        let said: String = said
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        SmtpError::Tls(format!(
            "`{}:{}` {what}: {said}; hint: use `smtps://` where the server has it",
            place.host, place.port
        ))
    };
    let greeting = reply(place, stream).await?;
    if !greeting.starts_with("220") {
        return Err(refused("does not greet", &greeting));
    }
    let name = super::smtp::hello(Some(from));
    say(place, stream, &format!("EHLO {name}\r\n")).await?;
    let can = reply(place, stream).await?;
    let offers = |line: &str| {
        line.get(4..)
            .is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))
    };
    if !can.starts_with("250") || !can.lines().any(offers) {
        return Err(refused("does not offer TLS", "no STARTTLS among what it can"));
    }
    say(place, stream, "STARTTLS\r\n").await?;
    let answer = reply(place, stream).await?;
    if !answer.starts_with("220") {
        return Err(refused("refuses TLS", &answer));
    }
    Ok(())
}

async fn say(place: &Place, stream: &mut TcpStream, line: &str) -> Result<(), SmtpError> {
    let sent = stream.write_all(line.as_bytes()).await;
    sent.map_err(|error| unreachable(place, &error))
}

/// One reply of one or several lines, and nothing after it: what came along unasked would be taken for what TLS protects.
async fn reply(place: &Place, stream: &mut TcpStream) -> Result<String, SmtpError> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = end_of_reply(&read) {
            if end < read.len() {
                let what = format!("`{}` says more than it was asked before TLS", place.host);
                return Err(SmtpError::Tls(what));
            }
            return Ok(String::from_utf8_lossy(&read).into_owned());
        }
        if read.len() > LONGEST_REPLY {
            return Err(SmtpError::Tls(format!("`{}` does not end its reply", place.host)));
        }
        let more = stream.read_buf(&mut read).await;
        if more.map_err(|error| unreachable(place, &error))? == 0 {
            let gone = io::Error::from(io::ErrorKind::UnexpectedEof);
            return Err(unreachable(place, &gone));
        }
    }
}

/// Where the last line of a reply ends: the one without a hyphen after its code (RFC 5321 §4.2.1).
fn end_of_reply(read: &[u8]) -> Option<usize> {
    let mut start = 0;
    while let Some(length) = read[start..].iter().position(|byte| *byte == b'\n') {
        let line = &read[start..=start + length];
        start += length + 1;
        if line.get(3) != Some(&b'-') {
            return Some(start);
        }
    }
    None
}

fn unreachable(place: &Place, error: &io::Error) -> SmtpError {
    SmtpError::Unreachable(format!(
        "`{}:{}` cannot be reached: {error}; hint: {}",
        place.host,
        place.port,
        Broken::of(error).hint()
    ))
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let part = self.ahead.len().min(into.remaining());
            let (now, later) = self.ahead.split_at(part);
            into.put_slice(now);
            self.ahead = later;
            return Poll::Ready(Ok(()));
        }
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other("the server says too much")));
        }
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        self.left = self.left.saturating_sub(into.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_ends_with_the_line_that_has_no_hyphen() {
        assert_eq!(end_of_reply(b"250-mail\r\n250-SIZE\r\n"), None);
        assert_eq!(end_of_reply(b"250-mail\r\n250 OK\r\n"), Some(18));
        assert_eq!(end_of_reply(b"220 go\r\n250 injected\r\n"), Some(8));
        assert_eq!(end_of_reply(b"220 go"), None);
        assert_eq!(end_of_reply(b"\n"), Some(1), "which is no greeting");
    }
}
