//! [`Runner`]: a JVM that runs one command after the other.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::answer::Answer;
use crate::java::java;

/// Between the words of a command.
const SEPARATOR: &str = "\u{1f}";

/// A command that has said nothing after this long hangs: on a machine that does much else, those that write
/// a lot take half a minute.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a JVM names the thread that runs the commands, and how much is shown of what that thread does.
const COMMANDS: &str = "\"main\"";
const SHOWN: usize = 25;

/// A JVM that runs one command after the other.
#[derive(Debug)]
pub struct Runner {
    command: Command,
    log: PathBuf,
    running: Running,
}

#[derive(Debug)]
struct Running {
    jvm: Child,
    commands: ChildStdin,
    answers: Receiver<Result<Answer>>,
}

impl Runner {
    /// Starts it. What the JVM itself complains about goes to `log`.
    pub(crate) fn start(mut command: Command, log: PathBuf) -> Result<Self> {
        let running = Running::start(&mut command, &log)?;
        Ok(Self {
            command,
            log,
            running,
        })
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.running.jvm.id()
    }

    /// Runs a command: the name of the shell, then its words. One that hangs is ended, with the JVM.
    ///
    /// # Errors
    /// When the JVM ends.
    pub fn run(&mut self, words: &[String]) -> Result<Answer> {
        self.begin(words)?;
        self.finish(PATIENCE)
    }

    /// Hands a command over, whose answer [`Runner::finish`] will return.
    ///
    /// # Errors
    /// When the JVM has ended.
    pub fn begin(&mut self, words: &[String]) -> Result<()> {
        let line = words.join(SEPARATOR);
        if line.contains('\n') {
            bail!("a word with an end of line in it: {words:?}");
        }
        writeln!(self.running.commands, "{line}")?;
        self.running.commands.flush()?;
        Ok(())
    }

    /// Waits for the answer to the command that was begun. One that hangs is ended, with the JVM.
    ///
    /// # Errors
    /// When the JVM ends.
    pub fn finish(&mut self, patience: Duration) -> Result<Answer> {
        if let Ok(answer) = self.running.answers.recv_timeout(patience) {
            return answer;
        }
        let doing = self.running.doing()?;
        self.running = Running::start(&mut self.command, &self.log)?;
        Ok(Answer::none(format!(
            "no answer after {patience:?}\n{doing}"
        )))
    }
}

impl Running {
    fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let mut jvm = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            .spawn()
            .context("java does not start")?;
        let commands = jvm.stdin.take().context("its input is a pipe")?;
        let output = jvm.stdout.take().context("its output is a pipe")?;
        // One answer for one command: the next is sent when the last has come.
        let (sender, answers) = sync_channel(1);
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let answer = read_answer(&mut output);
                let ended = answer.is_err();
                if sender.send(answer).is_err() || ended {
                    return;
                }
            }
        });
        Ok(Self {
            jvm,
            commands,
            answers,
        })
    }
}

impl Running {
    /// Where the command is that runs now.
    fn doing(&self) -> Result<String> {
        let jstack = java()?.with_file_name("jstack");
        let said = Command::new(jstack)
            .arg(self.jvm.id().to_string())
            .output()?;
        let text = String::from_utf8_lossy(&said.stdout);
        let mut lines = text.lines();
        let thread = lines.by_ref().find(|line| line.starts_with(COMMANDS));
        let frames = lines.take_while(|line| !line.is_empty());
        let shown = thread.into_iter().chain(frames).take(SHOWN);
        Ok(shown.map(|line| format!("{line}\n")).collect())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        self.jvm.kill().ok();
        self.jvm.wait().ok();
    }
}

fn read_answer(output: &mut BufReader<ChildStdout>) -> Result<Answer> {
    let mut line = String::new();
    if output.read_line(&mut line)? == 0 {
        bail!("the JVM has ended");
    }
    let mut numbers = line.split_whitespace().map(str::parse);
    let (Some(Ok(code)), Some(Ok(out)), Some(Ok(err))) =
        (numbers.next(), numbers.next(), numbers.next())
    else {
        bail!("the JVM says {line:?}");
    };
    let code: i32 = code;
    Ok(Answer {
        // A shell sees eight bits of it.
        code: code & 0xff,
        out: read_text(output, out)?,
        err: read_text(output, err)?,
    })
}

fn read_text(output: &mut impl Read, length: i32) -> Result<String> {
    let mut bytes = vec![0; usize::try_from(length)?];
    output.read_exact(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
