//! What a command is given, and how it loads its configuration.

use std::sync::Arc;

use alluxio_common::conf::{
    ConfError, Loaded, Machine, Role, Sources, environment_of_process, load,
};
use alluxio_common::{Clock, SystemClock};

use crate::output::Output;

/// What a command is given.
#[derive(Debug)]
pub(super) struct Call {
    /// `-D` options.
    pub(super) properties: Vec<(String, String)>,
    /// Everything behind the command's name.
    pub(super) arguments: Vec<String>,
    /// Where it prints.
    pub(super) output: Output,
    /// The time.
    pub(super) clock: Arc<dyn Clock>,
}

impl Call {
    /// A call of the command that `arguments` belong to.
    pub(super) fn new(
        properties: Vec<(String, String)>,
        arguments: Vec<String>,
        output: Output,
    ) -> Self {
        Self {
            properties,
            arguments,
            output,
            clock: SystemClock::shared(),
        }
    }

    /// The configuration of this call, with what there is to say about it.
    ///
    /// # Errors
    /// When the site file cannot be used at all.
    pub(super) fn load(&self, role: Role) -> Result<Loaded, ConfError> {
        load(Sources {
            role,
            command_line: self.properties.clone(),
            environment: environment_of_process(),
            machine: Machine::detect(),
        })
    }

    /// The configuration, when there is nothing wrong with it.
    ///
    /// # Errors
    /// The exit code; what is wrong has been printed.
    pub(super) fn load_valid(&self, role: Role) -> Result<Loaded, u8> {
        let loaded = self.load(role).map_err(|error| {
            self.output.error_line(error);
            1
        })?;
        if loaded.problems.is_empty() {
            return Ok(loaded);
        }
        for problem in &loaded.problems {
            self.output.error_line(problem);
        }
        Err(1)
    }
}
