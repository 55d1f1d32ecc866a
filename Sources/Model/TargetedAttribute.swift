/// An attribute of a named container instance.
public struct TargetedAttribute: Hashable, Sendable {
    public var instance: InstanceID
    public var attribute: Attribute

    public init(instance: InstanceID, attribute: Attribute) {
        self.instance = instance
        self.attribute = attribute
    }
}
