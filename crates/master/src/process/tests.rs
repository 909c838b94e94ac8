use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::{Conf, Machine};
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::user::IdentityGroups;
use alluxio_common::{Describe, Hint, SystemClock, UfsPath};
use alluxio_rpc::{Authentication, ServerAddress, SingleMaster};
use alluxio_ufs::UfsRegistry;
use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::{
    MasterConf, MasterDeps, MasterProcess, ProgramVersion, StartMasterError, format_master,
};
use crate::file_system::CreateDirectoryOptions;

fn properties(folder: &Path) -> Conf {
    let text = |name: &str| folder.join(name).display().to_string();
    let (journal, store) = (text("journal"), text("parent/store"));
    let pairs = [
        ("alluxio.master.journal.folder", journal.as_str()),
        ("alluxio.master.mount.table.root.ufs", store.as_str()),
        ("alluxio.master.hostname", "localhost"),
    ];
    Conf::of(Machine::sample(), &pairs).unwrap()
}

fn format(folder: &Path) {
    let mut rng = SmallRng::seed_from_u64(1);
    format_master(&properties(folder), &SystemClock::new(), &mut rng).unwrap();
}

fn master_conf(folder: &Path) -> MasterConf {
    let program = ProgramVersion {
        version: "2.9.4",
        revision: "",
    };
    let login_user = "alluxio".to_owned();
    let authentication = Authentication::NoSasl { login_user };
    let conf = MasterConf::from_properties(&properties(folder), program, authentication).unwrap();
    MasterConf {
        bind_host: "127.0.0.1".to_owned(),
        web_bind_host: "127.0.0.1".to_owned(),
        rpc_port: 0,
        web_port: 0,
        ..conf
    }
}

async fn start(conf: MasterConf) -> Result<MasterProcess, StartMasterError> {
    start_with_seed(conf, 2).await
}

async fn start_with_seed(conf: MasterConf, seed: u64) -> Result<MasterProcess, StartMasterError> {
    let clock = SystemClock::shared();
    let deps = MasterDeps {
        rng: SmallRng::seed_from_u64(seed),
        registry: UfsRegistry::standard(Arc::clone(&clock)),
        groups: Arc::new(IdentityGroups),
        job_master: Arc::new(SingleMaster(ServerAddress::new("127.0.0.1", 1))),
        metrics: Metrics::new(Arc::clone(&clock)),
        levels: LogLevels::default(),
        audit: None,
        clock,
    };
    MasterProcess::start(conf, deps).await
}

async fn make_directory(master: &MasterProcess, path: &str) {
    let files = master.files();
    let path = alluxio_common::AlluxioPath::parse(path).unwrap();
    files
        .create_directory(
            &files.own_request(),
            &path,
            CreateDirectoryOptions::default(),
        )
        .await
        .unwrap();
}

fn log_files(folder: &Path) -> Vec<PathBuf> {
    let logs = std::fs::read_dir(folder.join("journal/FileSystemMaster/logs")).unwrap();
    let mut files: Vec<PathBuf> = logs.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_journal_that_was_never_formatted_is_refused_with_the_command_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let error = start(master_conf(folder.path())).await.unwrap_err();
    assert!(
        error.to_string().contains("has not been formatted!"),
        "{error}"
    );
    let hint = Hint::RunCommand("alluxio formatMasters".to_owned());
    assert_eq!(error.hint(), Some(hint));
}

#[tokio::test]
async fn a_second_master_on_the_same_journal_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    format(folder.path());
    let first = start(master_conf(folder.path())).await.unwrap();
    let error = start(master_conf(folder.path())).await.unwrap_err();
    assert!(
        error.to_string().contains("is in use by process"),
        "{error}"
    );
    first.shutdown().await;
    start(master_conf(folder.path()))
        .await
        .unwrap()
        .shutdown()
        .await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_property() {
    let folder = tempfile::tempdir().unwrap();
    format(folder.path());
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let mut conf = master_conf(folder.path());
    conf.web_port = port;
    let error = start(conf).await.unwrap_err();
    assert!(
        error.to_string().contains(&format!("127.0.0.1:{port}")),
        "{error}"
    );
    assert_eq!(
        error.hint(),
        Some(Hint::CheckProperty("alluxio.master.web.port"))
    );
}

#[tokio::test]
async fn the_directory_of_a_local_root_store_is_created() {
    let folder = tempfile::tempdir().unwrap();
    format(folder.path());
    let master = start(master_conf(folder.path())).await.unwrap();
    assert!(folder.path().join("parent/store").is_dir());
    master.shutdown().await;
}

#[tokio::test]
async fn a_root_store_that_says_nothing_keeps_nobody_from_what_is_cached() {
    let folder = tempfile::tempdir().unwrap();
    format(folder.path());
    // It takes connections, as the machine does that for it, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let mut conf = master_conf(folder.path());
    conf.file_system.root_ufs = UfsPath::parse("s3://bucket/d").unwrap();
    conf.file_system.root_properties = [
        ("alluxio.underfs.s3.endpoint", endpoint.as_str()),
        ("alluxio.underfs.s3.inherit.acl", "false"),
        ("s3a.accessKeyId", "key"),
        ("s3a.secretKey", "secret"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let started = tokio::time::timeout(Duration::from_secs(20), start(conf));
    let master = started.await.unwrap().unwrap();
    let problem = master.root_store_problem().unwrap();
    assert_eq!(
        problem.to_string(),
        "The root store s3://bucket/d cannot be used: It has not answered yet"
    );
    assert!(master.files().read(|tree| tree.root().is_some()));
    master.shutdown().await;
}

#[tokio::test]
async fn another_root_store_than_before_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    format(folder.path());
    let stores = ["first", "other"].map(|name| {
        let store = folder.path().join(name).display().to_string();
        UfsPath::parse(&store).unwrap()
    });
    let [first, other] = &stores;
    let mut told = Vec::new();
    for store in [first, first, other, other, first] {
        let mut conf = master_conf(folder.path());
        conf.file_system.root_ufs = store.clone();
        let master = start(conf).await.unwrap();
        told.push(master.root_store_problem().map(ToString::to_string));
        master.checkpoint().await.unwrap();
        master.shutdown().await;
    }
    let of = |now: &UfsPath, before: &UfsPath| {
        Some(format!(
            "The root store {now} is another one than before, which was {before}: what is \
             persisted there is not found here"
        ))
    };
    assert_eq!(told, [None, None, of(other, first), None, of(first, other)]);
}

#[tokio::test]
async fn a_root_store_that_is_a_file_is_refused_with_its_property() {
    let folder = tempfile::tempdir().unwrap();
    format(folder.path());
    std::fs::create_dir(folder.path().join("parent")).unwrap();
    std::fs::write(folder.path().join("parent/store"), b"").unwrap();
    let error = start(master_conf(folder.path())).await.unwrap_err();
    assert!(error.to_string().contains("parent/store"), "{error}");
    let property = "alluxio.master.mount.table.root.ufs";
    assert_eq!(error.hint(), Some(Hint::CheckProperty(property)));
}

#[tokio::test]
async fn a_damaged_journal_is_refused_with_file_and_offset() {
    let folder = tempfile::tempdir().unwrap();
    format(folder.path());
    let master = start(master_conf(folder.path())).await.unwrap();
    for index in 0..10 {
        make_directory(&master, &format!("/directory-{index}")).await;
    }
    master.shutdown().await;
    // A segment that was closed: what is wrong in it is no torn end.
    let file = log_files(folder.path()).remove(0);
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let error = start(master_conf(folder.path())).await.unwrap_err();
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(error.to_string().contains(name), "{error}");
    assert!(error.to_string().contains("at byte"), "{error}");
}

#[tokio::test]
async fn a_start_brings_back_what_a_stop_left_from_log_and_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    format(folder.path());
    let mut before = None;
    for round in 0..4 {
        let master = start(master_conf(folder.path())).await.unwrap();
        if let Some(before) = before {
            assert_eq!(master.files().state_hash(), before, "round {round}");
        }
        make_directory(&master, &format!("/round-{round}")).await;
        if round % 2 == 1 {
            master.checkpoint().await.unwrap();
            make_directory(&master, &format!("/behind-{round}")).await;
        }
        before = Some(master.files().state_hash());
        master.shutdown().await;
    }
}

#[tokio::test]
async fn a_new_journal_is_another_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for seed in 0..2 {
        format(folder.path());
        let conf = master_conf(folder.path());
        let master = start_with_seed(conf, seed).await.unwrap();
        let files = master.files();
        names.push(files.read(|tree| tree.settings().cluster_id.clone()));
        master.shutdown().await;
    }
    assert_eq!(names[0].len(), 36);
    assert_ne!(names[0], names[1]);
}
