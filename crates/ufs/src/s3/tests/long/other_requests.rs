//! The contract of all stores, over the requests for stores that know no better ones.

use super::super::contract::root;
use super::super::{MinIo, connect};
use crate::contract::broken_promises;

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn the_first_version_of_listings_and_single_deletions_keep_every_promise() {
    let minio = MinIo::start();
    let mut properties = minio.properties();
    properties.set("alluxio.underfs.s3.list.objects.v1", "true");
    properties.set("alluxio.underfs.s3.bulk.delete.enabled", "false");
    let broken = broken_promises(connect("s3://bucket/", &properties).as_ref(), &root()).await;
    assert_eq!(broken, Vec::<String>::new());
}
