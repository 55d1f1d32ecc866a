import RPC
import RPCServices
import Wire

/// gRPC's standard services beside the worker protocol: with stock tools anyone can ask whether the
/// manager takes calls, and what the protocol is.
extension ManagerNode {
    static let workerService = "muster.v1.Worker"

    var standardMethods: [RPCMethod] {
        health.set(.serving, of: Self.workerService)
        return health.methods + Reflection(files: [.worker, .health]).methods
    }
}
