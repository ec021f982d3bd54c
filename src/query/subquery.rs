//! Queries within expressions: run once if nothing around them matters, else for each row.

use std::rc::Rc;

use super::expr::{Cached, Context, Frame, Set, Subquery};
use super::keys::Keys;
use super::ops::{self, Key};
use super::words::Problem;
use crate::base::{Result, Value};

impl Subquery<'_> {
    fn cached(&self, ctx: &Context) -> Option<Cached> {
        if self.correlated {
            None
        } else {
            ctx.cached(self.id)
        }
    }

    fn remember(&self, ctx: &Context, cached: Cached) {
        if !self.correlated {
            ctx.remember(self.id, cached);
        }
    }

    fn value(&self, ctx: &Context, compute: impl FnOnce() -> Result<Value>) -> Result<Value> {
        if let Some(Cached::Value(value)) = self.cached(ctx) {
            return Ok(value);
        }
        let value = compute()?;
        self.remember(ctx, Cached::Value(value.clone()));
        Ok(value)
    }

    pub fn exists(&self, frame: &Frame, ctx: &Context) -> Result<Value> {
        self.value(ctx, || {
            let mut found = false;
            self.plan.run(Some(frame), ctx, &mut |_| {
                found = true;
                Ok(false)
            })?;
            Ok(Value::Bool(found))
        })
    }

    pub fn scalar(&self, frame: &Frame, ctx: &Context) -> Result<Value> {
        self.value(ctx, || {
            let mut value = None;
            self.plan.run(Some(frame), ctx, &mut |row| {
                if value.is_some() {
                    return Err(ctx.env.words.say(&Problem::SubqueryRows));
                }
                value = Some(row.into_iter().next().unwrap_or_default());
                Ok(true)
            })?;
            Ok(value.unwrap_or_default())
        })
    }

    pub fn array(&self, frame: &Frame, ctx: &Context) -> Result<Value> {
        self.value(ctx, || {
            let mut items = Vec::new();
            self.plan.run(Some(frame), ctx, &mut |row| {
                ctx.keep(&row)?;
                items.extend(row.into_iter().next());
                Ok(true)
            })?;
            Ok(Value::Array(items.into()))
        })
    }

    pub fn set(&self, frame: &Frame, ctx: &Context) -> Result<Rc<Set>> {
        if let Some(Cached::Set(set)) = self.cached(ctx) {
            return Ok(set);
        }
        let mut set = Set {
            rows: Keys::new(),
            has_null: false,
        };
        self.plan.run(Some(frame), ctx, &mut |row| {
            if row.iter().any(Value::is_null) {
                set.has_null = true;
                return Ok(true);
            }
            ctx.keep(&row)?;
            let row = row.into_iter().map(|v| ops::normal(v, ctx.env.flavour()));
            set.rows.insert(Key(row.collect()), 0);
            Ok(true)
        })?;
        let set = Rc::new(set);
        self.remember(ctx, Cached::Set(Rc::clone(&set)));
        Ok(set)
    }
}
