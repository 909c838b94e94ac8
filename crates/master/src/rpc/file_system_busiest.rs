//! The calls that a busy master answers most: past the generated code, and on the task of their
//! connection when they wait for the journal. Answers that hold a `FileInfo` are written without
//! making that message first.

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::file as pb;
use alluxio_proto::grpc::file::file_system_master_client_service_server::FileSystemMasterClientService;
use alluxio_rpc::RpcServerBuilder;
use tonic::Request;

use super::FileSystemClientService;
use super::client_call::Answer;
use super::file_info_wire::FileInfoMessage;
use super::file_system_options as options;
use crate::file_system::StatusView;

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
            "GetStatus" => get_status_bytes,
            "CreateFile" => create_file_bytes,
            "CompleteFile" => complete_file,
            "GetNewBlockIdForFile" => get_new_block_id_for_file,
            "Rename" => rename,
            "Remove" => remove,
            "CreateDirectory" => create_directory,
            "Exists" => exists,
            "SetAttribute" => set_attribute,
        )
    }

    async fn get_status_bytes(
        &self,
        request: Request<pb::GetStatusPRequest>,
    ) -> Answer<FileInfoMessage> {
        self.show_status(request, FileInfoMessage::of).await
    }

    async fn create_file_bytes(
        &self,
        request: Request<pb::CreateFilePRequest>,
    ) -> Answer<FileInfoMessage> {
        self.create_and_show(request, FileInfoMessage::of).await
    }

    /// Answers the question for the status of a path with what `show` makes of it.
    pub(super) async fn show_status<T>(
        &self,
        request: Request<pb::GetStatusPRequest>,
        show: impl FnOnce(&StatusView<'_>) -> T + Send,
    ) -> Answer<T> {
        let options = request.get_ref().options.unwrap_or_default();
        let names = ("GetStatus", "getFileInfo");
        let incoming = self
            .enter(&request, options.common_options.as_ref(), names)
            .await?;
        let path = request.into_inner().path.unwrap_or_default();
        let result = async {
            let options = options::get_status(&options);
            let path = AlluxioPath::parse(&path)?;
            self.master
                .visit_status(&incoming.request, &path, options, show)
                .await
        };
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    /// Creates a file, and answers with what `show` makes of its status.
    pub(super) async fn create_and_show<T: Send + 'static>(
        &self,
        request: Request<pb::CreateFilePRequest>,
        show: impl FnOnce(&StatusView<'_>) -> T + Send + 'static,
    ) -> Answer<T> {
        let common = request
            .get_ref()
            .options
            .as_ref()
            .and_then(|o| o.common_options);
        let names = ("CreateFile", "createFile");
        let incoming = self.enter(&request, common.as_ref(), names).await?;
        let message = request.into_inner();
        let path = message.path.unwrap_or_default();
        let at = path.clone();
        let result = self.change(
            "create file",
            &incoming.request,
            |master, request| async move {
                let options = options::create_file(message.options.unwrap_or_default());
                let path = AlluxioPath::parse(&at)?;
                let id = master.create_file_id(&request, &path, options).await?;
                master.visit_inode(id, show)
            },
        );
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }
}
