//! SHOW and DESC.

use super::super::grammar::{Scalar, Show};
use super::super::listings;
use super::super::model::{Fill, Mode};
use super::super::privileges::Who;
use super::super::{Cx, OceanBase, SYS, errors, setup};
use super::parameters::{PARAMETERS, Scope};
use crate::base::{Result, Row, Type, Value};
use crate::query::{Column, Format, ResultSet, RowExpr};
use crate::system::{Answer, Body};
use std::rc::Rc;

pub fn show(rules: &OceanBase, cx: &mut Cx, who: &Who, what: &Show) -> Result<Answer> {
    match what {
        Show::Tenant => Ok(texts(
            &["Current_tenant_name"],
            vec![vec![who.tenant_name.to_string()]],
        )),
        Show::TenantStatus => {
            let role = rules.tenants.get(&who.tenant).map_or("", |t| t.role);
            let word = if role == "PRIMARY" {
                "read write"
            } else {
                "read only"
            };
            Ok(texts(
                &["Tenant", "Status"],
                vec![vec![who.tenant_name.to_string(), word.to_owned()]],
            ))
        }
        Show::Databases { like } => {
            let names = listings::databases(rules, cx.cluster, who);
            let rows = kept(names, like.as_deref());
            Ok(texts(&["Database"], rows))
        }
        Show::Tables {
            full,
            database,
            like,
        } => tables(rules, cx, who, *full, database.as_deref(), like.as_deref()),
        Show::Parameters { like, tenant } => {
            let of = match tenant {
                None => who.tenant,
                Some(_) if !who.is_sys() => return Err(errors::access_denied()),
                Some(name) => rules
                    .tenant_named(&name.value)
                    .map(|(ix, _)| ix)
                    .ok_or_else(|| errors::unknown_tenant(&name.value).at(name.span))?,
            };
            Ok(parameters(rules, cx, of, like.as_deref()))
        }
        Show::Variables { like } => {
            let mut rows: Vec<Vec<String>> = listings::variables(who)
                .into_iter()
                .map(|(name, default)| {
                    let own = who.settings.get(name).map(|v| v.to_string());
                    vec![name.to_owned(), own.unwrap_or(default)]
                })
                .collect();
            rows.retain(|r| fits(r.first(), like.as_deref()));
            Ok(texts(&["Variable_name", "Value"], rows))
        }
        Show::ProcessList => {
            let now = cx.now();
            let rows = cx
                .sessions
                .enumerate()
                .filter(|(_, s)| who.is_sys() || s.tenant == who.tenant)
                .map(|(i, s)| {
                    let busy = s.busy.as_ref();
                    let info = busy.map_or(Value::Null, |b| Value::Text(b.statement.clone()));
                    let time = busy.map_or(0, |b| now.since(b.since).as_secs());
                    let host = cx.cluster.node(s.node).map(|n| n.address.clone());
                    vec![
                        Value::Int(listings::connection_id(i as u32)),
                        Value::Text(s.user.clone()),
                        host.map_or(Value::Null, Value::Text),
                        Value::Text(s.database.clone()),
                        Value::text(if busy.is_some() { "Query" } else { "Sleep" }),
                        Value::Int(i64::try_from(time).unwrap_or(i64::MAX)),
                        Value::text(if busy.is_some() { "ACTIVE" } else { "SLEEP" }),
                        info,
                    ]
                })
                .collect();
            let columns = [
                ("Id", Type::Int),
                ("User", Type::Text),
                ("Host", Type::Text),
                ("db", Type::Text),
                ("Command", Type::Text),
                ("Time", Type::Int),
                ("State", Type::Text),
                ("Info", Type::Text),
            ];
            Ok(Answer::rows(ResultSet {
                columns: columns
                    .iter()
                    .map(|(name, ty)| Column::new(name, *ty))
                    .collect(),
                rows,
            }))
        }
        Show::Warnings => Ok(texts(&["Level", "Code", "Message"], Vec::new())),
        Show::Grants { user } => {
            let (user, r) = match user {
                None => (who.user.clone(), who.rights),
                Some(user) => {
                    let user = Rc::from(setup::fold_user(user, who.mode));
                    let rights = rules.users.get(&(who.tenant, Rc::clone(&user)));
                    let rights = rights.ok_or_else(|| errors::no_grant(&user))?;
                    (user, *rights)
                }
            };
            let list = if r.admin {
                "ALL PRIVILEGES"
            } else {
                match (r.superuser, r.alter_system) {
                    (true, true) => "SUPER, ALTER SYSTEM",
                    (true, false) => "SUPER",
                    (false, true) => "ALTER SYSTEM",
                    (false, false) => "USAGE",
                }
            };
            let grant = format!("GRANT {list} ON *.* TO '{user}'");
            let header = match who.mode {
                Mode::Mysql => format!("Grants for {user}@%"),
                Mode::Oracle => format!("GRANTS FOR {user}@%"),
            };
            Ok(Answer::rows(ResultSet {
                columns: vec![Column::named(header, Type::Text)],
                rows: vec![vec![Value::from(grant)]],
            }))
        }
        Show::Columns { path, like } => {
            let mut answer = columns(rules, cx, who, path)?;
            if let (Some(like), Body::Rows(set)) = (like, &mut answer.body) {
                set.rows
                    .retain(|r| fits(r.first().map(plain).as_ref(), Some(like)));
            }
            Ok(answer)
        }
        Show::CreateTable { path } => create_table(rules, cx, who, path),
    }
}

/// SHOW … WHERE: the rows for which the condition holds.
pub fn filtered(
    rules: &OceanBase,
    cx: &Cx,
    who: &Who,
    mut answer: Answer,
    condition: &Scalar,
    text: &str,
) -> Result<Answer> {
    if let Body::Rows(set) = &mut answer.body {
        let all = std::mem::take(&mut set.rows);
        listings::with_env(rules, cx, who, text, &mut |env| {
            let condition = RowExpr::condition(&condition.expr, "", &set.columns, env)?;
            for row in &all {
                if condition.holds(row.clone())? {
                    set.rows.push(row.clone());
                }
            }
            Ok(())
        })?;
    }
    Ok(answer)
}

/// A value as text.
fn plain(value: &Value) -> String {
    Format::OCEANBASE_MYSQL.text(value).unwrap_or_default()
}

fn texts(names: &[&'static str], rows: Vec<Vec<String>>) -> Answer {
    Answer::rows(ResultSet {
        columns: names.iter().map(|n| Column::new(n, Type::Text)).collect(),
        rows: rows
            .into_iter()
            .map(|r| r.into_iter().map(Value::from).collect())
            .collect(),
    })
}

fn kept(names: Vec<String>, like: Option<&str>) -> Vec<Vec<String>> {
    names
        .into_iter()
        .filter(|n| fits(Some(n), like))
        .map(|n| vec![n])
        .collect()
}

fn fits(name: Option<&String>, like: Option<&str>) -> bool {
    match (name, like) {
        (_, None) => true,
        (Some(name), Some(pattern)) => {
            matches(&name.to_ascii_lowercase(), &pattern.to_ascii_lowercase())
        }
        (None, Some(_)) => false,
    }
}

/// LIKE with `%` and `_`; a backslash takes the next character as it is. Linear in the product of
/// both lengths.
fn matches(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // `reach[i]`: the pattern so far fits the first `i` characters.
    let mut reach = vec![false; text.len() + 1];
    if let Some(first) = reach.first_mut() {
        *first = true;
    }
    let mut chars = pattern.chars();
    while let Some(p) = chars.next() {
        let mut next = vec![false; reach.len()];
        let literal = if p == '\\' { chars.next() } else { None };
        if p == '%' {
            let mut any = false;
            for (slot, before) in next.iter_mut().zip(&reach) {
                any |= *before;
                *slot = any;
            }
        } else {
            let wanted = literal.unwrap_or(p);
            for ((slot, before), c) in next.iter_mut().skip(1).zip(&reach).zip(&text) {
                *slot = *before && ((p == '_' && literal.is_none()) || *c == wanted);
            }
        }
        reach = next;
    }
    reach.last().copied().unwrap_or(false)
}

fn tables(
    rules: &OceanBase,
    cx: &mut Cx,
    who: &Who,
    full: bool,
    database: Option<&str>,
    like: Option<&str>,
) -> Result<Answer> {
    let known = listings::databases(rules, cx.cluster, who);
    let wanted = database.unwrap_or(&who.database);
    let Some(database) = known.iter().find(|d| who.mode.same(d, wanted)) else {
        return Err(errors::no_database(wanted));
    };
    let mut names: Vec<String> = rules
        .tenants
        .get(&who.tenant)
        .into_iter()
        .flat_map(|t| &t.schema_tables)
        .filter_map(|ix| cx.cluster.table(*ix))
        .filter(|t| t.dropped.is_none() && *t.database == **database)
        .map(|t| t.name.to_string())
        .collect();
    if matches!(database.as_str(), "oceanbase" | "SYS") {
        names.extend(listings::view_names(who.is_sys()));
    }
    crate::base::sort::sort(&mut names);
    let header = format!("Tables_in_{database}");
    let mut set = ResultSet {
        columns: vec![Column::named(header, Type::Text)],
        rows: Vec::new(),
    };
    if full {
        set.columns.push(Column::new("Table_type", Type::Text));
    }
    for name in names {
        if !fits(Some(&name), like) {
            continue;
        }
        let is_view = listings::describe(&name, who).is_some();
        let mut row = vec![Value::from(name)];
        if full {
            row.push(Value::text(match (is_view, who.mode) {
                (false, _) => "BASE TABLE",
                (true, Mode::Mysql) => "SYSTEM VIEW",
                (true, Mode::Oracle) => "VIEW",
            }));
        }
        set.rows.push(row);
    }
    Ok(Answer::rows(set))
}

fn parameters(
    rules: &OceanBase,
    cx: &mut Cx,
    tenant: crate::cluster::TenantIx,
    like: Option<&str>,
) -> Answer {
    let names = [
        "zone",
        "svr_type",
        "svr_ip",
        "svr_port",
        "name",
        "data_type",
        "value",
        "info",
        "section",
        "scope",
        "source",
        "edit_level",
        "default_value",
        "isdefault",
    ];
    let mut rows: Vec<Row> = Vec::new();
    for p in PARAMETERS {
        let asked = like.is_some_and(|l| l.starts_with(['_', '\\']));
        if !fits(Some(&p.name.to_owned()), like) || p.name.starts_with('_') && !asked {
            continue;
        }
        let own = rules.tenants.get(&tenant);
        let set = match p.scope {
            Scope::Cluster => rules.parameters.get(p.name).cloned(),
            Scope::Tenant if p.name == "data_backup_dest" => own
                .and_then(|t| t.data_dest.as_ref())
                .map(|d| d.value.clone()),
            Scope::Tenant => own.and_then(|t| t.parameters.get(p.name).cloned()),
        };
        // Cluster parameters are sys's to see; a tenant sees its own.
        if p.scope == Scope::Cluster && tenant != SYS {
            continue;
        }
        for node in cx.cluster.nodes.iter() {
            let value = set.as_deref().unwrap_or(p.default);
            rows.push(vec![
                Value::Text(node.zone.clone()),
                Value::text("observer"),
                Value::text(listings::ip(node)),
                Value::Int(2_882),
                Value::text(p.name),
                Value::text(p.data_type),
                Value::text(value),
                Value::text(p.info),
                Value::text(p.section),
                Value::text(match p.scope {
                    Scope::Cluster => "CLUSTER",
                    Scope::Tenant => "TENANT",
                }),
                Value::text("DEFAULT"),
                Value::text("DYNAMIC_EFFECTIVE"),
                Value::text(p.default),
                Value::Int(i64::from(value == p.default)),
            ]);
        }
    }
    Answer::rows(ResultSet {
        columns: names
            .iter()
            .map(|n| {
                let ty = match *n {
                    "svr_port" | "isdefault" => Type::Int,
                    _ => Type::Text,
                };
                Column::new(n, ty)
            })
            .collect(),
        rows,
    })
}

/// DESC: columns of a view or a table.
/// SHOW CREATE TABLE, in the words that the product prints (found in many dumps of its tables).
fn create_table(rules: &OceanBase, cx: &Cx, who: &Who, path: &[String]) -> Result<Answer> {
    let found = super::rows::find_table(cx.cluster, who, &path.to_vec());
    let Some((ix, table)) = found.and_then(|ix| Some((ix, cx.cluster.table(ix)?))) else {
        let name = path.last().map_or("", String::as_str);
        // How the views of the product are defined is not known here.
        return Err(match listings::describe(name, who) {
            Some(_) => errors::not_supported(),
            None => super::rows::no_table(who, &path.to_vec()),
        });
    };
    let quote = if who.mode == Mode::Mysql { "`" } else { "\"" };
    let quoted = |name: &str| [quote, name, quote].concat();
    let mut lines = Vec::new();
    let mut serial = "";
    for (at, c) in table.columns.iter().enumerate() {
        let mut line = format!("  {} {}", quoted(&c.name), c.type_name);
        let fill = rules.fills.get(&(ix, at as u32));
        if !c.nullable {
            line.push_str(" NOT NULL");
        }
        match fill {
            Some(Fill::Value(v)) => {
                line.push_str(&format!(" DEFAULT '{}'", plain(v)));
            }
            Some(Fill::Now) => line.push_str(" DEFAULT CURRENT_TIMESTAMP"),
            Some(Fill::Serial) => {
                line.push_str(" AUTO_INCREMENT");
                serial = "AUTO_INCREMENT = 1 AUTO_INCREMENT_MODE = 'ORDER' ";
            }
            None if c.nullable && who.mode == Mode::Mysql => line.push_str(" DEFAULT NULL"),
            None => {}
        }
        lines.push(line);
    }
    if !table.key.is_empty() {
        let names: Vec<String> = table
            .key
            .iter()
            .filter_map(|&c| table.columns.get(c))
            .map(|c| quoted(&c.name))
            .collect();
        lines.push(format!("  PRIMARY KEY ({})", names.join(", ")));
    }
    let tail = match who.mode {
        Mode::Mysql => {
            "DEFAULT CHARSET = utf8mb4 ROW_FORMAT = DYNAMIC COMPRESSION = 'zstd_1.3.8' REPLICA_NUM = 3 BLOCK_SIZE = 16384 USE_BLOOM_FILTER = FALSE TABLET_SIZE = 134217728 PCTFREE = 0"
        }
        Mode::Oracle => {
            "COMPRESS FOR ARCHIVE REPLICA_NUM = 3 BLOCK_SIZE = 16384 USE_BLOOM_FILTER = FALSE TABLET_SIZE = 134217728 PCTFREE = 0"
        }
    };
    let text = format!(
        "CREATE TABLE {} (\n{}\n) {serial}{tail}",
        quoted(&table.name),
        lines.join(",\n")
    );
    let row = vec![table.name.to_string(), text];
    Ok(match who.mode {
        Mode::Mysql => texts(&["Table", "Create Table"], vec![row]),
        Mode::Oracle => texts(&["TABLE", "CREATE TABLE"], vec![row]),
    })
}

fn columns(rules: &OceanBase, cx: &mut Cx, who: &Who, path: &[String]) -> Result<Answer> {
    let name = path.last().map_or("", String::as_str);
    let database = match path {
        [database, _] => database.as_str(),
        _ => &who.database,
    };
    let missing = || errors::no_table(database, name);
    let stored = super::rows::find_table(cx.cluster, who, &path.to_vec());
    let rows = match stored.and_then(|ix| Some((ix, cx.cluster.table(ix)?))) {
        Some((ix, table)) => {
            let mut rows = Vec::new();
            for (at, c) in table.columns.iter().enumerate() {
                let fill = rules.fills.get(&(ix, at as u32));
                let default = match fill {
                    Some(Fill::Value(v)) => listings::shown(v),
                    Some(Fill::Now) => Value::text("CURRENT_TIMESTAMP"),
                    _ => Value::Null,
                };
                rows.push(vec![
                    Value::text(&*c.name),
                    Value::text(&*c.type_name),
                    Value::text(if c.nullable { "YES" } else { "NO" }),
                    Value::text(if table.key.contains(&at) { "PRI" } else { "" }),
                    default,
                    Value::text(if fill == Some(&Fill::Serial) {
                        "auto_increment"
                    } else {
                        ""
                    }),
                ]);
            }
            rows
        }
        None => {
            let mut rows = Vec::new();
            let found = listings::describe(name, who)
                .filter(|_| path.len() < 2 || matches!(database, "oceanbase" | "SYS"));
            for (name, ty) in found.ok_or_else(missing)? {
                rows.push(vec![
                    Value::from(name),
                    Value::from(ty),
                    Value::text("YES"),
                    Value::text(""),
                    Value::Null,
                    Value::text(""),
                ]);
            }
            rows
        }
    };
    let names = match who.mode {
        Mode::Mysql => ["Field", "Type", "Null", "Key", "Default", "Extra"],
        Mode::Oracle => ["FIELD", "TYPE", "NULL", "KEY", "DEFAULT", "EXTRA"],
    };
    Ok(Answer::rows(ResultSet {
        columns: names.iter().map(|n| Column::new(n, Type::Text)).collect(),
        rows,
    }))
}
