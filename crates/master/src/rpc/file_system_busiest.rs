//! The calls that a busy master answers most: past the generated code, and on the task of their
//! connection when they wait for the journal.

use alluxio_proto::grpc::file::file_system_master_client_service_server::FileSystemMasterClientService;
use alluxio_rpc::RpcServerBuilder;

use super::FileSystemClientService;

/// Adds one method by its name in the protocol and its handler.
macro_rules! unary {
    ($builder:expr, $service:expr, $($path:literal => $method:ident),* $(,)?) => {
        $builder$(.unary(
            concat!("/alluxio.grpc.file.FileSystemMasterClientService/", $path),
            {
                let service = $service.clone();
                move |request| {
                    let service = service.clone();
                    async move { service.$method(request).await }
                }
            },
        ))*
    };
}

impl FileSystemClientService {
    /// Answers the methods that jobs call for every file. None of them computes for long between two
    /// waits: what is recursive lets go after each batch.
    ///
    /// # Panics
    /// When the builder has not got the service itself before.
    #[must_use]
    pub(crate) fn answer_busiest(&self, builder: RpcServerBuilder) -> RpcServerBuilder {
        unary!(builder, self,
            "GetStatus" => get_status,
            "CreateFile" => create_file,
            "CompleteFile" => complete_file,
            "GetNewBlockIdForFile" => get_new_block_id_for_file,
            "Rename" => rename,
            "Remove" => remove,
            "CreateDirectory" => create_directory,
            "Exists" => exists,
            "SetAttribute" => set_attribute,
        )
    }
}
