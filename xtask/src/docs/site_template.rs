//! `conf/alluxio-site.properties.template`: the few properties that most sites set.

use alluxio_common::conf::property::DefaultValue;
use alluxio_common::conf::{Registry, key};
use anyhow::Context;

const HEAD: &str = "\
# Settings of this site. Copy this file to alluxio-site.properties, remove the # before what you
# want to change, and give every machine of the cluster the same file. Values may refer to others
# as ${name}. All properties: docs/reference/properties.md; what is in force: bin/alluxio getConf.
#
# Made by `cargo xtask docs`; the values shown are the defaults, or examples where there are none.
";

/// The name of a property, and the value to show where its default is none or computed.
type Shown = (&'static str, Option<&'static str>);

/// Properties under their headings.
const GROUPS: [(&str, &[Shown]); 5] = [
    (
        "Common",
        &[
            (key::MASTER_HOSTNAME, Some("localhost")),
            (key::MASTER_MOUNT_TABLE_ROOT_UFS, None),
            (key::WORK_DIR, None),
        ],
    ),
    (
        "Journal",
        &[
            (key::MASTER_JOURNAL_TYPE, None),
            (key::MASTER_JOURNAL_FOLDER, None),
        ],
    ),
    (
        "Security",
        &[
            (key::SECURITY_AUTHORIZATION_PERMISSION_ENABLED, None),
            (key::SECURITY_AUTHENTICATION_TYPE, None),
        ],
    ),
    (
        "Workers",
        &[
            (key::WORKER_RAMDISK_SIZE, Some("1GB")),
            (key::WORKER_TIEREDSTORE_LEVELS, None),
            (key::WORKER_TIEREDSTORE_LEVEL0_ALIAS, None),
            (key::WORKER_TIEREDSTORE_LEVEL0_DIRS_PATH, Some("/dev/shm")),
        ],
    ),
    (
        "Clients",
        &[
            (key::USER_FILE_READTYPE_DEFAULT, None),
            (key::USER_FILE_WRITETYPE_DEFAULT, None),
            (key::USER_BLOCK_SIZE_BYTES_DEFAULT, None),
        ],
    ),
];

/// Columns of a comment.
const WIDTH: usize = 98;

pub(super) fn render(registry: &Registry) -> anyhow::Result<String> {
    let mut text = HEAD.to_owned();
    for (title, properties) in GROUPS {
        text.push_str(&format!("\n\n## {title}\n"));
        for (name, example) in properties {
            let property = registry.by_name(name).context("unknown property")?;
            let about = property.about.filter(|_| property.has_effect());
            let about = about.with_context(|| format!("{name} has no effect"))?;
            let value = match (example, property.default) {
                (Some(example), _) => *example,
                (None, DefaultValue::Text(value)) => value,
                (None, DefaultValue::Unset | DefaultValue::Computed(_)) => "",
            };
            text.push('\n');
            for line in wrapped(about) {
                text.push_str(&format!("# {line}\n"));
            }
            text.push_str(&format!("# {name}={value}\n"));
        }
    }
    Ok(text)
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].len() + 1 + word.len() > WIDTH {
            lines.push(word.to_owned());
        } else {
            if !lines[last].is_empty() {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use alluxio_common::conf::{Conf, Machine, properties_file};

    use super::*;

    #[test]
    fn the_template_sets_nothing_and_is_valid_with_every_line_uncommented() {
        let template = render(&Registry::new()).unwrap();
        assert_eq!(properties_file::parse(template.as_bytes()), Ok(Vec::new()));
        let settings: Vec<(&str, &str)> = template
            .lines()
            .filter_map(|line| line.strip_prefix("# alluxio."))
            .filter_map(|line| line.split_once('='))
            .collect();
        assert!(settings.len() > 10);
        for (name, value) in settings {
            let name = format!("alluxio.{name}");
            let result = Conf::of(Machine::sample(), &[(&name, value)]);
            assert!(result.is_ok(), "{name}={value}");
        }
    }
}
