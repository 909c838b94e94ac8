//! `report jobservice`: the jobs and their workers.

use alluxio_common::Timestamp;
use alluxio_proto::grpc::job::{
    JobInfo, JobMasterStatus, JobServiceSummary, JobWorkerHealth, Status,
};

use crate::shell::{Outcome, Session};
use crate::text::DateFormat;

/// In the order in which they are reported.
const STATUSES: [Status; 5] = [
    Status::Created,
    Status::Canceled,
    Status::Failed,
    Status::Running,
    Status::Completed,
];

pub(super) async fn report(session: &Session) -> Outcome {
    let job_master = session.file_system().await?.job_master();
    let masters = job_master.master_status().await?;
    let workers = job_master.worker_health().await?;
    let summary = job_master.summary().await?;
    print_masters(session, &masters);
    print_workers(session, &workers);
    print_counts(session, &summary);
    let lists = [
        (
            "10 Most Recently Modified Jobs:",
            &summary.recent_activities,
        ),
        ("10 Most Recently Failed Jobs:", &summary.recent_failures),
        ("10 Longest Running Jobs:", &summary.longest_running),
    ];
    for (title, jobs) in lists {
        session.output.line("");
        session.output.line(title);
        jobs.iter().for_each(|job| print_job(session, job));
    }
    session.output.line("");
    Ok(())
}

fn print_masters(session: &Session, masters: &[JobMasterStatus]) {
    let output = &session.output;
    output.line(
        "Master Address  State    Start Time       Version                          Revision",
    );
    let dates = DateFormat::new("yyyyMMdd-HHmmss");
    for master in masters {
        let version = master.version.clone().unwrap_or_default();
        let revision: String = version.revision().chars().take(8).collect();
        let at = master.master_address.clone().unwrap_or_default();
        let address = format!("{}:{}", at.host(), at.rpc_port());
        let started = dates.local(Timestamp::from_millis(master.start_time()));
        output.line(format_args!(
            "{address:<15} {:<8} {started:<16} {:<32} {revision:<8}",
            master.state(),
            version.version()
        ));
    }
    output.line("");
}

fn print_workers(session: &Session, workers: &[JobWorkerHealth]) {
    let output = &session.output;
    output.line(
        "Job Worker       Version                          Revision Task Pool Size \
         Unfinished Tasks Active Tasks Load Avg",
    );
    for worker in workers {
        let version = worker.version.clone().unwrap_or_default();
        let revision: String = version.revision().chars().take(8).collect();
        let load: Vec<String> = worker.load_average.iter().map(f64::to_string).collect();
        output.line(format_args!(
            "{:<16} {:<32} {revision:<8} {:<14} {:<16} {:<12} {}",
            worker.hostname(),
            version.version(),
            worker.task_pool_size(),
            worker.unfinished_tasks(),
            worker.num_active_tasks(),
            load.join(", ")
        ));
    }
    output.line("");
}

fn print_counts(session: &Session, summary: &JobServiceSummary) {
    for status in STATUSES {
        let counted = summary
            .summary_per_status
            .iter()
            .find(|count| count.status() == status);
        let count = counted.map_or(0, |count| count.count());
        let name = status.as_str_name();
        session
            .output
            .line(format_args!("Status: {name:<9} Count: {count}"));
    }
}

fn print_job(session: &Session, job: &JobInfo) {
    let time = session
        .date_format()
        .local(Timestamp::from_millis(job.last_updated()));
    session.output.line(format_args!(
        "Timestamp: {time:<30}Id: {:<20}Name: {:<20}Status: {}",
        job.id(),
        job.name(),
        job.status().as_str_name()
    ));
}
