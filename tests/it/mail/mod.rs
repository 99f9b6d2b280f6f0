//! Mails through the outbox: over TLS of each kind, signed in, put off and tried again, refused for good, kept over restarts.

pub(crate) mod post;

use std::collections::HashMap;
use std::sync::Arc;

use throng::clock::{Clock, StoppedClock};
use throng::notify::{
    Ended, Fate, Letter, MAIL, Mail, Mailer, NoticeState, Outbox, Signed, SmtpConfig, Target, WARNING,
};
use throng::store::Store;
use throng::store::api::Durability;
use throng::store::memory::MemoryStore;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::ports::own_port;
use post::{Post, Tls};

const BEGIN: i64 = 1_800_000_000_000;

fn mailer(section: &str) -> Mailer {
    let config: SmtpConfig = toml::from_str(section).unwrap();
    Mailer::new(&config).unwrap()
}

/// An outbox that sends, over a store that may outlive it.
struct Sender {
    outbox: Arc<Outbox>,
    store: Arc<dyn Store>,
    clock: Arc<StoppedClock>,
    _stop: DropGuard,
}

impl Sender {
    async fn to(section: &str) -> Self {
        let clock = StoppedClock::at(BEGIN);
        let store = MemoryStore::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        Self::over(section, clock, store).await
    }

    async fn over(section: &str, clock: Arc<StoppedClock>, store: Arc<dyn Store>) -> Self {
        let targets = HashMap::from([(MAIL.to_owned(), Target::Mail(mailer(section)))]);
        let time = Arc::clone(&clock) as Arc<dyn Clock>;
        let outbox = Outbox::open(Arc::clone(&store), time, targets).await.unwrap();
        let stop = CancellationToken::new();
        TaskTracker::new().spawn(Arc::clone(&outbox).run(stop.clone()));
        Self {
            outbox,
            store,
            clock,
            _stop: stop.drop_guard(),
        }
    }

    /// Another process over the same store.
    async fn restarted(self, section: &str) -> Self {
        let (clock, store) = (Arc::clone(&self.clock), Arc::clone(&self.store));
        drop(self);
        Self::over(section, clock, store).await
    }

    async fn mail(&self, id: &str, to: &str) {
        let mail = || Mail {
            to: to.to_owned(),
            subject: "Your account – æ".to_owned(),
            text: ".\nHello Åse,\n..two dots\n".to_owned(),
        };
        let (letter, entry): (Letter, _) = self.outbox.mail((id, "cleanup.warning"), mail).unwrap();
        self.store
            .put_entries(vec![entry], Durability::Now)
            .await
            .unwrap();
        self.outbox.take(letter);
    }

    /// Waits until a mail has ended, or failed so often.
    async fn fate(&self, id: &str, failures: u32) -> Fate {
        loop {
            let page = self.outbox.notices(None, None, 100);
            let notice = page.notices.iter().find(|notice| notice.id == id).unwrap();
            if notice.state != NoticeState::Waiting || (failures > 0 && notice.failures >= failures) {
                return self.outbox.fate(id);
            }
            tokio::task::yield_now().await;
        }
    }

    fn error(&self) -> String {
        let page = self.outbox.notices(None, None, 100);
        page.notices[0].error.clone().unwrap_or_default()
    }

    /// So late that whatever waits is due.
    fn later(&self) {
        self.clock.advance(3_600_000);
        self.outbox.wake();
    }
}

#[tokio::test]
async fn a_mail_goes_over_tls_of_each_kind_signed_in_and_as_it_was_written() {
    for tls in [Tls::Begun, Tls::Whole, Tls::Never] {
        let post = Post::with(tls, &[]).await;
        let sender = Sender::to(&post.section()).await;
        sender.mail("warn-1", "ann@corp.example").await;
        assert_eq!(
            sender.fate("warn-1", 0).await,
            Fate::Ended(Ended::Delivered, BEGIN)
        );
        let [taken] = &post.taken()[..] else {
            panic!("one mail")
        };
        assert_eq!(
            (
                taken.from.as_str(),
                &taken.to[..],
                taken.account.as_deref(),
                taken.secured
            ),
            (
                "throng@corp.example",
                &["ann@corp.example".to_owned()][..],
                Some("throng"),
                tls != Tls::Never
            )
        );
        assert_eq!(taken.header("Message-ID"), "<warn-1@corp.example>");
        assert_eq!(taken.header("Subject"), "Your account =?utf-8?b?4oCTIMOm?=");
        assert_eq!(
            taken.text().replace("\r\n", "\n").trim_end(),
            ".\nHello Åse,\n..two dots"
        );
        assert!(
            mailer(&post.section())
                .check()
                .await
                .unwrap()
                .contains("takes mail")
        );
    }
}

#[tokio::test]
async fn a_mail_that_is_put_off_is_tried_again_under_its_id_and_taken_once() {
    let post = Post::with(
        Tls::Never,
        &[
            ("RCPT", "451 4.7.1 greylisted, come again"),
            ("MESSAGE", "452 4.3.1 full"),
        ],
    )
    .await;
    let sender = Sender::to(&post.section()).await;
    sender.mail("warn-1", "ann@corp.example").await;
    assert_eq!(sender.fate("warn-1", 1).await, Fate::Waiting);
    assert!(sender.error().contains("451"), "{}", sender.error());
    sender.later();
    assert_eq!(sender.fate("warn-1", 2).await, Fate::Waiting);
    sender.later();
    assert_eq!(
        sender.fate("warn-1", 0).await,
        Fate::Ended(Ended::Delivered, BEGIN + 7_200_000)
    );
    assert_eq!((post.taken().len(), post.connections()), (1, 3));
    // Who tells of it again finds that it was told.
    assert!(
        sender
            .outbox
            .mail(("warn-1", "cleanup.warning"), || unreachable!())
            .is_none()
    );
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_tried_again_and_says_so_without_the_address() {
    for (script, how) in [
        (
            ("RCPT", "550 5.1.1 <ann@corp.example>: no such user"),
            Ended::NoMailbox,
        ),
        (("RCPT", "550 5.7.1 relaying denied"), Ended::Refused),
        (
            ("MESSAGE", "554 5.6.0 ann@corp.example would not like it"),
            Ended::Refused,
        ),
    ] {
        let post = Post::with(Tls::Never, &[script]).await;
        let sender = Sender::to(&post.section()).await;
        sender.mail("warn-1", "ann@corp.example").await;
        assert_eq!(sender.fate("warn-1", 0).await, Fate::Ended(how, BEGIN));
        assert!(
            sender.error().contains("permanent error (55") && !sender.error().contains("ann@"),
            "{}",
            sender.error()
        );
        sender.later();
        tokio::task::yield_now().await;
        assert_eq!((post.taken().len(), post.connections()), (0, 1));
        let kept = sender.store.entries("notice", BEGIN).await.unwrap();
        let kept = String::from_utf8(kept[0].value.clone()).unwrap();
        assert!(!kept.contains("ann@") && !kept.contains("Hello"), "{kept}");
    }
}

#[tokio::test]
async fn what_an_operator_must_mend_is_waited_for() {
    let script = [
        ("AUTH", "535 5.7.8 no"),
        ("MAIL", "550 5.7.1 not your sender"),
        ("CONNECT", "554 not now"),
        ("EHLO", ""),
    ];
    let post = Post::with(Tls::Never, &script).await;
    let sender = Sender::to(&post.section()).await;
    sender.mail("warn-1", "ann@corp.example").await;
    let words = [
        "refuses the account",
        "550",
        "refuses",
        "did not come to an end within 1 s",
    ];
    for (failures, word) in (1..).zip(words) {
        assert_eq!(sender.fate("warn-1", failures).await, Fate::Waiting);
        assert!(sender.error().contains(word), "{word}: {}", sender.error());
        sender.later();
    }
    assert!(matches!(
        sender.fate("warn-1", 0).await,
        Fate::Ended(Ended::Delivered, _)
    ));
    assert_eq!(post.taken().len(), 1);
}

#[tokio::test]
async fn no_mail_is_lost_over_a_restart_and_none_comes_twice() {
    let post = Post::with(Tls::Never, &[]).await;
    let deaf = post.section().replace(
        "url = \"smtp://127.0.0.1:",
        &format!("url = \"smtp://127.0.0.1:{}\"\n#", own_port()),
    );
    let sender = Sender::to(&deaf).await;
    for number in 0..20 {
        sender
            .mail(&format!("warn-{number}"), &format!("user{number}@corp.example"))
            .await;
    }
    for number in 0..20 {
        assert_eq!(sender.fate(&format!("warn-{number}"), 1).await, Fate::Waiting);
    }
    let sender = sender.restarted(&post.section()).await;
    sender.later();
    for number in 0..20 {
        assert!(matches!(
            sender.fate(&format!("warn-{number}"), 0).await,
            Fate::Ended(Ended::Delivered, _)
        ));
    }
    let sender = sender.restarted(&post.section()).await;
    sender.later();
    sender.mail("run-1", "ops@corp.example").await;
    sender.fate("run-1", 0).await;
    let mut to: Vec<String> = post.taken().into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(to.pop().as_deref(), Some("ops@corp.example"));
    to.sort();
    to.dedup();
    assert_eq!((to.len(), post.taken().len()), (20, 21));
}

#[tokio::test]
async fn a_mail_that_waits_can_be_taken_back_and_one_that_was_sent_cannot() {
    let post = Post::with(Tls::Never, &[("RCPT", "451 later")]).await;
    let sender = Sender::to(&post.section()).await;
    sender.mail("warn-1", "ann@corp.example").await;
    sender.fate("warn-1", 1).await;
    let entry = sender.outbox.withdraw("warn-1").unwrap();
    sender
        .store
        .put_entries(vec![entry], Durability::Now)
        .await
        .unwrap();
    assert_eq!(sender.outbox.fate("warn-1"), Fate::Ended(Ended::Withdrawn, BEGIN));
    sender.mail("warn-2", "ann@corp.example").await;
    sender.fate("warn-2", 0).await;
    assert!(sender.outbox.withdraw("warn-2").is_none());
    let sender = sender.restarted(&post.section()).await;
    sender.later();
    assert_eq!(sender.outbox.waiting(), 0);
    assert_eq!(post.taken().len(), 1, "the second");
}

#[tokio::test]
async fn a_check_names_what_is_wrong_with_the_server() {
    let code = async |section: &str| mailer(section).check().await.unwrap_err().code();
    let begun = Post::with(Tls::Begun, &[]).await;
    let other = Post::with(Tls::Whole, &[]).await;
    let foreign = begun.section().replace(
        &begun.authority().display().to_string(),
        &other.authority().display().to_string(),
    );
    assert_eq!(code(&foreign).await, "SMTP_TLS", "of another authority");
    assert_eq!(
        code(&begun.section().replace("s3cret", "guess")).await,
        "SMTP_SIGN_IN"
    );
    let nobody = begun.section().replace(
        "localhost:",
        &format!("localhost:{}?tls=required\"\n#", own_port()),
    );
    assert_eq!(code(&nobody).await, "SMTP_UNREACHABLE");
    let plain = Post::with(Tls::Never, &[]).await;
    let port = plain
        .section()
        .split("127.0.0.1:")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let without = format!("url = \"smtp://localhost:{port}?tls=required\"\nfrom = \"t@corp.example\"\n");
    let told = mailer(&without).check().await.unwrap_err();
    assert!(
        told.code() == "SMTP_TLS" && told.to_string().contains("does not offer TLS"),
        "{told}"
    );
    assert_eq!(
        code(&format!(
            "url = \"smtps://localhost:{port}\"\nfrom = \"t@corp.example\"\n"
        ))
        .await,
        "SMTP_TLS"
    );
    plain.say(&[("CONNECT", "554 5.3.2 closed")]);
    assert_eq!(code(&plain.section()).await, "SMTP_REFUSED");
    plain.say(&[("NOOP", "")]);
    assert_eq!(code(&plain.section()).await, "SMTP_UNREACHABLE");
    let injected = Post::with(Tls::Injected, &[]).await;
    let told = mailer(&injected.section()).check().await.unwrap_err();
    assert!(
        told.to_string().contains("more than it was asked before TLS"),
        "{told}"
    );
}

#[tokio::test]
async fn a_mail_server_that_hangs_holds_up_no_webhook_and_warnings_no_other_mail() {
    let post = Post::with(Tls::Never, &[("CONNECT", ""); 8]).await;
    let (tell, mut heard) = tokio::sync::mpsc::channel(1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    TaskTracker::new().spawn(async move {
        let (connected, _) = listener.accept().await.unwrap();
        tell.send(connected).await.unwrap();
    });
    // Patience enough that nothing is given up while the test runs.
    let section = post.section().replace("timeout = \"1s\"", "timeout = \"10m\"");
    let targets = HashMap::from([
        (MAIL.to_owned(), Target::Mail(mailer(&section))),
        (
            "stale".to_owned(),
            Target::Webhook(Signed::new(&url, None).unwrap()),
        ),
    ]);
    let clock: Arc<dyn Clock> = StoppedClock::at(BEGIN);
    let store = MemoryStore::with_clock(Arc::clone(&clock));
    let outbox = Outbox::open(store, clock, targets).await.unwrap();
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    TaskTracker::new().spawn(Arc::clone(&outbox).run(stop));
    let mail = || Mail {
        to: "ann@corp.example".to_owned(),
        subject: "s".to_owned(),
        text: "t".to_owned(),
    };
    for number in 0..8 {
        let id = format!("warn-{number}");
        outbox.take(outbox.mail((&id, WARNING), mail).unwrap().0);
    }
    while post.connections() < 4 {
        tokio::task::yield_now().await;
    }
    outbox.take(
        outbox
            .letter("stale", ("run-1", "cleanup.run"), || "{}".to_owned())
            .unwrap()
            .0,
    );
    heard.recv().await.unwrap();
    outbox.take(outbox.mail(("run-1", "cleanup.run"), mail).unwrap().0);
    while post.connections() < 5 {
        tokio::task::yield_now().await;
    }
}
