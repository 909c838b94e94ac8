//! `libexec/property-names.txt`: what shells complete after `getConf` and `-D`.

use alluxio_common::conf::Registry;
use alluxio_common::conf::property::Visibility;

pub(super) fn render(registry: &Registry) -> String {
    let mut text = String::new();
    for property in registry.properties() {
        if property.visibility == Visibility::Public {
            text.push_str(property.name);
            text.push('\n');
        }
    }
    text
}
