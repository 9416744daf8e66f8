//! A single-flight run of a collector callback, which several scrapes may wait for.

use crate::metric::Value;
use crate::unwind::IgnorePoison;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;

/// The series of a run, sorted by labels.
pub(super) type Values = Arc<[(Box<str>, Value<'static>)]>;

/// A run in progress, or its result.
#[derive(Debug, Default)]
pub(super) struct CollectorRun {
    state: Mutex<RunState>,
    done: Condvar,
}

#[derive(Clone, Debug, Default)]
enum RunState {
    #[default]
    Running,
    /// Still running after a scrape timed out: further scrapes do not wait.
    Late,
    /// Finished; `None` if the callback panicked.
    Done(Option<Values>),
}

impl CollectorRun {
    /// Completes the run with `values`, or with `None` if it failed.
    pub(super) fn finish(&self, values: Option<Values>) {
        *self.lock() = RunState::Done(values);
        self.done.notify_all();
    }

    /// Returns `true` if the run has finished.
    pub(super) fn is_done(&self) -> bool {
        matches!(*self.lock(), RunState::Done(_))
    }

    /// Waits until `deadline` for the series of the run; `None` if it fails or does not finish in time.
    pub(super) fn wait(&self, deadline: Instant) -> Option<Values> {
        let remaining = deadline.saturating_duration_since(Instant::now());
        let running = |state: &mut RunState| matches!(state, RunState::Running);
        let (mut state, timeout) = self.done.wait_timeout_while(self.lock(), remaining, running).ignore_poison();
        if timeout.timed_out() && running(&mut state) {
            *state = RunState::Late;
        }
        match &*state {
            RunState::Done(values) => values.clone(),
            RunState::Running | RunState::Late => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, RunState> {
        self.state.lock().ignore_poison()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn further_scrapes_do_not_wait_for_a_late_run() {
        let run = CollectorRun::default();
        assert_eq!(run.wait(Instant::now()), None);
        // Would block for a day if it waited.
        assert_eq!(run.wait(Instant::now() + Duration::from_secs(86_400)), None);
        assert!(!run.is_done());
        run.finish(Some(Values::from([("".into(), Value::Gauge(1.0))])));
        assert!(run.is_done());
        assert_eq!(run.wait(Instant::now()).as_deref(), Some(&[("".into(), Value::Gauge(1.0))][..]));
    }
}
