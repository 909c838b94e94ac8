//! [`Conf`]: all values at one moment, typed.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::error::ConfError;
use super::machine::Machine;
use super::property::{DefaultValue, Kind, Property, Secrecy};
use super::registry::Registry;
use super::secrecy::{secrecy_of_option, shown};
use super::source::{Assignment, ConfSource};
use super::substitution::{self, Unresolved};
use super::value;
use crate::{ByteSize, duration};

/// The configuration of a process: every property with its value and where that came from.
///
/// It never changes; [`Conf::overlaid`] makes another one. The typed getters do not fail: values
/// are checked when a configuration is loaded, and one that is not right all the same (a command
/// may go on with it) reads as its default.
#[derive(Clone)]
pub struct Conf {
    registry: Arc<Registry>,
    machine: Machine,
    /// What somebody set, by canonical name.
    written: BTreeMap<String, Assignment>,
    /// Values that differ from what is written: references replaced, defaults computed.
    resolved: HashMap<String, String>,
}

impl Conf {
    /// Defaults alone.
    pub fn defaults(machine: Machine) -> Self {
        Self::build(machine, &[]).0
    }

    /// Defaults and these `-D` options; for tests and for processes inside a process.
    ///
    /// # Errors
    /// The first value that does not parse.
    pub fn of(machine: Machine, pairs: &[(&str, &str)]) -> Result<Self, ConfError> {
        let assignments: Vec<Assignment> = pairs
            .iter()
            .map(|(name, value)| Assignment::system(*name, *value))
            .collect();
        let (conf, problems) = Self::build(machine, &assignments);
        match problems.into_iter().next() {
            None => Ok(conf),
            Some(problem) => Err(problem),
        }
    }

    /// From everything that was written, and what is wrong with it.
    pub(super) fn build(machine: Machine, assignments: &[Assignment]) -> (Self, Vec<ConfError>) {
        Self {
            registry: Arc::new(Registry::new()),
            machine,
            written: BTreeMap::new(),
            resolved: HashMap::new(),
        }
        .rebuilt(assignments)
    }

    /// The same registry and machine with other values.
    pub(super) fn rebuilt(&self, assignments: &[Assignment]) -> (Self, Vec<ConfError>) {
        let mut conf = Self {
            registry: Arc::clone(&self.registry),
            machine: self.machine.clone(),
            written: BTreeMap::new(),
            resolved: HashMap::new(),
        };
        for assignment in assignments {
            conf.assign(assignment);
        }
        let problems = conf.resolve();
        (conf, problems)
    }

    /// This configuration with more values from one source; they win by the rank of that source.
    pub fn overlaid<'a>(
        &self,
        source: &ConfSource,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> (Self, Vec<ConfError>) {
        let mut conf = self.clone();
        for (name, value) in pairs {
            conf.assign(&Assignment {
                name: name.to_owned(),
                value: value.to_owned(),
                source: source.clone(),
                line: None,
            });
        }
        let problems = conf.resolve();
        (conf, problems)
    }

    fn assign(&mut self, assignment: &Assignment) {
        let own = self.registry.by_name(&assignment.name);
        let other = self.registry.by_alias(&assignment.name);
        // A few old names are listed in their own right and are aliases of new ones as well: such a
        // line counts for both.
        for property in [own, other].into_iter().flatten() {
            self.assign_as(property.name, assignment);
        }
        if own.is_none() && other.is_none() {
            self.assign_as(&assignment.name, assignment);
        }
    }

    fn assign_as(&mut self, name: &str, assignment: &Assignment) {
        if let Some(old) = self.written.get(name) {
            let (old_rank, new_rank) = (old.source.rank(), assignment.source.rank());
            // Within one source the canonical name beats an alias, and a later line an earlier one.
            let old_is_exact = old.name == name && assignment.name != name;
            if old_rank > new_rank || (old_rank == new_rank && old_is_exact) {
                return;
            }
        }
        self.written.insert(name.to_owned(), assignment.clone());
    }

    /// Replaces references, computes defaults, and checks every written value.
    fn resolve(&mut self) -> Vec<ConfError> {
        let mut problems = Vec::new();
        let mut resolved = HashMap::new();
        for property in self.registry.unsorted() {
            if self.written.contains_key(property.name) {
                continue;
            }
            match property.default {
                DefaultValue::Unset => {}
                DefaultValue::Computed(computed) => {
                    resolved.insert(property.name.to_owned(), self.machine.compute(computed));
                }
                DefaultValue::Text(text) if text.contains("${") => {
                    // A default that refers to something unset is itself unset.
                    if let Ok(value) =
                        substitution::expand(property.name, text, &|name| self.raw(name))
                    {
                        resolved.insert(property.name.to_owned(), value);
                    }
                }
                DefaultValue::Text(_) => {}
            }
        }
        for (name, assignment) in &self.written {
            match self.resolve_written(name, assignment) {
                Ok(Some(value)) => {
                    resolved.insert(name.clone(), value);
                }
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        self.resolved = resolved;
        problems
    }

    /// The value, if it differs from what is written.
    fn resolve_written(
        &self,
        name: &str,
        assignment: &Assignment,
    ) -> Result<Option<String>, ConfError> {
        let expanded = if assignment.value.contains("${") {
            let result = substitution::expand(name, &assignment.value, &|name| self.raw(name));
            Some(result.map_err(|reason| unresolved(assignment, reason))?)
        } else {
            None
        };
        let text = expanded.as_ref().unwrap_or(&assignment.value);
        let property = self.registry.find(name);
        // An empty value means "as if it were not set" wherever it could not be a value.
        if let Some(property) = property
            && !text.is_empty()
            && let Err(expected) = value::check(property.kind, text)
        {
            return Err(ConfError::BadValue {
                name: assignment.name.clone(),
                value: shown(text, self.secrecy(name)).to_owned(),
                expected,
                place: assignment.place(),
            });
        }
        Ok(expanded)
    }

    /// The registry that this configuration knows.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The machine that the defaults were computed for.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The name under which a setting is kept: the canonical one of an alias, otherwise the same.
    pub fn canonical<'a>(&self, name: &'a str) -> &'a str
    where
        'static: 'a,
    {
        if self.registry.by_name(name).is_some() {
            return name;
        }
        self.registry
            .by_alias(name)
            .map_or(name, |property| property.name)
    }

    /// The value with its references as written.
    pub fn raw(&self, name: &str) -> Option<String> {
        let name = self.canonical(name);
        if let Some(assignment) = self.written.get(name) {
            return Some(assignment.value.clone());
        }
        match self.registry.by_name(name).map(|property| property.default) {
            Some(DefaultValue::Text(text)) => Some(text.to_owned()),
            Some(DefaultValue::Computed(computed)) => Some(self.machine.compute(computed)),
            Some(DefaultValue::Unset) => None,
            None => match name {
                "user.home" => Some(self.machine.user_home.display().to_string()),
                "user.name" => Some(self.machine.user_name.clone()),
                _ => None,
            },
        }
    }

    /// The value, if there is one; references are replaced.
    pub fn find(&self, name: &str) -> Option<&str> {
        let name = self.canonical(name);
        if let Some(value) = self.resolved.get(name) {
            return Some(value);
        }
        if let Some(assignment) = self.written.get(name) {
            return Some(&assignment.value);
        }
        self.default_text(name)
    }

    /// The default, unless it is computed or refers to others.
    fn default_text(&self, name: &str) -> Option<&'static str> {
        match self.registry.by_name(name)?.default {
            DefaultValue::Text(text) if !text.contains("${") => Some(text),
            DefaultValue::Text(_) | DefaultValue::Unset | DefaultValue::Computed(_) => None,
        }
    }

    /// Where the value comes from.
    pub fn source(&self, name: &str) -> ConfSource {
        self.written
            .get(self.canonical(name))
            .map_or(ConfSource::Default, |assignment| assignment.source.clone())
    }

    /// Whether somebody set it.
    pub fn is_set(&self, name: &str) -> bool {
        self.written.contains_key(self.canonical(name))
    }

    /// What somebody wrote for it.
    pub fn written(&self, name: &str) -> Option<&Assignment> {
        self.written.get(self.canonical(name))
    }

    /// Everything that somebody wrote, by canonical name.
    pub fn all_written(&self) -> impl Iterator<Item = (&str, &Assignment)> {
        self.written
            .iter()
            .map(|(name, assignment)| (name.as_str(), assignment))
    }

    /// Whether the value may be shown. Names that nobody knows are judged by what they say.
    pub fn secrecy(&self, name: &str) -> Secrecy {
        match self.registry.find(name) {
            Some(property) if property.secrecy == Secrecy::Secret => Secrecy::Secret,
            // Mount options reach this system as values of templates or as foreign names.
            Some(property) if !property.name.contains('{') => property.secrecy,
            Some(_) | None => secrecy_of_option(name),
        }
    }

    /// The property of a name, if it is known.
    pub fn property(&self, name: &str) -> Option<&'static Property> {
        self.registry.find(name)
    }

    /// A text; empty if there is none.
    pub fn string(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// A text that is not empty.
    pub fn find_string(&self, name: &str) -> Option<&str> {
        self.find(name).filter(|text| !text.is_empty())
    }

    /// The value, or else the default, as `parse` reads it.
    fn parsed<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.find(name)
            .and_then(&parse)
            .or_else(|| match self.registry.find(name)?.default {
                DefaultValue::Text(text) => {
                    let text = substitution::expand(name, text, &|name| self.raw(name)).ok()?;
                    parse(&text)
                }
                DefaultValue::Computed(computed) => parse(&self.machine.compute(computed)),
                DefaultValue::Unset => None,
            })
    }

    /// `true` or `false`; `false` if there is no value.
    pub fn bool(&self, name: &str) -> bool {
        self.parsed(name, value::boolean).unwrap_or(false)
    }

    /// A whole number; `None` if the property has neither value nor default.
    pub fn find_int(&self, name: &str) -> Option<i64> {
        self.parsed(name, |text| text.trim().parse().ok())
    }

    /// A whole number; 0 if there is none.
    pub fn int(&self, name: &str) -> i64 {
        self.find_int(name).unwrap_or(0)
    }

    /// A number of things; 0 if there is none or it is negative.
    pub fn count(&self, name: &str) -> usize {
        usize::try_from(self.int(name)).unwrap_or(0)
    }

    /// A port; 0 if there is none.
    pub fn port(&self, name: &str) -> u16 {
        u16::try_from(self.int(name)).unwrap_or(0)
    }

    /// A number with a fraction; 0 if there is none.
    pub fn double(&self, name: &str) -> f64 {
        self.parsed(name, value::double).unwrap_or(0.0)
    }

    /// An amount of bytes; `None` if the property has neither value nor default.
    pub fn find_bytes(&self, name: &str) -> Option<ByteSize> {
        self.parsed(name, |text| ByteSize::parse(text).ok())
    }

    /// An amount of bytes; none if there is no value.
    pub fn bytes(&self, name: &str) -> ByteSize {
        self.find_bytes(name).unwrap_or_default()
    }

    /// A span in milliseconds; `None` if the property has neither value nor default.
    pub fn find_millis(&self, name: &str) -> Option<i64> {
        self.parsed(name, |text| duration::parse_millis(text).ok())
    }

    /// A span in milliseconds, negative for "never"; 0 if there is none.
    pub fn millis(&self, name: &str) -> i64 {
        self.find_millis(name).unwrap_or(0)
    }

    /// A span of time; negative values read as zero.
    pub fn duration(&self, name: &str) -> Duration {
        Duration::from_millis(self.millis(name).max(0).unsigned_abs())
    }

    /// The parts of a list.
    pub fn list(&self, name: &str) -> Vec<String> {
        value::list(self.string(name)).map(str::to_owned).collect()
    }

    /// The name of an enumerated value, in the registry's spelling; empty if there is none.
    pub fn choice(&self, name: &str) -> &'static str {
        let Some(Kind::Enum(names)) = self.registry.find(name).map(|property| property.kind) else {
            return "";
        };
        self.parsed(name, |text| value::choice(names, text))
            .unwrap_or_default()
    }

    /// The host that a process is reached at: what is set, else the name of this machine.
    pub fn host(&self, name: &str) -> String {
        self.find_string(name)
            .unwrap_or(&self.machine.host_name)
            .to_owned()
    }

    /// Everything that is set below a prefix, without the prefix: the options of a mount.
    pub fn below(&self, prefix: &str) -> BTreeMap<String, String> {
        self.written
            .keys()
            .filter_map(|name| {
                let rest = name.strip_prefix(prefix).filter(|rest| !rest.is_empty())?;
                Some((rest.to_owned(), self.string(name).to_owned()))
            })
            .collect()
    }
}

fn unresolved(assignment: &Assignment, reason: Unresolved) -> ConfError {
    let name = assignment.name.clone();
    let place = assignment.place();
    match reason {
        Unresolved::Undefined(reference) => ConfError::UndefinedReference {
            name,
            reference,
            place,
        },
        Unresolved::Circular(cycle) => ConfError::CircularReference { name, cycle, place },
        Unresolved::Endless(reference) => ConfError::EndlessReference {
            name,
            reference,
            place,
        },
    }
}

impl fmt::Debug for Conf {
    /// Names and sources only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conf")
            .field("written", &self.written.values())
            .finish_non_exhaustive()
    }
}
