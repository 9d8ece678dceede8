//! Conditions of rules and templates: `harm.dead >= 30 or not known wind.speed_m_s`.
//!
//! What is not known makes a condition neither true nor false (Kleene's three values): a rule then says what it waits for.
//!
//! ```text
//! or    := and ("or" and)*         and := one ("and" one)*        one := "not" one | "(" or ")" | test
//! test  := "known" key | "some" list | key ((">=" | ">" | "<=" | "<" | "=" | "!=") (number | 'words'))?
//! ```

use serde::{Deserialize, Serialize};

use crate::{
    keys,
    scope::{Scope, Trace, Value},
    template::ScriptError,
};

/// Nesting of brackets and `not`: what people write by hand has less.
const MAX_DEPTH: u32 = 16;
/// Length of a condition, characters: a rule that is longer is two rules.
const MAX_CHARS: usize = 1_000;

/// True, false or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// A fact is missing that decides.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    AtLeast,
    Above,
    AtMost,
    Below,
    Equal,
    Other,
}

#[derive(Clone, Debug, PartialEq)]
enum Constant {
    Number(f64),
    Words(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Known(String),
    Some(String),
    Flag(String),
    Test(String, Compare, Constant),
}

/// A condition, read and checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Condition {
    text: String,
    root: Node,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// When it is none; the error names the place.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        if text.chars().count() > MAX_CHARS {
            return Err(ScriptError::new(0, format!("longer than {MAX_CHARS} characters")));
        }
        let words = split(text)?;
        let mut parser = Parser { words: &words, next: 0, end: text.chars().count() };
        let root = parser.any(0)?;
        match parser.peek() {
            None => Ok(Self { text: text.to_owned(), root }),
            Some(word) => {
                Err(ScriptError::new(word.at, format!("`{}` is not expected", word.text)))
            }
        }
    }

    /// Whether it holds; the trace gets what decided it.
    pub fn holds(&self, scope: &Scope<'_>, trace: &mut Trace) -> Truth {
        holds(&self.root, scope, trace)
    }

    /// All names that it asks for; lists with `true`.
    pub(crate) fn names(&self) -> Vec<(&str, bool)> {
        let mut names = Vec::new();
        collect(&self.root, &mut names);
        names
    }
}

impl TryFrom<String> for Condition {
    type Error = ScriptError;

    fn try_from(text: String) -> Result<Self, ScriptError> {
        Self::parse(&text)
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.text
    }
}

fn collect<'a>(node: &'a Node, names: &mut Vec<(&'a str, bool)>) {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| collect(node, names)),
        Node::Not(node) => collect(node, names),
        Node::Some(list) => names.push((list, true)),
        Node::Known(key) | Node::Flag(key) | Node::Test(key, _, _) => names.push((key, false)),
    }
}

fn holds(node: &Node, scope: &Scope<'_>, trace: &mut Trace) -> Truth {
    match node {
        Node::All(nodes) => several(nodes, Truth::No, Truth::Yes, scope, trace),
        Node::Any(nodes) => several(nodes, Truth::Yes, Truth::No, scope, trace),
        Node::Not(node) => match holds(node, scope, trace) {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        },
        Node::Known(key) => {
            // Asking whether a fact is there does not make it missing.
            let mut asked = Trace::default();
            let known = scope.ask(key, &mut asked).is_some();
            trace.used.append(&mut asked.used);
            truth(known)
        }
        Node::Some(list) => match scope.list(list, trace) {
            Some(items) => truth(!items.is_empty()),
            None => Truth::Unknown,
        },
        Node::Flag(key) => match scope.ask(key, trace) {
            Some(Value::Flag(flag)) => truth(flag),
            Some(_) | None => Truth::Unknown,
        },
        Node::Test(key, compare, constant) => match (scope.ask(key, trace), constant) {
            (Some(Value::Number(value)), Constant::Number(limit)) => {
                truth(test(value, *compare, *limit))
            }
            (Some(Value::Words(words)), Constant::Words(wanted)) => {
                let same = words.zh == *wanted || words.en == *wanted;
                truth(same == (*compare == Compare::Equal))
            }
            _ => Truth::Unknown,
        },
    }
}

const fn truth(is: bool) -> Truth {
    if is { Truth::Yes } else { Truth::No }
}

fn test(value: f64, compare: Compare, limit: f64) -> bool {
    let order = value.partial_cmp(&limit);
    match compare {
        Compare::AtLeast => order.is_some_and(|order| order.is_ge()),
        Compare::Above => order.is_some_and(|order| order.is_gt()),
        Compare::AtMost => order.is_some_and(|order| order.is_le()),
        Compare::Below => order.is_some_and(|order| order.is_lt()),
        Compare::Equal => order.is_some_and(|order| order.is_eq()),
        Compare::Other => order.is_some_and(|order| order.is_ne()),
    }
}

/// `decides` of one part decides the whole; all parts `rest` make it `rest`. Only what decided goes into the trace.
fn several(
    nodes: &[Node],
    decides: Truth,
    rest: Truth,
    scope: &Scope<'_>,
    trace: &mut Trace,
) -> Truth {
    let mut parts = Vec::with_capacity(nodes.len());
    for node in nodes {
        let mut part = Trace::default();
        parts.push((holds(node, scope, &mut part), part));
    }
    let has = |truth| parts.iter().any(|(part, _)| *part == truth);
    let whole = if has(decides) {
        decides
    } else if has(Truth::Unknown) {
        Truth::Unknown
    } else {
        rest
    };
    parts.into_iter().filter(|(part, _)| *part == whole).for_each(|(_, part)| trace.join(part));
    whole
}

struct Word {
    at: usize,
    text: String,
    quoted: bool,
}

fn split(text: &str) -> Result<Vec<Word>, ScriptError> {
    let mut words: Vec<Word> = Vec::new();
    let mut chars = text.chars().enumerate().peekable();
    while let Some((at, first)) = chars.next() {
        if first.is_whitespace() {
            continue;
        }
        let mut word = String::new();
        let quoted = first == '\'';
        if quoted {
            loop {
                match chars.next() {
                    Some((_, '\'')) => break,
                    Some((_, c)) => word.push(c),
                    None => {
                        return Err(ScriptError::new(at, "a quotation mark is not closed".into()));
                    }
                }
            }
        } else {
            word.push(first);
            let kind = kind(first);
            while kind != Sort::Bracket
                && let Some((_, c)) = chars.next_if(|(_, c)| self::kind(*c) == kind)
            {
                word.push(c);
            }
        }
        words.push(Word { at, text: word, quoted });
    }
    Ok(words)
}

#[derive(PartialEq, Eq)]
enum Sort {
    Name,
    Sign,
    Bracket,
    Other,
}

fn kind(c: char) -> Sort {
    match c {
        c if c.is_alphanumeric() || matches!(c, '_' | '.' | '-') => Sort::Name,
        '<' | '>' | '=' | '!' => Sort::Sign,
        '(' | ')' => Sort::Bracket,
        _ => Sort::Other,
    }
}

struct Parser<'a> {
    words: &'a [Word],
    next: usize,
    end: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Word> {
        self.words.get(self.next)
    }

    fn take(&mut self) -> Result<&'a Word, ScriptError> {
        let word =
            self.peek().ok_or_else(|| ScriptError::new(self.end, "ends too early".into()))?;
        self.next += 1;
        Ok(word)
    }

    fn skip(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|word| !word.quoted && word.text == text);
        self.next += usize::from(found);
        found
    }

    fn any(&mut self, depth: u32) -> Result<Node, ScriptError> {
        let mut nodes = vec![self.all(depth)?];
        while self.skip("or") {
            nodes.push(self.all(depth)?);
        }
        Ok(one_or(nodes, Node::Any))
    }

    fn all(&mut self, depth: u32) -> Result<Node, ScriptError> {
        let mut nodes = vec![self.one(depth)?];
        while self.skip("and") {
            nodes.push(self.one(depth)?);
        }
        Ok(one_or(nodes, Node::All))
    }

    fn one(&mut self, depth: u32) -> Result<Node, ScriptError> {
        if depth > MAX_DEPTH {
            let at = self.peek().map_or(self.end, |word| word.at);
            return Err(ScriptError::new(at, format!("nested deeper than {MAX_DEPTH}")));
        }
        if self.skip("not") {
            return Ok(Node::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.skip("(") {
            let node = self.any(depth + 1)?;
            let at = self.peek().map_or(self.end, |word| word.at);
            return if self.skip(")") {
                Ok(node)
            } else {
                Err(ScriptError::new(at, "`)` is missing".into()))
            };
        }
        if self.skip("known") {
            return self.name().map(Node::Known);
        }
        if self.skip("some") {
            return self.name().map(Node::Some);
        }
        let key = self.name()?;
        let compare = match self.peek().map(|word| word.text.as_str()) {
            Some(">=") => Compare::AtLeast,
            Some(">") => Compare::Above,
            Some("<=") => Compare::AtMost,
            Some("<") => Compare::Below,
            Some("=") => Compare::Equal,
            Some("!=") => Compare::Other,
            _ => return Ok(Node::Flag(key)),
        };
        self.next += 1;
        let word = self.take()?;
        if word.quoted {
            return match compare {
                Compare::Equal | Compare::Other => {
                    Ok(Node::Test(key, compare, Constant::Words(word.text.clone())))
                }
                _ => Err(ScriptError::new(word.at, "words are compared by = or != only".into())),
            };
        }
        let number = word.text.parse::<f64>().ok().filter(|number| number.is_finite());
        let limit = number
            .ok_or_else(|| ScriptError::new(word.at, format!("`{}` is no number", word.text)))?;
        Ok(Node::Test(key, compare, Constant::Number(limit)))
    }

    fn name(&mut self) -> Result<String, ScriptError> {
        let word = self.take()?;
        let known = keys::is_key(&word.text)
            || keys::list(&word.text).is_some()
            || word.text.starts_with("item.");
        if word.quoted || !known {
            return Err(ScriptError::new(word.at, format!("there is no fact `{}`", word.text)));
        }
        Ok(word.text.clone())
    }
}

fn one_or(mut nodes: Vec<Node>, several: impl FnOnce(Vec<Node>) -> Node) -> Node {
    if nodes.len() == 1
        && let Some(node) = nodes.pop()
    {
        return node;
    }
    several(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        facts::{Fact, Facts, Source, SourceKind},
        text::{Ms, Text},
    };

    fn facts() -> Facts {
        let source = Source::new(SourceKind::Person, "a", Text::same("a"));
        let mut facts = Facts::default();
        facts.harm.dead = Some(Fact::new(3, source.clone(), Ms(1)));
        facts.release.stopped = Some(Fact::new(false, source.clone(), Ms(1)));
        facts.incident.kind = Some(Fact::new("gas-release".into(), source, Ms(1)));
        facts
    }

    fn check(text: &str, truth: Truth, used: &[&str], missing: &[&str]) {
        let facts = facts();
        let mut trace = Trace::default();
        let condition = Condition::parse(text).unwrap();
        assert_eq!(condition.holds(&Scope::new(&facts), &mut trace), truth, "{text}");
        assert_eq!(trace.used.keys().collect::<Vec<_>>(), used, "{text}");
        assert_eq!(trace.missing.keys().collect::<Vec<_>>(), missing, "{text}");
    }

    #[test]
    fn what_decides_is_named() {
        check("harm.dead >= 3", Truth::Yes, &["harm.dead"], &[]);
        check("harm.dead > 3", Truth::No, &["harm.dead"], &[]);
        check("harm.dead >= 3 or harm.hurt >= 1", Truth::Yes, &["harm.dead"], &[]);
        check("harm.dead >= 4 or harm.hurt >= 1", Truth::Unknown, &[], &["harm.hurt"]);
        check("harm.dead >= 4 and harm.hurt >= 1", Truth::No, &["harm.dead"], &[]);
        check("harm.dead >= 3 and harm.hurt >= 1", Truth::Unknown, &[], &["harm.hurt"]);
        check("not release.stopped", Truth::Yes, &["release.stopped"], &[]);
        check("not (release.stopped or some zones)", Truth::Unknown, &[], &["zones"]);
        check("known harm.hurt", Truth::No, &[], &[]);
        check("incident.kind = 'gas-release'", Truth::Yes, &["incident.kind"], &[]);
        check("incident.kind != 'gas-release'", Truth::No, &["incident.kind"], &[]);
    }

    #[test]
    fn what_is_no_condition_is_refused_at_its_place() {
        for (text, at, why) in [
            ("", 0, "too early"),
            ("harm.dead >=", 12, "too early"),
            ("harm.deaf > 1", 0, "no fact `harm.deaf`"),
            ("harm.dead > many", 12, "no number"),
            ("harm.dead > nan", 12, "no number"),
            ("(harm.dead > 1", 14, "`)` is missing"),
            ("harm.dead > 1 1", 14, "not expected"),
            ("incident.kind > 'a'", 16, "= or !="),
            ("incident.kind = 'a", 16, "not closed"),
        ] {
            let error = Condition::parse(text).unwrap_err();
            assert!(error.why.contains(why), "{text}: {error}");
            assert_eq!(error.at, at, "{text}");
        }
        let deep = format!("{}release.stopped{}", "(".repeat(100), ")".repeat(100));
        assert!(Condition::parse(&deep).unwrap_err().why.contains("deeper"));
    }
}
