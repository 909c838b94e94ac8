//! `memory://bucket/..`: object stores in the memory of the process, for tests. They behave as the
//! real ones do: flat keys, common prefixes, pages, parts that nobody sees before they are complete.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Bound, Range};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Clock, Tasks, Timestamp};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;

use super::store::is_at_or_below;
use super::{
    CopiedPiece, ListedObject, ObjectError, ObjectList, ObjectOptions, ObjectPage, ObjectPart,
    ObjectSink, ObjectStatus, ObjectStore, ObjectUfs, ObjectVersion, Payload, UnfinishedUpload,
};
use crate::{UfsErrorKind, UnderFileSystem};

/// As most stores have it.
const BATCH_LIMIT: usize = 1000;

/// The longest key in bytes, as S3 has it.
const KEY_LIMIT: usize = 1024;

/// Small, so that tests of a few MiB copy in parts.
const COPY_LIMIT: u64 = 1 << 20;

/// The buckets of a test. Clones share them, so several connectors see the same objects.
#[derive(Debug, Clone)]
pub struct MemoryStores {
    buckets: Arc<Mutex<HashMap<String, Arc<Mutex<Bucket>>>>>,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
}

impl MemoryStores {
    /// No buckets; each comes to be with the first connector to it.
    pub fn new(clock: Arc<dyn Clock>, tasks: Tasks) -> Self {
        Self {
            buckets: Arc::default(),
            clock,
            tasks,
        }
    }

    /// A connector to a bucket.
    pub fn connect(&self, bucket: &str) -> Arc<dyn UnderFileSystem> {
        // Small parts, so that tests of a few MiB have several.
        let options = ObjectOptions {
            part_bytes: 1 << 20,
            ..ObjectOptions::default()
        };
        let store = Box::new(self.objects(bucket));
        Arc::new(ObjectUfs::new(store, options, self.tasks.clone()))
    }

    /// How many uploads of a bucket are neither complete nor aborted.
    pub fn unfinished_uploads(&self, bucket: &str) -> usize {
        self.objects(bucket).bucket.lock().uploads.len()
    }

    /// The bucket itself, without the directories that are made of it.
    #[cfg(test)]
    pub(crate) fn store(&self, name: &str) -> Box<dyn ObjectStore> {
        Box::new(self.objects(name))
    }

    pub(super) fn objects(&self, name: &str) -> MemoryObjects {
        let mut buckets = self.buckets.lock();
        MemoryObjects {
            name: name.to_owned(),
            bucket: Arc::clone(buckets.entry(name.to_owned()).or_default()),
            clock: Arc::clone(&self.clock),
        }
    }
}

/// One bucket.
#[derive(Debug)]
pub(super) struct MemoryObjects {
    name: String,
    bucket: Arc<Mutex<Bucket>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct Bucket {
    objects: BTreeMap<String, Object>,
    uploads: HashMap<String, Upload>,
    /// Numbers versions and uploads.
    counter: u64,
}

#[derive(Debug, Clone)]
struct Object {
    data: Bytes,
    status: ObjectStatus,
}

#[derive(Debug)]
struct Upload {
    key: String,
    since: Timestamp,
    parts: BTreeMap<u32, Bytes>,
}

fn error(kind: UfsErrorKind, reason: &str) -> ObjectError {
    ObjectError {
        kind,
        reason: reason.to_owned(),
        property: None,
    }
}

impl Bucket {
    fn insert(&mut self, key: &str, data: Bytes, now: Timestamp) -> ObjectStatus {
        self.counter += 1;
        let status = ObjectStatus {
            length: data.len() as u64,
            etag: format!("version-{}", self.counter),
            last_modified: Some(now),
        };
        let object = Object {
            data,
            status: status.clone(),
        };
        self.objects.insert(key.to_owned(), object);
        status
    }

    fn object(&self, key: &str) -> Result<&Object, ObjectError> {
        let object = self.objects.get(key);
        object.ok_or_else(|| error(UfsErrorKind::NotFound, "No such key"))
    }

    /// The key, or the common prefix that it is folded into.
    fn folded_key(request: &ObjectList, key: &str) -> String {
        let slash = key[request.prefix.len()..].find('/');
        match slash {
            Some(slash) if request.folded => key[..=request.prefix.len() + slash].to_owned(),
            Some(_) | None => key.to_owned(),
        }
    }
}

fn check_key(key: &str) -> Result<(), ObjectError> {
    if key.len() > KEY_LIMIT {
        return Err(error(UfsErrorKind::InvalidPath, "The key is too long"));
    }
    Ok(())
}

#[async_trait]
impl ObjectStore for MemoryObjects {
    fn kind(&self) -> &'static str {
        "memory"
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn batch_limit(&self) -> usize {
        BATCH_LIMIT
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectStatus>, ObjectError> {
        let bucket = self.bucket.lock();
        Ok(bucket.objects.get(key).map(|object| object.status.clone()))
    }

    async fn list(&self, request: ObjectList) -> Result<ObjectPage, ObjectError> {
        let bucket = self.bucket.lock();
        let limit = request.limit.min(BATCH_LIMIT);
        let mut page = ObjectPage::default();
        // What the next entry must lie behind, or at.
        let start_after = request.token.as_ref().or(request.start_after.as_ref());
        let mut bound = match start_after {
            Some(key) if *key >= request.prefix => Bound::Excluded(key.clone()),
            Some(_) | None => Bound::Included(request.prefix.clone()),
        };
        loop {
            let range = (bound.as_ref().map(String::as_str), Bound::Unbounded);
            let next = bucket.objects.range::<str, _>(range).next();
            let Some((key, object)) = next.filter(|(key, _)| key.starts_with(&request.prefix))
            else {
                return Ok(page);
            };
            if page.entries.len() == limit {
                let last = page.entries.last().map(|entry| match &entry.status {
                    Some(_) => entry.key.clone(),
                    None => format!("{}{}", entry.key, char::MAX),
                });
                page.next = last;
                return Ok(page);
            }
            let folded = Bucket::folded_key(&request, key);
            let is_prefix = folded.len() < key.len()
                || (request.folded && folded.ends_with('/') && folded != request.prefix);
            bound = if is_prefix {
                Bound::Excluded(format!("{folded}{}", char::MAX))
            } else {
                Bound::Excluded(folded.clone())
            };
            page.entries.push(ListedObject {
                key: folded,
                status: (!is_prefix).then(|| object.status.clone()),
            });
        }
    }

    async fn read(
        &self,
        key: &str,
        range: Range<u64>,
        etag: Option<&str>,
        sink: &mut ObjectSink,
    ) -> Result<(), ObjectError> {
        let object = self.bucket.lock().object(key)?.clone();
        if etag.is_some_and(|etag| etag != object.status.etag) {
            return Err(error(UfsErrorKind::ChangedMeanwhile, "Precondition failed"));
        }
        sink.begin(ObjectVersion {
            length: object.status.length,
            etag: object.status.etag,
        });
        let within = |offset| {
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            offset.min(object.data.len())
        };
        let data = object.data.slice(within(range.start)..within(range.end));
        sink.put(data).await;
        Ok(())
    }

    async fn put(&self, key: &str, data: Payload) -> Result<ObjectStatus, ObjectError> {
        check_key(key)?;
        let now = self.clock.now();
        Ok(self.bucket.lock().insert(key, data.to_bytes(), now))
    }

    async fn begin_upload(&self, key: &str) -> Result<String, ObjectError> {
        check_key(key)?;
        let since = self.clock.now();
        let mut bucket = self.bucket.lock();
        bucket.counter += 1;
        let id = format!("upload-{}", bucket.counter);
        let upload = Upload {
            key: key.to_owned(),
            since,
            parts: BTreeMap::new(),
        };
        bucket.uploads.insert(id.clone(), upload);
        Ok(id)
    }

    async fn upload_part(
        &self,
        _key: &str,
        upload: &str,
        number: u32,
        data: Payload,
    ) -> Result<ObjectPart, ObjectError> {
        let mut bucket = self.bucket.lock();
        let Some(upload) = bucket.uploads.get_mut(upload) else {
            return Err(error(UfsErrorKind::NotFound, "No such upload"));
        };
        upload.parts.insert(number, data.to_bytes());
        Ok(ObjectPart {
            number,
            etag: format!("part-{number}"),
        })
    }

    async fn complete_upload(
        &self,
        key: &str,
        upload: &str,
        parts: Vec<ObjectPart>,
    ) -> Result<ObjectStatus, ObjectError> {
        let now = self.clock.now();
        let mut bucket = self.bucket.lock();
        let Some(upload) = bucket.uploads.remove(upload) else {
            return Err(error(UfsErrorKind::NotFound, "No such upload"));
        };
        let mut data = BytesMut::new();
        for part in parts {
            let Some(bytes) = upload.parts.get(&part.number) else {
                return Err(error(UfsErrorKind::Corrupt, "A part is missing"));
            };
            data.extend_from_slice(bytes);
        }
        Ok(bucket.insert(key, data.freeze(), now))
    }

    async fn abort_upload(&self, _key: &str, upload: &str) -> Result<(), ObjectError> {
        self.bucket.lock().uploads.remove(upload);
        Ok(())
    }

    async fn uploads_of(&self, key: &str) -> Result<Vec<UnfinishedUpload>, ObjectError> {
        let now = self.clock.now();
        let bucket = self.bucket.lock();
        let of_key = bucket
            .uploads
            .iter()
            .filter(|(_, upload)| upload.key == key);
        let told = of_key.map(|(id, upload)| UnfinishedUpload {
            id: id.clone(),
            age: Duration::from_millis(now.millis().abs_diff(upload.since.millis())),
            has_parts: !upload.parts.is_empty(),
        });
        Ok(told.collect())
    }

    async fn abort_old_uploads(&self, key: &str, age: Duration) -> Result<u64, ObjectError> {
        let now = self.clock.now().millis();
        let age_millis = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let mut bucket = self.bucket.lock();
        let before = bucket.uploads.len();
        bucket.uploads.retain(|_, upload| {
            !is_at_or_below(&upload.key, key) || now - upload.since.millis() < age_millis
        });
        Ok((before - bucket.uploads.len()) as u64)
    }

    fn copy_limit(&self) -> u64 {
        COPY_LIMIT
    }

    async fn copy(&self, source: &str, _length: u64, target: &str) -> Result<(), ObjectError> {
        check_key(target)?;
        let now = self.clock.now();
        let mut bucket = self.bucket.lock();
        let data = bucket.object(source)?.data.clone();
        if data.len() as u64 > COPY_LIMIT {
            return Err(error(UfsErrorKind::Unsupported, "Too long for one request"));
        }
        bucket.insert(target, data, now);
        Ok(())
    }

    async fn copy_part(
        &self,
        piece: CopiedPiece<'_>,
        _target: &str,
        upload: &str,
        number: u32,
    ) -> Result<ObjectPart, ObjectError> {
        let mut bucket = self.bucket.lock();
        let object = bucket.object(piece.source)?.clone();
        if object.status.etag != piece.etag {
            return Err(error(UfsErrorKind::ChangedMeanwhile, "Precondition failed"));
        }
        let Some(upload) = bucket.uploads.get_mut(upload) else {
            return Err(error(UfsErrorKind::NotFound, "No such upload"));
        };
        let within = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
        let range = within(piece.range.start)..within(piece.range.end);
        upload.parts.insert(number, object.data.slice(range));
        Ok(ObjectPart {
            number,
            etag: format!("part-{number}"),
        })
    }

    async fn delete(&self, keys: &[String]) -> Vec<Result<(), ObjectError>> {
        let mut bucket = self.bucket.lock();
        for key in keys {
            bucket.objects.remove(key);
        }
        keys.iter().map(|_| Ok(())).collect()
    }
}
