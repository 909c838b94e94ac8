//! New files of one block in the memory tier.

use alluxio_client::{DeleteOptions, Descend, MountPoints, UfsDelete};
use alluxio_common::{AlluxioPath, Clock, SystemClock};
use anyhow::Result;

use super::{From, LENGTH, Site, gigabytes, machine, write_file};
use crate::report::{Target, figure, median};
use crate::usage;

/// A client writes beside a program that writes plain files into the same file system.
pub(super) async fn run(site: &Site, from: From) -> Result<()> {
    let clock = SystemClock::new();
    let client = site.client(from)?;
    let plain_path = site.tier.path().join("plain");
    let (mut plain, mut written) = (Vec::new(), Vec::new());
    let (mut worker, mut own) = (Vec::new(), Vec::new());
    for round in 0..site.rounds {
        let started = clock.monotonic();
        machine::write_file(&plain_path)?;
        plain.push(gigabytes(LENGTH, clock.monotonic() - started));
        std::fs::remove_file(&plain_path)?;

        let path = AlluxioPath::parse(&format!("/written-{from:?}-{round}"))?;
        let (worker_before, own_before) =
            (site.worker.processor_time()?, usage::own_processor_time()?);
        let started = clock.monotonic();
        write_file(&client, &path).await?;
        written.push(gigabytes(LENGTH, clock.monotonic() - started));
        let per_gigabyte = |span: std::time::Duration| span.as_secs_f64() * 1e9 / LENGTH as f64;
        worker.push(per_gigabyte(site.worker.processor_time()? - worker_before));
        own.push(per_gigabyte(usage::own_processor_time()? - own_before));
        let delete = DeleteOptions {
            descend: Descend::No,
            ufs: UfsDelete::Checked,
            mount_points: MountPoints::Refuse,
        };
        client.delete(&path, delete).await?;
    }
    let (written, plain) = (median(written), median(plain));
    let (name, target) = match from {
        From::Near => ("local write, of a plain file", Target::AtLeast(0.6)),
        From::Far => ("remote write, of a plain file", Target::None),
    };
    let more = format!(
        "{written:.2} GB/s to durable metadata, plain file {plain:.2} GB/s; cores per GB/s: worker \
         {:.2}, client {:.2}",
        median(worker),
        median(own)
    );
    figure(name, written / plain, "ratio", target, &more);
    Ok(())
}
