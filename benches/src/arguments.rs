//! [`Arguments`]: which workloads, and how large.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// What was typed.
#[derive(Debug)]
pub(crate) struct Arguments {
    workloads: Vec<String>,
    options: BTreeMap<String, u64>,
    texts: BTreeMap<String, String>,
}

/// The options whose values are no numbers.
const TEXTS: [&str; 2] = ["only", "tier"];

impl Arguments {
    /// Words are workloads; `--name value` sets a number, or one of [`TEXTS`].
    pub(crate) fn parse(words: &[String]) -> Result<Self> {
        let mut workloads = Vec::new();
        let (mut options, mut texts) = (BTreeMap::new(), BTreeMap::new());
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(name) = word.strip_prefix("--") else {
                workloads.push(word.clone());
                continue;
            };
            let value = words
                .next()
                .with_context(|| format!("{word} needs a value"))?;
            if TEXTS.contains(&name) {
                texts.insert(name.to_owned(), value.clone());
                continue;
            }
            let number = value.replace('_', "").parse();
            let number = number.with_context(|| format!("{word}: {value} is not a number"))?;
            options.insert(name.to_owned(), number);
        }
        Ok(Self {
            workloads,
            options,
            texts,
        })
    }

    /// Refuses a workload that does not exist.
    pub(crate) fn check_workloads(&self, known: &[&str]) -> Result<()> {
        for name in &self.workloads {
            if !known.contains(&name.as_str()) {
                bail!(
                    "there is no workload {name}; there are {}",
                    known.join(", ")
                );
            }
        }
        Ok(())
    }

    /// Whether the workload is to run.
    pub(crate) fn wants(&self, workload: &str) -> bool {
        self.workloads.is_empty() || self.workloads.iter().any(|name| name == workload)
    }

    /// The number that was given, or the usual one.
    pub(crate) fn number(&self, name: &str, usual: u64) -> u64 {
        self.options.get(name).copied().unwrap_or(usual)
    }

    /// The text that was given, if one was.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// As [`Self::number`], for counts.
    pub(crate) fn count(&self, name: &str, usual: usize) -> usize {
        let number = self.number(name, u64::try_from(usual).unwrap_or(u64::MAX));
        usize::try_from(number).unwrap_or(usize::MAX)
    }
}
