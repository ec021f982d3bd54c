//! Types of expressions: what fits what, and the names of types.

use sqlparser::ast::{self, DataType};

use super::{Binder, Bound, at};
use crate::base::{Result, Type, Value};
use crate::query::expr::Expr;
use crate::query::words::Problem;
use crate::query::{calendar, functions, ops};

pub fn numeric(ty: Type) -> bool {
    matches!(ty, Type::Int | Type::Decimal | Type::Float)
}

pub fn moment(ty: Type) -> bool {
    use Type::*;
    matches!(ty, Timestamp | TimestampTz | Date | Datetime)
}

/// Whether values of the types can be compared without conversion.
pub fn comparable(a: Type, b: Type) -> bool {
    a == b
        || a == Type::Unknown
        || b == Type::Unknown
        || numeric(a) && numeric(b)
        || moment(a) && moment(b)
}

/// The type that both can become without loss.
pub fn common(a: Type, b: Type) -> Option<Type> {
    use Type::*;
    Some(match (a, b) {
        _ if a == b => a,
        (Unknown, t) | (t, Unknown) => t,
        (Float, t) | (t, Float) if numeric(t) => Float,
        (Decimal, Int) | (Int, Decimal) => Decimal,
        (TimestampTz, t) | (t, TimestampTz) if moment(t) => TimestampTz,
        _ if moment(a) && moment(b) => Timestamp,
        _ => return None,
    })
}

impl<'a> Binder<'a> {
    /// A literal takes the type it is used with, if its text is of that type.
    pub(super) fn adapt(&self, bound: Bound<'a>, ty: Type, e: &ast::Expr) -> Result<Bound<'a>> {
        if !bound.literal || bound.ty == ty || ty == Type::Unknown {
            return Ok(bound);
        }
        let Expr::Const(value) = &bound.expr else {
            return Ok(bound);
        };
        let fits = match value {
            Value::Text(_) => true,
            // `0.5` is a float beside floats, `1` any number.
            Value::Int(_) => matches!(ty, Type::Decimal | Type::Float),
            Value::Decimal(_) => ty == Type::Float,
            _ => false,
        };
        if !fits {
            return Ok(bound);
        }
        let value = match ops::cast(value, ty, self.env) {
            Err(_) if ty == Type::TextArray => ops::cast(value, Type::IntArray, self.env),
            // Where types are loose, a text that is no moment stays what it is and compares so.
            Ok(Value::Null) | Err(_) if moment(ty) && !self.env.flavour().strict_types => {
                return Ok(bound);
            }
            result => result,
        };
        let value = value.map_err(|error| at(error, e))?;
        Ok(Bound {
            ty,
            expr: Expr::Const(value),
            literal: true,
            months: 0,
        })
    }

    /// The expression as the type, by a cast where it is not of it.
    pub(super) fn convert(&self, bound: Bound<'a>, ty: Type, e: &ast::Expr) -> Result<Bound<'a>> {
        let bound = self.adapt(bound, ty, e)?;
        if bound.ty == ty || ty == Type::Unknown || bound.ty == Type::Unknown {
            return Ok(Bound { ty, ..bound });
        }
        Ok(Bound::new(Expr::Cast(bound.expr.boxed(), ty), ty))
    }

    /// Brings branches (of CASE, COALESCE, VALUES, an array …) to one type.
    pub(super) fn unify(
        &self,
        items: Vec<(Bound<'a>, &'a ast::Expr)>,
    ) -> Result<(Vec<Expr<'a>>, Type)> {
        let mut ty = Type::Unknown;
        // What is not a literal decides; among literals, those that are not texts.
        for round in 0..3 {
            for (bound, e) in &items {
                let own = match (bound.literal, bound.ty) {
                    (false, _) => 0,
                    (true, Type::Text) => 2,
                    (true, _) => 1,
                };
                if own != round {
                    continue;
                }
                ty = match common(ty, bound.ty) {
                    Some(ty) => ty,
                    None if own == 2 => ty,
                    None if !self.env.flavour().strict_types => Type::Text,
                    None => {
                        let problem = Problem::Mixed {
                            left: ty,
                            right: bound.ty,
                        };
                        return Err(at(self.say(problem), e));
                    }
                };
            }
        }
        if !self.env.flavour().strict_types && items.iter().any(|(b, _)| b.ty == Type::Text) {
            ty = Type::Text;
        }
        let exprs = items
            .into_iter()
            .map(|(bound, e)| Ok(self.convert(bound, ty, e)?.expr))
            .collect::<Result<_>>()?;
        Ok((exprs, ty))
    }

    /// CAST. Constants are converted at once.
    pub(super) fn cast(&self, bound: Bound<'a>, to: &DataType, e: &ast::Expr) -> Result<Bound<'a>> {
        let flavour = self.env.flavour();
        let ty = self.data_type(to).map_err(|error| at(error, e))?;
        if let (Type::Interval, Expr::Const(Value::Text(text))) = (ty, &bound.expr)
            && let Some((us, months)) = calendar::parse_interval(text)
        {
            let mut interval = Bound::new(Expr::Const(Value::Interval(us)), ty);
            interval.months = months;
            return Ok(interval);
        }
        if (bound.ty, ty) == (Type::Date, Type::Text) {
            let expr = Expr::Call(&functions::DATE_TEXT, vec![bound.expr]);
            return Ok(Bound::new(expr, ty));
        }
        if flavour.strict_types && !castable(bound.ty, ty) {
            let problem = Problem::Cast {
                from: bound.ty,
                to: ty,
            };
            return Err(at(self.say(problem), e));
        }
        let mut expr = match bound.expr {
            Expr::Const(value) => {
                let value = ops::cast(&value, ty, self.env);
                Expr::Const(value.map_err(|error| at(error, e))?)
            }
            other if bound.ty == ty => other,
            other => Expr::Cast(other.boxed(), ty),
        };
        // What the type says beyond its family.
        let int = |n| Expr::Const(Value::Int(n));
        if let Some(scale) = scale_of(to)
            && let Some(round) = functions::find("round", flavour)
        {
            expr = Expr::Call(round, vec![expr, int(scale)]);
        }
        if let Some(length) = length_of(to)
            && let Some(substr) = functions::find("substr", flavour)
        {
            expr = Expr::Call(substr, vec![expr, int(1), int(length)]);
        }
        Ok(Bound::new(expr, ty))
    }

    /// The engine's type for a type's name.
    pub(super) fn data_type(&self, ty: &DataType) -> Result<Type> {
        use DataType as D;
        Ok(match ty {
            D::Bool | D::Boolean => Type::Bool,
            D::Int(_)
            | D::Int2(_)
            | D::Int4(_)
            | D::Int8(_)
            | D::Int64
            | D::Integer(_)
            | D::BigInt(_)
            | D::SmallInt(_)
            | D::TinyInt(_)
            | D::MediumInt(_)
            | D::IntUnsigned(_)
            | D::BigIntUnsigned(_)
            | D::Signed
            | D::SignedInteger
            | D::Unsigned
            | D::UnsignedInteger => Type::Int,
            D::Decimal(_) | D::Numeric(_) | D::Dec(_) => Type::Decimal,
            D::Float(_)
            | D::Float4
            | D::Float8
            | D::Float64
            | D::Real
            | D::Double(_)
            | D::DoublePrecision => Type::Float,
            D::Text
            | D::String(_)
            | D::Varchar(_)
            | D::Char(_)
            | D::Character(_)
            | D::CharacterVarying(_)
            | D::CharVarying(_)
            | D::Nvarchar(_)
            | D::Clob(_)
            | D::Uuid => Type::Text,
            D::Bytea | D::Bytes(_) | D::Blob(_) | D::Binary(_) | D::Varbinary(_) => Type::Bytes,
            D::Date => Type::Date,
            D::Datetime(None | Some(0)) => Type::Datetime,
            D::Datetime(_) => Type::Timestamp,
            D::Timestamp(_, zone) => match zone {
                ast::TimezoneInfo::None | ast::TimezoneInfo::WithoutTimeZone => Type::Timestamp,
                _ if self.env.flavour().now == Type::TimestampTz => Type::TimestampTz,
                _ => Type::Timestamp,
            },
            D::Interval { .. } => Type::Interval,
            D::JSON | D::JSONB => Type::Json,
            D::Array(
                ast::ArrayElemTypeDef::SquareBracket(of, _)
                | ast::ArrayElemTypeDef::Qualified(of, _),
            ) => match self.data_type(of)? {
                Type::Int => Type::IntArray,
                _ => Type::TextArray,
            },
            D::Custom(name, _) => {
                let last = name.0.last().and_then(|p| p.as_ident());
                let name = last.map_or("", |i| &i.value);
                match name.to_ascii_lowercase().as_str() {
                    "string" | "name" | "varchar2" | "nvarchar2" => Type::Text,
                    "number" => Type::Decimal,
                    "timestamptz" => Type::TimestampTz,
                    "int64" | "serial" | "oid" => Type::Int,
                    _ => return Err(self.say(Problem::UnknownType { name })),
                }
            }
            _ => return Err(self.unsupported("this type")),
        })
    }
}

/// `DECIMAL(10, 2)`.
fn scale_of(ty: &DataType) -> Option<i64> {
    let (DataType::Decimal(info) | DataType::Numeric(info) | DataType::Dec(info)) = ty else {
        return None;
    };
    match info {
        ast::ExactNumberInfo::PrecisionAndScale(_, scale) => Some(*scale),
        _ => None,
    }
}

/// `VARCHAR(3)`.
fn length_of(ty: &DataType) -> Option<i64> {
    let length = match ty {
        DataType::Varchar(Some(l))
        | DataType::Char(Some(l))
        | DataType::Character(Some(l))
        | DataType::CharacterVarying(Some(l)) => l,
        DataType::String(Some(n)) => return i64::try_from(*n).ok(),
        _ => return None,
    };
    match length {
        ast::CharacterLength::IntegerLength { length, .. } => i64::try_from(*length).ok(),
        ast::CharacterLength::Max => None,
    }
}

/// Whether CAST goes from one type to the other, where types are strict.
fn castable(from: Type, to: Type) -> bool {
    use Type::*;
    from == to
        || matches!(from, Unknown | Text)
        || to == Text
        || match to {
            Int | Float => numeric(from) || matches!(from, Bool | Interval) || moment(from),
            Decimal => numeric(from) || matches!(from, Bool | Interval),
            Bool => numeric(from),
            Timestamp | TimestampTz | Date | Datetime => moment(from) || from == Int,
            Interval => from == Int,
            TextArray | IntArray => matches!(from, TextArray | IntArray),
            _ => false,
        }
}
