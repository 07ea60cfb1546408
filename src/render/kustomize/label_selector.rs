//! Selectors of labels and annotations as text: `app=web,tier in (a, b),!legacy`
//! (`labels.Parse` of apimachinery, which kustomize has a copy of).

use std::borrow::Cow;

/// What labels must be; all requirements must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Operator {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Token<'t> {
    End,
    /// One of `=`, `==`, `!=`, `!`, `(`, `)`, `,`, `<`, `>`.
    Symbol(&'t str),
    /// A key, a value or one of the words `in` and `notin`.
    Word(&'t str),
}

impl LabelSelector {
    /// Read a selector; the empty text selects everything.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        let mut requirements = Vec::new();
        loop {
            match parser.peek() {
                Token::End => return Ok(Self { requirements }),
                Token::Word(_) | Token::Symbol("!") => requirements.push(parser.requirement()?),
                Token::Symbol(symbol) => return Err(format!("`{symbol}` where a label's name should be")),
            }
            match (parser.next(), parser.peek()) {
                (Token::End, _) => return Ok(Self { requirements }),
                (Token::Symbol(","), Token::Word(_) | Token::Symbol("!")) => {}
                (Token::Symbol(","), _) => return Err("nothing behind a comma".to_owned()),
                (Token::Symbol(other) | Token::Word(other), _) => {
                    return Err(format!("`{other}` where a comma or the end should be"));
                }
            }
        }
    }

    /// Whether a set of labels fits.
    pub(super) fn matches<'v>(&self, label: impl Fn(&str) -> Option<Cow<'v, str>>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = label(&requirement.key);
            let number = || value.as_deref().and_then(|value| value.parse::<i64>().ok());
            let is_in = |values: &[String]| value.as_deref().is_some_and(|value| values.iter().any(|is| is == value));
            match &requirement.operator {
                Operator::Exists => value.is_some(),
                Operator::Absent => value.is_none(),
                Operator::In(values) => is_in(values),
                Operator::NotIn(values) => !is_in(values),
                Operator::Above(limit) => number().is_some_and(|number| number > *limit),
                Operator::Below(limit) => number().is_some_and(|number| number < *limit),
            }
        })
    }

    /// The labels that it asks about.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.requirements.iter().map(|requirement| requirement.key.as_str())
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    const SYMBOLS: [char; 7] = ['=', '!', '(', ')', ',', '>', '<'];
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        // A NUL ends the text for the real program.
        let Some(first) = rest.chars().next().filter(|first| *first != '\0') else { return found };
        let length = if SYMBOLS.contains(&first) {
            if rest.starts_with("==") || rest.starts_with("!=") { 2 } else { 1 }
        } else {
            let ends = |c: char| SYMBOLS.contains(&c) || matches!(c, ' ' | '\t' | '\r' | '\n' | '\0');
            rest.find(ends).unwrap_or(rest.len())
        };
        let (token, behind) = rest.split_at(length);
        found.push(if SYMBOLS.contains(&first) { Token::Symbol(token) } else { Token::Word(token) });
        rest = behind;
    }
}

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Token<'t> {
        self.tokens.get(self.at).copied().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token<'t> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek() == Token::Symbol("!");
        if negated {
            self.at += 1;
        }
        let Token::Word(key) = self.next() else { return Err("no label's name behind `!`".to_owned()) };
        check_key(key)?;
        let key = key.to_owned();
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            let operator = if negated { Operator::Absent } else { Operator::Exists };
            return Ok(Requirement { key, operator });
        }
        if negated {
            return Err(format!("an operator behind `!{key}`"));
        }
        let operator = match self.next() {
            Token::Word("in") => Operator::In(self.values()?),
            Token::Word("notin") => Operator::NotIn(self.values()?),
            Token::Symbol("=" | "==") => Operator::In(vec![self.value()?]),
            Token::Symbol("!=") => Operator::NotIn(vec![self.value()?]),
            Token::Symbol(">") => Operator::Above(self.number()?),
            Token::Symbol("<") => Operator::Below(self.number()?),
            Token::Symbol(other) | Token::Word(other) => return Err(format!("`{other}` is no operator")),
            Token::End => return Err("no operator".to_owned()),
        };
        Ok(Requirement { key, operator })
    }

    fn number(&mut self) -> Result<i64, String> {
        let value = self.value()?;
        value.parse().map_err(|_| format!("`{value}` is no integer"))
    }

    fn value(&mut self) -> Result<String, String> {
        match self.peek() {
            Token::End | Token::Symbol(",") => Ok(String::new()),
            Token::Word(value) => {
                self.at += 1;
                check_value(value)?;
                Ok(value.to_owned())
            }
            Token::Symbol(other) => Err(format!("`{other}` where a value should be")),
        }
    }

    /// `(a, b)`; nothing between commas is the empty value.
    fn values(&mut self) -> Result<Vec<String>, String> {
        if self.next() != Token::Symbol("(") {
            return Err("no `(` behind `in`".to_owned());
        }
        let mut values = Vec::new();
        loop {
            let value = match self.peek() {
                Token::Word(value) => {
                    self.at += 1;
                    check_value(value)?;
                    value
                }
                Token::Symbol("," | ")") => "",
                _ => return Err("a list of values that does not end".to_owned()),
            };
            values.push(value.to_owned());
            match self.next() {
                Token::Symbol(",") => {}
                Token::Symbol(")") => return Ok(values),
                _ => return Err("a list of values that does not end".to_owned()),
            }
        }
    }
}

/// `validation.IsQualifiedName`: an optional DNS subdomain and a slash, then at most 63 letters,
/// digits, `-`, `_` and `.`.
fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_label = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !part.is_empty() && part.chars().all(inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    let is_domain = |prefix: &str| prefix.len() <= 253 && prefix.split('.').all(is_label);
    let good = !name.is_empty() && is_word(name) && prefix.is_none_or(is_domain);
    if good { Ok(()) } else { Err(format!("`{key}` is no label's name")) }
}

fn check_value(value: &str) -> Result<(), String> {
    if is_word(value) { Ok(()) } else { Err(format!("`{value}` is no label's value")) }
}

/// At most 63 letters, digits, `-`, `_` and `.`, the first and the last a letter or digit.
fn is_word(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && ends(text.chars().next())
        && ends(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(selector: &str, labels: &[(&str, &'static str)]) -> bool {
        let selector = LabelSelector::parse(selector).unwrap_or_else(|why| panic!("{selector}: {why}"));
        selector.matches(|key| labels.iter().find(|(name, _)| *name == key).map(|(_, value)| Cow::Borrowed(*value)))
    }

    #[test]
    fn requirements_hold_or_not() {
        let labels = [("app", "web"), ("tier", "front"), ("size", "5")];
        for selector in [
            "",
            "app",
            "app=web",
            "app == web",
            "app!=db",
            "!legacy",
            "none!=x",
            "app in (web,db)",
            "app notin (db)",
            "none notin (a)",
            "size>4,size<6",
            "app=web,tier in ( front )",
            "empty notin (,)",
        ] {
            assert!(matches(selector, &labels), "{selector}");
        }
        for selector in ["legacy", "app=db", "!app", "app in (db)", "size>5", "app>1", "app=", "app notin (web,)"] {
            assert!(!matches(selector, &labels), "{selector}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for selector in
            ["app=web tier", "=web", "app=(", "app in web", "app in (web", ",", "app,", "size>x", "-a", "!app=web"]
        {
            assert!(LabelSelector::parse(selector).is_err(), "{selector}");
        }
    }
}
