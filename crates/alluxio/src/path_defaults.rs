//! The properties that `fsadmin pathConf` gives to paths, as settings of a client.

use std::collections::BTreeMap;

use alluxio_client::PathDefaults;
use alluxio_common::AlluxioPath;
use alluxio_common::conf::property::Scope;
use alluxio_common::conf::{Conf, ConfProperty};

use crate::connect::client_conf;

/// Properties by the path at and below which they hold.
pub(crate) type ByPath = BTreeMap<AlluxioPath, Vec<ConfProperty>>;

/// Everything that holds at a path: of each property, what the deepest path says.
pub(crate) fn effective(by_path: &ByPath, path: &AlluxioPath) -> Vec<ConfProperty> {
    let mut above: Vec<_> = by_path
        .iter()
        .filter(|(above, _properties)| above.is_ancestor_or_self_of(path))
        .collect();
    above.sort_by_key(|(above, _properties)| above.depth());
    let properties = above
        .into_iter()
        .flat_map(|(_above, properties)| properties);
    let by_name: BTreeMap<_, _> = properties
        .map(|property| (property.name.as_str(), property))
        .collect();
    by_name.into_values().cloned().collect()
}

/// The settings of a client at each of these paths, where it has been told nothing better.
pub(crate) fn path_defaults(conf: &Conf, by_path: &ByPath) -> PathDefaults {
    let rows = by_path.keys().filter_map(|path| {
        let conf = conf.with_path_defaults(&effective(by_path, path), Scope::Client);
        match client_conf(&conf) {
            Ok(conf) => Some((path.clone(), conf)),
            Err(error) => {
                tracing::warn!(%path, %error, "the properties of the path are left aside");
                None
            }
        }
    });
    PathDefaults::new(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> AlluxioPath {
        AlluxioPath::parse(text).unwrap()
    }

    fn property(name: &str, value: &str) -> ConfProperty {
        ConfProperty {
            name: name.to_owned(),
            value: Some(value.to_owned()),
            source: "PATH_DEFAULT".to_owned(),
        }
    }

    #[test]
    fn of_each_property_the_deepest_path_counts() {
        let by_path = ByPath::from([
            (path("/"), vec![property("a", "0"), property("c", "0")]),
            (path("/w"), vec![property("a", "1"), property("b", "1")]),
            (path("/w/dir"), vec![property("a", "2")]),
            (path("/wide"), vec![property("a", "9")]),
        ]);
        let found = effective(&by_path, &path("/w/dir/x"));
        let found: Vec<_> = found
            .iter()
            .map(|property| format!("{}={}", property.name, property.value.as_deref().unwrap()))
            .collect();
        assert_eq!(found, ["a=2", "b=1", "c=0"]);
    }
}
