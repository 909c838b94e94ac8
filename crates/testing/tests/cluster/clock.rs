use alluxio_client::{Descend, SetAttributeOptions, Ttl};
use alluxio_common::{PersistenceState, ReadType, TtlAction, WriteType};
use alluxio_master::block::WorkerFilter;
use alluxio_testing::{ClusterOptions, content, eventually, read_file, write_file};

use crate::support::{path, persisted, start, write_as};

const HOUR: i64 = 3_600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_clock_that_jumps_loses_no_worker_and_no_file() {
    let mut cluster = start(ClusterOptions {
        properties: vec![
            ("alluxio.master.worker.timeout", "5s"),
            ("alluxio.master.lost.worker.detection.interval", "50ms"),
        ],
        ..ClusterOptions::default()
    })
    .await;
    let files = cluster.client();
    let bytes = content(1, 100_000);
    let short_lived = path("/short-lived");
    let options = || write_as(WriteType::MustCache);
    write_file(&files, &short_lived, &bytes, options())
        .await
        .unwrap();
    let lifetime = SetAttributeOptions {
        ttl: Some(Ttl {
            millis: HOUR,
            action: TtlAction::Delete,
        }),
        ..SetAttributeOptions::default()
    };
    files
        .set_attribute(&short_lived, Descend::No, lifetime)
        .await
        .unwrap();

    for (round, ahead) in [-24 * HOUR, HOUR / 2, -HOUR / 2].into_iter().enumerate() {
        cluster.set_wall_clock_ahead(ahead);
        for write_type in [
            WriteType::MustCache,
            WriteType::AsyncThrough,
            WriteType::Through,
        ] {
            let path = path(&format!("/{round}/{write_type}"));
            write_file(&files, &path, &bytes, write_as(write_type))
                .await
                .unwrap();
            if write_type != WriteType::MustCache {
                persisted(&files, &path).await;
            }
            let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
            assert!(read == bytes);
        }
        let live = cluster.master().blocks().workers(&WorkerFilter::Live);
        assert_eq!(live.len(), 1);
        assert!(files.exists(&short_lived).await.unwrap());
        if round == 1 {
            cluster.restart_all().await.unwrap();
        }
    }
    cluster.set_wall_clock_ahead(2 * HOUR);
    eventually("what was to live for an hour is gone", async || {
        !files.exists(&short_lived).await.unwrap()
    })
    .await;
    let kept = files.get_status(&path("/0/MUST_CACHE")).await.unwrap();
    assert_eq!(kept.persistence, PersistenceState::NotPersisted);
    cluster.shutdown().await;
}
