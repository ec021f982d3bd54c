//! What `\h` says: the topics that the product has on jobs (reference: cockroachdb-jobs 1.1, 1.3).

use super::profile::Edition;

struct Topic {
    name: &'static str,
    what: &'static str,
    syntax: &'static [&'static str],
    /// What v2.1 had of it; empty: it did not have the topic.
    syntax_v2_1: &'static [&'static str],
    see: &'static str,
}

const TOPICS: &[Topic] = &[
    Topic {
        name: "CANCEL JOBS",
        what: "cancel background jobs",
        syntax: &[
            "CANCEL JOBS <selectclause>",
            "CANCEL JOB <jobid>",
            "CANCEL JOBS FOR SCHEDULES <selectclause>",
            "CANCEL JOBS FOR SCHEDULE <scheduleid>",
        ],
        syntax_v2_1: &["CANCEL JOBS <selectclause>", "CANCEL JOB <jobid>"],
        see: "SHOW JOBS, PAUSE JOBS, RESUME JOBS",
    },
    Topic {
        name: "CANCEL ALL JOBS",
        what: "cancel all background jobs of a type",
        syntax: &["CANCEL ALL {BACKUP|CHANGEFEED|IMPORT|RESTORE} JOBS"],
        syntax_v2_1: &[],
        see: "CANCEL JOBS",
    },
    Topic {
        name: "PAUSE JOBS",
        what: "pause background jobs",
        syntax: &[
            "PAUSE JOBS <selectclause> [WITH REASON = <reason>]",
            "PAUSE JOB <jobid> [WITH REASON = <reason>]",
            "PAUSE JOBS FOR SCHEDULES <selectclause>",
            "PAUSE JOBS FOR SCHEDULE <scheduleid>",
        ],
        syntax_v2_1: &["PAUSE JOBS <selectclause>", "PAUSE JOB <jobid>"],
        see: "SHOW JOBS, CANCEL JOBS, RESUME JOBS",
    },
    Topic {
        name: "RESUME JOBS",
        what: "resume background jobs",
        syntax: &[
            "RESUME JOBS <selectclause>",
            "RESUME JOB <jobid>",
            "RESUME JOBS FOR SCHEDULES <selectclause>",
            "RESUME JOBS FOR SCHEDULE <scheduleid>",
        ],
        syntax_v2_1: &["RESUME JOBS <selectclause>", "RESUME JOB <jobid>"],
        see: "SHOW JOBS, CANCEL JOBS, PAUSE JOBS",
    },
    Topic {
        name: "SHOW JOBS",
        what: "list background jobs",
        syntax: &[
            "SHOW [AUTOMATIC | CHANGEFEED] JOBS [<selectclause>]",
            "SHOW JOBS FOR SCHEDULES <selectclause>",
            "SHOW [CHANGEFEED] JOB <jobid>",
            "SHOW JOBS WHEN COMPLETE <selectclause>",
            "SHOW JOB WHEN COMPLETE <jobid>",
        ],
        syntax_v2_1: &["SHOW JOBS"],
        see: "CANCEL JOBS, PAUSE JOBS, RESUME JOBS",
    },
    Topic {
        name: "BACKUP",
        what: "back up data to external storage",
        syntax: &[
            "BACKUP <targets...> INTO [LATEST IN] <destination...> [AS OF SYSTEM TIME <expr>] [WITH <option> [, ...]]",
        ],
        syntax_v2_1: &[
            "BACKUP <targets...> TO <location...> [AS OF SYSTEM TIME <expr>] [INCREMENTAL FROM <location...>]",
        ],
        see: "RESTORE, SHOW JOBS",
    },
    Topic {
        name: "RESTORE",
        what: "restore data from external storage",
        syntax: &[
            "RESTORE <targets...> FROM {<subdirectory> | LATEST} IN <location...> [AS OF SYSTEM TIME <expr>] [WITH <option> [, ...]]",
        ],
        syntax_v2_1: &[
            "RESTORE <targets...> FROM <location...> [AS OF SYSTEM TIME <expr>] [WITH <option> [= <value>] [, ...]]",
        ],
        see: "BACKUP, SHOW JOBS",
    },
    Topic {
        name: "IMPORT",
        what: "load data from file in a distributed manner",
        syntax: &[
            "IMPORT INTO <tablename> [(<columns...>)] <format> DATA (<datafile> [, ...]) [WITH <option> [= <value>] [, ...]]",
        ],
        syntax_v2_1: &[
            "IMPORT TABLE <tablename> {(<elements>) | CREATE USING <schemafile>} <format> DATA (<datafile> [, ...]) [WITH <option> [= <value>] [, ...]]",
        ],
        see: "SHOW JOBS",
    },
];

/// The help on a topic, or the list of topics for an empty one; `None` for one that there is not.
/// A word that begins several topics (`CANCEL`) lists them.
pub fn topic(version: Edition, topic: &str) -> Option<String> {
    let old = !version.collections;
    let known: Vec<&Topic> = TOPICS
        .iter()
        .filter(|t| !old || !t.syntax_v2_1.is_empty())
        .collect();
    let wanted = topic.trim().trim_end_matches(';').to_ascii_uppercase();
    if wanted.is_empty() {
        let names: Vec<String> = known
            .iter()
            .map(|t| format!("  {:<16} {}", t.name, t.what))
            .collect();
        return Some(format!(
            "Topics, each with \\h TOPIC:\n{}",
            names.join("\n")
        ));
    }
    if let Some(found) = known
        .iter()
        .find(|t| t.name == wanted || t.name == wanted.clone() + "S")
    {
        let syntax = if old { found.syntax_v2_1 } else { found.syntax };
        return Some(format!(
            "Command:     {}\nDescription: {}\nSyntax:\n{}\n\nSee also:\n  {}",
            found.name,
            found.what,
            syntax.join("\n"),
            found.see
        ));
    }
    let near: Vec<&str> = known
        .iter()
        .map(|t| t.name)
        .filter(|name| name.split(' ').next() == Some(wanted.as_str()))
        .collect();
    (!near.is_empty()).then(|| format!("Topics that begin with {wanted}:\n  {}", near.join("\n  ")))
}
