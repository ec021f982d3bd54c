//! Views and tables as queries see them (reference: oceanbase-backup 5): `CDB_OB_*` in sys with
//! TENANT_ID, `DBA_OB_*` of the own tenant without it, user tables. What is not asked for is not
//! computed: a row is an [`Item`], a cell is made when its column is needed.

mod archive;
mod backup;
mod cleanup;
mod cluster;
mod jobs;
mod tables;

pub use cluster::ip;
pub use jobs::{check, find_job};

use super::errors;
use super::grammar::Query;
use super::model::Mode;
use super::privileges::Who;
use super::words::{MYSQL_QUERIES, MysqlWords, ORACLE_QUERIES, OracleWords};
use super::{Cx, OceanBase, SYS};
use crate::base::{Error, Result, Row, Time, Type, Value};
use crate::cluster::{Cluster, TenantIx};
use crate::query::{self, Column, Env, Flavour, Format, Limits, Relation, Words};
use crate::system::Answer;
use std::rc::Rc;

/// A column's type, in both modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    Int,
    /// Unsigned: SCNs.
    Scn,
    /// Decimal with so many digits after the point.
    Decimal(u8),
    Time,
    Text(u32),
}

impl Ty {
    fn base(self, mode: Mode) -> Type {
        match self {
            Ty::Int | Ty::Scn => Type::Int,
            Ty::Decimal(_) => Type::Decimal,
            // Oracle tenants show times as text.
            Ty::Time if mode == Mode::Oracle => Type::Text,
            Ty::Time => Type::Timestamp,
            Ty::Text(_) => Type::Text,
        }
    }

    /// As DESC prints it.
    pub fn name(self, mode: Mode) -> String {
        match (self, mode) {
            (Ty::Int, Mode::Mysql) => "bigint(20)".into(),
            (Ty::Scn, Mode::Mysql) => "bigint(20) unsigned".into(),
            (Ty::Decimal(0), Mode::Mysql) => "decimal(22,0)".into(),
            (Ty::Decimal(n), Mode::Mysql) => format!("decimal({},{n})", 24 + n),
            (Ty::Time, Mode::Mysql) => "timestamp(6)".into(),
            (Ty::Text(LONG_TEXT), Mode::Mysql) => "longtext".into(),
            (Ty::Text(n), Mode::Mysql) => format!("varchar({n})"),
            (Ty::Int | Ty::Scn, Mode::Oracle) => "NUMBER(38)".into(),
            (Ty::Decimal(_), Mode::Oracle) => "NUMBER".into(),
            (Ty::Time, Mode::Oracle) => "VARCHAR2(256)".into(),
            (Ty::Text(n), Mode::Oracle) => format!("VARCHAR2({})", n.min(32_767)),
        }
    }
}

/// Stands for a text without a size.
pub const LONG_TEXT: u32 = u32::MAX;

pub type Col = (&'static str, Ty);

/// What a row of a view stands for; what the numbers mean is the view's business.
#[derive(Clone, Copy, Debug, Default)]
pub struct Item {
    pub a: i64,
    pub b: i64,
    pub c: i64,
}

/// Where a view stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `CDB_X` in sys, `DBA_X` everywhere; the first column is TENANT_ID.
    Tenant,
    /// Under its own name, in sys and MySQL-mode and Oracle-mode tenants.
    Everywhere,
    /// Under its own name, in sys only.
    Sys,
}

pub struct View {
    /// Without `CDB_` or `DBA_` in the `Tenant` family.
    pub name: &'static str,
    pub family: Family,
    pub columns: &'static [Col],
    pub items: fn(&Src) -> Vec<Item>,
    /// One cell; an unknown column cannot be asked for.
    pub cell: fn(&Src, Item, &str) -> Value,
}

/// What views are made from.
#[derive(Clone, Copy)]
pub struct Src<'a> {
    pub rules: &'a OceanBase,
    pub cluster: &'a Cluster,
    pub now: Time,
    pub mode: Mode,
    /// Only this tenant's rows; `None` for all.
    pub only: Option<TenantIx>,
}

impl Src<'_> {
    pub fn wants(&self, tenant: TenantIx) -> bool {
        self.only.is_none_or(|t| t == tenant)
    }
    /// A moment in the form of the mode.
    pub fn time(&self, at: Time) -> Value {
        self.unix(at.unix_us(self.cluster.epoch_us))
    }
    /// A moment in Unix microseconds, which may lie before the scenario.
    pub fn unix(&self, unix_us: i64) -> Value {
        match self.mode {
            Mode::Mysql => Value::Timestamp(unix_us),
            Mode::Oracle => display(Value::Timestamp(unix_us)),
        }
    }
    pub fn maybe_time(&self, at: Option<Time>) -> Value {
        at.map_or(Value::Null, |t| self.time(t))
    }
    pub fn scn(&self, at: Time) -> Value {
        Value::Int(super::jobs::scn(self.cluster.epoch_us, at))
    }
    /// 0 where unknown.
    pub fn maybe_scn(&self, at: Option<Time>) -> Value {
        at.map_or(Value::Int(0), |t| self.scn(t))
    }
    /// `*_DISPLAY` of an SCN; NULL where unknown.
    pub fn scn_display(&self, at: Option<Time>) -> Value {
        at.map_or(Value::Null, |t| {
            display(Value::Timestamp(t.unix_us(self.cluster.epoch_us)))
        })
    }
    pub fn tenant_id(&self, tenant: TenantIx) -> i64 {
        self.rules.tenants.get(&tenant).map_or(0, |t| t.id)
    }
}

fn display(value: Value) -> Value {
    shown(&value)
}

/// A value as text, as MySQL mode prints it.
pub fn shown(value: &Value) -> Value {
    Format::OCEANBASE_MYSQL
        .text(value)
        .map_or(Value::Null, Value::from)
}

pub fn int(n: impl TryInto<i64>) -> Value {
    Value::Int(n.try_into().unwrap_or(i64::MAX))
}

/// Bytes as `*_BYTES_DISPLAY` shows them: `298.65MB`.
pub fn bytes_display(bytes: u64) -> Value {
    let (unit, shift) = match bytes {
        0..0x10_0000 => ("KB", 10),
        0x10_0000..0x4000_0000 => ("MB", 20),
        0x4000_0000..0x100_0000_0000 => ("GB", 30),
        _ => ("TB", 40),
    };
    let hundredths = (u128::from(bytes) * 100) >> shift;
    Value::text(format!(
        "{}.{:02}{unit}",
        hundredths / 100,
        hundredths % 100
    ))
}

/// Every view there is.
fn views() -> impl Iterator<Item = &'static View> {
    backup::VIEWS
        .iter()
        .chain(cleanup::VIEWS)
        .chain(archive::VIEWS)
        .chain(cluster::VIEWS)
}

/// The view of that name that a session may see, and whether it is the CDB_ form.
fn view(name: &str, who: &Who) -> Option<(&'static View, bool)> {
    let sys = who.is_sys();
    let upper = name.to_ascii_uppercase();
    if !who.mode.same(name, &upper) {
        return None;
    }
    views().find_map(|v| match v.family {
        Family::Tenant => {
            let (prefix, rest) = (upper.get(..4)?, upper.get(4..)?);
            if rest != v.name {
                return None;
            }
            match prefix {
                "CDB_" if sys => Some((v, true)),
                "DBA_" => Some((v, false)),
                _ => None,
            }
        }
        Family::Everywhere => v.name.eq_ignore_ascii_case(&upper).then_some((v, false)),
        Family::Sys => (sys && v.name.eq_ignore_ascii_case(&upper)).then_some((v, false)),
    })
}

/// Names of the views that a session may see, as listings print them.
pub fn view_names(sys: bool) -> Vec<String> {
    let mut names = Vec::new();
    for v in views() {
        match v.family {
            Family::Tenant => {
                if sys {
                    names.push(format!("CDB_{}", v.name));
                }
                names.push(format!("DBA_{}", v.name));
            }
            Family::Sys if !sys => {}
            _ => names.push(v.name.to_owned()),
        }
    }
    crate::base::sort::sort(&mut names);
    names
}

/// Columns of a view with their types' names, for DESC.
pub fn describe(name: &str, who: &Who) -> Option<Vec<(String, String)>> {
    let (view, all) = view(name, who)?;
    let skip = usize::from(view.family == Family::Tenant && !all);
    Some(
        view.columns
            .iter()
            .skip(skip)
            .map(|(name, ty)| {
                // The one moment that has another size as text.
                let ty = match (*name, who.mode) {
                    ("PARAMETER", Mode::Oracle) => Ty::Text(1_024),
                    _ => *ty,
                };
                ((*name).to_owned(), ty.name(who.mode))
            })
            .collect(),
    )
}

/// A view as the query engine reads it.
struct Listing<'a> {
    src: Src<'a>,
    view: &'static View,
    /// Columns left out at the front: TENANT_ID in the DBA_ form.
    skip: usize,
    columns: Vec<Column>,
}

impl Relation for Listing<'_> {
    fn columns(&self) -> &[Column] {
        &self.columns
    }
    fn scan<'s>(&'s self, needed: &'s [usize]) -> Box<dyn Iterator<Item = Row> + 's> {
        let items = (self.view.items)(&self.src);
        let names: Vec<&'static str> = needed
            .iter()
            .filter_map(|i| self.view.columns.get(i + self.skip))
            .map(|(name, _)| *name)
            .collect();
        Box::new(items.into_iter().map(move |item| {
            names
                .iter()
                .map(|name| (self.view.cell)(&self.src, item, name))
                .collect()
        }))
    }
}

/// What a session can read.
struct Catalog<'a> {
    rules: &'a OceanBase,
    cluster: &'a Cluster,
    now: Time,
    who: &'a Who,
}

impl<'a> Catalog<'a> {
    fn listing(&self, name: &str) -> Option<Rc<dyn Relation + 'a>> {
        let (view, all) = view(name, self.who)?;
        let skip = usize::from(view.family == Family::Tenant && !all);
        let only = match view.family {
            Family::Tenant if !all => Some(self.who.tenant),
            Family::Everywhere if !self.who.is_sys() => Some(self.who.tenant),
            _ => None,
        };
        let mode = self.who.mode;
        Some(Rc::new(Listing {
            src: Src {
                rules: self.rules,
                cluster: self.cluster,
                now: self.now,
                mode,
                only,
            },
            view,
            skip,
            columns: view
                .columns
                .iter()
                .skip(skip)
                .map(|(name, ty)| Column::new(name, ty.base(mode)))
                .collect(),
        }))
    }
}

impl query::Catalog for Catalog<'_> {
    fn table<'c>(&'c self, name: &[String]) -> Result<Option<Rc<dyn Relation + 'c>>> {
        let (database, table) = match name {
            [table] => (&*self.who.database, table.as_str()),
            [database, table] => (database.as_str(), table.as_str()),
            _ => return Ok(None),
        };
        let views = match self.who.mode {
            Mode::Mysql => database.eq_ignore_ascii_case("oceanbase"),
            // Public synonyms: the schema may be left out whatever the own one is.
            Mode::Oracle => name.len() == 1 || database == "SYS",
        };
        if views && let Some(listing) = self.listing(table) {
            return Ok(Some(listing));
        }
        tables::find(
            self.rules,
            self.cluster,
            self.now,
            self.who,
            database,
            table,
        )
    }

    fn variable(&self, name: &str) -> Option<Value> {
        let name = name.to_ascii_lowercase();
        let name = name
            .strip_prefix("session.")
            .or_else(|| name.strip_prefix("global."))
            .unwrap_or(&name);
        if let Some(value) = self.who.settings.get(name) {
            return Some(Value::text(&**value));
        }
        variables(self.who)
            .into_iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| Value::from(v))
    }
}

/// Session variables that a client may ask for.
pub fn variables(who: &Who) -> Vec<(&'static str, String)> {
    vec![
        ("autocommit", "1".into()),
        (
            "ob_compatibility_mode",
            who.mode.name().to_ascii_uppercase(),
        ),
        ("ob_query_timeout", "10000000".into()),
        ("ob_trx_timeout", "86400000000".into()),
        ("time_zone", "+00:00".into()),
        ("version", VERSION.into()),
        ("version_comment", VERSION_COMMENT.into()),
    ]
}

/// What the server calls itself.
pub const SERVER: &str = "4.2.5.0";
const VERSION: &str = "5.7.25-OceanBase-v4.2.5.0";
/// What the banner calls it. The reference has the build as dots, and no public banner of 4.2.5.0
/// is known; the number is that of its public package, oceanbase-ce-4.2.5.0-100000052024102022, which
/// ends in the date. The commit behind it and the time of day are not public and left out.
pub const VERSION_COMMENT: &str = "OceanBase 4.2.5.0 (r100000052024102022) (Built Oct 20 2024)";

/// Databases (MySQL mode) or schemas (Oracle mode) that a session sees.
pub fn databases(rules: &OceanBase, cluster: &Cluster, who: &Who) -> Vec<String> {
    let mut names: Vec<String> = match who.mode {
        Mode::Mysql => ["information_schema", "mysql", "oceanbase", "test"]
            .map(str::to_owned)
            .into(),
        Mode::Oracle => vec!["SYS".to_owned()],
    };
    if let Some(t) = rules.tenants.get(&who.tenant) {
        names.extend(t.databases.iter().map(|d| d.to_string()));
        for ix in &t.schema_tables {
            if let Some(table) = cluster.table(*ix) {
                names.push(table.database.to_string());
            }
        }
    }
    crate::base::sort::sort(&mut names);
    names.dedup();
    names
}

/// Runs a query.
pub fn query(
    rules: &OceanBase,
    cx: &mut Cx,
    who: &Who,
    query: &Query,
    text: &str,
) -> Result<Answer> {
    result(rules, cx, who, query, text).map(Answer::rows)
}

/// The rows of a query.
pub fn result(
    rules: &OceanBase,
    cx: &Cx,
    who: &Who,
    query: &Query,
    text: &str,
) -> Result<query::ResultSet> {
    let mut set = query::ResultSet::default();
    with_env(rules, cx, who, text, &mut |env| {
        set = query::run(&query.ast, env)?;
        Ok(())
    })?;
    Ok(set)
}

/// Does something with what expressions of a statement of this session may refer to.
pub fn with_env(
    rules: &OceanBase,
    cx: &Cx,
    who: &Who,
    text: &str,
    act: &mut dyn FnMut(&Env<'_>) -> Result<()>,
) -> Result<()> {
    let catalog = Catalog {
        rules,
        cluster: cx.cluster,
        now: cx.now(),
        who,
    };
    let mysql = MysqlWords {
        database: &who.database,
    };
    let (flavour, words): (&Flavour, &dyn Words) = match who.mode {
        Mode::Mysql => (&MYSQL_QUERIES, &mysql),
        Mode::Oracle => (&ORACLE_QUERIES, &OracleWords),
    };
    let env = Env {
        flavour,
        words,
        catalog: &catalog,
        text,
        now_us: cx.now().unix_us(cx.cluster.epoch_us),
        user: &who.user,
        database: &who.database,
        version: VERSION,
        connection: connection_id(who.session.0),
        placeholders: &[],
        limits: Limits::default(),
    };
    act(&env)
}

/// The number that the banner, SHOW PROCESSLIST and CONNECTION_ID() have for a session (reference 6).
pub fn connection_id(session: u32) -> i64 {
    3_221_487_617 + i64::from(session)
}

/// An error for a table that is not there, or not readable.
pub fn unreadable() -> Error {
    errors::state(4179, "tenant is being restored, read is not allowed")
}

/// Whether a tenant is the system tenant.
fn is_sys(tenant: TenantIx) -> bool {
    tenant == SYS
}
