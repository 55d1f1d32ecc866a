import ClusterState
import ECSAPI
import Foundation
import HashTreeCollections
import Journal
import Manager
import Model

/// Whom a verb asks about the past: a running manager, or the data folder of one that is stopped.
enum PastSource {
    case manager(ManagerClient)
    case folder(PastEndpoint)

    /// - Parameter data: A data folder of a manager, or of `muster up`, or a copy of the first.
    static func choose(data: String?, api: String?) throws(Failure) -> PastSource {
        let environment = ProcessInfo.processInfo.environment
        guard let data else {
            var client = try ManagerClient(flag: api, environment: environment)
            // Much may have to be read.
            client.limit = .seconds(120)
            return .manager(client)
        }
        guard api == nil else {
            throw Failure(
                .usage, "--api asks a running manager, --data a stopped one's folder: give one.")
        }
        do {
            let reader = try PastReader.open(folder: folder(data))
            let newest = try reader.state(asOf: WallTime(milliseconds: .max))
            return .folder(
                PastEndpoint(
                    account: "000000000000", defaultRegion: region(of: newest),
                    snapshot: { newest }, past: reader))
        } catch let error as JournalError {
            throw Failure(ManagerError.data(error))
        } catch PastError.unreadable(let reason) {
            throw Failure(.data, reason)
        } catch {
            throw Failure(.noInput, "\(data) has nothing that could be shown: no change was made.")
        }
    }

    static func folder(_ path: String) -> String {
        let isOuter =
            !FileManager.default.fileExists(atPath: path + "/journal.db")
            && FileManager.default.fileExists(atPath: path + "/manager/journal.db")
        return isOuter ? path + "/manager" : path
    }

    /// A folder does not say its manager's region; most have clusters in one.
    private static func region(of state: ClusterState) -> String {
        let regions = Set(state.clusters.values.map(\.region)).sorted()
        return regions.count == 1 ? regions[0] : "us-east-1"
    }

    func history(_ request: HistoryRequest) async throws(Failure) -> HistoryReport {
        switch self {
        case .manager(let client):
            try await client.ask("/muster/v1/history", request)
        case .folder(let endpoint):
            try Self.answer(request) { body throws(APIError) in try endpoint.history(body) }
        }
    }

    func status(asOf time: WallTime) async throws(Failure) -> StatusReport {
        let request = ["asOf": time.milliseconds]
        switch self {
        case .manager(let client): return try await client.ask("/muster/v1/status", request)
        case .folder(let endpoint):
            return try Self.answer(request) { body throws(APIError) in
                try endpoint.status(body, at: .now)
            }
        }
    }

    private static func answer<Answer: Decodable>(
        _ request: some Encodable, _ perform: ([UInt8]) throws(APIError) -> [UInt8]
    ) throws(Failure) -> Answer {
        do {
            let body = [UInt8](try JSONEncoder().encode(request))
            return try JSONDecoder().decode(Answer.self, from: Data(try perform(body)))
        } catch let error as APIError {
            throw Failure(error.code == .server ? .data : .usage, error.message)
        } catch {
            throw Failure(.software, "\(error)")
        }
    }
}

/// What `muster history` asks for.
struct HistoryRequest: Encodable {
    var object: String?
    var cluster: String
    var region: String?
    var parts: Bool
    var since: Int64?
    var until: Int64?
    var records: Bool
    var maxResults: Int
    var nextToken: String?
}

extension WallTime {
    static var now: WallTime {
        WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }
}
