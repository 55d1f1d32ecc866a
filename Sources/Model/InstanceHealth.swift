/// Whether a worker has what it needs to run containers, as its agent found by looking.
public struct InstanceHealth: Hashable, Sendable {
    public struct Finding: Hashable, Sendable {
        /// What is wrong, as a sentence; `nil` when nothing is.
        public var fault: String?
        /// Milliseconds since something has been wrong, or nothing has; 0 or more.
        public var age: Int64

        /// Bytes of a fault; what is longer is cut.
        public static let faultMaximum = 512

        public init(fault: String? = nil, age: Int64 = 0) {
            self.fault = fault.map { Self.cut($0) }
            self.age = max(0, age)
        }

        private static func cut(_ text: String) -> String {
            guard text.utf8.count > faultMaximum else { return text }
            var count = 0
            return String(
                text.prefix { character in
                    count += character.utf8.count
                    return count <= faultMaximum
                })
        }
    }

    /// Whether the container runtime answers.
    public var runtime: Finding
    /// Whether there is room where the worker and its runtime write.
    public var disk: Finding

    public init(runtime: Finding = Finding(), disk: Finding = Finding()) {
        self.runtime = runtime
        self.disk = disk
    }
}
