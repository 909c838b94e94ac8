//! The built program as a local cluster: started, used and stopped as people do it.

mod files;
mod harness;
mod processes;
mod shell;
