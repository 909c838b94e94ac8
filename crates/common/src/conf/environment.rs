//! What stands outside the site file: options on the command line and environment variables.
//!
//! This is the only place that reads the real environment.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::source::{Assignment, ConfSource};

/// Which process is being configured: it decides whose `*_JAVA_OPTS` count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A master.
    Master,
    /// A master of the job service.
    JobMaster,
    /// A worker.
    Worker,
    /// A worker of the job service.
    JobWorker,
    /// The proxy.
    Proxy,
    /// A FUSE mount.
    Fuse,
    /// The shell, and programs that use the client.
    User,
}

impl Role {
    const fn options_variable(self) -> &'static str {
        match self {
            Self::Master => "ALLUXIO_MASTER_JAVA_OPTS",
            Self::JobMaster => "ALLUXIO_JOB_MASTER_JAVA_OPTS",
            Self::Worker => "ALLUXIO_WORKER_JAVA_OPTS",
            Self::JobWorker => "ALLUXIO_JOB_WORKER_JAVA_OPTS",
            Self::Proxy => "ALLUXIO_PROXY_JAVA_OPTS",
            Self::Fuse => "ALLUXIO_FUSE_JAVA_OPTS",
            Self::User => "ALLUXIO_USER_JAVA_OPTS",
        }
    }
}

/// The options of all processes; those of the role and of the command line win over it.
const OPTIONS_OF_ALL: &str = "ALLUXIO_JAVA_OPTS";

/// `-D` options that a process gets from the one that starts it, as in the variables of options, and
/// which count as if they stood on its command line: there, everybody of the machine could read them.
pub const HIDDEN_OPTIONS: &str = "ALLUXIO_HIDDEN_OPTIONS";

/// Variables that stand for one property.
const VARIABLES: [(&str, &str); 10] = [
    ("ALLUXIO_HOME", "alluxio.home"),
    ("ALLUXIO_CONF_DIR", "alluxio.conf.dir"),
    ("ALLUXIO_LOGS_DIR", "alluxio.logs.dir"),
    ("ALLUXIO_USER_LOGS_DIR", "alluxio.user.logs.dir"),
    ("ALLUXIO_MASTER_HOSTNAME", "alluxio.master.hostname"),
    (
        "ALLUXIO_MASTER_MOUNT_TABLE_ROOT_UFS",
        "alluxio.master.mount.table.root.ufs",
    ),
    (
        "ALLUXIO_RAM_FOLDER",
        "alluxio.worker.tieredstore.level0.dirs.path",
    ),
    ("ALLUXIO_LOGSERVER_HOSTNAME", "alluxio.logserver.hostname"),
    ("ALLUXIO_LOGSERVER_PORT", "alluxio.logserver.port"),
    ("ALLUXIO_LOGSERVER_LOGS_DIR", "alluxio.logserver.logs.dir"),
];

/// The environment of this process. Variables that are not text are left out.
pub fn environment_of_process() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// A command line, parted into `-D` options and the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenericOptions {
    /// `name=value` of each `-D`, in order.
    pub properties: Vec<(String, String)>,
    /// Everything else, in order.
    pub arguments: Vec<OsString>,
}

impl GenericOptions {
    /// Takes `-Dname=value` out, wherever it stands. Options for a Java machine (`-Xmx1g`,
    /// `-agentlib:..`) mean nothing here and are dropped.
    pub fn split(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut options = Self {
            properties: Vec::new(),
            arguments: Vec::new(),
        };
        for argument in arguments {
            match argument.to_str().map(classify) {
                Some(Argument::Property(name, value)) => {
                    options.properties.push((name.to_owned(), value.to_owned()));
                }
                Some(Argument::ForJava) => {}
                Some(Argument::Plain) | None => options.arguments.push(argument),
            }
        }
        options
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Argument<'a> {
    Property(&'a str, &'a str),
    ForJava,
    Plain,
}

fn classify(argument: &str) -> Argument<'_> {
    if let Some(pair) = argument.strip_prefix("-D")
        && !pair.is_empty()
    {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        return Argument::Property(name, value);
    }
    // Memory, stack and experimental options; `-X` alone is not one.
    let is_for_java = [
        "-Xm",
        "-Xs",
        "-XX",
        "-Xlog",
        "-Xdebug",
        "-Xrunjdwp",
        "-agentlib:",
    ]
    .iter()
    .any(|prefix| argument.starts_with(prefix));
    if is_for_java {
        Argument::ForJava
    } else {
        Argument::Plain
    }
}

/// What an environment sets, lowest precedence first.
pub(super) fn assignments(role: Role, environment: &BTreeMap<String, String>) -> Vec<Assignment> {
    let mut found = Vec::new();
    for (variable, property) in VARIABLES {
        if let Some(value) = environment.get(variable).filter(|value| !value.is_empty()) {
            found.push(Assignment {
                name: property.to_owned(),
                value: value.clone(),
                source: ConfSource::Environment(variable),
                line: None,
            });
        }
    }
    for variable in [OPTIONS_OF_ALL, role.options_variable(), HIDDEN_OPTIONS] {
        let words = environment.get(variable).map(|text| words(text));
        for word in words.unwrap_or_default() {
            if let Argument::Property(name, value) = classify(&word) {
                found.push(Assignment::system(name, value));
            }
        }
    }
    found
}

/// Splits like a shell: blanks part words, quotes and backslashes protect.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => {
                word.get_or_insert_default().extend(chars.next());
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(assignments: &[Assignment]) -> Vec<(&str, &str)> {
        assignments
            .iter()
            .map(|a| (a.name.as_str(), a.value.as_str()))
            .collect()
    }

    #[test]
    fn dash_d_options_are_taken_from_anywhere() {
        let given = ["fs", "-Da.b=c", "ls", "-Xmx2g", "-R", "-Dx", "/p=q", "-D"];
        let options = GenericOptions::split(given.map(OsString::from));
        let expected: Vec<(String, String)> = [("a.b", "c"), ("x", "")]
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .to_vec();
        assert_eq!(options.properties, expected);
        assert_eq!(options.arguments, ["fs", "ls", "-R", "/p=q", "-D"]);
    }

    #[test]
    fn java_options_of_all_come_before_those_of_the_role() {
        let environment = [
            ("ALLUXIO_JAVA_OPTS", "-Da=1 -Xmx4g -Db='x y'"),
            ("ALLUXIO_HIDDEN_OPTIONS", r" -Ds.token='it'\''s'"),
            ("ALLUXIO_WORKER_JAVA_OPTS", "-Da=2"),
            ("ALLUXIO_MASTER_JAVA_OPTS", "-Da=3"),
            ("ALLUXIO_MASTER_HOSTNAME", "m1"),
            ("ALLUXIO_LOGS_DIR", ""),
        ]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .into();
        let found = assignments(Role::Worker, &environment);
        assert_eq!(
            pairs(&found),
            [
                ("alluxio.master.hostname", "m1"),
                ("a", "1"),
                ("b", "x y"),
                ("a", "2"),
                ("s.token", "it's")
            ]
        );
    }

    #[test]
    fn words_split_as_a_shell_does() {
        assert_eq!(
            words(r#" a  "b c"d 'e\' f\ g "" "#),
            ["a", "b cd", "e\\", "f g", ""]
        );
    }
}
