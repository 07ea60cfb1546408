//! Admission policies in CEL and their bindings.

use std::collections::BTreeMap;

use super::invalid_label::selector;
use super::invalid_webhook::{conditions, rules};
use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::schema::validate::{RESERVED, Reading, read_expression};
use crate::text::has_placeholder;
use crate::value::Known;

declare_judge! {
    InvalidAdmissionPolicy = "invalid-admission-policy" {
        summary: "admission policy or binding of one that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// Most annotations for the audit log of a policy, and most bytes of an expression of one.
const MOST_ANNOTATIONS: usize = 20;
const LONGEST_ANNOTATION: usize = 5 * 1024;

fn check(judge: &mut Judge<'_>) {
    if judge.object.group != "admissionregistration.k8s.io" {
        return;
    }
    match judge.object.kind.as_str() {
        "ValidatingAdmissionPolicy" => {
            let scope = policy(judge);
            validations(judge, &scope);
        }
        "MutatingAdmissionPolicy" => {
            let scope = policy(judge);
            mutations(judge, &scope);
        }
        kind @ ("ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding") => {
            binding(judge);
            if kind.starts_with("Validating") {
                actions(judge);
            }
        }
        _ => {}
    }
}

fn policy<'a>(judge: &mut Judge<'a>) -> Scope<'a> {
    let spec = judge.spec();
    param_kind(judge, spec.get("paramKind"));
    let constraints = spec.get("matchConstraints");
    matches(judge, constraints);
    let list = constraints.get("resourceRules");
    if constraints.is_absent() {
        judge
            .error(spec, "the policy does not say what it is about")
            .help("say it in `matchConstraints.resourceRules`");
    } else if list.is_empty() {
        judge.error(constraints, "the policy has no `resourceRules`: it is about nothing");
    }
    conditions(judge, spec.get("matchConditions"));
    let mut scope = Scope::new(spec);
    for (_, condition) in spec.get("matchConditions").items() {
        expression(judge, condition, "expression", "a condition", &scope);
    }
    let variables = spec.get("variables");
    scope.names.push("variables");
    scope.variables = variables.is_complete().then(Vec::new);
    for (_, variable) in variables.items() {
        judge.form(variable.get("name"), "name of a variable", identifier);
        if blank(variable.get("name")) {
            judge.error(variable, "a variable has no name");
        }
        expression(judge, variable, "expression", "a variable", &scope);
        match (variable.get("name").text(), &mut scope.variables) {
            (Known::Value(name), Some(known)) => known.push(name),
            _ => scope.variables = None,
        }
    }
    scope
}

/// Names in CEL.
fn identifier(name: &str) -> names::Verdict {
    if RESERVED.contains(&name) {
        return Err("it is a word of the language");
    }
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err("only letters, digits and `_` are allowed, and no digit first")
}

/// Whether a field is certainly nothing but blanks.
fn blank(field: Field<'_>) -> bool {
    match field.raw_text() {
        Known::Absent => true,
        Known::Value(text) => text.trim().is_empty(),
        Known::Unknown(_) => false,
    }
}

/// An expression that has to be there, and what it says.
fn expression<'a>(judge: &mut Judge<'a>, of: Field<'a>, key: &str, what: &str, scope: &Scope<'_>) {
    let field = of.get(key);
    if blank(field) {
        judge.error(if field.is_absent() { of } else { field }, format!("{what} has no `{key}`"));
    }
    says(judge, field, scope);
}

/// Check the expressions under which a webhook is asked.
pub(super) fn expressions<'a>(judge: &mut Judge<'a>, conditions: Field<'a>) {
    let scope =
        Scope { names: vec!["object", "oldObject", "request", "namespaceObject", "authorizer"], variables: None };
    for (_, condition) in conditions.items() {
        expression(judge, condition, "expression", "a condition", &scope);
    }
}

/// What an expression may name.
#[derive(Clone)]
struct Scope<'a> {
    names: Vec<&'static str>,
    /// The variables of the policy that are set before; none if not all are known, or there are none here.
    variables: Option<Vec<&'a str>>,
}

impl Scope<'_> {
    /// What conditions may name: they come before variables.
    fn new(spec: Field<'_>) -> Self {
        let mut names = vec!["object", "oldObject", "request", "namespaceObject", "authorizer"];
        if !spec.get("paramKind").is_absent() {
            names.push("params");
        }
        Self { names, variables: None }
    }
}

/// Report an expression that is none, or that names what is not there.
fn says<'a>(judge: &mut Judge<'a>, field: Field<'a>, scope: &Scope<'_>) {
    let Known::Value(text) = field.raw_text() else { return };
    if text.trim().is_empty() || has_placeholder(text) {
        return;
    }
    match read_expression(text) {
        Reading::Unread => {}
        Reading::Broken(why) => {
            judge.error(field, format!("`{}` is no expression of CEL", field.key())).primary(why);
        }
        Reading::Uses(uses) => {
            for name in uses.names.iter().filter(|name| !scope.names.contains(&name.as_str())) {
                let problem = judge.error(field, format!("`{}` names `{name}`, which is nothing here", field.key()));
                match name.as_str() {
                    "params" => problem.help("say in `paramKind` what the parameters are"),
                    _ => problem.help(format!("there is {}", scope.names.join(", "))),
                };
            }
            for (_, name) in uses.fields.iter().filter(|(of, _)| of == "variables") {
                if scope.variables.as_ref().is_some_and(|known| !known.contains(&name.as_str())) {
                    judge
                        .error(field, format!("`{}` uses the variable `{name}`, which is not set before", field.key()))
                        .help("set it in `variables`, above what uses it");
                }
            }
            for name in &uses.unknown_functions {
                judge.error(field, format!("`{}` calls `{name}`, which is no function of Kubernetes", field.key()));
            }
        }
    }
}

fn param_kind<'a>(judge: &mut Judge<'a>, kind: Field<'a>) {
    if !kind.is_present() {
        return;
    }
    for key in ["apiVersion", "kind"] {
        if matches!(kind.get(key).raw_text(), Known::Absent | Known::Value("")) {
            judge.error(kind, format!("`paramKind` has no `{key}`"));
        }
    }
    judge.form(kind.get("kind"), "kind", |kind| names::dns_1035_label(&kind.to_lowercase()));
    judge.form(kind.get("apiVersion"), "API version", |text| match text.split_once('/') {
        None => names::dns_1035_label(text),
        Some((group, version)) => {
            if !group.is_empty() {
                names::dns_subdomain(group)?;
            }
            if version.is_empty() { Err("it has no version") } else { names::dns_1035_label(version) }
        }
    });
}

/// What it is about.
fn matches<'a>(judge: &mut Judge<'a>, matches: Field<'a>) {
    selector(judge, matches.get("namespaceSelector"));
    selector(judge, matches.get("objectSelector"));
    let mutates = judge.object.kind.starts_with("Mutating");
    for list in ["resourceRules", "excludeResourceRules"] {
        for (_, rule) in matches.get(list).items() {
            rules(judge, rule, "a rule");
            let mut seen = BTreeMap::new();
            for (_, name) in rule.get("resourceNames").items() {
                judge.form(name, "name of a resource", names::path_segment);
                if let Known::Value(text) = name.text()
                    && let Some(first) = seen.insert(text, name.span())
                {
                    judge.error(name, format!("`{text}` stands twice")).label(first, "first here");
                }
            }
            if !mutates || list != "resourceRules" {
                continue;
            }
            for (_, operation) in rule.get("operations").items() {
                if let Known::Value(text @ ("DELETE" | "CONNECT" | "*")) = operation.text() {
                    judge
                        .error(operation, format!("a policy that changes objects cannot be about `{text}`"))
                        .help("only about `CREATE` and `UPDATE`");
                }
            }
        }
    }
}

fn validations(judge: &mut Judge<'_>, scope: &Scope<'_>) {
    let spec = judge.spec();
    let (validations, annotations) = (spec.get("validations"), spec.get("auditAnnotations"));
    if validations.is_empty() && annotations.is_empty() {
        let at = if validations.is_present() { validations } else { spec };
        judge.error(at, "the policy has neither `validations` nor `auditAnnotations`");
    }
    for (_, validation) in validations.items() {
        expression(judge, validation, "expression", "a validation", scope);
        let (message, made) = (validation.get("message"), validation.get("messageExpression"));
        for field in [message, made] {
            if matches!(field.raw_text(), Known::Value(text) if !text.is_empty() && text.trim().is_empty()) {
                judge.error(field, format!("`{}` is only blanks", field.key()));
            }
        }
        if matches!(message.raw_text(), Known::Value(text) if text.trim().contains(['\n', '\r'])) {
            judge.error(message, "`message` may not have several lines").help("fold it: `>-` instead of `|`");
        }
        says(
            judge,
            made,
            &Scope {
                names: scope.names.iter().copied().filter(|name| *name != "authorizer").collect(),
                ..scope.clone()
            },
        );
    }
    let count = annotations.items().count();
    if count > MOST_ANNOTATIONS {
        judge.error(annotations, format!("there are {count} `auditAnnotations`, and {MOST_ANNOTATIONS} are the most"));
    }
    let mut seen = BTreeMap::new();
    for (_, annotation) in annotations.items() {
        let (key, value) = (annotation.get("key"), annotation.get("valueExpression"));
        if let Known::Value(text) = key.text()
            && let Some(first) = seen.insert(text, key.span())
        {
            judge.error(key, format!("the key `{text}` stands twice")).label(first, "first here");
        }
        if let (Known::Value(name), Known::Value(text)) = (&judge.object.name, key.text())
            && let Err(why) = names::qualified_name(&format!("{name}/{text}"))
        {
            judge
                .error(key, format!("`{text}` is no valid key of an annotation behind the name of the policy"))
                .primary(why);
        }
        if matches!(value.raw_text(), Known::Value(text) if text.trim().len() > LONGEST_ANNOTATION) {
            judge.error(value, format!("`valueExpression` has more than {LONGEST_ANNOTATION} bytes"));
        }
        expression(judge, annotation, "valueExpression", "an annotation", scope);
    }
}

fn mutations(judge: &mut Judge<'_>, scope: &Scope<'_>) {
    let spec = judge.spec();
    let mutations = spec.get("mutations");
    if mutations.is_empty() {
        judge.error(if mutations.is_present() { mutations } else { spec }, "the policy has no `mutations`");
    }
    let again = spec.get("reinvocationPolicy");
    if matches!(again.raw_text(), Known::Absent | Known::Value("")) {
        judge.error(again, "the policy has no `reinvocationPolicy`").help("`Never`, or `IfNeeded`");
    }
    for (_, mutation) in mutations.items() {
        let kind = mutation.get("patchType");
        let (wanted, other) = match kind.text() {
            Known::Value("JSONPatch") => ("jsonPatch", "applyConfiguration"),
            Known::Value("ApplyConfiguration") => ("applyConfiguration", "jsonPatch"),
            _ => continue,
        };
        if mutation.get(wanted).is_absent() {
            judge.error(kind, format!("a mutation of this type needs `{wanted}`"));
        } else if mutation.get(wanted).is_present() {
            expression(judge, mutation.get(wanted), "expression", "a mutation", scope);
        }
        if mutation.get(other).is_present() {
            judge
                .error(mutation.get(other), format!("a mutation of this type may not have `{other}`"))
                .label(kind.span(), "its type");
        }
    }
}

fn binding(judge: &mut Judge<'_>) {
    let spec = judge.spec();
    let policy = spec.get("policyName");
    judge.form(policy, "name of a policy", names::dns_subdomain);
    if matches!(policy.raw_text(), Known::Absent | Known::Value("")) {
        judge.error(policy, "it binds no policy").help("name it in `policyName`");
    }
    matches(judge, spec.get("matchResources"));
    let reference = spec.get("paramRef");
    if !reference.is_present() {
        return;
    }
    let (name, chosen) = (reference.get("name"), reference.get("selector"));
    judge.form(name, "name of an object", names::path_segment);
    selector(judge, chosen);
    let is_named = matches!(name.raw_text(), Known::Value(text) if !text.is_empty());
    if is_named && chosen.is_present() {
        judge.error(name, "`paramRef` has both `name` and `selector`").label(chosen.span(), "the other one");
    } else if matches!(name.raw_text(), Known::Absent | Known::Value("")) && chosen.is_absent() {
        judge.error(reference, "`paramRef` has neither `name` nor `selector`");
    }
    let action = reference.get("parameterNotFoundAction");
    if matches!(action.raw_text(), Known::Absent | Known::Value("")) {
        judge
            .error(reference, "`paramRef` has no `parameterNotFoundAction`")
            .help("`Deny`, or `Allow` if no parameters mean no rule");
    }
}

fn actions(judge: &mut Judge<'_>) {
    let spec = judge.spec();
    let actions = spec.get("validationActions");
    if actions.is_empty() {
        judge
            .error(actions, "it has no `validationActions`")
            .help("`[Deny]`, or `[Warn]` or `[Audit]` to try the policy");
    }
    let mut seen = BTreeMap::new();
    for (_, action) in actions.items() {
        if let Known::Value(text) = action.text()
            && let Some(first) = seen.insert(text, action.span())
        {
            judge.error(action, format!("`{text}` stands twice")).label(first, "first here");
        }
    }
    let of = |wanted: &str| actions.items().find(|(_, action)| action.is_text(wanted)).map(|(_, action)| action);
    if let (Some(deny), Some(warn)) = (of("Deny"), of("Warn")) {
        judge
            .error(warn, "`Warn` cannot stand beside `Deny`")
            .label(deny.span(), "who is denied is told why")
            .help("keep one of them");
    }
}
