//! Security settings of containers of Windows.

use super::judge::Judge;
use crate::model::{Field, Pod, names};
use crate::value::Known;

/// Most bytes of a credential specification.
const LONGEST_SPECIFICATION: usize = 64 << 10;
/// A domain has fewer characters, a user at most so many.
const LONGEST_DOMAIN: usize = 256;
const LONGEST_USER: usize = 104;

/// Check the settings of a pod and its containers.
pub(super) fn check<'a>(judge: &mut Judge<'a>, pod: Pod<'a>) {
    let of = |field: Field<'a>| field.at(&["securityContext", "windowsOptions"]);
    options(judge, of(pod.spec));
    for container in pod.containers() {
        options(judge, of(container.field));
    }
    host_process(judge, pod);
}

fn options<'a>(judge: &mut Judge<'a>, options: Field<'a>) {
    let [name, specification, user] =
        ["gmsaCredentialSpecName", "gmsaCredentialSpec", "runAsUserName"].map(|key| options.get(key));
    judge.form(name, "name of a credential specification", names::dns_subdomain);
    judge.form(user, "user of Windows", user_name);
    for field in [name, specification, user] {
        if field.raw_text() == Known::Value("") {
            judge.error(field, format!("`{}` is empty", field.key())).help("leave it out");
        }
    }
    if matches!(specification.raw_text(), Known::Value(text) if text.len() > LONGEST_SPECIFICATION) {
        judge.error(specification, format!("`gmsaCredentialSpec` has more than {LONGEST_SPECIFICATION} bytes"));
    }
}

/// `DOMAIN\\user` or `user`.
fn user_name(text: &str) -> names::Verdict {
    if text.contains(|c: char| c.is_ascii_control()) {
        return Err("control characters are not allowed");
    }
    let mut parts = text.split('\\');
    let (domain, user) = match (parts.next(), parts.next(), parts.next()) {
        (Some(user), None, _) => (None, user),
        (Some(domain), Some(user), None) => (Some(domain), user),
        _ => return Err("there is more than one backslash"),
    };
    if let Some(domain) = domain {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let netbios = !domain.is_empty()
            && domain.chars().count() <= 15
            && !domain.starts_with('.')
            && !domain.contains(['\\', '/', ':', '*', '?', '"', '<', '>', '|']);
        let dns = !domain.is_empty() && domain.chars().all(inside);
        if domain.len() >= LONGEST_DOMAIN || !(netbios || dns) {
            return Err("what is before the backslash is no domain");
        }
    }
    if user.is_empty() {
        return Err("there is no user behind the domain");
    }
    if user.len() > LONGEST_USER {
        return Err("it has more than 104 characters");
    }
    if user.chars().all(|c| c == '.' || c == ' ') {
        return Err("it has only periods and blanks");
    }
    if user.contains(['"', '/', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']']) {
        return Err("none of `\"/\\:;|=,+*?<>@[]` is allowed");
    }
    Ok(())
}

/// Containers that run as processes of the node: all of a pod or none, and in the network of the node.
fn host_process<'a>(judge: &mut Judge<'a>, pod: Pod<'a>) {
    let of = |field: Field<'a>| field.at(&["securityContext", "windowsOptions", "hostProcess"]);
    let whole = of(pod.spec);
    let (mut some, mut others) = (None, None);
    for container in pod.containers() {
        let own = of(container.field);
        if let (Known::Value(one), Known::Value(all)) = (own.truth(), whole.truth())
            && one != all
        {
            judge
                .error(own, format!("{} says another `hostProcess` than its pod", container.title()))
                .label(whole.span(), "of the pod");
        }
        match (own.truth(), whole.truth()) {
            (Known::Value(true), _) => some = Some(own),
            (Known::Absent, Known::Value(true)) => some = Some(whole),
            (Known::Unknown(_), _) | (Known::Absent, Known::Unknown(_)) => return,
            (Known::Value(false), _) | (Known::Absent, _) => others = Some(container),
        }
    }
    let Some(some) = some.filter(|_| pod.has_all_containers()) else { return };
    if let Some(other) = others {
        judge
            .error(some, format!("some containers are processes of the node, and {} is not", other.title()))
            .help("set `hostProcess: true` for the whole pod");
    }
    if matches!(pod.spec.get("hostNetwork").truth(), Known::Absent | Known::Value(false)) {
        judge.error(some, "processes of the node need `hostNetwork: true`");
    }
}

#[cfg(test)]
mod tests {
    use super::user_name;

    #[test]
    fn users() {
        for good in ["ContainerUser", "NT AUTHORITY\\SYSTEM", "a.example.com\\b"] {
            assert!(user_name(good).is_ok(), "{good}");
        }
        for bad in ["a\\b\\c", "\\a", "a\\", "..", "a@b", "a\tb"] {
            assert!(user_name(bad).is_err(), "{bad}");
        }
    }
}
