//! Text that stands for other text.

/// Whether a part of a text is put there by somebody else before it is used: a template, a variable,
/// a placeholder such as `<CLUSTER_NAME>`.
#[must_use]
pub fn has_placeholder(text: &str) -> bool {
    if !text.contains(['<', '{', '$', '@', '%', '[', '_', '#', '(']) {
        return false;
    }
    let angle = text.split_once('<').is_some_and(|(_, rest)| rest.contains('>'));
    let opened = ["{{", "{%", "${", "$(", "[[", "#{", "$ARGOCD_"].iter().any(|mark| text.contains(mark));
    // An expression of Chainsaw or Kyverno.
    let expression = text.starts_with('(') && text.ends_with(')');
    angle || opened || expression || variable(text) || paired(text) || has_braced_name(text)
}

/// `{NAME}` in capitals anywhere.
#[must_use]
pub fn has_braced_name(text: &str) -> bool {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).any(|(name, _)| {
        name.contains(|c: char| c.is_ascii_uppercase())
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

/// `$NAME` as the whole text.
fn variable(text: &str) -> bool {
    let name = text.strip_prefix('$').unwrap_or_default();
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `@NAME@`, `%NAME%`, `__NAME__` anywhere.
fn paired(text: &str) -> bool {
    ["@", "%", "__"].iter().any(|mark| {
        let Some((_, rest)) = text.split_once(mark) else { return false };
        let Some((name, _)) = rest.split_once(mark) else { return false };
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    })
}

#[cfg(test)]
mod tests {
    use super::has_placeholder;

    #[test]
    fn placeholders_are_seen() {
        for text in [
            "($namespace)",
            "<PORT>",
            "${PORT}",
            "a-{PORT_2}",
            "$(PORT)",
            "$PORT",
            "{{ port }}",
            "{% p %}",
            "[[ p ]]",
            "@PORT@",
            "%PORT%",
            "__PORT__",
            "x-${A}-y",
            "#{PORT}#",
            "$ARGOCD_APP_NAME-x",
        ] {
            assert!(has_placeholder(text), "{text}");
        }
        for text in ["", "80", "80%", "a@b", "a_b__c", "$", "1 < 2", "x > y", "25%-75", "[a]"] {
            assert!(!has_placeholder(text), "{text}");
        }
    }
}
