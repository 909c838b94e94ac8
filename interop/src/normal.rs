//! [`Normal`]: takes out of an answer what differs from run to run.

use crate::site::Site;

/// What is replaced wherever it has this form: `9` is a digit, `h` a hexadecimal one, and everything
/// else itself.
const FORMS: [(&str, &str); 6] = [
    ("99-99-9999 99:99:99:999", "<date>"),
    ("99-99-9999 99:99:99", "<date>"),
    ("9999-99-99 99:99:99", "<date>"),
    ("9999-99-99 99:99", "<date>"),
    ("hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh", "<uuid>"),
    ("99999999-999999", "<date>"),
];

/// What theirs shows of many a file, and ours does not, for reasons that `docs/compatibility.md` gives.
const MEANT: [(&str, &str); 5] = [
    (", ]", "]"),
    ("[, ", "["),
    ("ufsLocations=[localhost]", "ufsLocations=[]"),
    (
        "ttl=-1, lastAccessTimesMs=<ms>, ttlAction=DELETE,",
        "ttl=-1, lastAccessTimesMs=<ms>, ttlAction=FREE,",
    ),
    (
        "ttl=-1, lastAccessTimesMs=<ms>, ttlAction=DELETE_ALLUXIO,",
        "ttl=-1, lastAccessTimesMs=<ms>, ttlAction=FREE,",
    ),
];

/// What stands between these differs from look to look: how long something took, how full the disk is.
const BETWEEN: [(&str, &str, &str); 4] = [
    ("Time elapsed ", "\n", "Time elapsed <time>\n"),
    ("capacity=", "%), ", "capacity=<disk>, "),
    ("s3_etag:", ")", ""),
    (" MODE|", " CONTENT_HASH", " MODE|<mode> CONTENT_HASH"),
];

/// Which programs the servers are: theirs and ours. A table has a column as wide as the longer one, and
/// another one shows its beginning.
const REVISIONS: [&str; 2] = [
    "e9fc22fea04e823717179a10a2e9c72e5f1ec82b",
    concat!("rs-", env!("CARGO_PKG_VERSION")),
];
const REVISION_WIDTH: usize = 40;
const REVISION_BEGINNING: usize = 8;

/// How many numbers tell the load of a machine.
const LOADS: usize = 3;

/// What follows on this line grows.
const UPTIME: &str = "Uptime: ";

/// Behind these stands the number of an inode or a block, and behind the last one a list of them.
const ID: [&str; 4] = ["fileId=", "{id=", "blockId ", "block_id: "];
const IDS: &str = "blockIds=[";

/// The lower bits are the block in its file, or all ones for the file itself.
const CONTAINER_SHIFT: u32 = 24;
const IN_CONTAINER: u64 = (1 << CONTAINER_SHIFT) - 1;

/// What happens in a run happens within a day of its start: other times were asked for.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
const YEAR_MS: u64 = 31_556_952_000;
const FIRST_YEAR: u64 = 1970;

/// How many digits a year has.
const YEAR: usize = 4;

/// A number with as many digits was drawn.
const DRAWN: usize = 16;

/// Takes out of an answer what differs from run to run.
#[derive(Debug)]
pub(crate) struct Normal {
    home: String,
    /// When the run has started, in milliseconds since 1970.
    started_ms: u64,
    ports: Vec<(String, String)>,
}

impl Normal {
    pub(crate) fn new(site: &Site) -> Self {
        let name = |(name, port): (&str, u16)| (port.to_string(), format!("<{name}>"));
        Self {
            home: site.home().display().to_string(),
            started_ms: site.made_ms(),
            ports: site.ports().map(name).collect(),
        }
    }

    pub(crate) fn apply(&self, text: &str) -> String {
        let text = text.replace(&self.home, "<home>");
        let text = replace_revisions(&text);
        let text = self.replace_forms(&text);
        let text = BETWEEN.iter().fold(text, |text, (from, to, put)| {
            replace_between(&text, from, to, put)
        });
        MEANT
            .iter()
            .fold(text, |text, (theirs, ours)| text.replace(theirs, ours))
    }

    fn replace_forms(&self, text: &str) -> String {
        let mut done = String::new();
        let mut rest = text;
        let mut inside_number = false;
        while let Some(first) = rest.chars().next() {
            let replaced = match inside_number {
                true => None,
                false => id(&done, rest).or_else(|| self.head(rest)),
            };
            let (taken, put) = replaced.unwrap_or((first.len_utf8(), first.to_string()));
            done.push_str(&put);
            inside_number = rest[..taken].ends_with(|c: char| c.is_ascii_hexdigit());
            rest = &rest[taken..];
        }
        done
    }

    /// How much of the beginning of a text is replaced, and by what.
    fn head(&self, text: &str) -> Option<(usize, String)> {
        if text.starts_with(UPTIME) {
            let end = text.find('\n').unwrap_or(text.len());
            return Some((end, format!("{UPTIME}<time>")));
        }
        for (form, name) in FORMS {
            if has_form(text, form)
                && (name != "<date>" || self.is_of_this_run(&text[..form.len()]))
            {
                return Some((form.len(), name.to_owned()));
            }
        }
        if let Some(length) = loads(text) {
            return Some((length, "<load>".to_owned()));
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number = &text[..digits];
        if let Some((_, name)) = self.ports.iter().find(|(port, _)| port == number) {
            return Some((digits, name.clone()));
        }
        match digits {
            DRAWN.. => Some((digits, "<drawn>".to_owned())),
            _ => {
                let ms: u64 = number.parse().ok()?;
                (ms.abs_diff(self.started_ms) < DAY_MS).then(|| (digits, "<ms>".to_owned()))
            }
        }
    }

    /// Whether a date has the year of the run in it, or stands for something else.
    fn is_of_this_run(&self, date: &str) -> bool {
        let mut numbers = date.split(|c: char| !c.is_ascii_digit());
        let Some(year) = numbers.find(|number| number.len() == YEAR) else {
            return true;
        };
        let days = [
            self.started_ms.saturating_sub(DAY_MS),
            self.started_ms + DAY_MS,
        ];
        days.iter()
            .any(|day| year == (FIRST_YEAR + day / YEAR_MS).to_string())
    }
}

fn replace_revisions(text: &str) -> String {
    REVISIONS.iter().fold(text.to_owned(), |text, revision| {
        let wide = format!("{revision:REVISION_WIDTH$}");
        let beginning = revision.get(..REVISION_BEGINNING).unwrap_or(revision);
        text.replace(&wide, "<revision>")
            .replace(revision, "<revision>")
            .replace(beginning, "<revision>")
    })
}

/// How much of the beginning of a text is the load of a machine: numbers with a point, with commas.
fn loads(text: &str) -> Option<usize> {
    text.starts_with(|c: char| c.is_ascii_digit())
        .then_some(())?;
    let line = text.lines().next()?;
    let numbers: Vec<&str> = line.split(", ").collect();
    let is_number = |text: &&str| text.contains('.') && text.parse::<f64>().is_ok();
    (numbers.len() == LOADS && numbers.iter().all(is_number)).then_some(line.len())
}

/// Replaces whatever begins and ends like this.
fn replace_between(text: &str, from: &str, to: &str, put: &str) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(from) {
        let Some((_, behind)) = after.split_once(to) else {
            break;
        };
        done.push_str(before);
        done.push_str(put);
        rest = behind;
    }
    done + rest
}

/// The number of an inode or a block, where one stands. Attempts that fail use numbers up, and nobody
/// promises how many; which block of its file it is, is a promise.
fn id(before: &str, text: &str) -> Option<(usize, String)> {
    let in_list = || {
        before
            .rfind(IDS)
            .is_some_and(|at| !before[at..].contains(']'))
    };
    if !(ID.iter().any(|name| before.ends_with(name)) || in_list()) {
        return None;
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().ok()?;
    let name = match (number >> CONTAINER_SHIFT, number & IN_CONTAINER) {
        (0, 0) => return None,
        (0, _) => "<directory>".to_owned(),
        (_, IN_CONTAINER) => "<file>".to_owned(),
        (_, block) => format!("<block {block}>"),
    };
    Some((digits, name))
}

fn has_form(text: &str, form: &str) -> bool {
    let bytes = text.as_bytes();
    let is_one = |(at, wanted): (usize, u8)| {
        bytes.get(at).is_some_and(|found| match wanted {
            b'9' => found.is_ascii_digit(),
            b'h' => found.is_ascii_hexdigit(),
            exactly => *found == exactly,
        })
    };
    let ends = |at: usize| !bytes.get(at).is_some_and(u8::is_ascii_digit);
    form.bytes().enumerate().all(is_one) && ends(form.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_from_run_to_run_is_taken_out() {
        let normal = Normal {
            home: "/tmp/x".to_owned(),
            started_ms: 1_799_999_990_000,
            ports: vec![("21000".to_owned(), "<master.rpc>".to_owned())],
        };
        for (text, wanted) in [
            ("in /tmp/x/store", "in <home>/store"),
            (
                "localhost:21000/21000",
                "localhost:<master.rpc>/<master.rpc>",
            ),
            ("210001 121000", "210001 121000"),
            ("01-02-2027 03:04:05:678 FILE", "<date> FILE"),
            (
                "01-02-2020 03:04:05:678 FILE",
                "01-02-2020 03:04:05:678 FILE",
            ),
            ("2027-01-02 03:04", "<date>"),
            ("modified=1500000000000", "modified=1500000000000"),
            ("at 1799999999999, 16777216", "at <ms>, 16777216"),
            ("worker 1234567890123456789", "worker <drawn>"),
            ("01234567-89ab-cdef-0123-456789abcdef", "<uuid>"),
            ("Uptime: 0 day(s), 7\nx", "Uptime: <time>\nx"),
            ("fileId=33554431, x=33554431", "fileId=<file>, x=33554431"),
            ("fileId=0, fileId=7", "fileId=0, fileId=<directory>"),
            (
                "blockIds=[16777216, 16777217], 5",
                "blockIds=[<block 0>, <block 1>], 5",
            ),
            (
                "BlockInfo{id=16777218, length=9",
                "BlockInfo{id=<block 2>, length=9",
            ),
            ("x=[a:b, s3_etag:(len:4, modtime:1)]}", "x=[a:b]}"),
            (
                "root MODE|ownerBits:_ALL\notherBits:_NONE CONTENT_HASH|(",
                "root MODE|<mode> CONTENT_HASH|(",
            ),
            ("Time elapsed 29\n", "Time elapsed <time>\n"),
            (
                "(local, capacity=2.97GB, used=1.90GB(25%), not read-only)",
                "(local, capacity=<disk>, not read-only)",
            ),
            ("0  5.5, 5.87, 8.459", "0  <load>"),
            ("5.5, 5.87", "5.5, 5.87"),
            (
                "2.9.4 e9fc22fea04e823717179a10a2e9c72e5f1ec82b",
                "2.9.4 <revision>",
            ),
            ("2.9.4 e9fc22fe 10", "2.9.4 <revision> 10"),
            ("ünï 9", "ünï 9"),
        ] {
            assert_eq!(normal.apply(text), wanted);
        }
    }
}
