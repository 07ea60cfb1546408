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
    if in_directory(&source.path, "templates") {
        if let Some(at) = text.find("{{") {
            return unknown(Reason::Templated, "a Helm template", at);
        }
    }
    if let Some(span) = parsed.braces {
        return unknown(Reason::Templated, "`{{ … }}` outside of quotes", span.start as usize);
    }
    let broken: Vec<Span> = parsed.stream.documents.iter().filter(|d| d.broken.is_some()).map(|d| d.span).collect();
    let first = broken.first()?;
    if json {
        return comment_in_json(text).and_then(|at| unknown(Reason::UnsupportedLanguage, "JSON with comments", at));
    }
    for span in &broken {
        let document = text.get(span.range()).unwrap_or_default();
        if let Some((at, _)) =
            ["{{", "{%", "<%"].iter().filter_map(|mark| document.find(mark).map(|at| (at, mark))).min()
        {
            return unknown(Reason::Templated, "template text", span.start as usize + at);
        }
    }
    // Placeholders are common in scripts within sound documents, so only those at the fault count.
    let errors = parsed.errors.iter().filter(|error| error.kind == SyntaxErrorKind::Invalid);
    for error in errors.filter(|error| error.span.start >= first.start) {
        let fault = error.span.start as usize;
        let line_start = text[..fault].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let line_end = text[fault..].find(['\n', '\r']).map_or(text.len(), |at| fault + at);
        if let Some(at) = placeholder(&text[line_start..line_end]) {
            return unknown(Reason::Templated, "a placeholder that is not YAML", line_start + at);
        }
    }
    None
}

/// Where a line has `${NAME}`, `@NAME@`, `%NAME%`, `<NAME>`, `[[ name ]]` or `$NAME$`.
fn placeholder(line: &str) -> Option<usize> {
    let word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
    };
    let pairs = [("${", "}"), ("@", "@"), ("%", "%"), ("<", ">"), ("[[", "]]"), ("__", "__")];
    pairs.iter().find_map(|(open, close)| {
        let at = line.find(open)?;
        let inner = &line[at + open.len()..];
        let inner = &inner[..inner.find(close)?];
        (*open == "${" || word(inner)).then_some(at)
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
