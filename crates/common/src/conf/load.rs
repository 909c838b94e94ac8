//! From the outside to a [`Conf`]: which sources there are, and what to say about what they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::environment::{self, Role};
use super::error::ConfError;
use super::machine::Machine;
use super::property::{Effect, SiteFile};
use super::snapshot::Conf;
use super::source::{Assignment, ConfSource};
use super::{key, properties_file, validate};

/// The name of the site file in each of its folders.
pub const SITE_FILE: &str = "alluxio-site.properties";

/// Everything that a configuration is made from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The process.
    pub role: Role,
    /// `-D` options of the command line, in order.
    pub command_line: Vec<(String, String)>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The machine.
    pub machine: Machine,
}

/// A configuration and what there is to say about it.
#[derive(Debug)]
pub struct Loaded {
    /// The values. Those with a problem read as their defaults.
    pub conf: Conf,
    /// Why a process must not start with it.
    pub problems: Vec<ConfError>,
    /// What to say once, at start.
    pub notices: Vec<Notice>,
}

/// Something to say about a configuration that is usable all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// No property has this name.
    Unknown {
        /// As written.
        name: String,
        /// What may be meant.
        nearest: Option<&'static str>,
        /// File and line, or where else it came from.
        place: String,
    },
    /// An older release had this property.
    Removed {
        /// As written.
        name: String,
        /// Since when, and what to use instead.
        message: String,
        /// File and line, or where else it came from.
        place: String,
    },
    /// The property should not be used any more.
    Deprecated {
        /// As written.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// The site file sets what must be known before that file is found.
    IgnoredInSiteFile {
        /// As written.
        name: String,
        /// File and line.
        place: String,
    },
    /// Properties that are known but change nothing yet.
    NoEffect {
        /// Their names, sorted.
        names: Vec<String>,
    },
    /// Properties that this system does without.
    NotNeeded {
        /// Their names, sorted.
        names: Vec<String>,
    },
}

impl Notice {
    /// Whether `validateConf` takes it for a mistake.
    pub const fn is_mistake(&self) -> bool {
        match self {
            Self::Unknown { .. } | Self::Removed { .. } => true,
            Self::Deprecated { .. }
            | Self::IgnoredInSiteFile { .. }
            | Self::NoEffect { .. }
            | Self::NotNeeded { .. } => false,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown {
                name,
                nearest,
                place,
            } => {
                write!(f, "{name} is not a property ({place})")?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean {nearest}?"),
                    None => Ok(()),
                }
            }
            Self::Removed {
                name,
                message,
                place,
            } => write!(f, "{name}: {message} ({place})"),
            Self::Deprecated { name, reason } => write!(f, "{name} is deprecated: {reason}"),
            Self::IgnoredInSiteFile { name, place } => write!(
                f,
                "{name} is ignored in the site file ({place}); set it with -D or in alluxio-env.sh"
            ),
            Self::NoEffect { names } => {
                write!(f, "accepted, but without effect: {}", names.join(", "))
            }
            Self::NotNeeded { names } => {
                write!(f, "accepted, and not needed here: {}", names.join(", "))
            }
        }
    }
}

/// Reads all sources.
///
/// # Errors
/// When the site file cannot be read or is no properties file. Everything else that is wrong is in
/// the result, because some commands go on with it.
pub fn load(sources: Sources) -> Result<Loaded, ConfError> {
    let mut outside = environment::assignments(sources.role, &sources.environment);
    let options = sources.command_line.into_iter();
    outside.extend(options.map(|(name, value)| Assignment::system(name, value)));
    let mut notices = Vec::new();
    let (first, _) = Conf::build(sources.machine, &outside);
    let mut assignments = match find_site_file(&first)? {
        Some((path, bytes)) => read_site_file(&first, &path, &bytes, &mut notices)?,
        None => Vec::new(),
    };
    assignments.append(&mut outside);
    let (conf, mut problems) = first.rebuilt(&assignments);
    notices.extend(notices_about(&conf));
    if conf.bool(key::CONF_VALIDATION_ENABLED) && problems.is_empty() {
        problems = validate::check(&conf);
    }
    Ok(Loaded {
        conf,
        problems,
        notices,
    })
}

/// The first folder of `alluxio.site.conf.dir` that has a site file.
fn find_site_file(conf: &Conf) -> Result<Option<(PathBuf, Vec<u8>)>, ConfError> {
    let mut folders = conf.list(key::SITE_CONF_DIR);
    folders.push(format!("{}/conf", conf.string(key::HOME)));
    for folder in folders {
        let path = Path::new(&folder).join(SITE_FILE);
        match std::fs::read(&path) {
            Ok(bytes) => return Ok(Some((path, bytes))),
            Err(error) if is_absent(&error) => {}
            Err(source) => return Err(ConfError::ReadFile { path, source }),
        }
    }
    Ok(None)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn read_site_file(
    conf: &Conf,
    path: &Path,
    bytes: &[u8],
    notices: &mut Vec<Notice>,
) -> Result<Vec<Assignment>, ConfError> {
    let lines = properties_file::parse(bytes).map_err(|malformed| ConfError::Malformed {
        path: path.to_path_buf(),
        line: malformed.line,
        reason: malformed.reason,
    })?;
    let mut assignments = Vec::with_capacity(lines.len());
    for line in lines {
        let assignment = Assignment {
            name: line.name,
            value: line.value.trim_end().to_owned(),
            source: ConfSource::SiteProperty(path.to_path_buf()),
            line: Some(line.number),
        };
        let property = conf.property(&assignment.name);
        if property.is_some_and(|property| property.site_file == SiteFile::Ignored) {
            notices.push(Notice::IgnoredInSiteFile {
                place: assignment.place(),
                name: assignment.name,
            });
        } else {
            assignments.push(assignment);
        }
    }
    Ok(assignments)
}

fn notices_about(conf: &Conf) -> Vec<Notice> {
    let mut notices = Vec::new();
    let (mut without_effect, mut not_needed) = (BTreeSet::new(), BTreeSet::new());
    for (_, assignment) in conf.all_written() {
        let name = assignment.name.clone();
        let Some(property) = conf.property(&name) else {
            notices.extend(notice_about_foreign(conf, assignment));
            continue;
        };
        if let Some(reason) = property.deprecated {
            notices.push(Notice::Deprecated { name, reason });
            continue;
        }
        match property.effect {
            Effect::Works => {}
            Effect::NotYet => {
                without_effect.insert(name);
            }
            Effect::NotNeeded(_why) => {
                not_needed.insert(name);
            }
        }
    }
    if !without_effect.is_empty() {
        let names = without_effect.into_iter().collect();
        notices.push(Notice::NoEffect { names });
    }
    if !not_needed.is_empty() {
        let names = not_needed.into_iter().collect();
        notices.push(Notice::NotNeeded { names });
    }
    notices
}

/// Names outside `alluxio.` belong to libraries of stores and pass.
fn notice_about_foreign(conf: &Conf, assignment: &Assignment) -> Option<Notice> {
    let name = assignment.name.clone();
    let place = assignment.place();
    if let Some(removed) = conf.registry().find_removed(&name) {
        let message = removed.message();
        return Some(Notice::Removed {
            name,
            message,
            place,
        });
    }
    name.starts_with("alluxio.").then(|| Notice::Unknown {
        nearest: conf.registry().nearest(&name),
        name,
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A home with this site file, and a configuration loaded from it.
    fn load_site(site: &str, options: &[(&str, &str)]) -> (tempfile::TempDir, Loaded) {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("conf")).unwrap();
        std::fs::write(home.path().join("conf").join(SITE_FILE), site).unwrap();
        let environment = [("ALLUXIO_HOME".to_owned(), home.path().display().to_string())];
        let loaded = load(Sources {
            role: Role::Master,
            command_line: options
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            environment: environment.into(),
            machine: Machine::sample(),
        });
        (home, loaded.unwrap())
    }

    #[test]
    fn the_command_line_wins_over_the_site_file_and_both_over_defaults() {
        let site = "alluxio.master.rpc.port=1\nalluxio.master.web.port=2 \n";
        let (home, loaded) = load_site(site, &[("alluxio.master.rpc.port", "3")]);
        let conf = loaded.conf;
        assert_eq!(conf.port("alluxio.master.rpc.port"), 3);
        assert_eq!(conf.port("alluxio.master.web.port"), 2);
        assert_eq!(conf.port("alluxio.worker.rpc.port"), 29999);
        assert_eq!(
            conf.source("alluxio.master.rpc.port").to_string(),
            "SYSTEM_PROPERTY"
        );
        let file = home.path().join("conf").join(SITE_FILE);
        assert_eq!(
            conf.source("alluxio.master.web.port").to_string(),
            format!("SITE_PROPERTY ({})", file.display())
        );
        assert_eq!(
            conf.source("alluxio.worker.rpc.port").to_string(),
            "DEFAULT"
        );
        assert_eq!(conf.source("alluxio.home").to_string(), "SYSTEM_PROPERTY");
    }

    #[test]
    fn a_wrong_value_is_reported_with_file_line_and_what_was_expected() {
        let (home, loaded) = load_site("\nalluxio.worker.ramdisk.size=10 gigs\n", &[]);
        let file = home.path().join("conf").join(SITE_FILE);
        let messages: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [format!(
                "alluxio.worker.ramdisk.size: \"10 gigs\" is not a size such as 4096, 64MB or \
                 1.5GB (units: B, KB, MB, GB, TB, PB) ({}, line 2)",
                file.display()
            )]
        );
        // The value itself is still there to be looked at, and reads as the default.
        assert_eq!(loaded.conf.string("alluxio.worker.ramdisk.size"), "10 gigs");
        assert_eq!(
            loaded.conf.bytes("alluxio.worker.ramdisk.size").bytes(),
            2 << 30
        );
    }

    #[test]
    fn values_that_refer_to_one_another_in_a_circle_are_reported_with_file_line_and_circle() {
        let site = "alluxio.work.dir=${alluxio.master.journal.folder}\n\n\
                    alluxio.master.journal.folder=/a/${alluxio.work.dir}\n";
        let (home, loaded) = load_site(site, &[("alluxio.tmp.dirs", "${alluxio.work.dir}")]);
        let file = home
            .path()
            .join("conf")
            .join(SITE_FILE)
            .display()
            .to_string();
        let messages: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        let (work, journal) = ("alluxio.work.dir", "alluxio.master.journal.folder");
        assert_eq!(
            messages,
            [
                format!(
                    "{journal}: its value refers to itself: {journal} -> {work} -> {journal} ({file}, line 3)"
                ),
                format!(
                    "alluxio.tmp.dirs: its value refers to itself: {work} -> {journal} -> {work} (-Dalluxio.tmp.dirs)"
                ),
                format!(
                    "{work}: its value refers to itself: {work} -> {journal} -> {work} ({file}, line 1)"
                ),
            ]
        );
    }

    #[test]
    fn a_wrong_secret_is_not_repeated() {
        let (_home, loaded) = load_site("s3a.secretKey=${nowhere}abc\n", &[]);
        assert_eq!(loaded.problems.len(), 1);
        assert!(!loaded.problems[0].to_string().contains("abc"));
    }

    #[test]
    fn every_kind_of_notice_is_given_once() {
        let site = "alluxio.mastr.hostname=x\n\
                    alluxio.master.retry=3\n\
                    alluxio.worker.evictor.class=a.B\n\
                    alluxio.conf.dir=/etc\n\
                    alluxio.leak.detector.level=simple\n\
                    alluxio.master.daily.backup.enabled=true\n\
                    fs.s3a.some.library.option=1\n";
        let (_home, loaded) = load_site(site, &[]);
        assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
        let texts: Vec<String> = loaded.notices.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 6, "{texts:#?}");
        for part in [
            "alluxio.conf.dir is ignored in the site file",
            "did you mean alluxio.master.hostname?",
            "alluxio.master.retry: this property has been removed since v2.0.0.",
            "alluxio.worker.evictor.class is deprecated",
            "without effect: alluxio.master.daily.backup.enabled",
            "not needed here: alluxio.leak.detector.level",
        ] {
            assert!(texts.iter().any(|text| text.contains(part)), "{part}");
        }
        let mistakes = loaded.notices.iter().filter(|n| n.is_mistake()).count();
        assert_eq!(mistakes, 2);
    }

    #[test]
    fn a_broken_site_file_is_an_error_and_a_missing_one_is_not() {
        let sources = |home: &Path| Sources {
            role: Role::User,
            command_line: vec![(
                "alluxio.site.conf.dir".to_owned(),
                home.display().to_string(),
            )],
            environment: BTreeMap::new(),
            machine: Machine::sample(),
        };
        let home = tempfile::tempdir().unwrap();
        assert!(load(sources(home.path())).is_ok());
        std::fs::write(home.path().join(SITE_FILE), "a=\\u12").unwrap();
        let error = load(sources(home.path())).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("line 1: \\u must be followed by four hexadecimal digits"),
            "{error}"
        );
        std::fs::remove_file(home.path().join(SITE_FILE)).unwrap();
        std::fs::create_dir(home.path().join(SITE_FILE)).unwrap();
        assert!(matches!(
            load(sources(home.path())),
            Err(ConfError::ReadFile { .. })
        ));
    }
}
