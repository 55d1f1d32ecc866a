package import CWire
package import Wire

// Images and the runtime itself.

package struct ImageStatus: CRIMessage {
    package var image: ImageSpec?

    package init(image: ImageSpec? = nil) {
        self.image = image
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__ImageStatusRequest>?) -> Void
    {
        runtime__v1__image_status_request__init
    }
    package static var messageName: String { "ImageStatusRequest" }

    package func write(
        to message: inout Runtime__V1__ImageStatusRequest, _ encoder: Encoder
    ) throws(WireError) {
        if let image { message.image = try encoder.message(image) }
    }

    package init(
        reading message: Runtime__V1__ImageStatusRequest, _ decoder: Decoder
    ) throws(WireError) {
        image =
            message.image == nil ? nil : try decoder.message(message.image, "image")
    }
}

package struct Image: CRIMessage {
    package var id: String
    /// `REPOSITORY@DIGEST` each.
    package var digests: [String]

    package init(id: String = "", digests: [String] = []) {
        self.id = id
        self.digests = digests
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__Image>?) -> Void {
        runtime__v1__image__init
    }
    package static var messageName: String { "Image" }

    package func write(to message: inout Runtime__V1__Image, _ encoder: Encoder) throws(WireError) {
        message.id = try encoder.string(id, "id")
        message.n_repo_digests = digests.count
        message.repo_digests = try encoder.strings(digests, "repo_digests")
    }

    package init(reading message: Runtime__V1__Image, _ decoder: Decoder) throws(WireError) {
        id = try decoder.string(message.id, "id")
        digests = try decoder.strings(message.repo_digests, message.n_repo_digests, "repo_digests")
    }
}

package struct ImageStatusAnswer: CRIMessage {
    /// Absent when the host doesn't have it.
    package var image: Image?

    package init(image: Image? = nil) {
        self.image = image
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__ImageStatusResponse>?) -> Void
    {
        runtime__v1__image_status_response__init
    }
    package static var messageName: String { "ImageStatusResponse" }

    package func write(
        to message: inout Runtime__V1__ImageStatusResponse, _ encoder: Encoder
    ) throws(WireError) {
        if let image { message.image = try encoder.message(image) }
    }

    package init(
        reading message: Runtime__V1__ImageStatusResponse, _ decoder: Decoder
    ) throws(WireError) {
        image =
            message.image == nil ? nil : try decoder.message(message.image, "image")
    }
}

package struct RegistryLogin: CRIMessage {
    package var user: String
    package var password: String
    /// Base64 of `user:password`, instead of those.
    package var auth: String

    package init(user: String = "", password: String = "", auth: String = "") {
        self.user = user
        self.password = password
        self.auth = auth
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__AuthConfig>?) -> Void {
        runtime__v1__auth_config__init
    }
    package static var messageName: String { "AuthConfig" }

    package func write(
        to message: inout Runtime__V1__AuthConfig, _ encoder: Encoder
    ) throws(WireError) {
        message.username = try encoder.string(user, "username")
        message.password = try encoder.string(password, "password")
        message.auth = try encoder.string(auth, "auth")
    }

    package init(reading message: Runtime__V1__AuthConfig, _ decoder: Decoder) throws(WireError) {
        user = try decoder.string(message.username, "username")
        password = try decoder.string(message.password, "password")
        auth = try decoder.string(message.auth, "auth")
    }
}

package struct PullImage: CRIMessage {
    package var image: ImageSpec?
    package var login: RegistryLogin?

    package init(image: ImageSpec? = nil, login: RegistryLogin? = nil) {
        self.image = image
        self.login = login
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__PullImageRequest>?) -> Void {
        runtime__v1__pull_image_request__init
    }
    package static var messageName: String { "PullImageRequest" }

    package func write(
        to message: inout Runtime__V1__PullImageRequest, _ encoder: Encoder
    ) throws(WireError) {
        if let image { message.image = try encoder.message(image) }
        if let login { message.auth = try encoder.message(login) }
    }

    package init(
        reading message: Runtime__V1__PullImageRequest, _ decoder: Decoder
    ) throws(WireError) {
        image =
            message.image == nil ? nil : try decoder.message(message.image, "image")
        login =
            message.auth == nil ? nil : try decoder.message(message.auth, "auth")
    }
}

package struct RuntimeVersion: CRIMessage {
    package var name: String
    package var version: String

    package init(name: String = "", version: String = "") {
        self.name = name
        self.version = version
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__Version>?) -> Void {
        runtime__v1__version__init
    }
    package static var messageName: String { "Version" }

    package func write(
        to message: inout Runtime__V1__Version, _ encoder: Encoder
    ) throws(WireError) {
        message.runtime_name = try encoder.string(name, "runtime_name")
        message.runtime_version = try encoder.string(version, "runtime_version")
    }

    package init(reading message: Runtime__V1__Version, _ decoder: Decoder) throws(WireError) {
        name = try decoder.string(message.runtime_name, "runtime_name")
        version = try decoder.string(message.runtime_version, "runtime_version")
    }
}

package struct RuntimeCondition: CRIMessage {
    package var type: String
    package var isMet: Bool
    package var reason: String
    package var text: String

    package init(type: String = "", isMet: Bool = false, reason: String = "", text: String = "") {
        self.type = type
        self.isMet = isMet
        self.reason = reason
        self.text = text
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__RuntimeCondition>?) -> Void {
        runtime__v1__runtime_condition__init
    }
    package static var messageName: String { "RuntimeCondition" }

    package func write(
        to message: inout Runtime__V1__RuntimeCondition, _ encoder: Encoder
    ) throws(WireError) {
        message.type = try encoder.string(type, "type")
        message.status = isMet ? 1 : 0
        message.reason = try encoder.string(reason, "reason")
        message.message = try encoder.string(text, "message")
    }

    package init(
        reading message: Runtime__V1__RuntimeCondition, _ decoder: Decoder
    ) throws(WireError) {
        type = try decoder.string(message.type, "type")
        isMet = message.status != 0
        reason = try decoder.string(message.reason, "reason")
        text = try decoder.string(message.message, "message")
    }
}

package struct RuntimeStatus: CRIMessage {
    package var conditions: [RuntimeCondition]

    package init(conditions: [RuntimeCondition] = []) {
        self.conditions = conditions
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__RuntimeStatus>?) -> Void {
        runtime__v1__runtime_status__init
    }
    package static var messageName: String { "RuntimeStatus" }

    package func write(
        to message: inout Runtime__V1__RuntimeStatus, _ encoder: Encoder
    ) throws(WireError) {
        message.n_conditions = conditions.count
        message.conditions = try encoder.messages(conditions)
    }

    package init(
        reading message: Runtime__V1__RuntimeStatus, _ decoder: Decoder
    ) throws(WireError) {
        conditions = try decoder.messages(
            message.conditions, message.n_conditions, "conditions")
    }
}

package struct StatusQuestion: CRIMessage {
    package var isVerbose: Bool

    package init(isVerbose: Bool = true) {
        self.isVerbose = isVerbose
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__StatusRequest>?) -> Void {
        runtime__v1__status_request__init
    }
    package static var messageName: String { "StatusRequest" }

    package func write(
        to message: inout Runtime__V1__StatusRequest, _ encoder: Encoder
    ) throws(WireError) {
        message.verbose = isVerbose ? 1 : 0
    }

    package init(
        reading message: Runtime__V1__StatusRequest, _ decoder: Decoder
    ) throws(WireError) {
        isVerbose = message.verbose != 0
    }
}

package struct StatusAnswer: CRIMessage {
    package var status: RuntimeStatus?
    /// What else there is to know, as far as it was asked for: `config` is containerd's, as JSON.
    package var info: [Pair]

    package init(status: RuntimeStatus? = nil, info: [Pair] = []) {
        self.status = status
        self.info = info
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__StatusResponse>?) -> Void {
        runtime__v1__status_response__init
    }
    package static var messageName: String { "StatusResponse" }

    package func write(
        to message: inout Runtime__V1__StatusResponse, _ encoder: Encoder
    ) throws(WireError) {
        if let status { message.status = try encoder.message(status) }
        message.n_info = info.count
        message.info = try encoder.messages(info)
    }

    package init(
        reading message: Runtime__V1__StatusResponse, _ decoder: Decoder
    ) throws(WireError) {
        status =
            message.status == nil ? nil : try decoder.message(message.status, "status")
        info = try decoder.messages(message.info, message.n_info, "info")
    }
}
