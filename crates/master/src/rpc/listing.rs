//! Listings on the wire: messages that are made page by page, while nobody is kept waiting.

use alluxio_common::{AlluxioPath, InodeId};
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::Call;
use futures::{Stream, StreamExt};
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::client_call::{Answer, FileSystemClientService};
use super::file_info::file_info;
use super::file_info_wire::ListStatusMessage;
use super::file_system_options as options;
use crate::error::FileSystemError;
use crate::file_system::{self, ListStatusPartialOptions, Listing, Offset, StatusView};

impl FileSystemClientService {
    /// The messages of a listing, as bytes: see [`super::FileSystemClientServer`].
    pub(super) async fn list_status_messages(
        &self,
        request: Request<pb::ListStatusPRequest>,
    ) -> Answer<BoxStream<Vec<u8>>> {
        let options = request.get_ref().options.unwrap_or(DEFAULT_LISTING);
        let names = ("ListStatus", "listStatus");
        let incoming = self
            .enter(&request, options.common_options.as_ref(), names)
            .await?;
        let path = request.into_inner().path.unwrap_or_default();
        let begin = async {
            let at = AlluxioPath::parse(&path)?;
            let how = options::list_status(&options);
            let listing = self.master.list_status(&incoming.request, &at, how).await?;
            let mut pages = Pages {
                service: self.clone(),
                listing,
                message: ListStatusMessage::default(),
            };
            // What fails at once is refused before the first message.
            let mut first = pages.next().await?;
            while options.load_metadata_only() && first.is_some() {
                // The caller wants everything loaded and nothing sent.
                first = pages.next().await?;
            }
            Ok((pages, first))
        };
        let begun = begin.await;
        let (pages, first) = self.leave(incoming, (&path, None), begun)?.into_inner();
        Ok(Response::new(pages.into_stream(first).boxed()))
    }

    pub(super) async fn list_partial(
        &self,
        request: &file_system::Request,
        message: pb::ListStatusPartialPRequest,
    ) -> Result<pb::ListStatusPartialPResponse, FileSystemError> {
        use pb::list_status_partial_p_options::OffsetType;
        let path = AlluxioPath::parse(message.path())?;
        let given = message.options.unwrap_or_default();
        let options = ListStatusPartialOptions {
            listing: options::list_status(given.options.as_ref().unwrap_or(&DEFAULT_LISTING)),
            batch_size: given.batch_size.and_then(|size| usize::try_from(size).ok()),
            prefix: given.prefix().to_owned(),
            offset: match given.offset_type {
                Some(OffsetType::OffsetId(id)) => Offset::AfterId(InodeId::from_raw(id)),
                Some(OffsetType::StartAfter(after)) => Offset::AfterPath(after),
                Some(OffsetType::OffsetCount(count)) => {
                    Offset::Count(usize::try_from(count).unwrap_or(0))
                }
                None => Offset::Start,
            },
        };
        let mut file_infos = Vec::new();
        let visit = |status: &StatusView<'_>| file_infos.push(file_info(status));
        let listing = self
            .master
            .list_status_partial(request, &path, &options, visit)
            .await?;
        Ok(pb::ListStatusPartialPResponse {
            file_infos,
            is_truncated: Some(listing.is_truncated),
            file_count: Some(listing.file_count),
        })
    }
}

/// The messages of a listing in progress.
struct Pages {
    service: FileSystemClientService,
    listing: Listing,
    message: ListStatusMessage,
}

impl Pages {
    /// The next message; `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, FileSystemError> {
        let limit = self.service.master.conf().list_batch_size;
        let message = &mut self.message;
        let visit = |status: &StatusView<'_>| message.push(status);
        let shown = self.listing.next_page(limit, visit).await?;
        Ok((shown > 0).then(|| self.message.take()))
    }

    /// The first message, which is there already, and those after it as they are asked for.
    fn into_stream(
        self,
        first: Option<Vec<u8>>,
    ) -> impl Stream<Item = Result<Vec<u8>, Status>> + Send {
        let start = first.map(|first| (self, Some(first)));
        futures::stream::unfold(start, |state| async move {
            let (mut pages, ready) = state?;
            if let Some(message) = ready {
                return Some((Ok(message), Some((pages, None))));
            }
            match pages.next().await {
                Ok(message) => Some((Ok(message?), Some((pages, None)))),
                Err(error) => {
                    let status = Call::start("ListStatus", &*pages.service.clock).fail(&error);
                    Some((Err(status), None))
                }
            }
        })
    }
}

/// A listing whose caller gave no options.
static DEFAULT_LISTING: pb::ListStatusPOptions = pb::ListStatusPOptions {
    load_direct_children: None,
    load_metadata_type: None,
    common_options: None,
    recursive: None,
    load_metadata_only: None,
    disable_are_descendants_loaded_check: None,
    exclude_mount_info: None,
};
