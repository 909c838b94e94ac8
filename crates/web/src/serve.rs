//! From a listener to answers.

use std::io;
use std::net::{SocketAddr, TcpListener};

use alluxio_common::Tasks;
use axum::Router;

/// Serves on this listener until the tasks stop, as a task of this name. Returns where.
///
/// # Errors
/// When the listener cannot be handed to the runtime.
pub fn serve(
    router: Router,
    listener: TcpListener,
    name: &'static str,
    tasks: &Tasks,
) -> io::Result<SocketAddr> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tasks.spawn(name, async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the web server ended");
        }
    });
    Ok(address)
}
