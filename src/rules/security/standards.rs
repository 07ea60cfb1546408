//! The Pod Security Standards, as the admission plugin of Kubernetes checks them.
//!
//! Each control is one function; `tests/data/pod-security.yaml` holds the plugin's own fixtures. A
//! value that is not known breaks nothing, and neither does one that may be there.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::Object;
use crate::model::kubernetes::pod_template;
use crate::text::Span;
use crate::value::{Data, Value};

/// How much a pod may do. Privileged, which allows everything, is no level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Level {
    /// Nothing that is known to lead to the node.
    Baseline,
    /// What is good practice.
    Restricted,
}

impl Level {
    /// By its name in a namespace's label.
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }

    /// Its name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// The minor version of Kubernetes whose standard counts; the newest if none is named.
pub(super) const LATEST: u32 = u32::MAX;

/// What a pod does against a standard: one control, and each place.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) control: &'static str,
    pub(super) places: Vec<(Span, String)>,
}

/// A pod, as far as it is known.
struct Pod<'a> {
    metadata: Option<&'a Value>,
    spec: &'a Value,
    /// Whether what is not there is absent.
    complete: bool,
    version: u32,
    found: BTreeMap<&'static str, Vec<(Span, String)>>,
}

/// What is at a path.
enum Look<'a> {
    Found(&'a Value),
    /// Certainly nothing; the span is of the innermost thing that is there.
    Absent(Span),
    Unknown,
}

/// Whether an object makes pods.
pub(super) fn has_pods(object: &Object) -> bool {
    pod_template(&object.group, &object.kind).is_some()
}

/// Everything that a rendered object's pod does against a standard.
pub(super) fn violations(object: &Object, level: Level, version: u32) -> Vec<Violation> {
    let Some(path) = pod_template(&object.group, &object.kind) else { return Vec::new() };
    let Some(template) = object.value.at(path) else { return Vec::new() };
    let Some(spec) = template.get("spec").filter(|spec| spec.as_map().is_some()) else { return Vec::new() };
    of_pod(template.get("metadata"), spec, object.rendered, level, version)
}

fn of_pod(metadata: Option<&Value>, spec: &Value, complete: bool, level: Level, version: u32) -> Vec<Violation> {
    let mut pod = Pod { metadata, spec, complete, version, found: BTreeMap::new() };
    pod.host_namespaces();
    pod.privileged();
    pod.capabilities(level);
    pod.volumes(level);
    pod.host_ports();
    pod.probe_hosts();
    pod.app_armor();
    pod.se_linux();
    pod.proc_mount(level);
    pod.seccomp(level);
    pod.sysctls();
    pod.host_process();
    if level == Level::Restricted {
        pod.escalation();
        pod.non_root();
        pod.root_user();
    }
    pod.found.into_iter().map(|(control, places)| Violation { control, places }).collect()
}

/// One finding for each control that an object breaks.
pub(super) fn findings<'a>(
    meta: &'a RuleMeta,
    object: &'a Object,
    level: Level,
    version: u32,
    whose: &'a str,
) -> impl Iterator<Item = Diagnostic> + 'a {
    violations(object, level, version).into_iter().map(move |violation| {
        let (first, rest) = violation.places.split_first().expect("a violation has a place");
        let message =
            format!("{} breaks the Pod Security Standard `{}`{whose}: {}", object.title(), level.as_str(), first.1);
        let subject = format!("{}/{}", object.subject(), violation.control);
        let mut diagnostic = Diagnostic::new(meta, first.0, message, subject).hidden(object.name_span());
        for (span, what) in rest {
            diagnostic = diagnostic.label(*span, what.clone());
        }
        diagnostic
    })
}

impl<'a> Pod<'a> {
    fn add(&mut self, control: &'static str, at: Span, what: impl Into<String>) {
        self.found.entry(control).or_default().push((at, what.into()));
    }

    fn look(&self, from: &'a Value, path: &[&str]) -> Look<'a> {
        let mut value = from;
        for key in path {
            if value.unknown().is_some() {
                return Look::Unknown;
            }
            match value.get(key) {
                Some(inner) if inner.is_null() => return Look::Absent(value.span()),
                Some(inner) => value = inner,
                None if !self.complete || value.as_map().is_some_and(|map| map.open.is_some()) => return Look::Unknown,
                None => return Look::Absent(value.span()),
            }
        }
        if value.unknown().is_some() { Look::Unknown } else { Look::Found(value) }
    }

    /// Containers of every list, with their names.
    fn containers(&self) -> Vec<(&'a Value, String)> {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        let items = lists.into_iter().filter_map(|list| self.spec.get(list)).flat_map(Value::items);
        let named = items.filter(|item| item.as_map().is_some());
        named.map(|item| (item, format!("container `{}`", item.str_at(&["name"]).unwrap_or("?")))).collect()
    }

    /// The pod and its containers: whatever has a security context.
    fn holders(&self) -> Vec<(&'a Value, String)> {
        let mut all = vec![(self.spec, "the pod".to_owned())];
        all.extend(self.containers());
        all
    }

    fn is_windows(&self) -> bool {
        self.version >= 25 && self.spec.str_at(&["os", "name"]) == Some("windows")
    }

    /// In a user namespace root is nobody on the node.
    fn has_user_namespace(&self) -> bool {
        self.version >= 35 && self.spec.get("hostUsers").and_then(Value::as_bool) == Some(false)
    }

    fn host_namespaces(&mut self) {
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            if let Some(value) = self.spec.get(field).filter(|value| value.as_bool() == Some(true)) {
                self.add("host namespaces", value.span(), format!("it sets `{field}`"));
            }
        }
    }

    fn privileged(&mut self) {
        for (container, name) in self.containers() {
            let value = container.at(&["securityContext", "privileged"]);
            if let Some(value) = value.filter(|value| value.as_bool() == Some(true)) {
                self.add("privileged containers", value.span(), format!("{name} is privileged"));
            }
        }
    }

    fn capabilities(&mut self, level: Level) {
        let restricted = level == Level::Restricted && self.version >= 22;
        if restricted && self.is_windows() {
            return;
        }
        for (container, name) in self.containers() {
            let added = container.at(&["securityContext", "capabilities", "add"]).map(Value::items).unwrap_or_default();
            for item in added {
                let Some(capability) = item.as_str() else { continue };
                if if restricted { capability != "NET_BIND_SERVICE" } else { !CAPABILITIES.contains(&capability) } {
                    self.add("capabilities", item.span(), format!("{name} adds the capability `{capability}`"));
                }
            }
            if !restricted {
                continue;
            }
            let what = || format!("{name} does not drop all capabilities");
            match self.look(container, &["securityContext", "capabilities", "drop"]) {
                Look::Absent(at) => self.add("capabilities", named(container, at), what()),
                Look::Found(list) => {
                    let unknown = list.items().iter().any(|item| item.unknown().is_some());
                    if !unknown && !list.items().iter().any(|item| item.as_str() == Some("ALL")) {
                        self.add("capabilities", list.span(), what());
                    }
                }
                Look::Unknown => {}
            }
        }
    }

    fn volumes(&mut self, level: Level) {
        for volume in self.spec.get("volumes").map(Value::items).unwrap_or_default() {
            let name = volume.str_at(&["name"]).unwrap_or("?");
            let Some(map) = volume.as_map() else { continue };
            let given = |kind: &str| volume.get(kind).is_some_and(|value| !value.is_null());
            if level == Level::Baseline {
                if given("hostPath") {
                    let at = map.entry("hostPath").map_or(volume.span(), |entry| entry.key_origin.span());
                    self.add("hostPath volumes", at, format!("volume `{name}` is a path of the node"));
                }
                continue;
            }
            if VOLUMES.iter().any(|kind| given(kind)) || map.open.is_some() || !self.complete {
                continue;
            }
            let kind = map.iter().find(|entry| entry.key != "name");
            // A volume without a type is an `emptyDir` by default, which the plugin sees.
            let Some(kind) = kind.filter(|kind| !kind.value.is_null() && kind.value.unknown().is_none()) else {
                continue;
            };
            self.add("volume types", kind.key_origin.span(), format!("volume `{name}` is of type `{}`", kind.key));
        }
    }

    fn host_ports(&mut self) {
        for (container, name) in self.containers() {
            for port in container.get("ports").map(Value::items).unwrap_or_default() {
                let Some(value) = port.get("hostPort") else { continue };
                if let Some(number) = value.as_int().filter(|number| *number != 0) {
                    self.add("host ports", value.span(), format!("{name} takes port {number} of the node"));
                }
            }
        }
    }

    fn probe_hosts(&mut self) {
        if self.version < 34 {
            return;
        }
        let handlers: [&[&str]; 5] = [
            &["livenessProbe"],
            &["readinessProbe"],
            &["startupProbe"],
            &["lifecycle", "postStart"],
            &["lifecycle", "preStop"],
        ];
        for (container, name) in self.containers() {
            for handler in handlers {
                for kind in ["httpGet", "tcpSocket"] {
                    let host = container.at(handler).and_then(|value| value.at(&[kind, "host"]));
                    if let Some(host) = host.filter(|host| host.as_str().is_some_and(|text| !text.is_empty())) {
                        let what = format!("{name} names a host in `{}`", handler.join("."));
                        self.add("probe hosts", host.span(), what);
                    }
                }
            }
        }
    }

    fn app_armor(&mut self) {
        for (holder, name) in self.holders() {
            let profile = holder.at(&["securityContext", "appArmorProfile", "type"]);
            let Some(profile) = profile else { continue };
            if profile.as_str().is_some_and(|kind| !["RuntimeDefault", "Localhost"].contains(&kind)) {
                self.add("AppArmor", profile.span(), format!("{name} has no AppArmor profile"));
            }
        }
        for entry in self.metadata.and_then(|metadata| metadata.get("annotations")).into_iter().flat_map(Value::entries)
        {
            let Some(value) = entry.value.as_str() else { continue };
            let allowed = value.is_empty() || value == "runtime/default" || value.starts_with("localhost/");
            if entry.key.starts_with("container.apparmor.security.beta.kubernetes.io/") && !allowed {
                self.add("AppArmor", entry.value.span(), format!("an annotation sets the AppArmor profile `{value}`"));
            }
        }
    }

    fn se_linux(&mut self) {
        let types: &[&str] = if self.version >= 31 { &SE_LINUX } else { &SE_LINUX[..4] };
        for (holder, name) in self.holders() {
            let Some(options) = holder.at(&["securityContext", "seLinuxOptions"]) else { continue };
            for field in ["type", "user", "role"] {
                let Some(value) = options.get(field) else { continue };
                let Some(text) = value.as_str() else { continue };
                if if field == "type" { !types.contains(&text) } else { !text.is_empty() } {
                    self.add("SELinux", value.span(), format!("{name} sets the SELinux {field} `{text}`"));
                }
            }
        }
    }

    fn proc_mount(&mut self, level: Level) {
        if level == Level::Baseline && self.has_user_namespace() {
            return;
        }
        for (container, name) in self.containers() {
            let Some(value) = container.at(&["securityContext", "procMount"]) else { continue };
            if value.as_str().is_some_and(|kind| kind != "Default") {
                self.add("/proc mount", value.span(), format!("{name} changes how `/proc` is mounted"));
            }
        }
    }

    fn seccomp(&mut self, level: Level) {
        if self.version < 19 {
            return self.seccomp_annotations();
        }
        if level == Level::Restricted && self.is_windows() {
            return;
        }
        let path = ["securityContext", "seccompProfile", "type"];
        let is_good = |value: &Value| matches!(value.as_str(), Some("RuntimeDefault" | "Localhost"));
        let mut pod_is_good = false;
        for (index, (holder, name)) in self.holders().into_iter().enumerate() {
            match self.look(holder, &path) {
                Look::Found(value) if is_good(value) => pod_is_good |= index == 0,
                Look::Found(value) => self.add("seccomp", value.span(), format!("{name} has no seccomp profile")),
                Look::Unknown => pod_is_good |= index == 0,
                Look::Absent(at) if level == Level::Restricted && index > 0 && !pod_is_good => {
                    self.add("seccomp", named(holder, at), format!("{name} has no seccomp profile"));
                }
                Look::Absent(_) => {}
            }
        }
    }

    fn seccomp_annotations(&mut self) {
        let is_good =
            |text: &str| ["runtime/default", "docker/default"].contains(&text) || text.starts_with("localhost/");
        let names: Vec<String> = self
            .containers()
            .iter()
            .filter_map(|(item, _)| item.str_at(&["name"]))
            .map(|name| format!("container.seccomp.security.alpha.kubernetes.io/{name}"))
            .chain(["seccomp.security.alpha.kubernetes.io/pod".to_owned()])
            .collect();
        for entry in self.metadata.and_then(|metadata| metadata.get("annotations")).into_iter().flat_map(Value::entries)
        {
            let Some(value) = entry.value.as_str() else { continue };
            if names.iter().any(|name| *name == *entry.key) && !is_good(value) {
                self.add("seccomp", entry.value.span(), format!("an annotation sets the seccomp profile `{value}`"));
            }
        }
    }

    fn sysctls(&mut self) {
        let count = SYSCTLS.iter().take_while(|(since, _)| *since <= self.version).count();
        for sysctl in self.spec.at(&["securityContext", "sysctls"]).map(Value::items).unwrap_or_default() {
            let Some(value) = sysctl.get("name") else { continue };
            let Some(name) = value.as_str() else { continue };
            if !SYSCTLS[..count].iter().any(|(_, safe)| *safe == name) {
                self.add("sysctls", value.span(), format!("it sets the kernel parameter `{name}`"));
            }
        }
    }

    fn host_process(&mut self) {
        for (holder, name) in self.holders() {
            let value = holder.at(&["securityContext", "windowsOptions", "hostProcess"]);
            if let Some(value) = value.filter(|value| value.as_bool() == Some(true)) {
                self.add("HostProcess", value.span(), format!("{name} runs as a process of the node"));
            }
        }
    }

    fn escalation(&mut self) {
        if self.version < 8 || self.is_windows() {
            return;
        }
        for (container, name) in self.containers() {
            let at = match self.look(container, &["securityContext", "allowPrivilegeEscalation"]) {
                Look::Absent(at) => named(container, at),
                Look::Found(value) if value.as_bool() == Some(true) => value.span(),
                _ => continue,
            };
            self.add("privilege escalation", at, format!("{name} may gain privileges (`allowPrivilegeEscalation`)"));
        }
    }

    fn non_root(&mut self) {
        if self.has_user_namespace() {
            return;
        }
        let mut pod_is_good = false;
        for (index, (holder, name)) in self.holders().into_iter().enumerate() {
            match self.look(holder, &["securityContext", "runAsNonRoot"]) {
                Look::Found(value) => match value.data {
                    Data::Bool(true) => pod_is_good |= index == 0,
                    _ => self.add("running as non-root", value.span(), format!("{name} may run as root")),
                },
                Look::Unknown => pod_is_good |= index == 0,
                Look::Absent(at) if index > 0 && !pod_is_good => {
                    self.add(
                        "running as non-root",
                        named(holder, at),
                        format!("{name} may run as root (`runAsNonRoot`)"),
                    );
                }
                Look::Absent(_) => {}
            }
        }
    }

    fn root_user(&mut self) {
        if self.version < 23 || self.has_user_namespace() {
            return;
        }
        for (holder, name) in self.holders() {
            let value = holder.at(&["securityContext", "runAsUser"]);
            if let Some(value) = value.filter(|value| value.as_int() == Some(0)) {
                self.add("running as a non-root user", value.span(), format!("{name} runs as user 0"));
            }
        }
    }
}

/// The place of what a container lacks: its name, unless something smaller is there.
fn named(container: &Value, at: Span) -> Span {
    match container.get("name") {
        Some(name) if at == container.span() => name.span(),
        _ => at,
    }
}

const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

const VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

const SE_LINUX: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// Safe kernel parameters, and since which minor version.
const SYSCTLS: [(u32, &str); 14] = [
    (0, "kernel.shm_rmid_forced"),
    (0, "net.ipv4.ip_local_port_range"),
    (0, "net.ipv4.tcp_syncookies"),
    (0, "net.ipv4.ping_group_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_keepalive_time"),
    (29, "net.ipv4.tcp_fin_timeout"),
    (29, "net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (32, "net.ipv4.tcp_rmem"),
    (32, "net.ipv4.tcp_wmem"),
    (37, "net.ipv4.tcp_slow_start_after_idle"),
    (37, "net.ipv4.tcp_notsent_lowat"),
];

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::syntax::parse_yaml;
    use crate::syntax::yaml::Schema;
    use crate::text::{FileId, RepoPath, Side, SourceFile};

    /// Level, verdict, first and last minor version, pod: the fixtures of
    /// `k8s.io/pod-security-admission` (Apache-2.0), each once.
    const FIXTURES: &str = include_str!("../../../tests/data/pod-security.tsv");

    #[test]
    fn fixtures_of_the_admission_plugin() {
        let mut count = 0;
        for line in FIXTURES.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [level, verdict, first, last, pod] = fields[..] else { panic!("{line}") };
            let level = Level::parse(level).expect("a level");
            let pod = value(pod);
            let spec = pod.get("spec").expect("a spec");
            for version in first.parse::<u32>().expect("a version")..=last.parse().expect("a version") {
                let found = of_pod(pod.get("metadata"), spec, true, level, version);
                assert_eq!(found.is_empty(), verdict == "pass", "1.{version}: {line}\n{found:?}");
                count += 1;
            }
        }
        assert!(count > 4_000, "{count}");
    }

    fn value(text: &str) -> Value {
        let path = RepoPath::new("pod.yaml").expect("a path");
        let source = SourceFile::new(FileId(0), path, Arc::from(text), Side::Head, true);
        parse_yaml(Arc::new(source)).yaml().expect("YAML").documents[0].value(Schema::Kubernetes)
    }
}
