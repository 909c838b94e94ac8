//! `FileSystemMasterClientService`: what clients ask of the namespace. Every method translates.

use alluxio_common::{AlluxioPath, InodeId, UfsPath};
use alluxio_proto::grpc::file as pb;
use alluxio_proto::grpc::file::file_system_master_client_service_server::FileSystemMasterClientService;
use alluxio_rpc::Call;
use futures::StreamExt;
use prost::Message;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::client_call::{Answer, FileSystemClientService};
use super::file_info::file_info;
use super::file_system_options as options;
use crate::error::FileSystemError;
use crate::file_system::{AskStores, FreeOptions, RenameOptions, SetAcl};
use crate::journal_entry::UfsMode;

#[tonic::async_trait]
impl FileSystemMasterClientService for FileSystemClientService {
    async fn check_access(
        &self,
        request: Request<pb::CheckAccessPRequest>,
    ) -> Answer<pb::CheckAccessPResponse> {
        let options = request.get_ref().options.unwrap_or_default();
        let names = ("CheckAccess", "checkAccess");
        let incoming = self
            .enter(&request, options.common_options.as_ref(), names)
            .await?;
        let path = request.into_inner().path.unwrap_or_default();
        let result = async {
            let access = options::access(options.bits);
            let path = AlluxioPath::parse(&path)?;
            self.master
                .check_access(&incoming.request, &path, access)
                .await?;
            Ok(pb::CheckAccessPResponse {})
        };
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn check_consistency(
        &self,
        request: Request<pb::CheckConsistencyPRequest>,
    ) -> Answer<pb::CheckConsistencyPResponse> {
        let common = request.get_ref().options.and_then(|o| o.common_options);
        let names = ("CheckConsistency", "checkConsistency");
        let incoming = self.enter(&request, common.as_ref(), names).await?;
        let path = request.into_inner().path.unwrap_or_default();
        let result = async {
            let path = AlluxioPath::parse(&path)?;
            let differing = self.master.check_consistency(&incoming.request, &path);
            let differing = differing.await?.into_iter();
            Ok(pb::CheckConsistencyPResponse {
                inconsistent_paths: differing.map(|path| path.to_string()).collect(),
            })
        };
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn exists(&self, request: Request<pb::ExistsPRequest>) -> Answer<pb::ExistsPResponse> {
        let options = request.get_ref().options.unwrap_or_default();
        let names = ("Exists", "exists");
        let incoming = self
            .enter(&request, options.common_options.as_ref(), names)
            .await?;
        let path = request.into_inner().path.unwrap_or_default();
        let result = async {
            let load = options::load_metadata(options.load_metadata_type);
            let path = AlluxioPath::parse(&path)?;
            let exists = self.master.exists(&incoming.request, &path, load).await?;
            Ok(pb::ExistsPResponse {
                exists: Some(exists),
            })
        };
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn complete_file(
        &self,
        request: Request<pb::CompleteFilePRequest>,
    ) -> Answer<pb::CompleteFilePResponse> {
        let common = request
            .get_ref()
            .options
            .as_ref()
            .and_then(|o| o.common_options);
        let names = ("CompleteFile", "completeFile");
        let incoming = self.enter(&request, common.as_ref(), names).await?;
        let message = request.into_inner();
        let path = message.path.unwrap_or_default();
        let at = path.clone();
        let result = self.change(
            "complete file",
            &incoming.request,
            |master, request| async move {
                let options = options::complete_file(&message.options.unwrap_or_default());
                let path = AlluxioPath::parse(&at)?;
                master.complete_file(&request, &path, options).await?;
                Ok(pb::CompleteFilePResponse {})
            },
        );
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn create_directory(
        &self,
        request: Request<pb::CreateDirectoryPRequest>,
    ) -> Answer<pb::CreateDirectoryPResponse> {
        let common = request
            .get_ref()
            .options
            .as_ref()
            .and_then(|o| o.common_options);
        let names = ("CreateDirectory", "mkdir");
        let incoming = self.enter(&request, common.as_ref(), names).await?;
        let message = request.into_inner();
        let path = message.path.unwrap_or_default();
        let at = path.clone();
        let result = self.change(
            "create directory",
            &incoming.request,
            |master, request| async move {
                let options = options::create_directory(message.options.unwrap_or_default());
                let path = AlluxioPath::parse(&at)?;
                master.create_directory(&request, &path, options).await?;
                Ok(pb::CreateDirectoryPResponse {})
            },
        );
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn create_file(
        &self,
        request: Request<pb::CreateFilePRequest>,
    ) -> Answer<pb::CreateFilePResponse> {
        let created = self.create_and_show(request, file_info).await?;
        Ok(created.map(|info| pb::CreateFilePResponse {
            file_info: Some(info),
        }))
    }

    async fn free(&self, request: Request<pb::FreePRequest>) -> Answer<pb::FreePResponse> {
        let options = request.get_ref().options.unwrap_or_default();
        let incoming = self
            .enter(&request, options.common_options.as_ref(), ("Free", "free"))
            .await?;
        let path = request.into_inner().path.unwrap_or_default();
        let result = async {
            let options = FreeOptions {
                recursive: options.recursive(),
                forced: options.forced(),
            };
            let path = AlluxioPath::parse(&path)?;
            self.master.free(&incoming.request, &path, options).await?;
            Ok(pb::FreePResponse {})
        };
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn get_file_path(
        &self,
        request: Request<pb::GetFilePathPRequest>,
    ) -> Answer<pb::GetFilePathPResponse> {
        let call = Call::start("GetFilePath", &*self.clock);
        let id = InodeId::from_raw(request.get_ref().file_id());
        call.answer(
            self.master
                .file_path(id)
                .map(|path| pb::GetFilePathPResponse {
                    path: Some(path.to_string()),
                }),
        )
    }

    async fn get_mount_table(
        &self,
        request: Request<pb::GetMountTablePRequest>,
    ) -> Answer<pb::GetMountTablePResponse> {
        // Unset means yes.
        let ask = match request.get_ref().check_ufs {
            Some(false) => AskStores::No,
            Some(true) | None => AskStores::Yes,
        };
        let mounts = self.master.mount_table(ask).await;
        let mount_points = mounts.into_iter().map(|mount| {
            let info = pb::MountPointInfo {
                ufs_uri: Some(mount.ufs_uri),
                ufs_type: Some(mount.ufs_kind.to_owned()),
                ufs_capacity_bytes: Some(mount.space.capacity_or_minus_one()),
                ufs_used_bytes: Some(mount.space.used_or_minus_one()),
                read_only: Some(mount.read_only),
                properties: mount.properties,
                shared: Some(mount.shared),
                mount_id: Some(mount.mount_id.raw()),
            };
            (mount.path.to_string(), info)
        });
        Ok(Response::new(pb::GetMountTablePResponse {
            mount_points: mount_points.collect(),
        }))
    }

    async fn get_sync_path_list(
        &self,
        _request: Request<pb::GetSyncPathListPRequest>,
    ) -> Answer<pb::GetSyncPathListPResponse> {
        Ok(Response::new(pb::GetSyncPathListPResponse::default()))
    }

    async fn get_new_block_id_for_file(
        &self,
        request: Request<pb::GetNewBlockIdForFilePRequest>,
    ) -> Answer<pb::GetNewBlockIdForFilePResponse> {
        let options = request.get_ref().options.unwrap_or_default();
        let common = options.common_options.as_ref();
        let names = ("GetNewBlockIdForFile", "getNewBlockIdForFile");
        let incoming = self.enter(&request, common, names).await?;
        let path = request.into_inner().path.unwrap_or_default();
        let result = async {
            let path = AlluxioPath::parse(&path)?;
            let file = options.file_id.map(InodeId::from_raw);
            let given = self.master.new_block_id(&incoming.request, &path, file);
            let id = given.await?;
            Ok(pb::GetNewBlockIdForFilePResponse { id: Some(id.raw()) })
        };
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn get_status(
        &self,
        request: Request<pb::GetStatusPRequest>,
    ) -> Answer<pb::GetStatusPResponse> {
        let shown = self.show_status(request, file_info).await?;
        Ok(shown.map(|info| pb::GetStatusPResponse {
            file_info: Some(info),
        }))
    }

    async fn list_status(
        &self,
        request: Request<pb::ListStatusPRequest>,
    ) -> Answer<BoxStream<pb::ListStatusPResponse>> {
        let messages = self.list_status_messages(request).await?.into_inner();
        let decoded = messages.map(|message| {
            pb::ListStatusPResponse::decode(&*message?)
                .map_err(|error| Status::internal(error.to_string()))
        });
        Ok(Response::new(decoded.boxed()))
    }

    async fn list_status_partial(
        &self,
        request: Request<pb::ListStatusPartialPRequest>,
    ) -> Answer<pb::ListStatusPartialPResponse> {
        let given = request.get_ref().options.as_ref();
        let common = given.and_then(|o| o.options).and_then(|o| o.common_options);
        let names = ("ListStatusPartial", "listStatus");
        let incoming = self.enter(&request, common.as_ref(), names).await?;
        let message = request.into_inner();
        let path = message.path().to_owned();
        let result = self.list_partial(&incoming.request, message).await;
        self.leave(incoming, (&path, None), result)
    }

    async fn mount(&self, request: Request<pb::MountPRequest>) -> Answer<pb::MountPResponse> {
        let common = request
            .get_ref()
            .options
            .as_ref()
            .and_then(|o| o.common_options);
        let incoming = self
            .enter(&request, common.as_ref(), ("Mount", "mount"))
            .await?;
        let message = request.into_inner();
        let given = message.clone();
        let result = self.change("mount", &incoming.request, |master, request| async move {
            let path = options::mount_path(given.alluxio_path())?;
            let mount = options::mount_request(given)?;
            master.mount(&request, &path, &mount).await
        });
        let result = result.await;
        let path = message.alluxio_path.unwrap_or_default();
        self.leave(
            incoming,
            (&path, None),
            result.map(|()| pb::MountPResponse {}),
        )
    }

    async fn needs_sync(
        &self,
        request: Request<pb::NeedsSyncRequest>,
    ) -> Answer<pb::NeedsSyncResponse> {
        let call = Call::start("NeedsSync", &*self.clock);
        let path = AlluxioPath::parse(&request.get_ref().path);
        let marked = path.map(|path| {
            self.master.needs_sync(&path);
            pb::NeedsSyncResponse {}
        });
        call.answer(marked.map_err(FileSystemError::from))
    }

    async fn remove(&self, request: Request<pb::DeletePRequest>) -> Answer<pb::DeletePResponse> {
        let options = request.get_ref().options.unwrap_or_default();
        let names = ("Remove", "delete");
        let incoming = self
            .enter(&request, options.common_options.as_ref(), names)
            .await?;
        let path = request.into_inner().path.unwrap_or_default();
        let at = path.clone();
        let result = self.change("delete", &incoming.request, |master, request| async move {
            let options = options::delete(&options);
            let path = AlluxioPath::parse(&at)?;
            master.delete(&request, &path, options).await?;
            Ok(pb::DeletePResponse {})
        });
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn rename(&self, request: Request<pb::RenamePRequest>) -> Answer<pb::RenamePResponse> {
        let options = request.get_ref().options.unwrap_or_default();
        let names = ("Rename", "rename");
        let incoming = self
            .enter(&request, options.common_options.as_ref(), names)
            .await?;
        let message = request.into_inner();
        let (path, target) = (
            message.path.unwrap_or_default(),
            message.dst_path.unwrap_or_default(),
        );
        let at = (path.clone(), target.clone());
        let result = self.change("rename", &incoming.request, |master, request| async move {
            let syntax = options.s3_syntax_options.unwrap_or_default();
            let how = RenameOptions {
                persist: options.persist(),
                overwrite: syntax.overwrite(),
            };
            let (from, to) = (AlluxioPath::parse(&at.0)?, AlluxioPath::parse(&at.1)?);
            master.rename(&request, &from, &to, how).await?;
            Ok(pb::RenamePResponse {})
        });
        let result = result.await;
        self.leave(incoming, (&path, Some(&target)), result)
    }

    async fn reverse_resolve(
        &self,
        request: Request<pb::ReverseResolvePRequest>,
    ) -> Answer<pb::ReverseResolvePResponse> {
        let call = Call::start("ReverseResolve", &*self.clock);
        let found = UfsPath::parse(request.get_ref().ufs_uri())
            .map_err(FileSystemError::from)
            .and_then(|ufs| self.master.reverse_resolve(&ufs));
        call.answer(found.map(|path| pb::ReverseResolvePResponse {
            alluxio_path: Some(path.to_string()),
        }))
    }

    async fn schedule_async_persistence(
        &self,
        request: Request<pb::ScheduleAsyncPersistencePRequest>,
    ) -> Answer<pb::ScheduleAsyncPersistencePResponse> {
        let options = request.get_ref().options.unwrap_or_default();
        let names = ("ScheduleAsyncPersistence", "scheduleAsyncPersist");
        let incoming = self
            .enter(&request, options.common_options.as_ref(), names)
            .await?;
        let path = request.into_inner().path.unwrap_or_default();
        let result = async {
            let pause = options::persist_pause(&options).unwrap_or_default();
            let path = AlluxioPath::parse(&path)?;
            self.master
                .schedule_persist(&incoming.request, &path, pause)
                .await?;
            Ok(pb::ScheduleAsyncPersistencePResponse {})
        };
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn set_acl(&self, request: Request<pb::SetAclPRequest>) -> Answer<pb::SetAclPResponse> {
        let options = request.get_ref().options.unwrap_or_default();
        let names = ("SetAcl", "setAcl");
        let incoming = self
            .enter(&request, options.common_options.as_ref(), names)
            .await?;
        let message = request.into_inner();
        let result = async {
            let path = AlluxioPath::parse(message.path())?;
            let entries: Result<Vec<_>, _> =
                message.entries.iter().map(options::acl_entry).collect();
            let change = SetAcl {
                action: options::set_acl_action(message.action()),
                entries: entries?,
                recursive: options.recursive(),
            };
            self.master
                .set_acl(&incoming.request, &path, &change)
                .await?;
            Ok(pb::SetAclPResponse {})
        };
        let result = result.await;
        self.leave(incoming, (message.path(), None), result)
    }

    async fn set_attribute(
        &self,
        request: Request<pb::SetAttributePRequest>,
    ) -> Answer<pb::SetAttributePResponse> {
        let given = request.get_ref().options.as_ref();
        let command = given.map_or("setAttribute", options::attribute_command);
        let common = given.and_then(|options| options.common_options);
        let incoming = self
            .enter(&request, common.as_ref(), ("SetAttribute", command))
            .await?;
        let message = request.into_inner();
        let path = message.path.unwrap_or_default();
        let at = path.clone();
        let result = self.change(
            "set attribute",
            &incoming.request,
            |master, request| async move {
                let options = options::set_attribute(message.options.unwrap_or_default());
                let path = AlluxioPath::parse(&at)?;
                master.set_attribute(&request, &path, options).await?;
                Ok(pb::SetAttributePResponse {})
            },
        );
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn start_sync(
        &self,
        request: Request<pb::StartSyncPRequest>,
    ) -> Answer<pb::StartSyncPResponse> {
        let names = ("StartSync", "startSync");
        let incoming = self.enter(&request, None, names).await?;
        let path = request.into_inner().path.unwrap_or_default();
        let result = AlluxioPath::parse(&path).map_err(FileSystemError::from);
        let result = result.and_then(|at| self.master.refuse_active_sync(&incoming.request, &at));
        self.leave(
            incoming,
            (&path, None),
            result.map(|()| pb::StartSyncPResponse {}),
        )
    }

    async fn stop_sync(
        &self,
        request: Request<pb::StopSyncPRequest>,
    ) -> Answer<pb::StopSyncPResponse> {
        let names = ("StopSync", "stopSync");
        let incoming = self.enter(&request, None, names).await?;
        let path = request.into_inner().path.unwrap_or_default();
        let result = match AlluxioPath::parse(&path) {
            Ok(path) => Err(FileSystemError::NotASyncPoint { path }),
            Err(error) => Err(error.into()),
        };
        self.leave(incoming, (&path, None), result)
    }

    async fn unmount(&self, request: Request<pb::UnmountPRequest>) -> Answer<pb::UnmountPResponse> {
        let common = request.get_ref().options.and_then(|o| o.common_options);
        let incoming = self
            .enter(&request, common.as_ref(), ("Unmount", "unmount"))
            .await?;
        let path = request.into_inner().alluxio_path.unwrap_or_default();
        let at = path.clone();
        let result = self.change("unmount", &incoming.request, |master, request| async move {
            let path = options::mount_path(&at)?;
            master.unmount(&request, &path).await?;
            Ok(pb::UnmountPResponse {})
        });
        let result = result.await;
        self.leave(incoming, (&path, None), result)
    }

    async fn update_mount(
        &self,
        request: Request<pb::UpdateMountPRequest>,
    ) -> Answer<pb::UpdateMountPResponse> {
        let common = request
            .get_ref()
            .options
            .as_ref()
            .and_then(|o| o.common_options);
        let names = ("UpdateMount", "updateMount");
        let incoming = self.enter(&request, common.as_ref(), names).await?;
        let message = request.into_inner();
        let result = async {
            let path = options::mount_path(message.alluxio_path())?;
            let options = options::mount(&message.options.clone().unwrap_or_default());
            self.master
                .update_mount(&incoming.request, &path, &options)
                .await?;
            Ok(pb::UpdateMountPResponse {})
        };
        let result = result.await;
        self.leave(incoming, (message.alluxio_path(), None), result)
    }

    async fn update_ufs_mode(
        &self,
        request: Request<pb::UpdateUfsModePRequest>,
    ) -> Answer<pb::UpdateUfsModePResponse> {
        let names = ("UpdateUfsMode", "updateUfsMode");
        let incoming = self.enter(&request, None, names).await?;
        let message = request.into_inner();
        let mode = match message.options.unwrap_or_default().ufs_mode() {
            pb::UfsPMode::NoAccess => UfsMode::NoAccess,
            pb::UfsPMode::ReadOnly => UfsMode::ReadOnly,
            pb::UfsPMode::ReadWrite => UfsMode::ReadWrite,
        };
        let result = async {
            let ufs = UfsPath::parse(message.ufs_path())?;
            self.master
                .update_ufs_mode(&incoming.request, &ufs, mode)
                .await?;
            Ok(pb::UpdateUfsModePResponse {})
        };
        let result = result.await;
        self.leave(incoming, (message.ufs_path(), None), result)
    }

    async fn get_state_lock_holders(
        &self,
        _request: Request<pb::GetStateLockHoldersPRequest>,
    ) -> Answer<pb::GetStateLockHoldersPResponse> {
        // There is no lock that one call holds against all others.
        Ok(Response::new(pb::GetStateLockHoldersPResponse::default()))
    }

    async fn submit_job(
        &self,
        _request: Request<pb::SubmitJobPRequest>,
    ) -> Answer<pb::SubmitJobPResponse> {
        self.refuse("SubmitJob", "submitting load and copy jobs")
    }

    async fn stop_job(
        &self,
        _request: Request<pb::StopJobPRequest>,
    ) -> Answer<pb::StopJobPResponse> {
        self.refuse("StopJob", "stopping load and copy jobs")
    }

    async fn get_job_progress(
        &self,
        _request: Request<pb::GetJobProgressPRequest>,
    ) -> Answer<pb::GetJobProgressPResponse> {
        self.refuse("GetJobProgress", "the progress of load and copy jobs")
    }

    async fn sync_metadata(
        &self,
        _request: Request<pb::SyncMetadataPRequest>,
    ) -> Answer<pb::SyncMetadataPResponse> {
        self.refuse("SyncMetadata", "metadata sync by task")
    }

    async fn sync_metadata_async(
        &self,
        _request: Request<pb::SyncMetadataPRequest>,
    ) -> Answer<pb::SyncMetadataAsyncPResponse> {
        self.refuse("SyncMetadataAsync", "metadata sync by task")
    }

    async fn get_sync_progress(
        &self,
        _request: Request<pb::GetSyncProgressPRequest>,
    ) -> Answer<pb::GetSyncProgressPResponse> {
        self.refuse("GetSyncProgress", "metadata sync by task")
    }

    async fn cancel_sync_metadata(
        &self,
        _request: Request<pb::CancelSyncMetadataPRequest>,
    ) -> Answer<pb::CancelSyncMetadataPResponse> {
        self.refuse("CancelSyncMetadata", "metadata sync by task")
    }
}
