//! [`Ground`]: the stores that a cluster stands over, and what another program sees in them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use alluxio_crash::model::{StoreTarget, StoreView};
use alluxio_crash::{MinIo, folder_view};
use alluxio_testing::{ClusterOptions, MiniCluster};
use tempfile::TempDir;

use crate::script::STORES;

/// What kind of stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroundKind {
    /// Directories.
    Folders,
    /// Buckets of a MinIO.
    Buckets,
}

/// The stores of one run.
#[derive(Debug)]
pub(crate) enum Ground {
    Folders,
    Buckets { minio: Arc<MinIo>, _folder: TempDir },
}

impl Ground {
    pub(crate) fn new(kind: GroundKind) -> Self {
        if kind == GroundKind::Folders {
            return Self::Folders;
        }
        let folder = tempfile::tempdir().unwrap();
        let minio = Arc::new(MinIo::new(folder.path().join("data")).unwrap());
        for store in std::iter::once(None).chain((0..STORES).map(Some)) {
            minio.make_bucket(&bucket(store)).unwrap();
        }
        minio.start().unwrap();
        Self::Buckets {
            minio,
            _folder: folder,
        }
    }

    /// A cluster with one of the stores at its root.
    pub(crate) async fn cluster(&self) -> MiniCluster {
        let mut options = ClusterOptions::default();
        if let Self::Buckets { minio, .. } = self {
            // A cluster wants what lives as long as the program; these are few and short.
            let root = format!("s3://{}/", bucket(None)).leak();
            options.properties = vec![("alluxio.master.mount.table.root.ufs", root)];
            for (name, value) in minio.properties() {
                options.properties.push((name.leak(), value.leak()));
            }
        }
        MiniCluster::start(options).await.unwrap()
    }

    /// The stores that can be mounted.
    pub(crate) fn mountable(&self, cluster: &MiniCluster) -> Vec<StoreTarget> {
        let target = |number| match self {
            Self::Folders => {
                let folder = folder(cluster, Some(number));
                std::fs::create_dir(&folder).unwrap();
                StoreTarget {
                    uri: folder.display().to_string(),
                    properties: BTreeMap::new(),
                }
            }
            Self::Buckets { minio, .. } => StoreTarget {
                uri: format!("s3://{}/", bucket(Some(number))),
                properties: minio.properties(),
            },
        };
        (0..STORES).map(target).collect()
    }

    /// All that another program sees in a store: the one at the root, or one that can be mounted.
    pub(crate) async fn view(&self, cluster: &MiniCluster, store: Option<usize>) -> StoreView {
        match self {
            Self::Folders => folder_view(&folder(cluster, store)).unwrap(),
            Self::Buckets { minio, .. } => {
                let minio = Arc::clone(minio);
                let view = tokio::task::spawn_blocking(move || minio.view(&bucket(store)));
                view.await.unwrap().unwrap()
            }
        }
    }

    /// Uploads that were begun and not ended.
    pub(crate) fn uploads(&self) -> Vec<PathBuf> {
        match self {
            Self::Folders => Vec::new(),
            Self::Buckets { minio, .. } => minio.uploads(),
        }
    }
}

fn folder(cluster: &MiniCluster, store: Option<usize>) -> PathBuf {
    match store {
        None => cluster.root_store(),
        Some(number) => cluster.folder().join(format!("mounted-{number}")),
    }
}

fn bucket(store: Option<usize>) -> String {
    store.map_or("store".to_owned(), |number| format!("mounted-{number}"))
}
