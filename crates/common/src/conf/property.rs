//! [`Property`]: what is known about one setting, and the short constructors that the tables use.

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    String,
    /// `true` or `false`, in any case.
    Boolean,
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    Long,
    /// A number with a fraction.
    Double,
    /// An amount of bytes: `4096`, `64MB`.
    DataSize,
    /// A span of time: `30s`, `5min`; a bare number is milliseconds.
    Duration,
    /// One of these names, in any case.
    Enum(&'static [&'static str]),
    /// Texts with commas between them.
    List,
    /// The full name of a class; this system maps the names that it knows to its own parts.
    Class,
}

impl Kind {
    /// The word for tables and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Boolean => "BOOLEAN",
            Self::Integer => "INTEGER",
            Self::Long => "LONG",
            Self::Double => "DOUBLE",
            Self::DataSize => "DATASIZE",
            Self::Duration => "DURATION",
            Self::Enum(_) => "ENUM",
            Self::List => "LIST",
            Self::Class => "CLASS",
        }
    }
}

/// What a property is worth when nobody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// Nothing.
    Unset,
    /// This text; it may refer to others as `${name}`.
    Text(&'static str),
    /// A value that depends on the machine.
    Computed(Computed),
}

/// Defaults that depend on the machine; [`super::Machine`] works them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Computed {
    /// Processors, times and divided by something, within bounds.
    Cores {
        /// Multiplies the number of processors.
        times: u32,
        /// Divides the product.
        divided_by: u32,
        /// The least result.
        at_least: u32,
        /// The greatest result.
        at_most: u32,
    },
    /// The directory of the memory tier.
    MemoryTierPath,
    /// The size of the memory tier.
    MemoryTierSize,
    /// How many inodes fit into half of the memory, at 2 KiB each.
    InodeCacheSize,
}

/// Which processes read a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Masters.
    Master,
    /// Workers.
    Worker,
    /// Clients.
    Client,
    /// Masters and workers.
    Server,
    /// Everybody.
    All,
    /// None of the three; it concerns another process.
    None,
}

impl Scope {
    /// The word for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Master => "MASTER",
            Self::Worker => "WORKER",
            Self::Client => "CLIENT",
            Self::Server => "SERVER",
            Self::All => "ALL",
            Self::None => "NONE",
        }
    }

    /// Whether a process of this scope reads a property of that one.
    pub const fn includes(self, reader: Self) -> bool {
        match self {
            Self::All => true,
            Self::Server => matches!(reader, Self::Master | Self::Worker | Self::Server),
            Self::Master => matches!(reader, Self::Master),
            Self::Worker => matches!(reader, Self::Worker),
            Self::Client => matches!(reader, Self::Client),
            Self::None => false,
        }
    }
}

/// How much it matters that all servers agree on the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// They may differ.
    Ignore,
    /// A difference is reported as a warning.
    Warn,
    /// A difference is reported as an error.
    Enforce,
}

impl Consistency {
    /// The word for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ignore => "IGNORE",
            Self::Warn => "WARN",
            Self::Enforce => "ENFORCE",
        }
    }
}

/// May the value be shown?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// To everybody.
    Open,
    /// Never; six stars stand in its place.
    Secret,
}

/// One setting. The tables under `registry/` list all of them; documents, templates, `getConf` and
/// validation read the same entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// The name in files.
    pub name: &'static str,
    /// Other names that are accepted for it.
    pub aliases: &'static [&'static str],
    /// The type of its value.
    pub kind: Kind,
    /// Its value when nobody sets it.
    pub default: DefaultValue,
    /// How equal servers should be.
    pub consistency: Consistency,
    /// Who reads it.
    pub scope: Scope,
    /// Whether it is masked.
    pub secrecy: Secrecy,
    /// Whether documents and templates leave it out.
    pub visibility: Visibility,
    /// Whether a line in the site file counts; a few are needed before that file is found.
    pub site_file: SiteFile,
    /// Whether it may change while a process runs.
    pub update: Update,
    /// What it does and when to change it; `None` for those that nobody here knows yet.
    pub about: Option<&'static str>,
    /// Whether something in this system reads it.
    pub effect: Effect,
    /// Why not to use it any more.
    pub deprecated: Option<&'static str>,
}

/// Whether documents list a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// In documents.
    Public,
    /// Not in documents.
    Hidden,
}

/// Whether the site file may set a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteFile {
    /// As usual.
    Read,
    /// A line there is ignored, with a warning.
    Ignored,
}

/// Whether a property changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is read.
    Works,
    /// It is accepted, checked and shown, but nothing reads it.
    NotYet,
    /// The same, and so it stays: it turns a screw that this system does not have, such as a pool of
    /// threads of the original. The sentence says why.
    NotNeeded(&'static str),
}

/// When a property may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// While the process runs.
    Dynamic,
    /// At start only.
    AtStart,
}

impl Property {
    const fn new(name: &'static str, kind: Kind, consistency: Consistency, scope: Scope) -> Self {
        Self {
            name,
            aliases: &[],
            kind,
            default: DefaultValue::Unset,
            consistency,
            scope,
            secrecy: Secrecy::Open,
            visibility: Visibility::Public,
            site_file: SiteFile::Read,
            update: Update::Dynamic,
            about: None,
            effect: Effect::NotYet,
            deprecated: None,
        }
    }

    /// Checks that a value can be read as what this property holds.
    ///
    /// # Errors
    /// What was expected, as the end of the sentence "... is not".
    pub fn check(&self, value: &str) -> Result<(), String> {
        super::value::check(self.kind, value)
    }

    /// Whether something in this system reads it.
    pub const fn has_effect(&self) -> bool {
        matches!(self.effect, Effect::Works)
    }

    pub(super) const fn or(mut self, default: &'static str) -> Self {
        self.default = DefaultValue::Text(default);
        self
    }

    pub(super) const fn computed(mut self, default: Computed) -> Self {
        self.default = DefaultValue::Computed(default);
        self
    }

    pub(super) const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    pub(super) const fn secret(mut self) -> Self {
        self.secrecy = Secrecy::Secret;
        self
    }

    pub(super) const fn hidden(mut self) -> Self {
        self.visibility = Visibility::Hidden;
        self
    }

    pub(super) const fn not_in_site_file(mut self) -> Self {
        self.site_file = SiteFile::Ignored;
        self
    }

    pub(super) const fn at_start(mut self) -> Self {
        self.update = Update::AtStart;
        self
    }

    /// It works, and this is what it does.
    pub(super) const fn about(mut self, about: &'static str) -> Self {
        self.about = Some(about);
        self.effect = Effect::Works;
        self
    }

    /// It is described, but nothing reads it.
    pub(super) const fn not_yet(mut self) -> Self {
        self.effect = Effect::NotYet;
        self
    }

    /// It turns a screw that this system does not have; a sentence says so.
    pub(super) const fn not_needed(mut self, why: &'static str) -> Self {
        self.effect = Effect::NotNeeded(why);
        self
    }

    pub(super) const fn deprecated(mut self, reason: &'static str) -> Self {
        self.deprecated = Some(reason);
        self
    }
}

pub(super) const fn string(name: &'static str, level: Consistency, scope: Scope) -> Property {
    Property::new(name, Kind::String, level, scope)
}

pub(super) const fn boolean(name: &'static str, level: Consistency, scope: Scope) -> Property {
    Property::new(name, Kind::Boolean, level, scope)
}

pub(super) const fn integer(name: &'static str, level: Consistency, scope: Scope) -> Property {
    Property::new(name, Kind::Integer, level, scope)
}

pub(super) const fn long(name: &'static str, level: Consistency, scope: Scope) -> Property {
    Property::new(name, Kind::Long, level, scope)
}

pub(super) const fn double(name: &'static str, level: Consistency, scope: Scope) -> Property {
    Property::new(name, Kind::Double, level, scope)
}

pub(super) const fn size(name: &'static str, level: Consistency, scope: Scope) -> Property {
    Property::new(name, Kind::DataSize, level, scope)
}

pub(super) const fn duration(name: &'static str, level: Consistency, scope: Scope) -> Property {
    Property::new(name, Kind::Duration, level, scope)
}

pub(super) const fn list(name: &'static str, level: Consistency, scope: Scope) -> Property {
    Property::new(name, Kind::List, level, scope)
}

pub(super) const fn class(name: &'static str, level: Consistency, scope: Scope) -> Property {
    Property::new(name, Kind::Class, level, scope)
}

pub(super) const fn choice(
    name: &'static str,
    names: &'static [&'static str],
    level: Consistency,
    scope: Scope,
) -> Property {
    Property::new(name, Kind::Enum(names), level, scope)
}

/// `times` processors divided by `divided_by`, at least `at_least`.
pub(super) const fn cores(times: u32, divided_by: u32, at_least: u32) -> Computed {
    Computed::Cores {
        times,
        divided_by,
        at_least,
        at_most: u32::MAX,
    }
}
