//! Running blocking file work from async code.

/// Runs `work` on a thread that may block, and waits for it without blocking.
///
/// # Panics
/// When `work` does.
pub(crate) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Blocking work is only cancelled when the runtime itself is being torn down, and then
            // nobody polls this future again.
            Err(_runtime_ends) => std::future::pending().await,
        },
    }
}
