//! EXPLAIN: what the product would do, in its plan's words.

use super::super::grammar::{JobTarget, Query, Selection, Statement};
use super::super::listings;
use super::super::{Cockroach, Cx};
use super::{Call, Outcome, rows};
use crate::base::{Result, Type, Value};
use crate::query::ResultSet;
use crate::sql::query::SOURCE_PREFIX;
use sqlparser::ast::{SetExpr, TableFactor};

/// A node of a plan: its name and what stands below it.
struct Node(&'static str, Vec<String>);

impl Cockroach {
    pub(crate) fn explain(
        &mut self,
        cx: &mut Cx,
        call: &Call,
        statement: &Statement,
    ) -> Result<Outcome> {
        let mut nodes = Vec::new();
        // Names and types are checked as if it were to run; what only reads may as well be run.
        match statement {
            Statement::Query(q) => {
                self.look_over(cx, call, q)?;
                self.query_nodes(cx, call, q, &mut nodes);
            }
            Statement::ControlJobs(c) => {
                nodes.push(Node("control jobs", Vec::new()));
                match &c.target {
                    JobTarget::Jobs(Selection::Query(q)) => {
                        self.look_over(cx, call, q)?;
                        self.query_nodes(cx, call, q, &mut nodes);
                    }
                    JobTarget::Jobs(Selection::One(scalar)) => {
                        self.scalar(cx, call, scalar)?;
                        nodes.push(Node("values", vec!["size: 1 column, 1 row".to_owned()]));
                    }
                    _ => nodes.push(Node("virtual table", Vec::new())),
                }
            }
            Statement::ControlSchedules(_) => nodes.push(Node("control schedules", Vec::new())),
            Statement::ShowJobs(_) => nodes.push(Node("show jobs", Vec::new())),
            Statement::Backup(_) | Statement::Restore(_) | Statement::Import(_) => {
                nodes.push(Node("plugin", Vec::new()));
            }
            Statement::CreateIndex(_) => nodes.push(Node("create index", Vec::new())),
            Statement::Insert(_) => nodes.push(Node("insert", Vec::new())),
            Statement::Update(_) => nodes.push(Node("update", Vec::new())),
            Statement::Delete(_) => nodes.push(Node("delete", Vec::new())),
            Statement::Show(_) | Statement::ShowSchedules(_) => {
                nodes.push(Node("virtual table", Vec::new()));
            }
            _ => nodes.push(Node("statement", Vec::new())),
        }
        if !self.profile.requests {
            return rows(old_plan(&nodes));
        }
        let mut lines = vec!["distribution: local".to_owned(), String::new()];
        for (depth, node) in nodes.iter().enumerate() {
            let before = " ".repeat(4 * depth.saturating_sub(1));
            let own = " ".repeat(4 * depth);
            if depth == 0 {
                lines.push(format!("• {}", node.0));
            } else {
                lines.push(format!("{before}│"));
                lines.push(format!("{before}└── • {}", node.0));
            }
            for attribute in &node.1 {
                lines.push(format!("{own}  {attribute}"));
            }
        }
        rows(listings::result(
            &[("info", Type::Text)],
            lines.iter().map(|l| vec![Value::text(l)]).collect(),
        ))
    }

    fn look_over(&mut self, cx: &mut Cx, call: &Call, q: &Query) -> Result<()> {
        let reads = q.sources.iter().all(|s| {
            matches!(
                s.statement,
                Statement::ShowJobs(_) | Statement::Show(_) | Statement::ShowSchedules(_)
            )
        });
        if reads {
            self.query(cx, call, q)?;
        }
        Ok(())
    }

    /// From the top of the plan to its first table.
    fn query_nodes(&self, cx: &Cx, call: &Call, q: &Query, nodes: &mut Vec<Node>) {
        if q.ast.limit_clause.is_some() || q.ast.fetch.is_some() {
            nodes.push(Node("limit", Vec::new()));
        }
        if q.ast.order_by.is_some() {
            nodes.push(Node("sort", Vec::new()));
        }
        let size = |columns: usize, rows: usize| {
            let s = |n: usize| if n == 1 { "" } else { "s" };
            vec![format!(
                "size: {columns} column{}, {rows} row{}",
                s(columns),
                s(rows)
            )]
        };
        let mut body = &*q.ast.body;
        while let SetExpr::Query(inner) = body {
            body = &inner.body;
        }
        match body {
            SetExpr::Values(values) => {
                let columns = values.rows.first().map_or(0, |r| r.len());
                nodes.push(Node("values", size(columns, values.rows.len())));
            }
            SetExpr::Select(select) => {
                if select.distinct.is_some() {
                    nodes.push(Node("distinct", Vec::new()));
                }
                let grouped = match &select.group_by {
                    sqlparser::ast::GroupByExpr::Expressions(e, _) => !e.is_empty(),
                    sqlparser::ast::GroupByExpr::All(_) => true,
                };
                if grouped {
                    nodes.push(Node("group (hash)", Vec::new()));
                }
                if select.selection.is_some() {
                    nodes.push(Node("filter", Vec::new()));
                }
                let joined =
                    select.from.len() > 1 || select.from.iter().any(|t| !t.joins.is_empty());
                if joined {
                    nodes.push(Node("hash join", Vec::new()));
                }
                let name = select.from.first().map(|t| match &t.relation {
                    TableFactor::Table { name, .. } => name
                        .0
                        .iter()
                        .filter_map(|p| p.as_ident().map(|i| i.value.as_str()))
                        .collect(),
                    _ => Vec::new(),
                });
                match name {
                    None => nodes.push(Node("values", size(select.projection.len(), 1))),
                    Some(parts) => nodes.push(self.table_node(cx, call, &parts)),
                }
            }
            _ => nodes.push(Node("union all", Vec::new())),
        }
    }

    fn table_node(&self, cx: &Cx, call: &Call, parts: &[&str]) -> Node {
        let stored = parts.first().is_some_and(|p| !p.starts_with(SOURCE_PREFIX));
        let table = self
            .resolve(cx.cluster, call.tenant, &call.database, parts)
            .and_then(|t| cx.cluster.table(t));
        match table {
            Some(t) if stored => {
                let key = match self.profile.requests {
                    true => format!("{}_pkey", t.name),
                    false => "primary".to_owned(),
                };
                Node(
                    "scan",
                    vec![
                        format!("table: {}@{key}", t.name),
                        "spans: FULL SCAN".to_owned(),
                    ],
                )
            }
            _ => Node("virtual table", Vec::new()),
        }
    }
}

/// A plan as v2.1 shows it: the tree, and attributes in columns of their own.
fn old_plan(nodes: &[Node]) -> ResultSet {
    let mut lines = Vec::new();
    for (depth, node) in nodes.iter().enumerate() {
        let branch = match depth {
            0 => String::new(),
            _ => format!("{}└── ", " ".repeat(5 * depth - 4)),
        };
        let tree = format!("{branch}{}", node.0);
        lines.push(vec![Value::text(tree), Value::text(""), Value::text("")]);
        for attribute in &node.1 {
            let (field, text) = attribute.split_once(": ").unwrap_or((attribute, ""));
            let text = if field == "spans" { "ALL" } else { text };
            lines.push(vec![Value::text(""), Value::text(field), Value::text(text)]);
        }
    }
    let columns = ["tree", "field", "description"];
    listings::result(&columns.map(|c| (c, Type::Text)), lines)
}
