//! [`AuditLog`]: who did what, one line for every call that a user makes.

use std::fmt::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

/// One call, after its end.
#[derive(Debug, Clone)]
pub struct AuditRecord<'a> {
    /// Whether it did what was asked.
    pub succeeded: bool,
    /// Whether the user was allowed to ask for it.
    pub allowed: bool,
    /// The authenticated user.
    pub user: &'a str,
    /// Primary group of the user.
    pub group: &'a str,
    /// Where the call came from; `None` for calls of the master itself.
    pub peer: Option<SocketAddr>,
    /// Name of the operation, as Alluxio's audit log has it.
    pub command: &'a str,
    /// The path.
    pub source: Option<&'a str>,
    /// The other path, of operations with two.
    pub target: Option<&'a str>,
    /// Owner, group and mode of what stands at the path, if anything does.
    pub permission: Option<String>,
    /// How long the call took.
    pub elapsed: Duration,
}

/// Takes the lines of the audit log. Must not wait: it is called while a reply is due.
pub trait AuditLog: Send + Sync + fmt::Debug {
    /// Writes one call.
    fn record(&self, record: &AuditRecord<'_>);
}

impl fmt::Display for AuditRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = self.peer.map(|peer| format!("/{peer}"));
        write!(
            f,
            "succeeded={}\tallowed={}\tugi={},{} (AUTH=SIMPLE)\tip={}\tcmd={}\tsrc={}\tdst={}\t\
             perm={}\texecutionTimeUs={}\tproto=rpc",
            self.succeeded,
            self.allowed,
            Field(self.user),
            Field(self.group),
            peer.as_deref().unwrap_or("null"),
            self.command,
            Field(self.source.unwrap_or("null")),
            Field(self.target.unwrap_or("null")),
            Field(self.permission.as_deref().unwrap_or("null")),
            self.elapsed.as_micros(),
        )
    }
}

/// What users have chosen: a line break or a tab in it would forge a line or a field.
struct Field<'a>(&'a str);

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                c if c.is_control() => write!(f, "{}", c.escape_default())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_fields_and_tabs_of_alluxio() {
        let record = AuditRecord {
            succeeded: true,
            allowed: true,
            user: "alice",
            group: "alice",
            peer: Some(SocketAddr::from(([127, 0, 0, 1], 4711))),
            command: "chgrp",
            source: Some("/q/alice/af"),
            target: None,
            permission: Some("alice:staff2:rw-r--r--".to_owned()),
            elapsed: Duration::from_micros(42),
        };
        assert_eq!(
            record.to_string(),
            "succeeded=true\tallowed=true\tugi=alice,alice (AUTH=SIMPLE)\tip=/127.0.0.1:4711\t\
             cmd=chgrp\tsrc=/q/alice/af\tdst=null\tperm=alice:staff2:rw-r--r--\t\
             executionTimeUs=42\tproto=rpc"
        );
    }

    #[test]
    fn names_cannot_forge_lines_or_fields() {
        let record = AuditRecord {
            succeeded: false,
            allowed: false,
            user: "eve\tcmd=none",
            group: "eve\r",
            peer: None,
            command: "mkdir",
            source: Some("/a\n2026-01-01 INFO\u{85}é"),
            target: Some("/b\\n"),
            permission: None,
            elapsed: Duration::ZERO,
        };
        assert_eq!(
            record.to_string(),
            "succeeded=false\tallowed=false\tugi=eve\\tcmd=none,eve\\r (AUTH=SIMPLE)\tip=null\t\
             cmd=mkdir\tsrc=/a\\n2026-01-01 INFO\\u{85}é\tdst=/b\\\\n\tperm=null\t\
             executionTimeUs=0\tproto=rpc"
        );
    }
}
