//! `runUfsTests`: tries everything that an under store must be able to do, on a real one.

use alluxio_common::UfsPath;
use alluxio_common::conf::{Conf, Role};
use alluxio_ufs::contract::{self, CASES, Case, Outcome};

use super::environment::Call;
use super::runtime::runtime;
use super::store_directory;
use crate::output::Output;
use crate::shell::{OptionSpec, Value, option_table, parse};

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::long("help", "print this"),
    OptionSpec::long(
        "path",
        "a directory of the store; what the tests write there is removed",
    )
    .taking(Value::One("ufs")),
    OptionSpec::long("test", "only this test; may be given several times")
        .taking(Value::One("name")),
];

/// Where the tests work below the directory.
const FOLDER: &str = "alluxio-ufs-tests";

/// Runs the contract of under stores; the exit code is how many promises were broken.
pub(super) fn run(call: Call) -> u8 {
    let output = &call.output;
    let parsed = match parse(OPTIONS, &call.arguments) {
        Ok(parsed) => parsed,
        Err(error) => return misunderstood(output, &error.to_string()),
    };
    if parsed.has("help") {
        output.line(usage());
        return 0;
    }
    let Some(path) = parsed.value("path") else {
        return misunderstood(output, "The path of the store is missing");
    };
    let wanted = parsed.values("test");
    let unknown = wanted
        .iter()
        .find(|name| !CASES.iter().any(|case| case.name == **name));
    if let Some(unknown) = unknown {
        return misunderstood(output, &format!("There is no test {unknown}"));
    }
    let cases: Vec<&Case> = CASES
        .iter()
        .filter(|case| wanted.is_empty() || wanted.contains(&case.name))
        .collect();
    let conf = match call.load_valid(Role::User) {
        Ok(loaded) => loaded.conf,
        Err(code) => return code,
    };
    let root = match UfsPath::parse(path) {
        Ok(root) => root,
        Err(error) => return misunderstood(output, &error.to_string()),
    };
    match runtime() {
        Ok(runtime) => runtime.block_on(run_all(&call, &conf, &root, &cases)),
        Err(error) => misunderstood(output, &error.to_string()),
    }
}

async fn run_all(call: &Call, conf: &Conf, root: &UfsPath, cases: &[&Case]) -> u8 {
    let output = &call.output;
    let ufs = match store_directory::connect(call, conf, root).await {
        Ok(ufs) => ufs,
        Err(code) => return code,
    };
    let folder = root.join(FOLDER);
    let (mut passed, mut skipped, mut broken) = (0, 0, 0_usize);
    for case in cases {
        match contract::run(case, ufs.as_ref(), &folder).await {
            Outcome::Passed => {
                passed += 1;
                output.line(format_args!("passed   {}", case.name));
            }
            Outcome::Skipped { missing } => {
                skipped += 1;
                output.line(format_args!(
                    "skipped  {}: the store has no {missing:?}",
                    case.name
                ));
            }
            Outcome::Broken { reason } => {
                broken += 1;
                output.line(format_args!("FAILED   {}: {}", case.name, case.description));
                output.line(format_args!("         {reason}"));
            }
        }
        output.flush();
    }
    // Empty by now; a store that cannot remove it has said so above.
    drop(
        ufs.delete_directory(&folder, alluxio_ufs::Recursion::All)
            .await,
    );
    output.line(format_args!(
        "{passed} passed, {skipped} skipped, {broken} failed"
    ));
    u8::try_from(broken).unwrap_or(u8::MAX)
}

fn usage() -> String {
    let table = option_table(OPTIONS, crate::shell::DEFAULT_WIDTH, 1);
    format!("Usage: runUfsTests --path <ufs> [--test <name>]...\n{table}")
}

fn misunderstood(output: &Output, sentence: &str) -> u8 {
    output.error_line(sentence);
    output.line(usage());
    1
}
