//! Security settings that contradict each other.

use std::collections::BTreeMap;

use super::judge::{Judge, declare_judge};
use crate::model::{Field, Pod, names};
use crate::value::Known;

declare_judge! {
    InvalidSecurityContext = "invalid-security-context" {
        summary: "security settings that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    let context = pod.spec.get("securityContext");
    ids(judge, context);
    judge.within(context.get("fsGroup"), 0, i64::from(i32::MAX));
    for (_, group) in context.get("supplementalGroups").items() {
        judge.within(group, 0, i64::from(i32::MAX));
    }
    profiles(judge, context);
    sysctls(judge, pod, context);
    let alone = matches!(pod.spec.get("hostUsers").truth(), Known::Absent | Known::Value(true));
    for container in pod.containers() {
        let (context, title) = (container.field.get("securityContext"), container.title());
        ids(judge, context);
        profiles(judge, context);
        let escalation = context.get("allowPrivilegeEscalation");
        let privileged = context.get("privileged");
        if escalation.truth() == Known::Value(false) && privileged.is_true() {
            judge
                .error(escalation, format!("{title} is privileged and forbids to gain privileges"))
                .label(privileged.span(), "it is privileged")
                .help("drop one of the two");
        }
        let mut added = context.at(&["capabilities", "add"]).items().map(|(_, name)| name);
        if escalation.truth() == Known::Value(false)
            && let Some(name) = added.find(|name| name.is_text("CAP_SYS_ADMIN"))
        {
            judge
                .error(escalation, format!("{title} adds `CAP_SYS_ADMIN` and forbids to gain privileges"))
                .label(name.span(), "added here")
                .help("drop one of the two");
        }
        let mount = context.get("procMount");
        if mount.is_text("Unmasked") && alone {
            judge.error(mount, format!("{title} has `procMount: Unmasked` without `hostUsers: false` of its pod"));
        }
    }
    if pod.spec.get("shareProcessNamespace").is_true() && pod.spec.get("hostPID").is_true() {
        judge
            .error(
                pod.spec.get("shareProcessNamespace"),
                "the pod shares the processes of the node and those of its containers",
            )
            .label(pod.spec.get("hostPID").span(), "those of the node")
            .help("drop one of the two");
    }
    if pod.spec.get("hostUsers").truth() == Known::Value(false) {
        for key in ["hostPID", "hostIPC", "hostNetwork"] {
            if pod.spec.get(key).is_true() {
                judge
                    .error(pod.spec.get(key), format!("`{key}: true` is not allowed with `hostUsers: false`"))
                    .label(pod.spec.get("hostUsers").span(), "users of its own");
            }
        }
    }
    system(judge, pod);
    super::windows::check(judge, pod);
}

fn ids<'a>(judge: &mut Judge<'a>, context: Field<'a>) {
    for key in ["runAsUser", "runAsGroup"] {
        judge.within(context.get(key), 0, i64::from(i32::MAX));
    }
}

fn profiles<'a>(judge: &mut Judge<'a>, context: Field<'a>) {
    for kind in ["seccompProfile", "appArmorProfile"] {
        let profile = context.get(kind);
        let (of, local) = (profile.get("type"), profile.get("localhostProfile"));
        if of.is_text("Localhost") && matches!(local.raw_text(), Known::Absent | Known::Value("")) {
            judge.error(of, format!("`{kind}` of type `Localhost` needs `localhostProfile`"));
        }
        if matches!(of.text(), Known::Value("RuntimeDefault" | "Unconfined")) && local.is_present() {
            judge
                .error(local, format!("`localhostProfile` is only for a `{kind}` of type `Localhost`"))
                .label(of.span(), "its type");
        }
        if kind == "seccompProfile" {
            judge.form(local, "path of a profile", names::descending_path);
        } else if matches!(local.text(), Known::Value(text) if text.trim() != text) {
            judge.error(local, "`localhostProfile` has blanks at an end");
        }
    }
}

fn sysctls<'a>(judge: &mut Judge<'a>, pod: Pod<'a>, context: Field<'a>) {
    let mut names = BTreeMap::new();
    for (_, sysctl) in context.get("sysctls").items() {
        let name = sysctl.get("name");
        if name.raw_text() == Known::Value("") {
            judge.error(name, "a kernel parameter has no name");
        }
        judge.form(name, "name of a kernel parameter", sysctl_name);
        let Known::Value(text) = name.text() else { continue };
        match names.get(text) {
            Some(first) => {
                judge.error(name, format!("`{text}` is set twice")).label(*first, "first here");
            }
            None => drop(names.insert(text, name.span())),
        }
        let dotted = text.replace('/', ".");
        let is_ipc = dotted.starts_with("kernel.shm")
            || dotted.starts_with("kernel.msg")
            || dotted.starts_with("fs.mqueue.")
            || dotted == "kernel.sem";
        let shared = match () {
            () if dotted.starts_with("net.") => "hostNetwork",
            () if is_ipc => "hostIPC",
            () => continue,
        };
        if pod.spec.get(shared).is_true() {
            judge
                .error(name, format!("`{text}` may not be set with `{shared}: true`"))
                .primary("it would change the node")
                .label(pod.spec.get(shared).span(), "shared with the node");
        }
    }
}

fn sysctl_name(name: &str) -> names::Verdict {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let edge = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let part = |part: &str| {
        let bytes = part.as_bytes();
        edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(|byte| inside(*byte))
    };
    if name.len() <= 253 && name.split(['.', '/']).all(part) {
        return Ok(());
    }
    Err("only lower-case letters, digits, `-` and `_` are allowed, in parts joined by `.`")
}

/// Settings of one operating system in a pod for the other.
fn system<'a>(judge: &mut Judge<'a>, pod: Pod<'a>) {
    const POD: [&str; 11] = [
        "appArmorProfile",
        "seLinuxOptions",
        "seccompProfile",
        "fsGroup",
        "fsGroupChangePolicy",
        "sysctls",
        "runAsUser",
        "runAsGroup",
        "supplementalGroups",
        "supplementalGroupsPolicy",
        "seLinuxChangePolicy",
    ];
    const CONTAINER: [&str; 10] = [
        "appArmorProfile",
        "seLinuxOptions",
        "seccompProfile",
        "capabilities",
        "readOnlyRootFilesystem",
        "privileged",
        "allowPrivilegeEscalation",
        "procMount",
        "runAsUser",
        "runAsGroup",
    ];
    let name = pod.spec.at(&["os", "name"]);
    let (wrong_pod, wrong_container): (&[&str], &[&str]) = match name.text() {
        Known::Value("windows") => (&POD, &CONTAINER),
        Known::Value("linux") => (&["windowsOptions"], &["windowsOptions"]),
        _ => return,
    };
    let contexts = pod.containers().map(|container| (container.field.get("securityContext"), wrong_container));
    let contexts = std::iter::once((pod.spec.get("securityContext"), wrong_pod)).chain(contexts);
    let mut wrong: Vec<(Field<'_>, &str)> = Vec::new();
    for (context, keys) in contexts {
        wrong.extend(keys.iter().map(|key| (context.get(key), *key)));
    }
    if name.is_text("windows") {
        wrong.extend(["hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"].map(|key| (pod.spec.get(key), key)));
    }
    for (field, key) in wrong {
        let is_set = !matches!(key, "hostPID" | "hostIPC") || field.is_true();
        let is_set = is_set && !(key == "sysctls" && field.is_empty());
        if field.is_present() && is_set {
            let system = name.text().value().copied().unwrap_or_default();
            judge
                .error(field, format!("`{key}` may not be set for a pod of {system}"))
                .label(name.span(), "its system");
        }
    }
}
