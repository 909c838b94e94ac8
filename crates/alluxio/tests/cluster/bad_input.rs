//! What people and programs should not type or send, and do.

use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use crate::harness::{Cluster, PORTS, Said};

fn through(write_type: &str) -> String {
    format!("-Dalluxio.user.file.writetype.default={write_type}")
}

/// Runs `alluxio fs` with words that may hold blanks.
fn fs_words(cluster: &Cluster, words: &[&str]) -> Said {
    cluster.run(&[&["fs"], words].concat())
}

fn done(cluster: &Cluster, words: &[&str]) -> String {
    let said = fs_words(cluster, words);
    assert_eq!(said.code, 0, "{words:?}: {said:?}");
    said.out
}

/// The command fails, with this sentence.
fn refused(cluster: &Cluster, words: &[&str], sentence: &str) {
    let said = fs_words(cluster, words);
    assert_eq!(said.code, 255, "{words:?}: {said:?}");
    let told = format!("{}{}", said.out, said.err);
    assert!(told.contains(sentence), "{words:?}: {told}");
}

#[test]
fn names_that_mean_something_elsewhere_are_names() {
    let cluster = Cluster::started();
    let local = cluster.path("local");
    fs::write(&local, "content").unwrap();
    let local = local.display().to_string();
    let longest = "n".repeat(255);
    for name in [
        "two words",
        " blanks around ",
        "100%",
        "%2F%00",
        "new\nline",
        "tab\there",
        "\u{1F600}\u{10FFFF}",
        "...",
        "-R",
        "~",
        longest.as_str(),
    ] {
        let path = format!("/{name}");
        done(
            &cluster,
            &["copyFromLocal", &through("CACHE_THROUGH"), &local, &path],
        );
        assert_eq!(done(&cluster, &["cat", &path]), "content", "{name:?}");
        assert_eq!(fs::read(cluster.store().join(name)).unwrap(), b"content");
        let listed = done(&cluster, &["ls", "/"]);
        assert!(listed.contains(&path), "{listed}");
        done(&cluster, &["mkdir", "/d"]);
        done(&cluster, &["mv", &path, &format!("/d/{name}")]);
        assert_eq!(done(&cluster, &["cat", &format!("/d/{name}")]), "content");
        done(&cluster, &["rm", "-R", "/d"]);
        assert!(!cluster.store().join("d").try_exists().unwrap());
    }
}

#[test]
fn a_name_that_the_store_cannot_take_is_refused_with_its_sentence() {
    let cluster = Cluster::started();
    let local = cluster.path("local");
    fs::write(&local, "content").unwrap();
    let local = local.display().to_string();
    let path = format!("/{}", "n".repeat(256));
    let sentence = "File name too long";
    for write_type in ["CACHE_THROUGH", "THROUGH"] {
        refused(
            &cluster,
            &["copyFromLocal", &through(write_type), &local, &path],
            sentence,
        );
    }
    refused(
        &cluster,
        &["mkdir", &through("CACHE_THROUGH"), &path],
        sentence,
    );
    assert_eq!(done(&cluster, &["ls", "/"]), "");
    // What stays in memory needs no store.
    done(
        &cluster,
        &["copyFromLocal", &through("MUST_CACHE"), &local, &path],
    );
    assert_eq!(done(&cluster, &["cat", &path]), "content");
    done(&cluster, &["mv", &path, "/short"]);
    done(&cluster, &["persist", "/short"]);
}

#[test]
fn paths_are_made_plain_or_refused() {
    let cluster = Cluster::started();
    for (path, plain) in [
        ("/a//b", "/a/b"),
        ("/a/./c", "/a/c"),
        ("/a/x/../d", "/a/d"),
        ("/e///", "/e"),
    ] {
        let said = done(&cluster, &["mkdir", path]);
        assert_eq!(said, format!("Successfully created directory {plain}\n"));
    }
    for path in ["", "relative", "..", "/..", "/../up", "/a/../../up"] {
        for command in ["mkdir", "touch", "ls", "cat", "rm", "stat"] {
            refused(
                &cluster,
                &[command, path],
                &format!("Path \"{path}\" is invalid."),
            );
        }
    }
    assert!(!cluster.path("up").try_exists().unwrap());
    let page = |path: &str| {
        let address = format!("/browse?path={path}");
        cluster.get("alluxio.master.web.port", &address)
    };
    for path in ["//a//b", "%2F%2Fa%2F%2Fb/", "/a/./b", "/a/x/../b"] {
        let shown = page(path);
        assert!(shown.starts_with("HTTP/1.1 200 "), "{path}: {shown}");
        assert!(
            shown.contains("<a href=\"/browse?path=/a/b\">b</a>"),
            "{path}: {shown}"
        );
    }
    for path in ["relative", "..", "/..", "/%2e%2e/up", "/a/../../up"] {
        let shown = page(path);
        assert!(shown.starts_with("HTTP/1.1 404 "), "{path}: {shown}");
        assert!(shown.contains("is invalid"), "{path}: {shown}");
    }
}

#[test]
fn a_thousand_levels_are_made_listed_moved_and_removed() {
    let cluster = Cluster::started();
    let local = cluster.path("local");
    fs::write(&local, "deep").unwrap();
    let local = local.display().to_string();
    let deep = "/d".repeat(1_000);
    let file = format!("{deep}/file");
    done(&cluster, &["mkdir", &deep]);
    done(
        &cluster,
        &["copyFromLocal", &through("CACHE_THROUGH"), &local, &file],
    );
    assert_eq!(done(&cluster, &["cat", &file]), "deep");
    assert_eq!(done(&cluster, &["ls", "-R", "/"]).lines().count(), 1_001);
    let counted = done(&cluster, &["count", "/d"]);
    assert!(counted.contains("999"), "{counted}");
    done(&cluster, &["mv", "/d", "/e"]);
    assert_eq!(
        done(&cluster, &["cat", &file.replacen("/d", "/e", 1)]),
        "deep"
    );
    cluster.stop();
    assert_eq!(cluster.start().code, 0);
    assert_eq!(
        done(&cluster, &["cat", &file.replacen("/d", "/e", 1)]),
        "deep"
    );
    done(&cluster, &["rm", "-R", "/e"]);
    assert_eq!(
        fs::read_dir(cluster.store())
            .unwrap()
            .filter(|entry| {
                let name = entry.as_ref().unwrap().file_name();
                name != ".alluxio_ufs_persistence"
            })
            .count(),
        0
    );

    // Deeper than a path of this machine may be long: a sentence of the store, and nothing is left.
    let abyss = "/deep-down".repeat(1_000);
    refused(
        &cluster,
        &["mkdir", &through("CACHE_THROUGH"), &abyss],
        "File name too long",
    );
}

#[test]
fn the_root_and_what_is_mounted_stay_where_they_are() {
    let cluster = Cluster::started();
    for name in ["one", "two"] {
        fs::create_dir(cluster.path(name)).unwrap();
        fs::write(cluster.path(name).join("file"), name).unwrap();
    }
    let [one, two] = ["one", "two"].map(|name| cluster.path(name).display().to_string());
    let root = cluster.store().display().to_string();
    done(&cluster, &["mount", "/one", &one]);
    let taken = "already exists in Alluxio namespace";
    refused(&cluster, &["mount", "/one", &two], taken);
    refused(&cluster, &["mount", "/one/file", &two], taken);
    refused(&cluster, &["mount", "/", &two], taken);
    refused(&cluster, &["mount", "/again", &one], "is a prefix of");
    refused(&cluster, &["mount", "/again", &root], "is a prefix of");
    refused(
        &cluster,
        &["mount", "/again", &cluster.path("").display().to_string()],
        "is a prefix of",
    );

    let holds = "Cannot delete path / which is or contains a mount point";
    refused(&cluster, &["rm", "-R", "/"], holds);
    refused(&cluster, &["rm", "-R", "-m", "/"], "root");
    refused(&cluster, &["rm", "/"], "is a directory");
    refused(
        &cluster,
        &["mv", "/", "/moved"],
        "The root directory cannot be renamed",
    );
    refused(&cluster, &["unmount", "/"], "not root");
    refused(&cluster, &["rm", "-R", "/one"], "Cannot delete path /one");
    refused(
        &cluster,
        &["mv", "/one", "/moved"],
        "is a cross mount operation",
    );
    assert_eq!(done(&cluster, &["cat", "/one/file"]), "one");

    done(&cluster, &["mount", "/one/two", &two]);
    refused(
        &cluster,
        &["unmount", "/one"],
        "/one/two is mounted below it",
    );
    assert_eq!(done(&cluster, &["cat", "/one/two/file"]), "two");
    done(&cluster, &["unmount", "/one/two"]);
    done(&cluster, &["unmount", "/one"]);
    for name in ["one", "two"] {
        assert_eq!(
            fs::read_to_string(cluster.path(name).join("file")).unwrap(),
            name
        );
    }
}

#[test]
fn a_read_only_mount_refuses_every_change_with_its_name() {
    let cluster = Cluster::started();
    fs::create_dir(cluster.path("store")).unwrap();
    fs::write(cluster.path("store/file"), "kept").unwrap();
    let store = cluster.path("store").display().to_string();
    let local = cluster.path("store/file").display().to_string();
    done(&cluster, &["mount", "--readonly", "/ro", &store]);
    let sentence = "under a readonly mount point /ro is not allowed";
    for words in [
        ["touch", "/ro/new"].as_slice(),
        &["mkdir", "/ro/new"],
        &["rm", "/ro/file"],
        &["mv", "/ro/file", "/ro/other"],
        &["mv", "/ro/file", "/other"],
        &["chmod", "600", "/ro/file"],
        &["setfacl", "-m", "user:a:r--", "/ro/file"],
        &["rm", "-R", "-m", "/ro"],
        &["copyFromLocal", &through("MUST_CACHE"), &local, "/ro/new"],
        &["copyFromLocal", &through("THROUGH"), &local, "/ro/new"],
        &["cp", "/ro/file", "/ro/new"],
    ] {
        refused(&cluster, words, sentence);
    }
    assert_eq!(done(&cluster, &["cat", "/ro/file"]), "kept");
    assert_eq!(fs::read_dir(cluster.path("store")).unwrap().count(), 1);
}

/// Numbers that look random and are the same each time.
fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed | 1;
    std::iter::from_fn(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Some((state >> 32) as u8)
    })
}

#[test]
fn random_bytes_on_every_port_harm_nobody() {
    const HEADS: [&[u8]; 6] = [
        b"",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"GET /browse?path=",
        b"POST /api/v1/master/logLevel HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n",
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
    ];
    let cluster = Cluster::started();
    cluster.fs_out("mkdir /before");
    let pids = ["master", "job_master", "worker", "job_worker"].map(|name| cluster.pid(name));
    for (index, port) in PORTS.iter().enumerate() {
        // Nobody listens there: nobody talks to job workers.
        if *port == "alluxio.job.worker.rpc.port" {
            continue;
        }
        for (head, length) in HEADS
            .iter()
            .flat_map(|head| [1, 9, 500, 100_000].map(|n| (head, n)))
        {
            let mut stream = cluster.connect(port);
            let timeout = Some(Duration::from_millis(50));
            stream.set_read_timeout(timeout).unwrap();
            stream.set_write_timeout(timeout).unwrap();
            let bytes: Vec<u8> = noise(index as u64 * 1_000 + length as u64)
                .take(length)
                .collect();
            // The server may hang up at any moment.
            stream.write_all(&[head, bytes.as_slice()].concat()).ok();
            stream.shutdown(Shutdown::Write).ok();
            // Whatever it answers, if it does.
            let _answered = stream.read(&mut [0; 4096]).unwrap_or(0);
        }
    }
    let after = ["master", "job_master", "worker", "job_worker"].map(|name| cluster.pid(name));
    assert_eq!(pids, after);
    let said = cluster.run(&["process", "monitor", "local"]);
    assert_eq!(said.code, 0, "{said:?}");
    cluster.fs_out("mkdir /after");
    for name in ["master", "job_master", "worker", "job_worker"] {
        let log = fs::read_to_string(cluster.path(&format!("logs/{name}.log"))).unwrap();
        assert!(!log.contains("panicked"), "{log}");
        let out = fs::read_to_string(cluster.path(&format!("logs/{name}.out"))).unwrap();
        assert!(!out.contains("panicked"), "{out}");
    }
}
