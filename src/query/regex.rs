//! Regular expressions for `~` and its like: a pattern becomes a small program, and all of its
//! threads walk over the text at once, so that no pattern takes more than its length times the
//! text's. Groups group; what they match is not remembered.

/// Steps that a program may have: `{n,m}` repeats what it stands behind.
const PROGRAM_LIMIT: usize = 4_000;
/// Brackets in brackets.
const DEPTH_LIMIT: usize = 60;

#[derive(Clone, Debug)]
enum Step {
    One(char),
    Any,
    /// Ranges, and whether what is in none of them is meant.
    Set(Vec<(char, char)>, bool),
    Start,
    End,
    /// `\b`, or its opposite.
    Edge(bool),
    /// Two ways on; the first is preferred.
    Split(usize, usize),
    Jump(usize),
    Match,
}

/// A pattern made ready.
pub struct Regex {
    steps: Vec<Step>,
    ignore_case: bool,
}

struct Reader<'p> {
    chars: std::iter::Peekable<std::str::Chars<'p>>,
    depth: usize,
}

impl Regex {
    /// `None`: the pattern is none, or too large.
    pub fn new(pattern: &str, ignore_case: bool) -> Option<Regex> {
        let mut reader = Reader {
            chars: pattern.chars().peekable(),
            depth: 0,
        };
        let mut steps = reader.choice()?;
        if reader.chars.next().is_some() {
            return None;
        }
        steps.push(Step::Match);
        Some(Regex { steps, ignore_case })
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Where the first match at or after `from` begins and ends, in characters.
    pub fn find(&self, text: &[char], from: usize) -> Option<(usize, usize)> {
        let mut threads: Vec<(usize, usize)> = Vec::new();
        let mut found: Option<(usize, usize)> = None;
        let mut marks = vec![usize::MAX; self.steps.len()];
        for at in from..=text.len() {
            let mut next = Vec::new();
            // Threads in order of preference: older ones first, then one that begins here.
            for (step, begun) in std::mem::take(&mut threads) {
                self.follow(step, begun, text, at, &mut marks, &mut next);
            }
            if found.is_none() {
                self.follow(0, at, text, at, &mut marks, &mut next);
            }
            for (step, begun) in next {
                match self.steps.get(step) {
                    Some(Step::Match) => {
                        found = Some((begun, at));
                        // Those behind it are worse.
                        break;
                    }
                    Some(s) if text.get(at).is_some_and(|c| self.takes(s, *c)) => {
                        threads.push((step + 1, begun));
                    }
                    _ => {}
                }
            }
            if threads.is_empty() && found.is_some() {
                break;
            }
        }
        found
    }

    /// Adds the steps that take a character, or match, that are reached from `step` without one.
    fn follow(
        &self,
        step: usize,
        begun: usize,
        text: &[char],
        at: usize,
        marks: &mut [usize],
        out: &mut Vec<(usize, usize)>,
    ) {
        let mut open = vec![step];
        while let Some(step) = open.pop() {
            match marks.get_mut(step) {
                Some(mark) if *mark != at => *mark = at,
                _ => continue,
            }
            let word = |i: usize| {
                text.get(i)
                    .is_some_and(|c| c.is_alphanumeric() || *c == '_')
            };
            let on = match self.steps.get(step) {
                Some(Step::Jump(to)) => {
                    open.push(*to);
                    continue;
                }
                Some(Step::Split(a, b)) => {
                    open.push(*b);
                    open.push(*a);
                    continue;
                }
                Some(Step::Start) => at == 0,
                Some(Step::End) => at == text.len(),
                Some(Step::Edge(wanted)) => {
                    let edge = (at > 0 && word(at - 1)) != word(at);
                    edge == *wanted
                }
                Some(_) => {
                    out.push((step, begun));
                    false
                }
                None => false,
            };
            if on {
                open.push(step + 1);
            }
        }
    }

    fn takes(&self, step: &Step, c: char) -> bool {
        let one = |c: char| match step {
            Step::One(wanted) => *wanted == c,
            Step::Any => c != '\n',
            Step::Set(ranges, negated) => {
                ranges.iter().any(|(a, b)| *a <= c && c <= *b) != *negated
            }
            _ => false,
        };
        if !self.ignore_case {
            return one(c);
        }
        let lower = crate::base::letters::lower(c);
        let upper = crate::base::letters::upper(c);
        match step {
            Step::Set(_, true) => one(lower) && one(upper),
            _ => one(lower) || one(upper),
        }
    }
}

impl Reader<'_> {
    /// `a|b|c`
    fn choice(&mut self) -> Option<Vec<Step>> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return None;
        }
        let mut steps = self.sequence()?;
        while self.chars.next_if_eq(&'|').is_some() {
            let other = self.sequence()?;
            let mut both = vec![Step::Split(1, steps.len() + 2)];
            both.extend(moved(&steps, 1));
            both.push(Step::Jump(steps.len() + 2 + other.len()));
            both.extend(moved(&other, steps.len() + 2));
            steps = both;
        }
        self.depth -= 1;
        (steps.len() <= PROGRAM_LIMIT).then_some(steps)
    }

    fn sequence(&mut self) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        while let Some(c) = self.chars.next_if(|c| !matches!(c, '|' | ')')) {
            let atom = self.atom(c)?;
            let atom = self.repeated(atom)?;
            let moved = moved(&atom, steps.len());
            steps.extend(moved);
            if steps.len() > PROGRAM_LIMIT {
                return None;
            }
        }
        Some(steps)
    }

    fn atom(&mut self, c: char) -> Option<Vec<Step>> {
        Some(vec![match c {
            '.' => Step::Any,
            '^' => Step::Start,
            '$' => Step::End,
            '(' => {
                if self.chars.next_if_eq(&'?').is_some() {
                    self.chars.next_if_eq(&':')?;
                }
                let inner = self.choice()?;
                self.chars.next_if_eq(&')')?;
                return Some(inner);
            }
            '[' => self.set()?,
            '\\' => match self.chars.next()? {
                'b' => Step::Edge(true),
                'B' => Step::Edge(false),
                'A' => Step::Start,
                'z' => Step::End,
                c => match class(c) {
                    Some((ranges, negated)) => Step::Set(ranges.to_vec(), negated),
                    None => Step::One(escaped(c)),
                },
            },
            '*' | '+' | '?' => return None,
            c => Step::One(c),
        }])
    }

    fn repeated(&mut self, atom: Vec<Step>) -> Option<Vec<Step>> {
        let (least, most) = match self.chars.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.chars.next();
                let least = self.number()?;
                let most = match self.chars.next()? {
                    '}' => Some(least),
                    ',' if self.chars.peek() == Some(&'}') => {
                        self.chars.next();
                        None
                    }
                    ',' => {
                        let most = self.number()?;
                        self.chars.next_if_eq(&'}')?;
                        Some(most)
                    }
                    _ => return None,
                };
                return self.times(&atom, least, most);
            }
            _ => return Some(atom),
        };
        self.chars.next();
        self.times(&atom, least, most)
    }

    fn number(&mut self) -> Option<usize> {
        let mut n = None;
        while let Some(d) = self.chars.peek().and_then(|c| c.to_digit(10)) {
            self.chars.next();
            n = Some((n.unwrap_or(0) * 10 + d as usize).min(PROGRAM_LIMIT));
        }
        n
    }

    fn times(&mut self, atom: &[Step], least: usize, most: Option<usize>) -> Option<Vec<Step>> {
        let lazy = self.chars.next_if_eq(&'?').is_some();
        let split = |here: usize, past: usize| match lazy {
            false => Step::Split(here, past),
            true => Step::Split(past, here),
        };
        let copies = most.unwrap_or(least).max(least);
        if copies.checked_mul(atom.len() + 1)? > PROGRAM_LIMIT {
            return None;
        }
        let mut steps: Vec<Step> = Vec::new();
        for _ in 0..least {
            let copy = moved(atom, steps.len());
            steps.extend(copy);
        }
        match most {
            None => {
                let at = steps.len();
                steps.push(split(at + 1, at + atom.len() + 2));
                steps.extend(moved(atom, at + 1));
                steps.push(Step::Jump(at));
            }
            Some(most) => {
                let each = atom.len() + 1;
                let past = steps.len() + most.checked_sub(least)? * each;
                for _ in least..most {
                    let at = steps.len();
                    steps.push(split(at + 1, past));
                    steps.extend(moved(atom, at + 1));
                }
            }
        }
        Some(steps)
    }

    /// After `[`.
    fn set(&mut self) -> Option<Step> {
        let negated = self.chars.next_if_eq(&'^').is_some();
        let mut ranges: Vec<(char, char)> = Vec::new();
        let mut first = true;
        loop {
            let c = self.chars.next()?;
            if c == ']' && !first {
                return Some(Step::Set(ranges, negated));
            }
            first = false;
            let from = match c {
                '[' if self.chars.peek() == Some(&':') => {
                    ranges.extend_from_slice(self.named()?);
                    continue;
                }
                '\\' => {
                    let c = self.chars.next()?;
                    match class(c) {
                        Some((of, false)) => {
                            ranges.extend_from_slice(of);
                            continue;
                        }
                        _ => escaped(c),
                    }
                }
                c => c,
            };
            let mut ahead = self.chars.clone();
            let to = match (ahead.next(), ahead.next()) {
                (Some('-'), Some(c)) if c != ']' => {
                    self.chars.next();
                    match self.chars.next()? {
                        '\\' => escaped(self.chars.next()?),
                        c => c,
                    }
                }
                _ => from,
            };
            if to < from {
                return None;
            }
            ranges.push((from, to));
        }
    }

    /// `[:alpha:]`, after its first `[`.
    fn named(&mut self) -> Option<&'static [(char, char)]> {
        let mut name = String::new();
        self.chars.next();
        while let Some(c) = self.chars.next_if(|c| c.is_ascii_alphabetic()) {
            name.push(c);
        }
        self.chars.next_if_eq(&':')?;
        self.chars.next_if_eq(&']')?;
        Some(match name.as_str() {
            "alpha" => &[('a', 'z'), ('A', 'Z')],
            "digit" => DIGITS,
            "alnum" => &[('a', 'z'), ('A', 'Z'), ('0', '9')],
            "upper" => &[('A', 'Z')],
            "lower" => &[('a', 'z')],
            "space" => SPACES,
            "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
            _ => return None,
        })
    }
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const SPACES: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];
const WORDS: &[(char, char)] = &[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];

/// `\d` and its like, and whether what is not in it is meant.
fn class(c: char) -> Option<(&'static [(char, char)], bool)> {
    Some(match c {
        'd' => (DIGITS, false),
        'D' => (DIGITS, true),
        's' => (SPACES, false),
        'S' => (SPACES, true),
        'w' => (WORDS, false),
        'W' => (WORDS, true),
        _ => return None,
    })
}

fn escaped(c: char) -> char {
    match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        c => c,
    }
}

/// The same steps, `by` places further on.
fn moved(steps: &[Step], by: usize) -> Vec<Step> {
    steps
        .iter()
        .map(|step| match step {
            Step::Split(a, b) => Step::Split(a + by, b + by),
            Step::Jump(to) => Step::Jump(to + by),
            other => other.clone(),
        })
        .collect()
}

/// The pattern of SIMILAR TO as a regular expression.
pub fn from_similar(pattern: &str) -> String {
    let mut out = String::from("^(?:");
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => out.push_str("(?:.|\n)*"),
            '_' => out.push_str("(?:.|\n)"),
            '\\' => {
                out.push('\\');
                out.extend(chars.next());
            }
            '.' | '^' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push_str(")$");
    out
}
