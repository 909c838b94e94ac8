//! [`ServiceClient`]: calls to one service of whoever is the primary.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Describe, ErrorCode};
use alluxio_proto::grpc::version::service_version_client_service_client::ServiceVersionClientServiceClient;
use alluxio_proto::grpc::version::{GetServiceVersionPRequest, ServiceType};
use tonic::{Code, Response, Status};

use super::single_flight::SingleFlight;
use super::{Channel, Connections, Lane, Login, MasterInquiry, Repeat, Retries};
use crate::error::{ClientError, Reached};

/// Which service, and what this side expects of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceConf {
    /// Stands in messages: `FileSystemMasterClient`.
    pub name: &'static str,
    /// What kind of process serves it: `master`, `job master`.
    pub role: &'static str,
    /// How its version is asked for.
    pub service: ServiceType,
    /// The only version that this side speaks.
    pub version: i64,
    /// How long one call may stay without an answer. `None` where calls work for as long as it takes:
    /// then the server is asked now and then whether it still answers at all.
    pub longest_call: Option<Duration>,
}

/// What is answered out of memory.
const LONGEST_LOOK: Duration = Duration::from_mins(1);

/// What may have to wait for the journal, which gives up after five minutes.
const LONGEST_CHANGE: Duration = Duration::from_mins(6);

impl ServiceConf {
    /// The file system, for clients.
    pub const FILE_SYSTEM_MASTER: Self = Self {
        // A tree is moved in a store, or a large directory is listed for the first time.
        longest_call: None,
        ..Self::master(
            "FileSystemMasterClient",
            ServiceType::FileSystemMasterClientService,
            2,
        )
    };
    /// The file system, for workers.
    pub const FILE_SYSTEM_MASTER_WORKER: Self = Self::master(
        "FileSystemMasterWorker",
        ServiceType::FileSystemMasterWorkerService,
        2,
    );
    /// The file system, for the job service.
    pub const FILE_SYSTEM_MASTER_JOB: Self = Self::master(
        "FileSystemMasterJob",
        ServiceType::FileSystemMasterJobService,
        2,
    );
    /// Blocks and workers, for clients.
    pub const BLOCK_MASTER: Self = Self {
        longest_call: Some(LONGEST_LOOK),
        ..Self::master(
            "BlockMasterClient",
            ServiceType::BlockMasterClientService,
            2,
        )
    };
    /// Blocks, for workers.
    pub const BLOCK_MASTER_WORKER: Self = Self::master(
        "BlockMasterWorker",
        ServiceType::BlockMasterWorkerService,
        2,
    );
    /// Cluster information.
    pub const META_MASTER: Self = Self {
        // A checkpoint or a backup of all that the master knows is written.
        longest_call: None,
        ..Self::master("MetaMaster", ServiceType::MetaMasterClientService, 2)
    };
    /// Cluster configuration.
    pub const META_MASTER_CONFIG: Self =
        Self::master("MetaMaster", ServiceType::MetaMasterConfigService, 2);
    /// Cluster metrics.
    pub const METRICS_MASTER: Self = Self::master(
        "MetricsMasterClient",
        ServiceType::MetricsMasterClientService,
        2,
    );
    /// Administration of the journal.
    pub const JOURNAL_MASTER: Self =
        Self::master("JournalMaster", ServiceType::JournalMasterClientService, 1);
    /// The job service, for clients.
    pub const JOB_MASTER: Self = Self {
        name: "JobMasterClient",
        role: "job master",
        service: ServiceType::JobMasterClientService,
        version: 1,
        longest_call: Some(LONGEST_CHANGE),
    };
    /// The job service, for its workers.
    pub const JOB_MASTER_WORKER: Self = Self {
        name: "JobMasterWorker",
        role: "job master",
        service: ServiceType::JobMasterWorkerService,
        version: 1,
        longest_call: Some(LONGEST_CHANGE),
    };

    const fn master(name: &'static str, service: ServiceType, version: i64) -> Self {
        Self {
            name,
            role: "master",
            service,
            version,
            longest_call: Some(LONGEST_CHANGE),
        }
    }
}

/// Calls one service of the primary, and tries again when that may help.
#[derive(Debug)]
pub struct ServiceClient {
    conf: ServiceConf,
    connections: Connections,
    inquiry: Arc<dyn MasterInquiry>,
    login: Login,
    retries: Arc<Retries>,
    channel: SingleFlight<Channel>,
}

impl ServiceClient {
    /// A client that is not connected yet.
    pub fn new(
        conf: ServiceConf,
        connections: Connections,
        inquiry: Arc<dyn MasterInquiry>,
        login: Login,
        retries: Arc<Retries>,
    ) -> Self {
        Self {
            conf,
            connections,
            inquiry,
            login,
            retries,
            channel: SingleFlight::new(),
        }
    }

    /// Makes one call, as often as the error and `repeat` allow. `operation` gets a channel to the
    /// primary and makes the call with the generated client.
    ///
    /// ```ignore
    /// client.call(Repeat::Always, |channel| {
    ///     let request = request.clone();
    ///     async move { FileSystemMasterClientServiceClient::new(channel).get_status(request).await }
    /// })
    /// ```
    ///
    /// # Errors
    /// What the server said, or why it was not reached.
    pub async fn call<T, F, Fut>(&self, repeat: Repeat, operation: F) -> Result<T, ClientError>
    where
        F: Fn(Channel) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        let answer = self
            .retries
            .retry(repeat, |_tries_before| self.call_once(&operation))
            .await;
        answer.map_err(|error| self.explain(error))
    }

    async fn call_once<T, F, Fut>(&self, operation: &F) -> Result<T, ClientError>
    where
        F: Fn(Channel) -> Fut,
        Fut: Future<Output = Result<Response<T>, Status>>,
    {
        let channel = self.channel().await?.for_one_call();
        let address = channel.address().clone();
        let answer = operation(channel.clone());
        let answer = match self.conf.longest_call {
            Some(limit) => answer_within(limit, &channel, answer).await,
            None => self.answer_while_alive(&channel, answer).await,
        };
        answer.map(Response::into_inner).map_err(|status| {
            let error = ClientError::from(status).with_origin(address);
            self.forget_if_lost(&channel, &error);
            error
        })
    }

    /// Waits for an answer for as long as it takes, if the server can be asked for its version over
    /// the same session meanwhile. If not, the connection is dead, or the server takes calls and does
    /// not get to them.
    async fn answer_while_alive<T>(
        &self,
        channel: &Channel,
        answer: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Status> {
        let mut answer = pin!(answer);
        let silence = self.connections.conf().silence;
        loop {
            if let Ok(answer) = tokio::time::timeout(silence, &mut answer).await {
                return answer;
            }
            tokio::select! {
                answer = &mut answer => return answer,
                asked = self.check_version(channel) => if let Err(dead) = asked {
                    channel.abandon();
                    let sentence = format!("there is no answer to a call, and {dead}");
                    return Err(Status::unavailable(sentence));
                },
            }
        }
    }

    /// A channel to the primary, whose version has been checked.
    async fn channel(&self) -> Result<Channel, ClientError> {
        self.channel
            .find_or_make(|_channel| true, || self.connect())
            .await
    }

    async fn connect(&self) -> Result<Channel, ClientError> {
        let address = self.inquiry.primary().await?;
        let channel = self
            .connections
            .channel(address, Lane::Rpc, self.login.clone());
        self.check_version(&channel.for_one_call()).await?;
        Ok(channel)
    }

    async fn check_version(&self, channel: &Channel) -> Result<(), ClientError> {
        let request = GetServiceVersionPRequest {
            service_type: Some(self.conf.service.into()),
            allowed_on_standby_masters: Some(false),
        };
        let mut stub = ServiceVersionClientServiceClient::new(channel.clone());
        // It needs no work, and everybody who wants to call waits for it.
        let limit = self.connections.conf().authentication_timeout;
        let asked = stub.get_service_version(request);
        let answer = answer_within(limit, channel, asked).await;
        let (address, name) = (channel.address(), self.conf.name);
        match answer {
            Ok(response) if response.get_ref().version() == self.conf.version => Ok(()),
            Ok(response) => {
                let sentence = format!(
                    "{name} on {address} has version {}, and this side speaks version {} only",
                    response.get_ref().version(),
                    self.conf.version
                );
                Err(ClientError::before_sending(ErrorCode::Refused, sentence))
            }
            Err(status) if status.code() == Code::NotFound => {
                let sentence = format!("{name} is not served by {address}");
                Err(ClientError::before_sending(ErrorCode::Unsupported, sentence).caused_by(status))
            }
            Err(status) => Err(ClientError::from(status).unsent().with_origin(address)),
        }
    }

    /// After such an error somebody else may be the primary, or the same one under another channel
    /// id.
    fn forget_if_lost(&self, lost: &Channel, error: &ClientError) {
        if !matches!(
            error.code(),
            ErrorCode::Unauthenticated
                | ErrorCode::Unavailable
                | ErrorCode::NotPrimary
                | ErrorCode::Cancelled
        ) {
            return;
        }
        self.channel.discard(|current| current.is_same(lost));
    }

    /// Nobody was reached: says so in the words of Alluxio, which scripts look for.
    fn explain(&self, error: ClientError) -> ClientError {
        let nobody = matches!(error.code(), ErrorCode::Unavailable | ErrorCode::NotPrimary);
        if error.reached() == Reached::Perhaps || !nobody {
            return error;
        }
        let candidates = self.inquiry.candidates();
        let tried: Vec<String> = candidates
            .iter()
            .map(|address| address.in_messages())
            .collect();
        let (tried, attempts) = (tried.join(","), error.attempts());
        let (role, name) = (self.conf.role, self.conf.name);
        let sentence = format!(
            "Failed to connect to {role} ({tried}) after {attempts} attempts.Please check if Alluxio {role} is currently \
             running on \"{tried}\". Service=\"{name}\""
        );
        ClientError::before_sending(ErrorCode::Unavailable, sentence)
            .after_attempts(attempts)
            .caused_by(error)
    }
}

/// Waits for an answer, but not for ever: a server may take calls and not get to them. Then the next
/// call goes over another connection.
async fn answer_within<T>(
    limit: Duration,
    channel: &Channel,
    answer: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    tokio::time::timeout(limit, answer)
        .await
        .unwrap_or_else(|_elapsed| {
            channel.abandon();
            let address = channel.address();
            let sentence = format!("{address} has not answered within {limit:?}");
            Err(Status::unavailable(sentence))
        })
}
