//! [`ObjectSink`] and [`ObjectStream`]: a range of an object on its way from the store to its reader.
//! The bytes are handed on as they come from the connection, and not put together.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};

use super::begun::Begun;
use super::connector::Objects;
use super::{ObjectError, ObjectStore, ObjectVersion};
use crate::UfsErrorKind;

/// Smaller frames are put together, so that a short one does not keep the large buffer of its
/// connection for itself, and a slow store does not cost a change of tasks for each packet.
const SMALLEST_FRAME: usize = 128 << 10;

/// The longest range that is read ahead: large enough to make the time of a request matter little.
/// What it costs a store to begin an answer is an eighth of what it costs to send so much.
pub(super) const PIECE_BYTES: u64 = 8 << 20;

/// Frames that may wait: all of such a range, so that its connection never stands still because the
/// reader is busy with what lies before.
const WAITING_FRAMES: usize = PIECE_BYTES as usize / SMALLEST_FRAME + 1;

/// Where a store puts the bytes of a range.
pub struct ObjectSink {
    version: Option<oneshot::Sender<ObjectVersion>>,
    frames: mpsc::Sender<Bytes>,
    /// Small frames, less than [`SMALLEST_FRAME`] together.
    gathered: BytesMut,
}

impl fmt::Debug for ObjectSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectSink").finish_non_exhaustive()
    }
}

impl ObjectSink {
    /// Says of which content the bytes are. To be called before the first of them, and also when
    /// there are none; only the first call counts.
    pub fn begin(&mut self, version: ObjectVersion) {
        if let Some(told) = self.version.take() {
            // A reader that is gone wants to know nothing.
            let _unread = told.send(version);
        }
    }

    /// Takes the next bytes. Waits while too many are unread.
    pub async fn put(&mut self, data: Bytes) {
        if data.len() < SMALLEST_FRAME {
            self.gathered.extend_from_slice(&data);
            if self.gathered.len() >= SMALLEST_FRAME {
                self.flush().await;
            }
            return;
        }
        self.flush().await;
        self.send(data).await;
    }

    async fn flush(&mut self) {
        if !self.gathered.is_empty() {
            let gathered = std::mem::take(&mut self.gathered);
            self.send(gathered.freeze()).await;
        }
    }

    async fn send(&self, frame: Bytes) {
        // Whoever drops the other side gives the request up as well.
        let _unread = self.frames.send(frame).await;
    }
}

/// A range that is being read.
#[derive(Debug)]
pub(super) struct ObjectStream {
    /// `None` once it has been told.
    telling: Option<oneshot::Receiver<ObjectVersion>>,
    version: Option<ObjectVersion>,
    frames: mpsc::Receiver<Bytes>,
    /// `None` once it is over.
    request: Option<Begun<()>>,
}

/// Both sides of a range.
fn pipe() -> (
    ObjectSink,
    oneshot::Receiver<ObjectVersion>,
    mpsc::Receiver<Bytes>,
) {
    let (told, version) = oneshot::channel();
    let (sender, frames) = mpsc::channel(WAITING_FRAMES);
    let sink = ObjectSink {
        version: Some(told),
        frames: sender,
        gathered: BytesMut::new(),
    };
    (sink, version, frames)
}

impl ObjectStream {
    /// Begins to read a range; with `etag` only of that content. It goes on while nobody looks at
    /// it, until all of it waits to be read, and is given up when this is dropped.
    pub(super) fn begin(
        objects: &Arc<Objects>,
        key: &str,
        range: Range<u64>,
        etag: Option<&str>,
    ) -> Self {
        let (mut sink, telling, frames) = pipe();
        let shared = Arc::clone(objects);
        let (key, etag) = (key.to_owned(), etag.map(str::to_owned));
        let request = Begun::new(&objects.tasks, "read a range", async move {
            let store = &shared.store;
            store.read(&key, range, etag.as_deref(), &mut sink).await?;
            sink.flush().await;
            Ok(())
        });
        Self {
            telling: Some(telling),
            version: None,
            frames,
            request: Some(request),
        }
    }

    /// Waits until it is known which content is being read.
    pub(super) async fn version(&mut self) -> Result<&ObjectVersion, ObjectError> {
        if let Some(telling) = &mut self.telling {
            let told = telling.await;
            self.telling = None;
            match told {
                Ok(version) => self.version = Some(version),
                Err(_unsaid) => self.end().await?,
            }
        }
        self.version.as_ref().ok_or_else(nothing_said)
    }

    /// The next bytes, none at the end. It can be dropped while it waits, and loses nothing.
    pub(super) async fn next(&mut self) -> Result<Bytes, ObjectError> {
        match self.frames.recv().await {
            Some(frame) => Ok(frame),
            None => self.end().await.map(|()| Bytes::new()),
        }
    }

    async fn end(&mut self) -> Result<(), ObjectError> {
        let Some(request) = &mut self.request else {
            return Ok(());
        };
        let ended = request.await;
        self.request = None;
        ended
    }
}

/// Reads a range into one piece.
pub(crate) async fn read_whole(
    store: &dyn ObjectStore,
    key: &str,
    range: Range<u64>,
) -> Result<Bytes, ObjectError> {
    let (mut sink, _telling, mut frames) = pipe();
    let read = async move {
        let read = store.read(key, range, None, &mut sink).await;
        sink.flush().await;
        read
    };
    let gather = async move {
        let first = frames.recv().await.unwrap_or_default();
        let Some(second) = frames.recv().await else {
            return first;
        };
        let mut whole = BytesMut::from(first);
        whole.extend_from_slice(&second);
        while let Some(next) = frames.recv().await {
            whole.extend_from_slice(&next);
        }
        whole.freeze()
    };
    let (read, whole) = futures::join!(read, gather);
    read.map(|()| whole)
}

fn nothing_said() -> ObjectError {
    ObjectError {
        kind: UfsErrorKind::Unexpected,
        reason: "The store did not say what it gave".to_owned(),
        property: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_frames_are_put_together_and_large_ones_are_not_moved() {
        let (mut sink, _telling, mut frames) = pipe();
        let large = Bytes::from(vec![1; SMALLEST_FRAME]);
        sink.put(Bytes::from_static(b"ab")).await;
        sink.put(Bytes::from_static(b"c")).await;
        sink.put(large.clone()).await;
        sink.put(Bytes::from_static(b"d")).await;
        sink.flush().await;
        drop(sink);
        assert_eq!(frames.recv().await.unwrap(), "abc");
        assert_eq!(frames.recv().await.unwrap().as_ptr(), large.as_ptr());
        assert_eq!(frames.recv().await.unwrap(), "d");
        assert_eq!(frames.recv().await, None);
    }
}
