//! The calls of a client program, one function each.

use alluxio_proto::grpc::block::block_master_worker_service_client::BlockMasterWorkerServiceClient;
use alluxio_proto::grpc::block::{CommitBlockPRequest, GetWorkerIdPRequest};
use alluxio_proto::grpc::file::{
    CompleteFilePOptions, CompleteFilePRequest, CreateDirectoryPOptions, CreateDirectoryPRequest,
    CreateFilePOptions, CreateFilePRequest, DeletePOptions, DeletePRequest,
    GetNewBlockIdForFilePOptions, GetNewBlockIdForFilePRequest, GetStatusPOptions,
    GetStatusPRequest, ListStatusPOptions, ListStatusPRequest, LoadMetadataPType, RenamePOptions,
    RenamePRequest, WritePType,
};
use alluxio_proto::grpc::version::service_version_client_service_client::ServiceVersionClientServiceClient;
use alluxio_proto::grpc::version::{GetServiceVersionPRequest, ServiceType};
use alluxio_proto::grpc::{Bits, PMode, WorkerNetAddress};
use tonic::Status;

use crate::load::{Load, reading};

/// The block size of the files, in bytes.
const BLOCK_SIZE: i64 = 64 << 20;

/// The length of the one block of a file that has one.
const LENGTH: i64 = 1_000_000;

/// A call that does nothing: the least that any call costs.
pub(crate) async fn nothing(load: Load) -> Result<(), Status> {
    ServiceVersionClientServiceClient::new(load.channel())
        .get_service_version(GetServiceVersionPRequest {
            service_type: Some(ServiceType::FileSystemMasterClientService.into()),
            allowed_on_standby_masters: Some(false),
        })
        .await
        .map(drop)
}

/// Whether anybody may write into a new directory.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OpenTo {
    Owner,
    All,
}

/// Creates a directory whose parent is there.
pub(crate) async fn create_directory(
    load: Load,
    path: String,
    open_to: OpenTo,
) -> Result<(), Status> {
    let others = match open_to {
        OpenTo::Owner => Bits::ReadExecute,
        OpenTo::All => Bits::All,
    };
    let options = CreateDirectoryPOptions {
        recursive: Some(false),
        allow_exists: Some(false),
        mode: Some(mode(Bits::All, others)),
        write_type: Some(WritePType::MustCache.into()),
        common_options: load.changing(),
        ..CreateDirectoryPOptions::default()
    };
    load.stub()
        .create_directory(CreateDirectoryPRequest {
            path: Some(path),
            options: Some(options),
        })
        .await
        .map(drop)
}

async fn create(load: &Load, path: String) -> Result<(), Status> {
    let options = CreateFilePOptions {
        block_size_bytes: Some(BLOCK_SIZE),
        recursive: Some(false),
        mode: Some(mode(Bits::ReadWrite, Bits::Read)),
        replication_max: Some(-1),
        replication_min: Some(0),
        replication_durable: Some(1),
        write_type: Some(WritePType::MustCache.into()),
        common_options: load.changing(),
        persistence_wait_time: Some(0),
        overwrite: Some(false),
        ..CreateFilePOptions::default()
    };
    load.stub()
        .create_file(CreateFilePRequest {
            path: Some(path),
            options: Some(options),
        })
        .await
        .map(drop)
}

/// Without a length, as clients do when nothing went to the store: it is that of the blocks.
async fn complete(load: &Load, path: String) -> Result<(), Status> {
    let options = CompleteFilePOptions {
        common_options: load.changing(),
        ..CompleteFilePOptions::default()
    };
    load.stub()
        .complete_file(CompleteFilePRequest {
            path: Some(path),
            options: Some(options),
        })
        .await
        .map(drop)
}

/// A file without content: two calls, each durable before its reply.
pub(crate) async fn create_empty(load: Load, path: String) -> Result<(), Status> {
    create(&load, path.clone()).await?;
    complete(&load, path).await
}

/// A file of one block: create, ask for a block, let the worker commit it, complete.
pub(crate) async fn create_with_block(
    load: Load,
    path: String,
    worker_id: i64,
) -> Result<(), Status> {
    create(&load, path.clone()).await?;
    let block = load
        .stub()
        .get_new_block_id_for_file(GetNewBlockIdForFilePRequest {
            path: Some(path.clone()),
            options: Some(GetNewBlockIdForFilePOptions {
                common_options: load.changing(),
                file_id: None,
            }),
        })
        .await?;
    BlockMasterWorkerServiceClient::new(load.channel())
        .commit_block(CommitBlockPRequest {
            worker_id: Some(worker_id),
            used_bytes_on_tier: Some(LENGTH),
            tier_alias: Some("MEM".to_owned()),
            medium_type: Some("MEM".to_owned()),
            block_id: block.get_ref().id,
            length: Some(LENGTH),
            options: None,
        })
        .await?;
    complete(&load, path).await
}

/// The id of a worker at an address where nobody listens.
pub(crate) async fn worker_id(load: &Load) -> Result<i64, Status> {
    let request = GetWorkerIdPRequest {
        worker_net_address: Some(WorkerNetAddress {
            host: Some("127.0.0.1".to_owned()),
            rpc_port: Some(1),
            data_port: Some(1),
            web_port: Some(1),
            ..WorkerNetAddress::default()
        }),
        options: None,
    };
    let answer = BlockMasterWorkerServiceClient::new(load.channel())
        .get_worker_id(request)
        .await?;
    Ok(answer.get_ref().worker_id())
}

/// Why a status is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// To show it.
    Look,
    /// To read the file: permission is checked, and the access is noted.
    Open,
}

/// The status of a file.
pub(crate) async fn get_status(load: Load, path: String, purpose: Purpose) -> Result<(), Status> {
    let opens = matches!(purpose, Purpose::Open);
    let options = GetStatusPOptions {
        load_metadata_type: Some(LoadMetadataPType::Once.into()),
        common_options: reading(),
        access_mode: opens.then(|| Bits::Read.into()),
        update_timestamps: Some(opens),
        ..GetStatusPOptions::default()
    };
    load.stub()
        .get_status(GetStatusPRequest {
            path: Some(path),
            options: Some(options),
        })
        .await
        .map(drop)
}

/// All entries of a directory; how many they are.
pub(crate) async fn list(load: Load, path: String) -> Result<usize, Status> {
    let options = ListStatusPOptions {
        load_direct_children: Some(true),
        load_metadata_type: Some(LoadMetadataPType::Once.into()),
        common_options: reading(),
        recursive: Some(false),
        ..ListStatusPOptions::default()
    };
    let mut messages = load
        .stub()
        .list_status(ListStatusPRequest {
            path: Some(path),
            options: Some(options),
        })
        .await?
        .into_inner();
    let mut entries = 0;
    while let Some(message) = messages.message().await? {
        entries += message.file_infos.len();
    }
    Ok(entries)
}

/// Renames within the namespace.
pub(crate) async fn rename(load: Load, from: String, to: String) -> Result<(), Status> {
    let options = RenamePOptions {
        common_options: load.changing(),
        ..RenamePOptions::default()
    };
    load.stub()
        .rename(RenamePRequest {
            path: Some(from),
            dst_path: Some(to),
            options: Some(options),
        })
        .await
        .map(drop)
}

/// Deletes one file, or a directory with everything in it.
pub(crate) async fn delete(load: Load, path: String) -> Result<(), Status> {
    let options = DeletePOptions {
        recursive: Some(true),
        common_options: load.changing(),
        ..DeletePOptions::default()
    };
    load.stub()
        .remove(DeletePRequest {
            path: Some(path),
            options: Some(options),
        })
        .await
        .map(drop)
}

fn mode(owner: Bits, others: Bits) -> PMode {
    PMode {
        owner_bits: owner.into(),
        group_bits: others.into(),
        other_bits: others.into(),
    }
}
