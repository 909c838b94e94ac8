//! The command lines of `alluxio-start.sh` and `alluxio-stop.sh`.

use std::path::PathBuf;

use super::role::Role;

/// What is to be started or stopped, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// These, on this machine.
    Here(&'static [Role]),
    /// These, on the hosts in a file of the configuration folder.
    On(HostsFile, &'static [Role]),
    /// Masters on the masters' hosts, workers on the workers' hosts.
    All,
}

/// A list of hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum HostsFile {
    /// `conf/masters`
    Masters,
    /// `conf/workers`
    Workers,
}

impl HostsFile {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Masters => "masters",
            Self::Workers => "workers",
        }
    }
}

/// What `alluxio-start.sh` is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartAction {
    /// Start these.
    Start(Action),
    /// Start the worker of this machine, if it does not run.
    RestartWorker,
    /// The same on the workers' hosts.
    RestartWorkers,
    /// Stay, and start the master of this machine whenever it does not run.
    Safe,
}

impl StartAction {
    fn parse(text: &str) -> Result<Self, Misunderstood> {
        match text {
            "restart_worker" => Ok(Self::RestartWorker),
            "restart_workers" => Ok(Self::RestartWorkers),
            "safe" => Ok(Self::Safe),
            _ => match Action::parse(text) {
                Some(action) => Ok(Self::Start(action)),
                None if ABSENT.contains(&text) => Err(Misunderstood::Absent(text.to_owned())),
                None => Err(Misunderstood::Action(text.to_owned())),
            },
        }
    }
}

/// What `alluxio-stop.sh` is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopAction {
    /// Stop these.
    Stop(Action),
    /// Stop a process that this program does not have: it is stopped already.
    Nothing,
}

impl StopAction {
    fn parse(text: &str) -> Result<Self, Misunderstood> {
        match Action::parse(text) {
            Some(action) => Ok(Self::Stop(action)),
            None if ABSENT.contains(&text) => Ok(Self::Nothing),
            None => Err(Misunderstood::Action(text.to_owned())),
        }
    }
}

/// The processes of the original that this program does not have.
const ABSENT: [&str; 4] = ["proxy", "proxies", "logserver", "secondary_master"];

impl Action {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            "local" => Some(Self::Here(&Role::ALL)),
            "master" => Some(Self::Here(&[Role::Master])),
            "job_master" => Some(Self::Here(&[Role::JobMaster])),
            "worker" => Some(Self::Here(&[Role::Worker])),
            "job_worker" => Some(Self::Here(&[Role::JobWorker])),
            "masters" => Some(Self::On(HostsFile::Masters, &[Role::Master])),
            "job_masters" => Some(Self::On(HostsFile::Masters, &[Role::JobMaster])),
            "workers" => Some(Self::On(HostsFile::Workers, &[Role::Worker])),
            "job_workers" => Some(Self::On(HostsFile::Workers, &[Role::JobWorker])),
            _ => None,
        }
    }
}

/// Whether memory file systems are mounted for the top tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MountOption {
    /// By this user.
    Mount,
    /// With `sudo`.
    SudoMount,
    /// Not.
    NoMount,
}

impl MountOption {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "Mount" => Some(Self::Mount),
            "SudoMount" => Some(Self::SudoMount),
            "NoMount" => Some(Self::NoMount),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Mount => "Mount",
            Self::SudoMount => "SudoMount",
            Self::NoMount => "NoMount",
        }
    }
}

/// Whether the starter waits until what it has started serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    UntilServing,
    No,
}

/// Whether what runs already is stopped before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopFirst {
    Yes,
    No,
}

/// Whether everything is forgotten before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormatFirst {
    Yes,
    No,
}

/// The command line of `alluxio-start.sh`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StartArguments {
    pub(super) action: StartAction,
    pub(super) mount: Option<MountOption>,
    pub(super) wait: Wait,
    pub(super) stop_first: StopFirst,
    pub(super) format_first: FormatFirst,
    pub(super) cache: Option<PathBuf>,
    /// With what an empty journal begins.
    pub(super) backup: Option<String>,
}

/// The command line of `alluxio-stop.sh`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StopArguments {
    pub(super) action: StopAction,
    pub(super) cache: Option<PathBuf>,
    pub(super) force: Force,
}

/// What happens to a process that does not end when it is asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    /// It is killed.
    Yes,
    /// It is left alone.
    No,
}

/// Why a command line was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misunderstood {
    /// The user asked for the usage.
    #[error("help")]
    Help,
    #[error("no ACTION specified")]
    NoAction,
    #[error("Invalid ACTION: {0}")]
    Action(String),
    #[error("there is no {0} here yet")]
    Absent(String),
    #[error("Invalid MOPT: {0}")]
    MountOption(String),
    #[error("Invalid option: -{0}")]
    Option(char),
    #[error("Option -{0} needs a value")]
    NoValue(char),
}

/// Options and the rest; values stand behind the letters that `with_value` lists.
struct Split {
    letters: Vec<char>,
    values: Vec<(char, String)>,
    words: Vec<String>,
}

impl Split {
    fn new(tokens: &[String], known: &str, with_value: &str) -> Result<Self, Misunderstood> {
        let mut split = Self {
            letters: Vec::new(),
            values: Vec::new(),
            words: Vec::new(),
        };
        let mut tokens = tokens.iter();
        while let Some(token) = tokens.next() {
            let Some(letters) = token
                .strip_prefix('-')
                .filter(|letters| !letters.is_empty())
            else {
                split.words.push(token.clone());
                continue;
            };
            for letter in letters.chars() {
                if with_value.contains(letter) {
                    let value = tokens.next().ok_or(Misunderstood::NoValue(letter))?;
                    split.values.push((letter, value.clone()));
                } else if letter == 'h' {
                    return Err(Misunderstood::Help);
                } else if known.contains(letter) {
                    split.letters.push(letter);
                } else {
                    return Err(Misunderstood::Option(letter));
                }
            }
        }
        Ok(split)
    }

    fn has(&self, letter: char) -> bool {
        self.letters.contains(&letter)
    }

    fn value(&self, letter: char) -> Option<String> {
        let found = self.values.iter().find(|(name, _)| *name == letter);
        found.map(|(_, value)| value.clone())
    }

    fn action(&self) -> Result<&str, Misunderstood> {
        let word = self.words.first().ok_or(Misunderstood::NoAction)?;
        Ok(word)
    }
}

impl StartArguments {
    pub(super) fn parse(tokens: &[String]) -> Result<Self, Misunderstood> {
        let split = Split::new(tokens, "aNwmf", "ic")?;
        let mount = match split.words.get(1) {
            None => None,
            Some(word) => Some(
                MountOption::parse(word).ok_or_else(|| Misunderstood::MountOption(word.clone()))?,
            ),
        };
        Ok(Self {
            action: StartAction::parse(split.action()?)?,
            mount,
            wait: if split.has('a') {
                Wait::No
            } else {
                Wait::UntilServing
            },
            stop_first: if split.has('N') {
                StopFirst::No
            } else {
                StopFirst::Yes
            },
            format_first: if split.has('f') {
                FormatFirst::Yes
            } else {
                FormatFirst::No
            },
            cache: split.value('c').map(PathBuf::from),
            backup: split.value('i'),
        })
    }

    /// The same options for the script on another host, without the action.
    pub(super) fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        options.extend(self.mount.map(|mount| mount.name().to_owned()));
        let letters = [
            (self.wait == Wait::No, "-a"),
            (self.stop_first == StopFirst::No, "-N"),
            (self.format_first == FormatFirst::Yes, "-f"),
        ];
        let given = letters.into_iter().filter(|(is_given, _)| *is_given);
        options.extend(given.map(|(_, option)| option.to_owned()));
        if let Some(cache) = &self.cache {
            options.extend(["-c".to_owned(), cache.display().to_string()]);
        }
        if let Some(backup) = &self.backup {
            options.extend(["-i".to_owned(), backup.clone()]);
        }
        options
    }
}

impl StopArguments {
    pub(super) fn parse(tokens: &[String]) -> Result<Self, Misunderstood> {
        let split = Split::new(tokens, "s", "c")?;
        Ok(Self {
            action: StopAction::parse(split.action()?)?,
            cache: split.value('c').map(PathBuf::from),
            force: if split.has('s') {
                Force::No
            } else {
                Force::Yes
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_stand_before_or_behind_the_action() {
        for line in [
            "-aN -c worker -i /b/a local SudoMount -f",
            "local SudoMount -f -a -N -c worker -i /b/a",
        ] {
            let arguments = StartArguments::parse(&words(line)).unwrap();
            let local = StartAction::Start(Action::Here(&Role::ALL));
            assert_eq!(arguments.action, local);
            assert_eq!(arguments.mount, Some(MountOption::SudoMount));
            assert_eq!(arguments.wait, Wait::No);
            assert_eq!(arguments.stop_first, StopFirst::No);
            assert_eq!(arguments.format_first, FormatFirst::Yes);
            assert_eq!(
                arguments.options().join(" "),
                "SudoMount -a -N -f -c worker -i /b/a"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, sentence) in [
            ("", "no ACTION specified"),
            ("bogus", "Invalid ACTION: bogus"),
            ("local Bogus", "Invalid MOPT: Bogus"),
            ("-z local", "Invalid option: -z"),
            ("local -c", "Option -c needs a value"),
            ("local -i", "Option -i needs a value"),
            ("proxy", "there is no proxy here yet"),
            ("local -h", "help"),
        ] {
            let error = StartArguments::parse(&words(line)).unwrap_err();
            assert_eq!(error.to_string(), sentence, "{line}");
        }
    }

    #[test]
    fn stopping_is_forceful_unless_told_otherwise() {
        assert_eq!(
            StopArguments::parse(&words("local")).unwrap().force,
            Force::Yes
        );
        assert_eq!(
            StopArguments::parse(&words("-s worker")).unwrap().force,
            Force::No
        );
        let logserver = StopArguments::parse(&words("logserver")).unwrap();
        assert_eq!(logserver.action, StopAction::Nothing);
    }
}
