//! `getConf`: the values of properties.

use alluxio_common::conf::{self, Conf, Loaded, Role, Unit};
use alluxio_proto::grpc::meta::GetConfigurationPOptions;

use super::environment::Call;
use super::runtime::runtime;
use crate::output::Output;
use crate::shell::{OptionSpec, Session, Value, option_table, wrap_block};

/// The exit code when the master does not answer.
const NO_MASTER: u8 = 255;

const WIDTH: usize = 74;

const SYNOPSIS: &str = "usage: USAGE: GetConf [--unit <arg>] [--source] [--master] [key]

GetConf prints the value of a property, an empty line when it has none, or all properties when none \
is named. The exit code is not 0 when no property has the name.";

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::long("master", "the values that the master has."),
    OptionSpec::long("source", "where the value comes from."),
    OptionSpec::long(
        "unit",
        "in which unit to print it, rounded down: with \"--unit KB\" a value of \"4096B\" is \
         printed as 4, with \"--unit S\" one of \"5000ms\" as 5. The units are B, KB, MB, GB, TB, \
         PB, MS, S, M, H, D.",
    )
    .taking(Value::One("arg")),
];

/// What the arguments ask for.
#[derive(Debug, Default)]
struct Question {
    of_master: bool,
    source: bool,
    unit: Option<String>,
    key: Option<String>,
}

/// One property.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    value: String,
    source: String,
}

impl From<conf::Entry> for Entry {
    fn from(entry: conf::Entry) -> Self {
        Self {
            name: entry.name,
            value: entry.value,
            source: entry.source.to_string(),
        }
    }
}

/// Where the answer comes from.
enum Values {
    Here(Box<Conf>),
    Master(Vec<Entry>),
}

impl Values {
    fn all(&self) -> Vec<Entry> {
        match self {
            Self::Here(conf) => conf.entries().into_iter().map(Entry::from).collect(),
            Self::Master(entries) => entries.clone(),
        }
    }

    fn find(&self, key: &str) -> Option<Entry> {
        match self {
            Self::Here(conf) => conf.entry_of(key).map(Entry::from),
            Self::Master(entries) => entries.iter().find(|entry| entry.name == key).cloned(),
        }
    }
}

/// Prints one property or all.
pub(super) fn run(call: Call) -> u8 {
    let question = match Question::parse(&call.arguments) {
        Ok(question) => question,
        Err(sentence) => return misunderstood(&call.output, &sentence),
    };
    let loaded = match call.load(Role::User) {
        Ok(loaded) => loaded,
        Err(error) => {
            call.output.error_line(error);
            return 1;
        }
    };
    if !question.of_master {
        return question.answer_from_here(loaded, &call.output);
    }
    let session = Session::new(loaded, call.output, call.clock);
    let asked = match runtime() {
        Ok(runtime) => runtime
            .block_on(ask_master(&session))
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match asked {
        Ok(entries) => question.answer(&Values::Master(entries), &session.output),
        Err(error) => {
            let sentence = "Unable to get master-side configuration";
            session.output.line(format_args!("{sentence}: {error}"));
            NO_MASTER
        }
    }
}

async fn ask_master(session: &Session) -> Result<Vec<Entry>, crate::shell::CommandError> {
    let options = GetConfigurationPOptions {
        raw_value: Some(true),
        ..GetConfigurationPOptions::default()
    };
    let file_system = crate::connect::without_cluster_defaults(session)?;
    let answer = file_system.meta_master().configuration(options).await?;
    let mut entries: Vec<Entry> = answer
        .cluster_configs
        .into_iter()
        .map(|property| Entry {
            source: property.source().to_owned(),
            name: property.name.unwrap_or_default(),
            value: property.value.unwrap_or_default(),
        })
        .collect();
    entries.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(entries)
}

impl Question {
    /// Options end at the first word that is none.
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut question = Self::default();
        let mut rest = arguments;
        while let [first, others @ ..] = rest {
            match first.as_str() {
                "--master" | "-master" => question.of_master = true,
                "--source" | "-source" => question.source = true,
                "--unit" | "-unit" => {
                    let Some(unit) = others.first() else {
                        return Err("Missing argument for option: unit".to_owned());
                    };
                    question.unit = Some(unit.clone());
                    rest = &others[1..];
                    continue;
                }
                text => match text.strip_prefix("--unit=") {
                    Some(unit) => question.unit = Some(unit.to_owned()),
                    None => break,
                },
            }
            rest = others;
        }
        match rest {
            [] => {}
            [key] => question.key = Some(key.clone()),
            _ => {
                let all = rest.join(", ");
                return Err(format!("More arguments than expected. Args: [{all}]"));
            }
        }
        Ok(question)
    }

    /// A value whose references lead nowhere is no answer: what is wrong with it is.
    fn answer_from_here(&self, loaded: Loaded, output: &Output) -> u8 {
        let Loaded { conf, problems, .. } = loaded;
        let asked = self.key.as_deref().map(|key| conf.canonical(key));
        let mut has_answer = true;
        for problem in &problems {
            let Some(name) = problem.unresolved().map(|name| conf.canonical(name)) else {
                continue;
            };
            if asked.is_none_or(|asked| asked == name) {
                output.error_line(problem);
                has_answer &= asked.is_none();
            }
        }
        match has_answer {
            true => self.answer(&Values::Here(Box::new(conf)), output),
            false => 1,
        }
    }

    fn answer(&self, values: &Values, output: &Output) -> u8 {
        let Some(key) = &self.key else {
            for entry in values.all() {
                output.line(match self.source {
                    true => format!("{}={} ({})", entry.name, entry.value, entry.source),
                    false => format!("{}={}", entry.name, entry.value),
                });
            }
            output.line("");
            return 0;
        };
        let Some(entry) = values.find(key) else {
            return misunderstood(output, &format!("{key} is not a valid configuration key"));
        };
        if self.source {
            output.line(entry.source);
            return 0;
        }
        match &self.unit {
            None => output.line(entry.value),
            Some(unit) => {
                let converted = Unit::parse(unit).and_then(|known| known.convert(&entry.value));
                match converted {
                    Some(text) => output.line(text),
                    None => return misunderstood(output, &format!("{unit} is not a valid unit")),
                }
            }
        }
        0
    }
}

fn misunderstood(output: &Output, sentence: &str) -> u8 {
    output.line(wrap_block(SYNOPSIS, WIDTH, "usage: USAGE: ".len()));
    output.line(option_table(OPTIONS, WIDTH, 1));
    output.error_line(sentence);
    1
}
