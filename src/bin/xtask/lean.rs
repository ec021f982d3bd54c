//! sqlparser as the page needs it: cargo compiles it, for wasm only, from a copy without what no
//! query of ours can reach. The page downloads 180 kB less (after Brotli).
//!
//! sqlparser reads every statement of every database. `sql` sends it queries and expressions in
//! three dialects, and reads no text of its errors; but all of its statements, and the printing,
//! comparing and copying of its whole tree, hang on a few lines of the parser, so that no linker
//! can drop them. The edits below cut these lines. What they take away is unreachable with the
//! tokens that `sql::splice` sends (see `HIDDEN` there), so that both builds read the same
//! queries alike; the wasm tests run on this one, and compare.
//!
//! Cargo is told that this program is its `RUSTC_WRAPPER`: it starts the compiler as asked, but
//! for sqlparser with the copy's path. `Cargo.lock` and the native build know nothing of it, and
//! an edit that no longer fits the pinned version fails the build, with its text.

use super::Result;
use super::process::{files_under, read, target, this, write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const CRATE: &str = "sqlparser";

/// The dialects that the flavours of a program name: what the program's name begins with, their
/// type and their file.
const DIALECTS: [(&str, &str, &str); 3] = [
    ("cockroachdb", "PostgreSqlDialect", "postgresql"),
    ("oceanbase", "MySqlDialect", "mysql"),
    ("oceanbase", "OracleDialect", "oracle"),
];

/// Tells the compiler's calls which dialects they compile for, as a list of their files.
const ASKED: &str = "JOBSCOPE_LEAN_DIALECTS";

/// Of the programs that are compiled: each dialect's type and file.
type Dialects = Vec<(&'static str, &'static str)>;

/// The files of the dialects that these programs (a list of cargo's features) name.
fn dialects_of(programs: &str) -> String {
    let named = |of: &str| programs.split(',').any(|program| program.starts_with(of));
    let files = DIALECTS.iter().filter(|(of, ..)| named(of));
    let files: Vec<&str> = files.map(|(.., file)| *file).collect();
    files.join(",")
}

/// A text that is replaced wherever it stands in a file, which must be so many times.
struct Edit {
    file: &'static str,
    times: usize,
    from: &'static str,
    to: &'static str,
}

const fn edit(file: &'static str, from: &'static str, to: &'static str) -> Edit {
    Edit {
        file,
        times: 1,
        from,
        to,
    }
}

const PARSER: &str = "parser/mod.rs";

const EDITS: &[Edit] = &[
    // INSERT, UPDATE, DELETE and MERGE are no queries here: with them goes everything that a
    // statement can be.
    edit(
        PARSER,
        "Ok(Box::new(SetExpr::Insert(self.parse_insert(insert_token)?)))",
        r#"self.expected("a query", insert_token)"#,
    ),
    edit(
        PARSER,
        "Ok(Box::new(SetExpr::Update(self.parse_update(update_token)?)))",
        r#"self.expected("a query", update_token)"#,
    ),
    edit(
        PARSER,
        "Ok(Box::new(SetExpr::Delete(self.parse_delete(delete_token)?)))",
        r#"self.expected("a query", delete_token)"#,
    ),
    edit(
        "parser/merge.rs",
        "Ok(Box::new(SetExpr::Merge(\n            self.parse_merge(merge_token)?.into(),\n        )))",
        r#"self.expected("a query", merge_token)"#,
    ),
    edit(
        "ast/query.rs",
        "    Insert(Statement),",
        "    Insert(std::convert::Infallible),",
    ),
    edit(
        "ast/query.rs",
        "    Update(Statement),",
        "    Update(std::convert::Infallible),",
    ),
    edit(
        "ast/query.rs",
        "    Delete(Statement),",
        "    Delete(std::convert::Infallible),",
    ),
    edit(
        "ast/query.rs",
        "    Merge(Statement),",
        "    Merge(std::convert::Infallible),",
    ),
    edit(
        "ast/spans.rs",
        "SetExpr::Insert(statement) => statement.span(),",
        "SetExpr::Insert(never) => match *never {},",
    ),
    edit(
        "ast/spans.rs",
        "SetExpr::Update(statement) => statement.span(),",
        "SetExpr::Update(never) => match *never {},",
    ),
    edit(
        "ast/spans.rs",
        "SetExpr::Delete(statement) => statement.span(),",
        "SetExpr::Delete(never) => match *never {},",
    ),
    edit(
        "ast/spans.rs",
        "SetExpr::Merge(statement) => statement.span(),",
        "SetExpr::Merge(never) => match *never {},",
    ),
    edit(
        "dialect/mysql.rs",
        "            Some(parse_lock_tables(parser))",
        "            None",
    ),
    edit(
        "dialect/mysql.rs",
        "            Some(parse_unlock_tables(parser))",
        "            None",
    ),
    // Tables of other products.
    Edit {
        file: PARSER,
        times: 2,
        from: "while let Some(kw) = self.parse_one_of_keywords(&[Keyword::PIVOT, Keyword::UNPIVOT])",
        to: "while let Some(kw) = None::<Keyword>",
    },
    edit(
        PARSER,
        "} else if self.parse_keyword_with_tokens(Keyword::JSON_TABLE, &[Token::LParen]) {",
        "} else if false {",
    ),
    edit(
        PARSER,
        "} else if self.parse_keyword_with_tokens(Keyword::OPENJSON, &[Token::LParen]) {",
        "} else if false {",
    ),
    edit(
        PARSER,
        "} else if self.parse_keyword_with_tokens(Keyword::XMLTABLE, &[Token::LParen]) {",
        "} else if false {",
    ),
    edit(
        PARSER,
        "&& self.parse_keyword(Keyword::MATCH_RECOGNIZE)",
        "&& false",
    ),
    edit(
        PARSER,
        "self.parse_table_sample(modifier).map(Some)",
        "{ let _ = modifier; Ok(None) }",
    ),
    edit(
        PARSER,
        "let columns = self.parse_returns_table_columns()?;\n                        Ok(DataType::Table(Some(columns)))",
        "Ok(DataType::Table(None))",
    ),
    // Clauses that no product here has.
    edit(
        PARSER,
        "if let Some(parsed_for_clause) = self.parse_for_clause()? {",
        "if let Some(parsed_for_clause) = None::<ForClause> {",
    ),
    edit(
        PARSER,
        "            top = Some(self.parse_top()?);\n            top_before_distinct = true;",
        "            top_before_distinct = true;",
    ),
    edit(
        PARSER,
        "            top = Some(self.parse_top()?);\n        }",
        "            top = None;\n        }",
    ),
    edit(
        PARSER,
        "            if self.parse_keyword(Keyword::QUALIFY) {\n                (named_windows,",
        "            if false {\n                (named_windows,",
    ),
    edit(
        PARSER,
        "} else if self.parse_keyword(Keyword::QUALIFY) {",
        "} else if false {",
    ),
    edit(
        PARSER,
        "if self.parse_keywords(&[Keyword::LATERAL, Keyword::VIEW]) {",
        "if false {",
    ),
    edit(
        PARSER,
        "let cluster_by = if self.parse_keywords(&[Keyword::CLUSTER, Keyword::BY]) {",
        "let cluster_by = if false {",
    ),
    edit(
        PARSER,
        "let distribute_by = if self.parse_keywords(&[Keyword::DISTRIBUTE, Keyword::BY]) {",
        "let distribute_by = if false {",
    ),
    edit(
        PARSER,
        "let sort_by = if self.parse_keywords(&[Keyword::SORT, Keyword::BY]) {",
        "let sort_by = if false {",
    ),
    edit(
        PARSER,
        "SetExpr::Table(Box::new(self.parse_as_table()?))",
        r#"return self.expected_ref("a query", self.peek_token_ref());"#,
    ),
    // `splice` sends no comments.
    edit(
        PARSER,
        "let supports_hints = self.dialect.supports_comment_optimizer_hint();",
        "let supports_hints = false;",
    ),
    // Functions with words in their brackets: these are called as any other.
    edit(
        PARSER,
        "Keyword::CEIL => Ok(Some(self.parse_ceil_floor_expr(true)?)),",
        "",
    ),
    edit(
        PARSER,
        "Keyword::FLOOR => Ok(Some(self.parse_ceil_floor_expr(false)?)),",
        "",
    ),
    // Types of other products.
    edit(
        PARSER,
        "let (precision, time_zone) = self.parse_datetime_64()?;\n                    Ok(DataType::Datetime64(precision, time_zone))",
        "Ok(DataType::Date)",
    ),
    edit(
        PARSER,
        "let character_length = self.parse_literal_uint()?;\n                    self.expect_token(&Token::RParen)?;\n                    Ok(DataType::FixedString(character_length))",
        "Ok(DataType::Date)",
    ),
    edit(
        PARSER,
        "Keyword::BIGNUMERIC => Ok(DataType::BigNumeric(\n                    self.parse_exact_number_optional_precision_scale()?,\n                )),",
        "",
    ),
    edit(
        PARSER,
        "Keyword::BIGDECIMAL => Ok(DataType::BigDecimal(\n                    self.parse_exact_number_optional_precision_scale()?,\n                )),",
        "",
    ),
    edit(
        PARSER,
        "Keyword::ENUM => Ok(DataType::Enum(self.parse_enum_values()?, None)),",
        "",
    ),
    edit(
        PARSER,
        "Keyword::ENUM8 => Ok(DataType::Enum(self.parse_enum_values()?, Some(8))),",
        "",
    ),
    edit(
        PARSER,
        "Keyword::ENUM16 => Ok(DataType::Enum(self.parse_enum_values()?, Some(16))),",
        "",
    ),
    edit(
        PARSER,
        "Keyword::SET => Ok(DataType::Set(self.parse_string_values()?)),",
        "",
    ),
    // What only MySQL's family has.
    edit(
        PARSER,
        "Keyword::CONVERT => Ok(",
        "Keyword::CONVERT if dialect_of!(self is MySqlDialect | OracleDialect) => Ok(",
    ),
    Edit {
        file: PARSER,
        times: 15,
        from: "if self.parse_keyword(Keyword::UNSIGNED) {",
        to: "if dialect_of!(self is MySqlDialect | OracleDialect)\n && self.parse_keyword(Keyword::UNSIGNED) {",
    },
    edit(
        PARSER,
        "let connect_by = self.maybe_parse_connect_by()?;",
        "let connect_by = if dialect_of!(self is MySqlDialect | OracleDialect) { self.maybe_parse_connect_by()? } else { vec![] };",
    ),
    // Tokens as texts.
    edit(
        PARSER,
        "let word_string = token.token.to_string();",
        "let word_string = match &token.token { Token::Word(w) => w.value.clone(), _ => String::new() };",
    ),
    edit(
        PARSER,
        "self.expected_ref(&expected.to_string(), self.peek_token_ref())",
        r#"self.expected_ref("another token", self.peek_token_ref())"#,
    ),
    edit(
        PARSER,
        "idents.push(self.get_current_token().to_string());",
        "idents.push(String::new());",
    ),
    edit(
        PARSER,
        "value: Token::Mul.to_string(),",
        r#"value: String::from("*"),"#,
    ),
    edit(
        PARSER,
        "Token::Word(w) => modifiers.push(w.to_string()),",
        "Token::Word(w) => modifiers.push(w.value),",
    ),
    edit(
        PARSER,
        "Ok(Value::Placeholder(format!(\"{tok}{}\", ident.value))",
        "Ok(Value::Placeholder(format!(\"{}{}\", if tok == Token::Colon { \":\" } else { \"@\" }, ident.value))",
    ),
    edit(
        PARSER,
        "Ok(ObjectName::from(vec![Ident::new(token.token.to_string())]))",
        "{ let _ = token; Ok(ObjectName::from(vec![Ident::new(\"\")])) }",
    ),
    // Errors that print the tree or ask for its span, in places that a caller has ruled out.
    edit(
        PARSER,
        r#"format!("Expected identifier, found: {}", x),
                        x.span().start"#,
        r#""Expected identifier".to_string(),
                        Location::empty()"#,
    ),
    Edit {
        file: PARSER,
        times: 5,
        from: "root.span().start",
        to: "Location::empty()",
    },
    // Errors whose text nobody reads: only where they are counts.
    edit(
        PARSER,
        r#"format!("Expected identifier, found: {}", root)"#,
        r#""Expected identifier".to_string()"#,
    ),
    edit(
        PARSER,
        "as comparison operator, found: {op}\"",
        "as comparison operator\"",
    ),
    edit(
        PARSER,
        r#"format!("unmatched > after parsing data type {ty}")"#,
        r#""unmatched > after parsing data type".to_string()"#,
    ),
    edit(
        PARSER,
        r#"format!("Expected an expression, found: {}", v)"#,
        r#""Expected an expression".to_string()"#,
    ),
    edit(
        PARSER,
        r#"if let Some(inner_alias) = alias {
                                return Err(ParserError::ParserError(format!(
                                    "duplicate alias {inner_alias}"
                                )));"#,
        r#"if alias.is_some() {
                                return Err(ParserError::ParserError(String::from(
                                    "duplicate alias"
                                )));"#,
    ),
    Edit {
        file: PARSER,
        times: 3,
        from: r#"format!("Expected: {expected}, found: {found}"),"#,
        to: "String::from(expected),",
    },
    edit(
        PARSER,
        r#"keywords.iter().map(|x| format!("{x:?}")).collect();"#,
        "{ let _ = keywords; Vec::new() };",
    ),
    edit(
        PARSER,
        r#"format!(
                            "Unexpected token in unary operator parsing: {tok:?}"
                        )"#,
        r#"String::from("Unexpected token in unary operator parsing")"#,
    ),
    Edit {
        file: PARSER,
        times: 2,
        from: r#"format!("No infix parser for token {:?}", tok.token)"#,
        to: r#""No infix parser for token".to_string()"#,
    },
    edit(
        PARSER,
        r#"v.value.to_lowercase() == "from""#,
        r#"v.value.eq_ignore_ascii_case("from")"#,
    ),
    // The only such word of these dialects.
    edit(
        PARSER,
        r#".map(|keyword| Ident::new(format!("{keyword:?}")));"#,
        r#".map(|_| Ident::new("CONNECT_BY_ROOT"));"#,
    ),
    // What copies or compares the tree.
    edit(
        PARSER,
        "DataType::Custom(ref name, ref modifiers)\n                    if modifiers.is_empty()\n                        && Self::is_simple_unquoted_object_name(name, \"xml\")",
        "DataType::Custom(name, modifiers)\n                    if modifiers.is_empty()\n                        && Self::is_simple_unquoted_object_name(&name, \"xml\")",
    ),
    edit(
        PARSER,
        "data_type: DataType::Custom(name.clone(), modifiers.clone()),",
        "data_type: DataType::Custom(name, modifiers),",
    ),
    edit(
        PARSER,
        "limit != Some(None)",
        "!matches!(limit, Some(None))",
    ),
    // Places where a part of the text did not parse: a statement has 4,000 tokens at the most, for
    // which a sorted list does.
    edit(
        PARSER,
        "#[cfg(feature = \"std\")]\nuse std::collections::{BTreeMap, BTreeSet};\n",
        r#"
struct BTreeMap<K, V>(Vec<(K, V)>);
impl<V> BTreeMap<usize, V> {
    fn new() -> Self {
        BTreeMap(Vec::new())
    }
    fn clear(&mut self) {
        self.0.clear();
    }
    fn place(&self, key: usize) -> Result<usize, usize> {
        self.0.binary_search_by_key(&key, |(k, _)| *k)
    }
    fn get(&self, key: &usize) -> Option<&V> {
        self.place(*key).ok().map(|at| &self.0[at].1)
    }
    fn contains(&self, key: &usize) -> bool {
        self.place(*key).is_ok()
    }
    fn insert(&mut self, key: usize, value: V) {
        if let Err(at) = self.place(key) {
            self.0.insert(at, (key, value));
        }
    }
}
type BTreeSet<K> = BTreeMap<K, ExprPrefixError>;
"#,
    ),
    edit(
        PARSER,
        ".insert(derived_pos);",
        ".insert(derived_pos, ExprPrefixError::Err);",
    ),
    // MySQL's DIV copies the tree of its left side when the dialect reads it; as one more operator
    // of the parser it takes the side itself.
    edit(
        "dialect/mysql.rs",
        "        if parser.parse_keyword(Keyword::DIV) {\n            let left = Box::new(expr.clone());",
        "        let _ = expr;\n        if false {\n            let left = Box::new(Expr::Identifier(crate::ast::Ident::new(\"\")));",
    ),
    edit(
        PARSER,
        "Keyword::XOR => Some(BinaryOperator::Xor),",
        "Keyword::XOR => Some(BinaryOperator::Xor),\n                Keyword::DIV if dialect_is!(dialect is MySqlDialect) => Some(BinaryOperator::MyIntegerDivide),",
    ),
];

/// Whether cargo has started this program in place of the compiler: its first argument is one.
pub fn is_compiler_call(args: &[String]) -> bool {
    let program = args.first().map(|arg| Path::new(arg).file_stem());
    program.flatten().is_some_and(|stem| {
        ["rustc", "clippy-driver"]
            .iter()
            .any(|name| stem.eq_ignore_ascii_case(name))
    })
}

/// Starts the compiler with the arguments that cargo gave, but with the copy of sqlparser.
pub fn compile(mut args: Vec<String>) -> ExitCode {
    let source = Path::new(CRATE).join("src").join("lib.rs");
    let is_crate = |pair: &[String]| pair[0] == "--crate-name" && pair[1] == CRATE;
    if args.windows(2).any(is_crate)
        && args.iter().any(|arg| arg.starts_with("wasm32"))
        && let Some(entry) = args.iter_mut().find(|arg| arg.ends_with("lib.rs"))
    {
        let copy = target().join("lean");
        let from = Path::new(&*entry)
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default();
        if let Err(message) = make(&from, &copy.join(CRATE).join("src")) {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
        *entry = copy.join(source).display().to_string();
        // This machine's paths are not to be shipped in the texts of panics.
        args.push(format!("--remap-path-prefix={}=lean", copy.display()));
    }
    let Some((compiler, rest)) = args.split_first() else {
        return ExitCode::FAILURE;
    };
    match Command::new(compiler).args(rest).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => ExitCode::from(status.code().map_or(1, |code| code as u8)),
        Err(e) => {
            eprintln!("error: `{compiler}` could not be started: {e}");
            ExitCode::FAILURE
        }
    }
}

/// Makes a call of cargo compile the lean sqlparser for these programs (a list of features).
pub fn prepare(cargo: &mut Command, programs: &str) {
    cargo
        .env("RUSTC_WRAPPER", this())
        .env(ASKED, dialects_of(programs));
}

/// A word for the compiler's flags that changes with the edits and the dialects: cargo does not look
/// into a dependency's source, but compiles everything anew when its flags change.
pub fn cfg(programs: &str) -> String {
    // FNV-1a.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let dialects = dialects_of(programs);
    for byte in include_bytes!("lean.rs").iter().chain(dialects.as_bytes()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("--cfg=lean_{hash:016x}")
}

/// Copies the sources in `from` to `to`, with the edits.
fn make(from: &Path, to: &Path) -> Result {
    let asked = std::env::var(ASKED).unwrap_or_default();
    let dialects: Dialects = DIALECTS
        .iter()
        .filter(|(.., file)| asked.split(',').any(|one| one == *file))
        .map(|(_, name, file)| (*name, *file))
        .collect();
    super::page::remove(to)?;
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for name in files_under(from) {
        let text = String::from_utf8_lossy(&read(&from.join(&name))?).into_owned();
        files.push((name, text));
    }
    for edit in EDITS {
        let text = file(&mut files, edit.file)?;
        let found = text.matches(edit.from).count();
        if found != edit.times {
            return Err(format!(
                "{CRATE} has changed: this stands {found} times in {}, not {}:\n{}\nsee {}",
                edit.file,
                edit.times,
                edit.from,
                file!()
            ));
        }
        *text = text.replace(edit.from, edit.to);
    }
    only_our_dialects(&mut files, &dialects)?;
    settled_questions(&mut files, &dialects)?;
    for (name, text) in files {
        write(&to.join(name), text.as_bytes())?;
    }
    Ok(())
}

fn file<'f>(files: &'f mut [(PathBuf, String)], name: &str) -> Result<&'f mut String> {
    files
        .iter_mut()
        .find(|(file, _)| file == Path::new(name))
        .map(|(_, text)| text)
        .ok_or_else(|| format!("{CRATE} has changed: it has no {name}"))
}

/// `dialect.is::<T>()` is false at once for a dialect that is not used.
fn only_our_dialects(files: &mut [(PathBuf, String)], dialects: &Dialects) -> Result {
    let text = file(files, "dialect/mod.rs")?;
    let asked = "        TypeId::of::<T>() == self.dialect()\n";
    let ours: Vec<String> = dialects
        .iter()
        .map(|(name, _)| format!("TypeId::of::<T>() == TypeId::of::<{name}>()"))
        .collect();
    if text.matches(asked).count() != 1 {
        return Err(format!("{CRATE} has changed: no single {asked}"));
    }
    let known = match &ours[..] {
        [only] => format!("        {only}\n"),
        _ => format!(
            "        ({}) && TypeId::of::<T>() == self.dialect()\n",
            ours.join(" || ")
        ),
    };
    *text = text.replace(asked, &known);
    Ok(())
}

/// What a dialect, or the trait for all, answers to each question without looking at anything:
/// the name of the method, and `true` or `false`; or nothing where it looks at something.
fn answers(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let name = line
            .trim()
            .strip_prefix("fn ")
            .and_then(|rest| rest.strip_suffix("(&self) -> bool {"));
        if let Some(name) = name {
            let answer = lines.peek().map(|next| next.trim());
            found.push((name, answer.filter(|a| ["true", "false"].contains(a))));
        }
    }
    found
}

/// Puts the answer of `Dialect::supports_…` where the parser asks, when all our dialects give the
/// same one.
fn settled_questions(files: &mut [(PathBuf, String)], dialects: &Dialects) -> Result {
    let mut texts = Vec::new();
    for (_, name) in dialects {
        texts.push(file(files, &format!("dialect/{name}.rs"))?.clone());
    }
    let of_dialects: Vec<_> = texts.iter().map(|text| answers(text)).collect();
    let of_all = file(files, "dialect/mod.rs")?.clone();
    let mut settled = 0;
    for (name, by_default) in answers(&of_all) {
        let mut given = of_dialects.iter().map(|own| {
            let own = own.iter().find(|(n, _)| *n == name);
            own.map_or(by_default, |(_, answer)| *answer)
        });
        let Some(Some(answer)) = given.next() else {
            continue;
        };
        if given.any(|other| other != Some(answer)) {
            continue;
        }
        settled += 1;
        for (file, text) in files.iter_mut() {
            if file.starts_with("parser") || file == Path::new("dialect/mod.rs") {
                for who in ["self", "parser", "p"] {
                    *text = text.replace(&format!("{who}.dialect.{name}()"), answer);
                }
            }
        }
    }
    match settled {
        0..60 => Err(format!(
            "{CRATE} has changed: only {settled} questions of Dialect are settled"
        )),
        _ => Ok(()),
    }
}
