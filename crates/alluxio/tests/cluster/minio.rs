//! A cluster over a real MinIO, as people set it up and get it wrong: `make test` builds one and runs
//! these tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use alluxio_crash::FreePorts;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::hanging_store::{AT_ONCE, NOT_FOR_EVER, timed};
use crate::harness::{Cluster, Said};

pub(crate) const KEY: &str = "minioadmin";

/// A server of this test alone; it ends with it.
pub(crate) struct MinIo {
    folder: tempfile::TempDir,
    pub(crate) port: u16,
}

impl MinIo {
    pub(crate) fn started() -> Self {
        Self::started_with(&[])
    }

    /// With these settings of its own in its environment.
    fn started_with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = FreePorts::of(folder.path()).port().unwrap();
        let minio = Self { folder, port };
        let data = minio.data();
        call(&["bucket", &data, "bucket"], &[]);
        call(&["start", &port.to_string(), &data], settings);
        minio
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// Stops it where it is, or lets it go on: it hangs meanwhile.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = fs::read_to_string(format!("{}.pid", self.data())).unwrap();
        kill(Pid::from_raw(pid.trim().parse().unwrap()), signal).unwrap();
    }

    /// Kills it; what it has stored stays.
    pub(crate) fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Starts it again where it was, after a kill.
    pub(crate) fn start_again(&self) {
        call(&["start", &self.port.to_string(), &self.data()], &[]);
    }

    /// The lines of the site that MinIO needs.
    pub(crate) fn site(&self, root: &str) -> Vec<(&'static str, String)> {
        vec![
            ("alluxio.master.mount.table.root.ufs", root.to_owned()),
            (
                "alluxio.underfs.s3.endpoint",
                format!("http://localhost:{}/", self.port),
            ),
            ("alluxio.underfs.s3.disable.dns.buckets", "true".to_owned()),
            ("alluxio.underfs.s3.inherit.acl", "false".to_owned()),
            ("s3a.accessKeyId", KEY.to_owned()),
            ("s3a.secretKey", KEY.to_owned()),
        ]
    }

    /// The same for a mount; what hangs is given up soon.
    pub(crate) fn options(&self) -> String {
        let site = self.site("").into_iter().skip(1);
        let options: Vec<String> = site
            .map(|(name, value)| format!("--option {name}={value}"))
            .collect();
        let patience = "--option alluxio.underfs.s3.request.timeout=2s";
        format!("{} {patience}", options.join(" "))
    }

    /// Asks the bucket as another program does.
    pub(crate) fn ask(&self, query: &str) -> String {
        let address = format!("http://127.0.0.1:{}/bucket?{query}", self.port);
        let keys = format!("{KEY}:{KEY}");
        let words = ["-fsS", "--noproxy", "*", "--user", &keys, "--aws-sigv4"];
        let asked = Command::new("curl")
            .args(words)
            .args(["aws:amz:us-east-1:s3", &address])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&asked.stderr).into_owned();
        assert!(asked.status.success(), "{error}");
        String::from_utf8(asked.stdout).unwrap()
    }

    /// The keys of the bucket, without the markers of directories.
    pub(crate) fn files(&self) -> Vec<String> {
        let listed = self.ask("list-type=2");
        let keys = listed.split("<Key>").skip(1);
        let keys = keys.map(|rest| rest.split('<').next().unwrap().to_owned());
        keys.filter(|key| !key.ends_with('/')).collect()
    }
}

impl Drop for MinIo {
    fn drop(&mut self) {
        call(&["stop", &self.data()], &[]);
    }
}

fn call(arguments: &[&str], settings: &[(&str, &str)]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../libexec/minio.sh");
    let mut command = Command::new(script);
    let called = command.args(arguments).envs(settings.iter().copied());
    let output = called.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {error}");
}

pub(crate) fn configure(cluster: &Cluster, site: &[(&str, String)]) {
    let lines: Vec<(&str, &str)> = site.iter().map(|(name, value)| (*name, &**value)).collect();
    cluster.configure(&lines);
    assert_eq!(cluster.run(&["format"]).code, 0);
}

pub(crate) fn start(cluster: &Cluster) {
    let said = cluster.start();
    assert_eq!(said.code, 0, "{said:?}");
}

fn is_persisting(cluster: &Cluster) -> bool {
    let listed = cluster.fs_out("ls /default_tests_files");
    listed.contains("TO_BE_PERSISTED")
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn the_tests_pass_over_a_bucket_and_over_a_part_of_it() {
    for root in ["s3://bucket/", "s3://bucket/some/directory"] {
        let (minio, cluster) = (MinIo::started(), Cluster::formatted());
        configure(&cluster, &minio.site(root));
        start(&cluster);
        let said = cluster.run(&["runTests"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(said.out.matches("Passed the test!").count(), 24);
        while is_persisting(&cluster) {}
        let files = minio.files();
        assert_eq!(files.len(), 18, "{files:?}");
        let prefix = root.strip_prefix("s3://bucket/").unwrap();
        let folder = Path::new(prefix).join("default_tests_files/Basic");
        let folder = folder.display().to_string();
        assert!(
            files.iter().all(|file| file.starts_with(&folder)),
            "{files:?}"
        );
        let none_of = |kind: &str| !files.iter().any(|file| file.contains(kind));
        assert!(none_of("MUST_CACHE"), "{files:?}");
    }
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn a_bucket_is_mounted_with_its_options_and_checked_before() {
    let (minio, cluster) = (MinIo::started(), Cluster::started());
    let options: Vec<String> = minio
        .site("")
        .into_iter()
        .skip(1)
        .map(|(name, value)| format!("--option {name}={value}"))
        .collect();
    let options = options.join(" ");
    let v1 = "alluxio.underfs.s3.list.objects.v1=maybe";
    for (option, uri, words, advice) in [
        (
            "a=b",
            "s3://missing/",
            "The specified bucket does not exist",
            "or the URI of the mount",
        ),
        (
            "s3a.secretKey=wrong",
            "s3://bucket/",
            "Forbidden",
            "check s3a.secretKey, or that --option of the mount",
        ),
        (v1, "s3://bucket/", "it is true or false", "--option"),
        ("a=b", "s3://bucket/absent", "does not exist", ""),
    ] {
        let said = cluster.fs(&format!("mount {options} --option {option} /minio {uri}"));
        assert_eq!(said.code, 255, "{said:?}");
        assert!(
            said.out.contains(words) && said.err.contains(advice),
            "{said:?}"
        );
    }
    cluster.fs_out(&format!("mount {options} /minio s3://bucket/"));
    fs::write(cluster.path("f"), "hello").unwrap();
    let file = cluster.path("f").display().to_string();
    let through = "-Dalluxio.user.file.writetype.default=THROUGH";
    cluster.fs_out("mkdir /minio/d");
    cluster.fs_out(&format!("copyFromLocal {through} {file} /minio/d/f"));
    cluster.fs_out("mv /minio/d /minio/e");
    assert_eq!(minio.files(), ["e/f"]);
    assert_eq!(cluster.fs_out("cat /minio/e/f"), "hello");
    assert!(!cluster.fs_out("mount").contains(KEY));
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn the_root_has_options_of_its_own() {
    let (minio, cluster) = (MinIo::started(), Cluster::formatted());
    let root = "alluxio.master.mount.table.root";
    let options: Vec<(String, String)> = minio
        .site("s3://bucket/")
        .into_iter()
        .map(|(name, value)| match name.starts_with(root) {
            true => (name.to_owned(), value),
            false => (format!("{root}.option.{name}"), value),
        })
        .collect();
    let lines: Vec<(&str, &str)> = options
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    cluster.configure(&lines);
    assert_eq!(cluster.run(&["format"]).code, 0);
    start(&cluster);
    fs::write(cluster.path("f"), "hello").unwrap();
    let file = cluster.path("f").display().to_string();
    let through = "-Dalluxio.user.file.writetype.default=THROUGH";
    cluster.fs_out(&format!("copyFromLocal {through} {file} /f"));
    assert_eq!(minio.files(), ["f"]);
    assert_eq!(cluster.fs_out("cat /f"), "hello");
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn a_store_that_hangs_holds_up_its_own_users_only_and_not_for_ever() {
    let (minio, cluster) = (MinIo::started(), Cluster::started());
    let local = cluster.path("f");
    fs::write(&local, "hello").unwrap();
    let local = local.display();
    let through = "-Dalluxio.user.file.writetype.default=THROUGH";
    cluster.fs_out(&format!("mount {} /minio s3://bucket/", minio.options()));
    cluster.fs_out(&format!("copyFromLocal {through} {local} /minio/f"));
    minio.signal(Signal::SIGSTOP);

    let page = cluster.get("alluxio.master.web.port", "/overview");
    let problem = "<h2>Under stores that cannot be used</h2>";
    assert!(page.contains(problem), "{page}");
    let users = [
        "cat /minio/f".to_owned(),
        "ls -f /minio".to_owned(),
        format!("mkdir {through} /minio/d"),
        format!("copyFromLocal {through} {local} /minio/g"),
        "rm /minio/f".to_owned(),
    ];
    std::thread::scope(|scope| {
        let users = users.each_ref().map(|line| {
            let user = || timed(|| cluster.fs(line));
            (line, scope.spawn(user))
        });
        while !users.iter().all(|(_, user)| user.is_finished()) {
            let write = format!("copyFromLocal {local} /other");
            for line in ["ls /", &write, "cat /other", "rm /other"] {
                let (said, took) = timed(|| cluster.fs(line));
                assert_eq!(said.code, 0, "{line}: {said:?}");
                assert!(took < AT_ONCE, "{line}: {took:?}");
            }
        }
        for (line, user) in users {
            let (said, took) = user.join().unwrap();
            assert_eq!(said.code, 255, "{line}: {said:?}");
            assert!(said.out.contains("does not answer"), "{line}: {said:?}");
            let property = "alluxio.underfs.s3.request.timeout";
            assert!(said.err.contains(property), "{line}: {said:?}");
            assert!(took < NOT_FOR_EVER, "{line}: {took:?}");
        }
    });

    minio.signal(Signal::SIGCONT);
    assert_eq!(cluster.fs_out("cat /minio/f"), "hello");
    let page = || cluster.get("alluxio.master.web.port", "/overview");
    while page().contains(problem) {}
}

/// Runs openssl in a folder.
fn openssl(folder: &Path, line: &str) {
    let output = Command::new("openssl")
        .args(line.split(' '))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
}

/// A certificate for `localhost` in `private.key` and `public.crt`, and its authority in `ca.crt`.
fn make_certificates(folder: &Path) {
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    let authority = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority";
    openssl(folder, &format!("{authority} -keyout ca.key -out ca.crt"));
    let request = "req -newkey rsa:2048 -nodes -subj /CN=localhost";
    openssl(
        folder,
        &format!("{request} -keyout private.key -out request"),
    );
    let signed = "x509 -req -in request -CA ca.crt -CAkey ca.key -CAcreateserial -days 2";
    openssl(folder, &format!("{signed} -extfile names -out public.crt"));
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn a_store_with_a_private_authority_is_trusted_when_the_machine_is_told() {
    let folder = tempfile::tempdir().unwrap();
    make_certificates(folder.path());
    let certificates = folder.path().display().to_string();
    let minio = MinIo::started_with(&[("MINIO_CERTS", &certificates)]);
    let cluster = Cluster::formatted();
    let mut site = minio.site("s3://bucket/");
    site.retain(|(name, _)| *name != "alluxio.underfs.s3.endpoint");
    let endpoint = format!("https://localhost:{}/", minio.port);
    site.push(("alluxio.underfs.s3.endpoint", endpoint));
    configure(&cluster, &site);
    let test = [
        "runUfsTests",
        "--path",
        "s3://bucket/",
        "--test",
        "what_was_written_is_read",
    ];
    let authority = folder.path().join("ca.crt");
    let trusted = cluster
        .command(&test)
        .env("SSL_CERT_FILE", &authority)
        .output()
        .unwrap();
    assert!(trusted.status.success(), "{trusted:?}");
    let untrusted = cluster.run(&test);
    let words = "is not trusted: invalid peer certificate: UnknownIssuer";
    assert_ne!(untrusted.code, 0);
    assert!(untrusted.err.contains(words), "{untrusted:?}");
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn a_wrong_configuration_is_told_everywhere_with_the_property_to_look_at() {
    let minio = MinIo::started();
    let cases = [
        (
            ("alluxio.master.mount.table.root.ufs", "s3://missing/"),
            "The specified bucket does not exist (Service: Amazon S3; Status Code: 404",
            "alluxio.master.mount.table.root.ufs",
        ),
        (
            ("alluxio.underfs.s3.disable.dns.buckets", "false"),
            "Unable to execute HTTP request: bucket.localhost",
            "alluxio.underfs.s3.disable.dns.buckets",
        ),
        (
            ("alluxio.underfs.s3.endpoint", "http://localhost:1/"),
            "Unable to execute HTTP request: Connect to localhost:1 failed: Connection refused",
            "alluxio.underfs.s3.endpoint",
        ),
        (("s3a.secretKey", "wrong"), "Forbidden", "s3a."),
    ];
    for ((name, value), words, property) in cases {
        let mut site = minio.site("s3://bucket/");
        site.retain(|(known, _)| *known != name);
        site.push((name, value.to_owned()));
        let cluster = Cluster::formatted();
        configure(&cluster, &site);
        let Said { code, err, .. } = cluster.start();
        assert_eq!(code, 0, "{err}");
        assert!(err.contains(words) && err.contains(property), "{err}");
        let log = fs::read_to_string(cluster.path("logs/master.log")).unwrap();
        assert!(log.contains(words) && log.contains(property), "{log}");
        for words_of_command in [["runTests"].as_slice(), &["fs", "ls", "/"]] {
            let Said { code, out, err } = cluster.run(words_of_command);
            let said = format!("{out}{err}");
            assert!(
                code != 0 && said.contains(words) && said.contains(property),
                "{said}"
            );
        }
        for page in ["/", "/mounts", "/browse?path=/"] {
            let shown = cluster.get("alluxio.master.web.port", page);
            assert!(
                shown.contains(words) && shown.contains(property),
                "{page}: {shown}"
            );
        }
        let log = fs::read_to_string(cluster.path("logs/master.log")).unwrap();
        let calls: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("call failed") && line.contains(words))
            .collect();
        assert!(!calls.is_empty(), "{log}");
        let check = format!("check=\"{property}");
        assert!(calls.iter().all(|line| line.contains(&check)), "{calls:?}");
    }
}

/// The files in which a worker notes its uploads.
pub(crate) fn notes(cluster: &Cluster) -> Vec<PathBuf> {
    let Ok(roles) = fs::read_dir(cluster.path("uploads")) else {
        return Vec::new();
    };
    let folders = roles.map(|role| role.unwrap().path());
    folders
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|note| note.unwrap().path())
        .collect()
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn a_worker_that_is_killed_in_an_upload_leaves_nothing_in_the_bucket() {
    const ENDLESS: u64 = 1 << 36;
    let (minio, cluster) = (MinIo::started(), Cluster::formatted());
    configure(&cluster, &minio.site("s3://bucket/"));
    start(&cluster);
    let huge = cluster.path("huge");
    fs::File::create(&huge).unwrap().set_len(ENDLESS).unwrap();
    let through = "-Dalluxio.user.file.writetype.default=THROUGH";
    let huge = huge.display().to_string();
    let mut writer = cluster
        .command(&["fs", "copyFromLocal", through, &huge, "/huge"])
        .spawn()
        .unwrap();
    while notes(&cluster).is_empty() {
        assert_eq!(writer.try_wait().unwrap(), None);
    }
    let unfinished = || {
        minio
            .ask("prefix=huge&uploads=")
            .matches("<Upload>")
            .count()
    };
    assert_eq!(unfinished(), 1);
    let worker = cluster.pid("worker").unwrap();
    kill(Pid::from_raw(worker), Signal::SIGKILL).unwrap();
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert_eq!(unfinished(), 1);

    start(&cluster);
    fs::write(cluster.path("small"), "x").unwrap();
    let small = cluster.path("small").display().to_string();
    cluster.fs_out(&format!("copyFromLocal {through} {small} /small"));
    while !notes(&cluster).is_empty() {}
    assert_eq!(unfinished(), 0);
}

/// How many bytes the worker has sent to clients.
fn sent_by_worker(cluster: &Cluster) -> u64 {
    let page = cluster.get("alluxio.worker.web.port", "/metrics/json/");
    let (_, counter) = page.split_once("\"Worker.BytesReadRemote.").unwrap();
    let (_, count) = counter.split_once("\"count\":").unwrap();
    let digits = count.trim_start();
    let end = digits.find(|digit: char| !digit.is_ascii_digit()).unwrap();
    digits[..end].parse().unwrap()
}

#[test]
#[ignore = "needs a MinIO: make test"]
fn a_cold_file_is_read_on_this_host_without_a_stream() {
    let (minio, cluster) = (MinIo::started(), Cluster::formatted());
    configure(&cluster, &minio.site("s3://bucket/"));
    start(&cluster);
    let bytes: Vec<u8> = (0..20_000_000_u32)
        .map(|index| index.wrapping_mul(2_654_435_761).to_le_bytes()[3])
        .collect();
    let file = cluster.path("cold");
    fs::write(&file, &bytes).unwrap();
    let (from, to) = (file.display(), cluster.path("back"));
    let in_blocks = "-Dalluxio.user.block.size.bytes.default=8MB";
    let through = "-Dalluxio.user.file.writetype.default=THROUGH";
    cluster.fs_out(&format!("copyFromLocal {in_blocks} {through} {from} /cold"));
    cluster.fs_out(&format!("copyToLocal /cold {}", to.display()));
    assert!(fs::read(&to).unwrap() == bytes);
    assert_eq!(sent_by_worker(&cluster), 0);

    let stream = "-Dalluxio.user.short.circuit.enabled=false";
    cluster.fs_out(&format!("cat {stream} /cold"));
    assert_eq!(sent_by_worker(&cluster), 20_000_000);
}
