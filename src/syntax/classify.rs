//! What a file is, by its path and content.
//!
//! Templates of other texts are set aside here: they are not broken, they are not YAML yet.

use super::SyntaxErrorKind;
use super::yaml::Parsed;
use crate::text::{RepoPath, SourceFile, Span};
use crate::value::{Reason, Unknown};

/// The language of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Language {
    /// YAML, or JSON read as YAML.
    Yaml {
        /// Whether the name says JSON.
        json: bool,
    },
    /// Terraform or OpenTofu.
    Hcl {
        /// Whether it is the JSON form.
        json: bool,
    },
    /// Recognised and not read, and why.
    Opaque(Reason, &'static str),
    /// Anything else.
    Other,
}

/// Whether a file is read at all when a tree is loaded. Others are read when something names them.
#[must_use]
pub fn is_relevant(path: &RepoPath) -> bool {
    language(path) != Language::Other
}

/// The language that a path tells.
pub(super) fn language(path: &RepoPath) -> Language {
    let name = path.file_name();
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.len() > suffix.len() && name.ends_with(suffix));
    if name.starts_with("helmfile.") || ends(&[".gotmpl"]) && in_directory(path, "helmfile.d") {
        return if ends(&[".yaml", ".yml", ".gotmpl"]) {
            Language::Opaque(Reason::UnsupportedLanguage, "helmfile")
        } else {
            Language::Other
        };
    }
    if ends(&[".tf.json", ".tofu.json", ".tfvars.json"]) {
        Language::Hcl { json: true }
    } else if ends(&[".tf", ".tofu", ".tfvars"]) {
        Language::Hcl { json: false }
    } else if ends(&[".hcl"]) && !ends(&[".lock.hcl", ".pkr.hcl"]) {
        Language::Opaque(Reason::UnsupportedLanguage, "terragrunt")
    } else if ends(&[".yaml", ".yml"]) || name == "Kustomization" {
        Language::Yaml { json: false }
    } else if ends(&[".json"]) {
        Language::Yaml { json: true }
    } else if ends(&[".jsonnet", ".libsonnet"]) {
        Language::Opaque(Reason::UnsupportedLanguage, "jsonnet")
    } else if ends(&[".cue"]) {
        Language::Opaque(Reason::UnsupportedLanguage, "CUE")
    } else if ends(&[".yaml.gotmpl", ".yml.gotmpl", ".yaml.tpl", ".yml.tpl", ".yaml.tmpl", ".yml.tmpl"])
        || ends(&[".yaml.j2", ".yml.j2", ".yaml.jinja", ".yml.jinja", ".yaml.jinja2", ".yml.jinja2", ".yaml.mustache"])
        || ends(&[".tpl"]) && in_directory(path, "templates")
    {
        Language::Opaque(Reason::Templated, "a template")
    } else {
        Language::Other
    }
}

fn in_directory(path: &RepoPath, name: &str) -> bool {
    path.parent().is_some_and(|parent| parent.components().any(|component| component == name))
}

/// Why a file that was tried as YAML is a template of something else, if it is one.
pub(super) fn template(source: &SourceFile, json: bool, parsed: &Parsed) -> Option<Unknown> {
    let text: &str = &source.text;
    let unknown = |reason, what: &str, at: usize| {
        let end = text[at..].find(['\n', '\r']).map_or(text.len(), |line| at + line);
        Some(Unknown::new(reason, what, Some(Span::new(source.id, at, end))))
    };
    if json && let Some(at) = comment_in_json(text) {
        return unknown(Reason::UnsupportedLanguage, "JSON with comments", at);
    }
    if in_directory(&source.path, "templates")
        && let Some(at) = text.find("{{")
    {
        return unknown(Reason::Templated, "a Helm template", at);
    }
    if let Some(span) = parsed.braces {
        return unknown(Reason::Templated, "`{{ … }}` outside of quotes", span.start as usize);
    }
    let broken: Vec<Span> = parsed.stream.documents.iter().filter(|d| d.broken.is_some()).map(|d| d.span).collect();
    let first = broken.first()?;
    for span in &broken {
        let document = text.get(span.range()).unwrap_or_default();
        if let Some(at) = TEMPLATE_MARKS.iter().filter_map(|mark| document.find(mark)).min() {
            return unknown(Reason::Templated, "template text", span.start as usize + at);
        }
        let mut start = span.start as usize;
        for line in document.split_inclusive(['\n', '\r']) {
            if placeholder(line).is_some_and(|found| found.len() == line.trim().len()) {
                return unknown(Reason::Templated, "a placeholder that is not YAML", start);
            }
            start += line.len();
        }
    }
    // Placeholders are common in scripts within sound documents, so only those at the fault count.
    let errors = parsed.errors.iter().filter(|error| error.kind == SyntaxErrorKind::Invalid);
    for error in errors.filter(|error| error.span.start >= first.start) {
        let fault = error.span.start as usize;
        let line_start = text[..fault].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let line_end = text[fault..].find(['\n', '\r']).map_or(text.len(), |at| fault + at);
        if placeholder(&text[line_start..line_end]).is_some() {
            return unknown(Reason::Templated, "a placeholder that is not YAML", line_start);
        }
    }
    None
}

/// What opens an action of Go templates, Jinja and ERB.
const TEMPLATE_MARKS: [&str; 3] = ["{{", "{%", "<%"];

/// The first `${NAME}`, `@NAME@`, `%NAME%`, `<NAME>`, `[[ name ]]` or `__NAME__` of a line.
fn placeholder(line: &str) -> Option<&str> {
    let word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
    };
    let pairs = [("${", "}"), ("@", "@"), ("%", "%"), ("<", ">"), ("[[", "]]"), ("__", "__")];
    pairs.iter().find_map(|(open, close)| {
        let found = &line[line.find(open)?..];
        let inner = &found[open.len()..];
        let inner = &inner[..inner.find(close)?];
        (*open == "${" || word(inner)).then(|| &found[..open.len() + inner.len() + close.len()])
    })
}

/// Where a comment begins outside of strings.
fn comment_in_json(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut in_string = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => in_string = !in_string,
            b'\\' if in_string => at += 1,
            b'/' if !in_string && matches!(bytes.get(at + 1), Some(b'/' | b'*')) => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::syntax::{ParsedFile, Syntax, parse};
    use crate::text::{FileId, Side};

    fn read(path: &str, text: &str) -> ParsedFile {
        let path = RepoPath::new(path).expect("a path inside the root");
        parse(Arc::new(SourceFile::new(FileId(0), path, text.into(), Side::Head, true)))
    }

    /// `yaml`, `broken` (YAML with faults), the reason for setting it aside, or `other`.
    fn kind(path: &str, text: &str) -> String {
        let file = read(path, text);
        match &file.syntax {
            Syntax::Yaml(_) if file.errors.is_empty() => "yaml".to_owned(),
            Syntax::Yaml(_) => "broken".to_owned(),
            Syntax::Hcl(_) => "hcl".to_owned(),
            Syntax::Opaque(why) => {
                assert!(file.errors.is_empty(), "{path}: {:?}", file.errors);
                why.to_string()
            }
            Syntax::Other => "other".to_owned(),
        }
    }

    #[test]
    fn paths_tell_languages() {
        let relevant =
            ["a.yaml", "a.yml", "a.json", "x/Kustomization", "a.tf", "a.tfvars", "a.auto.tfvars", "a.tf.json"];
        let relevant =
            relevant.iter().chain(&["a.tofu", "a.jsonnet", "a.libsonnet", "a.cue", "c/templates/_h.tpl", "Chart.yaml"]);
        for path in relevant {
            assert!(is_relevant(&RepoPath::new(path).expect("a path")), "{path}");
        }
        for path in
            ["README.md", "a.png", ".env", "a.rego", "a.properties", "yaml", "x.tpl", ".terraform.lock.hcl", ".yaml"]
        {
            assert!(!is_relevant(&RepoPath::new(path).expect("a path")), "{path}");
        }
    }

    #[test]
    fn templates_are_set_aside() {
        let cases = [
            ("c/templates/x.yaml", "a: \"{{ .Values.a }}\"\n", "templated text: a Helm template"),
            ("c/templates/x.yaml", "a: 1\n", "yaml"),
            ("x.yaml", "a: {{ .Values.a }}\n", "templated text: `{{ … }}` outside of quotes"),
            ("x.yaml", "{{- if .a }}\nb: 1\n{{- end }}\n", "templated text: template text"),
            ("x.yaml", "{% if a %}\nb: 1\n{% endif %}\n", "templated text: template text"),
            ("x.yaml", "b: 1\n---\n{% if a %}\nb: 1\n{% endif %}\n", "templated text: template text"),
            ("x.yaml", "a: %NAME%\n", "templated text: a placeholder that is not YAML"),
            ("x.yaml", "a: 1\n${MORE}\n", "templated text: a placeholder that is not YAML"),
            ("x.yaml", "a:\n  <MORE>\n  <EVEN_MORE>\n  b: 1\n", "templated text: a placeholder that is not YAML"),
            ("x.yaml.j2", "a", "templated text: a template"),
            ("helmfile.yaml", "releases: []", "language not read: helmfile"),
            ("helmfile.yaml.gotmpl", "releases: []", "language not read: helmfile"),
            ("x.jsonnet", "{}", "language not read: jsonnet"),
            ("tsconfig.json", "{\n // why\n \"a\": \"http://x\"\n}", "language not read: JSON with comments"),
        ];
        for (path, text, expected) in cases {
            assert_eq!(kind(path, text), expected, "{path}: {text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_template_is_yaml() {
        for text in [
            "a: '{{ .name }}'\nb: \"{{name}}-x\"\n",
            "a: x-{{ .name }}\n",
            "a: |\n  {{ if .x }}\n  y\n  {{ end }}\n",
            "a: <TOKEN>\nb: ${VAR}\nc: $(VAR)\nd: [x, \"{{ y }}\"]\n",
            "a: !Ref x\nb: !vault |\n  x\n",
        ] {
            assert_eq!(kind("x.yaml", text), "yaml", "{text}");
        }
        assert_eq!(kind("x.json", "{\"a\": \"http://x/*\"}"), "yaml");
        assert_eq!(kind("x.yaml", "a: b: c\nd: ${VAR}\n"), "broken");
    }
}
