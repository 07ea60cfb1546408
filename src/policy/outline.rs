//! The outline of a Rego file: its package, imports, heads of rules, calls and comments.
//!
//! Read from tokens, so it exists also for files that do not compile.

use std::ops::Range;

use super::lexer::{Token, TokenKind, tokens};

/// Which syntax a file is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Version {
    /// Bodies without `if`, sets without `contains`.
    V0,
    /// OPA 1.0.
    V1,
}

/// A definition of a rule; a rule may have several.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// Its name: the first component of its path.
    pub(super) name: String,
    /// Where the name stands.
    pub(super) at: Range<usize>,
    /// Whether it takes arguments.
    pub(super) is_function: bool,
    /// From its name to the next definition, as indices of tokens.
    pub(super) tokens: Range<usize>,
}

/// A call of a function.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Dotted name as written.
    pub(super) name: String,
    /// Where the name stands.
    pub(super) at: Range<usize>,
    /// Index of the name's first token.
    pub(super) token: usize,
    /// The first argument, if it is a string: its index among the tokens.
    pub(super) text: Option<usize>,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Outline {
    /// Path of the package.
    pub(super) package: Vec<String>,
    /// Where the package's name stands; the start of the file if there is none.
    pub(super) package_at: Range<usize>,
    /// `import data.x.y as z` as (`z`, `data.x.y`).
    pub(super) imports: Vec<(String, String)>,
    /// Definitions in order.
    pub(super) heads: Vec<Head>,
    /// Calls in order.
    pub(super) calls: Vec<Call>,
    /// All tokens.
    pub(super) tokens: Vec<Token>,
    /// What the syntax looks like.
    pub(super) version: Version,
    /// Whether it has words that only the newer syntax has; parsed as the older one they would be
    /// names.
    pub(super) is_surely_v1: bool,
}

impl Outline {
    /// Read a file.
    pub(super) fn of(source: &str) -> Self {
        let tokens = tokens(source);
        let code: Vec<usize> = (0..tokens.len()).filter(|at| tokens[*at].kind != TokenKind::Comment).collect();
        let mut outline = Self {
            package: Vec::new(),
            package_at: 0..0,
            imports: Vec::new(),
            heads: Vec::new(),
            calls: Vec::new(),
            tokens,
            version: Version::V1,
            is_surely_v1: false,
        };
        outline.read(source, &code);
        outline
    }

    /// The package as a path below `data`: `data.a.b`.
    pub(super) fn package_path(&self) -> String {
        format!("data.{}", self.package.join("."))
    }

    /// Whether it defines the rule of a path such as `data.main.deny`.
    pub(super) fn defines(&self, path: &str) -> bool {
        let package = self.package_path();
        let name = path.strip_prefix(&package).and_then(|rest| rest.strip_prefix('.'));
        name.is_some_and(|name| self.heads.iter().any(|head| head.name == name))
    }

    /// The definition that holds a token.
    pub(super) fn head_of(&self, token: usize) -> Option<&Head> {
        let after = self.heads.partition_point(|head| head.tokens.start <= token);
        self.heads.get(after.checked_sub(1)?)
    }

    /// Whether a dotted path such as `input.review` is read anywhere.
    pub(super) fn reads(&self, source: &str, path: &[&str]) -> bool {
        let names: Vec<Token> =
            self.tokens.iter().copied().filter(|token| !matches!(token.kind, TokenKind::Comment)).collect();
        names.windows(path.len() * 2 - 1).any(|window| {
            window
                .iter()
                .enumerate()
                .all(|(at, token)| if at % 2 == 1 { token.is(b'.') } else { token.is_name(source, path[at / 2]) })
        })
    }

    /// Dotted names that stand among some tokens.
    pub(super) fn paths_in(&self, source: &str, range: Range<usize>) -> Vec<String> {
        let code: Vec<usize> = range.filter(|at| self.tokens[*at].kind != TokenKind::Comment).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while at < code.len() {
            let previous = at.checked_sub(1).map(|before| self.tokens[code[before]]);
            let (path, _, next) = self.path(source, &code, at);
            if !path.is_empty() && !follows_dot(previous) {
                found.push(path.join("."));
            }
            at = next.max(at + 1);
        }
        found
    }

    fn read(&mut self, source: &str, code: &[usize]) {
        let (mut depth, mut at) = (0_usize, 0);
        let (mut v1, mut v0) = (false, false);
        while let Some(&index) = code.get(at) {
            let token = self.tokens[index];
            let previous = at.checked_sub(1).map(|before| self.tokens[code[before]]);
            match token.kind {
                TokenKind::Punctuation(b'(' | b'[' | b'{') => depth += 1,
                TokenKind::Punctuation(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                TokenKind::Name => {
                    let text = token.text(source);
                    let begins = depth == 0 && previous.is_none_or(|p| token.starts_line && ends_statement(p, source));
                    if begins && text == "package" {
                        let (path, range, next) = self.path(source, code, at + 1);
                        (self.package, self.package_at) = (path, range);
                        at = next;
                        continue;
                    }
                    if begins && text == "import" {
                        at = self.import(source, code, at + 1, &mut v1);
                        continue;
                    }
                    let is_default = begins && text == "default";
                    let name_at = if is_default { at + 1 } else { at };
                    if begins && text != "else" {
                        self.head(source, code, name_at);
                    }
                    if depth == 0 && !begins && matches!(text, "if" | "contains") && !follows_dot(previous) {
                        v1 = true;
                    }
                    if !follows_dot(previous) && !begins {
                        self.call(source, code, at);
                    }
                    if is_default {
                        at += 1;
                    }
                }
                _ => {}
            }
            if token.is(b'{') && depth == 1 && previous.is_some_and(|p| opens_v0_body(p, source)) {
                v0 = true;
            }
            at += 1;
        }
        for next in 1..self.heads.len() {
            self.heads[next - 1].tokens.end = self.heads[next].tokens.start;
        }
        if let Some(last) = self.heads.last_mut() {
            last.tokens.end = self.tokens.len();
        }
        self.is_surely_v1 = v1;
        self.version = if v0 && !v1 { Version::V0 } else { Version::V1 };
    }

    fn head(&mut self, source: &str, code: &[usize], at: usize) {
        let Some(&index) = code.get(at) else { return };
        let token = self.tokens[index];
        if token.kind != TokenKind::Name {
            return;
        }
        let is_function = code.get(at + 1).is_some_and(|next| {
            let next = self.tokens[*next];
            next.is(b'(') && next.start == token.end
        });
        self.heads.push(Head {
            name: token.text(source).to_owned(),
            at: token.start..token.end,
            is_function,
            tokens: index..index,
        });
    }

    fn call(&mut self, source: &str, code: &[usize], at: usize) {
        let (path, range, next) = self.path(source, code, at);
        let Some(open) = code.get(next).map(|open| self.tokens[*open]) else { return };
        if !open.is(b'(') || open.start != range.end || path.is_empty() {
            return;
        }
        let text = code.get(next + 1).copied().filter(|first| self.tokens[*first].kind == TokenKind::Text);
        self.calls.push(Call { name: path.join("."), at: range, token: code[at], text });
    }

    fn import(&mut self, source: &str, code: &[usize], at: usize, v1: &mut bool) -> usize {
        let (path, _, mut next) = self.path(source, code, at);
        let mut alias = path.last().cloned().unwrap_or_default();
        if code.get(next).is_some_and(|word| self.tokens[*word].is_name(source, "as")) {
            let (name, _, after) = self.path(source, code, next + 1);
            alias = name.into_iter().next().unwrap_or_default();
            next = after;
        }
        *v1 |= path == ["rego", "v1"];
        self.imports.push((alias, path.join(".")));
        next
    }

    /// A path `a.b["c"]` from a token on: its components, its bytes, the index after it.
    fn path(&self, source: &str, code: &[usize], at: usize) -> (Vec<String>, Range<usize>, usize) {
        let get = |at: usize| code.get(at).map(|index| self.tokens[*index]);
        let Some(first) = get(at).filter(|token| token.kind == TokenKind::Name) else { return (Vec::new(), 0..0, at) };
        let (mut path, mut end, mut next) = (vec![first.text(source).to_owned()], first.end, at + 1);
        while let Some(token) = get(next).filter(|token| token.start == end) {
            let name = get(next + 1);
            match name {
                Some(name) if token.is(b'.') && name.kind == TokenKind::Name => {
                    path.push(name.text(source).to_owned());
                    (end, next) = (name.end, next + 2);
                }
                Some(name) if token.is(b'[') && name.kind == TokenKind::Text => {
                    let Some(close) = get(next + 2).filter(|close| close.is(b']')) else { break };
                    path.push(name.text(source).trim_matches(['"', '`']).to_owned());
                    (end, next) = (close.end, next + 3);
                }
                _ => break,
            }
        }
        (path, first.start..end, next)
    }
}

fn follows_dot(previous: Option<Token>) -> bool {
    previous.is_some_and(|token| token.is(b'.'))
}

/// Whether a statement may end with this token, so that the next line begins another.
fn ends_statement(token: Token, source: &str) -> bool {
    match token.kind {
        TokenKind::Name => !matches!(
            token.text(source),
            "if" | "contains"
                | "in"
                | "else"
                | "as"
                | "not"
                | "some"
                | "every"
                | "with"
                | "default"
                | "import"
                | "package"
        ),
        TokenKind::Text | TokenKind::Number | TokenKind::Punctuation(b')' | b']' | b'}') => true,
        _ => false,
    }
}

/// Whether `{` after this token at the top level is a body without `if`.
fn opens_v0_body(token: Token, source: &str) -> bool {
    match token.kind {
        TokenKind::Punctuation(b')' | b']' | b'}') | TokenKind::Text | TokenKind::Number => true,
        TokenKind::Name => !matches!(token.text(source), "if" | "in" | "contains"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(outline: &Outline) -> Vec<&str> {
        outline.heads.iter().map(|head| head.name.as_str()).collect()
    }

    #[test]
    fn heads_calls_and_versions() {
        let v1 = "package a.b\nimport data.lib.k8s as k\n\n# c\ndefault allow := false\n\ndeny contains msg if {\n\tx := k.name(input)\n\tmsg := sprintf(\"%s\", [x])\n}\n\nf(x) := y if {\n\ty := x +\n\t\tg(x)\n}\n";
        let outline = Outline::of(v1);
        assert_eq!(outline.package_path(), "data.a.b");
        assert_eq!(names(&outline), ["allow", "deny", "f"]);
        assert_eq!(outline.imports, [("k".to_owned(), "data.lib.k8s".to_owned())]);
        let calls: Vec<_> = outline.calls.iter().map(|call| call.name.as_str()).collect();
        assert_eq!(calls, ["k.name", "sprintf", "g"]);
        assert_eq!(outline.version, Version::V1);
        assert_eq!(outline.head_of(outline.calls[2].token).map(|head| head.name.as_str()), Some("f"));

        let v0 =
            Outline::of("package main\n\ndeny[msg] {\n  input.kind == \"Pod\"\n  msg = \"no\"\n}\n\nok { true }\n");
        assert_eq!((names(&v0), v0.version), (vec!["deny", "ok"], Version::V0));
        assert!(v0.reads(
            "package main\n\ndeny[msg] {\n  input.kind == \"Pod\"\n  msg = \"no\"\n}\n\nok { true }\n",
            &["input", "kind"]
        ));
    }

    #[test]
    fn a_continued_line_is_no_head() {
        let outline = Outline::of("package p\nx := 1 +\n  y\nz := [\n  a\n]\nb if\n  c\n");
        assert_eq!(names(&outline), ["x", "z", "b"]);
    }
}
