//! Regular expressions as kustomize's users write them, for Go.

use regex::Regex;

/// Compile an expression that may stand anywhere in a text.
///
/// # Errors
/// What is wrong with it, in one line.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|_| format!("`{pattern}` is no regular expression"))
}

/// An expression for a whole text.
pub(super) enum Whole {
    /// A text as it stands, in which a dot is any character: what nearly all of them are.
    Dotted(String),
    /// Any other one.
    Expression(Regex),
}

impl Whole {
    /// Compile an expression.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        if !pattern.contains(['\\', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$']) {
            return Ok(Self::Dotted(pattern.to_owned()));
        }
        compile(pattern)?;
        compile(&format!("^(?:{pattern})$")).map(Self::Expression)
    }

    /// Whether a text is what it says.
    pub(super) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Dotted(pattern) => {
                let mut left = text.chars();
                let fits = |wanted| left.next().is_some_and(|c| c == wanted || wanted == '.' && c != '\n');
                pattern.chars().all(fits) && left.next().is_none()
            }
            Self::Expression(expression) => expression.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_text_fits_as_the_expression_says() {
        let texts = ["", "a", "ab", "a.b", "a-b", "axb", "a\nb", "aéb", "ab.c", "Deployment", "deployment", "a#b"];
        for pattern in ["", "a", "a.b", "..", "a-b", "a#b", "Deployment", "ab.c", "a|ab", "a.*", "(?i)deployment", "a+"]
        {
            let whole = Whole::new(pattern).expect("it is an expression");
            let regex = Regex::new(&format!("^(?:{pattern})$")).expect("it is an expression");
            for text in texts {
                assert_eq!(whole.is_match(text), regex.is_match(text), "{pattern} on {text:?}");
            }
        }
        assert!(Whole::new("a(").is_err());
    }
}
