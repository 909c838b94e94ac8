//! [`MinIo`]: a server of this run alone, and what another program sees in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::free_ports::FreePorts;
use crate::model::{Found, StoreView};
use crate::torn_objects::remove_torn_objects;

/// The name and the secret of its owner.
const KEY: &str = "minioadmin";

/// How many objects are fetched by one program.
const FETCHED_AT_ONCE: usize = 500;

/// A MinIO over a folder.
#[derive(Debug)]
pub struct MinIo {
    data: PathBuf,
    port: u16,
}

impl MinIo {
    /// One that keeps its data in this folder and listens on a port of loopback that is free now,
    /// once it is started.
    ///
    /// # Errors
    /// When no port is free.
    pub fn new(data: PathBuf) -> io::Result<Self> {
        let port = FreePorts::of(&data).port()?;
        Ok(Self { data, port })
    }

    /// How stores call it.
    pub(crate) fn address(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// What a store needs to reach it.
    pub fn properties(&self) -> BTreeMap<String, String> {
        let endpoint = format!("http://{}/", self.address());
        [
            ("alluxio.underfs.s3.endpoint", endpoint.as_str()),
            ("alluxio.underfs.s3.disable.dns.buckets", "true"),
            ("alluxio.underfs.s3.inherit.acl", "false"),
            ("s3a.accessKeyId", KEY),
            ("s3a.secretKey", KEY),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// Makes a bucket, before or after the start.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn make_bucket(&self, bucket: &str) -> Result<()> {
        script(&["bucket", &self.data(), bucket])
    }

    /// Starts it, and waits until it answers.
    ///
    /// # Errors
    /// When it does not start; the sentence has what it says.
    pub fn start(&self) -> Result<()> {
        remove_torn_objects(&self.data)?;
        script(&["start", &self.port.to_string(), &self.data()])
    }

    /// Ends it in good order.
    pub(crate) fn stop(&self) -> Result<()> {
        // One that hangs hears nothing. One that is dead needs no end.
        self.signal(Signal::SIGCONT).ok();
        script(&["stop", &self.data()])
    }

    /// Ends it at once.
    pub(crate) fn kill(&self) -> Result<()> {
        self.signal(Signal::SIGKILL)?;
        let pid = self.pid()?.to_string();
        // It has no parent that would hear of its end; the port is free when it is gone.
        while Path::new("/proc").join(&pid).try_exists()? && !is_zombie(&pid) {
            std::thread::yield_now();
        }
        fs::remove_file(self.pid_file())?;
        Ok(())
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill(self.pid()?, signal)?)
    }

    fn pid(&self) -> Result<Pid> {
        let file = self.pid_file();
        let text = fs::read_to_string(&file).with_context(|| file.clone())?;
        Ok(Pid::from_raw(text.trim().parse()?))
    }

    fn pid_file(&self) -> String {
        format!("{}.pid", self.data())
    }

    /// Everything in a bucket: objects, and directories as their keys or markers tell of them.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn view(&self, bucket: &str) -> Result<StoreView> {
        let mut view = StoreView::new();
        let mut keys = Vec::new();
        for key in self.keys(bucket)? {
            let mut above = key.as_str();
            while let Some((directory, _)) = above.rsplit_once('/') {
                view.insert(directory.to_owned(), Found::Directory);
                above = directory;
            }
            if !key.ends_with('/') {
                keys.push(key);
            }
        }
        // The folder of copies may stay when nothing is in it.
        view.remove(crate::folder_view::COPIES);
        for some in keys.chunks(FETCHED_AT_ONCE) {
            for (key, bytes) in self.fetch(bucket, some)? {
                view.insert(key, Found::File(bytes));
            }
        }
        Ok(view)
    }

    /// The keys of a bucket.
    pub(crate) fn keys(&self, bucket: &str) -> Result<Vec<String>> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let after = keys.last().map_or(String::new(), |last| {
                format!("&start-after={}", last.replace('/', "%2F"))
            });
            let page = self.ask(&["GET"], &format!("{bucket}?list-type=2{after}"))?;
            let found = page.split("<Key>").skip(1);
            let found = found.filter_map(|rest| rest.split('<').next());
            keys.extend(found.map(str::to_owned));
            if !page.contains("<IsTruncated>true") {
                return Ok(keys);
            }
        }
    }

    /// The folders of uploads that were begun and not ended, in its own data, whether or not a part
    /// has arrived.
    pub fn uploads(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let multipart = self.data.join(".minio.sys/multipart");
        for object in fs::read_dir(multipart).into_iter().flatten().flatten() {
            let uploads = fs::read_dir(object.path()).into_iter().flatten().flatten();
            found.extend(uploads.map(|upload| upload.path()));
        }
        found
    }

    /// Begins an upload that nobody will end, with one part.
    pub(crate) fn begin_upload(&self, bucket: &str, key: &str) -> Result<String> {
        let begun = self.ask(&["POST"], &format!("{bucket}/{key}?uploads="))?;
        let id = begun.split("<UploadId>").nth(1);
        let id = id.and_then(|rest| rest.split('<').next());
        let id = id.context("an upload has an id")?;
        self.put(bucket, &format!("{key}?partNumber=1&uploadId={id}"), "part")?;
        Ok(id.to_owned())
    }

    /// Puts an object, as another program does.
    pub(crate) fn put(&self, bucket: &str, key: &str, text: &str) -> Result<()> {
        // The program signs other bytes than it sends, unless it need not sign them.
        let unsigned = "x-amz-content-sha256: UNSIGNED-PAYLOAD";
        let method = ["PUT", "-H", unsigned, "--data-binary", text];
        self.ask(&method, &format!("{bucket}/{key}"))?;
        Ok(())
    }

    /// Removes an object.
    pub(crate) fn remove(&self, bucket: &str, key: &str) -> Result<()> {
        self.ask(&["DELETE"], &format!("{bucket}/{key}"))?;
        Ok(())
    }

    fn ask(&self, method: &[&str], what: &str) -> Result<String> {
        let address = format!("http://127.0.0.1:{}/{what}", self.port);
        let output = curl().arg("-X").args(method).arg(&address).output()?;
        if !output.status.success() {
            bail!("{address}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The bytes of objects. One that vanishes meanwhile is left out.
    fn fetch(&self, bucket: &str, keys: &[String]) -> Result<Vec<(String, Bytes)>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let folder = tempfile::tempdir()?;
        let mut list = String::new();
        for (index, key) in keys.iter().enumerate() {
            let file = folder.path().join(index.to_string());
            let address = format!("http://127.0.0.1:{}/{bucket}/{key}", self.port);
            list.push_str(&format!(
                "url = \"{address}\"\noutput = \"{}\"\n",
                file.display()
            ));
        }
        let mut child = curl()
            .args(["-K", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut input = child.stdin.take().context("its input is a pipe")?;
        input.write_all(list.as_bytes())?;
        drop(input);
        // A single object that is missing fails the whole; what is there counts.
        child.wait()?;
        let mut fetched = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            match fs::read(folder.path().join(index.to_string())) {
                Ok(bytes) => fetched.push((key.clone(), Bytes::from(bytes))),
                // An empty object makes no file.
                Err(_none) if self.is_there(bucket, key) => {
                    fetched.push((key.clone(), Bytes::new()));
                }
                Err(_none) => {}
            }
        }
        Ok(fetched)
    }

    fn is_there(&self, bucket: &str, key: &str) -> bool {
        let asked = self.ask(&["HEAD", "-I"], &format!("{bucket}/{key}"));
        asked.is_ok()
    }

    fn data(&self) -> String {
        self.data.display().to_string()
    }
}

impl Drop for MinIo {
    fn drop(&mut self) {
        // What was never started needs no end.
        self.stop().ok();
    }
}

/// A program that signs requests as all clients of S3 do, and is not ours.
fn curl() -> Command {
    let mut command = Command::new("curl");
    let keys = format!("{KEY}:{KEY}");
    command
        .args(["-fsS", "--noproxy", "*", "--user", &keys])
        .args(["--aws-sigv4", "aws:amz:us-east-1:s3"]);
    command
}

fn script(arguments: &[&str]) -> Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../libexec/minio.sh");
    let output = Command::new(script).args(arguments).output()?;
    if !output.status.success() {
        bail!(
            "minio.sh {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Whether only the entry of a process is left.
fn is_zombie(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat"));
    status.is_ok_and(|text| text.contains(") Z "))
}
