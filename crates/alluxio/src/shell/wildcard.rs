//! `*` in paths: the shell expands it, because the user's own shell cannot.

use alluxio_client::{FileStatus, ListStatusOptions};
use alluxio_common::AlluxioPath;

use super::{CommandError, Outcome, Session};

/// Stands for any characters of one component.
const WILDCARD: char = '*';

/// The paths that `text` stands for: itself, or everything that matches it, in the order of the
/// listings.
///
/// # Errors
/// When it is no path, or a directory on the way cannot be listed.
pub(crate) async fn expand(
    session: &Session,
    text: &str,
) -> Result<Vec<AlluxioPath>, CommandError> {
    let pattern = session.path(text)?;
    if !has_wildcard(pattern.as_str()) {
        return Ok(vec![pattern]);
    }
    let components: Vec<&str> = pattern.components().collect();
    let fixed = components.iter().position(|part| has_wildcard(part));
    let fixed = fixed.unwrap_or(components.len());
    let mut level = vec![AlluxioPath::root()];
    for part in &components[..fixed] {
        level = level.iter().map(|path| path.child(part)).collect();
    }
    for (depth, part) in components.iter().enumerate().skip(fixed) {
        let is_last = depth + 1 == components.len();
        let mut next = Vec::new();
        for directory in &level {
            let children = list(session, directory).await?;
            let fits = |child: &FileStatus| {
                matches(part, &child.name) && (is_last || child.is_directory())
            };
            next.extend(children.into_iter().filter(fits).map(|child| child.path));
        }
        level = next;
    }
    Ok(level)
}

async fn list(session: &Session, directory: &AlluxioPath) -> Result<Vec<FileStatus>, CommandError> {
    let options = ListStatusOptions::default();
    Ok(session
        .file_system()
        .await?
        .list_status(directory, options)
        .await?)
}

/// Whether a path or name needs expansion.
pub(crate) fn has_wildcard(text: &str) -> bool {
    text.contains(WILDCARD)
}

/// Does something with every path that `text` stands for. It goes on after an error, and tells all
/// of them at the end.
///
/// # Errors
/// When nothing matches, or with the sentences of everything that failed.
pub(crate) async fn for_each_match(
    session: &Session,
    text: &str,
    mut action: impl AsyncFnMut(AlluxioPath) -> Outcome,
) -> Outcome {
    let paths = expand(session, text).await?;
    if paths.is_empty() {
        return Err(CommandError::refused(format!("{text} does not exist.")));
    }
    let mut errors = Vec::new();
    for path in paths {
        match action(path).await {
            Ok(()) => {}
            Err(CommandError::Exit(code)) => return Err(CommandError::Exit(code)),
            Err(error) => errors.push(error),
        }
    }
    all_of(errors)
}

/// One error for many: the only one as it is, several as their sentences.
pub(crate) fn all_of(mut errors: Vec<CommandError>) -> Outcome {
    match errors.len() {
        0 => Ok(()),
        1 => Err(errors.remove(0)),
        _ => {
            let sentences: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Err(CommandError::refused(sentences.join("\n")))
        }
    }
}

/// Whether a name fits a pattern of one component.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split(WILDCARD);
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(position) => rest = &rest[position + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("f*", "f80", true),
            ("f*k", "f5k", true),
            ("f*k", "f5", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("ab*b", "ab", false),
            ("plain", "plain", true),
            ("plain", "plainer", false),
            ("[ab]*", "a", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
