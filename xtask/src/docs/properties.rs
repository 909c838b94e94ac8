//! `docs/reference/properties.md`: all properties, those with an effect first.

use alluxio_common::conf::Registry;
use alluxio_common::conf::property::{
    Computed, DefaultValue, Effect, Kind, Property, Scope, Secrecy, Visibility,
};

const HEAD: &str = "\
<!-- Made by `cargo xtask docs` from crates/common/src/conf/registry. -->

# Properties

## Where values come from

The first of these that sets a property wins:

1. `-Dname=value` on the command line; then in `ALLUXIO_<PROCESS>_JAVA_OPTS`; then in
   `ALLUXIO_JAVA_OPTS`.
2. The environment: `ALLUXIO_HOME`, `ALLUXIO_CONF_DIR`, `ALLUXIO_LOGS_DIR`, `ALLUXIO_USER_LOGS_DIR`,
   `ALLUXIO_MASTER_HOSTNAME`, `ALLUXIO_MASTER_MOUNT_TABLE_ROOT_UFS`, `ALLUXIO_RAM_FOLDER`,
   `ALLUXIO_LOGSERVER_HOSTNAME`, `ALLUXIO_LOGSERVER_PORT`, `ALLUXIO_LOGSERVER_LOGS_DIR`.
3. `alluxio-site.properties`, the first that is found in the folders of `alluxio.site.conf.dir`.
4. Settings of a path, for clients.
5. Settings of the primary master, for clients and workers.
6. The default.

`bin/alluxio getConf --source` shows the values in force and where each comes from.
`bin/alluxio validateConf` looks for mistakes.

## How values are written

| Type | Examples |
|---|---|
| BOOLEAN | `true`, `false`, in any case |
| INTEGER, LONG, DOUBLE | `8`, `-1`, `0.75` |
| DATASIZE | `4096`, `64MB`, `1.5GB`; units B, KB, MB, GB, TB, PB in any case |
| DURATION | `500ms`, `30s`, `5min`, `1h`, `2day`; a bare number is milliseconds, a negative one means never |
| ENUM | one of the names listed, in any case |
| LIST | `a,b,c`, or with semicolons |
| CLASS | the full name of a class of the original that this system has an equivalent for |

A value may refer to other properties as `${name}`. A name that nobody knows is a warning that names
the nearest known one; a value that cannot be read stops the process and is named with its file and
line. Values of secrets are shown as `******`.
";

pub(super) fn render(registry: &Registry) -> String {
    let (working, waiting): (Vec<&Property>, Vec<&Property>) = registry
        .properties()
        .into_iter()
        .filter(|property| property.visibility == Visibility::Public || property.has_effect())
        .partition(|property| property.has_effect());
    let mut text = HEAD.to_owned();
    text.push_str("\n## Properties with an effect\n");
    for (title, scope) in [
        ("Masters", Scope::Master),
        ("Workers", Scope::Worker),
        ("Clients", Scope::Client),
        ("Masters and workers", Scope::Server),
        ("Every process", Scope::All),
        ("Other processes", Scope::None),
    ] {
        let of_scope: Vec<_> = working.iter().filter(|p| p.scope == scope).collect();
        if of_scope.is_empty() {
            continue;
        }
        text.push_str(&format!(
            "\n### {title}\n\n| Property | Type | Default | What it does |\n|---|---|---|---|\n"
        ));
        for property in of_scope {
            text.push_str(&row(property));
        }
    }
    push_templates(&mut text, registry);
    let (waiting, not_needed): (Vec<&Property>, Vec<&Property>) = waiting
        .into_iter()
        .partition(|property| property.effect == Effect::NotYet);
    push_waiting(&mut text, &waiting);
    push_not_needed(&mut text, &not_needed);
    push_removed(&mut text, registry);
    text
}

fn row(property: &Property) -> String {
    let mut about = property.about.unwrap_or_default().to_owned();
    if let Kind::Enum(names) = property.kind {
        about.push_str(&format!(" One of {}.", names.join(", ")));
    }
    if !property.aliases.is_empty() {
        let aliases: Vec<String> = property.aliases.iter().map(|a| format!("`{a}`")).collect();
        about.push_str(&format!(" Also {}.", aliases.join(", ")));
    }
    if property.secrecy == Secrecy::Secret {
        about.push_str(" Secret.");
    }
    format!(
        "| `{}` | {} | {} | {} |\n",
        property.name,
        property.kind.name(),
        default_of(property),
        escaped(&about)
    )
}

fn default_of(property: &Property) -> String {
    match property.default {
        DefaultValue::Unset => String::new(),
        DefaultValue::Text("") => String::new(),
        DefaultValue::Text(text) => format!("`{}`", text.replace('|', "\\|")),
        DefaultValue::Computed(computed) => computed_default(computed),
    }
}

fn computed_default(computed: Computed) -> String {
    match computed {
        Computed::Cores {
            times,
            divided_by,
            at_least,
            at_most,
        } => {
            let mut text = "processors".to_owned();
            if times > 1 {
                text = format!("{times} × {text}");
            }
            if divided_by > 1 {
                text.push_str(&format!(" / {divided_by}"));
            }
            text.push_str(&format!(", at least {at_least}"));
            if at_most < u32::MAX {
                text.push_str(&format!(", at most {at_most}"));
            }
            text
        }
        Computed::MemoryTierPath => "`/dev/shm`".to_owned(),
        Computed::MemoryTierSize => "2/3 of the memory, at most what /dev/shm holds".to_owned(),
        Computed::InodeCacheSize => "from the memory".to_owned(),
    }
}

fn push_templates(text: &mut String, registry: &Registry) {
    text.push_str(
        "\n### Names with a variable part\n\n| Property | Type | What it does |\n|---|---|---|\n",
    );
    for template in registry.templates() {
        let property = template.property();
        if let Some(about) = property.about {
            text.push_str(&format!(
                "| `{}` | {} | {} |\n",
                property.name,
                property.kind.name(),
                escaped(about)
            ));
        }
    }
}

fn push_waiting(text: &mut String, waiting: &[&Property]) {
    text.push_str(
        "\n## Properties without an effect yet\n\n\
         They are known, checked and shown, so that the configuration of an existing cluster is\n\
         accepted as it is; those of clients still reach clients of the original. A process says\n\
         once, at start, which of the properties that are set it ignores.\n\n\
         | Property | Type | Default | Scope | What it is for |\n|---|---|---|---|---|\n",
    );
    for property in waiting {
        text.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            property.name,
            property.kind.name(),
            default_of(property),
            property.scope.name(),
            escaped(property.about.unwrap_or_default())
        ));
    }
}

fn push_not_needed(text: &mut String, not_needed: &[&Property]) {
    text.push_str(
        "\n## Properties that are not needed\n\n\
         They tune parts of the original that this system does not have: the Java machine, Netty,\n\
         RocksDB, pools of threads, locks and connections. They are known, checked and shown; a\n\
         process says once, at start, which of them are set.\n\n\
         | Property | Type | Default | Scope | Why not |\n|---|---|---|---|---|\n",
    );
    for property in not_needed {
        let why = match property.effect {
            Effect::NotNeeded(why) => why,
            Effect::Works | Effect::NotYet => "",
        };
        text.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            property.name,
            property.kind.name(),
            default_of(property),
            property.scope.name(),
            escaped(why)
        ));
    }
}

fn push_removed(text: &mut String, registry: &Registry) {
    text.push_str(
        "\n## Properties of older releases\n\n| Property | Removed in | Use instead |\n|---|---|---|\n",
    );
    for removed in registry.removed() {
        let instead = removed.instead.map(|name| format!("`{name}`"));
        text.push_str(&format!(
            "| `{}` | {} | {} |\n",
            removed.name,
            removed.since,
            instead.unwrap_or_default()
        ));
    }
}

/// A bar would end the cell, and what looks like a tag would vanish.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
