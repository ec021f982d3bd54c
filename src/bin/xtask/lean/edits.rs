//! The places where whole parts of sqlparser hang, cut by hand.

/// A text that is replaced wherever it stands in a file, which must be so many times.
pub struct Edit {
    pub file: &'static str,
    pub times: usize,
    pub from: &'static str,
    pub to: &'static str,
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

pub const EDITS: &[Edit] = &[
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
        "SetExpr::Table(Box::new(self.parse_as_table()?))",
        r#"return self.expected_ref("a query", self.peek_token_ref());"#,
    ),
    // `splice` sends no comments.
    edit(
        PARSER,
        "let supports_hints = self.dialect.supports_comment_optimizer_hint();",
        "let supports_hints = false;",
    ),
    // What only MySQL's family has.
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
    // Tokens and keywords as texts: the names of all 1,100.
    edit(
        "tokenizer.rs",
        "impl fmt::Display for Token {\n    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {\n",
        "impl fmt::Display for Token {\n    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {\n        return f.write_str(\"a token\");\n",
    ),
    Edit {
        file: PARSER,
        times: 6,
        from: "{unexpected_keyword:?}",
        to: "",
    },
    Edit {
        file: PARSER,
        times: 13,
        from: "{unexpected_keyword}",
        to: "",
    },
    Edit {
        file: PARSER,
        times: 2,
        from: r#"format!("{:?}", expected).as_str()"#,
        to: r#""a keyword""#,
    },
    edit(
        PARSER,
        r#"format!(
                                    "expected OUTER, SEMI, ANTI or JOIN after {kw:?}"
                                )"#,
        r#"String::from("expected OUTER or JOIN")"#,
    ),
    // Predicates and tables of other products, behind words that are shown for something else.
    edit(
        PARSER,
        "} else if let Ok(is_normalized) = self.parse_unicode_is_normalized(expr) {",
        "} else if let Some(is_normalized) = { let _ = self.parse_keyword(Keyword::NOT); None } {",
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
