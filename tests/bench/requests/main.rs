//! What reading costs at full size, for every source: 100,000 users, 10,000 groups, 1,000,000 memberships, everybody in one group. Requests
//! and time are held against what pages and published limits make of them, by a clock that stands still but for limits and waits.
//!
//! `cargo bench --bench requests`; a smaller company and some sources by arguments: `cargo bench --bench requests -- 10000 okta`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints and may fail"
)]

#[path = "../../it/requests/companies.rs"]
mod companies;
#[path = "../../it/requests/figures.rs"]
mod figures;
mod memory;
#[path = "../../it/requests/read.rs"]
mod read;

use std::process::Command;
use std::time::{Duration, Instant};

use companies::{Company, found};
use figures::{Figures, Kind, Size};
use memory::Memory;
use read::{Read, read};

/// What a source takes for a page that is not in a hurry.
const LATE: Duration = Duration::from_millis(300);
/// From this many users on requests are held against what is needed: in small it matters that a list is asked for twice.
const LARGE: usize = 100_000;
/// Says to this program that it is the one that measures.
const ALONE: &str = "alone";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let users = words.iter().find_map(|word| word.parse().ok()).unwrap_or(LARGE);
    let size = Size {
        users,
        groups: users / 10,
        memberships: users * 10,
    };
    let named: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(|kind| words.iter().any(|word| word == kind.name()))
        .collect();
    match named.as_slice() {
        [kind] if words.iter().any(|word| word == ALONE) => alone(*kind, size),
        [] => each(&Kind::ALL, users),
        some => each(some, users),
    }
}

/// Measures each in a process of its own, so that none has another's memory.
fn each(kinds: &[Kind], users: usize) {
    println!(
        "{users} users, {} groups, {} memberships; time as limits make it without and with {LATE:?} for each answer",
        users / 10,
        users * 10
    );
    let failed = kinds.iter().filter(|kind| {
        let mut measuring = Command::new(std::env::current_exe().unwrap());
        let measuring = measuring.args([ALONE, kind.name(), &users.to_string()]);
        !measuring.status().unwrap().success()
    });
    let failed: Vec<&str> = failed.map(|kind| kind.name()).collect();
    assert!(failed.is_empty(), "out of bounds: {failed:?}");
}

fn alone(kind: Kind, size: Size) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(async {
        let company = found(kind, size, 100, Duration::ZERO).await;
        let figures = kind.figures(size, 100);
        first(&company, kind, size, &figures).await;
    });
}

async fn first(company: &Company, kind: Kind, size: Size, figures: &Figures) {
    let (memory, began) = (Memory::now(), Instant::now());
    let first = read(company, None).await;
    let (more, took) = (memory.more_at_most(), began.elapsed());
    println!(
        "{:>9}: {} requests (needed {}), refused {}; {}; in truth {:.1} s, {more} MB more, the simulator's pages included",
        kind.name(),
        first.requests,
        spelled(figures),
        first.throttled,
        timed(first.took, figures.floor),
        took.as_secs_f64(),
    );
    assert_whole(&first, size);
    let asked = figures.first..=figures.first + figures.again;
    assert!(asked.contains(&first.requests), "reckoned {asked:?}");
    assert_near(&first, size, figures);
    assert!(first.took >= figures.least, "limits were not kept: {figures:?}");
    assert!(
        figures.floor.is_none_or(|floor| first.took <= floor.mul_f64(1.1)),
        "limits were not used: {figures:?}"
    );
    second(company, kind, size, (figures, &first)).await;
    late(company, size, figures).await;
}

/// A read before which nothing changed.
async fn second(company: &Company, kind: Kind, size: Size, (figures, first): (&Figures, &Read)) {
    let second = read(company, first.cursor.as_ref()).await;
    let share = 100.0 * second.requests as f64 / first.requests as f64;
    println!(
        "{:>9}  without changes {} requests, {share:.2} % of the first",
        "", second.requests
    );
    assert_eq!((second.full, second.told), (false, (0, 0, 0)), "{second:?}");
    assert!(figures.second.contains(&second.requests), "{figures:?}");
    // Google has no list of changes: its lists are read whole. Fewer than two requests are none.
    let little = kind == Kind::Google || second.requests <= 2 || share < 1.0;
    assert!(little || size.users < LARGE, "{share} %");
}

/// Everything again from a source that takes its time.
async fn late(company: &Company, size: Size, figures: &Figures) {
    company
        .tenant
        .answer_late(u64::try_from(LATE.as_millis()).unwrap());
    company.tenant.keep_quota(100);
    let late = read(company, None).await;
    println!(
        "{:>9}  each answer {LATE:?} late: {:.0} s, {:.0} s expected at most; {} requests, refused {}",
        "",
        late.took.as_secs_f64(),
        figures.likely.as_secs_f64(),
        late.requests,
        late.throttled,
    );
    assert_whole(&late, size);
    assert_near(&late, size, figures);
    assert!(late.took <= figures.likely, "it takes longer than is expected");
}

fn assert_whole(read: &Read, size: Size) {
    let all = (size.users, size.groups, size.memberships);
    assert_eq!(
        (read.full, read.everything, read.told, read.incomplete.len()),
        (true, true, all, 0),
        "{read:?}"
    );
}

fn assert_near(read: &Read, size: Size, figures: &Figures) {
    let near = figures.is_near_what_is_needed(read.requests);
    assert!(near || size.users < LARGE, "not near what is needed: {figures:?}");
}

fn spelled(figures: &Figures) -> String {
    let (least, most) = (figures.needed.start(), figures.needed.end());
    if least == most {
        return least.to_string();
    }
    format!("{least} to {most}")
}

fn timed(took: Duration, floor: Option<Duration>) -> String {
    let Some(floor) = floor else {
        return "no published limits".to_owned();
    };
    let (took, floor) = (took.as_secs_f64(), floor.as_secs_f64());
    format!(
        "{took:.1} s by limits that make {floor:.1} s, ratio {:.2}",
        took / floor
    )
}
