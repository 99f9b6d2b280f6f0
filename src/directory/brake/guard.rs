//! The brake itself: an edit that takes too much away is declined by the writer, on its own draft.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::holding::{Holding, Standing};
use super::losses::{Losses, Thing};
use super::window::{Charge, HOUR, Window};
use super::{kept, protected};
use crate::clock::Clock;
use crate::directory::edit::{Edit, EditError};
use crate::directory::limits::Limits;
use crate::directory::snapshot::Snapshot;
use crate::directory::writer::{Applied, Directory, DirectoryError};
use crate::model::{Change, ExternalId, GroupId};

/// The brake of one directory.
pub struct Brake {
    pub(super) directory: Arc<Directory>,
    limits: Limits,
    pub(super) clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    window: Window,
    standing: Standing,
}

/// Why a push was not done.
#[derive(Debug)]
pub enum Braked<E> {
    /// The decision was not to; in the decider's own words.
    Declined(E),
    /// It takes away what is held.
    Held(Holding),
}

impl Brake {
    /// The brake of a directory as it stood when throng ended; losses of before are not counted.
    ///
    /// # Errors
    /// What the store says.
    pub async fn open(
        directory: &Arc<Directory>,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, DirectoryError> {
        let now = clock.now();
        let standing = kept::read(directory, now).await?;
        let window = Window::new(directory.snapshot(), now);
        let state = State { window, standing };
        let brake = Self {
            directory: Arc::clone(directory),
            limits,
            clock,
            state: Mutex::new(state),
        };
        for holding in brake.standing().holdings() {
            brake.alert(holding);
        }
        Ok(Arc::new(brake))
    }

    /// Whose it is.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        self.state().standing.clone()
    }

    /// How many users, groups and memberships that were there an hour ago were lost since.
    pub fn lost(&self) -> [u64; 3] {
        self.state().window.lost()
    }

    /// Carries an edit out as [`Directory::edit`] does, unless it takes too much away.
    ///
    /// # Errors
    /// As there; [`Braked`] where it was declined.
    pub async fn edit<T, E>(
        self: &Arc<Self>,
        decide: impl FnOnce(&Snapshot) -> Result<(Edit, T), E> + Send + 'static,
    ) -> Result<(Applied, T), EditError<Braked<E>>>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let brake = Arc::clone(self);
        let charged = Arc::new(Mutex::new(None));
        let telling = Arc::clone(&charged);
        let decide = move |snapshot: &Snapshot| {
            let (edit, answer) = decide(snapshot).map_err(Braked::Declined)?;
            let charge = brake.judge(snapshot, &edit.changes).map_err(Braked::Held)?;
            *telling.lock().unwrap_or_else(PoisonError::into_inner) = Some(charge);
            Ok((edit, answer))
        };
        let outcome = self.directory.edit(decide).await;
        let charge = charged.lock().unwrap_or_else(PoisonError::into_inner).take();
        match &outcome {
            Ok(_) => {}
            Err(EditError::Declined(Braked::Held(holding))) => self.keep(holding).await,
            Err(_) => {
                if let Some(charge) = charge {
                    self.state().window.undo(charge);
                }
            }
        }
        outcome
    }

    pub(super) fn state_with<T>(&self, with: impl FnOnce(&mut Standing) -> T) -> T {
        with(&mut self.state().standing)
    }

    /// Lets everything through for an hour, and forgets what was lost.
    pub(super) fn open_up(&self, now: i64) -> Standing {
        let mut state = self.state();
        state.window.forgive();
        state.standing = Standing {
            open_until: now + HOUR,
            ..Standing::default()
        };
        state.standing.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge(&self, snapshot: &Snapshot, changes: &[Change]) -> Result<Charge, Holding> {
        let now = self.clock.now();
        let mut state = self.state();
        state.window.move_on(snapshot, now);
        if now < state.standing.open_until {
            return Ok(Charge::default());
        }
        let losses = Losses::of(snapshot, changes);
        if let Some((group, reason)) = protected::breach(&self.limits, snapshot, changes, &losses) {
            return Err(self.hold_group(&mut state, group, reason));
        }
        if let Some(holding) = state.holding(snapshot, &losses, now) {
            return Err(holding);
        }
        let charge = state.window.charge(&losses, now);
        if losses.lost.is_empty() {
            return Ok(charge);
        }
        if let Some(reason) = state.window.breach(&self.limits) {
            state.window.undo(charge);
            let holding = Holding { since: now, reason };
            self.alert(&holding);
            state.standing.untold.insert(holding.reason.clone());
            state.standing.held = Some(holding.clone());
            return Err(holding);
        }
        for group in &losses.shrunk {
            if let Some(reason) = state.window.emptied(*group) {
                state.window.undo(charge);
                let group = snapshot.group_external(*group).cloned();
                return Err(self.hold_group(&mut state, group.unwrap_or_else(|| "".into()), reason));
            }
        }
        Ok(charge)
    }

    fn hold_group(&self, state: &mut State, group: ExternalId, reason: String) -> Holding {
        let Standing { groups, untold, .. } = &mut state.standing;
        let holding = groups.entry(group).or_insert_with(|| {
            let since = self.clock.now();
            let holding = Holding { since, reason };
            self.alert(&holding);
            untold.insert(holding.reason.clone());
            holding
        });
        holding.clone()
    }

    fn alert(&self, holding: &Holding) {
        let (directory, reason) = (self.directory.id(), &holding.reason);
        tracing::error!(
            %directory, code = "SCIM_HELD",
            "losses pushed to `{directory}` are held: {reason}; hint: look at the identity provider; if they are wanted, \
             POST /api/v1/directories/{directory}/release"
        );
    }
}

impl State {
    /// What holds the losses of a push.
    fn holding(&self, snapshot: &Snapshot, losses: &Losses, now: i64) -> Option<Holding> {
        if !self.standing.holds() || !self.window.costs(losses, now) {
            return None;
        }
        if let Some(holding) = &self.standing.held {
            return Some(holding.clone());
        }
        let removed = losses.lost.iter().filter_map(|thing| match thing {
            Thing::Group(id) => Some(GroupId(*id)),
            _ => None,
        });
        let mut groups = losses.shrunk.iter().copied().chain(removed);
        groups.find_map(|id| self.standing.groups.get(snapshot.group_external(id)?).cloned())
    }
}
