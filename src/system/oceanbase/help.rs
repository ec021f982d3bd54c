//! Help topics: the statements of this playground's OceanBase, and what is surprising about them.

/// Title and text, in the order of the list.
const TOPICS: &[(&str, &str)] = &[
    (
        "CANCEL BACKUP",
        "ALTER SYSTEM CANCEL BACKUP [TENANT [=] tenant_name [, tenant_name]...];

Stops running backup jobs. In sys without a list: those of every tenant and the cluster's own row.
(The documentation says: of all user tenants.)
With a list, only in sys: those of the named tenants; the cluster's row then ends FAILED, not CANCELED.
In a user tenant: its own, no list. Needs ALTER SYSTEM (root, SYS).
(In Oracle tenants only SYS may, says the documentation, and here it is so. The code checks nothing.)

The answer is OK at once, and also when nothing runs. The job is CANCELING until the tenant's backup
service looks (up to 30 s), then its tasks on the servers stop, then it is CANCELED.
The set stays at the destination as FAILED / INCOMPLETE until a cleanup policy removes it.",
    ),
    (
        "BACKUP",
        "ALTER SYSTEM BACKUP [INCREMENTAL] DATABASE [PLUS ARCHIVELOG] [DESCRIPTION [=] 'text'];
ALTER SYSTEM BACKUP [INCREMENTAL] TENANT [=] tenant_name [, ...] [PLUS ARCHIVELOG] [DESCRIPTION [=] 'text'];

The first form backs up every eligible tenant in sys, the own one elsewhere; the second is for sys.
A tenant is eligible when it is NORMAL, archives its log (status DOING) and has a DATA_BACKUP_DEST.",
    ),
    (
        "DELETE BACKUP POLICY",
        "ALTER SYSTEM ADD DELETE BACKUP POLICY 'default' RECOVERY_WINDOW '7d' [TENANT [=] tenant_name];
ALTER SYSTEM DROP DELETE BACKUP POLICY 'default' [TENANT [=] tenant_name];

In sys exactly one tenant must be named. The cleanup runs every hour, not at this statement, and deletes
failed and cancelled sets once their end has passed the window; the last full set that is good stays.
A second ADD is error 1062. (The documentation does not say; it is a clash of keys in the server's table.)
(The documentation says that incomplete data is cleared immediately. The server's code does not.)",
    ),
    (
        "CANCEL DELETE BACKUP",
        "ALTER SYSTEM CANCEL DELETE BACKUP [TENANT [=] tenant_name [, ...]];

Stops running cleanup. Without DROP DELETE BACKUP POLICY it comes back within the hour.",
    ),
    (
        "ARCHIVELOG",
        "ALTER SYSTEM {ARCHIVELOG | NOARCHIVELOG} [TENANT [=] {tenant_name [, ...] | all}];
ALTER SYSTEM SET LOG_ARCHIVE_DEST = 'LOCATION=uri [BINDING=Optional] [PIECE_SWITCH_INTERVAL=1d]' [TENANT [=] t];
ALTER SYSTEM SET LOG_ARCHIVE_DEST_STATE = 'ENABLE' | 'DEFER' [TENANT [=] t];",
    ),
    (
        "SET DATA_BACKUP_DEST",
        "ALTER SYSTEM SET DATA_BACKUP_DEST = 'uri' [TENANT [=] tenant_name];

uri: file:///path, or in a bucket
  oss://bucket/path?host=h&access_id=i&access_key=k[&delete_mode={delete | tagging}]
  (cos:// needs &appid=a). With tagging a cleanup tags the objects; they stay, and so does the space.
Refused with 9036 while a backup job has a row in the current view: cancel it and wait first.",
    ),
    (
        "RESTORE",
        "ALTER SYSTEM RESTORE tenant_name FROM 'data_uri,archive_uri' [UNTIL {TIME = 'text' | SCN = n}]
  WITH 'pool_list=pool_name' [DESCRIPTION [=] 'text'] [PREVIEW];
ALTER SYSTEM CANCEL RESTORE tenant_name;

For sys. CANCEL RESTORE drops the tenant at once.",
    ),
    (
        "VIEWS",
        "In sys: CDB_OB_BACKUP_JOBS, CDB_OB_BACKUP_JOB_HISTORY, CDB_OB_BACKUP_TASKS, CDB_OB_BACKUP_SET_FILES,
CDB_OB_BACKUP_DELETE_JOBS, CDB_OB_BACKUP_DELETE_POLICY, CDB_OB_ARCHIVELOG, CDB_OB_RESTORE_PROGRESS,
DBA_OB_TENANTS, DBA_OB_ROOTSERVICE_EVENT_HISTORY and more: SHOW TABLES FROM oceanbase LIKE '%BACKUP%';
In a user tenant the same as DBA_OB_... of that tenant alone.

(The documentation has BACKUP_TYPE D or I, JOB_LEVEL SYS_TENANT for a list of tenants, and RESULT 0 of a
cancelled cleanup. The server writes FULL or INC, CLUSTER, and -4072.)
(A sample of the documentation has ELAPSED_SECONDES that do not fit its times. Here they are end - start.)",
    ),
    (
        "ORACLE MODE",
        "Oracle tenants have no BACKUP TENANT, no DELETE, no RESTORE; their views stand in schema SYS.
Errors begin with ORA-, as in every 4.2. (From 4.3 a parameter, on by default, makes it OBE-.)",
    ),
];

/// The text of a topic; the list for an empty one.
pub fn help(topic: &str) -> Option<String> {
    let topic = topic.trim().trim_end_matches(';').trim();
    if topic.is_empty() {
        let names: Vec<&str> = TOPICS.iter().map(|(name, _)| *name).collect();
        return Some(format!("Topics: {}", names.join(", ")));
    }
    let upper = topic.to_ascii_uppercase();
    let wanted = upper.strip_prefix("ALTER SYSTEM ").unwrap_or(&upper);
    TOPICS
        .iter()
        .find(|(name, _)| *name == wanted)
        .or_else(|| TOPICS.iter().find(|(name, _)| wanted.starts_with(name)))
        .or_else(|| TOPICS.iter().find(|(name, _)| name.contains(wanted)))
        .map(|(_, text)| (*text).to_owned())
}
