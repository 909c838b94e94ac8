//! Lays out usage lines, descriptions and option tables as commons-cli does, which is what people
//! and the pages of Alluxio show.

use super::Command;
use super::options::{OptionSpec, Value};

/// The width of help in a pipe.
pub(crate) const DEFAULT_WIDTH: usize = 80;

const OPTION_INDENT: usize = 1;
const DESCRIPTION_GAP: usize = 3;

/// What `help <command>` prints, without a line end after the last line.
pub(crate) fn command_help(command: &Command, width: usize) -> String {
    let mut text = wrap_block(
        &format!("{}: {}", command.name, command.description),
        width,
        0,
    );
    text.push('\n');
    let indent = "usage: ".len() + command.usage.find(' ').map_or(0, |blank| blank + 1);
    text.push_str(&wrap_block(
        &format!("usage: {}", command.usage),
        width,
        indent,
    ));
    if !command.options.is_empty() {
        text.push('\n');
        text.push_str(&option_table(command.options, width, OPTION_INDENT));
    }
    text
}

/// The table of options, without a line end after the last line.
pub(crate) fn option_table(options: &[OptionSpec], width: usize, indent: usize) -> String {
    let mut options: Vec<&OptionSpec> = options.iter().collect();
    options.sort_by_key(|option| option.key().to_lowercase());
    let left: Vec<String> = options
        .iter()
        .map(|option| option_column(option, indent))
        .collect();
    let column = left.iter().map(|text| text.chars().count()).max();
    let column = column.unwrap_or(0) + DESCRIPTION_GAP;
    let rows = left.iter().zip(&options).map(|(left, option)| {
        wrap_line(
            &format!("{left:column$}{}", option.description),
            width,
            column,
        )
    });
    rows.collect::<Vec<_>>().join("\n")
}

fn option_column(option: &OptionSpec, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut text = match (option.short, option.long) {
        (Some(short), Some(long)) => format!("{pad}-{short},--{long}"),
        (Some(short), None) => format!("{pad}-{short}"),
        (None, long) => format!("{pad}   --{}", long.unwrap_or("")),
    };
    match option.value {
        Value::None => {}
        Value::One(name) | Value::Pair(name) => {
            text.push_str(" <");
            text.push_str(name);
            text.push('>');
        }
    }
    text
}

/// Wraps each line of `text`.
pub(crate) fn wrap_block(text: &str, width: usize, indent: usize) -> String {
    let lines = text.lines().map(|line| wrap_line(line, width, indent));
    lines.collect::<Vec<_>>().join("\n")
}

/// Wraps one line at blanks; what does not fit continues `indent` columns in.
fn wrap_line(text: &str, width: usize, indent: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let Some(mut position) = wrap_position(&characters, width) else {
        return text.trim_end().to_owned();
    };
    let indent = if indent >= width { 1 } else { indent };
    let mut wrapped = trim_end(&characters[..position]);
    let mut rest = continuation(&characters[position..], indent);
    loop {
        wrapped.push('\n');
        match wrap_position(&rest, width) {
            None => {
                wrapped.extend(&rest);
                return wrapped;
            }
            // Only the indentation stands in front of the blank: the word itself is too long.
            Some(blank) if blank + 1 == indent => position = width,
            Some(blank) => position = blank,
        }
        wrapped.push_str(&trim_end(&rest[..position]));
        rest = continuation(&rest[position..], indent);
    }
}

fn continuation(rest: &[char], indent: usize) -> Vec<char> {
    let text: String = rest.iter().collect();
    let mut line = vec![' '; indent];
    line.extend(text.trim().chars());
    line
}

fn trim_end(characters: &[char]) -> String {
    let text: String = characters.iter().collect();
    text.trim_end().to_owned()
}

/// Where the line has to end: behind a tab, or at the last blank that fits.
fn wrap_position(line: &[char], width: usize) -> Option<usize> {
    let tab = line.iter().position(|&c| c == '\t');
    if let Some(tab) = tab
        && tab <= width
    {
        return Some(tab + 1);
    }
    if width >= line.len() {
        return None;
    }
    let blank = (1..=width).rev().find(|&position| line[position] == ' ');
    Some(blank.unwrap_or(width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_too_long_is_cut() {
        let usage = "usage: ls [-d|-f|-p|-R/--recursive|-h|--sort=option|--timestamp=option|-r|-m/--omit-mount-info] <path> ...";
        let expected = "usage: ls
          [-d|-f|-p|-R/--recursive|-h|--sort=option|--timestamp=option|-r|-m/--o
          mit-mount-info] <path> ...";
        assert_eq!(wrap_block(usage, 80, 10), expected);
    }

    #[test]
    fn a_tab_starts_a_new_line() {
        let usage = "usage: For backward compatibility: load [--local] <path>\nFor distributed load:\n\tload <path> --stop";
        let expected = "usage: For backward compatibility: load [--local] <path>
For distributed load:

           load <path> --stop";
        assert_eq!(wrap_block(usage, 80, 11), expected);
    }

    #[test]
    fn options_are_sorted_aligned_and_wrapped() {
        let options = [
            OptionSpec::both("R", "recursive", "copy files in subdirectories recursively"),
            OptionSpec::short("r", "copy files in subdirectories recursively"),
            OptionSpec::long("thread", "how many files are copied at the same time; twice the number of CPU cores by default")
                .taking(Value::One("threads")),
            OptionSpec::both("p", "preserve", "keep owner, group and mode"),
        ];
        let expected = " -p,--preserve           keep owner, group and mode
 -R,--recursive          copy files in subdirectories recursively
 -r                      copy files in subdirectories recursively
    --thread <threads>   how many files are copied at the same time; twice the
                         number of CPU cores by default";
        assert_eq!(option_table(&options, 80, 1), expected);
    }
}
