//! [`FileSystemClientService`]: how a call of a client begins and ends, whatever it asks.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use alluxio_common::{AlluxioPath, Clock, Tasks, ToTheEnd};
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::{AuthenticatedUser, Call, convert};
use tonic::{Request, Response, Status};

use crate::audit::{AuditLog, AuditRecord};
use crate::error::FileSystemError;
use crate::file_system::{self, FileSystemMaster, Presence, SyncInterval};

/// Answers clients from the namespace.
#[derive(Debug, Clone)]
pub struct FileSystemClientService {
    pub(super) master: Arc<FileSystemMaster>,
    pub(super) clock: Arc<dyn Clock>,
    audit: Option<Arc<dyn AuditLog>>,
    /// Where a change goes on whose caller has gone away.
    tasks: Tasks,
}

/// A call whose user is known.
pub(super) struct Incoming<'a> {
    user: AuthenticatedUser,
    pub(super) request: file_system::Request,
    call: Call<'a>,
    started: Duration,
    /// Name in the audit log.
    command: &'static str,
}

/// A change on behalf of a caller that may hang up. What has begun goes to its end all the same; what
/// still waits does not begin.
#[derive(Debug)]
pub(super) struct Change<T: Send + 'static> {
    presence: Presence,
    work: ToTheEnd<T>,
}

impl<T: Send + 'static> Future for Change<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.work).poll(context)
    }
}

impl<T: Send + 'static> Drop for Change<T> {
    fn drop(&mut self) {
        self.presence.end();
        if !self.presence.has_begun() {
            self.work.abandon();
        }
    }
}

type Common = pb::FileSystemMasterCommonPOptions;
pub(super) type Answer<T> = Result<Response<T>, Status>;

impl FileSystemClientService {
    /// Serves this namespace; every call is told to `audit`, if there is one. A change whose caller
    /// goes away ends as one of `tasks`.
    pub fn new(
        master: Arc<FileSystemMaster>,
        clock: Arc<dyn Clock>,
        audit: Option<Arc<dyn AuditLog>>,
        tasks: Tasks,
    ) -> Self {
        Self {
            master,
            clock,
            audit,
            tasks,
        }
    }

    /// Makes a change that must not stop in the middle once it has begun: between the store and the
    /// journal one of them is ahead of the other.
    pub(super) fn change<T, F>(
        &self,
        name: &'static str,
        request: &file_system::Request,
        work: impl FnOnce(Arc<FileSystemMaster>, file_system::Request) -> F,
    ) -> Change<Result<T, FileSystemError>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, FileSystemError>> + Send + 'static,
    {
        let presence = Presence::of_caller();
        let request = file_system::Request {
            presence: presence.clone(),
            ..request.clone()
        };
        let work = work(Arc::clone(&self.master), request);
        let work = self.tasks.to_the_end(name, work);
        Change { presence, work }
    }

    /// Who calls, and how.
    pub(super) async fn enter<T>(
        &self,
        request: &Request<T>,
        common: Option<&Common>,
        (call, command): (&'static str, &'static str),
    ) -> Result<Incoming<'_>, Status> {
        let user = AuthenticatedUser::of(request)?;
        let caller = self.master.callers().resolve(user.name()).await;
        let sync_interval = common.and_then(|common| common.sync_interval_ms);
        Ok(Incoming {
            request: file_system::Request {
                caller,
                operation_id: common
                    .and_then(|common| common.operation_id.as_ref())
                    .map(convert::operation_id_from_proto),
                sync_interval: SyncInterval::from_millis(sync_interval.unwrap_or(-1)),
                presence: Presence::default(),
            },
            user,
            call: Call::start(call, &*self.clock),
            started: self.clock.monotonic(),
            command,
        })
    }

    /// Writes the audit line and makes the answer.
    pub(super) fn leave<T>(
        &self,
        incoming: Incoming<'_>,
        paths: (&str, Option<&str>),
        result: Result<T, FileSystemError>,
    ) -> Answer<T> {
        if let Some(audit) = &self.audit {
            let error = result.as_ref().err();
            audit.record(&AuditRecord {
                succeeded: error.is_none(),
                allowed: !error.is_some_and(FileSystemError::is_denied),
                user: incoming.request.caller.user(),
                group: incoming.request.caller.primary_group(),
                peer: incoming.user.peer().address(),
                command: incoming.command,
                source: Some(paths.0).filter(|path| !path.is_empty()),
                target: paths.1,
                permission: self.permission_of(paths.0),
                elapsed: self.clock.monotonic().saturating_sub(incoming.started),
            });
        }
        incoming.call.answer(result)
    }

    fn permission_of(&self, path: &str) -> Option<String> {
        let path = AlluxioPath::parse(path).ok()?;
        self.master.read(|tree| {
            let inode = tree.find(&path)?;
            Some(format!(
                "{}:{}:{}",
                inode.owner(),
                inode.group(),
                inode.mode()
            ))
        })
    }

    /// Answers a call that this release does not serve. Not UNIMPLEMENTED: late 2.9 clients would
    /// repeat that for minutes.
    pub(super) fn refuse<T>(&self, call: &'static str, what: &'static str) -> Answer<T> {
        let error = FileSystemError::Unsupported { what };
        Call::start(call, &*self.clock).answer(Err(error))
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::SystemClock;
    use alluxio_ufs::UfsOperation;
    use alluxio_ufs::layer::{Fault, FaultRule};
    use futures::FutureExt;

    use super::*;
    use crate::file_system::testing::{Fixture, path};
    use crate::file_system::{CompleteFileOptions, CreateFileOptions, DeleteOptions};
    use crate::reservation::ReservedPath;

    fn service_of(fixture: &Fixture) -> FileSystemClientService {
        let (clock, tasks) = (SystemClock::shared(), Tasks::new());
        FileSystemClientService::new(fixture.master.clone(), clock, None, tasks)
    }

    #[tokio::test]
    async fn what_waits_does_not_begin_when_its_caller_has_hung_up() {
        let fixture = Fixture::new().await;
        let service = service_of(&fixture);
        let at = path("/f");
        let held = fixture.master.reserve([ReservedPath::subtree(&at)]);
        let held = held.await.unwrap();
        let mut create = service.change("create", &fixture.root(), |master, request| async move {
            let options = CreateFileOptions::default();
            master.create_file_id(&request, &at, options).await
        });
        assert!((&mut create).now_or_never().is_none());
        assert!(fixture.master.reservations.len() > 1);
        drop(create);
        // Nobody waits any more.
        assert_eq!(fixture.master.reservations.len(), 1);
        drop(held);
        assert!(fixture.status("/f").await.unwrap_err().is_not_found());
    }

    #[tokio::test]
    async fn what_a_writer_has_brought_for_a_deleted_file_goes_though_the_writer_has_gone() {
        let fixture = Fixture::new().await;
        let service = service_of(&fixture);
        fixture.mount_memory("/m", "bucket").await;
        let created = fixture.create_through("/m/f").await.unwrap();
        let options = DeleteOptions::default();
        fixture.delete("/m/f", options).await.unwrap();
        fixture.put_memory("/m/f", b"content").await;
        let (store, resolution) = fixture.master.resolve_store(&path("/m/f")).unwrap();
        let status = store.status(&resolution.ufs_path).await.unwrap();
        let options = CompleteFileOptions {
            ufs_length: Some(7),
            content_hash: status.as_file().map(|file| file.content_hash.clone()),
            file: Some(created.file_id),
            ..CompleteFileOptions::default()
        };
        let slow = Fault::Delay(Duration::from_millis(1));
        let rule = FaultRule::on(UfsOperation::Status, slow);
        fixture.stores.faults.add(rule);
        let mut complete = service.change("complete", &fixture.root(), |master, request| {
            let at = path("/m/f");
            async move { master.complete_file(&request, &at, options).await }
        });
        assert!((&mut complete).now_or_never().is_none());
        drop(complete);
        let is_gone = async {
            let place = &resolution.ufs_path;
            while store.find_status(place).await.unwrap().is_some() {
                tokio::task::yield_now().await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(10), is_gone);
        in_time.await.unwrap();
    }
}
