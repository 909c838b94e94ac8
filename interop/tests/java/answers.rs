//! What Java programs print over our servers and over their own.

use std::path::Path;

use alluxio_interop::{Play, Program, Script, compare};

/// Whatever the shells write is persisted at once: it is there at the same time on both sides.
const WRITE_THROUGH: &[(&str, &str)] = &[("alluxio.user.file.writetype.default", "CACHE_THROUGH")];

fn play(name: &str, program: Program, settings: &'static [(&str, &str)]) -> Play<'static> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    Play {
        script: Script::read(&scripts.join(name)).unwrap(),
        program,
        settings,
    }
}

fn shell() -> Play<'static> {
    play("shell", Program::Shells, WRITE_THROUGH)
}

fn hadoop() -> Play<'static> {
    play("hadoop", Program::Hadoop, WRITE_THROUGH)
}

fn client() -> Play<'static> {
    play("client", Program::Shells, &[])
}

fn assert_same(plays: &[Play<'_>]) {
    let differences = compare(plays).unwrap();
    assert!(
        differences.is_empty(),
        "{} differences\n\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// One cluster of either kind serves them all, because the start of a Java cluster takes longer than
/// many a command. The first one tells of numbers that others would use up.
#[test]
#[ignore = "needs Java: make interop"]
fn java_programs_say_the_same_over_both() {
    assert_same(&[shell(), hadoop(), client()]);
}

/// The programs alone, for people who change their scripts.
mod alone {
    use super::*;

    #[test]
    #[ignore = "needs Java: make interop"]
    fn the_java_shell_says_the_same_over_both() {
        assert_same(&[shell()]);
    }

    #[test]
    #[ignore = "needs Java: make interop"]
    fn hadoop_says_the_same_over_both() {
        assert_same(&[hadoop()]);
    }

    #[test]
    #[ignore = "needs Java: make interop"]
    fn a_java_program_sees_the_same_over_both() {
        assert_same(&[client()]);
    }
}
