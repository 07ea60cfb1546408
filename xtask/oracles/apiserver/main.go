// The rules that the API server of Kubernetes enforces on creation and on updates, as a program.
//
// It reads one JSON object a line and answers each with one line of JSON: what strict decoding says, the
// errors of the registry's strategy (defaults, preparation, validation), and its warnings. An object
// `{"from": …, "to": …}` is an update: what applying `to` says where `from` was created. It is built
// against k8s.io/kubernetes and runs no server.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsinstall "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	genericrequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/kube-aggregator/pkg/apis/apiregistration"
	apiregistrationinstall "k8s.io/kube-aggregator/pkg/apis/apiregistration/install"
	apiservice "k8s.io/kube-aggregator/pkg/registry/apiservice"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	apiservicehelper "k8s.io/kubernetes/pkg/api/service"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	"k8s.io/kubernetes/pkg/capabilities"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingadmissionpolicy"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingadmissionpolicybinding"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingwebhookconfiguration"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/validatingadmissionpolicy"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/validatingadmissionpolicybinding"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/validatingwebhookconfiguration"
	"k8s.io/kubernetes/pkg/registry/apps/controllerrevision"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/coordination/lease"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/endpoint"
	"k8s.io/kubernetes/pkg/registry/core/limitrange"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolume"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/podtemplate"
	"k8s.io/kubernetes/pkg/registry/core/replicationcontroller"
	"k8s.io/kubernetes/pkg/registry/core/resourcequota"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/discovery/endpointslice"
	"k8s.io/kubernetes/pkg/registry/flowcontrol/flowschema"
	"k8s.io/kubernetes/pkg/registry/flowcontrol/prioritylevelconfiguration"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/ingressclass"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/node/runtimeclass"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
	"k8s.io/kubernetes/pkg/registry/scheduling/priorityclass"
	"k8s.io/kubernetes/pkg/registry/storage/csidriver"
	"k8s.io/kubernetes/pkg/registry/storage/storageclass"
	"k8s.io/kubernetes/pkg/registry/storage/volumeattributesclass"
)

var strategies = map[schema.GroupKind]rest.RESTCreateStrategy{
	{Group: "", Kind: "ConfigMap"}:             configmap.Strategy,
	{Group: "", Kind: "Endpoints"}:             endpoint.Strategy,
	{Group: "", Kind: "LimitRange"}:            limitrange.Strategy,
	{Group: "", Kind: "Namespace"}:             namespace.Strategy,
	{Group: "", Kind: "PersistentVolume"}:      persistentvolume.Strategy,
	{Group: "", Kind: "PersistentVolumeClaim"}: persistentvolumeclaim.Strategy,
	{Group: "", Kind: "Pod"}:                   pod.Strategy,
	{Group: "", Kind: "PodTemplate"}:           podtemplate.Strategy,
	{Group: "", Kind: "ReplicationController"}: replicationcontroller.Strategy,
	{Group: "", Kind: "ResourceQuota"}:         resourcequota.Strategy,
	{Group: "", Kind: "Secret"}:                secret.Strategy,
	{Group: "", Kind: "Service"}:               service.Strategy,
	{Group: "", Kind: "ServiceAccount"}:        serviceaccount.Strategy,

	{Group: "apps", Kind: "ControllerRevision"}: controllerrevision.Strategy,
	{Group: "apps", Kind: "DaemonSet"}:          daemonset.Strategy,
	{Group: "apps", Kind: "Deployment"}:         deployment.Strategy,
	{Group: "apps", Kind: "ReplicaSet"}:         replicaset.Strategy,
	{Group: "apps", Kind: "StatefulSet"}:        statefulset.Strategy,
	{Group: "batch", Kind: "CronJob"}:           cronjob.Strategy,
	{Group: "batch", Kind: "Job"}:               job.Strategy,

	{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}: horizontalpodautoscaler.Strategy,
	{Group: "policy", Kind: "PodDisruptionBudget"}:          poddisruptionbudget.Strategy,
	{Group: "coordination.k8s.io", Kind: "Lease"}:           lease.Strategy,
	{Group: "discovery.k8s.io", Kind: "EndpointSlice"}:      endpointslice.Strategy,

	{Group: "networking.k8s.io", Kind: "Ingress"}:       ingress.Strategy,
	{Group: "networking.k8s.io", Kind: "IngressClass"}:  ingressclass.Strategy,
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"}: networkpolicy.Strategy,

	{Group: "node.k8s.io", Kind: "RuntimeClass"}:        runtimeclass.Strategy,
	{Group: "scheduling.k8s.io", Kind: "PriorityClass"}: priorityclass.Strategy,

	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}:        clusterrole.Strategy,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"}: clusterrolebinding.Strategy,
	{Group: "rbac.authorization.k8s.io", Kind: "Role"}:               role.Strategy,
	{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}:        rolebinding.Strategy,

	{Group: "storage.k8s.io", Kind: "CSIDriver"}:             csidriver.Strategy,
	{Group: "storage.k8s.io", Kind: "StorageClass"}:          storageclass.Strategy,
	{Group: "storage.k8s.io", Kind: "VolumeAttributesClass"}: volumeattributesclass.Strategy,

	{Group: "flowcontrol.apiserver.k8s.io", Kind: "FlowSchema"}:                 flowschema.Strategy,
	{Group: "flowcontrol.apiserver.k8s.io", Kind: "PriorityLevelConfiguration"}: prioritylevelconfiguration.Strategy,

	{Group: "admissionregistration.k8s.io", Kind: "MutatingWebhookConfiguration"}:     mutatingwebhookconfiguration.Strategy,
	{Group: "admissionregistration.k8s.io", Kind: "ValidatingWebhookConfiguration"}:   validatingwebhookconfiguration.Strategy,
	{Group: "admissionregistration.k8s.io", Kind: "ValidatingAdmissionPolicy"}:        validatingadmissionpolicy.NewStrategy(nil, nobody{}),
	{Group: "admissionregistration.k8s.io", Kind: "ValidatingAdmissionPolicyBinding"}: validatingadmissionpolicybinding.NewStrategy(nil, nil, nobody{}),
	{Group: "admissionregistration.k8s.io", Kind: "MutatingAdmissionPolicy"}:          mutatingadmissionpolicy.NewStrategy(nil, nobody{}),
	{Group: "admissionregistration.k8s.io", Kind: "MutatingAdmissionPolicyBinding"}:   mutatingadmissionpolicybinding.NewStrategy(nil, nil, nobody{}),
}

// Whoever is asked which resource is of a kind, for permissions that nobody checks here.
type nobody struct{}

func (nobody) Resolve(schema.GroupVersionKind) (schema.GroupVersionResource, error) {
	return schema.GroupVersionResource{}, fmt.Errorf("not known")
}

// The scheme of the kinds that servers of their own serve.
var extensions = runtime.NewScheme()

func init() {
	metav1.AddToGroupVersion(extensions, schema.GroupVersion{Version: "v1"})
	apiextensionsinstall.Install(extensions)
	apiregistrationinstall.Install(extensions)
	strategies[schema.GroupKind{Group: apiextensions.GroupName, Kind: "CustomResourceDefinition"}] = customresourcedefinition.NewStrategy(extensions)
	strategies[schema.GroupKind{Group: apiregistration.GroupName, Kind: "APIService"}] = apiservice.NewStrategy(extensions)
}

type problem struct {
	Type   string `json:"type"`
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

type answer struct {
	// Set if the kind or its version is not served.
	Unserved string `json:"unserved,omitempty"`
	// Why it cannot be decoded at all.
	Decode string `json:"decode,omitempty"`
	// What strict decoding complains of: unknown and duplicate fields.
	Strict   []string  `json:"strict,omitempty"`
	Errors   []problem `json:"errors,omitempty"`
	Warnings []string  `json:"warnings,omitempty"`
}

type recorder struct{ warnings []string }

func (r *recorder) AddWarning(_, text string) { r.warnings = append(r.warnings, text) }

// What the storage of Services allocates before validation.
func allocate(object runtime.Object) {
	service, ok := object.(*core.Service)
	if !ok {
		return
	}
	if service.Spec.ClusterIP != "" && len(service.Spec.ClusterIPs) == 0 {
		service.Spec.ClusterIPs = []string{service.Spec.ClusterIP}
	}
	if service.Spec.Type != core.ServiceTypeExternalName {
		give(service)
	}
	if apiservicehelper.NeedsHealthCheck(service) && service.Spec.HealthCheckNodePort == 0 {
		service.Spec.HealthCheckNodePort = 32767
	}
}

// The addresses and families of a Service: those that it asks for, else any.
func give(service *core.Service) {
	spec := &service.Spec
	any := map[core.IPFamily]string{core.IPv4Protocol: "10.96.0.200", core.IPv6Protocol: "fd00::200"}
	if len(spec.IPFamilies) == 0 {
		family := core.IPv4Protocol
		if strings.Contains(spec.ClusterIP, ":") {
			family = core.IPv6Protocol
		}
		spec.IPFamilies = []core.IPFamily{family}
	}
	if len(spec.ClusterIPs) == 0 {
		for _, family := range spec.IPFamilies {
			spec.ClusterIPs = append(spec.ClusterIPs, any[family])
		}
		spec.ClusterIP = spec.ClusterIPs[0]
	}
	if spec.IPFamilyPolicy == nil {
		policy := core.IPFamilyPolicySingleStack
		spec.IPFamilyPolicy = &policy
	}
}

func main() {
	capabilities.Setup(true, 0)
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for {
		line, err := input.ReadBytes('\n')
		if len(line) > 1 {
			text, _ := json.Marshal(judge(line))
			output.Write(text)
			output.WriteByte('\n')
			output.Flush()
		}
		if err != nil {
			return
		}
	}
}

func judge(line []byte) (result answer) {
	defer func() {
		if recovered := recover(); recovered != nil {
			result.Decode = fmt.Sprint("panic: ", recovered)
		}
	}()
	var update struct{ From, To json.RawMessage }
	if err := json.Unmarshal(line, &update); err == nil && update.From != nil {
		return judgeUpdate(update.From, update.To)
	}
	request := read(line, &result)
	if request == nil {
		return result
	}
	err := request.create()
	result.Warnings = request.seen.warnings
	result.add(err)
	return result
}

// What applying an object says where another one was created and is as it was then.
func judgeUpdate(from, to []byte) (result answer) {
	old := read(from, &result)
	if old == nil {
		return result
	}
	if err := old.create(); err != nil {
		result.Decode = "the first is refused: " + err.Error()
		return result
	}
	strategy, ok := old.strategy.(rest.RESTUpdateStrategy)
	now := read(to, &result)
	if now == nil {
		return result
	}
	if !ok || now.kind != old.kind || now.accessor.GetName() != old.accessor.GetName() || now.namespace != old.namespace {
		result.Decode = "another object"
		return result
	}
	keep(now.object, old.object)
	old.accessor.SetResourceVersion("1")
	now.accessor.SetResourceVersion("1")
	now.accessor.SetUID(old.accessor.GetUID())
	now.accessor.SetCreationTimestamp(old.accessor.GetCreationTimestamp())
	result.add(rest.BeforeUpdate(strategy, now.context("update"), now.object, old.object))
	return result
}

// What is not written stays as the server made it.
func keep(now, old runtime.Object) {
	switch now := now.(type) {
	case *core.Service:
		old := old.(*core.Service)
		if now.Spec.Type == core.ServiceTypeExternalName {
			break
		}
		if old.Spec.Type != core.ServiceTypeExternalName {
			if now.Spec.ClusterIP == "" {
				now.Spec.ClusterIP = old.Spec.ClusterIP
			}
			if len(now.Spec.ClusterIPs) == 0 && now.Spec.ClusterIP == old.Spec.ClusterIP {
				now.Spec.ClusterIPs = old.Spec.ClusterIPs
			}
			if len(now.Spec.IPFamilies) == 0 {
				now.Spec.IPFamilies = old.Spec.IPFamilies
			}
			if now.Spec.IPFamilyPolicy == nil {
				now.Spec.IPFamilyPolicy = old.Spec.IPFamilyPolicy
			}
		}
		if apiservicehelper.NeedsHealthCheck(old) && apiservicehelper.NeedsHealthCheck(now) && now.Spec.HealthCheckNodePort == 0 {
			now.Spec.HealthCheckNodePort = old.Spec.HealthCheckNodePort
		}
		allocate(now)
	case *batch.Job:
		old := old.(*batch.Job)
		if now.Spec.Selector == nil {
			now.Spec.Selector = old.Spec.Selector
			labels := map[string]string{}
			for key, value := range old.Spec.Template.Labels {
				if strings.HasSuffix(key, "controller-uid") || strings.HasSuffix(key, "job-name") {
					labels[key] = value
				}
			}
			for key, value := range now.Spec.Template.Labels {
				labels[key] = value
			}
			now.Spec.Template.Labels = labels
		}
	case *apiextensions.CustomResourceDefinition:
		old := old.(*apiextensions.CustomResourceDefinition)
		old.Status.Conditions = append(old.Status.Conditions, apiextensions.CustomResourceDefinitionCondition{
			Type: apiextensions.Established, Status: apiextensions.ConditionTrue,
		})
	case *core.PersistentVolumeClaim:
		old := old.(*core.PersistentVolumeClaim)
		if now.Spec.VolumeName == "" {
			now.Spec.VolumeName = old.Spec.VolumeName
		}
		// A claim that is used has a volume, of the size that it asked for.
		old.Status.Phase, old.Status.Capacity = core.ClaimBound, old.Spec.Resources.Requests
	}
}

// An object and who looks after its kind.
type request struct {
	kind      schema.GroupVersionKind
	strategy  rest.RESTCreateStrategy
	object    runtime.Object
	accessor  metav1.Object
	namespace string
	seen      *recorder
}

func read(line []byte, result *answer) *request {
	var about metav1.TypeMeta
	if err := json.Unmarshal(line, &about); err != nil {
		result.Decode = err.Error()
		return nil
	}
	gvk := about.GroupVersionKind()
	strategy, found := strategies[gvk.GroupKind()]
	scheme := legacyscheme.Scheme
	if gvk.Group == apiextensions.GroupName || gvk.Group == apiregistration.GroupName {
		scheme = extensions
	}
	if !found || !scheme.Recognizes(gvk) {
		result.Unserved = gvk.String()
		return nil
	}
	codecs := serializer.NewCodecFactory(scheme, serializer.EnableStrict)
	object, _, err := codecs.UniversalDecoder(schema.GroupVersion{Group: gvk.Group, Version: runtime.APIVersionInternal}).Decode(line, nil, nil)
	if strict, ok := runtime.AsStrictDecodingError(err); ok {
		for _, one := range strict.Errors() {
			result.Strict = append(result.Strict, one.Error())
		}
	} else if err != nil {
		result.Decode = err.Error()
		return nil
	}
	if object == nil {
		result.Decode = "nothing decoded"
		return nil
	}
	object, err = scheme.ConvertToVersion(object, schema.GroupVersion{Group: gvk.Group, Version: runtime.APIVersionInternal})
	if err != nil {
		result.Decode = err.Error()
		return nil
	}
	accessor, err := meta.Accessor(object)
	if err != nil {
		result.Decode = err.Error()
		return nil
	}
	// What the handler of a create request does before.
	if accessor.GetName() == "" && accessor.GetGenerateName() != "" {
		accessor.SetName(strategy.GenerateName(accessor.GetGenerateName()))
	}
	namespace := ""
	if strategy.NamespaceScoped() {
		namespace = accessor.GetNamespace()
		if namespace == "" {
			namespace = "default"
			accessor.SetNamespace(namespace)
		}
	}
	return &request{gvk, strategy, object, accessor, namespace, &recorder{}}
}

func (r *request) context(verb string) context.Context {
	ctx := warning.WithWarningRecorder(context.Background(), r.seen)
	ctx = genericrequest.WithNamespace(ctx, r.namespace)
	resource, _ := meta.UnsafeGuessKindToResource(r.kind)
	return genericrequest.WithRequestInfo(ctx, &genericrequest.RequestInfo{
		IsResourceRequest: true, Verb: verb, APIGroup: r.kind.Group, APIVersion: r.kind.Version,
		Resource: resource.Resource, Namespace: r.namespace, Name: r.accessor.GetName(),
	})
}

func (r *request) create() error {
	allocate(r.object)
	rest.FillObjectMetaSystemFields(r.accessor)
	return rest.BeforeCreate(r.strategy, r.context("create"), r.object)
}

func (result *answer) add(err error) {
	if err == nil {
		return
	}
	status, ok := err.(apierrors.APIStatus)
	if !ok || status.Status().Details == nil || len(status.Status().Details.Causes) == 0 {
		result.Errors = append(result.Errors, problem{Type: "Other", Detail: err.Error()})
		return
	}
	for _, cause := range status.Status().Details.Causes {
		result.Errors = append(result.Errors, problem{Type: string(cause.Type), Field: cause.Field, Detail: cause.Message})
	}
}
