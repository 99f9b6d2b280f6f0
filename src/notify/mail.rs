//! A mail as it is kept, and as it is sent: text only, to one address.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The longest address (RFC 5321 §4.5.3.1.3, without the brackets).
const LONGEST_ADDRESS: usize = 254;

/// A mail to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The address alone.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// An address as mail goes to it; `None` where none can.
pub(super) fn address(text: &str) -> Option<Address> {
    let text = text.trim();
    let odd = |c: char| c.is_control() || c.is_whitespace();
    if text.len() > LONGEST_ADDRESS || text.contains(odd) {
        return None;
    }
    text.parse().ok()
}

/// Whether mail can go to an address.
pub fn is_address(text: &str) -> bool {
    address(text).is_some()
}

/// The id of the mail that tells one of several people: another one for each, the same whenever it is asked for.
pub fn id_for(id: &str, to: &str) -> String {
    let hash = Sha256::digest(to.trim().to_lowercase().as_bytes());
    let [first, second, third, fourth, ..] = hash.as_slice() else {
        return id.to_owned();
    };
    format!("{id}-{first:02x}{second:02x}{third:02x}{fourth:02x}")
}

impl Mail {
    /// The envelope with the bytes of the message. `id` names it for whoever gets it twice; `now` is milliseconds since 1970.
    pub(super) fn written(&self, from: &Mailbox, id: &str, now: i64) -> Result<(Envelope, Vec<u8>), String> {
        let unusable = |error: &dyn std::fmt::Display| format!("the mail cannot be written: {error}");
        let to = address(&self.to).ok_or_else(|| unusable(&"its address takes no mail"))?;
        let envelope =
            Envelope::new(Some(from.email.clone()), vec![to.clone()]).map_err(|error| unusable(&error))?;
        let sent = UNIX_EPOCH + Duration::from_millis(u64::try_from(now).unwrap_or_default());
        let message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to))
            .subject(self.subject.replace(char::is_control, " "))
            .date(sent)
            .message_id(Some(format!("<{id}@{}>", from.email.domain())))
            // RFC 3834 §5: nobody's holiday notice answers it.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_PLAIN)
            .body(self.text.clone())
            .map_err(|error| unusable(&error))?;
        Ok((envelope, message.formatted()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(subject: &str, text: &str) -> String {
        let mail = Mail {
            to: "ann@corp.example".to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
        };
        let from = "throng <throng@corp.example>".parse().unwrap();
        let (_, bytes) = mail.written(&from, "run-1", 1_800_000_000_000).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_mail_is_named_dated_and_asks_for_no_automatic_answer() {
        let mail = written("Your account", "Hello\n");
        for line in [
            "Message-ID: <run-1@corp.example>\r\n",
            "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
        ] {
            assert!(mail.contains(line), "{mail}");
        }
    }

    #[test]
    fn no_subject_adds_a_header_and_odd_letters_are_encoded() {
        let mail = written("a\r\nBcc: eve@evil.example\r\n\r\nbody", "text");
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        let mail = written("Åse \u{202e}ö\u{0}", "Grüße");
        assert!(mail.is_ascii(), "{mail}");
    }

    #[test]
    fn what_takes_no_mail_is_no_address() {
        for good in [
            "ann@corp.example",
            " ann@corp.example ",
            "ann+x@corp.example",
            "åse@corp.example",
        ] {
            assert!(is_address(good), "{good}");
        }
        let long = format!("{}@corp.example", "a".repeat(300));
        for bad in [
            "",
            "ann",
            "ann@",
            "@corp.example",
            "ann@corp.example\r\nbcc: x@y.example",
            "\"a b\"@c.example",
            "a@b@c",
            &long,
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
