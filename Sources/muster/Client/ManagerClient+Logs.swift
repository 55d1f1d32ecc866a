import ECSAPI
import Foundation
import NIOHTTP1

extension ManagerClient {
    /// A line of a container's output, or a notice, as the manager tells it.
    struct LogMessage: Decodable, Equatable {
        var time: String?
        var task: String
        var container: String?
        var stream: String?
        var text: String?
        /// In place of the others but `task`: why something can't be read.
        var notice: String?
    }

    /// Reads output until its end.
    ///
    /// - Parameter take: Gets each message.
    /// - Throws: ``Failure``; a broken connection is one of ``Failure/Code/unavailable``.
    func logs(
        _ question: LogQuestion, _ take: (LogMessage) -> Void
    ) async throws(Failure) {
        let body = (try? JSONEncoder().encode(question)) ?? Data()
        var request = HTTPRequest(method: .POST, path: "/muster/v1/logs", body: Array(body))
        request.headers = [
            ("Content-Type", "application/json"), ("Accept", "text/event-stream"),
        ]
        let decoder = JSONDecoder()
        try await signed(request).stream(to: self) { message in
            guard let data = message.data,
                let line = try? decoder.decode(LogMessage.self, from: Data(data.utf8))
            else { return }
            take(line)
        }
    }
}
