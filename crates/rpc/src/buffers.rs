//! The memory of buffers that come and go with block data.
//!
//! A process that moves block data frees a megabyte and wants one again all the time. The C library
//! gives so much back to the kernel at once, and the kernel clears every page that it hands out
//! anew: measured, a fifth of what receiving data costs.

#![expect(
    unsafe_code,
    reason = "the C library is told by calls that have no safe form"
)]

/// Blocks of memory below this size are kept for the next buffer: several of the largest messages.
const KEPT_BLOCK: libc::c_int = 8 << 20;

/// So much free memory at the end of a heap is kept.
const KEPT_END: libc::c_int = 16 << 20;

/// Has this process keep freed buffers for those that come next. To be called when it begins, by
/// processes that move block data.
pub fn keep_buffers() {
    #[cfg(target_env = "gnu")]
    // SAFETY: these calls set numbers of the allocator, under its own lock.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, KEPT_BLOCK);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_END);
    }
}

/// Gives back what is kept and not in use. Takes milliseconds at most; for quiet moments.
pub fn give_back_buffers() {
    #[cfg(target_env = "gnu")]
    // SAFETY: the call only returns pages to the kernel that no allocation uses, under the
    // allocator's own locks.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(all(test, target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn buffers_can_be_used_before_and_after() {
        keep_buffers();
        let before = vec![1_u8; 1 << 20];
        give_back_buffers();
        assert!(before.iter().all(|byte| *byte == 1));
        drop(before);
        give_back_buffers();
        assert_eq!(vec![2_u8; 1 << 20].len(), 1 << 20);
    }
}
