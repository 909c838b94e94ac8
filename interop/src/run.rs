//! [`Outcome`]: what one kind of server makes of a script.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::answer::Answer;
use crate::cluster::{Cluster, Kind};
use crate::java::{Program, repository};
use crate::runner::Runner;
use crate::script::{CommandStep, Script, Step};

/// How often a command is repeated that waits for something in the background, and how long is
/// waited in between.
const REPEATS: u32 = 150;
const PAUSE: Duration = Duration::from_millis(100);

/// Files that commands copy: name and size.
const LOCAL_FILES: [(&str, usize); 10] = [
    ("empty", 0),
    ("f80", 80),
    ("f5k", 5_120),
    ("f20k", 20_480),
    ("f3m", 3 << 20),
    ("dir/a", 80),
    ("dir/b", 5_120),
    ("dir/sub/c", 80),
    ("with space.txt", 12),
    ("ünï.txt", 12),
];

/// What one kind of server makes of a script.
pub(crate) struct Outcome {
    pub(crate) answers: Vec<Answer>,
    /// What is in the stores at the end: for a file its length and the beginning of it.
    pub(crate) stored: BTreeMap<String, String>,
}

impl Outcome {
    /// Starts a cluster with these lines in its site file, and runs the script. All answers are kept in
    /// `target/interop`, for people who want to compare more.
    pub(crate) fn of(
        script: &Script,
        program: Program,
        kind: Kind,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let cluster = Cluster::start(kind, settings)?;
        write_local_files(&cluster.local())?;
        let mut runner = cluster.runner(program)?;
        let mut transcript = transcript(&script.name, kind)?;
        let mut answers = Vec::new();
        for step in &script.steps {
            match step {
                Step::Outside(words) => {
                    let words = fill(words, &cluster);
                    do_outside(&words).with_context(|| format!("{words:?}"))?;
                }
                Step::Command(command) => {
                    let answer = run_command(command, &cluster, &mut runner)?;
                    writeln!(transcript, "$ {}\n{answer}", command.text)?;
                    answers.push(answer);
                }
            }
        }
        let mut stored = BTreeMap::new();
        for store in cluster.stores() {
            list(&store, &store, &mut stored)?;
        }
        Ok(Self { answers, stored })
    }
}

fn transcript(name: &str, kind: Kind) -> Result<File> {
    let folder = repository().join("target/interop");
    fs::create_dir_all(&folder)?;
    let file = format!("{name}-{kind:?}.txt").to_lowercase();
    Ok(File::create(folder.join(file))?)
}

/// Puts what `$name` stands for into words.
fn fill(words: &[String], cluster: &Cluster) -> Vec<String> {
    let variables = cluster.variables();
    let fill_one = |word: &String| {
        variables.iter().fold(word.clone(), |word, (name, value)| {
            word.replace(name, value)
        })
    };
    words.iter().map(fill_one).collect()
}

fn run_command(command: &CommandStep, cluster: &Cluster, runner: &mut Runner) -> Result<Answer> {
    let words = fill(&command.words, cluster);
    let mut answer = runner.run(&words)?;
    if let Some(text) = &command.until {
        // What never comes is a difference like any other.
        for _ in 0..REPEATS {
            if answer.out.contains(text) {
                break;
            }
            thread::sleep(PAUSE);
            answer = runner.run(&words)?;
        }
    }
    let normal = cluster.normal();
    Ok(Answer {
        code: answer.code,
        out: normal.apply(&answer.out),
        err: normal.apply(&answer.err),
    })
}

fn do_outside(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["@write", path, ref text @ ..] => fs::write(path, text.join(" "))?,
        ["@mkdir", path] => fs::create_dir_all(path)?,
        ["@remove", path] if Path::new(path).is_dir() => fs::remove_dir_all(path)?,
        // What only one side has may be removed from both.
        ["@remove", path] if Path::new(path).is_file() => fs::remove_file(path)?,
        ["@remove", _nothing] => {}
        _ => bail!("it has no meaning"),
    }
    Ok(())
}

/// Every byte of a file tells where it is.
fn write_local_files(folder: &Path) -> Result<()> {
    for (name, length) in LOCAL_FILES {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().context("it is below a folder")?)?;
        let lines = (0..).flat_map(|number: u32| format!("{number:07}\n").into_bytes());
        fs::write(path, lines.take(length).collect::<Vec<u8>>())?;
    }
    fs::create_dir_all(folder.join("emptydir"))?;
    Ok(())
}

fn list(store: &Path, folder: &Path, found: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.strip_prefix(store)?.display().to_string();
        // Folders for what is being written; they may stay behind when they are empty.
        let is_work = name.contains(".alluxio_");
        if path.is_dir() {
            if !is_work {
                found.insert(name, "directory".to_owned());
            }
            list(store, &path, found)?;
        } else {
            let bytes = fs::read(&path)?;
            let head = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
            found.insert(name, format!("{} bytes {head:?}", bytes.len()));
        }
    }
    Ok(())
}
