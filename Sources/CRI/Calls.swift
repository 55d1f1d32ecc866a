package import CWire
package import Wire

/// A call of containerd's that we make.
package enum CRIMethod: String, CaseIterable, Sendable {
    case version = "/runtime.v1.RuntimeService/Version"
    case status = "/runtime.v1.RuntimeService/Status"
    case runPodSandbox = "/runtime.v1.RuntimeService/RunPodSandbox"
    case stopPodSandbox = "/runtime.v1.RuntimeService/StopPodSandbox"
    case removePodSandbox = "/runtime.v1.RuntimeService/RemovePodSandbox"
    case podSandboxStatus = "/runtime.v1.RuntimeService/PodSandboxStatus"
    case listPodSandbox = "/runtime.v1.RuntimeService/ListPodSandbox"
    case createContainer = "/runtime.v1.RuntimeService/CreateContainer"
    case startContainer = "/runtime.v1.RuntimeService/StartContainer"
    case stopContainer = "/runtime.v1.RuntimeService/StopContainer"
    case removeContainer = "/runtime.v1.RuntimeService/RemoveContainer"
    case listContainers = "/runtime.v1.RuntimeService/ListContainers"
    case containerStatus = "/runtime.v1.RuntimeService/ContainerStatus"
    case reopenContainerLog = "/runtime.v1.RuntimeService/ReopenContainerLog"
    case listContainerStats = "/runtime.v1.RuntimeService/ListContainerStats"
    case listPodSandboxStats = "/runtime.v1.RuntimeService/ListPodSandboxStats"
    case execSync = "/runtime.v1.RuntimeService/ExecSync"
    case imageStatus = "/runtime.v1.ImageService/ImageStatus"
    case pullImage = "/runtime.v1.ImageService/PullImage"
    case subscribe = "/containerd.services.events.v1.Events/Subscribe"
    case getContainer = "/containerd.services.containers.v1.Containers/Get"
    case execProcess = "/containerd.services.tasks.v1.Tasks/Exec"
    case startProcess = "/containerd.services.tasks.v1.Tasks/Start"
    case waitProcess = "/containerd.services.tasks.v1.Tasks/Wait"
    case killProcess = "/containerd.services.tasks.v1.Tasks/Kill"
    case resizeTerminal = "/containerd.services.tasks.v1.Tasks/ResizePty"
    case closeInput = "/containerd.services.tasks.v1.Tasks/CloseIO"
    case deleteProcess = "/containerd.services.tasks.v1.Tasks/DeleteProcess"
}

/// Any request or answer that is a lone string, often an id.
package struct Name: CRIMessage {
    package var name: String

    package init(_ name: String) {
        self.name = name
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__Name>?) -> Void {
        runtime__v1__name__init
    }
    package static var messageName: String { "Name" }

    package func write(to message: inout Runtime__V1__Name, _ encoder: Encoder) throws(WireError) {
        message.name = try encoder.string(name, "name")
    }

    package init(reading message: Runtime__V1__Name, _ decoder: Decoder) throws(WireError) {
        name = try decoder.string(message.name, "name")
    }
}

/// An entry of a map, or an environment variable.
package struct Pair: CRIMessage {
    package var key: String
    package var value: String

    package init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__Pair>?) -> Void {
        runtime__v1__pair__init
    }
    package static var messageName: String { "Pair" }

    package func write(to message: inout Runtime__V1__Pair, _ encoder: Encoder) throws(WireError) {
        message.key = try encoder.string(key, "key")
        message.value = try encoder.string(value, "value of \(key)")
    }

    package init(reading message: Runtime__V1__Pair, _ decoder: Decoder) throws(WireError) {
        key = try decoder.string(message.key, "key")
        value = try decoder.string(message.value, "value")
    }
}

extension [Pair] {
    package subscript(key: String) -> String? {
        last { $0.key == key }?.value
    }
}
