import Foundation
import Testing

@testable import muster

@Suite("What a manager's refusal means to who runs a verb")
struct RefusalTests {
    @Test(
        "A worker that is lost is no wrong use of the verb",
        arguments: [
            (400, "TargetNotConnectedException", Failure.Code.unavailable),
            (400, "ClusterNotFoundException", .usage), (403, "AccessDeniedException", .refused),
            (500, "ServerException", .unavailable),
        ])
    func codes(_ status: Int, _ type: String, _ code: Failure.Code) {
        let client = ManagerClient(Address(host: "127.0.0.1", port: 1), environment: [:])
        let body = #"{"__type": "\#(type)", "message": "it is so"}"#
        let failure = client.failure(of: .init(status: status, body: Array(body.utf8)))
        #expect(failure.code == code)
        #expect(failure.message == "it is so")
    }
}
