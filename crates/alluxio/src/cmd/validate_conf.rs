//! `validateConf`: looks for mistakes in the configuration.

use alluxio_common::conf::Role;

use super::environment::Call;

/// Prints every value that does not parse and every name that nobody knows; the exit code says
/// whether there was one.
pub(super) fn run(call: Call) -> u8 {
    let output = &call.output;
    output.line("Validating configuration.");
    let loaded = match call.load(Role::Master) {
        Ok(loaded) => loaded,
        Err(error) => {
            output.error_line(error);
            output.line("Some configuration is invalid.");
            return 1;
        }
    };
    for problem in &loaded.problems {
        output.error_line(problem);
    }
    for notice in &loaded.notices {
        output.error_line(notice);
    }
    let has_mistake = loaded.notices.iter().any(|notice| notice.is_mistake());
    if loaded.problems.is_empty() && !has_mistake {
        output.line("Configuration is valid.");
        return 0;
    }
    output.line("Some configuration is invalid.");
    1
}
