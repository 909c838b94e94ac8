//! [`FileSystemClientService`]: how a call of a client begins and ends, whatever it asks.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{AlluxioPath, Clock, Tasks, ToTheEnd};
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::{AuthenticatedUser, Call, convert};
use tonic::{Request, Response, Status};

use crate::audit::{AuditLog, AuditRecord};
use crate::error::FileSystemError;
use crate::file_system::{self, FileSystemMaster, SyncInterval};

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

    /// Makes a change that must not stop in the middle: between the store and the journal one of
    /// them is ahead of the other.
    pub(super) fn change<T, F>(
        &self,
        name: &'static str,
        request: &file_system::Request,
        work: impl FnOnce(Arc<FileSystemMaster>, file_system::Request) -> F,
    ) -> ToTheEnd<Result<T, FileSystemError>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, FileSystemError>> + Send + 'static,
    {
        let work = work(Arc::clone(&self.master), request.clone());
        self.tasks.to_the_end(name, work)
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
