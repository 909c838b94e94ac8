//! [`Script`]: the operations of a run, which do not depend on how the run goes.

use std::fmt;
use std::time::Duration;

use alluxio_common::{AlluxioPath, Clock, SystemClock};
use alluxio_crash::model::{InStore, Model, Operation, Sizes, next_operation};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::ground::GroundKind;
use crate::run::{self, Disagreement};

/// How many stores can be mounted.
pub(crate) const STORES: usize = 2;

/// How many clients there are.
pub(crate) const CLIENTS: usize = 2;

/// Small files: what matters is what happens to them.
const SIZES: Sizes = Sizes {
    usual: 100_000,
    large: 300_000,
};

/// A shorter script is looked for so long, whatever a run takes.
const SHORTENING: Duration = Duration::from_mins(1);

/// Who asks for what, in order.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) steps: Vec<(usize, Operation)>,
}

/// What the namespace is before a run.
pub(crate) fn beginning() -> Model {
    Model::new(AlluxioPath::root(), InStore::Yes, STORES)
}

impl Script {
    /// Operations that make sense one after the other.
    pub(crate) fn draw(seed: u64, length: usize) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut model = beginning();
        let steps = (0..length).map(|_| {
            let operation = next_operation(&mut rng, &model, SIZES);
            model.apply(&operation);
            (rng.random_range(0..CLIENTS), operation)
        });
        Self {
            steps: steps.collect(),
        }
    }

    fn without(&self, from: usize, count: usize) -> Self {
        let mut steps = self.steps.clone();
        steps.drain(from..(from + count).min(self.steps.len()));
        Self { steps }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (client, operation) in &self.steps {
            writeln!(f, "  client {client}: {operation}")?;
        }
        Ok(())
    }
}

/// Leaves out what the disagreement does not need: what follows it, then halves, quarters and so on
/// of what comes before.
pub(crate) async fn shorten(
    kind: GroundKind,
    mut script: Script,
    mut last: Disagreement,
) -> (Script, Disagreement) {
    script.steps.truncate(last.step + 1);
    let mut count = script.steps.len() / 2;
    let clock = SystemClock::new();
    while count > 0 && clock.monotonic() < SHORTENING {
        let mut from = 0;
        while from < script.steps.len() && clock.monotonic() < SHORTENING {
            let shorter = script.without(from, count);
            match run::run(kind, &shorter).await {
                Err(disagreement) => {
                    script = shorter;
                    script.steps.truncate(disagreement.step + 1);
                    last = disagreement;
                }
                Ok(()) => from += count,
            }
        }
        count /= 2;
    }
    (script, last)
}
