//! Why there is no connection, as far as a person can act on it.

use std::error::Error;
use std::io;

use rustls::CertificateError;

/// What keeps a connection from standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Its name leads nowhere.
    Name,
    /// Nobody listens there.
    Refused,
    /// Something listens that does not speak TLS.
    NoTls,
    /// The server's certificate has expired, or is not valid yet.
    Expired,
    /// The server's certificate is of no authority that is trusted, or of another name.
    Untrusted,
    /// Anything else.
    Otherwise,
}

impl Broken {
    /// What an error says, or what it was made of.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(cause) = next {
            if let Some(known) = known(cause) {
                return known;
            }
            next = cause.source();
        }
        Self::Otherwise
    }

    /// What a person can do.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Name => "look at the spelling of the name, and at this machine's DNS",
            Self::Refused => {
                "nobody listens there, or a firewall refuses: look at the address, the port and the proxy"
            }
            Self::NoTls => "what listens there does not speak TLS: look at the scheme and the port",
            Self::Expired => "have the server's certificate renewed; if it is good, set this machine's clock",
            Self::Untrusted => {
                "name the authority of its certificate with `ca_file`, and the server as its certificate does"
            }
            Self::Otherwise => "look at the name, the network and the proxy",
        }
    }
}

fn known(cause: &(dyn Error + 'static)) -> Option<Broken> {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(of_tls(tls));
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        if error.kind() == io::ErrorKind::ConnectionRefused {
            return Some(Broken::Refused);
        }
        // What an I/O error was made of is not its source, but within it.
        if let Some(inner) = error.get_ref() {
            return known(inner).or_else(|| named(error));
        }
    }
    named(cause)
}

/// Resolvers have no error of their own: what they say is all there is.
fn named(cause: &(dyn Error + 'static)) -> Option<Broken> {
    cause
        .to_string()
        .contains("failed to lookup address")
        .then_some(Broken::Name)
}

fn of_tls(error: &rustls::Error) -> Broken {
    match error {
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => Broken::Expired,
        rustls::Error::InvalidCertificate(_) => Broken::Untrusted,
        rustls::Error::InvalidMessage(_) => Broken::NoTls,
        _ => Broken::Otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_found_within_what_it_was_wrapped_in() {
        let certificate = |why| io::Error::other(io::Error::other(rustls::Error::InvalidCertificate(why)));
        assert_eq!(
            Broken::of(&certificate(CertificateError::Expired)),
            Broken::Expired
        );
        assert_eq!(
            Broken::of(&certificate(CertificateError::NotValidYet)),
            Broken::Expired
        );
        assert_eq!(
            Broken::of(&certificate(CertificateError::UnknownIssuer)),
            Broken::Untrusted
        );
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(Broken::of(&refused), Broken::Refused);
        let lookup = io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(Broken::of(&lookup), Broken::Name);
        assert_eq!(
            Broken::of(&io::Error::from(io::ErrorKind::UnexpectedEof)),
            Broken::Otherwise
        );
    }
}
