//! Names with a variable part, such as `alluxio.worker.tieredstore.level{digits}.alias`.

use super::choices::{CHANNEL_TYPE, RPC_EXECUTOR_TYPE, THREAD_POOL_EXECUTOR_QUEUE_TYPE};
use crate::conf::property::Consistency::{Enforce, Ignore};
use crate::conf::property::Scope::{All, Master, Server};
use crate::conf::property::{boolean, choice, double, duration, integer, list, long, size, string};
use crate::conf::template::Template;

/// All templates. A place holder is `{digits}`, `{word}` (letters, digits, underscore), `{name}`
/// (also dots, hyphens and `@`) or `{nested}` (words with dots between them).
pub(super) const TEMPLATES: &[Template] = &[
    Template::new(integer(
        "alluxio.{word}.rpc.executor.core.pool.size",
        Ignore,
        All,
    )),
    Template::new(boolean(
        "alluxio.{word}.rpc.executor.fjp.async",
        Ignore,
        All,
    )),
    Template::new(integer(
        "alluxio.{word}.rpc.executor.fjp.min.runnable",
        Ignore,
        All,
    )),
    Template::new(integer(
        "alluxio.{word}.rpc.executor.fjp.parallelism",
        Ignore,
        All,
    )),
    Template::new(duration(
        "alluxio.{word}.rpc.executor.keepalive",
        Ignore,
        All,
    )),
    Template::new(integer(
        "alluxio.{word}.rpc.executor.max.pool.size",
        Ignore,
        All,
    )),
    Template::new(boolean(
        "alluxio.{word}.rpc.executor.tpe.allow.core.threads.timeout",
        Ignore,
        All,
    )),
    Template::new(choice(
        "alluxio.{word}.rpc.executor.tpe.queue.type",
        THREAD_POOL_EXECUTOR_QUEUE_TYPE,
        Ignore,
        All,
    )),
    Template::new(choice(
        "alluxio.{word}.rpc.executor.type",
        RPC_EXECUTOR_TYPE,
        Ignore,
        All,
    )),
    Template::new(
        string("alluxio.locality.{word}", Ignore, All)
            .about("The name of this node on one level of nearness."),
    ),
    Template::new(string(
        "alluxio.master.embedded.journal.ratis.config.{nested}",
        Enforce,
        Master,
    )),
    Template::new(
        string(
            "alluxio.master.journal.ufs.option.{nested}",
            Enforce,
            Master,
        )
        .about("An option for the store that holds the journal."),
    ),
    Template::new(string(
        "alluxio.master.mount.table.{word}.alluxio",
        Ignore,
        All,
    )),
    Template::new(string(
        "alluxio.master.mount.table.{word}.option",
        Ignore,
        All,
    )),
    Template::new(
        string(
            "alluxio.master.mount.table.{word}.option.{nested}",
            Enforce,
            Server,
        )
        .about("An option for the store of this mount, such as a credential."),
    ),
    Template::new(boolean(
        "alluxio.master.mount.table.{word}.readonly",
        Ignore,
        All,
    )),
    Template::new(boolean(
        "alluxio.master.mount.table.{word}.shared",
        Ignore,
        All,
    )),
    Template::new(string("alluxio.master.mount.table.{word}.ufs", Ignore, All)),
    Template::new(string("alluxio.master.nameservices.{name}", Ignore, All)),
    Template::new(string(
        "alluxio.master.rpc.address.{name}.{name}",
        Ignore,
        All,
    )),
    Template::new(
        string(
            "alluxio.master.security.impersonation.{name}.groups",
            Ignore,
            All,
        )
        .about("The groups whose members this user may act for; `*` for all."),
    ),
    Template::new(
        string(
            "alluxio.master.security.impersonation.{name}.users",
            Ignore,
            All,
        )
        .about("The users that this user may act for; `*` for all."),
    ),
    Template::new(
        string(
            "alluxio.master.tieredstore.global.level{digits}.alias",
            Ignore,
            All,
        )
        .about("The name of this tier in the cluster."),
    ),
    Template::new(string(
        "alluxio.master.zookeeper.address.{name}.{name}",
        Ignore,
        All,
    )),
    Template::new(string(
        "alluxio.master.zookeeper.nameservices.{name}",
        Ignore,
        All,
    )),
    Template::new(string(
        "alluxio.test.{word}.format.deprecated.template",
        Ignore,
        All,
    )),
    Template::new(size(
        "alluxio.user.network.{word}.flowcontrol.window",
        Ignore,
        All,
    )),
    Template::new(duration(
        "alluxio.user.network.{word}.keepalive.time",
        Ignore,
        All,
    )),
    Template::new(duration(
        "alluxio.user.network.{word}.keepalive.timeout",
        Ignore,
        All,
    )),
    Template::new(long(
        "alluxio.user.network.{word}.max.connections",
        Ignore,
        All,
    )),
    Template::new(size(
        "alluxio.user.network.{word}.max.inbound.message.size",
        Ignore,
        All,
    )),
    Template::new(choice(
        "alluxio.user.network.{word}.netty.channel",
        CHANNEL_TYPE,
        Ignore,
        All,
    )),
    Template::new(integer(
        "alluxio.user.network.{word}.netty.worker.threads",
        Ignore,
        All,
    )),
    Template::new(
        string(
            "alluxio.worker.tieredstore.level{digits}.alias",
            Ignore,
            All,
        )
        .about("The name of this tier of the worker."),
    ),
    Template::new(
        list(
            "alluxio.worker.tieredstore.level{digits}.dirs.mediumtype",
            Ignore,
            All,
        )
        .about("The kind of medium of each directory of this tier."),
    ),
    Template::new(
        list(
            "alluxio.worker.tieredstore.level{digits}.dirs.path",
            Ignore,
            All,
        )
        .about("The directories of this tier."),
    ),
    Template::new(
        list(
            "alluxio.worker.tieredstore.level{digits}.dirs.quota",
            Ignore,
            All,
        )
        .about("The space that blocks may use in each directory of this tier."),
    ),
    Template::new(double(
        "alluxio.worker.tieredstore.level{digits}.watermark.high.ratio",
        Ignore,
        All,
    )),
    Template::new(double(
        "alluxio.worker.tieredstore.level{digits}.watermark.low.ratio",
        Ignore,
        All,
    )),
    Template::new(string(
        "fs.adl.account.{word}.oauth2.client.id",
        Ignore,
        All,
    )),
    Template::new(string("fs.adl.account.{word}.oauth2.credential", Ignore, All).secret()),
    Template::new(string(
        "fs.adl.account.{word}.oauth2.refresh.url",
        Ignore,
        All,
    )),
    Template::new(
        string(
            "fs.azure.account.key.{word}.blob.core.windows.net",
            Ignore,
            All,
        )
        .secret(),
    ),
    Template::new(
        string(
            "fs.azure.account.key.{word}.dfs.core.windows.net",
            Ignore,
            All,
        )
        .secret(),
    ),
];
