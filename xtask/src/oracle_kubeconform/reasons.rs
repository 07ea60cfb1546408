//! Why two verdicts differ.

use kate::schema::validate::{ProblemKind, Wanted};

use super::Verdict;

/// The reason, which begins with `?` if there is none.
pub(super) fn reason(ours: &Verdict, theirs: &Verdict) -> String {
    if ours.valid { theirs_only(ours, theirs) } else { ours_only(ours) }.to_owned()
}

/// kate refuses what kubeconform takes.
fn ours_only(ours: &Verdict) -> &'static str {
    let is = |test: &dyn Fn(&ProblemKind) -> bool| ours.problems.iter().all(|problem| test(&problem.kind));
    let invalid = |kind: &ProblemKind, test: &dyn Fn(&Wanted) -> bool| matches!(kind, ProblemKind::InvalidValue { wanted, .. } if test(wanted));
    if is(&|kind| matches!(kind, ProblemKind::DuplicateItem { .. })) {
        "kate: two items of a list with one key"
    } else if is(&|kind| invalid(kind, &|wanted| matches!(wanted, Wanted::OneOf { .. }))) {
        "kate: not one of the values that the field may have"
    } else if is(&|kind| invalid(kind, &|wanted| matches!(wanted, Wanted::Quantity))) {
        "kate: text that is no quantity"
    } else if is(&|kind| invalid(kind, &|wanted| matches!(wanted, Wanted::Format(_)))) {
        "kate: text that is not of its format (base64, time)"
    } else if is(&|kind| invalid(kind, &|wanted| matches!(wanted, Wanted::Narrow))) {
        "kate: a number that does not fit 32 bits"
    } else if is(&|kind| matches!(kind, ProblemKind::MissingField { .. })) {
        "kate: a required field that is null"
    } else if is(&|kind| matches!(kind, ProblemKind::FailedRule { .. })) {
        "kate: a rule in CEL does not hold"
    } else if ours.custom && ours.problems.iter().all(|problem| problem.path.starts_with("metadata")) {
        "kate: below `metadata` of a custom resource"
    } else if ours.problems.iter().all(|problem| problem.path.contains(".items.")) {
        "kate: below `items` of a definition's schema"
    } else {
        "? kate alone refuses it"
    }
}

/// kubeconform refuses what kate takes.
fn theirs_only(ours: &Verdict, theirs: &Verdict) -> &'static str {
    let all = |test: &dyn Fn(&str) -> bool| theirs.words.iter().all(|words| test(words));
    let is_null = |words: &str| words.contains("got null") || words.contains("oneOf");
    let is_required = |words: &str| words.contains("missing propert");
    if all(&is_null) {
        "kubeconform: a null, which is nothing to the API server"
    } else if ours.custom && all(&|words| is_required(words) || is_null(words)) {
        "kubeconform: a required field of a custom resource that has a default"
    } else if all(&is_required) {
        "kubeconform: a field that schemas call required and the API server does without"
    } else if ours.incomplete {
        "kubeconform: a placeholder or a directive of a patch, which kate does not judge"
    } else {
        "? kubeconform alone refuses it"
    }
}
