//! [`UfsProperties`]: the options of one mount, with its secrets kept out of every text.

use std::collections::BTreeMap;
use std::fmt;

use alluxio_common::conf::{Conf, shown_option};

/// The properties of a mount: what `fs mount --option` gave, over the `alluxio.underfs.*` of the
/// site. Printing it in any way masks the values that are secret.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct UfsProperties {
    values: BTreeMap<String, String>,
}

impl UfsProperties {
    /// No properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the site says: the stores' own properties, and those that are not Alluxio's.
    pub fn of_site(conf: &Conf) -> Self {
        let names = conf.all_written().map(|(name, _)| name);
        names
            .filter(|name| name.starts_with("alluxio.underfs.") || !name.starts_with("alluxio."))
            .map(|name| (name, conf.string(name)))
            .collect()
    }

    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Whether a key is set to `true`, in any case. Everything else is `false`, as in Java.
    pub fn is_true(&self, key: &str) -> bool {
        self.value(key)
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// Sets a value, in place of an earlier one.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.values.insert(key.into(), value.into());
    }

    /// These properties, and those of `site` where these have none.
    #[must_use]
    pub fn over(mut self, site: &Self) -> Self {
        for (key, value) in &site.values {
            if !self.values.contains_key(key) {
                self.values.insert(key.clone(), value.clone());
            }
        }
        self
    }

    /// All keys and values in the order of the keys, secrets in clear: for the journal and the
    /// wire, not for people.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let values = self.values.iter();
        values.map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for UfsProperties {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let own = |(key, value): (K, V)| (key.into(), value.into());
        Self {
            values: pairs.into_iter().map(own).collect(),
        }
    }
}

impl fmt::Display for UfsProperties {
    /// As the mount list prints them: `{a=b, fs.oss.accessKeySecret=******}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (key, value)) in self.values.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{key}={}", shown_option(key, value))?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for UfsProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UfsProperties{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stand_in_no_printed_text() {
        let keys = [
            "fs.azure.account.key.acct.blob.core.windows.net",
            "fs.kodo.secretkey",
            "fs.oss.accessKeySecret",
            "s3a.accessKeyId",
            "fs.swift.password",
            "alluxio.underfs.cephfs.auth.key",
        ];
        for key in keys {
            let properties = UfsProperties::from_iter([(key, "hush")]);
            for text in [properties.to_string(), format!("{properties:?}")] {
                assert!(text.contains(key) && !text.contains("hush"), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_secret_prints_as_the_mount_list_has_it() {
        let properties = UfsProperties::from_iter([("x", "y"), ("a", "b")]);
        assert_eq!(properties.to_string(), "{a=b, x=y}");
        assert_eq!(UfsProperties::new().to_string(), "{}");
    }

    #[test]
    fn a_mount_option_hides_the_property_of_the_site() {
        let site = UfsProperties::from_iter([("a", "site"), ("b", "site")]);
        let mount = UfsProperties::from_iter([("a", "mount")]).over(&site);
        assert_eq!(
            (mount.value("a"), mount.value("b")),
            (Some("mount"), Some("site"))
        );
    }
}
