//! The S3 store over a real MinIO: `make test` builds one and runs these tests, `make test-s3` those
//! of [`long`] as well.

mod contract;
mod faults;
mod forward;
mod long;
mod proxy;
mod setups;
mod uploads;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use alluxio_common::{SystemClock, Tasks, UfsPath};
use bytes::{Bytes, BytesMut};

use super::store::S3Objects;
use crate::{CreateOptions, UfsError, UfsProperties, UnderFileSystem};

/// A server of this test alone; it ends with it.
pub(super) struct MinIo {
    directory: tempfile::TempDir,
    pub(super) port: u16,
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../libexec/minio.sh")
}

fn call_script(arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let mut script = Command::new(script());
    let output = script.args(arguments).envs(settings.iter().copied());
    let output = output.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl MinIo {
    pub(super) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With these settings of its own in its environment.
    pub(super) fn start_with(settings: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let minio = Self { directory, port };
        call_script(&["bucket", &minio.data(), "bucket"], &[]);
        call_script(&["start", &port.to_string(), &minio.data()], settings);
        minio
    }

    fn data(&self) -> String {
        self.directory.path().join("data").display().to_string()
    }

    pub(super) fn properties(&self) -> UfsProperties {
        let endpoint = format!("http://127.0.0.1:{}/", self.port);
        UfsProperties::from_iter([
            ("alluxio.underfs.s3.endpoint", endpoint.as_str()),
            ("alluxio.underfs.s3.disable.dns.buckets", "true"),
            ("alluxio.underfs.s3.inherit.acl", "false"),
            ("s3a.accessKeyId", "minioadmin"),
            ("s3a.secretKey", "minioadmin"),
        ])
    }

    /// The same, with these in place of others.
    pub(super) fn properties_with(&self, values: &[(&str, &str)]) -> UfsProperties {
        UfsProperties::from_iter(values.iter().copied()).over(&self.properties())
    }

    pub(super) fn connect(&self) -> Arc<dyn UnderFileSystem> {
        connect("s3://bucket/", &self.properties())
    }
}

/// The bucket itself, without the directories that are made of it.
pub(super) fn objects(uri: &str, properties: &UfsProperties) -> S3Objects {
    let uri = UfsPath::parse(uri).unwrap();
    let made = super::connect::objects(&uri, properties, SystemClock::shared());
    made.unwrap().0
}

/// Bytes that differ from each other at every distance.
pub(super) fn content(length: usize) -> Bytes {
    let mut state = 1_u64;
    let bytes = (0..length).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    });
    bytes.collect()
}

pub(super) async fn write(ufs: &dyn UnderFileSystem, path: &UfsPath, data: Bytes) {
    let mut writer = ufs.create(path, CreateOptions::default()).await.unwrap();
    writer.write(data).await.unwrap();
    writer.close().await.unwrap();
}

pub(super) async fn read(ufs: &dyn UnderFileSystem, path: &UfsPath) -> Result<Bytes, UfsError> {
    let mut reader = ufs.open(path, 0).await?;
    let mut data = BytesMut::new();
    loop {
        let piece = reader.read(1 << 20).await?;
        if piece.is_empty() {
            return Ok(data.freeze());
        }
        data.extend_from_slice(&piece);
    }
}

impl Drop for MinIo {
    fn drop(&mut self) {
        call_script(&["stop", &self.data()], &[]);
    }
}

pub(super) fn connect(uri: &str, properties: &UfsProperties) -> Arc<dyn UnderFileSystem> {
    let uri = UfsPath::parse(uri).unwrap();
    super::connect(&uri, properties, SystemClock::shared(), Tasks::new(), None).unwrap()
}
