//! What GitLab's background workers do: work whose time has come is done before the next request is answered, and
//! by a task of its own, so that deliveries leave without one. It follows the simulator's clock only.

use std::sync::Arc;
use std::time::Duration;

use crate::instance::Instance;
use crate::random::Dice;
use crate::resources;
use crate::state::{State, Work};
use crate::time_text::Moment;

/// How long background work waits for its turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Background {
    /// Thrown from the seed, between a quarter of a second and a few, depending on the kind of work
    /// (GitLab API facts §11.3, shortened).
    #[default]
    Seeded,
    /// Always that long. Zero does it with the request that asked for it.
    After(Duration),
}

impl Background {
    /// Nothing is ever left for later.
    pub const IMMEDIATE: Self = Self::After(Duration::ZERO);

    /// How long the next piece of work waits.
    pub(crate) fn delay(self, work: &Work, seed: u64, given: u64) -> Duration {
        match self {
            Self::After(delay) => delay,
            Self::Seeded => {
                let (least, most) = work.usual_millis();
                let thrown = Dice::new(seed ^ given.wrapping_mul(0x9e37)).below(most - least + 1);
                Duration::from_millis(least + thrown)
            }
        }
    }
}

impl Instance {
    /// Leaves work for later.
    pub(crate) fn later(&self, state: &mut State, now: Moment, work: Work) {
        let delay = self
            .background()
            .delay(&work, self.estate().seed, state.belongings.due.given());
        let moment = now.after(delay);
        state.belongings.due.at(moment, work);
    }

    /// Does all work that is due.
    pub(crate) fn catch_up(&self) {
        let now = self.now();
        // Work can make news of its own.
        while self.has_work(now) {
            let mut state = self.change();
            for letter in state.newsroom.take_letters() {
                self.later(&mut state, now, Work::Deliver(Box::new(letter)));
            }
            while let Some((moment, work)) = state.belongings.due.pop(now) {
                perform(self, &mut state, work, moment);
            }
        }
    }
}

/// Does one piece of work, as of the moment it was due.
fn perform(instance: &Instance, state: &mut State, work: Work, now: Moment) {
    match work {
        Work::ProtectDefaultBranch(id) => resources::protected_branches::protect_default(state, id, now),
        Work::RemoveGroup(id) => state.purge_group(id),
        Work::ExpireGroup(id, day) => state.expire_group(id, day, now),
        Work::TransferGroup(id, to, by) => state.finish_transfer(id, to, by, now),
        Work::RemoveUser { user, hard } => resources::remove_user(state, user, hard),
        Work::StartImport(id) => {
            if state.start_import(id) {
                instance.later(state, now, Work::FinishImport(id));
            }
        }
        Work::FinishImport(id) => {
            state.finish_import(id, now);
            instance.later(state, now, Work::ProtectDefaultBranch(id));
        }
        Work::TransferProject(id, to, by) => state.finish_project_transfer(id, to, by, now),
        Work::RemoveProject(id) => state.purge_project(id),
        Work::RemoveImages(project, id) => {
            state.belongings.images.remove(project, id);
        }
        Work::ExpireProject(id, day) => state.expire_project(id, day, now),
        Work::Deliver(letter) => instance.courier.take(*letter),
    }
}

/// Does what is due when no request comes along. Ends with the simulator.
pub(crate) async fn run(instance: Arc<Instance>) {
    loop {
        instance.catch_up();
        let changed = instance.work_given.notified();
        let wait = instance.until_work();
        let due = async {
            match wait {
                Some(wait) => instance.clock.sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = instance.stopping.cancelled() => return,
            () = changed => {}
            () = due => {}
        }
    }
}
