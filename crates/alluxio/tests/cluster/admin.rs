//! What administrators change while a cluster runs.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{Cluster, Said};

impl Cluster {
    /// Runs `alluxio fsadmin …`, split at blanks.
    fn admin(&self, line: &str) -> Said {
        let words = ["fsadmin"].into_iter().chain(line.split_whitespace());
        self.run(&words.collect::<Vec<_>>())
    }

    /// Runs `alluxio fsadmin …`, which must succeed, and returns what it prints.
    fn admin_out(&self, line: &str) -> String {
        let said = self.admin(line);
        assert_eq!(said.code, 0, "fsadmin {line}: {said:?}");
        said.out
    }

    /// Kills the master as a power cut does, and starts it again.
    fn crash_master(&self) {
        let pid = self.pid("master").unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        let said = self.run(&["process", "start", "master"]);
        assert_eq!(said.code, 0, "{said:?}");
    }
}

#[test]
fn properties_of_a_path_change_what_clients_do_there_and_survive_a_crash() {
    let cluster = Cluster::started();
    assert_eq!(cluster.admin_out("pathConf list"), "");
    cluster.admin_out(
        "pathConf add --property alluxio.user.file.writetype.default=THROUGH \
         --property alluxio.user.file.readtype.default=CACHE /w",
    );
    cluster.admin_out("pathConf add --property alluxio.user.file.metadata.sync.interval=0 /w/dir");
    cluster.crash_master();
    assert_eq!(cluster.admin_out("pathConf list"), "/w\n/w/dir\n");
    assert_eq!(
        cluster.admin_out("pathConf show /w"),
        "alluxio.user.file.readtype.default=CACHE\n\
         alluxio.user.file.writetype.default=THROUGH\n"
    );
    assert_eq!(
        cluster.admin_out("pathConf show --all /w/dir/a"),
        "alluxio.user.file.metadata.sync.interval=0\n\
         alluxio.user.file.readtype.default=CACHE\n\
         alluxio.user.file.writetype.default=THROUGH\n"
    );
    assert_eq!(cluster.admin_out("pathConf show /none"), "");

    cluster.fs_out("mkdir /v");
    cluster.fs_out("mkdir /w/dir");
    cluster.fs_out("touch -Dalluxio.user.file.writetype.default=MUST_CACHE /w/own");
    for file in ["/v/a", "/w/a", "/w/dir/a"] {
        cluster.fs_out(&format!("touch {file}"));
    }
    let is_stored = |file: &str| cluster.store().join(file).try_exists().unwrap();
    assert!(is_stored("w/a") && is_stored("w/dir/a"));
    assert!(!is_stored("w/own"), "what the caller says comes first");

    // The interval holds below the path alone: a file that others put into the store is seen there.
    std::fs::write(cluster.store().join("w/later"), "x").unwrap();
    std::fs::write(cluster.store().join("w/dir/later"), "x").unwrap();
    let listed = cluster.fs_out("ls /w/dir");
    assert!(listed.contains("/w/dir/later"), "{listed}");

    cluster.admin_out("pathConf remove --keys alluxio.user.file.writetype.default /w");
    assert_eq!(
        cluster.admin_out("pathConf show /w"),
        "alluxio.user.file.readtype.default=CACHE\n"
    );
    cluster.admin_out("pathConf remove -r /w");
    cluster.admin_out("pathConf remove /none");
    assert_eq!(cluster.admin_out("pathConf list"), "");
}

#[test]
fn a_property_that_no_client_can_read_is_refused_for_a_path() {
    let cluster = Cluster::started();
    for (line, sentence) in [
        ("pathConf", "No sub-command is specified\n"),
        ("pathConf bogus", "Unknown sub-command: bogus\n"),
        (
            "pathConf add --property nosuch.prop=1 /w",
            "Invalid property key nosuch.prop\n",
        ),
        (
            "pathConf add --property alluxio.user.file.writetype.default /w",
            "Command add takes 1 arguments, not 0\n",
        ),
        ("pathConf show", "Command show takes 1 arguments, not 0\n"),
        (
            "pathConf add --property alluxio.user.file.writetype.default=BOGUS /w",
            "alluxio.user.file.writetype.default: \"BOGUS\" is not ",
        ),
    ] {
        let said = cluster.admin(line);
        assert_eq!(said.code, 255, "{line}: {said:?}");
        assert!(said.out.starts_with(sentence), "{line}: {said:?}");
    }
    assert_eq!(cluster.admin("pathConf add /w").code, 0);
    assert_eq!(cluster.admin_out("pathConf list"), "");
}

#[test]
fn defaults_of_clients_change_while_the_master_runs_if_it_is_allowed() {
    const WRITE_TYPE: &str = "alluxio.user.file.writetype.default";
    let cluster = Cluster::formatted();
    cluster.configure(&[("alluxio.conf.dynamic.update.enabled", "true")]);
    assert_eq!(cluster.start().code, 0);
    let said = cluster.admin("updateConf");
    assert_eq!(
        (said.code, said.out.as_str()),
        (255, "No config to update\n")
    );
    let said = cluster.admin("updateConf nosuch=1 alluxio.master.hostname=x");
    assert_eq!(said.code, 254);
    assert_eq!(
        said.out,
        "Updated 2 configs\nFailed to Update alluxio.master.hostname\nFailed to Update nosuch\n"
    );
    let updated = cluster.admin_out(&format!("updateConf {WRITE_TYPE}=THROUGH"));
    assert_eq!(updated, "Updated 1 configs\n");
    let told = cluster.run(&["getConf", "--master", "--source", WRITE_TYPE]);
    assert_eq!(told.out, "RUNTIME\n");
    cluster.fs_out("touch /through");
    let through = cluster.store().join("through");
    assert!(through.try_exists().unwrap());
    cluster.crash_master();
    let told = cluster.run(&["getConf", "--master", "--source", WRITE_TYPE]);
    assert_eq!(told.out, "DEFAULT\n");
}

#[test]
fn what_only_the_site_of_the_master_names_counts_for_its_clients() {
    const WRITE_TYPE: &str = "alluxio.user.file.writetype.default";
    let cluster = Cluster::formatted();
    cluster.configure(&[
        (WRITE_TYPE, "${team.write.type}"),
        ("team.write.type", "THROUGH"),
    ]);
    assert_eq!(cluster.start().code, 0);
    let of_master = std::fs::read_to_string(cluster.path("conf/alluxio-site.properties")).unwrap();
    let mut of_client = String::new();
    for line in of_master.lines().filter(|line| !line.contains("write")) {
        of_client.push_str(line);
        of_client.push('\n');
    }
    std::fs::create_dir(cluster.path("client")).unwrap();
    std::fs::write(cluster.path("client/alluxio-site.properties"), of_client).unwrap();
    let mut touch = cluster.command(&["fs", "touch", "/through"]);
    let touch = touch.env("ALLUXIO_CONF_DIR", cluster.path("client"));
    assert!(touch.status().unwrap().success());
    assert!(cluster.store().join("through").try_exists().unwrap());
    // As in 2.9, who asks for the value reads what was written.
    let told = cluster.run(&["getConf", "--master", WRITE_TYPE]);
    assert_eq!(told.out, "${team.write.type}\n");
}

#[test]
fn nothing_changes_while_the_master_runs_unless_it_is_allowed() {
    let cluster = Cluster::started();
    let said = cluster.admin("updateConf alluxio.user.file.writetype.default=THROUGH");
    assert_eq!(said.code, 254);
    assert_eq!(
        said.out,
        "Updated 1 configs\nFailed to Update alluxio.user.file.writetype.default\n"
    );
}

#[test]
fn what_others_changed_in_the_store_is_found_and_repaired() {
    let cluster = Cluster::started();
    let through = "-Dalluxio.user.file.writetype.default=CACHE_THROUGH";
    let local = cluster.path("line");
    std::fs::write(&local, "line 0001\n").unwrap();
    cluster.fs_out(&format!("mkdir {through} /cc/deep"));
    for name in ["a", "b", "same", "deep/c"] {
        cluster.fs_out(&format!(
            "copyFromLocal {through} {} /cc/{name}",
            local.display()
        ));
    }
    cluster.fs_out("touch -Dalluxio.user.file.writetype.default=MUST_CACHE /cc/cached");
    let consistent = "/cc is consistent with the under storage system.\n";
    assert_eq!(cluster.fs_out("checkConsistency /cc"), consistent);
    std::fs::write(cluster.store().join("cc/a"), "another\n").unwrap();
    std::fs::remove_file(cluster.store().join("cc/b")).unwrap();
    std::fs::remove_dir_all(cluster.store().join("cc/deep")).unwrap();
    assert_eq!(
        cluster.fs_out("checkConsistency /cc"),
        "The following files are inconsistent:\n/cc/a\n/cc/b\n/cc/deep\n/cc/deep/c\n"
    );
    let repaired = cluster.fs_out("checkConsistency -r -t 1 /cc");
    assert!(
        repaired.starts_with("/cc has: 4 inconsistent files. Repairing with 1 threads.\n"),
        "{repaired}"
    );
    assert!(repaired.contains("repairing path: /cc/a\n/cc/a repaired\n\n"));
    assert_eq!(cluster.fs_out("checkConsistency /cc"), consistent);
    assert_eq!(cluster.fs_out("cat /cc/a"), "another\n");
    assert_ne!(cluster.fs("test -e /cc/b").code, 0);
    assert_ne!(cluster.fs("test -e /cc/deep").code, 0);
    assert_eq!(cluster.fs("test -e /cc/cached").code, 0);
    let said = cluster.fs("checkConsistency /none");
    assert_eq!(
        (said.code, said.out.as_str()),
        (255, "Path \"/none\" does not exist.\n")
    );
    assert_eq!(cluster.fs("checkConsistency -t x /cc").code, 255);
}

#[test]
fn a_repair_leaves_alone_what_is_in_no_store() {
    let cluster = Cluster::started();
    let cached = "-Dalluxio.user.file.writetype.default=MUST_CACHE";
    let local = cluster.path("line");
    std::fs::write(&local, "line 0001\n").unwrap();
    cluster.fs_out(&format!("mkdir {cached} /d"));
    cluster.fs_out("mkdir -Dalluxio.user.file.writetype.default=CACHE_THROUGH /gone");
    for file in ["/d/f", "/early", "/gone/f"] {
        cluster.fs_out(&format!(
            "copyFromLocal {cached} {} {file}",
            local.display()
        ));
    }
    std::fs::create_dir(cluster.store().join("d")).unwrap();
    std::fs::write(cluster.store().join("early"), "older\n").unwrap();
    std::fs::remove_dir(cluster.store().join("gone")).unwrap();
    assert_eq!(
        cluster.fs_out("checkConsistency /"),
        "The following files are inconsistent:\n/early\n/gone\n"
    );
    let said = cluster.fs("checkConsistency -r /");
    assert_eq!(said.code, 255, "{said:?}");
    let left = "/early is in no under store and is left alone\n";
    assert!(said.out.contains(left), "{said:?}");
    for file in ["/d/f", "/early", "/gone/f"] {
        assert_eq!(cluster.fs_out(&format!("cat {file}")), "line 0001\n");
    }
}

#[test]
fn a_directory_is_looked_up_again_when_it_was_marked() {
    let cluster = Cluster::started();
    std::fs::create_dir(cluster.store().join("d")).unwrap();
    let listed = |name: &str| cluster.fs_out("ls /d").contains(&format!("/d/{name}"));
    let put = |name: &str| std::fs::write(cluster.store().join("d").join(name), "x").unwrap();
    cluster.fs_out("ls /d");
    put("later");
    assert!(!listed("later"));
    assert_eq!(
        cluster.fs_out("syncDirNextTime true /d"),
        "Successfully marked the dir /d to trigger metadata sync on next access\n"
    );
    assert!(listed("later"));
    put("latest");
    cluster.fs_out("syncDirNextTime true /d");
    assert_eq!(
        cluster.fs_out("syncDirNextTime false /d"),
        "Successfully marked the dir /d to skip metadata sync on next access\n"
    );
    assert!(!listed("latest"));
    let said = cluster.fs("syncDirNextTime true /none");
    assert_eq!(
        (said.code, said.out.as_str()),
        (255, "Path \"/none\" does not exist.\n")
    );
}

#[test]
fn a_store_that_does_not_tell_of_its_changes_is_not_followed() {
    let cluster = Cluster::started();
    cluster.fs_out("mkdir /d");
    let none = "The following paths are under active sync\n";
    assert_eq!(cluster.fs_out("getSyncPathList"), none);
    let said = cluster.fs("startSync /d");
    assert_eq!(said.code, 255);
    assert_eq!(
        said.out,
        "Starting a full sync of '/d'. You can check the status of the sync using getSyncPathList \
         cmd\nFailed to start automatic syncing of '/d'.\nActive Syncing is not supported on this \
         UFS type: local\n"
    );
    let said = cluster.fs("stopSync /d");
    assert_eq!(
        (said.code, said.out.as_str()),
        (255, "/d is not a sync point\n")
    );
    assert_eq!(cluster.fs_out("getSyncPathList"), none);
    assert_eq!(cluster.admin_out("statelock"), "");
}

#[test]
fn a_store_in_maintenance_takes_no_changes_after_a_crash_either() {
    let cluster = Cluster::started();
    for (line, code, answer) in [
        (
            "ufs --mode noAccess /opt",
            255,
            "The ufs path should have only scheme and authority but no path.\n",
        ),
        ("ufs --mode bogus /", 255, "Unrecognized mode\n"),
        ("ufs /", 0, "No attribute to update\n"),
        (
            "ufs --mode readOnly hdfs://nope:9000/",
            255,
            "Unknown Ufs path hdfs://nope:9000/\n",
        ),
        ("ufs --mode readOnly /", 0, "Ufs mode updated\n"),
    ] {
        let said = cluster.admin(line);
        assert_eq!((said.code, said.out.as_str()), (code, answer), "{line}");
    }
    cluster.crash_master();
    let touch = "touch -Dalluxio.user.file.writetype.default=THROUGH /f";
    let said = cluster.fs(touch);
    assert_eq!(said.code, 255);
    assert!(
        said.out.contains("under maintenance mode READ_ONLY"),
        "{said:?}"
    );
    cluster.admin_out("ufs --mode readWrite /");
    cluster.fs_out(touch);
}

#[test]
fn a_worker_is_freed_taken_out_of_service_and_let_back() {
    let cluster = Cluster::formatted();
    cluster.configure(&[("alluxio.user.worker.list.refresh.interval", "100ms")]);
    assert_eq!(cluster.start().code, 0);
    let through = "-Dalluxio.user.file.writetype.default=CACHE_THROUGH";
    let local = cluster.path("line");
    std::fs::write(&local, "line 0001\n").unwrap();
    cluster.fs_out(&format!("copyFromLocal {through} {} /f", local.display()));
    let said = cluster.fs("freeWorker nosuch");
    assert_eq!(
        (said.code, said.out.as_str()),
        (255, "Worker nosuch is not found in Alluxio.\n")
    );
    assert_eq!(
        cluster.fs_out("freeWorker localhost"),
        "Target worker has been freed successfully.\n"
    );
    let blocks = std::fs::read_dir(cluster.path("tier/alluxioworker")).unwrap();
    let names = blocks.map(|block| block.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = names.filter(|name| name.parse::<i64>().is_ok()).collect();
    assert_eq!(left, [""; 0]);
    assert_eq!(cluster.fs_out("cat /f"), "line 0001\n");

    let web_port = cluster.property("alluxio.worker.web.port");
    let said = cluster.admin("decommissionWorker --addresses localhost,nosuch");
    assert_eq!(said.code, 255);
    assert!(
        said.out
            .contains("Worker nosuch is not known by the master."),
        "{said:?}"
    );
    let out = cluster.admin_out("decommissionWorker --addresses localhost --wait 60s --disable");
    let set = format!("Set worker localhost:{web_port} decommissioned on master\n");
    assert!(out.contains(&set), "{out}");
    assert!(out.contains("the available workers are: []\n"), "{out}");
    assert!(
        out.ends_with("Safe to kill or restart this batch of workers now.\n"),
        "{out}"
    );
    let said = cluster.fs(&format!("copyFromLocal {} /g", local.display()));
    assert_eq!(said.code, 255, "{said:?}");
    let capacity = cluster.admin_out("report capacity");
    assert!(capacity.contains("Disabled"), "{capacity}");

    cluster.run(&["process", "stop", "worker"]);
    let said = cluster.admin("enableWorker --addresses localhost");
    assert_eq!(said.code, 0, "{said:?}");
    let said = cluster.run(&["process", "start", "worker", "NoMount"]);
    assert_eq!(said.code, 0, "{said:?}");
    cluster.fs_out(&format!("copyFromLocal {} /g", local.display()));
}

#[test]
fn an_empty_master_begins_with_a_backup_and_keeps_it_after_a_crash() {
    let cluster = Cluster::started();
    let through = "-Dalluxio.user.file.writetype.default=CACHE_THROUGH";
    let local = cluster.path("line");
    std::fs::write(&local, "line 0001\n").unwrap();
    cluster.fs_out(&format!("mkdir {through} /w/deep"));
    cluster.fs_out(&format!(
        "copyFromLocal {through} {} /w/deep/f",
        local.display()
    ));
    cluster.fs_out("chmod 0640 /w/deep/f");
    cluster.fs_out("setTtl /w/deep/f 10day");
    cluster.fs_out("pin /w/deep/f");
    cluster.admin_out("pathConf add --property alluxio.user.file.readtype.default=CACHE /w");
    let looked_at = "stat -f %i|%z|%u|%g|%Y|%b /w/deep/f";
    let before = cluster.fs_out(looked_at);
    let said = cluster.admin("backup relative");
    assert_eq!(said.code, 255, "{said:?}");
    let backups = cluster.path("backups");
    let told = cluster.admin_out(&format!("backup {} --local", backups.display()));
    assert!(
        told.starts_with("Backup Host        : localhost\nBackup URI         : file:///"),
        "{told}"
    );
    assert!(told.contains("\nBackup Entry Count : 5\n"), "{told}");
    let uri = told.lines().nth(1).unwrap().split(" : ").nth(1).unwrap();
    let file = uri.strip_prefix("file://").unwrap();
    let mark = std::path::PathBuf::from(format!("{file}.complete"));
    assert!(mark.try_exists().unwrap());
    cluster.fs_out("touch -Dalluxio.user.file.writetype.default=MUST_CACHE /later");
    cluster.fs_out(&format!(
        "copyFromLocal {through} {} /w/deep/stored",
        local.display()
    ));

    // Another journal, the same store.
    cluster.stop();
    assert_eq!(cluster.run(&["formatMasters"]).code, 0);
    let start = ["process", "start", "-i", uri, "local", "NoMount"];
    let said = cluster.run(&start);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(cluster.fs_out(looked_at), before);
    let whole = cluster.fs_out("stat /w/deep/f");
    for part in ["pinned=true", "ttl=864000000", "mode=416"] {
        assert!(whole.contains(part), "{part}: {whole}");
    }
    assert_eq!(cluster.fs_out("cat /w/deep/f"), "line 0001\n");
    assert_ne!(cluster.fs("test -e /later").code, 0);
    let listed = cluster.fs_out("ls /w/deep");
    assert!(
        listed.contains("/w/deep/stored"),
        "what came to the store meanwhile: {listed}"
    );
    cluster.crash_master();
    assert_eq!(cluster.fs_out(looked_at), before);
    assert_eq!(cluster.admin_out("pathConf list"), "/w\n");
    cluster.fs_out("touch /after");

    // A journal that holds something stays as it is.
    assert_eq!(cluster.run(&start).code, 0);
    assert_eq!(cluster.fs("test -e /after").code, 0);

    // What is no backup is no beginning.
    cluster.stop();
    assert_eq!(cluster.run(&["formatMasters"]).code, 0);
    let whole = std::fs::read(file).unwrap();
    let half = cluster.path("half.gz");
    std::fs::write(&half, &whole[..whole.len() / 2]).unwrap();
    let half = half.display().to_string();
    let said = cluster.run(&["process", "start", "-i", &half, "master"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.err
            .contains("is no backup of this system: it is not whole"),
        "{said:?}"
    );
}
