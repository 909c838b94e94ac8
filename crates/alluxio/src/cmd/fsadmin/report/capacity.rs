//! `report capacity`: the room of each worker.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, ToSocketAddrs};

use alluxio_proto::grpc::block::{
    GetWorkerReportPOptions, WorkerInfo, WorkerInfoField, WorkerRange,
};

use super::tiers;
use crate::shell::{CommandError, Invocation, Outcome, Session};
use crate::text::percent;

pub(super) const USAGE: &str = "\
alluxio fsadmin report capacity [filter arg]
Report the room of workers.
Where [filter arg] is one of these, or left out for all workers:
    -live                   Live workers
    -lost                   Lost workers
    -workers <worker_names>  These workers, by host name or address, with \",\" between them
";

/// Everything that a master can tell of a worker. One of 2.9 fails when a field is not asked for.
const FIELDS: [WorkerInfoField; 12] = [
    WorkerInfoField::Address,
    WorkerInfoField::WorkerCapacityBytes,
    WorkerInfoField::WorkerCapacityBytesOnTiers,
    WorkerInfoField::Id,
    WorkerInfoField::LastContactSec,
    WorkerInfoField::StartTimeMs,
    WorkerInfoField::State,
    WorkerInfoField::WorkerUsedBytes,
    WorkerInfoField::WorkerUsedBytesOnTiers,
    WorkerInfoField::BlockCount,
    WorkerInfoField::BuildVersion,
    WorkerInfoField::NumVcpu,
];

pub(super) async fn report(session: &Session, call: &Invocation) -> Outcome {
    let filters = call.parsed.keys();
    let output = &session.output;
    let (range, title) = match filters[..] {
        [] => (WorkerRange::All, "all workers"),
        ["live"] => (WorkerRange::Live, "live workers"),
        ["lost"] => (WorkerRange::Lost, "lost workers"),
        ["workers"] => (WorkerRange::Specified, "specified workers"),
        _ => {
            output.line(USAGE);
            return Err(CommandError::refused("Too many arguments passed in."));
        }
    };
    // People name workers by their addresses as well, which the master does not know.
    let asked = if range == WorkerRange::Specified {
        WorkerRange::All
    } else {
        range
    };
    let options = GetWorkerReportPOptions {
        worker_range: Some(asked.into()),
        field_ranges: FIELDS.map(i32::from).to_vec(),
        ..GetWorkerReportPOptions::default()
    };
    let mut workers = session.block_master().await?.worker_report(options).await?;
    if let Some(names) = call.value("workers") {
        workers = named(workers, names)?;
    }
    if workers.is_empty() {
        output.line("No workers found.");
        return Ok(());
    }
    workers.sort_by_key(|worker| host(worker).to_owned());
    output.line(format_args!("Capacity information for {title}: "));
    print_sums(session, &workers);
    output.line("");
    print_workers(session, &workers);
    Ok(())
}

/// Those of the workers that a list names, by host or by address.
fn named(workers: Vec<WorkerInfo>, list: &str) -> Result<Vec<WorkerInfo>, CommandError> {
    let wanted: BTreeSet<&str> = list.split(',').filter(|name| !name.is_empty()).collect();
    let mut known = Vec::new();
    let mut found = Vec::new();
    for worker in workers {
        let names = names(&worker);
        if names.iter().any(|name| wanted.contains(name.as_str())) {
            found.push(worker);
        }
        known.extend(names);
    }
    let unknown: Vec<&str> = wanted
        .into_iter()
        .filter(|name| !known.iter().any(|known| known == name))
        .collect();
    if unknown.is_empty() {
        return Ok(found);
    }
    Err(CommandError::refused(format!(
        "Unrecognized worker names: [{}]\nSupported worker names: [{}]",
        unknown.join(", "),
        known.join(", ")
    )))
}

/// The host of a worker, and its address, as far as this machine can find that out.
fn names(worker: &WorkerInfo) -> Vec<String> {
    let host = host(worker);
    let mut names = vec![host.to_owned()];
    let addresses = (host, 0).to_socket_addrs().into_iter().flatten();
    let address = addresses.map(|address| address.ip()).find(IpAddr::is_ipv4);
    names.extend(address.map(|address| address.to_string()));
    names.dedup();
    names
}

fn host(worker: &WorkerInfo) -> &str {
    worker.address.as_ref().map_or("", |address| address.host())
}

fn print_sums(session: &Session, workers: &[WorkerInfo]) {
    let output = &session.output;
    let sum = |of: &dyn Fn(&WorkerInfo) -> i64| workers.iter().map(of).sum::<i64>();
    let capacity = sum(&|worker| worker.capacity_bytes());
    let used = sum(&|worker| worker.used_bytes());
    output.line(format_args!(
        "    Total vCPUs: {}",
        sum(&|worker| worker.num_v_cpu().into())
    ));
    output.line(format_args!(
        "    Total Capacity: {}",
        tiers::size(capacity)
    ));
    tiers::print(
        output,
        &by_tier(workers, |worker| &worker.capacity_bytes_on_tiers),
    );
    output.line(format_args!("    Used Capacity: {}", tiers::size(used)));
    tiers::print(
        output,
        &by_tier(workers, |worker| &worker.used_bytes_on_tiers),
    );
    if capacity > 0 {
        let used = share(used, capacity);
        output.line(format_args!("    Used Percentage: {used}%"));
        output.line(format_args!(
            "    Free Percentage: {}%",
            100_u64.saturating_sub(used)
        ));
    }
}

fn by_tier(
    workers: &[WorkerInfo],
    of: impl Fn(&WorkerInfo) -> &BTreeMap<String, i64>,
) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for (tier, bytes) in workers.iter().flat_map(of) {
        *sums.entry(tier.clone()).or_insert(0) += bytes;
    }
    sums
}

fn share(part: i64, whole: i64) -> u64 {
    percent(
        u64::try_from(part).unwrap_or(0),
        u64::try_from(whole).unwrap_or(0),
    )
}

/// Two lines for each worker. With one tier its column stands alone; with more a sum is in front.
fn print_workers(session: &Session, workers: &[WorkerInfo]) {
    let all: BTreeSet<&String> = workers
        .iter()
        .flat_map(|worker| worker.capacity_bytes_on_tiers.keys())
        .collect();
    let tiers = tiers::names(all);
    let longest = workers
        .iter()
        .map(|worker| host(worker).chars().count())
        .max();
    let layout = Layout {
        name_width: longest.unwrap_or(0).max(16),
        has_sum: tiers.len() > 1,
    };
    let output = &session.output;
    output.line(
        layout.row(
            ["Worker Name", "State", "Last Heartbeat", "Storage"],
            "Total",
            &tiers
                .iter()
                .map(|tier| (*tier).to_owned())
                .collect::<Vec<_>>(),
            ["Version", "Revision"],
        ),
    );
    for worker in workers {
        let on_tier = |map: &BTreeMap<String, i64>, tier: &str| map.get(tier).copied().unwrap_or(0);
        let capacities: Vec<String> = tiers
            .iter()
            .map(|tier| tiers::size(on_tier(&worker.capacity_bytes_on_tiers, tier)))
            .collect();
        let used: Vec<String> = tiers
            .iter()
            .map(|tier| {
                let used = on_tier(&worker.used_bytes_on_tiers, tier);
                let capacity = on_tier(&worker.capacity_bytes_on_tiers, tier);
                match layout.has_sum {
                    true => tiers::size(used),
                    false => format!("{} ({}%)", tiers::size(used), share(used, capacity)),
                }
            })
            .collect();
        let sum = format!(
            "{} ({}%)",
            tiers::size(worker.used_bytes()),
            share(worker.used_bytes(), worker.capacity_bytes())
        );
        let version = worker.build_version.clone().unwrap_or_default();
        let heartbeat = worker.last_contact_sec().to_string();
        output.line(layout.row(
            [host(worker), worker.state(), &heartbeat, "capacity"],
            &tiers::size(worker.capacity_bytes()),
            &capacities,
            [version.version(), version.revision()],
        ));
        output.line(layout.row(["", "", "", "used"], &sum, &used, ["", ""]));
    }
}

struct Layout {
    name_width: usize,
    has_sum: bool,
}

impl Layout {
    fn row(&self, front: [&str; 4], sum: &str, tiers: &[String], back: [&str; 2]) -> String {
        let [name, state, heartbeat, storage] = front;
        let width = self.name_width;
        let mut text = format!("{name:<width$} {state:<15} {heartbeat:<16} {storage:<13} ");
        if self.has_sum {
            text.push_str(&format!("{sum:<16} "));
        }
        let tier_width = if self.has_sum { 13 } else { 16 };
        for tier in tiers {
            text.push_str(&format!("{tier:<tier_width$} "));
        }
        let [version, revision] = back;
        text.push_str(&format!("{version:<16} {revision:<40}"));
        text
    }
}
