//! What a change does not tell: who waits for a freed name, and where a source forgot midway.

use throng::model::name::fold;
use throng::simulator::entra::{Edit, Expired, Fault, FaultKind};
use throng::sync::RunState;

use super::corp;
use super::simulated::{Company, company};

fn create(company: &Company, name: &str) -> String {
    let name = name.to_owned();
    company.running.tenant().edit(&Edit::CreateUser { name }).unwrap()
}

fn rename(company: &Company, user: &str, upn: &str) {
    let (user, upn) = (user.to_owned(), upn.to_owned());
    company
        .running
        .tenant()
        .edit(&Edit::RenameUser { user, upn })
        .unwrap();
}

fn bearer(company: &Company, name: &str) -> Option<String> {
    let snapshot = company.directory.snapshot();
    snapshot
        .user_named(&fold(name))
        .map(|row| row.external_id.to_string())
}

#[tokio::test]
async fn whoever_waits_for_a_name_gets_it_when_a_change_frees_it() {
    let company = company().await;
    company.sync(false).await;
    let first = create(&company, "taken");
    company.sync(false).await;
    let upn = company.running.tenant().truth().users[first.as_str()].upn.clone();
    // The same name once it is cleaned, under another key.
    let second = create(&company, "waiting");
    rename(&company, &second, &format!("{upn}\u{7}"));
    let run = company.sync(false).await;
    assert_eq!(
        (run.state, run.refused.len(), run.names_wait),
        (RunState::Succeeded, 1, true)
    );
    assert_eq!(bearer(&company, &upn), Some(first.clone()));
    // Nothing happens to the two for a while.
    create(&company, "somebody.else");
    assert!(company.sync(false).await.names_wait);
    rename(&company, &first, "moved@corp.example");
    let run = company.sync(false).await;
    assert_eq!(bearer(&company, &upn), Some(second));
    assert_eq!(bearer(&company, "moved@corp.example"), Some(first));
    assert_eq!(
        (run.full, run.names_wait),
        (false, false),
        "no read of everything is needed"
    );
    assert_eq!(company.engine.runs(Some(&corp())).len(), 5);
}

#[tokio::test]
async fn a_cursor_that_is_forgotten_in_the_middle_of_a_round_leads_to_a_full_read() {
    let company = company().await;
    company.sync(false).await;
    for number in 0..250 {
        create(&company, &format!("new.{number}"));
    }
    for answer in [Expired::Gone, Expired::SyncStateNotFound, Expired::ResyncRequired] {
        let fault = Fault {
            after: 1,
            ..Fault::new(FaultKind::Expire { answer }, "users/delta")
        };
        company.running.tenant().faults().add(fault);
        let run = company.sync(false).await;
        company.running.tenant().faults().clear();
        assert_eq!(run.state, RunState::Succeeded, "{answer:?} {run:?}");
        assert_eq!(company.active(), company.truly_active());
        for number in 0..250 {
            let name = format!("again.{answer:?}.{number}").to_lowercase();
            create(&company, &name);
        }
    }
    assert!(
        company
            .engine
            .runs(Some(&corp()))
            .iter()
            .take(3)
            .all(|run| run.full)
    );
}
