//! `report summary`: the master, and the room of all workers.

use alluxio_client::ClientError;
use alluxio_common::{Describe, ErrorCode, Timestamp};
use alluxio_proto::grpc::meta::MasterInfo;

use super::tiers;
use crate::connect;
use crate::shell::{CommandError, Outcome, Session};
use crate::text::uptime;

pub(super) async fn report(session: &Session) -> Outcome {
    let file_system = session.file_system().await?;
    let info = match file_system.meta_master().master_info().await {
        Ok(info) => info,
        Err(error) => return Err(unreachable_or(error)),
    };
    let output = &session.output;
    output.line("Alluxio cluster summary: ");
    print_master(session, &info);
    let blocks = file_system.block_master().info(&[]).await?;
    output.line(format_args!(
        "    Live Workers: {}",
        blocks.live_worker_num()
    ));
    output.line(format_args!(
        "    Lost Workers: {}",
        blocks.lost_worker_num()
    ));
    output.line(format_args!(
        "    Total Capacity: {}",
        tiers::size(blocks.capacity_bytes())
    ));
    tiers::print(output, &blocks.capacity_bytes_on_tiers);
    output.line(format_args!(
        "    Used Capacity: {}",
        tiers::size(blocks.used_bytes())
    ));
    tiers::print(output, &blocks.used_bytes_on_tiers);
    output.line(format_args!(
        "    Free Capacity: {}",
        tiers::size(blocks.free_bytes())
    ));
    Ok(())
}

fn unreachable_or(error: ClientError) -> CommandError {
    if error.code() == ErrorCode::Unavailable {
        CommandError::refused("Cannot connect to Alluxio leader master.")
    } else {
        error.into()
    }
}

fn print_master(session: &Session, info: &MasterInfo) {
    let output = &session.output;
    let address = match connect::master_addresses(&session.conf).first() {
        Some(address) => address.unresolved(),
        None => info.leader_master_address().to_owned(),
    };
    let started = session
        .date_format()
        .local(Timestamp::from_millis(info.start_time_ms()));
    output.line(format_args!("    Master Address: {address}"));
    output.line(format_args!("    Web Port: {}", info.web_port()));
    output.line(format_args!("    Rpc Port: {}", info.rpc_port()));
    output.line(format_args!("    Started: {started}"));
    output.line(format_args!("    Uptime: {}", uptime(info.up_time_ms())));
    output.line(format_args!("    Version: {}", info.version()));
    output.line(format_args!("    Safe Mode: {}", info.safe_mode()));
    let zookeeper = &info.zookeeper_addresses;
    output.line(format_args!(
        "    Zookeeper Enabled: {}",
        !zookeeper.is_empty()
    ));
    if !zookeeper.is_empty() {
        output.line("    Zookeeper Addresses: ");
        zookeeper
            .iter()
            .for_each(|address| output.line(format_args!("        {address}")));
    }
    output.line(format_args!(
        "    Raft-based Journal: {}",
        info.raft_journal()
    ));
    if info.raft_journal() {
        output.line("    Raft Journal Addresses: ");
        let addresses = info.raft_address.iter();
        addresses.for_each(|address| output.line(format_args!("        {address}")));
    }
    output.line(row("Master Address", "State", "Version"));
    for master in &info.master_versions {
        let address = master.addresses.clone().unwrap_or_default();
        let address = format!("{}:{}", address.host(), address.rpc_port());
        output.line(row(&address, master.state(), master.version()));
    }
}

fn row(address: &str, state: &str, version: &str) -> String {
    format!("    {address:<32} {state:<8} {version:<32}")
}
