import NIOCore

/// The clock that all processes of a machine share.
enum Uptime {
    /// In seconds.
    static var now: Double { seconds(.now()) }

    static func seconds(_ time: NIODeadline) -> Double { Double(time.uptimeNanoseconds) / 1e9 }
}
