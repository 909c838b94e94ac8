//! [`Script`]: commands in text files, and what is known of their answers.
//!
//! A line is a command. What stands in front of it begins with `@` and is about the next command;
//! what stands behind it is indented and tells of a difference that is meant:
//!
//! ```text
//! # A comment.
//! @write $store/a/file some text    a file that no server knows of yet; also @mkdir, @remove
//! @until PERSISTED                  the command is repeated until its output has this in it
//! @sorted                           the order of its lines is left open
//! @without .hidden                  lines with this in them are not looked at; may stand there twice
//! @only Cluster.                    only lines with this in them are looked at; may stand there twice
//! @keep $job                        the first word of its output is kept for later commands
//! @unlike it tells of this machine  only the exit codes are compared, for this reason; both are 0,
//! @unlike [255] it is sorted        or this one
//! fs ls -f /a
//! fs test -s /a
//!   ~ true for a directory that is not empty
//!   [0]
//! ```
//!
//! `$local`, `$store` and `$other` are folders: files for commands that copy, the store at the root, and
//! one with folders to mount; `$master` is the address of the master. `-Duser=` and `-Dwt=` are
//! short for the properties of the user and of the write type.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Names that stand for longer ones.
const SHORT: [(&str, &str); 2] = [
    ("-Duser=", "-Dalluxio.security.login.username="),
    ("-Dwt=", "-Dalluxio.user.file.writetype.default="),
];

/// Commands in text files.
#[derive(Debug)]
pub struct Script {
    /// That of its folder.
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
}

/// One thing that is done to both clusters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Something that happens behind the back of the servers.
    Outside(Vec<String>),
    /// A command.
    Command(CommandStep),
}

/// A command and what is known of its answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CommandStep {
    /// The file and the line.
    pub(crate) place: String,
    pub(crate) text: String,
    pub(crate) words: Vec<String>,
    pub(crate) until: Option<String>,
    pub(crate) keep: Option<String>,
    pub(crate) check: Check,
}

/// How two answers are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Check {
    /// Word by word.
    Same,
    /// Line by line, in any order.
    Sorted,
    /// Word by word, but for lines that have one of these texts in them.
    Without(Vec<String>),
    /// Word by word, and only lines that have one of these texts in them.
    Only(Vec<String>),
    /// Exit codes only; it is known which one.
    Unlike(i32),
    /// Ours is this, and theirs is not.
    Meant(String),
}

impl Script {
    /// Reads the files of a folder, in the order of their names.
    ///
    /// # Errors
    /// When one cannot be read, or a line has no meaning.
    pub fn read(folder: &Path) -> Result<Self> {
        let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        let mut files = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<_>>>()?;
        files.sort();
        let mut steps = Vec::new();
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            steps.extend(parse(&name, &text).with_context(|| name.to_string())?);
        }
        let name = folder.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        Ok(Self { name, steps })
    }
}

fn parse(name: &str, text: &str) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let (mut until, mut keep, mut check) = (None, None, Check::Same);
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with("  ") {
            let Some(Step::Command(last)) = steps.last_mut() else {
                bail!("line {number}: a difference of no command");
            };
            add_difference(last, line.trim_start());
            continue;
        }
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match first {
            "@until" => until = Some(rest.to_owned()),
            "@keep" => keep = Some(rest.to_owned()),
            "@sorted" => check = Check::Sorted,
            "@without" => check = check.without(rest),
            "@only" => check = check.only(rest),
            "@unlike" => check = unlike(rest).with_context(|| format!("line {number}"))?,
            "@write" | "@mkdir" | "@remove" => {
                let words = words(line).with_context(|| format!("line {number}"))?;
                steps.push(Step::Outside(words));
            }
            other if other.starts_with('@') => bail!("line {number}: what is {other}?"),
            _ => steps.push(Step::Command(CommandStep {
                place: format!("{name}:{number}"),
                text: line.to_owned(),
                words: words(line).with_context(|| format!("line {number}"))?,
                until: until.take(),
                keep: keep.take(),
                check: std::mem::replace(&mut check, Check::Same),
            })),
        }
    }
    Ok(steps)
}

impl Check {
    /// The same, and lines with this text in them are not looked at.
    fn without(self, text: &str) -> Self {
        let mut texts = match self {
            Self::Without(texts) => texts,
            Self::Same | Self::Sorted | Self::Only(_) | Self::Unlike(_) | Self::Meant(_) => {
                Vec::new()
            }
        };
        texts.push(text.to_owned());
        Self::Without(texts)
    }

    /// The same, and lines with this text in them are looked at.
    fn only(self, text: &str) -> Self {
        let mut texts = match self {
            Self::Only(texts) => texts,
            Self::Same | Self::Sorted | Self::Without(_) | Self::Unlike(_) | Self::Meant(_) => {
                Vec::new()
            }
        };
        texts.push(text.to_owned());
        Self::Only(texts)
    }
}

/// A reason, with a code in front of it unless that is 0.
fn unlike(reason: &str) -> Result<Check> {
    let Some(behind) = reason.strip_prefix('[') else {
        return Ok(Check::Unlike(0));
    };
    let (code, _) = behind.split_once(']').context("a code has no end")?;
    Ok(Check::Unlike(code.parse()?))
}

/// A reason, or a further line of what ours says.
fn add_difference(command: &mut CommandStep, line: &str) {
    if line.starts_with('~') {
        return;
    }
    match &mut command.check {
        Check::Meant(ours) => {
            ours.push('\n');
            ours.push_str(line);
        }
        check @ (Check::Same
        | Check::Sorted
        | Check::Without(_)
        | Check::Only(_)
        | Check::Unlike(_)) => {
            *check = Check::Meant(line.to_owned());
        }
    }
}

/// Splits as a shell does: at blanks, but not inside quotes.
fn words(line: &str) -> Result<Vec<String>> {
    let (mut done, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, quote) {
            (' ', None) => done.extend(word.take()),
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, Some(end)) if letter == end => quote = None,
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    if quote.is_some() {
        bail!("a quote without an end: {line}");
    }
    done.extend(word);
    let long = |word: String| {
        let short = SHORT.iter().find(|(short, _)| word.starts_with(short));
        short.map_or(word.clone(), |(short, long)| word.replacen(short, long, 1))
    };
    Ok(done.into_iter().map(long).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_as_a_shell_parts_them() {
        let parted = words(r#"fs ls  "a b"'c' '' -Duser=bob -Dx=y"#).unwrap();
        let user = "-Dalluxio.security.login.username=bob";
        assert_eq!(parted, ["fs", "ls", "a bc", "", user, "-Dx=y"]);
        assert!(words("fs 'ls").is_err());
    }

    #[test]
    fn what_stands_around_a_command_belongs_to_it() {
        let text = "# A comment.\n@mkdir $store/a\n@until x y\nfs ls /\n  ~ for a reason\n  [0]\n  a\nfs rm /a\n";
        let steps = parse("a", text).unwrap();
        assert_eq!(
            steps[0],
            Step::Outside(vec!["@mkdir".to_owned(), "$store/a".to_owned()])
        );
        let command = |place: &str, text: &str, until, check| {
            Step::Command(CommandStep {
                place: place.to_owned(),
                text: text.to_owned(),
                words: text.split(' ').map(str::to_owned).collect(),
                until,
                keep: None,
                check,
            })
        };
        let meant = Check::Meant("[0]\na".to_owned());
        assert_eq!(
            steps[1],
            command("a:4", "fs ls /", Some("x y".to_owned()), meant)
        );
        assert_eq!(steps[2], command("a:8", "fs rm /a", None, Check::Same));
        let steps = parse(
            "a",
            "@unlike [255] a reason\nfs ls\n@unlike because\nfs ls\n",
        )
        .unwrap();
        let unlike = [255, 0].map(Check::Unlike);
        assert_eq!(steps[0], command("a:2", "fs ls", None, unlike[0].clone()));
        assert_eq!(steps[1], command("a:4", "fs ls", None, unlike[1].clone()));
        let steps = parse("a", "@without a b\n@without c\nfs ls\n").unwrap();
        let without = Check::Without(["a b", "c"].map(str::to_owned).to_vec());
        assert_eq!(steps[0], command("a:3", "fs ls", None, without));
        assert!(parse("a", "  ~ of nothing\n").is_err());
        assert!(parse("a", "@what\n").is_err());
    }
}
