//! Tokens of a Rego file, with byte offsets.
//!
//! regorus keeps no comments and tells nothing about calls before it runs them, so what kate has
//! to know at load (METADATA, language version, builtins, heads of rules) is read from tokens.
//! Lexing never fails: what it does not understand is one byte of punctuation.

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TokenKind {
    /// A name or keyword.
    Name,
    /// `"…"` or `` `…` ``, with its quotes.
    Text,
    /// A number.
    Number,
    /// `# …` to the end of the line.
    Comment,
    /// One ASCII character of anything else; `:=` and the like are two tokens.
    Punctuation(u8),
}

/// A token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// Whether a line break stands between it and the token before it.
    pub(super) starts_line: bool,
}

impl Token {
    /// Its text.
    pub(super) fn text(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether it is this character.
    pub(super) fn is(self, character: u8) -> bool {
        self.kind == TokenKind::Punctuation(character)
    }

    /// Whether it is this name.
    pub(super) fn is_name(self, source: &str, name: &str) -> bool {
        self.kind == TokenKind::Name && self.text(source) == name
    }
}

/// Cut a file into tokens; blanks are dropped.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let bytes = source.as_bytes();
    let mut found = Vec::with_capacity(bytes.len() / 5);
    let (mut at, mut starts_line) = (0, true);
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            b'\n' | b'\r' => {
                starts_line = true;
                at += 1;
                continue;
            }
            b' ' | b'\t' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += run(bytes, at, |b| b != b'\n' && b != b'\r');
                TokenKind::Comment
            }
            b'"' => {
                at = end_of_string(bytes, at);
                TokenKind::Text
            }
            b'`' => {
                at += 1 + run(bytes, at + 1, |b| b != b'`');
                at = (at + 1).min(bytes.len());
                TokenKind::Text
            }
            b if is_name_start(b) => {
                at += run(bytes, at, |b| is_name_start(b) || b.is_ascii_digit());
                TokenKind::Name
            }
            b if b.is_ascii_digit() => {
                at += run(bytes, at, |b| b.is_ascii_alphanumeric());
                TokenKind::Number
            }
            b if b.is_ascii() => {
                at += 1;
                TokenKind::Punctuation(b)
            }
            _ => {
                at += run(bytes, at, |b| !b.is_ascii());
                TokenKind::Punctuation(b'?')
            }
        };
        found.push(Token { kind, start, end: at, starts_line });
        starts_line = false;
    }
    found
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn run(bytes: &[u8], from: usize, of: impl Fn(u8) -> bool) -> usize {
    bytes.get(from..).unwrap_or_default().iter().take_while(|byte| of(**byte)).count()
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'\\' => 2,
            b'"' => return at + 1,
            b'\n' => return at,
            _ => 1,
        };
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_hide_what_looks_like_code() {
        let source = "a.b(\"x # \\\" y\", `raw # \" `) # c\nd";
        let texts: Vec<_> = tokens(source).into_iter().map(|token| token.text(source)).collect();
        assert_eq!(texts, ["a", ".", "b", "(", "\"x # \\\" y\"", ",", "`raw # \" `", ")", "# c", "d"]);
    }

    #[test]
    fn never_reads_beyond_the_end() {
        for source in ["\"", "\"\\", "`", "#", "é", "\"é\\é", "1e", ""] {
            assert!(tokens(source).iter().all(|token| token.end <= source.len()), "{source}");
        }
    }
}
