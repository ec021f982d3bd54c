//! The words that sqlparser is shown as keywords. To it every other word is a name, and the page is
//! built without what only hidden keywords reach (`bin/xtask/lean` reads the lists below).

use sqlparser::keywords::Keyword;

/// Keywords of a family of dialects: their texts, sorted, and in the same order what they are.
pub struct Shown {
    texts: &'static [&'static str],
    keywords: &'static [Keyword],
}

impl Shown {
    /// In upper case, sorted.
    pub fn texts(&self) -> &'static [&'static str] {
        self.texts
    }

    /// The keyword that a text is, in any case; `NoKeyword` when it is none of these.
    fn find(&self, text: &str) -> Keyword {
        super::flavour::place(self.texts, text)
            .and_then(|at| self.keywords.get(at).copied())
            .unwrap_or(Keyword::NoKeyword)
    }
}

/// The keyword that a text is in a flavour whose own keywords are `own`.
pub(super) fn keyword(own: &Shown, text: &str) -> Keyword {
    match COMMON.find(text) {
        Keyword::NoKeyword => own.find(text),
        keyword => keyword,
    }
}

macro_rules! shown {
    ($(#[$doc:meta])* $name:ident: $($word:ident)*) => {
        $(#[$doc])*
        pub static $name: Shown = Shown {
            texts: &[$(stringify!($word)),*],
            keywords: &[$(Keyword::$word),*],
        };
    };
}

shown! {
    /// Of every product here.
    COMMON:
ALL ANALYZE AND ANY AS ASC AT BETWEEN BIGINT BIT BLOB BOOL BOOLEAN BOTH BY CASE CAST CENTURY CHAR
CHARACTER CHARACTERS COLLATE CROSS CUBE CURRENT CURRENT_CATALOG CURRENT_DATE CURRENT_TIME
CURRENT_TIMESTAMP CURRENT_USER DATE DAY DAYS DEC DECADE DECIMAL DESC DISTINCT DOUBLE DOW DOY ELSE
END EPOCH ESCAPE EXCEPT EXISTS EXPLAIN EXTRACT FALSE FETCH FILTER FIRST FLOAT FLOAT4 FLOAT8
FOLLOWING FOR FROM FULL GROUP GROUPING GROUPS HAVING HOUR HOURS IN INNER INT INT2 INT4 INT8 INTEGER
INTERSECT INTERVAL INTO IS ISODOW ISOWEEK ISOYEAR JOIN JSON JULIAN KEY LAST LATERAL LEADING LEFT
LIKE LIMIT LOCALTIME LOCALTIMESTAMP LOCKED MATERIALIZED MICROSECOND MICROSECONDS MILLENIUM
MILLENNIUM MILLISECOND MILLISECONDS MINUTE MINUTES MONTH MONTHS NANOSECOND NANOSECONDS NATURAL NEXT
NO NOT NOWAIT NULL NULLS NUMERIC OF OFFSET ON ONLY OR ORDER OUTER OVER PARTITION POSITION PRECEDING
PRECISION QUARTER RANGE REAL RECURSIVE RETURNING RIGHT ROLLUP ROW ROWS SECOND SECONDS SELECT
SESSION_USER SETS SHARE SKIP SMALLINT SOME SUBSTR SUBSTRING TABLE TEXT THEN TIES TIME TIMESTAMP TO
TRAILING TRIM TRUE UNBOUNDED UNION UNKNOWN USER USING UUID VALUES VARCHAR VARYING WEEK WEEKS WHEN
WHERE WINDOW WITH WITHIN WITHOUT YEAR YEARS ZONE
}

shown! {
    /// Of PostgreSQL's family.
    POSTGRES:
ARRAY BYTEA BYTES ILIKE INT64 JSONB NOTNULL ORDINALITY OVERLAPS REGCLASS SIMILAR STRING TIMESTAMPTZ
TIMETZ TIMEZONE TIMEZONE_ABBR TIMEZONE_HOUR TIMEZONE_MINUTE TIMEZONE_REGION TSQUERY TSVECTOR UNNEST
VARBIT
}

shown! {
    /// Of MySQL's family, and of Oracle's.
    MYSQL:
AGAINST BINARY CLOB CONNECT CONVERT DATETIME DISTINCTROW DIV EXPANSION FORCE HIGH_PRIORITY IGNORE
INDEX LANGUAGE LONG LONGBLOB LONGTEXT MATCH MEDIUMBLOB MEDIUMINT MEDIUMTEXT MEMBER MINUS MODE
NOCYCLE NVARCHAR PERCENT PRIOR QUERY REGEXP RESPECT RLIKE SEPARATOR SIGNED SQL_BIG_RESULT
SQL_BUFFER_RESULT SQL_CALC_FOUND_ROWS SQL_NO_CACHE SQL_SMALL_RESULT START STRAIGHT_JOIN TINYBLOB
TINYINT TINYTEXT UNSIGNED USE VALUE VARBINARY XOR
}

/// Shown in some places only: `FOR UPDATE`.
pub(super) const SOMETIMES: &[(&str, Keyword)] = &[("UPDATE", Keyword::UPDATE)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_is_sorted_and_none_repeats_another() {
        for list in [&COMMON, &POSTGRES, &MYSQL] {
            assert!(list.texts.is_sorted(), "{:?}", list.texts);
        }
        for text in [POSTGRES.texts, MYSQL.texts].concat() {
            assert_eq!(COMMON.find(text), Keyword::NoKeyword, "{text}");
        }
    }

    #[test]
    fn a_text_is_found_in_any_case() {
        assert_eq!(keyword(&POSTGRES, "sElEcT"), Keyword::SELECT);
        assert_eq!(keyword(&POSTGRES, "ilike"), Keyword::ILIKE);
        assert_eq!(keyword(&MYSQL, "ilike"), Keyword::NoKeyword);
        assert_eq!(keyword(&MYSQL, ""), Keyword::NoKeyword);
    }
}
