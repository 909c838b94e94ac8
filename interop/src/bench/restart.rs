//! How masters fare with a million files: how long they take to learn of them, what they hold in memory,
//! and how long a restart takes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::cluster::Kind;
use crate::server::Server;

use super::better::Better;
use super::console::progress;
use super::figures::median;
use super::form::Scale;
use super::pair::Pair;
use super::side::Side;
use super::stopwatch::Stopwatch;
use super::table::Fact;

/// How many files a directory has.
const IN_DIRECTORY: u32 = 1_000;

/// How many threads make the files.
const MAKERS: u32 = 2;

/// The directory of all of them, in the store and in the namespace.
const ALL: &str = "all";

/// Makes the files in the store, has both masters learn of them, and restarts both.
///
/// # Errors
/// When something fails.
pub(crate) fn measure(sides: &mut Pair<Side>, store: &Path, scale: &Scale) -> Result<Vec<Fact>> {
    let files = scale.files;
    progress(&format!("{files} files: making them in the store"));
    make_files(&store.join(ALL), files / IN_DIRECTORY)?;
    let mut learning = Pair::<(f64, f64)>::default();
    let mut restarts = Pair::<Vec<f64>>::default();
    for kind in [Kind::Ours, Kind::Theirs] {
        progress(&format!("{files} files: {kind:?} learns of them"));
        *learning.of_mut(kind) = learn(sides.of_mut(kind))?;
    }
    for round in 1..=scale.restarts {
        for kind in [Kind::Ours, Kind::Theirs] {
            let side = sides.of_mut(kind);
            let watch = Stopwatch::start();
            side.restart(Server::Master)?;
            let seconds = watch.seconds();
            progress(&format!(
                "{files} files: {kind:?} serves {seconds:.1} s after its restart, {round} of {}",
                scale.restarts
            ));
            restarts.of_mut(kind).push(seconds);
            let last = format!("/{ALL}/{}/{}", files / IN_DIRECTORY - 1, IN_DIRECTORY - 1);
            side.run(&["known", &last].map(str::to_owned))?;
        }
    }
    let resident = Pair::make(|kind| sides.of(kind).resident(Server::Master))?;
    let fact = |what: &str, figures| Fact {
        name: format!("{files} files of a store: {what}"),
        better: Better::Less,
        figures,
    };
    Ok(vec![
        fact(
            "learnt by the master, s",
            learning.map(|(seconds, _)| *seconds),
        ),
        fact(
            "the same, CPU-seconds",
            learning.map(|(_, processor)| *processor),
        ),
        fact(
            "restart of the master until it serves, s",
            restarts.map(|all| median(all.iter().copied())),
        ),
        fact("resident memory of the master then, MiB", resident),
    ])
}

/// Seconds on the clock, and of the master's processor time.
fn learn(side: &mut Side) -> Result<(f64, f64)> {
    let watch = Stopwatch::start();
    let before = side.processor_seconds(Server::Master)?;
    side.run(&["load", &format!("/{ALL}")].map(str::to_owned))?;
    let processor = side.processor_seconds(Server::Master)? - before;
    Ok((watch.seconds(), processor))
}

/// Makes that many directories of empty files.
fn make_files(folder: &Path, directories: u32) -> Result<()> {
    let make = |first: u32| -> Result<()> {
        for directory in (first..directories).step_by(MAKERS as usize) {
            let directory = folder.join(directory.to_string());
            fs::create_dir_all(&directory)?;
            for file in 0..IN_DIRECTORY {
                make_file(directory.join(file.to_string()))?;
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let makers: Vec<_> = (0..MAKERS)
            .map(|first| scope.spawn(move || make(first)))
            .collect();
        makers.into_iter().try_for_each(|maker| match maker.join() {
            Ok(made) => made,
            Err(_panic) => bail!("the making of files has panicked"),
        })
    })
}

fn make_file(path: PathBuf) -> Result<()> {
    let made = File::create_new(&path);
    made.map(drop).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directory_has_a_thousand_files() {
        let folder = tempfile::tempdir().unwrap();
        make_files(folder.path(), 3).unwrap();
        let count = |path: PathBuf| fs::read_dir(path).unwrap().count();
        assert_eq!(count(folder.path().to_path_buf()), 3);
        for directory in ["0", "1", "2"] {
            assert_eq!(count(folder.path().join(directory)), 1_000);
        }
    }
}
