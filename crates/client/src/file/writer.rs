//! [`FileWriter`]: a new file, block by block, to workers and to the store.

use alluxio_common::{BlockId, ByteSize, Describe, ErrorCode, WorkerAddress, WriteType};
use alluxio_proto::grpc::block as pb_block;
use alluxio_proto::grpc::file as pb;
use alluxio_proto::proto::dataserver::CreateUfsFileOptions;
use bytes::{Bytes, BytesMut};
use tracing::{debug, warn};

use crate::block::RemoteWriter;
use crate::block::writer::{BlockWriter, NewBlock, PinOnCreate, create_ufs_file};
use crate::error::ClientError;
use crate::file_system::{FileSystem, InStore};
use crate::status::FileStatus;
use crate::worker_choice::{BlockNeeds, Worker, WorkerChoice, WorkerChooser};

/// Small writes are gathered to at least this much before they travel.
const GATHER: usize = 64 << 10;

/// Writes a new file, in order. [`FileWriter::close`] completes it; [`FileWriter::cancel`] gives it
/// up and leaves nothing. Dropping it leaves nothing at workers or in the store, only an incomplete
/// file in the namespace.
#[derive(Debug)]
pub struct FileWriter {
    file_system: FileSystem,
    status: FileStatus,
    write_type: WriteType,
    chooser: ChooserRef,
    persistence_wait_ms: i64,
    written: u64,
    gathered: BytesMut,
    cache: Cache,
    /// Copies of blocks that are committed already; kept while the store may still refuse the file.
    committed: Vec<(BlockId, WorkerAddress)>,
    ufs: Option<RemoteWriter>,
    /// What the store may have, if the file is given up now.
    in_store: InStore,
    /// Why bytes are missing that the caller has given.
    gap: Option<Gap>,
}

/// Why bytes are missing.
#[derive(Debug, Clone)]
struct Gap {
    code: ErrorCode,
    reason: String,
}

impl Gap {
    /// A write that was broken off by its caller. Each one is taken for it until it ends.
    fn interrupted() -> Self {
        Self {
            code: ErrorCode::Cancelled,
            reason: "it was interrupted".to_owned(),
        }
    }

    fn of(error: &ClientError) -> Self {
        Self {
            code: error.code(),
            reason: error.to_string(),
        }
    }
}

/// The client's own chooser, or one for this file alone.
#[derive(Debug)]
enum ChooserRef {
    Shared,
    Own(WorkerChooser),
}

/// What becomes of the cached copy.
#[derive(Debug)]
enum Cache {
    /// There is none.
    Off,
    /// Blocks are written; the current one, if any, has copies on several workers.
    On { current: Vec<BlockCopy>, left: u64 },
    /// Writing to the store goes on without it.
    GivenUp,
}

/// One copy of a block that is being written.
#[derive(Debug)]
struct BlockCopy {
    block_id: BlockId,
    worker: WorkerAddress,
    writer: BlockWriter,
}

/// Whether more bytes may follow those at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follows {
    Perhaps,
    Nothing,
}

impl FileWriter {
    pub(crate) async fn open(
        file_system: FileSystem,
        status: FileStatus,
        write_type: WriteType,
        choice: WorkerChoice,
        persistence_wait_ms: i64,
    ) -> Result<Self, ClientError> {
        let conf = &file_system.context().conf;
        let chooser = if choice == conf.write_choice {
            ChooserRef::Shared
        } else {
            ChooserRef::Own(WorkerChooser::new(choice, &conf.hostname))
        };
        let cache = if write_type.caches() {
            Cache::On {
                current: Vec::new(),
                left: 0,
            }
        } else {
            Cache::Off
        };
        let mut writer = Self {
            file_system,
            status,
            write_type,
            chooser,
            persistence_wait_ms,
            written: 0,
            gathered: BytesMut::new(),
            cache,
            committed: Vec::new(),
            ufs: None,
            in_store: InStore::Nothing,
            gap: None,
        };
        if write_type.writes_through() {
            writer.ufs = Some(writer.open_ufs_file().await?);
        }
        Ok(writer)
    }

    /// What the master said when the file was created.
    pub fn status(&self) -> &FileStatus {
        &self.status
    }

    /// How many bytes have been written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Appends bytes. They may wait in the client until the next write, flush or close.
    ///
    /// # Errors
    /// `NoSpace` or `Unavailable` when no worker takes a block and it is the only copy; what the
    /// store says. After an error the file can only be given up: it cannot be completed any more.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), ClientError> {
        self.refuse_after_gap()?;
        self.gap = Some(Gap::interrupted());
        let written = self.append(bytes).await;
        self.gap = written.as_ref().err().map(Gap::of);
        written
    }

    /// What follows a gap would stand in the wrong place, and a file that is completed with one would
    /// be taken for whole.
    fn refuse_after_gap(&self) -> Result<(), ClientError> {
        match &self.gap {
            None => Ok(()),
            Some(Gap { code, reason }) => Err(ClientError::WriteFailed {
                path: self.status.path.clone(),
                code: *code,
                reason: reason.clone(),
            }),
        }
    }

    async fn append(&mut self, bytes: Bytes) -> Result<(), ClientError> {
        self.written += bytes.len() as u64;
        if bytes.len() < GATHER {
            self.gathered.extend_from_slice(&bytes);
            if self.gathered.len() < GATHER {
                return Ok(());
            }
            return self.forward_gathered(Follows::Perhaps).await;
        }
        self.forward_gathered(Follows::Perhaps).await?;
        self.forward(bytes, Follows::Perhaps).await
    }

    async fn forward_gathered(&mut self, follows: Follows) -> Result<(), ClientError> {
        let gathered = self.gathered.split().freeze();
        if gathered.is_empty() {
            return Ok(());
        }
        self.forward(gathered, follows).await
    }

    async fn forward(&mut self, bytes: Bytes, follows: Follows) -> Result<(), ClientError> {
        if let Err(error) = self.write_to_cache(bytes.clone(), follows).await {
            let may_go_on = self.ufs.is_some()
                && matches!(error.code(), ErrorCode::NoSpace | ErrorCode::Unavailable);
            if !may_go_on {
                return Err(ClientError::Cache {
                    source: Box::new(error),
                });
            }
            warn!(path = %self.status.path, %error, "file is written to the store without a cached copy");
            self.cache = Cache::GivenUp;
        }
        let Some(ufs) = &mut self.ufs else {
            return Ok(());
        };
        let written = ufs.write(bytes).await;
        if written.is_err() {
            self.remove_blocks().await;
        }
        written
    }

    async fn write_to_cache(
        &mut self,
        mut bytes: Bytes,
        follows: Follows,
    ) -> Result<(), ClientError> {
        while !bytes.is_empty() {
            match &self.cache {
                Cache::Off | Cache::GivenUp => return Ok(()),
                Cache::On { left: 0, .. } => {
                    let most = match follows {
                        Follows::Perhaps => u64::MAX,
                        Follows::Nothing => bytes.len() as u64,
                    };
                    self.next_block(most).await?;
                }
                Cache::On { .. } => {}
            }
            let Cache::On { current, left } = &mut self.cache else {
                return Ok(());
            };
            let part = bytes.split_to(
                bytes
                    .len()
                    .min(usize::try_from(*left).unwrap_or(usize::MAX)),
            );
            *left -= part.len() as u64;
            for copy in current {
                copy.writer.write(part.clone()).await?;
            }
        }
        Ok(())
    }

    /// Commits the current block and opens the next one, for which there are at most so many bytes.
    async fn next_block(&mut self, most: u64) -> Result<(), ClientError> {
        self.finish_block().await?;
        let block_size = self.status.block_size.bytes();
        let request = pb::GetNewBlockIdForFilePRequest {
            path: Some(self.status.path.to_string()),
            options: Some(pb::GetNewBlockIdForFilePOptions {
                common_options: self.file_system.changing().to_proto(),
                file_id: Some(self.status.id.raw()),
            }),
        };
        let response = self
            .file_system
            .call(request, |mut stub, request| async move {
                stub.get_new_block_id_for_file(request).await
            })
            .await?;
        let id = BlockId::from_raw(response.id());
        // A master of 2.9 goes by the path alone.
        if id.container().file_id() != self.status.id {
            return Err(ClientError::WriteFailed {
                path: self.status.path.clone(),
                code: ErrorCode::PathNotFound,
                reason: "another file is there by now".to_owned(),
            });
        }
        let block = NewBlock {
            id,
            size: block_size.min(most),
            pin: self.pin(),
        };
        let mut current = Vec::new();
        for worker in self.choose_workers(id).await? {
            let context = self.file_system.context();
            let writer = BlockWriter::create(context, &worker, block).await;
            let writer = writer.map_err(|error| error.at_worker(&worker))?;
            current.push(BlockCopy {
                block_id: id,
                worker,
                writer,
            });
        }
        self.cache = Cache::On {
            current,
            left: block_size,
        };
        Ok(())
    }

    fn pin(&self) -> PinOnCreate {
        if self.write_type == WriteType::AsyncThrough {
            PinOnCreate::Yes
        } else {
            PinOnCreate::No
        }
    }

    /// The workers that get a copy of the block.
    async fn choose_workers(&self, block_id: BlockId) -> Result<Vec<WorkerAddress>, ClientError> {
        let context = self.file_system.context();
        let mut workers: Vec<Worker> = context.live_workers().await?.to_vec();
        let length = self.status.block_size;
        let needs = BlockNeeds { block_id, length };
        let wanted = if self.write_type == WriteType::AsyncThrough {
            let durable = context
                .conf
                .replication
                .durable
                .max(self.status.replication_min);
            usize::try_from(durable.max(1)).unwrap_or(1)
        } else {
            1
        };
        let mut chosen = Vec::new();
        while chosen.len() < wanted {
            let worker = {
                let mut rng = context.rng.lock();
                let chooser = match &self.chooser {
                    ChooserRef::Shared => &context.writes,
                    ChooserRef::Own(chooser) => chooser,
                };
                chooser.choose(&workers, needs, &mut *rng).cloned()
            };
            let Some(worker) = worker else { break };
            workers.retain(|other| other.id != worker.id);
            chosen.push(worker.address);
        }
        if chosen.is_empty() {
            context.forget_workers();
            return Err(ClientError::NoRoom {
                length: length.bytes(),
            });
        }
        if chosen.len() < wanted {
            return Err(ClientError::TooFewWorkers {
                found: chosen.len(),
                wanted,
            });
        }
        Ok(chosen)
    }

    async fn finish_block(&mut self) -> Result<(), ClientError> {
        let Cache::On { current, .. } = &mut self.cache else {
            return Ok(());
        };
        for copy in std::mem::take(current) {
            copy.writer.finish().await?;
            if self.write_type.writes_through() {
                self.committed.push((copy.block_id, copy.worker));
            }
        }
        Ok(())
    }

    /// Opens the stream that writes the file to the store, through a worker.
    async fn open_ufs_file(&self) -> Result<RemoteWriter, ClientError> {
        let context = self.file_system.context();
        let workers = context.live_workers().await?;
        let needs = BlockNeeds {
            block_id: self.status.id.container().block_id(0),
            length: ByteSize::default(),
        };
        let worker = {
            let mut rng = context.rng.lock();
            context.writes.choose(&workers, needs, &mut *rng).cloned()
        };
        let worker = worker.ok_or(ClientError::NoWorker)?;
        let options = CreateUfsFileOptions {
            ufs_path: Some(self.status.ufs_path.clone()),
            owner: Some(self.status.owner.clone()),
            group: Some(self.status.group.clone()),
            mode: Some(i32::from(self.status.mode.bits())),
            mount_id: Some(self.status.mount_id.raw()),
            file_id: Some(self.status.id.raw()),
            ..Default::default()
        };
        create_ufs_file(context, &worker.address, options)
            .await
            .map_err(|error| error.at_worker(&worker.address))
    }

    /// Waits until what was written so far has reached the store, for files that go there; for
    /// others it does nothing, because their blocks are visible only as a whole.
    ///
    /// # Errors
    /// As [`FileWriter::write`].
    pub async fn flush(&mut self) -> Result<(), ClientError> {
        self.refuse_after_gap()?;
        self.gap = Some(Gap::interrupted());
        let flushed = self.flush_through().await;
        self.gap = flushed.as_ref().err().map(Gap::of);
        flushed
    }

    async fn flush_through(&mut self) -> Result<(), ClientError> {
        self.forward_gathered(Follows::Perhaps).await?;
        match &mut self.ufs {
            Some(ufs) => ufs.flush().await,
            None => Ok(()),
        }
    }

    /// Completes the file: from now on it can be read, and it never changes again.
    ///
    /// # Errors
    /// As [`FileWriter::write`]; then the file is taken back as by [`FileWriter::cancel`].
    pub async fn close(mut self) -> Result<(), ClientError> {
        let completed = self.complete().await;
        if completed.is_err() {
            Box::pin(self.cancel()).await;
        }
        completed
    }

    /// As [`FileWriter::close`], unless `end` comes first: then the file is given up as by
    /// [`FileWriter::cancel`].
    ///
    /// # Errors
    /// What `end` says; inside, those of [`FileWriter::close`].
    pub async fn close_unless<E>(
        mut self,
        end: impl Future<Output = E>,
    ) -> Result<Result<(), ClientError>, E> {
        let completed = tokio::select! {
            completed = self.complete() => Ok(completed),
            end = end => Err(end),
        };
        if !matches!(completed, Ok(Ok(()))) {
            Box::pin(self.cancel()).await;
        }
        completed
    }

    async fn complete(&mut self) -> Result<(), ClientError> {
        self.refuse_after_gap()?;
        self.forward_gathered(Follows::Nothing).await?;
        let (content_hash, ufs_length) = self.finish_data().await?;
        let persist = (self.write_type == WriteType::AsyncThrough && self.persistence_wait_ms >= 0)
            .then_some(pb::ScheduleAsyncPersistencePOptions {
                common_options: None,
                persistence_wait_time: Some(self.persistence_wait_ms),
            });
        let request = pb::CompleteFilePRequest {
            path: Some(self.status.path.to_string()),
            options: Some(pb::CompleteFilePOptions {
                ufs_length,
                async_persist_options: persist,
                common_options: self.file_system.changing().to_proto(),
                content_hash,
                file_id: Some(self.status.id.raw()),
            }),
        };
        self.file_system
            .call(request, |mut stub, request| async move {
                stub.complete_file(request).await
            })
            .await
            .map(drop)
    }

    /// Has the last block committed and the store's file finished, both at once: each waits for a
    /// disk. Returns what the store says of the content, and how long the store's file is, if there
    /// is one.
    async fn finish_data(&mut self) -> Result<(Option<String>, Option<i64>), ClientError> {
        let Some(ufs) = self.ufs.take() else {
            let finished = self.finish_block().await;
            finished.map_err(|error| ClientError::Cache {
                source: Box::new(error),
            })?;
            return Ok((None, None));
        };
        self.in_store = InStore::Unknown;
        let (written, cached) = tokio::join!(ufs.finish(), self.finish_block());
        if let Err(error) = cached {
            warn!(path = %self.status.path, %error, "last block of a persisted file was not cached");
        }
        match written {
            Ok(written) => Ok((written.content_hash, Some(self.written.cast_signed()))),
            Err(error) => {
                self.remove_blocks().await;
                Err(error)
            }
        }
    }

    /// Has the workers remove the blocks of a file that will never be complete. What cannot be
    /// removed now goes when the incomplete file is deleted.
    async fn remove_blocks(&self) {
        for (block_id, worker) in &self.committed {
            let request = pb_block::RemoveBlockRequest {
                block_id: Some(block_id.raw()),
            };
            let mut stub = self.file_system.context().workers.stub(worker);
            if let Err(status) = stub.remove_block(request).await {
                debug!(%block_id, %status, "a block of a failed write stays for now");
            }
        }
    }

    /// Gives the file up: its blocks and its upload are discarded, and it goes from the namespace.
    /// What cannot go because the master does not answer stays as an incomplete file until it is
    /// deleted.
    pub async fn cancel(mut self) {
        // Nobody writes any more when the file goes.
        self.ufs = None;
        self.cache = Cache::Off;
        let FileStatus { path, id, .. } = &self.status;
        self.file_system.withdraw(path, *id, self.in_store).await;
    }
}
