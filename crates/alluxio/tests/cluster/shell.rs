//! What commands print about a small tree.

use std::fs;

use crate::harness::Cluster;

/// `/w/dir/{a,sub/c}`, `/w/f5k`, `/w/f80` in the store and the cache, `/w/mc` in the cache alone.
fn small_tree() -> Cluster {
    let cluster = Cluster::started();
    let local = cluster.path("local");
    fs::create_dir_all(local.join("w/dir/sub")).unwrap();
    let line = "line 0001\n";
    for (name, lines) in [
        ("w/dir/a", 8),
        ("w/dir/sub/c", 8),
        ("w/f5k", 512),
        ("w/f80", 8),
    ] {
        fs::write(local.join(name), line.repeat(lines)).unwrap();
    }
    let (tree, file) = (local.join("w"), local.join("w/f80"));
    cluster.fs_out(&format!(
        "copyFromLocal -Dalluxio.user.file.writetype.default=CACHE_THROUGH {} /w",
        tree.display()
    ));
    cluster.fs_out(&format!(
        "copyFromLocal -Dalluxio.user.file.writetype.default=MUST_CACHE {} /w/mc",
        file.display()
    ));
    cluster
}

/// Replaces every date by its pattern, and the names of the user and the group.
fn without_dates(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let is_date = |at: usize| {
            line.get(at..at + 23).is_some_and(|date| {
                date.bytes().zip(b"00-00-0000 00:00:00:000").all(
                    |(letter, pattern)| match pattern {
                        b'0' => letter.is_ascii_digit(),
                        other => letter == *other,
                    },
                )
            })
        };
        let at = (0..line.len()).find(|at| is_date(*at));
        lines.push(match at {
            Some(at) => format!("{}<date>{}\n", &line[..at], &line[at + 23..]),
            None => format!("{line}\n"),
        });
    }
    lines.concat()
}

#[test]
fn listings_have_the_columns_of_alluxio() {
    let cluster = small_tree();
    let user = nix::unistd::User::from_uid(nix::unistd::getuid())
        .unwrap()
        .unwrap()
        .name;
    let group = nix::unistd::Group::from_gid(nix::unistd::getgid())
        .unwrap()
        .unwrap()
        .name;
    let row = |mode: &str, size: &str, state: &str, tail: &str| {
        format!("{mode:<12}{user:<15}{group:<15}{size:>15}{state:>16} <date> {tail}\n")
    };
    let expected = [
        row("drwxr-xr-x", "2", "PERSISTED", " DIR /w/dir"),
        row("-rw-r--r--", "5120", "PERSISTED", "100% /w/f5k"),
        row("-rw-r--r--", "80", "PERSISTED", "100% /w/f80"),
        row("-rw-r--r--", "80", "NOT_PERSISTED", "100% /w/mc"),
    ];
    assert_eq!(without_dates(&cluster.fs_out("ls /w")), expected.concat());
    let sorted = cluster.fs_out("ls --sort=size -r /w");
    assert!(
        sorted.lines().next().unwrap().ends_with("/w/f5k"),
        "{sorted}"
    );
    let names = |line: &str| -> Vec<String> {
        let listing = cluster.fs_out(line);
        listing
            .lines()
            .map(|line| line.rsplit(' ').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names("ls -R /w/dir"),
        ["/w/dir/a", "/w/dir/sub", "/w/dir/sub/c"]
    );
    assert_eq!(names("ls /w/f*"), ["/w/f5k", "/w/f80"]);
    assert!(cluster.fs_out("ls -h /w/f80").contains(" 80B "));
}

#[test]
fn sizes_and_counts_are_added_up() {
    let cluster = small_tree();
    assert_eq!(
        cluster.fs_out("count /w"),
        "File Count               Folder Count             Folder Size    \n\
         5                        2                        5440           \n"
    );
    assert_eq!(
        cluster.fs_out("du -s /w"),
        "File Size     In Alluxio       Path\n5440          5440 (100%)      /w\n"
    );
    assert_eq!(
        cluster.fs_out("du -g /w/dir"),
        "File Size     In Alluxio       Worker Host Name          Path\n\
         80            80 (100%)        total                     /w/dir/a\n\
         \x20             80               localhost                 \n\
         80            80 (100%)        total                     /w/dir/sub/c\n\
         \x20             80               localhost                 \n"
    );
    assert_eq!(cluster.fs_out("getUsedBytes"), "Used Bytes: 5440\n");
    assert_eq!(
        cluster.fs_out("getCapacityBytes"),
        "Capacity Bytes: 268435456\n"
    );
}

#[test]
fn bytes_are_printed_from_the_front_and_from_the_end() {
    let cluster = small_tree();
    assert_eq!(cluster.fs_out("cat /w/f80").len(), 80);
    assert_eq!(cluster.fs_out("head -c 14 /w/f80"), "line 0001\nline");
    assert_eq!(cluster.fs_out("tail -c 5 /w/f80"), "0001\n");
    assert_eq!(cluster.fs_out("tail /w/f5k").len(), 1024);
    let sum = cluster.fs_out("checksum /w/f80");
    assert!(
        sum.starts_with("md5sum: ") && sum.ends_with("\n\n"),
        "{sum}"
    );
}

#[test]
fn changes_are_confirmed_in_the_words_of_alluxio() {
    let cluster = small_tree();
    for (line, said) in [
        ("mkdir /x/y", "Successfully created directory /x/y\n"),
        ("touch /x/t", "/x/t has been created\n"),
        (
            "chmod u=rwx,g=rx,o=r /w/f80",
            "Changed permission of /w/f80 to 754\n",
        ),
        ("pin /w/f80", "File '/w/f80' was successfully pinned.\n"),
        ("unpin /w/f80", "File '/w/f80' was successfully unpinned.\n"),
        (
            "setTtl --action free /w/f80 1d",
            "TTL of path '/w/f80' was successfully set to 86400000 milliseconds, with expiry action set to FREE\n",
        ),
        (
            "unsetTtl /w/f80",
            "TTL of file '/w/f80' was successfully removed.\n",
        ),
        (
            "setReplication --max 2 --min 1 /w/f80",
            "Changed the replication level of /w/f80\nreplicationMax was set to 2\nreplicationMin was set to 1\n\n",
        ),
        (
            "setReplication --max -1 --min 0 /w/f80",
            "Changed the replication level of /w/f80\nreplicationMax was set to -1\nreplicationMin was set to 0\n\n",
        ),
        ("mv /x/t /x/v", "Renamed /x/t to /x/v\n"),
        (
            "mv /x/v alluxio:///x/u/",
            "Renamed /x/v to alluxio:///x/u\n",
        ),
        ("cp /w/f80 /x", "Copied /w/f80 to /x/f80\n"),
        (
            "free /w/f80",
            "/w/f80 was successfully freed from Alluxio space.\n",
        ),
        ("load --local /w/f80", "/w/f80 loaded\n"),
        (
            "persist /w/mc",
            "Found 1 files to persist.\n(1/1) Successfully persisted file: /w/mc\n",
        ),
        ("persist /w/mc", "Found 0 files to persist.\n"),
        ("rm /x/u", "/x/u has been removed\n"),
        ("rm -R /x", "/x has been removed\n"),
        (
            "leader",
            "This command will be deprecated as of v3.0, please use masterInfo command\nlocalhost\n",
        ),
    ] {
        let result = cluster.fs(line);
        assert_eq!(
            (result.code, result.out.as_str()),
            (0, said),
            "fs {line}: {result:?}"
        );
    }
    assert!(cluster.store().join("w/mc").is_file());
}

#[test]
fn refusals_are_the_sentences_of_alluxio_with_exit_code_255() {
    let cluster = small_tree();
    let none = "Path \"/none\" does not exist.\n";
    for (line, said) in [
        ("ls /none", none),
        ("cat /none", none),
        ("rm /none", none),
        ("stat /none", none),
        ("chmod 755 /none", none),
        ("free /none", none),
        ("mv /none /v", none),
        ("cat /w/dir", "Path \"/w/dir\" must be a file.\n"),
        (
            "mkdir /w",
            "Not allowed to create directory because path already exists: /w\n",
        ),
        (
            "touch /w/f80",
            "/w/f80 already exists. If you want to overwrite the file, you need to specify the overwrite option.\n",
        ),
        (
            "touch /newp/q",
            "File /newp/q creation failed. Component 1(newp) does not exist\n",
        ),
        (
            "rm /w/dir",
            "/w/dir is a directory, to remove it, please use \"rm -R/-r/--recursive <path>\"\n",
        ),
        ("ls /w/zz*", "/w/zz* does not exist.\n"),
        (
            "free /w/mc",
            "Cannot free file /w/mc which is not persisted\n",
        ),
        (
            "mv /w /w/dir/x",
            "Cannot rename because /w is a prefix of /w/dir/x\n",
        ),
        (
            "setReplication --min -1 /w/f80",
            "Min replication must be a non-negative integer\n",
        ),
        (
            "unmount /none",
            "Failed to unmount: Path /none does not exist\n",
        ),
    ] {
        let result = cluster.fs(line);
        assert_eq!(
            (result.code, result.out.as_str()),
            (255, said),
            "fs {line}: {result:?}"
        );
    }
    for (line, code) in [
        ("test -d /w", 0),
        ("test -d /w/f80", 1),
        ("test -f /w/f80", 0),
        ("test -s /w/f80", 0),
        ("test -z /w/f80", 1),
        ("test -e /none", 3),
        ("test /w", 255),
    ] {
        assert_eq!(cluster.fs(line).code, code, "fs {line}");
    }
}

#[test]
fn stores_are_mounted_listed_and_detached() {
    let cluster = Cluster::started();
    let store = cluster.path("other");
    fs::create_dir(&store).unwrap();
    fs::write(store.join("found"), "in the store").unwrap();
    let uri = store.display();
    assert_eq!(
        cluster.fs_out(&format!("mount --option secret.key=hush mnt {uri}")),
        format!("Mounted {uri} at /mnt\n")
    );
    let mounts = cluster.fs_out("mount");
    let row = mounts.lines().next().unwrap();
    assert!(
        row.starts_with(&uri.to_string()) && row.contains("  on  /mnt  (local, "),
        "{row}"
    );
    assert!(
        row.ends_with("not read-only, not shared, properties={secret.key=******})"),
        "{row}"
    );
    assert_eq!(cluster.fs_out("cat /mnt/found"), "in the store");
    assert_eq!(
        cluster.fs_out("updateMount --readonly /mnt"),
        "Updated mount point options at /mnt\n"
    );
    let said = cluster.fs("touch /mnt/x");
    assert_eq!(
        said.out,
        "A write operation on /mnt/x under a readonly mount point /mnt is not allowed\n"
    );
    assert_eq!(cluster.fs_out("unmount /mnt"), "Unmounted /mnt\n");
    assert!(store.join("found").is_file());
}

#[test]
fn all_24_tests_pass_and_leave_the_files_that_the_pages_name() {
    let cluster = Cluster::started();
    let said = cluster.run(&["runTests"]);
    assert_eq!(said.code, 0, "{said:?}");
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines.len(), 48, "{said:?}");
    assert_eq!(
        lines[0],
        "runTest --operation BASIC --readType CACHE_PROMOTE --writeType MUST_CACHE"
    );
    assert!(
        lines
            .iter()
            .skip(1)
            .step_by(2)
            .all(|line| *line == "\u{1b}[32mPassed the test!\u{1b}[0m")
    );
    let listing = cluster.fs_out("ls /default_tests_files");
    assert_eq!(listing.lines().count(), 24, "{listing}");
    assert!(listing.contains("/default_tests_files/BasicFile_CACHE_PROMOTE_MUST_CACHE"));
    let stored = cluster
        .store()
        .join("default_tests_files/BasicFile_CACHE_PROMOTE_CACHE_THROUGH");
    assert_eq!(fs::metadata(stored).unwrap().len(), 80);
    // A second run begins by removing what the first one left.
    assert_eq!(cluster.run(&["runTests", "--operation", "BASIC"]).code, 0);
}

#[test]
fn the_master_adds_up_what_workers_count_until_it_is_cleared() {
    let cluster = small_tree();
    cluster.fs_out("cat -Dalluxio.user.short.circuit.enabled=false /w/f80");
    let counts = || {
        let said = cluster.run(&["fsadmin", "report", "metrics"]);
        let is_shown = |line: &&str| line.starts_with("Cluster.BytesReadRemote  ");
        said.out.lines().find(is_shown).map(str::to_owned).unwrap()
    };
    // Workers tell once a second.
    while !counts().ends_with("Value: 80B)") {}
    let cleared = cluster.run(&["fsadmin", "metrics", "clear"]);
    assert_eq!(
        (cleared.code, cleared.out.as_str()),
        (
            0,
            "Successfully cleared metrics of worker localhost.\n\
             Successfully cleared metrics of Alluxio leading master.\n"
        ),
        "{cleared:?}"
    );
    assert!(counts().ends_with("Value: 0B)"), "{}", counts());
    let unknown = cluster.run(&["fsadmin", "metrics", "clear", "--workers", "nosuch"]);
    let sentence = "Cannot find workers of hostnames nosuch\nValid workers include [localhost]\n";
    assert_eq!((unknown.code, unknown.out.as_str()), (255, sentence));
}

#[test]
fn reports_tell_of_one_master_and_one_worker() {
    let cluster = small_tree();
    let report = |line: &str| {
        let words: Vec<&str> = ["fsadmin"]
            .into_iter()
            .chain(line.split_whitespace())
            .collect();
        let said = cluster.run(&words);
        assert_eq!(said.code, 0, "fsadmin {line}: {said:?}");
        said.out
    };
    let summary = report("report");
    for line in [
        "Alluxio cluster summary: \n",
        "    Safe Mode: false\n",
        "    Zookeeper Enabled: false\n",
        "    Live Workers: 1\n",
        "    Total Capacity: 256.00MB\n        Tier: MEM  Size: 256.00MB\n",
        "    Used Capacity: 5.31KB\n        Tier: MEM  Size: 5.31KB\n",
    ] {
        assert!(summary.contains(line), "{line}{summary}");
    }
    let capacity = report("report capacity");
    assert!(
        capacity.starts_with("Capacity information for all workers: \n"),
        "{capacity}"
    );
    assert!(
        capacity.contains("localhost        ACTIVE          0"),
        "{capacity}"
    );
    let named = report("report capacity -workers 127.0.0.1");
    assert!(named.contains("localhost        ACTIVE "), "{named}");
    let unknown = cluster.run(&["fsadmin", "report", "capacity", "-workers", "nosuch"]);
    let sentence = "Unrecognized worker names: [nosuch]\n\
                    Supported worker names: [localhost, 127.0.0.1]\n";
    assert_eq!((unknown.code, unknown.out.as_str()), (255, sentence));
    assert!(report("report ufs").starts_with("Alluxio under storage system information:\n"));
    assert!(report("report jobservice").contains("Status: COMPLETED Count: "));
    assert_eq!(
        report("doctor"),
        "No server-side configuration errors or warnings.\n\
         All worker storage paths are in working state.\n"
    );
    assert!(report("journal checkpoint").starts_with("Successfully took a checkpoint on master "));
}
