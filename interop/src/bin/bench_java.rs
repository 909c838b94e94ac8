//! `bench-java`: Alluxio's own benchmarks over our servers and over its own.
//!
//! `bench-java --program FILE --memory FOLDER [--form short|middle|long]
//! [--part namespace|data|restart]`
#![expect(
    clippy::print_stderr,
    reason = "it is a program, and tells what is wrong"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use alluxio_interop::{Form, Part, SpeedOptions, compare_speed};
use anyhow::{Context, Result, bail};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let options = match parse(&words) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("bench-java: {error:#}");
            return ExitCode::from(2);
        }
    };
    match compare_speed(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-java: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(words: &[String]) -> Result<SpeedOptions> {
    let mut form = Form::Middle;
    let mut parts = Vec::new();
    let (mut program, mut memory) = (None, None);
    for pair in words.chunks(2) {
        let [name, value] = pair else {
            bail!("{pair:?} has no value");
        };
        match name.as_str() {
            "--form" => form = value.parse()?,
            "--part" => parts.push(value.parse()?),
            "--program" => program = Some(PathBuf::from(value)),
            "--memory" => memory = Some(PathBuf::from(value)),
            _ => bail!("no option is called {name}"),
        }
    }
    if parts.is_empty() {
        parts = Part::ALL.to_vec();
    }
    Ok(SpeedOptions {
        form,
        parts,
        program: program.context("--program is missing")?.canonicalize()?,
        memory: memory.context("--memory is missing")?.canonicalize()?,
    })
}
