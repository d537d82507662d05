extension ProtobufTable {
  /// The messages of the core group: numbers and names of their fields as the API's types declare them
  /// (k8s.io/api, `protobuf` tags).
  static let core = """
    AWSElasticBlockStoreVolumeSource= 1volumeID 2fsType 3partition:i 4readOnly:b
    Affinity= 1nodeAffinity:NodeAffinity 2podAffinity:PodAffinity 3podAntiAffinity:PodAntiAffinity
    AppArmorProfile= 1type 2localhostProfile?
    AttachedVolume= 1name 2devicePath
    AzureDiskVolumeSource= 1diskName 2diskURI 3cachingMode? 4fsType? 5readOnly?:b 6kind?
    AzureFilePersistentVolumeSource= 1secretName 2shareName 3readOnly:b 4secretNamespace?
    AzureFileVolumeSource= 1secretName 2shareName 3readOnly:b
    Binding= 1metadata:ObjectMeta 2target:ObjectReference
    CSIPersistentVolumeSource= 1driver 2volumeHandle 3readOnly:b 4fsType 5volumeAttributes%
      6controllerPublishSecretRef:SecretReference 7nodeStageSecretRef:SecretReference
      8nodePublishSecretRef:SecretReference 9controllerExpandSecretRef:SecretReference
      10nodeExpandSecretRef:SecretReference
    CSIVolumeSource= 1driver 2readOnly?:b 3fsType? 4volumeAttributes% 5nodePublishSecretRef:LocalObjectReference
    Capabilities= 1add* 2drop*
    CephFSPersistentVolumeSource= 1monitors* 2path 3user 4secretFile 5secretRef:SecretReference 6readOnly:b
    CephFSVolumeSource= 1monitors* 2path 3user 4secretFile 5secretRef:LocalObjectReference 6readOnly:b
    CinderPersistentVolumeSource= 1volumeID 2fsType 3readOnly:b 4secretRef:SecretReference
    CinderVolumeSource= 1volumeID 2fsType 3readOnly:b 4secretRef:LocalObjectReference
    ClientIPConfig= 1timeoutSeconds?:i
    ClusterTrustBundleProjection= 1name? 2signerName? 3labelSelector:LabelSelector 5optional?:b 4path 6user?:i
    ConfigMap= 1metadata:ObjectMeta 4immutable?:b 2data% 3binaryData%:y
    ConfigMapEnvSource= 1:LocalObjectReference 2optional?:b
    ConfigMapKeySelector= 1:LocalObjectReference 2key 3optional?:b
    ConfigMapNodeConfigSource= 1namespace 2name 3uid 4resourceVersion 5kubeletConfigKey
    ConfigMapProjection= 1:LocalObjectReference 2items*:KeyToPath 4optional?:b
    ConfigMapVolumeSource= 1:LocalObjectReference 2items*:KeyToPath 3defaultMode?:i 4optional?:b 5defaultUser?:i
    Container= 1name 2image 3command* 4args* 5workingDir 6ports*:ContainerPort 19envFrom*:EnvFromSource 7env*:EnvVar
      8resources:ResourceRequirements 23resizePolicy*:ContainerResizePolicy 24restartPolicy?
      25restartPolicyRules*:ContainerRestartRule 9volumeMounts*:VolumeMount 21volumeDevices*:VolumeDevice
      10livenessProbe:Probe 11readinessProbe:Probe 22startupProbe:Probe 12lifecycle:Lifecycle
      13terminationMessagePath 20terminationMessagePolicy 14imagePullPolicy 15securityContext:SecurityContext
      16stdin:b 17stdinOnce:b 18tty:b
    ContainerExtendedResourceRequest= 1containerName 2resourceName 3requestName
    ContainerImage= 1names* 2sizeBytes:i
    ContainerPort= 1name 2hostPort:i 3containerPort:i 4protocol 5hostIP
    ContainerResizePolicy= 1resourceName 2restartPolicy
    ContainerRestartRule= 1action 2exitCodes:ContainerRestartRuleOnExitCodes
    ContainerRestartRuleOnExitCodes= 1operator 2values*:i
    ContainerState= 1waiting:ContainerStateWaiting 2running:ContainerStateRunning
      3terminated:ContainerStateTerminated
    ContainerStateRunning= 1startedAt:Time
    ContainerStateTerminated= 1exitCode:i 2signal:i 3reason 4message 5startedAt:Time 6finishedAt:Time 7containerID
    ContainerStateWaiting= 1reason 2message
    ContainerStatus= 1name 2state:ContainerState 3lastState:ContainerState 4ready:b 5restartCount:i 6image 7imageID
      8containerID 9started?:b 10allocatedResources%:Quantity 11resources:ResourceRequirements
      12volumeMounts*:VolumeMountStatus 13user:ContainerUser 14allocatedResourcesStatus*:ResourceStatus
      15stopSignal?
    ContainerUser= 1linux:LinuxContainerUser
    DaemonEndpoint= 1Port:i
    DownwardAPIProjection= 1items*:DownwardAPIVolumeFile
    DownwardAPIVolumeFile= 1path 2fieldRef:ObjectFieldSelector 3resourceFieldRef:ResourceFieldSelector 4mode?:i
      5user?:i
    DownwardAPIVolumeSource= 1items*:DownwardAPIVolumeFile 2defaultMode?:i 3defaultUser?:i
    EmptyDirVolumeSource= 1medium 2sizeLimit:Quantity 3mode?:i
    EnvFromSource= 1prefix 2configMapRef:ConfigMapEnvSource 3secretRef:SecretEnvSource
    EnvVar= 1name 2value 3valueFrom:EnvVarSource
    EnvVarSource= 1fieldRef:ObjectFieldSelector 2resourceFieldRef:ResourceFieldSelector
      3configMapKeyRef:ConfigMapKeySelector 4secretKeyRef:SecretKeySelector 5fileKeyRef:FileKeySelector
    EphemeralContainer= 1:EphemeralContainerCommon 2targetContainerName
    EphemeralContainerCommon= 1name 2image 3command* 4args* 5workingDir 6ports*:ContainerPort
      19envFrom*:EnvFromSource 7env*:EnvVar 8resources:ResourceRequirements 23resizePolicy*:ContainerResizePolicy
      24restartPolicy? 25restartPolicyRules*:ContainerRestartRule 9volumeMounts*:VolumeMount
      21volumeDevices*:VolumeDevice 10livenessProbe:Probe 11readinessProbe:Probe 22startupProbe:Probe
      12lifecycle:Lifecycle 13terminationMessagePath 20terminationMessagePolicy 14imagePullPolicy
      15securityContext:SecurityContext 16stdin:b 17stdinOnce:b 18tty:b
    EphemeralVolumeSource= 1volumeClaimTemplate:PersistentVolumeClaimTemplate
    Event= 1metadata:ObjectMeta 2involvedObject:ObjectReference 3reason 4message 5source:EventSource
      6firstTimestamp:Time 7lastTimestamp:Time 8count:i 9type 10eventTime:MicroTime 11series:EventSeries 12action
      13related:ObjectReference 14reportingComponent 15reportingInstance
    EventSeries= 1count:i 2lastObservedTime:MicroTime
    EventSource= 1component 2host
    EvictionResponder= 1name 2priority?:i
    ExecAction= 1command*
    FCVolumeSource= 1targetWWNs* 2lun?:i 3fsType 4readOnly:b 5wwids*
    FileKeySelector= 1volumeName 2path 3key 4optional?:b
    FlexPersistentVolumeSource= 1driver 2fsType 3secretRef:SecretReference 4readOnly:b 5options%
    FlexVolumeSource= 1driver 2fsType 3secretRef:LocalObjectReference 4readOnly:b 5options%
    FlockerVolumeSource= 1datasetName 2datasetUUID
    GCEPersistentDiskVolumeSource= 1pdName 2fsType 3partition:i 4readOnly:b
    GRPCAction= 1port:i 2service? 3mode?
    GitRepoVolumeSource= 1repository 2revision 3directory
    GlusterfsPersistentVolumeSource= 1endpoints 2path 3readOnly:b 4endpointsNamespace?
    GlusterfsVolumeSource= 1endpoints 2path 3readOnly:b
    HTTPGetAction= 1path 2port:IntOrString 3host 4scheme 5httpHeaders*:HTTPHeader 6protocol?
    HTTPHeader= 1name 2value
    HostAlias= 1ip 2hostnames*
    HostIP= 1ip
    HostPathVolumeSource= 1path 2type?
    ISCSIPersistentVolumeSource= 1targetPortal 2iqn 3lun:i 4iscsiInterface 5fsType 6readOnly:b 7portals*
      8chapAuthDiscovery:b 11chapAuthSession:b 10secretRef:SecretReference 12initiatorName?
    ISCSIVolumeSource= 1targetPortal 2iqn 3lun:i 4iscsiInterface 5fsType 6readOnly:b 7portals* 8chapAuthDiscovery:b
      11chapAuthSession:b 10secretRef:LocalObjectReference 12initiatorName?
    ImageVolumeSource= 1reference 2pullPolicy
    ImageVolumeStatus= 1imageRef
    KeyToPath= 1key 2path 3mode?:i 4user?:i
    Lifecycle= 1postStart:LifecycleHandler 2preStop:LifecycleHandler 3stopSignal?
    LifecycleHandler= 1exec:ExecAction 2httpGet:HTTPGetAction 3tcpSocket:TCPSocketAction 4sleep:SleepAction
    LinuxContainerUser= 1uid:i 2gid:i 3supplementalGroups*:i
    LoadBalancerIngress= 1ip 2hostname 3ipMode? 4ports*:PortStatus
    LoadBalancerStatus= 1ingress*:LoadBalancerIngress
    LocalObjectReference= 1name
    LocalVolumeSource= 1path 2fsType?
    ModifyVolumeStatus= 1targetVolumeAttributesClassName 2status
    NFSVolumeSource= 1server 2path 3readOnly:b
    Namespace= 1metadata:ObjectMeta 2spec:NamespaceSpec 3status:NamespaceStatus
    NamespaceCondition= 1type 2status 4lastTransitionTime:Time 5reason 6message
    NamespaceSpec= 1finalizers*
    NamespaceStatus= 1phase 2conditions*:NamespaceCondition
    Node= 1metadata:ObjectMeta 2spec:NodeSpec 3status:NodeStatus
    NodeAddress= 1type 2address
    NodeAffinity= 1requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
      2preferredDuringSchedulingIgnoredDuringExecution*:PreferredSchedulingTerm
    NodeAllocatableMappedResources= 1name 2quantity:Quantity
    NodeAllocatableOverheadResources= 1name 2perPod:Quantity 3perContainer:Quantity
    NodeAllocatableResourceClaimStatus= 1resourceClaimName 2containers* 4mapping*:NodeAllocatableMappedResources
      5overhead*:NodeAllocatableOverheadResources
    NodeCondition= 1type 2status 3lastHeartbeatTime:Time 4lastTransitionTime:Time 5reason 6message
    NodeConfigSource= 2configMap:ConfigMapNodeConfigSource
    NodeConfigStatus= 1assigned:NodeConfigSource 2active:NodeConfigSource 3lastKnownGood:NodeConfigSource 4error
    NodeDaemonEndpoints= 1kubeletEndpoint:DaemonEndpoint
    NodeFeatures= 1supplementalGroupsPolicy?:b
    NodePodPreemptionPolicy= 1disableResizePreemption*
    NodeRuntimeHandler= 1name 2features:NodeRuntimeHandlerFeatures
    NodeRuntimeHandlerFeatures= 1recursiveReadOnlyMounts?:b 2userNamespaces?:b
    NodeSelector= 1nodeSelectorTerms*:NodeSelectorTerm
    NodeSelectorRequirement= 1key 2operator 3values*
    NodeSelectorTerm= 1matchExpressions*:NodeSelectorRequirement 2matchFields*:NodeSelectorRequirement
    NodeSpec= 1podCIDR 7podCIDRs* 3providerID 4unschedulable:b 5taints*:Taint 6configSource:NodeConfigSource
      2externalID 8podPreemptionPolicy:NodePodPreemptionPolicy
    NodeStatus= 1capacity%:Quantity 2allocatable%:Quantity 3phase 4conditions*:NodeCondition 5addresses*:NodeAddress
      6daemonEndpoints:NodeDaemonEndpoints 7nodeInfo:NodeSystemInfo 8images*:ContainerImage 9volumesInUse*
      10volumesAttached*:AttachedVolume 11config:NodeConfigStatus 12runtimeHandlers*:NodeRuntimeHandler
      13features:NodeFeatures 14declaredFeatures*
    NodeSwapStatus= 1capacity?:i
    NodeSystemInfo= 1machineID 2systemUUID 3bootID 4kernelVersion 5osImage 6containerRuntimeVersion 7kubeletVersion
      8kubeProxyVersion 9operatingSystem 10architecture 11swap:NodeSwapStatus
    ObjectFieldSelector= 1apiVersion 2fieldPath
    ObjectReference= 1kind 2namespace 3name 4uid 5apiVersion 6resourceVersion 7fieldPath
    PersistentVolume= 1metadata:ObjectMeta 2spec:PersistentVolumeSpec 3status:PersistentVolumeStatus
    PersistentVolumeClaim= 1metadata:ObjectMeta 2spec:PersistentVolumeClaimSpec 3status:PersistentVolumeClaimStatus
    PersistentVolumeClaimCondition= 1type 2status 3lastProbeTime:Time 4lastTransitionTime:Time 5reason 6message
    PersistentVolumeClaimSpec= 1accessModes* 4selector:LabelSelector 2resources:VolumeResourceRequirements
      3volumeName 5storageClassName? 6volumeMode? 7dataSource:TypedLocalObjectReference
      8dataSourceRef:TypedObjectReference 9volumeAttributesClassName?
    PersistentVolumeClaimStatus= 1phase 2accessModes* 3capacity%:Quantity
      4conditions*:PersistentVolumeClaimCondition 5allocatedResources%:Quantity 7allocatedResourceStatuses%
      8currentVolumeAttributesClassName? 9modifyVolumeStatus:ModifyVolumeStatus 10healthStatus:VolumeHealthStatus
    PersistentVolumeClaimTemplate= 1metadata:ObjectMeta 2spec:PersistentVolumeClaimSpec
    PersistentVolumeClaimVolumeSource= 1claimName 2readOnly:b
    PersistentVolumeSource= 1gcePersistentDisk:GCEPersistentDiskVolumeSource
      2awsElasticBlockStore:AWSElasticBlockStoreVolumeSource 3hostPath:HostPathVolumeSource
      4glusterfs:GlusterfsPersistentVolumeSource 5nfs:NFSVolumeSource 6rbd:RBDPersistentVolumeSource
      7iscsi:ISCSIPersistentVolumeSource 8cinder:CinderPersistentVolumeSource 9cephfs:CephFSPersistentVolumeSource
      10fc:FCVolumeSource 11flocker:FlockerVolumeSource 12flexVolume:FlexPersistentVolumeSource
      13azureFile:AzureFilePersistentVolumeSource 14vsphereVolume:VsphereVirtualDiskVolumeSource
      15quobyte:QuobyteVolumeSource 16azureDisk:AzureDiskVolumeSource
      17photonPersistentDisk:PhotonPersistentDiskVolumeSource 18portworxVolume:PortworxVolumeSource
      19scaleIO:ScaleIOPersistentVolumeSource 20local:LocalVolumeSource 21storageos:StorageOSPersistentVolumeSource
      22csi:CSIPersistentVolumeSource
    PersistentVolumeSpec= 1capacity%:Quantity 2:PersistentVolumeSource 3accessModes* 4claimRef:ObjectReference
      5persistentVolumeReclaimPolicy 6storageClassName 7mountOptions* 8volumeMode? 9nodeAffinity:VolumeNodeAffinity
      10volumeAttributesClassName?
    PersistentVolumeStatus= 1phase 2message 3reason 4lastPhaseTransitionTime:Time
    PhotonPersistentDiskVolumeSource= 1pdID 2fsType
    Pod= 1metadata:ObjectMeta 2spec:PodSpec 3status:PodStatus
    PodAffinity= 1requiredDuringSchedulingIgnoredDuringExecution*:PodAffinityTerm
      2preferredDuringSchedulingIgnoredDuringExecution*:WeightedPodAffinityTerm
    PodAffinityTerm= 1labelSelector:LabelSelector 2namespaces* 3topologyKey 4namespaceSelector:LabelSelector
      5matchLabelKeys* 6mismatchLabelKeys*
    PodAntiAffinity= 1requiredDuringSchedulingIgnoredDuringExecution*:PodAffinityTerm
      2preferredDuringSchedulingIgnoredDuringExecution*:WeightedPodAffinityTerm
    PodCertificateProjection= 1signerName 2keyType 3maxExpirationSeconds?:i 4credentialBundlePath 5keyPath
      6certificateChainPath 7userAnnotations% 8user?:i
    PodCondition= 1type 7observedGeneration:i 2status 3lastProbeTime:Time 4lastTransitionTime:Time 5reason 6message
    PodDNSConfig= 1nameservers* 2searches* 3options*:PodDNSConfigOption
    PodDNSConfigOption= 1name 2value?
    PodExtendedResourceClaimStatus= 1requestMappings*:ContainerExtendedResourceRequest 2resourceClaimName
    PodIP= 1ip
    PodOS= 1name
    PodReadinessGate= 1conditionType
    PodResourceClaim= 1name 3resourceClaimName? 4resourceClaimTemplateName?
    PodResourceClaimStatus= 1name 2resourceClaimName?
    PodSchedulingGate= 1name
    PodSchedulingGroup= 1podGroupName?
    PodSecurityContext= 1seLinuxOptions:SELinuxOptions 8windowsOptions:WindowsSecurityContextOptions 2runAsUser?:i
      6runAsGroup?:i 3runAsNonRoot?:b 4supplementalGroups*:i 12supplementalGroupsPolicy? 5fsGroup?:i
      7sysctls*:Sysctl 9fsGroupChangePolicy? 10seccompProfile:SeccompProfile 11appArmorProfile:AppArmorProfile
      13seLinuxChangePolicy?
    PodSpec= 1volumes*:Volume 20initContainers*:Container 2containers*:Container
      34ephemeralContainers*:EphemeralContainer 3restartPolicy 4terminationGracePeriodSeconds?:i
      5activeDeadlineSeconds?:i 6dnsPolicy 7nodeSelector% 8serviceAccountName 9serviceAccount
      21automountServiceAccountToken?:b 10nodeName 11hostNetwork:b 12hostPID:b 13hostIPC:b
      27shareProcessNamespace?:b 14securityContext:PodSecurityContext 15imagePullSecrets*:LocalObjectReference
      16hostname 17subdomain 18affinity:Affinity 19schedulerName 22tolerations*:Toleration 23hostAliases*:HostAlias
      24priorityClassName 25priority?:i 26dnsConfig:PodDNSConfig 28readinessGates*:PodReadinessGate
      29runtimeClassName? 30enableServiceLinks?:b 31preemptionPolicy? 32overhead%:Quantity
      33topologySpreadConstraints*:TopologySpreadConstraint 35setHostnameAsFQDN?:b 36os:PodOS 37hostUsers?:b
      38schedulingGates*:PodSchedulingGate 39resourceClaims*:PodResourceClaim 40resources:ResourceRequirements
      41hostnameOverride? 43schedulingGroup:PodSchedulingGroup 44evictionResponders*:EvictionResponder
    PodStatus= 17observedGeneration:i 1phase 2conditions*:PodCondition 3message 4reason 11nominatedNodeName 5hostIP
      16hostIPs*:HostIP 6podIP 12podIPs*:PodIP 7startTime:Time 10initContainerStatuses*:ContainerStatus
      8containerStatuses*:ContainerStatus 9qosClass 13ephemeralContainerStatuses*:ContainerStatus 14resize
      15resourceClaimStatuses*:PodResourceClaimStatus 18extendedResourceClaimStatus:PodExtendedResourceClaimStatus
      19allocatedResources%:Quantity 20resources:ResourceRequirements
      21nodeAllocatableResourceClaimStatuses*:NodeAllocatableResourceClaimStatus 22volumeHealth*:PodVolumeHealth
    PodTemplateSpec= 1metadata:ObjectMeta 2spec:PodSpec
    PodVolumeHealth= 1name 2healthConditions*:VolumeHealthCondition 3lastTransitionTime:Time
    PortStatus= 1port:i 2protocol 3error?
    PortworxVolumeSource= 1volumeID 2fsType 3readOnly:b
    PreferredSchedulingTerm= 1weight:i 2preference:NodeSelectorTerm
    Probe= 1:ProbeHandler 2initialDelaySeconds:i 3timeoutSeconds:i 4periodSeconds:i 5successThreshold:i
      6failureThreshold:i 7terminationGracePeriodSeconds?:i
    ProbeHandler= 1exec:ExecAction 2httpGet:HTTPGetAction 3tcpSocket:TCPSocketAction 4grpc:GRPCAction
    ProjectedVolumeSource= 1sources*:VolumeProjection 2defaultMode?:i 3defaultUser?:i
    QuobyteVolumeSource= 1registry 2volume 3readOnly:b 4user 5group 6tenant
    RBDPersistentVolumeSource= 1monitors* 2image 3fsType 4pool 5user 6keyring 7secretRef:SecretReference 8readOnly:b
    RBDVolumeSource= 1monitors* 2image 3fsType 4pool 5user 6keyring 7secretRef:LocalObjectReference 8readOnly:b
    ResourceClaim= 1name 2request
    ResourceFieldSelector= 1containerName 2resource 3divisor:Quantity
    ResourceHealth= 1resourceID 2health 6message?
    ResourceRequirements= 1limits%:Quantity 2requests%:Quantity 3claims*:ResourceClaim
    ResourceStatus= 1name 2resources*:ResourceHealth
    SELinuxOptions= 1user 2role 3type 4level
    ScaleIOPersistentVolumeSource= 1gateway 2system 3secretRef:SecretReference 4sslEnabled:b 5protectionDomain
      6storagePool 7storageMode 8volumeName 9fsType 10readOnly:b
    ScaleIOVolumeSource= 1gateway 2system 3secretRef:LocalObjectReference 4sslEnabled:b 5protectionDomain
      6storagePool 7storageMode 8volumeName 9fsType 10readOnly:b
    SeccompProfile= 1type 2localhostProfile?
    Secret= 1metadata:ObjectMeta 5immutable?:b 2data%:y 4stringData% 3type
    SecretEnvSource= 1:LocalObjectReference 2optional?:b
    SecretKeySelector= 1:LocalObjectReference 2key 3optional?:b
    SecretProjection= 1:LocalObjectReference 2items*:KeyToPath 4optional?:b
    SecretReference= 1name 2namespace
    SecretVolumeSource= 1secretName 2items*:KeyToPath 3defaultMode?:i 4optional?:b 5defaultUser?:i
    SecurityContext= 1capabilities:Capabilities 2privileged?:b 3seLinuxOptions:SELinuxOptions
      10windowsOptions:WindowsSecurityContextOptions 4runAsUser?:i 8runAsGroup?:i 5runAsNonRoot?:b
      6readOnlyRootFilesystem?:b 7allowPrivilegeEscalation?:b 9procMount? 11seccompProfile:SeccompProfile
      12appArmorProfile:AppArmorProfile
    Service= 1metadata:ObjectMeta 2spec:ServiceSpec 3status:ServiceStatus
    ServiceAccount= 1metadata:ObjectMeta 2secrets*:ObjectReference 3imagePullSecrets*:LocalObjectReference
      4automountServiceAccountToken?:b
    ServiceAccountTokenProjection= 1audience 2expirationSeconds?:i 3path 4user?:i
    ServicePort= 1name 2protocol 6appProtocol? 3port:i 4targetPort:IntOrString 5nodePort:i
    ServiceSpec= 1ports*:ServicePort 2selector% 3clusterIP 18clusterIPs* 4type 5externalIPs* 7sessionAffinity
      8loadBalancerIP 9loadBalancerSourceRanges* 10externalName 11externalTrafficPolicy 12healthCheckNodePort:i
      13publishNotReadyAddresses:b 14sessionAffinityConfig:SessionAffinityConfig 19ipFamilies* 17ipFamilyPolicy?
      20allocateLoadBalancerNodePorts?:b 21loadBalancerClass? 22internalTrafficPolicy? 23trafficDistribution?
    ServiceStatus= 1loadBalancer:LoadBalancerStatus 2conditions*:Condition
    SessionAffinityConfig= 1clientIP:ClientIPConfig
    SleepAction= 1seconds:i
    StorageOSPersistentVolumeSource= 1volumeName 2volumeNamespace 3fsType 4readOnly:b 5secretRef:ObjectReference
    StorageOSVolumeSource= 1volumeName 2volumeNamespace 3fsType 4readOnly:b 5secretRef:LocalObjectReference
    Sysctl= 1name 2value
    TCPSocketAction= 1port:IntOrString 2host
    Taint= 1key 2value 3effect 4timeAdded:Time
    Toleration= 1key 2operator 3value 4effect 5tolerationSeconds?:i
    TopologySelectorLabelRequirement= 1key 2values*
    TopologySelectorTerm= 1matchLabelExpressions*:TopologySelectorLabelRequirement
    TopologySpreadConstraint= 1maxSkew:i 2topologyKey 3whenUnsatisfiable 4labelSelector:LabelSelector 5minDomains?:i
      6nodeAffinityPolicy? 7nodeTaintsPolicy? 8matchLabelKeys*
    TypedLocalObjectReference= 1apiGroup? 2kind 3name
    TypedObjectReference= 1apiGroup? 2kind 3name 4namespace?
    Volume= 1name 2:VolumeSource
    VolumeDevice= 1name 2devicePath
    VolumeHealthCondition= 1status 2reason 3message
    VolumeHealthStatus= 1healthConditions*:VolumeHealthCondition 2lastTransitionTime:Time
    VolumeMount= 1name 2readOnly:b 7recursiveReadOnly? 3mountPath 4subPath 5mountPropagation? 6subPathExpr
      8bindMountOptions*
    VolumeMountStatus= 1name 2mountPath 3readOnly:b 4recursiveReadOnly? 5volumeStatus:VolumeStatus
    VolumeNodeAffinity= 1required:NodeSelector
    VolumeProjection= 1secret:SecretProjection 2downwardAPI:DownwardAPIProjection 3configMap:ConfigMapProjection
      4serviceAccountToken:ServiceAccountTokenProjection 5clusterTrustBundle:ClusterTrustBundleProjection
      6podCertificate:PodCertificateProjection
    VolumeResourceRequirements= 1limits%:Quantity 2requests%:Quantity
    VolumeSource= 1hostPath:HostPathVolumeSource 2emptyDir:EmptyDirVolumeSource
      3gcePersistentDisk:GCEPersistentDiskVolumeSource 4awsElasticBlockStore:AWSElasticBlockStoreVolumeSource
      5gitRepo:GitRepoVolumeSource 6secret:SecretVolumeSource 7nfs:NFSVolumeSource 8iscsi:ISCSIVolumeSource
      9glusterfs:GlusterfsVolumeSource 10persistentVolumeClaim:PersistentVolumeClaimVolumeSource
      11rbd:RBDVolumeSource 12flexVolume:FlexVolumeSource 13cinder:CinderVolumeSource 14cephfs:CephFSVolumeSource
      15flocker:FlockerVolumeSource 16downwardAPI:DownwardAPIVolumeSource 17fc:FCVolumeSource
      18azureFile:AzureFileVolumeSource 19configMap:ConfigMapVolumeSource
      20vsphereVolume:VsphereVirtualDiskVolumeSource 21quobyte:QuobyteVolumeSource 22azureDisk:AzureDiskVolumeSource
      23photonPersistentDisk:PhotonPersistentDiskVolumeSource 26projected:ProjectedVolumeSource
      24portworxVolume:PortworxVolumeSource 25scaleIO:ScaleIOVolumeSource 27storageos:StorageOSVolumeSource
      28csi:CSIVolumeSource 29ephemeral:EphemeralVolumeSource 30image:ImageVolumeSource
    VolumeStatus= 1image:ImageVolumeStatus
    VsphereVirtualDiskVolumeSource= 1volumePath 2fsType 3storagePolicyName 4storagePolicyID
    WeightedPodAffinityTerm= 1weight:i 2podAffinityTerm:PodAffinityTerm
    WindowsSecurityContextOptions= 1gmsaCredentialSpecName? 2gmsaCredentialSpec? 3runAsUserName? 4hostProcess?:b
    """
}
