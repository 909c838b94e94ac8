//! Waiting for what happens in the background.

use std::time::Duration;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// How many looks there are: a slow machine gets half a minute.
const LOOKS: u32 = 3_000;

/// Looks again and again until `holds` is true.
///
/// # Panics
/// When it does not become true.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..LOOKS {
        if holds().await {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
    panic!("did not happen in time: {what}");
}
