//! The same over buckets, which a program that is not ours looks into: `make test` builds a MinIO.

use crate::agrees;
use crate::ground::GroundKind;

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn a_cluster_over_buckets_is_what_the_model_says_1() {
    agrees(GroundKind::Buckets, 1).await;
}

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn a_cluster_over_buckets_is_what_the_model_says_2() {
    agrees(GroundKind::Buckets, 2).await;
}
