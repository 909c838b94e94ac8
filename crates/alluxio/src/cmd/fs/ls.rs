//! `ls`: what a directory holds.

use std::cmp::Ordering;

use alluxio_client::{Descend, FileStatus, FileSystem, ListStatusOptions, LoadMetadata, Pinned};
use alluxio_common::conf::key;
use alluxio_common::{AlluxioPath, ByteSize, Timestamp};
use futures::TryStreamExt;

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};
use crate::text::{DateFormat, has_extended_acl};

pub(crate) const COMMAND: Command = Command {
    name: "ls",
    usage: "ls [-d|-f|-p|-R/--recursive|-h|--sort=option|--timestamp=option|-r|-m/--omit-mount-info] <path> ...",
    description: "Lists files and the entries of directories: permissions, owner, group, size in \
                  bytes (of a directory: the number of its entries), how far it has got on its \
                  way to the under store, a time, how much of it is in Alluxio, and the path.",
    options: &[
        OptionSpec::short("d", "list directories themselves, not their entries"),
        OptionSpec::short("f", "look into the under store for entries that Alluxio does not know"),
        OptionSpec::short("h", "print sizes for people"),
        OptionSpec::both("m", "omit-mount-info", "do not ask for the paths in the under store"),
        OptionSpec::short("p", "list only what is pinned"),
        OptionSpec::both("R", "recursive", "also list all directories below"),
        OptionSpec::short("r", "sort the other way round"),
        OptionSpec::long(
            "sort",
            "sort by {path|lastAccessTime|creationTime|size|lastModificationTime|inMemoryPercentage|name}",
        )
        .taking(Value::One("arg")),
        OptionSpec::long(
            "timestamp",
            "which time to print {lastAccessTime|creationTime|lastModificationTime}; the last by \
             default",
        )
        .taking(Value::One("arg")),
    ],
    count: Count::AtLeast(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let listing = Listing::new(session, &call)?;
    for text in call.arguments() {
        for_each_match(session, text, async |path| {
            listing.list(session, &path).await
        })
        .await?;
    }
    Ok(())
}

/// What one call asks for.
struct Listing {
    options: ListStatusOptions,
    what: What,
    sort: Option<Sort>,
    row: Row,
}

enum What {
    Entries,
    Pinned,
    Itself,
    ItselfIfPinned,
}

impl Listing {
    fn new(session: &Session, call: &Invocation) -> Result<Self, CommandError> {
        let time = match call.value("timestamp") {
            None => Time::Modified,
            Some(name) => Time::parse(name).ok_or_else(|| {
                CommandError::usage(format!("Unrecognized timestamp option {name}"))
            })?,
        };
        let direction = if call.has("r") {
            Direction::Down
        } else {
            Direction::Up
        };
        let sort = match call.value("sort") {
            None => None,
            Some(name) => {
                let field = Field::parse(name).ok_or_else(|| {
                    CommandError::refused(format!("Invalid sort option `{name}` for --sort"))
                })?;
                Some(Sort { field, direction })
            }
        };
        Ok(Self {
            options: ListStatusOptions {
                descend: if call.has("R") {
                    Descend::All
                } else {
                    Descend::No
                },
                load: call.has("f").then_some(LoadMetadata::Always),
                sync: None,
            },
            what: match (call.has("d"), call.has("p")) {
                (false, false) => What::Entries,
                (false, true) => What::Pinned,
                (true, false) => What::Itself,
                (true, true) => What::ItselfIfPinned,
            },
            sort,
            row: Row {
                time,
                sizes: if call.has("h") {
                    Sizes::ForPeople
                } else {
                    Sizes::Exact
                },
                owners: if session
                    .conf
                    .bool(key::SECURITY_AUTHORIZATION_PERMISSION_ENABLED)
                {
                    Owners::Shown
                } else {
                    Owners::Hidden
                },
                dates: session.date_format(),
            },
        })
    }

    async fn list(&self, session: &Session, path: &AlluxioPath) -> Outcome {
        let file_system = session.file_system().await?;
        match self.what {
            What::Itself | What::ItselfIfPinned => {
                let status = file_system.get_status(path).await?;
                self.print(session, &status);
                Ok(())
            }
            What::Entries | What::Pinned => match self.sort {
                None => self.stream(session, file_system, path).await,
                Some(sort) => {
                    let mut entries = file_system.list_status(path, self.options).await?;
                    entries.sort_by(|left, right| sort.compare(left, right));
                    entries
                        .iter()
                        .for_each(|status| self.print(session, status));
                    Ok(())
                }
            },
        }
    }

    /// Prints entries as they come: a listing of any length needs no memory.
    async fn stream(
        &self,
        session: &Session,
        file_system: &FileSystem,
        path: &AlluxioPath,
    ) -> Outcome {
        let mut entries = file_system.iterate_status(path, self.options).await?;
        while let Some(status) = entries.try_next().await? {
            self.print(session, &status);
            if session.output.is_closed() {
                break;
            }
        }
        Ok(())
    }

    fn print(&self, session: &Session, status: &FileStatus) {
        let is_wanted = match self.what {
            What::Entries | What::Itself => true,
            What::Pinned | What::ItselfIfPinned => status.pinned == Pinned::Yes,
        };
        if is_wanted {
            session.output.line(self.row.of(status));
        }
    }
}

/// How one entry becomes one line.
struct Row {
    time: Time,
    sizes: Sizes,
    owners: Owners,
    dates: DateFormat,
}

enum Sizes {
    Exact,
    ForPeople,
}

enum Owners {
    Shown,
    Hidden,
}

impl Row {
    fn of(&self, status: &FileStatus) -> String {
        let (size, state) = if status.is_directory() {
            (status.length.to_string(), "DIR".to_owned())
        } else {
            let size = match self.sizes {
                Sizes::Exact => status.length.to_string(),
                Sizes::ForPeople => ByteSize::from_bytes(status.length_bytes()).to_string(),
            };
            (size, format!("{}%", status.in_alluxio_percentage))
        };
        let date = self.dates.local(self.time.of(status));
        let owners = match self.owners {
            Owners::Hidden => String::new(),
            Owners::Shown => {
                let kind = if status.is_directory() { 'd' } else { '-' };
                let plus = if has_extended_acl(status) { "+" } else { "" };
                let mode = format!("{kind}{}{plus}", status.mode);
                format!("{mode:<12}{:<15}{:<15}", status.owner, status.group)
            }
        };
        format!(
            "{owners}{size:>15}{:>16}{date:>24}{state:>5} {:<5}",
            status.persistence,
            status.path.as_str()
        )
    }
}

#[derive(Debug, Clone, Copy)]
enum Time {
    Created,
    Modified,
    Accessed,
}

impl Time {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "creationTime" => Some(Self::Created),
            "lastModificationTime" => Some(Self::Modified),
            "lastAccessTime" => Some(Self::Accessed),
            _ => None,
        }
    }

    fn of(self, status: &FileStatus) -> Timestamp {
        match self {
            Self::Created => status.creation_time,
            Self::Modified => status.last_modification_time,
            Self::Accessed => status.last_access_time,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Sort {
    field: Field,
    direction: Direction,
}

#[derive(Debug, Clone, Copy)]
enum Direction {
    Up,
    Down,
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Path,
    Name,
    Size,
    InMemory,
    Time(Time),
}

impl Field {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "path" => Some(Self::Path),
            "name" => Some(Self::Name),
            "size" => Some(Self::Size),
            "inMemoryPercentage" => Some(Self::InMemory),
            time => Time::parse(time).map(Self::Time),
        }
    }
}

impl Sort {
    fn compare(self, left: &FileStatus, right: &FileStatus) -> Ordering {
        let order = match self.field {
            Field::Path => left.path.as_str().cmp(right.path.as_str()),
            Field::Name => left.name.cmp(&right.name),
            Field::Size => left.length.cmp(&right.length),
            Field::InMemory => left.in_memory_percentage.cmp(&right.in_memory_percentage),
            Field::Time(time) => time.of(left).cmp(&time.of(right)),
        };
        match self.direction {
            Direction::Up => order,
            Direction::Down => order.reverse(),
        }
    }
}
