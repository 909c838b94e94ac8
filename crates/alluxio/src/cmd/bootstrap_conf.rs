//! `bootstrapConf`: a first site file.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use alluxio_common::conf::{Role, SITE_FILE, key};

use super::environment::Call;

/// Writes `conf/alluxio-site.properties` with the name of the master; one that is there stays.
pub(super) fn run(call: Call) -> u8 {
    let output = &call.output;
    let Some(host) = call.arguments.first() else {
        output.error_line("Usage: alluxio bootstrapConf <master_hostname>");
        return 1;
    };
    let loaded = match call.load(Role::User) {
        Ok(loaded) => loaded,
        Err(error) => {
            output.error_line(error);
            return 1;
        }
    };
    let path = Path::new(loaded.conf.string(key::CONF_DIR)).join(SITE_FILE);
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        writeln!(file, "{}={host}", key::MASTER_HOSTNAME)
    };
    match write() {
        Ok(()) => {
            output.line(format_args!("{} is created.", path.display()));
            0
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            output.line(format_args!("{} already exists", path.display()));
            0
        }
        Err(error) => {
            output.error_line(format_args!("{}: {error}", path.display()));
            1
        }
    }
}
