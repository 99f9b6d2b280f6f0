//! Troubles on the way, the same for the same seed: those that pass, those that last.

use throng::simulator::entra::{Fault, FaultKind};

use super::chance::Chance;
use super::company::{Company, Passing};

/// Something that a read must outlive.
pub(super) fn passing(chance: &mut Chance, company: &dyn Company) -> Fault {
    let habits = company.habits();
    let known: Vec<Passing> = Passing::ALL
        .into_iter()
        .filter(|passing| !habits.spared.contains(passing))
        .collect();
    let passing = chance.pick(&known).unwrap();
    let kind = match passing {
        Passing::Throttled => {
            let retry_after = chance.one_in(2).then(|| "0.001".to_owned());
            FaultKind::Throttle { retry_after }
        }
        Passing::Unavailable => FaultKind::Error { status: 503 },
        Passing::Dropped => FaultKind::Drop,
        Passing::Truncated => FaultKind::Truncate,
        Passing::Html => FaultKind::Html,
        Passing::EmptyPage => FaultKind::EmptyPage,
        Passing::Duplicate => FaultKind::Duplicate,
        Passing::Unauthorized => FaultKind::Unauthorized,
    };
    let times = if habits.once.contains(&passing) {
        1
    } else {
        1 + u32::try_from(chance.below(3)).unwrap()
    };
    place(chance, habits.requests, kind, times)
}

/// Something that makes a read incomplete, or ends it.
pub(super) fn lasting(chance: &mut Chance, company: &dyn Company) -> Fault {
    let (kind, times) = chance.pick(&company.lasting()).unwrap();
    let habits = company.habits();
    let requests = match kind {
        FaultKind::Error { status: 403 } => habits.refusable,
        _ => habits.requests,
    };
    place(chance, requests, kind, times)
}

/// At one of the first requests of a kind.
pub(super) fn place(chance: &mut Chance, requests: &[&str], kind: FaultKind, times: u32) -> Fault {
    let on = requests[chance.below(requests.len())];
    let after = u32::try_from(chance.below(3)).unwrap();
    Fault::new(kind, on).after(after).times(times)
}
