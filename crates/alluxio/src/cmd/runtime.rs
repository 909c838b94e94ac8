//! The threads of a command.

/// The threads of a shell command: as many as there are processors.
pub(super) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .event_interval(alluxio_rpc::DATA_EVENT_INTERVAL)
        .enable_all()
        .build()
}
