//! What the scripts do on other hosts, and with the memory tier.

use std::fs;

use crate::harness::Cluster;

/// Stands in for `ssh`: notes host and command, and runs the command here.
const SSH: &str = "for last; do host=$command; command=$last; done\n\
                   echo \"$host|$command\" >> \"$ALLUXIO_HOME/ssh.log\"\n\
                   case $host in dead) exit 255;; esac\n\
                   case $command in */alluxio-*) ;; *) sh -c \"$command\";; esac";

fn with_hosts(workers: &str) -> Cluster {
    let cluster = Cluster::formatted();
    cluster.replace_program("ssh", SSH);
    fs::write(cluster.path("conf/workers"), workers).unwrap();
    cluster
}

#[test]
fn a_command_runs_on_every_host_of_the_file_with_its_words_intact() {
    let cluster = with_hosts("# the fast ones\nlocalhost\nelsewhere # rack 2\n");
    let said = cluster.run(&["process", "on", "workers", "echo", "it's  two", "$HOME"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(
        said.out,
        "[localhost] it's  two $HOME\n[elsewhere] it's  two $HOME\n"
    );
}

#[test]
fn one_host_that_cannot_be_reached_fails_the_whole() {
    let cluster = with_hosts("dead\nelsewhere\n");
    let said = cluster.run(&["process", "on", "workers", "echo", "here"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(said.out, "[elsewhere] here\n");
}

#[test]
fn workers_elsewhere_are_started_by_their_own_script_with_the_same_options() {
    let cluster = with_hosts("elsewhere\n");
    let said = cluster.run(&["process", "start", "workers", "NoMount", "-c", "/a b"]);
    assert_eq!(said.code, 0, "{said:?}");
    let log = fs::read_to_string(cluster.path("ssh.log")).unwrap();
    let home = cluster.path("");
    let script = format!("elsewhere|{}bin/alluxio-start.sh worker", home.display());
    assert_eq!(log, format!("{script} NoMount -c '/a b'\n"));
}

#[test]
fn options_whose_values_are_words_of_actions_reach_the_other_hosts() {
    let cluster = with_hosts("elsewhere\n");
    let said = cluster.run(&["process", "start", "-c", "local", "workers", "-N"]);
    assert_eq!(said.code, 0, "{said:?}");
    let said = cluster.run(&["process", "start", "restart_workers", "SudoMount"]);
    assert_eq!(said.code, 0, "{said:?}");
    let log = fs::read_to_string(cluster.path("ssh.log")).unwrap();
    let script = format!(
        "elsewhere|{}bin/alluxio-start.sh",
        cluster.path("").display()
    );
    let expected = [
        format!("{script} worker -N -c local\n"),
        format!("{script} restart_worker SudoMount\n"),
    ];
    assert_eq!(log, expected.concat());
}

#[test]
fn properties_and_the_configuration_folder_reach_the_other_hosts() {
    let cluster = with_hosts("localhost\n");
    fs::rename(cluster.path("conf"), cluster.path("other conf")).unwrap();
    fs::write(cluster.path("other conf/workers"), "elsewhere\n").unwrap();
    let folder = cluster.path("other conf");
    let said = cluster.run(&[
        "process",
        "start",
        "workers",
        "-Dalluxio.worker.ramdisk.size=1GB",
        &format!("-Dalluxio.conf.dir={}", folder.display()),
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    let log = fs::read_to_string(cluster.path("ssh.log")).unwrap();
    let script = format!("{}bin/alluxio-start.sh", cluster.path("").display());
    let expected = format!(
        "elsewhere|env ALLUXIO_CONF_DIR='{}' {script} worker -Dalluxio.worker.ramdisk.size=1GB\n",
        folder.display()
    );
    assert_eq!(log, expected);
}

#[test]
fn an_unmount_of_what_is_not_mounted_says_so_and_touches_nothing() {
    let cluster = with_hosts("localhost\n");
    cluster.replace_program("umount", "echo called >> \"$ALLUXIO_HOME/umount.log\"");
    let said = cluster.run(&["process", "mount", "Umount", "workers"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("is not mounted. Skipping."), "{said:?}");
    assert!(!cluster.path("umount.log").try_exists().unwrap());
    let said = cluster.run(&["process", "mount", "Remount"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.starts_with("Usage: alluxio-mount.sh "), "{said:?}");
}
