//! Queries named by WITH.

use std::rc::Rc;

use sqlparser::ast;

use super::{Binder, Named, convert_column, names, types};
use crate::base::Result;
use crate::query::plan::{Body, Plan};
use crate::query::words::Problem;

impl<'a> Binder<'a> {
    pub(super) fn cte(&mut self, cte: &'a ast::Cte, recursive: bool) -> Result<()> {
        let name = self.fold(&cte.alias.name);
        // It sees none of the queries around it.
        let scopes = std::mem::take(&mut self.scopes);
        let lowest = self.lowest;
        let result = match &*cte.query.body {
            ast::SetExpr::SetOperation {
                left,
                op: ast::SetOperator::Union,
                set_quantifier,
                right,
            } if recursive && cte.query.order_by.is_none() => {
                let all = matches!(set_quantifier, ast::SetQuantifier::All);
                self.recursive(&name, cte, left, right, all, scopes.len())
            }
            _ => self.query(&cte.query),
        };
        self.scopes = scopes;
        self.lowest = lowest;
        let mut plan = result?;
        self.rename(&mut plan.columns, &cte.alias, &name)?;
        let named = Named {
            name,
            columns: plan.columns.clone(),
            plan: Some(Rc::new(plan)),
            table: self.whole_table(&cte.query),
            id: self.id(),
            depth: self.scopes.len(),
        };
        self.named.push(named);
        Ok(())
    }

    /// The table of `SELECT * FROM table`, for example of `WITH x AS (SHOW JOBS)`.
    fn whole_table(&self, query: &ast::Query) -> Option<Vec<String>> {
        let ast::SetExpr::Select(select) = &*query.body else {
            return None;
        };
        let bare = query.with.is_none()
            && query.order_by.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
            && select.distinct.is_none()
            && select.selection.is_none()
            && select.having.is_none()
            && matches!(&select.group_by, ast::GroupByExpr::Expressions(e, _) if e.is_empty());
        let [ast::SelectItem::Wildcard(_)] = select.projection.as_slice() else {
            return None;
        };
        let [table] = select.from.as_slice() else {
            return None;
        };
        let ast::TableFactor::Table {
            name,
            args: None,
            alias: None,
            ..
        } = &table.relation
        else {
            return None;
        };
        let name = names::folded(name, self.env.flavour());
        let shadowed = match name.as_slice() {
            [single] => self
                .named
                .iter()
                .any(|n| self.env.flavour().same_name(&n.name, single)),
            _ => false,
        };
        (bare && table.joins.is_empty() && !shadowed).then_some(name)
    }

    fn recursive(
        &mut self,
        name: &str,
        cte: &'a ast::Cte,
        left: &'a ast::SetExpr,
        right: &'a ast::SetExpr,
        all: bool,
        depth: usize,
    ) -> Result<Plan<'a>> {
        let (base, mut columns) = self.body(left)?;
        self.rename(&mut columns, &cte.alias, name)?;
        let id = self.id();
        self.named.push(Named {
            name: name.to_owned(),
            columns: columns.clone(),
            plan: None,
            table: None,
            id,
            depth,
        });
        let step = self.body(right);
        self.named.pop();
        let (mut step, found) = step?;
        if found.len() != columns.len() {
            return Err(self.say(Problem::SetColumns {
                op: "UNION",
                left: columns.len(),
                right: found.len(),
            }));
        }
        for (i, (a, b)) in columns.iter().zip(&found).enumerate() {
            if a.ty != b.ty && types::common(a.ty, b.ty).is_some() {
                convert_column(&mut step, i, a.ty);
            }
        }
        let mut plan = Plan {
            columns,
            body: Body::Recursive {
                base: Box::new(base),
                step: Box::new(step),
                all,
                id,
            },
            order: Vec::new(),
            limit: None,
            offset: None,
        };
        self.limits(&cte.query, &mut plan)?;
        Ok(plan)
    }
}
