//! What others on the machine, and on the network, must not see or do.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::Cluster;

const SERVERS: [&str; 4] = ["master", "job_master", "worker", "job_worker"];

const WEB_PORTS: [(&str, &str); 4] = [
    ("alluxio.master.web.port", "master"),
    ("alluxio.worker.web.port", "worker"),
    ("alluxio.job.master.web.port", "job_master"),
    ("alluxio.job.worker.web.port", "job_worker"),
];

/// Everything below a folder that somebody else of the machine may use.
fn open_to_others(folder: &Path) -> Vec<String> {
    let mut open = Vec::new();
    let mut todo = vec![folder.to_path_buf()];
    while let Some(path) = todo.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            open.push(format!("{mode:o} {}", path.display()));
        }
        if metadata.is_dir() {
            todo.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
    open
}

#[test]
fn journal_and_dump_are_for_the_user_of_the_master_alone() {
    let cluster = Cluster::started();
    cluster.fs_out("mkdir /a");
    assert_eq!(cluster.stop().code, 0);
    let said = cluster.run(&["readJournal", "-outputDir", "dump"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(
        open_to_others(&cluster.path("journal/FileSystemMaster")),
        Vec::<String>::new()
    );
    assert_eq!(
        open_to_others(&cluster.path("dump/edits.txt")),
        Vec::<String>::new()
    );
}

/// Where something was told, and what.
type Told = Vec<(String, String)>;

fn told_by_commands(cluster: &Cluster) -> Told {
    let mut texts = Told::new();
    // One mount that can be done, and one that cannot.
    let other = cluster.path("other");
    fs::create_dir(&other).unwrap();
    let commands = [
        format!(
            "mount --option a.secretKey=hush-mount /mnt {}",
            other.display()
        ),
        "mount --option s3a.accessKeyId=hush-id --option s3a.secretKey=hush-mount \
         --option alluxio.underfs.s3.endpoint=http://127.0.0.1:1 /s3 s3://bucket/"
            .to_owned(),
        "mount".to_owned(),
        "updateMount --option b.token=hush-mount /mnt".to_owned(),
        "ls -R /".to_owned(),
    ];
    for line in commands {
        texts.push((line.clone(), format!("{:?}", cluster.fs(&line))));
    }
    for words in [
        ["getConf", "--source"].as_slice(),
        &["getConf", "--master", "--source"],
        &["fsadmin", "report", "ufs"],
        &["fsadmin", "doctor"],
        &["validateConf"],
    ] {
        texts.push((format!("{words:?}"), format!("{:?}", cluster.run(words))));
    }
    texts
}

fn told_by_servers(cluster: &Cluster) -> Told {
    let mut texts = Told::new();
    for name in SERVERS {
        let pid = cluster.pid(name).unwrap();
        let told = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
        assert!(
            told.contains("-Dalluxio.worker.ramdisk.size=100MB"),
            "{told}"
        );
        texts.push((format!("command line of {name}"), told));
    }
    for (port, process) in WEB_PORTS {
        for address in [
            "/".to_owned(),
            "/configuration".to_owned(),
            "/mounts".to_owned(),
            "/browse".to_owned(),
            format!("/logs?path={process}.log"),
            "/metrics/json/".to_owned(),
            format!("/api/v1/{process}/info"),
            format!("/api/v1/{process}/webui_config"),
        ] {
            texts.push((format!("{port}{address}"), cluster.get(port, &address)));
        }
    }
    texts
}

#[test]
fn a_secret_is_on_no_command_line_in_no_log_on_no_page_and_in_no_listing() {
    let cluster = Cluster::formatted();
    cluster.configure(&[
        ("alluxio.debug", "true"),
        ("s3a.secretKey", "hush-site"),
        ("alluxio.underfs.cephfs.auth.key", "hush-site"),
    ]);
    let said = cluster.run(&[
        "process",
        "start",
        "local",
        "NoMount",
        "-Dfs.oss.accessKeySecret=hush-'option'",
        "-Dalluxio.worker.ramdisk.size=100MB",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    let mut texts = vec![("start".to_owned(), format!("{said:?}"))];

    texts.extend(told_by_commands(&cluster));
    texts.extend(told_by_servers(&cluster));
    // The servers know what they do not show.
    let known = cluster.run(&["getConf", "--master", "fs.oss.accessKeySecret"]);
    assert!(known.out.contains("******"), "{known:?}");

    assert_eq!(cluster.stop().code, 0);
    let said = cluster.run(&["readJournal", "-outputDir", "dump"]);
    assert_eq!(said.code, 0, "{said:?}");
    let dump = fs::read_to_string(cluster.path("dump/edits.txt")).unwrap();
    assert!(
        dump.contains("a.secretKey") && dump.contains("******"),
        "{dump}"
    );
    texts.push(("dump".to_owned(), dump));
    for entry in fs::read_dir(cluster.path("logs")).unwrap() {
        let file = entry.unwrap().path();
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        texts.push((file.display().to_string(), text));
    }
    for (place, text) in texts {
        for line in text.lines() {
            assert!(!line.contains("hush"), "{place}: {line}");
        }
    }
}

#[test]
fn a_secret_that_was_typed_is_soon_gone_from_the_command_line() {
    let cluster = Cluster::started();
    // A store that says nothing: the command waits for it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let mut command = cluster.command(&["fs", "mount", "--option", "s3a.accessKeyId=hush"]);
    command.args(["--option", "s3a.secretKey=hush", "--option"]);
    command.arg(format!("alluxio.underfs.s3.endpoint={endpoint}"));
    command.args(["/s3", "s3://bucket/"]);
    let mut running = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _asked = silent.accept().unwrap();
    let told = fs::read_to_string(format!("/proc/{}/cmdline", running.id())).unwrap();
    assert!(told.contains("s3a.secretKey=****"), "{told}");
    assert!(told.contains(&endpoint) && !told.contains("hush"), "{told}");
    running.kill().unwrap();
    running.wait().unwrap();
}

#[test]
fn a_secret_reaches_another_host_on_no_command_line() {
    let cluster = Cluster::formatted();
    fs::write(cluster.path("conf/workers"), "elsewhere\n").unwrap();
    cluster.replace_program(
        "ssh",
        "echo \"$@\" > \"$ALLUXIO_HOME/ssh.log\"; \
         for last; do :; done; exec sh -c \"$last\"",
    );
    fs::create_dir(cluster.path("bin")).unwrap();
    let script = cluster.path("bin/alluxio-start.sh");
    fs::write(
        &script,
        "#!/bin/sh\necho \"$ALLUXIO_HIDDEN_OPTIONS\" \"$@\"\n",
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let said = cluster.run(&[
        "process",
        "start",
        "workers",
        "-Ds3a.secretKey=it's hush",
        "-Da=b",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    let told = fs::read_to_string(cluster.path("ssh.log")).unwrap();
    assert!(told.contains("-Da=b") && !told.contains("hush"), "{told}");
    let arrived = r"[elsewhere] -Ds3a.secretKey='it'\''s hush' worker -Da=b";
    assert!(said.out.contains(arrived), "{said:?}");
}

#[test]
fn no_memory_ends_in_a_core_file() {
    let cluster = Cluster::formatted();
    let start = ["process", "start", "local", "NoMount"];
    let said = cluster.run_after(&["sh"], "ulimit -c unlimited", &start);
    assert_eq!(said.code, 0, "{said:?}");
    for name in SERVERS {
        let pid = cluster.pid(name).unwrap();
        let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        let soft = core.unwrap().split_whitespace().nth(4);
        assert_eq!(soft, Some("1"), "{name}: {limits}");
    }
    let master = Pid::from_raw(cluster.pid("master").unwrap());
    kill(master, Signal::SIGABRT).unwrap();
    // What has ended has no command line any more, also where nobody has asked for its end yet.
    let command_line = format!("/proc/{master}/cmdline");
    while fs::read(&command_line).is_ok_and(|text| !text.is_empty()) {
        std::thread::yield_now();
    }
    let left = fs::read_dir(cluster.path("")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    let is_core = |name: &std::ffi::OsString| name.to_string_lossy().starts_with("core");
    assert!(!left.iter().any(is_core), "{left:?}");
}

#[test]
fn keys_in_a_site_file_that_everybody_may_read_are_told_of() {
    let cluster = Cluster::formatted();
    cluster.configure(&[("s3a.secretKey", "hush")]);
    let site = cluster.path("conf/alluxio-site.properties");
    let is_told = |mode: u32| {
        fs::set_permissions(&site, fs::Permissions::from_mode(mode)).unwrap();
        let said = cluster.run(&["process", "start", "master"]);
        assert_eq!(said.code, 0, "{said:?}");
        let log = cluster.path("logs/master.log");
        let text = fs::read_to_string(&log).unwrap();
        assert_eq!(cluster.stop().code, 0);
        fs::remove_file(&log).unwrap();
        text.contains("everybody of this machine may read it: chmod o-r")
    };
    assert!(is_told(0o644));
    assert!(!is_told(0o640));
}

#[test]
fn pages_survive_hostile_names_and_addresses() {
    let cluster = Cluster::started();
    let names = [
        "<script>alert(1)<",
        "\"onmouseover=alert(2) x=\"",
        "a\r\nSet-Cookie: stolen=1\r\n\r\n<script>alert(3)<",
        "%3Cscript%3Ealert(4)%3C",
        "\u{202e}gpj.exe",
    ];
    for name in names {
        let said = cluster.run(&["fs", "mkdir", &format!("/{name}/{name}")]);
        assert_eq!(said.code, 0, "{said:?}");
    }
    let encoded =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let mut addresses = vec![
        "/browse".to_owned(),
        "/browse?path=%2F..%2F..%2Fetc%2Fpasswd".to_owned(),
        "/logs?path=..%2Fconf%2Falluxio-site.properties".to_owned(),
        "/logs?path=%2Fetc%2Fpasswd".to_owned(),
        "/logs?path=master.log%00".to_owned(),
        "/..%2f..%2fetc/passwd".to_owned(),
        "/%3Cscript%3Ealert(5)%3C".to_owned(),
        "/nowhere%0d%0aSet-Cookie:%20stolen=1".to_owned(),
    ];
    for name in names {
        let name = encoded(name);
        addresses.push(format!("/browse?path=%2F{name}"));
        addresses.push(format!("/browse?path=%2F{name}%2Fnowhere"));
        addresses.push(format!("/logs?path={name}"));
        addresses.push(format!("/api/v1/worker/webui_logs?path={name}"));
    }
    for port in ["alluxio.master.web.port", "alluxio.worker.web.port"] {
        for address in &addresses {
            let answer = cluster.get(port, address);
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            let head = head.to_lowercase();
            assert!(
                head.contains("content-security-policy: default-src 'none'"),
                "{address}: {head}"
            );
            assert!(
                head.contains("x-content-type-options: nosniff"),
                "{address}: {head}"
            );
            assert!(!head.contains("\nset-cookie"), "{address}: {head}");
            let is_page = head.contains("text/html");
            assert!(!is_page || !body.contains("<script"), "{address}: {body}");
            assert!(
                !body.contains("\"onmouseover") || !is_page,
                "{address}: {body}"
            );
            for leaked in ["root:x:", "alluxio.worker.ramdisk.size=256MB"] {
                assert!(!body.contains(leaked), "{address}: {body}");
            }
        }
    }
}
