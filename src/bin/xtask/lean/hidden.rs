//! The keywords that `sql::shown` shows to sqlparser are few of those that it asks for: where it asks
//! for another one, the answer is no.

use super::{CRATE, Dialects, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where the lists stand.
pub const SHOWN: &str = include_str!("../../../sql/shown.rs");

/// The keywords that the flavours of these dialects show.
fn shown(dialects: &Dialects) -> BTreeSet<&'static str> {
    let family = |file: &str| match file {
        "postgresql" => "    POSTGRES:\n",
        _ => "    MYSQL:\n",
    };
    let lists = dialects.iter().map(|(_, file)| family(file));
    let lists = std::iter::once("    COMMON:\n").chain(lists);
    let words = lists.filter_map(|head| {
        let (_, list) = SHOWN.split_once(head)?;
        Some(list.split_once('}')?.0.split_whitespace())
    });
    let sometimes = SHOWN.split_once("SOMETIMES: ").map_or("", |(_, rest)| rest);
    let sometimes = sometimes.lines().next().into_iter().flat_map(named);
    words.flatten().chain(sometimes).collect()
}

/// The keywords that a text names.
fn named(text: &str) -> impl Iterator<Item = &str> {
    text.split("Keyword::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// Answers the parser's questions for keywords that are never shown.
pub fn prune(files: &mut [(PathBuf, String)], dialects: &Dialects) -> Result {
    let shown = shown(dialects);
    let own: Vec<String> = dialects
        .iter()
        .map(|(_, f)| format!("dialect/{f}.rs"))
        .collect();
    let mut answered = 0;
    for (file, text) in files {
        if file.starts_with("parser")
            || file == Path::new("dialect/mod.rs")
            || own.iter().any(|own| file == Path::new(own))
        {
            for (question, answer) in QUESTIONS {
                *text = questions(text, question, *answer, &shown, &mut answered);
            }
            *text = arms(text, &shown, &mut answered);
        }
    }
    match (shown.len(), answered) {
        (0..100, _) => Err(format!("no more than {} keywords are shown", shown.len())),
        (_, 0..500) => Err(format!(
            "{CRATE} has changed: it asks only {answered} times for keywords that are not shown"
        )),
        _ => Ok(()),
    }
}

/// What becomes of a question in which a hidden keyword stands.
#[derive(Clone, Copy)]
enum Answer {
    /// For one, or for all in a row: no.
    No,
    /// For one of several: of those that are left.
    Less,
}

const QUESTIONS: &[(&str, Answer)] = &[
    (".parse_keyword(", Answer::No),
    (".parse_keywords(", Answer::No),
    (".parse_keyword_with_tokens(", Answer::No),
    (".peek_keyword(", Answer::No),
    (".peek_keywords(", Answer::No),
    (".peek_keyword_with_tokens(", Answer::No),
    (".parse_one_of_keywords(", Answer::Less),
    (".peek_one_of_keywords(", Answer::Less),
];

fn questions(
    text: &str,
    question: &str,
    answer: Answer,
    shown: &BTreeSet<&str>,
    answered: &mut usize,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split(question);
    out.push_str(parts.next().unwrap_or_default());
    for rest in parts {
        let end = rest.find(')').unwrap_or(rest.len());
        let (asked, after) = rest.split_at(end);
        let left: Vec<&str> = named(asked).filter(|word| shown.contains(word)).collect();
        let count = named(asked).count();
        let receiver = ["self", "parser", "p"].into_iter().find(|who| {
            let before = out.strip_suffix(who);
            before.is_some_and(|b| b.ends_with(|c: char| !c.is_alphanumeric() && c != '_'))
        });
        let replaced = match (receiver, answer, &left[..]) {
            (Some(_), Answer::No, _) if left.len() < count => Some("false".to_string()),
            (Some(_), Answer::Less, []) if count > 0 => Some("None::<Keyword>".to_string()),
            (Some(who), Answer::Less, _) if left.len() < count => {
                let left: Vec<_> = left.iter().map(|word| format!("Keyword::{word}")).collect();
                Some(format!("{who}{question}&[{}])", left.join(", ")))
            }
            _ => None,
        };
        match (replaced, receiver) {
            (Some(replaced), Some(who)) => {
                *answered += 1;
                out.truncate(out.len() - who.len());
                out.push_str(&replaced);
                out.push_str(after.strip_prefix(')').unwrap_or(after));
            }
            _ => {
                out.push_str(question);
                out.push_str(rest);
            }
        }
    }
    out
}

/// An arm of a `match` for hidden keywords only is never taken.
fn arms(text: &str, shown: &BTreeSet<&str>, answered: &mut usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let pattern = line
            .split_once(" =>")
            .map_or("", |(pattern, _)| pattern.trim());
        let inner = pattern
            .strip_prefix("Some(")
            .and_then(|p| p.strip_suffix(')'));
        let hidden = |word: &str| {
            let word = word.strip_prefix("Keyword::").unwrap_or_default();
            let letters = word
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
            !word.is_empty() && letters && !shown.contains(word)
        };
        if inner.unwrap_or(pattern).split(" | ").all(hidden) {
            *answered += 1;
            out.push_str(&line.replacen(" =>", " if false =>", 1));
        } else {
            out.push_str(line);
        }
    }
    out
}
