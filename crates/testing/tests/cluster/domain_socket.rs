//! Workers that clients of their machine reach over a domain socket. No network leads to the workers
//! of these tests, whose containers have a name that nobody knows: what arrives came over the socket.

use std::os::unix::net::UnixListener;
use std::path::Path;

use alluxio_client::{DomainSocketNames, FileSystem, ShortCircuit};
use alluxio_common::{ByteSize, ReadType, WriteType};
use alluxio_testing::{ClusterOptions, MiniCluster, content, read_file, write_file};
use tempfile::TempDir;

use crate::support::{path, start, write_as};

const ADDRESS: &str = "alluxio.worker.data.server.domain.socket.address";
const AS_UUID: &str = "alluxio.worker.data.server.domain.socket.as.uuid";
const UNREACHABLE: (&str, &str) = ("alluxio.worker.container.hostname", "no.such.host.invalid");

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn options(address: &Path, more: &[(&'static str, &'static str)]) -> ClusterOptions {
    let address: &'static str = address.display().to_string().leak();
    ClusterOptions {
        properties: [&[(ADDRESS, address), UNREACHABLE], more].concat(),
        ..ClusterOptions::default()
    }
}

/// Writes and reads files of several blocks.
async fn use_it(files: &FileSystem, name: &str) {
    let bytes = content(1, 5_000_000);
    for write_type in [WriteType::MustCache, WriteType::CacheThrough] {
        let path = path(&format!("/{name}/{write_type}"));
        let mut options = write_as(write_type);
        options.block_size = Some(ByteSize::from_bytes(2 << 20));
        write_file(files, &path, &bytes, options).await.unwrap();
        for read_type in [ReadType::Cache, ReadType::NoCache] {
            let read = read_file(files, &path, read_type).await.unwrap();
            assert!(read == bytes, "{path} {read_type}");
        }
    }
}

/// Blocks that were opened as files, and as streams.
fn opened(cluster: &MiniCluster) -> (i64, i64) {
    let metrics = &cluster.worker(0).worker().metrics;
    let (files, streams) = (&metrics.blocks_read_local, &metrics.blocks_read_remote);
    (files.value(), streams.value())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_the_machine_needs_no_network_and_opens_files_only_when_it_prefers_to() {
    let folder = folder();
    let cluster = start(options(&folder.path().join("socket"), &[])).await;
    for short_circuit in [ShortCircuit::Enabled, ShortCircuit::Disabled] {
        let files = cluster.client_with(|conf| conf.short_circuit = short_circuit);
        use_it(&files, &format!("{short_circuit:?}")).await;
    }
    let (as_files, as_streams) = opened(&cluster);
    assert_eq!(as_files, 0);
    let preferred = cluster.client_with(|conf| conf.short_circuit = ShortCircuit::Preferred);
    use_it(&preferred, "preferred").await;
    let (as_files, still) = opened(&cluster);
    assert!(as_files > 0);
    assert_eq!(still, as_streams);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_in_another_container_uses_a_socket_that_it_sees() {
    let folder = folder();
    let cluster = start(options(folder.path(), &[(AS_UUID, "true")])).await;
    let elsewhere = cluster.client_with(|conf| {
        conf.hostname = "another.container".to_owned();
        conf.domain_sockets = DomainSocketNames::Unique;
    });
    use_it(&elsewhere, "elsewhere").await;
    let by_name = cluster.client_with(|conf| {
        conf.hostname = "another.container".to_owned();
        conf.block_read_retry.total = std::time::Duration::ZERO;
    });
    let written = path("/elsewhere/MUST_CACHE");
    let read = read_file(&by_name, &written, ReadType::Cache).await;
    read.expect_err("no network leads there");
    cluster.shutdown().await;
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_comes_back_finds_the_file_of_its_last_life() {
    for as_uuid in ["false", "true"] {
        let folder = folder();
        let (address, left) = match as_uuid {
            "true" => {
                let name = "5ff3a02e-9d2c-4d9b-a4ee-0a1b0d1f5c1e";
                (folder.path().to_owned(), folder.path().join(name))
            }
            _ => (folder.path().join("socket"), folder.path().join("socket")),
        };
        let mut cluster = start(options(&address, &[(AS_UUID, as_uuid)])).await;
        use_it(&cluster.client(), "before").await;
        cluster.stop_worker(0).await;
        drop(UnixListener::bind(&left).unwrap());
        cluster.start_worker(0).await.unwrap();
        use_it(&cluster.client(), "after").await;
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
        cluster.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_whose_socket_cannot_be_says_which_property_to_change() {
    let folder = folder();
    let taken = folder.path().join("taken");
    let _somebody = UnixListener::bind(&taken).unwrap();
    for (address, why) in [
        (folder.path().join("x".repeat(200)), "107"),
        (folder.path().join("missing/socket"), "No such file"),
        (folder.path().to_owned(), "not a domain socket"),
        (taken.clone(), "somebody else does"),
    ] {
        let refused = MiniCluster::start(options(&address, &[])).await;
        let error = format!("{:#}", refused.expect_err("it cannot listen there"));
        assert!(error.contains(ADDRESS), "{error}");
        assert!(error.contains(&address.display().to_string()), "{error}");
        assert!(error.contains(why), "{error}");
    }
}
