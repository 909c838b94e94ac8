//! [`Outcome`]: what one kind of server makes of scripts.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::answer::Answer;
use crate::cluster::{Cluster, Kind};
use crate::java::{Program, repository};
use crate::normal::Normal;
use crate::runner::Runner;
use crate::script::{CommandStep, Script, Step};

/// How often a command is repeated that waits for something in the background, and how long is
/// waited in between.
const REPEATS: u32 = 150;
const PAUSE: Duration = Duration::from_millis(100);

/// How many commands may give no answer before nothing more is asked: each takes half a minute.
const WITHOUT_ANSWER: u32 = 3;

/// The bits of a mode that are compared, for a file and for a directory. Theirs makes directories with the
/// sticky bit, and does not tell.
const MODE: u32 = 0o7777;
const DIRECTORY_MODE: u32 = 0o6777;

/// How much of a file is compared.
const HEAD: usize = 40;

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

/// Scripts, one of them with what runs it.
#[derive(Debug)]
pub struct Play<'a> {
    /// What is done.
    pub script: Script,
    /// Which program runs the commands.
    pub program: Program,
    /// Properties of that program.
    pub settings: &'a [(&'a str, &'a str)],
}

/// What one kind of server makes of scripts.
pub(crate) struct Outcome {
    pub(crate) answers: Vec<Answer>,
    /// What is in the stores and in the folder for copies at the end.
    pub(crate) files: BTreeMap<String, String>,
}

impl Outcome {
    /// Starts a cluster, and runs the scripts. All answers are kept in `target/interop`, for people who
    /// want to compare more.
    pub(crate) fn of(plays: &[Play<'_>], kind: Kind) -> Result<Self> {
        let mut cluster = Cluster::start(kind, &[])?;
        write_local_files(&cluster.path("local"))?;
        let mut answers = Vec::new();
        for play in plays {
            let before = answers.len();
            let done = run_script(play, &mut cluster, &mut answers);
            keep(&play.script, kind, &answers[before..])?;
            done?;
        }
        let mut files = BTreeMap::new();
        for folder in ["store", "other", "local"] {
            list(&cluster.path(""), &cluster.path(folder), &mut files)?;
        }
        Ok(Self { answers, files })
    }
}

fn run_script(play: &Play<'_>, cluster: &mut Cluster, answers: &mut Vec<Answer>) -> Result<()> {
    let mut runner = cluster.runner(play.program, play.settings)?;
    let mut without_answer = 0;
    let mut variables = cluster.variables();
    for step in &play.script.steps {
        match step {
            Step::Outside(words) => {
                let words = fill(words, &variables);
                do_outside(&words).with_context(|| format!("{words:?}"))?;
            }
            Step::Command(command) => {
                let words = fill(&command.words, &variables);
                let answer = run_command(command, &words, &mut runner);
                // A server that has died explains whatever else went wrong.
                cluster.check().with_context(|| command.place.clone())?;
                let answer = answer.with_context(|| command.text.clone())?;
                without_answer += u32::from(answer.is_none());
                if let Some(name) = &command.keep {
                    let word = answer.out.split_whitespace().next();
                    variables.push((name.clone(), word.unwrap_or_default().to_owned()));
                }
                answers.push(normal_form(&answer, &cluster.normal()));
                if without_answer > WITHOUT_ANSWER {
                    bail!(
                        "{}: {without_answer} commands gave no answer",
                        command.place
                    );
                }
            }
        }
    }
    Ok(())
}

/// Writes what was said into a file.
fn keep(script: &Script, kind: Kind, answers: &[Answer]) -> Result<()> {
    let folder = repository().join("target/interop");
    fs::create_dir_all(&folder)?;
    let file = format!("{}-{kind:?}.txt", script.name).to_lowercase();
    let mut file = BufWriter::new(File::create(folder.join(file))?);
    let commands = script.steps.iter().filter_map(|step| match step {
        Step::Command(command) => Some(command),
        Step::Outside(_) => None,
    });
    for (command, answer) in commands.zip(answers) {
        writeln!(file, "$ {}\n{answer}", command.text)?;
    }
    file.flush()?;
    Ok(())
}

/// Puts what `$name` stands for into words.
fn fill(words: &[String], variables: &[(String, String)]) -> Vec<String> {
    let fill_one = |word: &String| {
        variables.iter().fold(word.clone(), |word, (name, value)| {
            word.replace(name, value)
        })
    };
    words.iter().map(fill_one).collect()
}

fn run_command(command: &CommandStep, words: &[String], runner: &mut Runner) -> Result<Answer> {
    let mut answer = runner.run(words)?;
    let Some(text) = &command.until else {
        return Ok(answer);
    };
    let mut repeats = 0;
    while !answer.out.contains(text) {
        if repeats == REPEATS {
            return Ok(Answer::none(format!("{text:?} never came, but {answer}\n")));
        }
        repeats += 1;
        thread::sleep(PAUSE);
        answer = runner.run(words)?;
    }
    Ok(answer)
}

fn normal_form(answer: &Answer, normal: &Normal) -> Answer {
    Answer {
        code: answer.code,
        out: normal.apply(&answer.out),
        err: normal.apply(&answer.err),
    }
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

/// Names, modes, owners, lengths and beginnings of all that is in a folder.
fn list(home: &Path, folder: &Path, found: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.strip_prefix(home)?.display().to_string();
        let status = fs::symlink_metadata(&path)?;
        let (mode, owner) = (status.mode(), status.uid());
        // Folders for what is being written; they may stay behind when they are empty.
        let is_work = name.contains(".alluxio_");
        if status.is_dir() {
            if !is_work {
                let mode = mode & DIRECTORY_MODE;
                let what = format!("directory {mode:o} {owner}:{}", status.gid());
                found.insert(name, what);
            }
            list(home, &path, found)?;
        } else {
            let bytes = fs::read(&path)?;
            let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]);
            let mode = mode & MODE;
            let what = format!(
                "{} bytes {mode:o} {owner}:{} {head:?}",
                bytes.len(),
                status.gid()
            );
            found.insert(name, what);
        }
    }
    Ok(())
}
