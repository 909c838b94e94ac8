//! Whole outputs of commands that need no cluster, compared with the files in `transcripts/`.
//!
//! `[exit code]$ arguments`, then standard output, then standard error with `2| ` in front of each
//! line. `<home>` stands for the installation, `<host>` for the name of this machine. When an output
//! changes, the new file is written beside the build and its path is printed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stdout,
    reason = "a difference is shown to whoever runs the test"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// One command of a transcript.
struct Step {
    exit_code: i32,
    arguments: String,
    output: String,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines() {
        let command = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("]$ "));
        match (command, steps.last_mut()) {
            (Some((code, arguments)), _) => steps.push(Step {
                exit_code: code.parse().unwrap(),
                arguments: arguments.to_owned(),
                output: String::new(),
            }),
            (None, Some(step)) => {
                step.output.push_str(line);
                step.output.push('\n');
            }
            (None, None) => {}
        }
    }
    steps
}

/// Splits as a shell does, as far as transcripts need it: blanks, and double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            ' ' if !is_quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

fn run(home: &Path, arguments: &str) -> (i32, String) {
    let home_text = home.display().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_alluxio"))
        .args(words(&arguments.replace("<home>", &home_text)))
        .env_clear()
        .env("ALLUXIO_HOME", home)
        .current_dir(home)
        .output()
        .unwrap();
    let host = nix::unistd::gethostname()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let mut text = String::from_utf8(output.stdout).unwrap();
    for line in String::from_utf8(output.stderr).unwrap().lines() {
        text.push_str(&format!("2| {line}\n"));
    }
    let text = text
        .replace(&home_text, "<home>")
        .replace(&format!("on {host}\n"), "on <host>\n")
        .replace(&format!("@ {host}\n"), "@ <host>\n");
    (output.status.code().unwrap(), text)
}

fn check(name: &str) {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("conf")).unwrap();
    let tier = home.path().join("tier");
    let site = format!(
        "alluxio.master.hostname=localhost\n\
         alluxio.worker.ramdisk.size=1GB\n\
         alluxio.worker.tieredstore.level0.dirs.path={}\n",
        tier.display()
    );
    fs::write(home.path().join("conf/alluxio-site.properties"), site).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/transcripts/{name}.txt"));
    let expected = fs::read_to_string(&path).unwrap();
    let mut actual = String::new();
    for step in steps(&expected) {
        let (exit_code, output) = run(home.path(), &step.arguments);
        actual.push_str(&format!("[{exit_code}]$ {}\n{output}", step.arguments));
        let was = format!("[{}]$ {}\n{}", step.exit_code, step.arguments, step.output);
        let is = format!("[{exit_code}]$ {}\n{output}", step.arguments);
        if was != is {
            println!("--- expected\n{was}--- actual\n{is}");
        }
    }
    if actual != expected {
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.txt"));
        fs::write(&copy, actual).unwrap();
        panic!("{} differs from {}", path.display(), copy.display());
    }
}

#[test]
fn usage_lists_every_command_as_alluxio_does() {
    check("usage");
}

#[test]
fn help_is_laid_out_as_alluxio_lays_it_out() {
    check("help");
}

#[test]
fn wrong_calls_get_the_sentences_and_exit_codes_of_alluxio() {
    check("wrong_calls");
}

#[test]
fn get_conf_answers_with_values_sources_and_units() {
    check("get_conf");
}

#[test]
fn validate_conf_names_what_is_wrong() {
    check("validate_conf");
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure_unless_its_reader_has_left() {
    let version = |out: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alluxio"));
        let command = command.arg("version").stdout(out).stderr(Stdio::piped());
        command.spawn().unwrap().wait_with_output().unwrap()
    };
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let said = version(full.into());
    let error = String::from_utf8(said.stderr).unwrap();
    assert_eq!(said.status.code(), Some(1), "{error}");
    assert!(
        error.starts_with("Standard output cannot be written: "),
        "{error}"
    );

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let said = version(writer.into());
    assert_eq!(said.status.code(), Some(0));
    assert_eq!(said.stderr, b"");
}

#[test]
fn tools_tell_how_they_are_called() {
    check("tools");
}

#[test]
fn without_a_master_commands_say_where_they_looked() {
    check("no_master");
}

#[test]
fn formatting_says_what_is_formatted() {
    check("format");
}
