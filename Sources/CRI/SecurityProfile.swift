package import CWire
package import Wire

/// The system calls that a container has.
package struct SecurityProfile: CRIMessage {
    package enum Kind: UInt32, Sendable {
        /// All but those of which containers have no good use, as containerd has them.
        case runtimeDefault = 0
        case unconfined
    }

    package var kind: Kind

    package init(_ kind: Kind = .runtimeDefault) {
        self.kind = kind
    }

    package static var initialize: (UnsafeMutablePointer<Runtime__V1__SecurityProfile>?) -> Void {
        runtime__v1__security_profile__init
    }
    package static var messageName: String { "SecurityProfile" }

    package func write(
        to message: inout Runtime__V1__SecurityProfile, _ encoder: Encoder
    ) throws(WireError) {
        message.profile_type.rawValue = kind.rawValue
    }

    package init(
        reading message: Runtime__V1__SecurityProfile, _ decoder: Decoder
    ) throws(WireError) {
        kind = Kind(rawValue: message.profile_type.rawValue) ?? .runtimeDefault
    }
}
