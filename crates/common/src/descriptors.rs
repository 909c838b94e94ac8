//! How many descriptors a process may have, and how they are shared out.

use nix::sys::resource::{Resource, getrlimit};

/// This part of the descriptors that the process may have, at least one and at most so many: whoever keeps
/// no more leaves some to the others.
///
/// ```
/// assert_eq!(alluxio_common::share_of_descriptors(1, 7), 7);
/// ```
pub fn share_of_descriptors(part: u64, most: usize) -> usize {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(soft, _hard)| soft);
    usize::try_from(limit / part)
        .unwrap_or(usize::MAX)
        .clamp(1, most)
}
