//! Java programs against our servers and their own: `make interop` fetches the programs and runs
//! these tests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use alluxio_interop::{Program, Script, compare};

fn assert_same(name: &str, program: Program, settings: &[(&str, &str)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scripts")
        .join(name);
    let script = Script::read(&path).unwrap();
    let differences = compare(&script, program, settings).unwrap();
    assert!(
        differences.is_empty(),
        "{} differences\n\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
#[ignore = "needs Java: make interop"]
fn the_java_shell_says_the_same_over_both() {
    // Whatever is persisted at once, is there at the same time on both sides.
    let settings = [("alluxio.user.file.writetype.default", "CACHE_THROUGH")];
    assert_same("shell", Program::Shells, &settings);
}

#[test]
#[ignore = "needs Java: make interop"]
fn hadoop_says_the_same_over_both() {
    let settings = [("alluxio.user.file.writetype.default", "CACHE_THROUGH")];
    assert_same("hadoop", Program::Hadoop, &settings);
}

#[test]
#[ignore = "needs Java: make interop"]
fn a_java_program_sees_the_same_over_both() {
    assert_same("client", Program::Shells, &[]);
}
