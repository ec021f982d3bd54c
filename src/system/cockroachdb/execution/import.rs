//! IMPORT, CREATE CHANGEFEED, CREATE STATISTICS, INSPECT. reference: cockroachdb-jobs 1.3

use super::super::grammar::{
    ChangefeedTargets, CreateChangefeed, CreateStatistics, Import, ImportForm, ObjectKind,
    OptValue, Options, Statement,
};
use super::super::jobs::{self, ImportFile, New, Spec};
use super::super::{Cockroach, Cx, errors, settings};
use super::destinations::redacted;
use super::options::one_of;
use super::{Call, Outcome};
use crate::base::{Error, ErrorKind, Result};
use crate::cluster::{File, FileIx, TableIx, TableState};
use crate::sql::Path;
use std::rc::Rc;

/// What IMPORT INTO reads: beyond the reference, `pkg/sql/importer/import_planning.go`, docs.
const INTO_FORMATS: &str = "CSV AVRO DELIMITED PGCOPY PARQUET";

impl Cockroach {
    pub(crate) fn import(&mut self, cx: &mut Cx, call: &Call, i: &Import) -> Result<Outcome> {
        self.known_import_options(&i.options)?;
        let detached = i.options.flag("detached");
        self.may_launch(call, detached, "IMPORT")?;
        let new = self.plan_import(cx, call, i)?;
        self.launch(cx, call, new, detached, "IMPORT")
    }

    /// The job of an IMPORT statement.
    pub(crate) fn plan_import(&mut self, cx: &mut Cx, call: &Call, i: &Import) -> Result<New> {
        if self.profile.bulk_needs_admin {
            self.need_admin(cx, call, |_| {
                errors::refused("only superusers are allowed to IMPORT")
            })?;
        }
        let uris = self.text_args(call, &i.files)?;
        let format = &*i.format.value;
        if matches!(i.form, ImportForm::Into { .. }) && !one_of(INTO_FORMATS, format) {
            let text = format!("{format} file format is currently unsupported by IMPORT INTO");
            return Err(errors::uncategorised(self.profile, &text));
        }
        self.import_options(cx, call, format, &i.options)?;
        let mut fields = 0;
        let (table, makes_table) = match &i.form {
            ImportForm::Into { table, columns } => {
                let t = self.writable(cx, call, table, "INSERT")?;
                self.known_columns(cx, t, columns)?;
                fields = columns.len();
                (t, false)
            }
            ImportForm::Table(create) => (self.make_table(cx, call, create)?, true),
            ImportForm::CreateUsing { table, file } => {
                let uri = self.text_arg(call, file)?;
                (self.table_like_file(cx, call, table, &uri)?, true)
            }
            ImportForm::Dump { .. } => {
                return Err(errors::unsupported("IMPORT of a dump"));
            }
        };
        let files = self.import_files(cx, table, fields, &uris);
        let files = match files {
            Ok(files) => files,
            Err(error) => {
                if makes_table && let Some(t) = cx.cluster.table_mut(table) {
                    t.state = TableState::Dropped;
                }
                return Err(error);
            }
        };
        let now = cx.now();
        let was_empty = cx
            .cluster
            .table(table)
            .is_none_or(|t| t.data.count(now) == 0);
        let mut described = i.clone();
        described.files = i.files.clone();
        if let ImportForm::Into { table: path, .. } = &mut described.form {
            *path = self.full_path(cx, table);
        }
        for (arg, uri) in described.files.iter_mut().zip(&uris) {
            *arg = super::bulk::shown(&redacted(uri));
        }
        let description = Statement::Import(Box::new(described)).to_string();
        let name = self.full_name(cx, table);
        let id = cx.cluster.table(table).map_or(0, |t| t.id);
        Ok(New {
            tenant: call.tenant,
            kind: "IMPORT",
            title: format!("IMPORT INTO {name}"),
            description,
            statement: String::new(),
            owner: call.user.clone(),
            spec: Spec::Import(jobs::Import {
                table,
                files,
                was_empty,
                makes_table,
            }),
            machine: self.machine(),
            descriptors: vec![id],
            who: format!("IMPORT by {}", call.user),
            node: call.node,
            start: true,
            id: None,
            schedule: None,
            automatic: false,
        })
    }

    fn import_files(
        &self,
        cx: &mut Cx,
        table: TableIx,
        fields: usize,
        uris: &[String],
    ) -> Result<Vec<ImportFile>> {
        let mut files = Vec::new();
        for uri in uris {
            let (file, f) = self.file_at(cx, uri)?;
            let Some(image) = &f.content else {
                return Err(no_file(uri));
            };
            let all = cx.cluster.table(table).map_or(0, |t| t.columns.len());
            let want = if fields > 0 { fields } else { all };
            let have = image.table.columns.len();
            if want != have {
                return Err(errors::wrong(
                    format!("{uri}: row 1: expected {want} fields, got {have}"),
                    "XXUUU",
                ));
            }
            if want != all {
                return Err(errors::unsupported("IMPORT INTO some of the columns"));
            }
            let rows = image.data.count(image.as_of);
            let seed = image.data.blocks.first().map_or(0, |b| b.rule.seed);
            files.push(ImportFile {
                file,
                uri: Rc::from(uri.as_str()),
                bytes: f.size,
                rows,
                seed,
                broken_at: image.broken_at,
            });
        }
        Ok(files)
    }

    /// The file that lies at a URI.
    fn file_at(&self, cx: &mut Cx, uri: &str) -> Result<(FileIx, File)> {
        let place = self.place(cx, uri)?;
        let found = cx
            .cluster
            .files_at(place.dest)
            .find(|(_, f)| *f.path == *place.path);
        match found {
            Some((ix, f)) => Ok((ix, f.clone())),
            None => Err(no_file(uri)),
        }
    }

    /// v2.1: `CREATE USING 'file'`: the columns are those of the file's table.
    fn table_like_file(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        path: &Path,
        uri: &str,
    ) -> Result<TableIx> {
        let (_, f) = self.file_at(cx, uri)?;
        let Some(image) = f.content else {
            return Err(no_file(uri));
        };
        let mut table = image.table.clone();
        table.name = Rc::from(path.last());
        self.place_table(cx, call, path, table)
    }

    /// A table that the statement may change: known, the user's to change, not offline.
    pub(crate) fn writable(
        &self,
        cx: &Cx,
        call: &Call,
        path: &Path,
        privilege: &str,
    ) -> Result<TableIx> {
        let parts = path.values();
        let Some(t) = self.resolve(cx.cluster, call.tenant, &call.database, &parts) else {
            return Err(errors::no_relation(&parts.join(".")));
        };
        let full = self.full_name(cx, t);
        let Some(table) = cx.cluster.table(t) else {
            return Err(errors::no_relation(&full));
        };
        self.need(
            cx,
            call,
            &full,
            privilege,
            &format!("relation {}", table.name),
        )?;
        match table.state {
            TableState::Offline(why) => Err(errors::offline(&table.name, why)),
            _ => Ok(t),
        }
    }

    fn known_columns(&self, cx: &Cx, t: TableIx, columns: &[crate::sql::Name]) -> Result<()> {
        let Some(table) = cx.cluster.table(t) else {
            return Ok(());
        };
        for c in columns {
            if !table.columns.iter().any(|d| *d.name == *c.value) {
                return Err(errors::no_column(&c.value));
            }
        }
        Ok(())
    }

    // ---- CREATE CHANGEFEED ----

    pub(crate) fn create_changefeed(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        c: &CreateChangefeed,
    ) -> Result<Outcome> {
        let new = self.plan_changefeed(cx, call, c)?;
        let topics = match &new.spec {
            Spec::Changefeed(c) => c.topics.to_string(),
            _ => String::new(),
        };
        let outcome = self.launch(cx, call, new, true, "CHANGEFEED")?;
        Ok(match outcome {
            Outcome::Done(mut answer) if self.profile.requests => {
                for topic in topics.split(',').filter(|t| !t.is_empty()) {
                    answer = answer.notice(format!("changefeed will emit to topic {topic}"));
                }
                Outcome::Done(answer)
            }
            other => other,
        })
    }

    pub(crate) fn plan_changefeed(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        c: &CreateChangefeed,
    ) -> Result<New> {
        let Some(sink) = &c.sink else {
            return Err(errors::unsupported("a changefeed without a sink"));
        };
        let sink = self.text_arg(call, sink)?;
        self.changefeed_options(cx, call, &sink, &c.options)?;
        let mut described = c.clone();
        let tables: Vec<TableIx> = match &c.targets {
            ChangefeedTargets::Tables(paths) => {
                let mut found = Vec::new();
                let mut full = Vec::new();
                for path in paths {
                    let privilege = if self.profile.requests {
                        "CHANGEFEED"
                    } else {
                        "SELECT"
                    };
                    let t = self.writable(cx, call, path, privilege)?;
                    full.push(self.full_path(cx, t));
                    found.push(t);
                }
                if self.profile.requests {
                    described.targets = ChangefeedTargets::Tables(full);
                }
                found
            }
            ChangefeedTargets::Database(name) => {
                if self.database(call.tenant, &name.value).is_none() {
                    return Err(errors::no_database(&name.value));
                }
                self.need(
                    cx,
                    call,
                    &name.value,
                    "CHANGEFEED",
                    &format!("database {}", name.value),
                )?;
                self.tables_in(cx.cluster, call.tenant, &name.value)
                    .map(|(i, _)| i)
                    .collect()
            }
            ChangefeedTargets::Query(q) => {
                let table = source_of(&q.ast)
                    .and_then(|parts| {
                        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                        self.resolve(cx.cluster, call.tenant, &call.database, &parts)
                    })
                    .ok_or_else(|| {
                        errors::wrong("CHANGEFEED targets must be a single table", "42P01")
                    })?;
                let full = self.full_name(cx, table);
                self.need(cx, call, &full, "CHANGEFEED", &format!("relation {full}"))?;
                vec![table]
            }
        };
        described.sink = Some(super::bulk::shown(&redacted(&sink)));
        let description = Statement::CreateChangefeed(Box::new(described)).to_string();
        let names: Vec<String> = tables
            .iter()
            .filter_map(|t| cx.cluster.table(*t))
            .map(|t| t.name.to_string())
            .collect();
        let descriptors = tables
            .iter()
            .filter_map(|t| cx.cluster.table(*t))
            .map(|t| t.id)
            .collect();
        let scan = self.option_text(cx, call, &c.options, "initial_scan")?;
        let only_new = c.options.get("cursor").is_some()
            || c.options.get("no_initial_scan").is_some()
            || scan.as_deref() == Some("no");
        let expires = match self.option_text(cx, call, &c.options, "gc_protect_expires_after")? {
            None => None,
            Some(text) => Some(settings::duration(&text).ok_or_else(|| {
                errors::uncategorised(self.profile, &format!("time: invalid duration \"{text}\""))
            })?),
        };
        let only_scan =
            scan.as_deref() == Some("only") || c.options.get("initial_scan_only").is_some();
        let format = self
            .option_text(cx, call, &c.options, "format")?
            .unwrap_or_else(|| "json".to_string());
        Ok(New {
            tenant: call.tenant,
            kind: "CHANGEFEED",
            title: format!("CHANGEFEED {}", names.join(", ")),
            description,
            statement: String::new(),
            owner: call.user.clone(),
            spec: Spec::Changefeed(jobs::Changefeed {
                tables,
                sink: Rc::from(redacted(&sink)),
                topics: Rc::from(names.join(",")),
                format: Rc::from(format),
                initial_scan: !only_new,
                only_scan,
                protects_paused: c.options.flag("protect_data_from_gc_on_pause"),
                expires,
            }),
            machine: self.machine(),
            descriptors,
            who: format!("CREATE CHANGEFEED by {}", call.user),
            node: call.node,
            start: true,
            id: None,
            schedule: None,
            automatic: false,
        })
    }

    // ---- CREATE STATISTICS, INSPECT ----

    pub(crate) fn create_statistics(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        s: &CreateStatistics,
    ) -> Result<Outcome> {
        if !self.profile.requests {
            // v2.1 had statistics only behind an experimental setting, and no job for them.
            return Err(errors::unsupported("CREATE STATISTICS"));
        }
        let table = self.writable(cx, call, &s.table, "SELECT")?;
        self.known_columns(cx, table, &s.columns)?;
        let mut described = s.clone();
        described.table = self.full_path(cx, table);
        let description = Statement::CreateStatistics(described).to_string();
        let new = self.reading_job(cx, call, "CREATE STATS", &[table], description);
        let tag = match s.name.value.is_empty() {
            true => "ANALYZE",
            false => "CREATE STATISTICS",
        };
        self.launch(cx, call, new, false, tag)
    }

    pub(crate) fn inspect(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        object: ObjectKind,
        name: &Path,
        options: &Options,
    ) -> Result<Outcome> {
        let (tables, description) = if object == ObjectKind::Table {
            let table = self.writable(cx, call, name, "INSPECT")?;
            let description = format!("INSPECT TABLE {}", self.full_name(cx, table));
            (vec![table], description)
        } else {
            let database = name.last();
            if self.database(call.tenant, database).is_none() {
                return Err(errors::no_database(database));
            }
            self.need(
                cx,
                call,
                database,
                "INSPECT",
                &format!("database {database}"),
            )?;
            let tables = self
                .tables_in(cx.cluster, call.tenant, database)
                .filter(|(_, t)| t.state == TableState::Public)
                .map(|(i, _)| i)
                .collect();
            (tables, format!("INSPECT DATABASE {database}"))
        };
        if let Some(opt) = options.get("index")
            && let OptValue::List(names) = &opt.value
        {
            for wanted in self.text_args(call, names)? {
                let known = tables
                    .iter()
                    .any(|t| self.indexes_of(*t).any(|(_, i)| *i.name == *wanted))
                    || tables
                        .iter()
                        .filter_map(|t| cx.cluster.table(*t))
                        .any(|t| wanted.strip_suffix("_pkey") == Some(&*t.name));
                if !known {
                    return Err(errors::wrong(
                        format!("index \"{wanted}\" does not exist"),
                        "42704",
                    ));
                }
            }
        }
        let new = self.reading_job(cx, call, "INSPECT", &tables, description);
        self.launch(cx, call, new, options.flag("detached"), "INSPECT")
    }

    /// A job that reads a table and changes nothing.
    fn reading_job(
        &self,
        cx: &Cx,
        call: &Call,
        kind: &'static str,
        tables: &[TableIx],
        description: String,
    ) -> New {
        New {
            tenant: call.tenant,
            kind,
            title: description.clone(),
            statement: description.clone(),
            description,
            owner: call.user.clone(),
            spec: Spec::Stats(jobs::Stats {
                tables: tables.to_vec(),
            }),
            machine: self.machine(),
            descriptors: tables
                .iter()
                .filter_map(|t| cx.cluster.table(*t))
                .map(|t| t.id)
                .collect(),
            who: format!("{kind} by {}", call.user),
            node: call.node,
            start: true,
            id: None,
            schedule: None,
            automatic: false,
        }
    }

    /// The job of a statement that a scenario starts by itself.
    pub(crate) fn plan(&mut self, cx: &mut Cx, call: &Call, statement: &Statement) -> Result<New> {
        match statement {
            Statement::Backup(b) => self.plan_backup(cx, call, b),
            Statement::Restore(r) => self.plan_restore(cx, call, r),
            Statement::Import(i) => self.plan_import(cx, call, i),
            Statement::CreateChangefeed(c) => self.plan_changefeed(cx, call, c),
            Statement::CreateIndex(i) => match self.plan_index(cx, call, i)? {
                Some(new) => Ok(new),
                None => Err(super::super::bad_line("the index exists")),
            },
            _ => Err(super::super::bad_line(
                "a job of this statement cannot be started here",
            )),
        }
    }
}

/// The one table that a changefeed's query reads, as it is named.
fn source_of(q: &sqlparser::ast::Query) -> Option<Vec<String>> {
    use sqlparser::ast::{SetExpr, TableFactor};
    let SetExpr::Select(select) = &*q.body else {
        return None;
    };
    match select.from.as_slice() {
        [one] if one.joins.is_empty() => match &one.relation {
            TableFactor::Table { name, .. } => name
                .0
                .iter()
                .map(|p| p.as_ident().map(|i| i.value.clone()))
                .collect(),
            _ => None,
        },
        _ => None,
    }
}

fn no_file(uri: &str) -> Error {
    Error::new(
        ErrorKind::Name,
        format!("{}: file does not exist", redacted(uri)),
    )
    .sqlstate("58030")
}
