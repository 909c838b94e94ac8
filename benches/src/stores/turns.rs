//! [`Turns`]: the same bytes through the worker and by plain requests, in turns, and what either
//! takes.

use std::time::Duration;

use alluxio_common::{Clock, SystemClock};
use anyhow::Result;

use super::Site;
use crate::child::Child;
use crate::data::gigabytes;
use crate::report::{Target, figure, median};
use crate::usage;

/// What the rounds took.
pub(super) struct Turns<'a> {
    site: &'a Site,
    worker: &'a Child,
    /// What one round moves.
    bytes: u64,
    ours: Vec<f64>,
    plain: Vec<f64>,
    plain_cores: Vec<f64>,
    store_cores: Vec<f64>,
    worker_cores: Vec<f64>,
    own_cores: Vec<f64>,
}

/// Processor time so far.
struct Used {
    store: Duration,
    worker: Duration,
    own: Duration,
}

impl<'a> Turns<'a> {
    pub(super) fn new(site: &'a Site, worker: &'a Child, bytes: u64) -> Self {
        Self {
            site,
            worker,
            bytes,
            ours: Vec::new(),
            plain: Vec::new(),
            plain_cores: Vec::new(),
            store_cores: Vec::new(),
            worker_cores: Vec::new(),
            own_cores: Vec::new(),
        }
    }

    /// One round. Whoever comes second may find more in the caches of the machine, so that each is
    /// second in every other round.
    pub(super) async fn round(
        &mut self,
        ours: impl Future<Output = Result<()>>,
        plain: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        if self.ours.len().is_multiple_of(2) {
            self.plain(plain).await?;
            self.ours(ours).await
        } else {
            self.ours(ours).await?;
            self.plain(plain).await
        }
    }

    async fn plain(&mut self, work: impl Future<Output = Result<()>>) -> Result<()> {
        let before = self.used()?;
        let clock = SystemClock::new();
        work.await?;
        self.plain.push(gigabytes(self.bytes, clock.monotonic()));
        let after = self.used()?;
        let both = after.store + after.own - before.store - before.own;
        self.plain_cores.push(self.cores(both));
        Ok(())
    }

    async fn ours(&mut self, work: impl Future<Output = Result<()>>) -> Result<()> {
        let before = self.used()?;
        let clock = SystemClock::new();
        work.await?;
        self.ours.push(gigabytes(self.bytes, clock.monotonic()));
        let after = self.used()?;
        let store = self.cores(after.store - before.store);
        let worker = self.cores(after.worker - before.worker);
        let own = self.cores(after.own - before.own);
        self.store_cores.push(store);
        self.worker_cores.push(worker);
        self.own_cores.push(own);
        Ok(())
    }

    fn used(&self) -> Result<Used> {
        Ok(Used {
            store: self.site.store.processor_time()?,
            worker: self.worker.processor_time()?,
            own: usage::own_processor_time()?,
        })
    }

    /// Per GB/s.
    fn cores(&self, used: Duration) -> f64 {
        used.as_secs_f64() * 1e9 / self.bytes as f64
    }

    /// Prints the ratio, and what it is made of.
    pub(super) fn show(self, name: &str, target: Target) {
        let ratio = self.ours.iter().zip(&self.plain);
        let ratio = ratio.map(|(ours, plain)| ours / plain).collect();
        let more = format!(
            "{:.2} GB/s, plain {:.2} GB/s; cores per GB/s: store {:.2}, worker {:.2}, client \
             {:.2}; plain, both {:.2}",
            median(self.ours),
            median(self.plain),
            median(self.store_cores),
            median(self.worker_cores),
            median(self.own_cores),
            median(self.plain_cores)
        );
        figure(name, median(ratio), "ratio", target, &more);
    }
}
