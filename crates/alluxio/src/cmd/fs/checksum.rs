//! `checksum`: the MD5 of a file.

use md5::{Digest, Md5};

use super::reading;
use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, Count, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "checksum",
    usage: "checksum <Alluxio path>",
    description: "Computes the MD5 checksum of a file's bytes.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    for_each_match(session, call.argument(0), async |path| {
        let mut reader = reading::open(session, &path, None).await?;
        let mut digest = Md5::new();
        loop {
            let bytes = reader.read(reading::CHUNK).await?;
            if bytes.is_empty() {
                break;
            }
            digest.update(&bytes);
        }
        let hex: String = digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        session.output.line(format_args!("md5sum: {hex}\n"));
        Ok(())
    })
    .await
}
