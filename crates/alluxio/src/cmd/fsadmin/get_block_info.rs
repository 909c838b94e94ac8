//! `getBlockInfo`: where a block is, and whose it is.

use alluxio_common::{BlockId, Describe, ErrorCode};

use crate::shell::{Command, CommandError, Count, Invocation, Outcome, Session};
use crate::text::block_info;

pub(crate) const COMMAND: Command = Command {
    name: "getBlockInfo",
    usage: "getBlockInfo [blockId]",
    description: "Shows where a block is, and which file it belongs to.",
    options: &[],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let text = call.argument(0);
    let id = text
        .parse()
        .map(BlockId::from_raw)
        .map_err(|_not_a_number| {
            CommandError::refused(format!("{text} is not a valid block id."))
        })?;
    let output = &session.output;
    match session.block_master().await?.block_info(id).await {
        Ok(block) => output.line(block_info(&block)),
        Err(error) if error.code() == ErrorCode::PathNotFound => {
            output.line(format_args!("BlockMeta is not available for blockId: {id}"));
        }
        Err(error) => return Err(error.into()),
    }
    let file = id.container().file_id();
    match session.file_system().await?.file_path(file).await {
        Ok(path) => output.line(format_args!(
            "This block belongs to file {{id={file}, path={path}}}"
        )),
        Err(_gone) => output.line(format_args!("This block belongs to file {{id={file}}}")),
    }
    Ok(())
}
