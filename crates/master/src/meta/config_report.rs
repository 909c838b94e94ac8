//! [`ConfigReport`]: on which properties servers do not agree, though they should.

use std::collections::BTreeMap;

use alluxio_common::conf::Registry;
use alluxio_common::conf::property::{Consistency, Scope};

/// Properties of one server that are compared; far more than there are. A server that sends more
/// must not fill the memory of the master.
const COMPARED_LIMIT: usize = 4_096;

/// Those properties of one server that others are compared with. What nobody knows, what may
/// differ, and what this kind of server does not read is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComparedSettings {
    values: BTreeMap<String, Compared>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Compared {
    value: Option<String>,
    level: Consistency,
    scope: Scope,
}

impl ComparedSettings {
    /// What counts of the properties of a server that reads those of `reader`.
    pub fn of(reader: Scope, properties: impl Iterator<Item = (String, Option<String>)>) -> Self {
        let registry = Registry::new();
        let values = properties.filter_map(|(name, value)| {
            let property = registry.find(&name)?;
            let counts = property.consistency != Consistency::Ignore;
            let compared = Compared {
                value,
                level: property.consistency,
                scope: property.scope,
            };
            // Names with a variable part keep it; others may come under an older name.
            let is_template = registry
                .by_name(&name)
                .or(registry.by_alias(&name))
                .is_none();
            let name = match is_template {
                true => name,
                false => property.name.to_owned(),
            };
            (counts && property.scope.includes(reader)).then_some((name, compared))
        });
        Self {
            values: values.take(COMPARED_LIMIT).collect(),
        }
    }
}

/// A property that servers do not agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// Its name.
    pub name: String,
    /// Which kinds of servers read it.
    pub scope: Scope,
    /// Each value, or none, and the servers that have it.
    pub values: BTreeMap<Option<String>, Vec<String>>,
}

/// On what servers do not agree, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigReport {
    /// These have to be the same.
    pub errors: Vec<Disagreement>,
    /// These had better be the same.
    pub warnings: Vec<Disagreement>,
}

impl ConfigReport {
    /// Compares servers, named by host and port.
    pub fn compare<'a>(servers: impl IntoIterator<Item = (&'a str, &'a ComparedSettings)>) -> Self {
        let mut found: BTreeMap<&str, (Consistency, Disagreement)> = BTreeMap::new();
        for (server, settings) in servers {
            for (name, compared) in &settings.values {
                let (_level, property) = found.entry(name).or_insert_with(|| {
                    let property = Disagreement {
                        name: name.clone(),
                        scope: compared.scope,
                        values: BTreeMap::new(),
                    };
                    (compared.level, property)
                });
                let holders = property.values.entry(compared.value.clone()).or_default();
                holders.push(server.to_owned());
            }
        }
        let mut report = Self::default();
        for (level, property) in found.into_values() {
            if property.values.len() < 2 {
                continue;
            }
            match level {
                Consistency::Enforce => report.errors.push(property),
                Consistency::Warn => report.warnings.push(property),
                Consistency::Ignore => {}
            }
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENFORCED: &str = "alluxio.security.authentication.type";

    fn settings(reader: Scope, values: &[(&str, Option<&str>)]) -> ComparedSettings {
        let values = values.iter();
        let values = values.map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)));
        ComparedSettings::of(reader, values)
    }

    #[test]
    fn what_has_to_be_the_same_is_an_error_and_the_rest_a_warning() {
        let master = settings(
            Scope::Master,
            &[(ENFORCED, Some("SIMPLE")), ("alluxio.debug", Some("false"))],
        );
        let worker = settings(
            Scope::Worker,
            &[(ENFORCED, Some("NOSASL")), ("alluxio.debug", None)],
        );
        let report = ConfigReport::compare([("m:1", &master), ("w:2", &worker), ("x:3", &worker)]);
        assert_eq!(report.errors.len(), 1);
        assert_eq!(report.errors[0].name, ENFORCED);
        let values = &report.errors[0].values;
        assert_eq!(values[&Some("SIMPLE".to_owned())], ["m:1"]);
        assert_eq!(values[&Some("NOSASL".to_owned())], ["w:2", "x:3"]);
        assert_eq!(report.warnings.len(), 1);
        assert_eq!(report.warnings[0].values[&None], ["w:2", "x:3"]);
    }

    #[test]
    fn servers_that_agree_and_what_may_differ_are_not_reported() {
        let free = settings(Scope::Master, &[("alluxio.property.of.nobody", Some("a"))]);
        assert_eq!(free, ComparedSettings::default());
        let registry = Registry::new();
        let mut differing = registry
            .properties()
            .into_iter()
            .filter(|property| property.consistency == Consistency::Ignore);
        let name = differing.next().unwrap().name;
        let one = settings(Scope::Worker, &[(name, Some("1")), (ENFORCED, Some("S"))]);
        let two = settings(Scope::Worker, &[(name, Some("2")), (ENFORCED, Some("S"))]);
        let report = ConfigReport::compare([("a:1", &one), ("b:1", &two)]);
        assert_eq!(report, ConfigReport::default());
    }

    #[test]
    fn a_server_is_not_asked_about_what_it_does_not_read() {
        let name = "alluxio.master.mount.table.root.ufs";
        assert_eq!(
            settings(Scope::Worker, &[(name, Some("/a"))]),
            ComparedSettings::default()
        );
    }
}
