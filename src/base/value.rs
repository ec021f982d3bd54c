//! Values that tables hold and queries compute with.

use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

/// One row.
pub type Row = Vec<Value>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    /// The bits of an `f64`; compare and print through [`Value::compare`] and `Display`.
    Float(Bits),
    Text(Rc<str>),
    Bytes(Rc<[u8]>),
    /// Microseconds since the Unix epoch, UTC, without a zone.
    Timestamp(i64),
    /// Microseconds since the Unix epoch, an instant.
    TimestampTz(i64),
    /// Microseconds.
    Interval(i64),
    Array(Rc<[Value]>),
    /// JSON text in its printed form.
    Json(Rc<str>),
}

/// Types of columns and expressions. The names that a product gives them stand in that product's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// The type of a bare NULL.
    Unknown,
    Bool,
    Int,
    Decimal,
    Float,
    Text,
    Bytes,
    Timestamp,
    TimestampTz,
    Interval,
    TextArray,
    IntArray,
    Json,
    /// A [`Value::Timestamp`] that prints as a date.
    Date,
    /// A [`Value::Timestamp`] that prints without a fraction of a second.
    Datetime,
}

/// A float that is `Eq` and `Hash` by its bits (−0 is stored as 0, every NaN as one NaN).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bits(u64);

impl Bits {
    pub fn new(f: f64) -> Bits {
        let f = if f == 0.0 {
            0.0
        } else if f.is_nan() {
            f64::NAN
        } else {
            f
        };
        Bits(f.to_bits())
    }
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// A decimal number: `mantissa` × 10^−`scale`, printed with exactly `scale` digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    pub mantissa: i128,
    pub scale: u8,
}

impl Decimal {
    pub fn new(mantissa: i128, scale: u8) -> Decimal {
        Decimal { mantissa, scale }
    }

    /// The whole number that it is; `None` also if that is out of range.
    pub fn whole(self) -> Option<i64> {
        let unit = 10i128.checked_pow(u32::from(self.scale))?;
        i64::try_from(self.mantissa / unit).ok()
    }

    pub fn is_whole(self) -> bool {
        10i128
            .checked_pow(u32::from(self.scale))
            .is_some_and(|unit| self.mantissa % unit == 0)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        if self.mantissa < 0 {
            f.write_str("-")?;
        }
        if scale == 0 {
            return f.write_str(&digits);
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, frac) = padded.split_at(padded.len() - scale);
        write!(f, "{whole}.{frac}")
    }
}

impl Value {
    pub fn text(s: impl AsRef<str>) -> Value {
        Value::Text(Rc::from(s.as_ref()))
    }
    pub fn float(f: f64) -> Value {
        Value::Float(Bits::new(f))
    }
    /// The value, or NULL for `None`.
    pub fn opt<T: Into<Value>>(v: Option<T>) -> Value {
        v.map_or(Value::Null, Into::into)
    }
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(i) => Some(*i),
            _ => None,
        }
    }
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(s) => Some(s),
            _ => None,
        }
    }
    pub fn type_of(&self) -> Type {
        match self {
            Value::Null => Type::Unknown,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Decimal(_) => Type::Decimal,
            Value::Float(_) => Type::Float,
            Value::Text(_) => Type::Text,
            Value::Bytes(_) => Type::Bytes,
            Value::Timestamp(_) => Type::Timestamp,
            Value::TimestampTz(_) => Type::TimestampTz,
            Value::Interval(_) => Type::Interval,
            Value::Array(a) => match a.first() {
                Some(Value::Int(_)) => Type::IntArray,
                _ => Type::TextArray,
            },
            Value::Json(_) => Type::Json,
        }
    }

    /// Order of two values of comparable types; `None` where either is NULL or the types do not compare.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        use Value::*;
        Some(match (self, other) {
            (Null, _) | (_, Null) => return None,
            (Bool(a), Bool(b)) => a.cmp(b),
            (Int(a), Int(b)) => a.cmp(b),
            (Text(a), Text(b)) | (Json(a), Json(b)) => a.cmp(b),
            (Bytes(a), Bytes(b)) => a.cmp(b),
            (Timestamp(a) | TimestampTz(a), Timestamp(b) | TimestampTz(b)) => a.cmp(b),
            (Interval(a), Interval(b)) => a.cmp(b),
            (Array(a), Array(b)) => {
                for (x, y) in a.iter().zip(b.iter()) {
                    match x.compare(y)? {
                        Ordering::Equal => {}
                        order => return Some(order),
                    }
                }
                a.len().cmp(&b.len())
            }
            (Decimal(_) | Int(_), Decimal(_) | Int(_)) => {
                let (a, b) = (self.to_decimal()?, other.to_decimal()?);
                compare_decimals(a, b)
            }
            (Float(_) | Int(_) | Decimal(_), Float(_) | Int(_) | Decimal(_)) => {
                self.to_f64()?.total_cmp(&other.to_f64()?)
            }
            _ => return None,
        })
    }

    fn to_decimal(&self) -> Option<Decimal> {
        match self {
            Value::Int(i) => Some(Decimal::new(i128::from(*i), 0)),
            Value::Decimal(d) => Some(*d),
            _ => None,
        }
    }

    pub fn to_f64(&self) -> Option<f64> {
        match self {
            Value::Int(i) => Some(*i as f64),
            Value::Decimal(d) => Some(d.mantissa as f64 / 10f64.powi(i32::from(d.scale))),
            Value::Float(b) => Some(b.get()),
            _ => None,
        }
    }
}

fn compare_decimals(a: Decimal, b: Decimal) -> Ordering {
    // Bring both to the larger scale; where that overflows the larger magnitude decides.
    let scale = a.scale.max(b.scale);
    let lift = |d: Decimal| {
        10i128
            .checked_pow(u32::from(scale - d.scale))
            .and_then(|p| d.mantissa.checked_mul(p))
    };
    match (lift(a), lift(b)) {
        (Some(x), Some(y)) => x.cmp(&y),
        _ => {
            let f = |d: Decimal| d.mantissa as f64 / 10f64.powi(i32::from(d.scale));
            f(a).total_cmp(&f(b))
        }
    }
}

impl From<i64> for Value {
    fn from(i: i64) -> Value {
        Value::Int(i)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}
impl From<&str> for Value {
    fn from(s: &str) -> Value {
        Value::text(s)
    }
}
impl From<String> for Value {
    fn from(s: String) -> Value {
        Value::text(s)
    }
}
impl From<Decimal> for Value {
    fn from(d: Decimal) -> Value {
        Value::Decimal(d)
    }
}
