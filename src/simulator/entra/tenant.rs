//! The tenant as tests hold it: edits, truth, faults.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::Options;
use super::delta::Expired;
use super::edits::{Edit, EditError};
use super::faults::{Fault, Faults};
use super::generate::{Size, generate};
use super::permissions::{HIDDEN, Permissions};
use super::prng::Prng;
use super::signin::SignIn;
use super::token::Tokens;
use super::truth::Truth;
use super::world::{State, World};
use crate::clock::Busy;
use crate::simulator::quota::Quota;
use crate::simulator::time::Time;

/// Who may ask for tokens.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Differs between two starts.
    pub(crate) nonce: u64,
}

/// Everything that requests change.
#[derive(Debug)]
pub(crate) struct Inside {
    pub(crate) world: World,
    pub(crate) faults: Faults,
    pub(crate) tokens: Tokens,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    pub(crate) low_priority: u64,
    pub(crate) random: Prng,
    /// Which life of the delta tokens this is.
    pub(crate) life: u64,
    pub(crate) expired: Expired,
    pub(crate) sign_in: SignIn,
    pub(crate) permissions: Permissions,
    pub(crate) quota: Quota,
}

/// How often what was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Requests by kind, as faults name them; inner requests of a batch count under their kind as well.
    pub requests: BTreeMap<String, u64>,
    /// The most requests that were under way at once.
    pub peak: usize,
    /// How many requests to Graph came with `x-ms-throttle-priority: low`.
    pub low_priority: u64,
    /// How many requests were refused because there were too many; the inner ones of a batch each.
    pub throttled: u64,
}

/// The simulated tenant. Cheap to clone; all clones are the same tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    inside: Arc<Mutex<Inside>>,
    pub(crate) credentials: Arc<Credentials>,
    running: Arc<AtomicUsize>,
    peak: Arc<AtomicUsize>,
    busy: Arc<Busy>,
    /// By how many milliseconds every answer is late.
    late: Arc<AtomicU64>,
}

/// Counts a request as under way until it is dropped.
pub(crate) struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Tenant {
    /// A company of this size, for the doors of another provider; generated aside, since a large one takes seconds.
    ///
    /// # Errors
    /// When the runtime ends meanwhile.
    pub(crate) async fn generated(size: Size) -> std::io::Result<Self> {
        let options = Options {
            users: size.users,
            groups: size.groups,
            memberships: size.memberships,
            seed: size.seed,
            shape: size.shape,
            ..Options::default()
        };
        tokio::task::spawn_blocking(move || Self::new(&options, 0))
            .await
            .map_err(std::io::Error::other)
    }

    pub(crate) fn new(options: &Options, nonce: u64) -> Self {
        let Options {
            users,
            groups,
            memberships,
            seed,
            shape,
            ..
        } = *options;
        let inside = Inside {
            world: generate(Size {
                users,
                groups,
                memberships,
                seed,
                shape,
            }),
            faults: Faults::default(),
            tokens: Tokens::default(),
            counts: BTreeMap::new(),
            low_priority: 0,
            random: Prng::new(seed),
            life: nonce,
            expired: Expired::default(),
            sign_in: SignIn::default(),
            permissions: Permissions::default(),
            quota: Quota::default(),
        };
        let credentials = Credentials {
            tenant: options.tenant.clone(),
            client_id: options.client_id.clone(),
            client_secret: options.client_secret.clone(),
            nonce,
        };
        Self {
            inside: Arc::new(Mutex::new(inside)),
            credentials: Arc::new(credentials),
            running: Arc::default(),
            peak: Arc::default(),
            busy: Arc::default(),
            late: Arc::default(),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn enter(&self) -> UnderWay {
        let now = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(now, Ordering::SeqCst);
        UnderWay(Arc::clone(&self.running))
    }

    /// Does one edit; answers the id of the object (of the group, for memberships).
    pub fn edit(&self, edit: &Edit) -> Result<String, EditError> {
        self.lock().world.edit(edit)
    }

    /// What a complete, correct reader would see now.
    pub fn truth(&self) -> Truth {
        self.lock().world.truth()
    }

    /// How many users, groups, direct memberships there are.
    pub fn size(&self) -> (usize, usize, usize) {
        let world = &self.lock().world;
        let groups = world.groups.iter().filter(|group| group.state == State::Live);
        let (groups, memberships) = groups.fold((0, 0), |(count, sum), group| {
            (count + 1, sum + group.members.len())
        });
        (world.upns.len(), groups, memberships)
    }

    /// The queue of faults.
    pub fn faults(&self) -> FaultControl<'_> {
        FaultControl(self)
    }

    /// How often what was asked for.
    pub fn stats(&self) -> Stats {
        let inside = self.lock();
        let requests = inside
            .counts
            .iter()
            .map(|(kind, count)| ((*kind).to_owned(), *count))
            .collect();
        Stats {
            requests,
            peak: self.peak.load(Ordering::SeqCst),
            low_priority: inside.low_priority,
            throttled: inside.quota.refused,
        }
    }

    /// Counts from zero again.
    pub fn reset_stats(&self) {
        let mut inside = self.lock();
        inside.counts.clear();
        inside.low_priority = 0;
        inside.quota.refused = 0;
        drop(inside);
        self.peak.store(0, Ordering::SeqCst);
    }

    /// Makes every delta token given out so far expire, answered thus.
    pub fn expire_delta_tokens(&self, answer: Expired) {
        let mut inside = self.lock();
        inside.life = inside.life.wrapping_add(1);
        inside.expired = answer;
    }

    /// Registers a certificate (PEM) with the application.
    pub fn register_certificate(&self, pem: &str) {
        self.lock().sign_in.register(pem);
    }

    /// Trusts a token of another issuer.
    pub fn trust_token(&self, token: &str) {
        self.lock().sign_in.federated = Some(token.to_owned());
    }

    /// Lets secret and certificate expire.
    pub fn expire_credentials(&self) {
        self.lock().sign_in.expired = true;
    }

    /// Lets the account that reads in no more, under the number of Active Directory's: `532` expired password, `533` disabled,
    /// `701` at its end, `775` locked.
    pub fn end_account(&self, number: &'static str) {
        self.lock().sign_in.account_end = Some(number);
    }

    /// Takes a permission away from the application: `User.Read.All`, `view-users`, or a list that it may read: `users`, `groups`.
    pub fn revoke_permission(&self, name: &str) {
        let mut inside = self.lock();
        inside.permissions.revoked.insert(name.to_owned());
        inside.world.shows_hidden &= name != HIDDEN;
    }

    /// Grants one that is not usual: `Member.Read.Hidden`. Tokens given out do not tell it.
    pub fn grant_permission(&self, name: &str) {
        let mut inside = self.lock();
        inside.permissions.granted.insert(name.to_owned());
        inside.permissions.revoked.remove(name);
        inside.world.shows_hidden |= name == HIDDEN;
    }

    /// Takes the tenant's premium licence away.
    pub fn end_licence(&self) {
        self.lock().permissions.basic = true;
    }

    /// Withdraws the consent: the tenant does not know the application any more.
    pub fn withdraw_consent(&self) {
        self.lock().world.unconsented = true;
    }

    /// From now on it is as late as by the machine's clock, and so many milliseconds more.
    pub fn keep_time(&self, ahead: i64) {
        self.lock().world.time = Time::going(ahead);
    }

    /// From now on limits hold, so many percent of the published ones: those of Graph, Google and Okta. The others publish none.
    pub fn keep_quota(&self, percent: u32) {
        self.lock().quota = Quota::holding(percent);
    }

    /// From now on every answer comes so many milliseconds late.
    pub fn answer_late(&self, millis: u64) {
        self.late.store(millis, Ordering::SeqCst);
    }

    /// Whether somebody works for an answer; while one is only late nobody does.
    pub fn busy(&self) -> Arc<Busy> {
        Arc::clone(&self.busy)
    }

    /// Waits as long as an answer is late, by so many milliseconds more than all are.
    pub(crate) async fn delay(&self, millis: u64) {
        let late = self.late.load(Ordering::SeqCst).saturating_add(millis);
        if late > 0 {
            self.busy
                .wait(tokio::time::sleep(Duration::from_millis(late)))
                .await;
        }
    }

    /// Makes every access token given out so far void.
    pub fn revoke_access_tokens(&self) {
        self.lock().tokens.revoke_all();
    }
}

/// The queue of faults, to be changed.
#[derive(Clone, Copy, Debug)]
pub struct FaultControl<'a>(&'a Tenant);

impl FaultControl<'_> {
    /// Adds one.
    pub fn add(&self, fault: Fault) {
        self.0.lock().faults.add(fault);
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.0.lock().faults.clear();
    }

    /// Those that have not happened as often as asked.
    pub fn waiting(&self) -> Vec<Fault> {
        self.0.lock().faults.waiting()
    }
}
