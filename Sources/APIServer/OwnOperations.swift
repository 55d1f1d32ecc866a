import ECSAPI
import Foundation
import Hummingbird
import Model
import Signing

/// Muster's own operations, which ECS has not: JSON at `/muster/v1/…`, on the listener of the ECS
/// API and within its limits (README: "Own operations").
extension Endpoints {
    func addOwnOperations(to router: Router<Context>) {
        router.get("/muster/v1/status") { _, _ in
            await answerJSON(RequestID.next()) { () async throws(APIError) in
                try await offLoop { () throws(APIError) in try status.status(at: Self.now()) }
            }
        }
        addEvents(to: router)
        addExec(to: router)
        addLogs(to: router)
        own("mass-silence", router) { body throws(APIError) in
            try await status.resolveMassSilence(body)
        }
        inquiry("explain", router) { body throws(APIError) in
            try advice.explain(body, at: Self.now())
        }
        own("plan", router) { body throws(APIError) in
            try await offLoop { () async throws(APIError) in
                try await advice.plan(body, at: Self.now(), inquiries)
            }
        }
        inquiry("history", router) { body throws(APIError) in try past.history(body) }
        inquiry("status", router) { body throws(APIError) in
            try past.status(body, at: Self.now())
        }
        addAccess(to: router)
        addKeys(to: router)
        addReset(to: router)
    }

    /// What requests are signed with.
    private func addKeys(to router: Router<Context>) {
        router.get("/muster/v1/keys") { _, _ in
            await answerJSON(RequestID.next()) { () throws(APIError) in try keys.list() }
        }
        own("keys", router) { body throws(APIError) in try await keys.create(body) }
        own("keys/revoke", router) { body throws(APIError) in try await keys.revoke(body) }
    }

    private func addReset(to router: Router<Context>) {
        router.post("/_muster/reset") { request, context in
            await withBody(request, context) { _, id in
                guard resetting.isEnabled else {
                    return .awsError(
                        status: .notFound, type: "UnknownOperationException",
                        message: "This manager was not started with --enable-test-reset: it "
                            + "forgets nothing.", id)
                }
                return await answerJSON(id) { () async throws(APIError) in
                    let answer = try await resetting.reset()
                    throttle?.forget()
                    return answer
                }
            }
        }
    }

    private func addEvents(to router: Router<Context>) {
        router.get("/_muster/events") { request, context -> Response in
            let id = RequestID.next()
            // As for what is posted: a web page must not listen to a control plane.
            guard request.headers[.origin] == nil else { return .ofWebPage(id) }
            do throws(APIError) {
                guard let streams else {
                    throw APIError(.unsupportedFeature, "No events are made here.")
                }
                return try await streams.respond(request, context)
            } catch {
                return .awsError(error, id)
            }
        }
    }

    private func addExec(to router: Router<Context>) {
        router.post("/muster/v1/exec") { request, context -> Response in
            let id = RequestID.next()
            guard request.headers[.origin] == nil else { return .ofWebPage(id) }
            do throws(APIError) {
                return try await execs.respond(request, context)
            } catch {
                return .awsError(error, id)
            }
        }
    }

    private func addLogs(to router: Router<Context>) {
        router.post("/muster/v1/logs") { request, context in
            await withBody(request, context) { body, id in
                do throws(APIError) {
                    return try await logs.respond(body, context)
                } catch {
                    return .awsError(error, id)
                }
            }
        }
    }

    /// Who may be a worker.
    private func addAccess(to router: Router<Context>) {
        router.get("/muster/v1/join-tokens") { _, _ in
            await answerJSON(RequestID.next()) { () throws(APIError) in
                try access.tokens(at: Self.now())
            }
        }
        own("join-tokens", router) { body throws(APIError) in try await access.createToken(body) }
        own("join-tokens/revoke", router) { body throws(APIError) in
            try await access.revokeToken(body)
        }
        own("workers/revoke", router) { body throws(APIError) in
            try await access.revokeWorker(body, at: Self.now())
        }
        own("workers/redirect", router) { body throws(APIError) in
            try await access.redirectWorkers(body)
        }
    }

    /// `POST /muster/v1/<path>`: a JSON body in; JSON, or an error in ECS's form, out.
    func own(
        _ path: String, _ router: Router<Context>,
        _ perform: @escaping @Sendable ([UInt8]) async throws(APIError) -> [UInt8]
    ) {
        router.post("/muster/v1/\(path)") { request, context in
            await withBody(request, context) { body, id in
                await answerJSON(id) { () async throws(APIError) in try await perform(body) }
            }
        }
    }

    /// As ``own(_:_:_:)``, for a question that takes more than a moment to answer: it is worked on
    /// beside the loops that serve other requests, one at a time (``Inquiries``).
    func inquiry(
        _ path: String, _ router: Router<Context>,
        _ perform: @escaping @Sendable ([UInt8]) throws(APIError) -> [UInt8]
    ) {
        own(path, router) { [inquiries] body throws(APIError) in
            try await inquiries.run { () throws(APIError) in try perform(body) }
        }
    }

    static func now() -> WallTime {
        WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }
}

extension SignedTime {
    static var now: SignedTime { SignedTime(seconds: Int64(Date().timeIntervalSince1970)) }
}
